"""Records copied out of a source, as a source of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb
import pyarrow as pa
from pyroaring import BitMap

from coterie.backends.duckdb.naming import entity_table
from coterie.backends.duckdb.querying import query
from coterie.backends.duckdb.source import Source
from coterie.catalog.model import CONTACT, Catalog

__all__ = ["CopiedRecords"]


class CopiedRecords:
    """Tables with some of the rows of a whole source, laid out as there, on a connection of their own."""

    def __init__(self, whole: Source, connection: duckdb.DuckDBPyConnection, tables: Mapping[str, pa.Table]) -> None:
        self._whole = whole
        self._connection = connection
        for name, table in tables.items():
            connection.register(name, table)
        contacts = tables.get(entity_table(CONTACT))
        known = [] if contacts is None else contacts.filter(contacts.column("known")).column("ordinal").to_pylist()
        self._known = BitMap(known)

    @property
    def catalog(self) -> Catalog:
        return self._whole.catalog

    @property
    def data_version(self) -> int:
        return self._whole.data_version

    def query(
        self, statement: str, parameters: Sequence[object] = (), tables: Mapping[str, pa.Table] | None = None
    ) -> pa.Table:
        return query(self._connection, statement, parameters, tables)

    def number_scale(self, table: str, column: str) -> int:
        return self._whole.number_scale(table, column)

    def entity_size(self, entity: str) -> int:
        return self._whole.entity_size(entity)

    def known_contacts(self) -> BitMap:
        return self._known
