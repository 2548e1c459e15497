"""Statements run on a connection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb
import pyarrow as pa

__all__ = ["query"]


def query(
    connection: duckdb.DuckDBPyConnection,
    statement: str,
    parameters: Sequence[object] = (),
    tables: Mapping[str, pa.Table] | None = None,
) -> pa.Table:
    """The whole result of a statement; `tables` are there under their names while it runs."""
    given = tables or {}
    for name, table in given.items():
        connection.register(name, table)
    try:
        # `sql` and not `execute`: the latter copies its Arrow result once more.
        return connection.sql(statement, params=list(parameters)).to_arrow_table()
    finally:
        for name in given:
            connection.unregister(name)
