"""Ordinals: dense from 0 in the order in which keys first appear, permanent, row i = ordinal i."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from coterie.backends.duckdb.naming import quoted
from coterie.backends.duckdb.writing import Writing

__all__ = ["add_unknown", "find_ordinals", "put_in_order", "table_size"]

_JOINED_FROM = 100_000
"""So many keys are looked up by a join; fewer from memory."""


def table_size(writing: Writing, table: str) -> int:
    """The ordinal that the next new key of `table` is given."""
    return writing.figure(f"SELECT count(*) FROM {quoted(table)}")


def find_ordinals(writing: Writing, table: str, keys: pa.Array) -> np.ndarray:
    """The ordinals of distinct keys, in their order; -1 for one that `table` has not."""
    if len(keys) < _JOINED_FROM and writing.keys.of(table).pays():
        return writing.keys.find(writing.connection, table, keys.to_pylist())
    named = pa.table({"key": keys, "seq": np.arange(len(keys))})
    found = writing.run_over(
        named, f"SELECT n.seq, e.ordinal FROM batch n JOIN {quoted(table)} e ON e.key = n.key"
    ).fetchnumpy()
    ordinals = np.full(len(keys), -1, np.int64)
    ordinals[np.asarray(found["seq"])] = np.asarray(found["ordinal"])
    return ordinals


def add_unknown(writing: Writing, table: str, keys: str) -> None:
    """Allot ordinals to the keys (a query of `key`, `seq`) that `table` has not, in order of first appearance."""
    size = table_size(writing, table)
    writing.run(
        f"INSERT INTO {quoted(table)} (ordinal, key, known) "
        f"SELECT {size} + row_number() OVER (ORDER BY seq) - 1, key, false "
        f"FROM (SELECT key, min(seq) AS seq FROM ({keys}) WHERE key IS NOT NULL GROUP BY key) AS named "
        f"WHERE NOT EXISTS (FROM {quoted(table)} held WHERE held.key = named.key) ORDER BY seq"
    )


def put_in_order(writing: Writing, table: str) -> None:
    """Make sure that row i holds ordinal i; write the table anew where DuckDB has moved a row."""
    moved = writing.figure(
        f"SELECT count(*) FROM (SELECT ordinal, row_number() OVER () - 1 AS position FROM {quoted(table)}) "
        "WHERE ordinal <> position"
    )
    if not moved:
        return
    writing.run(f"CREATE TABLE rows_in_order AS FROM {quoted(table)} ORDER BY ordinal")
    writing.run(f"DROP TABLE {quoted(table)}")
    writing.run(f"ALTER TABLE rows_in_order RENAME TO {quoted(table)}")
