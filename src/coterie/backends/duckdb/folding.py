"""The operations of a batch, folded record by record in their order: which cell holds in the end (see `ingest`).

Nothing here knows values or tables. A cell is a number: of a record as it was stored, or of a row of the batch. Cells
with one code hold the same value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

__all__ = ["CLEARED", "NEVER", "Cells", "Effect", "Fold"]

NEVER = -(2**63)
"""The time of what was never dated: before all others."""

CLEARED = -1
"""The cell that holds nothing. Its code is the last one, so that both are found at -1."""


class Effect(Enum):
    """What an operation did to its record."""

    ADDED = "added"
    UPDATED = "updated"
    DELETED = "deleted"
    REPEATED = "repeated"


@dataclass(slots=True)
class Cells:
    """One column. `codes` are those of the stored cells, one per record, then of the batch's rows, then of `CLEARED`.

    `present` tells, where not all do, which rows of the batch have the column. `clock` and `cell` change while folding.
    """

    codes: Sequence[int]
    present: Sequence[bool] | None
    clock: list[int]
    cell: list[int]

    def differs(self, record: int) -> bool:
        """Whether the column holds another value than it held in the store."""
        return self.codes[self.cell[record]] != self.codes[record]

    def take(self, record: int, cell: int) -> bool:
        """Let `cell` hold; whether that changes the value."""
        changed = self.codes[self.cell[record]] != self.codes[cell]
        self.cell[record] = cell
        return changed


@dataclass(slots=True)
class Fold:
    """Records of one entity, changed by one operation after another."""

    columns: Sequence[Cells]
    known: list[bool]
    upserted_at: list[int]
    deleted_at: list[int]

    def upsert(self, record: int, row: int, changed_at: int | None) -> Effect:
        """Merge `row` of the batch into a record: the columns that it has, where no newer change was applied."""
        if changed_at is not None:
            if changed_at < self.deleted_at[record]:
                return Effect.REPEATED
            self.upserted_at[record] = max(self.upserted_at[record], changed_at)
        was_known, self.known[record] = self.known[record], True
        changed, cell = False, len(self.known) + row
        for column in self.columns:
            if column.present is not None and not column.present[row]:
                continue
            if changed_at is not None:
                if changed_at < column.clock[record]:
                    continue
                column.clock[record] = changed_at
            changed |= column.take(record, cell)
        if not was_known:
            return Effect.ADDED
        return Effect.UPDATED if changed else Effect.REPEATED

    def delete(self, record: int, changed_at: int | None) -> Effect:
        """Forget a record, but for what is dated after `changed_at`; all of it where there is none."""
        was_known, changed = self.known[record], False
        for column in self.columns:
            if changed_at is None or column.clock[record] <= changed_at:
                changed |= column.take(record, CLEARED)
            if changed_at is None:
                column.clock[record] = NEVER
        if changed_at is None:
            self.known[record] = False
            self.upserted_at[record] = NEVER
        else:
            self.known[record] = was_known and self.upserted_at[record] > changed_at
            self.deleted_at[record] = max(self.deleted_at[record], changed_at)
        if was_known and not self.known[record]:
            return Effect.DELETED
        return Effect.UPDATED if was_known and changed else Effect.REPEATED
