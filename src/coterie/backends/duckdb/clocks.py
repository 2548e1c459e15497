"""When a record was changed, as text in its row: the newest dated upsert and deletion, and the clock of each column.

`1767225600000||1767225600000=age,city;1764547200000=score`: upserted, never deleted by a dated deletion, and the
columns by the newest `changed_at` that was applied to them. A record without dated changes has none (null). One column
of text is written in place at a third of what a column of numbers for every attribute costs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["NEVER", "Clocks"]

NEVER = -(2**63)
"""The time of what was never dated: before all others."""


@dataclass(slots=True)
class Clocks:
    """The times (milliseconds since 1970 UTC, or `NEVER`) of one record. Columns that are not there have none."""

    upserted_at: int = NEVER
    deleted_at: int = NEVER
    columns: dict[str, int] = field(default_factory=dict)

    @classmethod
    def read(cls, text: str | None) -> Clocks:
        """What `written` wrote."""
        if text is None:
            return cls()
        upserted, deleted, groups = text.split("|")
        columns: dict[str, int] = {}
        for group in groups.split(";") if groups else ():
            instant, names = group.split("=")
            columns.update(dict.fromkeys(names.split(","), int(instant)))
        return cls(int(upserted or NEVER), int(deleted or NEVER), columns)

    def written(self) -> str | None:
        """As text, the same for the same times; null where there are none."""
        if self.upserted_at == NEVER and self.deleted_at == NEVER and not self.columns:
            return None
        return f"{_time(self.upserted_at)}|{_time(self.deleted_at)}|{_groups(self.columns)}"


def _time(instant: int) -> str:
    return "" if instant == NEVER else str(instant)


def _groups(columns: Mapping[str, int]) -> str:
    """The columns by their times, the newest first."""
    groups: dict[int, list[str]] = {}
    for name in sorted(columns):
        groups.setdefault(columns[name], []).append(name)
    return ";".join(f"{instant}={','.join(groups[instant])}" for instant in sorted(groups, reverse=True))
