"""What the store's tables look like, read once: it differs only where a column is widened or the catalog grows."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from coterie.backends.duckdb.naming import quoted
from coterie.backends.duckdb.schema import COLUMNS

__all__ = ["Layouts"]


class Layouts:
    """The columns of tables, as the one connection that writes sees them.

    Whoever alters a table says so; whoever takes a transaction back, or grows the tables, lets all be forgotten.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._types: dict[str, Mapping[str, str]] = {}
        self._contents: dict[str, Mapping[str, int | None]] = {}

    def types(self, table: str) -> Mapping[str, str]:
        """The columns of a table with their types in DuckDB."""
        if table not in self._types:
            described = self._connection.execute(f"DESCRIBE {quoted(table)}").fetchall()
            self._types[table] = {str(name): str(type_) for name, type_, *_ in described}
        return self._types[table]

    def contents(self, table: str) -> Mapping[str, int | None]:
        """The columns of attributes, those of former catalogs too; of numbers with their last committed scale."""
        if table not in self._contents:
            rows = self._connection.execute(
                f"SELECT column_name, CASE WHEN type = 'number' THEN scale END FROM {COLUMNS} WHERE table_name = ?",
                [table],
            ).fetchall()
            self._contents[table] = dict(rows)
        return self._contents[table]

    def altered(self, table: str) -> None:
        """A column of the table has another type now, or another scale."""
        self._types.pop(table, None)
        self._contents.pop(table, None)

    def forget(self) -> None:
        """Read all anew when it is asked for."""
        self._types.clear()
        self._contents.clear()
