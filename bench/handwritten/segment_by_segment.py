"""DuckDB by hand, segment by segment: one statement after another, each segment's ids fetched to the client.

The tables are those of `bench.handwritten.duckdb`. Members of the segments that others refer to are kept in a table
each, so that nobody evaluates them twice.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import duckdb
from pyroaring import BitMap

from bench.batches import Change
from bench.data import World
from bench.handwritten import duckdb as by_hand
from bench.live.conditions import Writing
from bench.live.dialects import DUCKDB
from bench.live.moments import Moment
from bench.live_segments import LiveSegment

__all__ = ["SegmentBySegment"]


class SegmentBySegment:
    """A DuckDB file of its own that follows the batches, and answers every segment by a statement of its own."""

    name = "duckdb, segment by segment"

    def __init__(self, world: World, segments: Sequence[LiveSegment], *, store: Path) -> None:
        self._segments = segments
        self._referred = {key for segment in segments for key in segment.references()}
        for file in (store, store.with_name(f"{store.name}.wal")):
            file.unlink(missing_ok=True)
        self._connection = duckdb.connect(str(store))
        self._connection.execute("SET TimeZone = 'UTC'")
        for statement in by_hand.SCHEMA:
            self._connection.execute(statement)
        for table, select in by_hand.LOAD.items():
            self._connection.execute(f"INSERT INTO {table} {select} FROM read_parquet('{world.file(table)}')")
        self._connection.execute("CHECKPOINT")

    def apply(self, changes: Iterable[Change]) -> float:
        """Make the tables hold the batch too; the seconds it took."""
        start = time.perf_counter()
        self._connection.execute("BEGIN")
        for change in changes:
            rows = change.rows  # noqa: F841 - DuckDB reads it by its name
            names = ", ".join(change.rows.column_names)
            match change.action:
                case "insert":
                    self._connection.execute(f"INSERT INTO {change.table} ({names}) SELECT {names} FROM rows")
                case "update":
                    columns = ", ".join(f"{name} = rows.{name}" for name in change.rows.column_names if name != "id")
                    self._connection.execute(
                        f"UPDATE {change.table} SET {columns} FROM rows WHERE {change.table}.id = rows.id"
                    )
                case "delete":
                    self._connection.execute(f"DELETE FROM {change.table} WHERE id IN (SELECT id FROM rows)")
        self._connection.execute("COMMIT")
        return time.perf_counter() - start

    def members(self, as_of: int) -> tuple[float, dict[str, BitMap]]:
        """The ids of every segment's members, and the seconds that the statements took.

        They are in the client's memory as arrays then; making bitmaps of them to compare is not counted.
        """
        taken, found = 0.0, {}
        for segment in self._segments:
            start = time.perf_counter()
            ids = self._ids(segment, as_of)
            taken += time.perf_counter() - start
            found[segment.key] = BitMap(ids)
        return taken, found

    def _ids(self, segment: LiveSegment, as_of: int) -> object:
        statement = self.statement(segment, as_of)
        if segment.key in self._referred:
            table = _table(segment.key)
            self._connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {statement}")
            statement = f"SELECT id FROM {table}"
        return self._connection.execute(statement).fetchnumpy()["id"]

    @staticmethod
    def statement(segment: LiveSegment, as_of: int) -> str:
        moment = Moment(as_of, segment.zone)
        return segment.sql(Writing(DUCKDB, moment, lambda key: f"(SELECT id FROM {_table(key)})"))

    def close(self) -> None:
        self._connection.close()


def _table(key: str) -> str:
    return f"members_of_{key.replace('-', '_')}"
