"""Which contacts are known: read once, then corrected by what each version of the data changed."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
from pyroaring import BitMap

from coterie.backends.duckdb.naming import entity_table, quoted
from coterie.backends.duckdb.source import Source
from coterie.catalog.model import CONTACT
from coterie.membership import from_ordinals
from coterie.planning.backend import Changes

__all__ = ["KnownContacts"]


class KnownContacts:
    """The ordinals of known contacts, of the version of the data that is asked. Not for several threads at once."""

    def __init__(self, source: Source, changes: Callable[[int], Changes | None]) -> None:
        self._source = source
        self._changes = changes
        self._known = BitMap()
        self._version: int | None = None

    def now(self) -> BitMap:
        """The known contacts; what is given stays as it is."""
        version = self._source.data_version
        if self._version != version:
            self._known = self._corrected()
            self._version = version
        return self._known

    def _corrected(self) -> BitMap:
        changes = None if self._version is None else self._changes(self._version)
        if changes is None or CONTACT in changes.whole:
            return self._read("known", {})
        if CONTACT not in changes.entities:
            return self._known
        changed = changes.entities[CONTACT].records
        chosen = {"changed": pa.table({"v": pa.array(changed.to_array(), pa.uint32())})}
        return (self._known - changed) | self._read("known AND ordinal IN (SELECT v FROM changed)", chosen)

    def _read(self, condition: str, tables: dict[str, pa.Table]) -> BitMap:
        statement = f"SELECT ordinal FROM {quoted(entity_table(CONTACT))} WHERE {condition}"
        ordinals = self._source.query(statement, (), tables).column(0).to_numpy()
        return from_ordinals(ordinals, self._source.entity_size(CONTACT))
