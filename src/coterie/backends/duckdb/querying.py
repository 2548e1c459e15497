"""Statements run on a connection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb
import pyarrow as pa

from coterie.backends.duckdb.failing import failed

__all__ = ["query"]


_RUN = compile("run(statement, params=parameters).to_arrow_table()", __file__, "eval")
# `sql` and not `execute`: the latter copies its Arrow result once more.


def query(
    connection: duckdb.DuckDBPyConnection,
    statement: str,
    parameters: Sequence[object] = (),
    tables: Mapping[str, pa.Table] | None = None,
) -> pa.Table:
    """The whole result of a statement; `tables` are there under their names while it runs. Raises StoreError.

    DuckDB finds tables as variables where the statement is run from, so that is given them: to register a view and take
    it back costs half a millisecond each, more than many a statement.
    """
    variables = {**(tables or {}), "run": connection.sql, "statement": statement, "parameters": list(parameters)}
    try:
        answer: pa.Table = eval(_RUN, variables)  # noqa: S307 - a constant of this module
    except duckdb.Error as error:
        raise failed("read", error) from error
    return answer
