"""Statements run on a connection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import duckdb
import pyarrow as pa

from coterie.backends.duckdb.failing import failed

__all__ = ["query"]


def query(
    connection: duckdb.DuckDBPyConnection,
    statement: str,
    parameters: Sequence[object] = (),
    tables: Mapping[str, pa.Table] | None = None,
) -> pa.Table:
    """The whole result of a statement; `tables` are there under their names while it runs. Raises StoreError."""
    try:
        with _registered(connection, tables or {}):
            # `sql` and not `execute`: the latter copies its Arrow result once more.
            return connection.sql(statement, params=list(parameters)).to_arrow_table()
    except duckdb.Error as error:
        raise failed("read", error) from error


@contextmanager
def _registered(connection: duckdb.DuckDBPyConnection, tables: Mapping[str, pa.Table]) -> Iterator[None]:
    for name, table in tables.items():
        connection.register(name, table)
    try:
        yield
    finally:
        for name in tables:
            connection.unregister(name)
