"""Which dates occur among the records of an entity, each remembered with a record that has it.

As long as that record does not change, the date occurs: it is asked for again only then.
"""

from __future__ import annotations

from collections.abc import Collection

from coterie.catalog.model import Catalog
from coterie.planning.backend import Backend, Changes, DateColumn

__all__ = ["Occurring"]


class Occurring:
    """Knows of dates that were asked about a record that has each."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._holders: dict[DateColumn, dict[int, int]] = {}

    def heed(self, changes: Changes | None, catalog: Catalog) -> None:
        """Let go of records that may have another date now. To be told of all changes; None: not known which."""
        if changes is None:
            self._holders.clear()
            return
        for column, holders in self._holders.items():
            entity = column.entity_in(catalog)
            if entity in changes.whole:
                holders.clear()
            elif entity in changes.entities:
                changed = changes.entities[entity].records
                self._holders[column] = {value: record for value, record in holders.items() if record not in changed}

    def gone(self, column: DateColumn, values: Collection[int]) -> set[int]:
        """Those of the values that no record has."""
        known = self._holders.get(column, {})
        holders = {value: known[value] for value in values if value in known}
        holders |= self._backend.occurring(column, [value for value in values if value not in known])
        self._holders[column] = holders
        return set(values) - holders.keys()
