"""The operations of a batch, folded record by record in their order: which cell holds in the end (see `ingest`).

Nothing here knows values or tables. A cell is a number: of a record as it was stored, or of a row of the batch. Cells
with one code hold the same value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from coterie.backends.duckdb.clocks import NEVER, Clocks

__all__ = ["CLEARED", "Cells", "Effect", "Fold"]

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

    `present` tells, where not all do, which rows of the batch have the column. `cell` is that which holds, by record.
    """

    name: str
    codes: Sequence[int]
    present: Sequence[bool] | None
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
    clocks: Sequence[Clocks]

    def upsert(self, record: int, row: int, changed_at: int | None) -> Effect:
        """Merge `row` of the batch into a record: the columns that it has, where no newer change was applied."""
        clocks = self.clocks[record]
        if changed_at is not None:
            if changed_at < clocks.deleted_at:
                return Effect.REPEATED
            clocks.upserted_at = max(clocks.upserted_at, changed_at)
        was_known, self.known[record] = self.known[record], True
        changed, cell = False, len(self.known) + row
        for column in self.columns:
            if column.present is not None and not column.present[row]:
                continue
            if changed_at is not None:
                if changed_at < clocks.columns.get(column.name, NEVER):
                    continue
                clocks.columns[column.name] = changed_at
            changed |= column.take(record, cell)
        if not was_known:
            return Effect.ADDED
        return Effect.UPDATED if changed else Effect.REPEATED

    def delete(self, record: int, changed_at: int | None) -> Effect:
        """Forget a record and its clocks, but for what is dated after `changed_at`; all of it where there is none."""
        clocks, was_known, changed = self.clocks[record], self.known[record], False
        for column in self.columns:
            if changed_at is None or clocks.columns.get(column.name, NEVER) <= changed_at:
                changed |= column.take(record, CLEARED)
                clocks.columns.pop(column.name, None)
        self.known[record] = was_known and changed_at is not None and clocks.upserted_at > changed_at
        if not self.known[record]:
            clocks.upserted_at = NEVER
            clocks.columns.clear()
        if changed_at is not None:
            clocks.deleted_at = max(clocks.deleted_at, changed_at)
        if was_known and not self.known[record]:
            return Effect.DELETED
        return Effect.UPDATED if was_known and changed else Effect.REPEATED
