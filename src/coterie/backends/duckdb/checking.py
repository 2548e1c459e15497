"""Comparing a store with what its archive comes to: every table by content, without changing either."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import duckdb

from coterie.backends.duckdb.failing import failed
from coterie.backends.duckdb.message_index import INDEX_TABLES
from coterie.backends.duckdb.naming import quoted
from coterie.backends.duckdb.schema import BOOKKEEPING, METADATA, number_scales

__all__ = ["Difference", "TableSums", "counters", "differences", "table_sums"]

_ROW = ("ordinal", "message_id")
"""The column that says which record a row is, where a table has one of these."""

_WHOLE = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Where a store and its archive differ: a table and perhaps a column, and what is found in each."""

    table: str
    column: str | None
    store: str
    archive: str

    def __str__(self) -> str:
        place = f"{self.table}.{self.column}" if self.column is not None else self.table
        return f"{place}: the store has {self.store}, the archive {self.archive}"


@dataclass(frozen=True, slots=True)
class TableSums:
    """What a table holds: its rows, and per column how many values, their scale, and a checksum.

    A checksum is a sum over the rows, so that their order plays no part, of a hash of a value with its record's ordinal
    or id. A column without values is like one that is not there.
    """

    rows: int
    columns: Mapping[str, tuple[int, int, int]]


def counters(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """The counters and versions of a store."""
    try:
        return dict(connection.execute(f"SELECT name, value FROM {METADATA}").fetchall())
    except duckdb.Error as error:
        raise failed("read", error) from error


def table_sums(connection: duckdb.DuckDBPyConnection) -> dict[str, TableSums]:
    """The sums of every table that holds data, by name."""
    try:
        scales = number_scales(connection)
        columns: dict[str, dict[str, str]] = {}
        for table, column, type_ in connection.execute(
            "SELECT table_name, column_name, data_type FROM duckdb_columns() "
            "WHERE NOT internal AND database_name = current_database() ORDER BY table_name, column_index"
        ).fetchall():
            if table not in BOOKKEEPING and table not in INDEX_TABLES:
                columns.setdefault(table, {})[column] = type_
        return {table: _sums(connection, table, types, scales) for table, types in columns.items()}
    except duckdb.Error as error:
        raise failed("read", error) from error


def _sums(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    types: Mapping[str, str],
    scales: Mapping[tuple[str, str], int],
) -> TableSums:
    # How DuckDB hashes messages, and how wide a column of numbers has become, may depend on its version.
    compared = [column for column in types if column != "message_hash"]
    values = {column: f"{quoted(column)}{'::HUGEINT' * (types[column] in _WHOLE)}" for column in compared}
    row = next((values[column] for column in _ROW if column in values), f"row({', '.join(values.values())})")
    sums = [
        f"count({quoted(column)}), "
        f"coalesce(sum(hash({row}, {value})::HUGEINT) FILTER ({quoted(column)} IS NOT NULL), 0)"
        for column, value in values.items()
    ]
    found = connection.execute(f"SELECT count(*), {', '.join(sums)} FROM {quoted(table)}").fetchall()[0]
    pairs = zip(found[1::2], found[2::2], strict=True)
    return TableSums(
        found[0],
        {
            column: (count, scales.get((table, column), 0), int(checksum))
            for column, (count, checksum) in zip(compared, pairs, strict=True)
            if count
        },
    )


def differences(
    store: duckdb.DuckDBPyConnection, archive: duckdb.DuckDBPyConnection
) -> tuple[dict[str, TableSums], list[Difference]]:
    """The sums of the store's tables, and where the store made of the archive differs."""
    counted = (counters(store), counters(archive))
    found = [
        Difference(
            table="counters", column=name, store=str(counted[0].get(name, 0)), archive=str(counted[1].get(name, 0))
        )
        for name in ("data_version", "loads")
        if counted[0].get(name, 0) != counted[1].get(name, 0)
    ]
    held, rebuilt = table_sums(store), table_sums(archive)
    nothing = TableSums(0, {})
    for table in sorted({*held, *rebuilt}):
        found += _in_table(table, held.get(table, nothing), rebuilt.get(table, nothing))
    return held, found


def _in_table(table: str, store: TableSums, archive: TableSums) -> Iterator[Difference]:
    if store.rows != archive.rows:
        told = (f"{store.rows:,} rows", f"{archive.rows:,} rows")
        yield Difference(table=table, column=None, store=told[0], archive=told[1])
    for column in sorted({*store.columns, *archive.columns}):
        one, other = store.columns.get(column, (0, 0, 0)), archive.columns.get(column, (0, 0, 0))
        if one != other:
            yield Difference(table=table, column=column, store=_told(one), archive=_told(other))


def _told(sums: tuple[int, int, int]) -> str:
    count, scale, checksum = sums
    scaled = f", scale {scale}" if scale else ""
    return f"{count:,} values{scaled}, checksum {checksum % 2**64:016x}"
