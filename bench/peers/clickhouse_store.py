"""The tables of the world in one database of ClickHouse (chdb: within this process), and batches applied to them.

Entities are ReplacingMergeTree: of two rows for one id the later counts. They are merged as soon as a batch is in, so
that no question pays for FINAL; that is part of applying, not of refreshing.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

import pyarrow.parquet as pq
from pyroaring import BitMap

from bench.batches import Change
from bench.data import ENTITIES, INTERACTIONS, World
from bench.handwritten import clickhouse as by_hand

__all__ = ["ClickhouseStore", "ClickhouseTables"]

_OF_ENTITIES = ("MergeTree ORDER BY id", "ReplacingMergeTree ORDER BY id")
_ACCOUNT = ("account_id Int32)", "account_id Int32 DEFAULT -1)")


class ClickhouseStore:
    """The one session that chdb allows in a process. Databases within it are kept apart by name."""

    def __init__(self, folder: Path) -> None:
        from chdb.session import Session

        shutil.rmtree(folder, ignore_errors=True)
        self._session = Session(str(folder))
        self.version = str(self._session.query("SELECT version()", "TSV")).strip()
        self.folder = folder
        for setting, value in {**by_hand.SETTINGS, "max_threads": os.cpu_count(), "mutations_sync": 1}.items():
            self._session.query(f"SET {setting} = {value}")
        self._session.query("SET session_timezone = 'UTC'")

    def query(self, statement: str) -> None:
        self._session.query(statement)

    def ids(self, statement: str) -> BitMap:
        """The one column of a query, whole numbers."""
        return BitMap([int(line) for line in self._session.query(statement, "TSV").bytes().split()])

    def close(self) -> None:
        self._session.close()


class ClickhouseTables:
    """The world in a database of its own. `orders` says otherwise than by time how a table of interactions lies."""

    def __init__(
        self, store: ClickhouseStore, database: str, world: World, *, orders: Mapping[str, str] | None = None
    ) -> None:
        self._store = store
        self._database = database
        store.query(f"CREATE DATABASE {database}")
        self.use()
        for statement in by_hand.SCHEMA:
            store.query(_schema(statement, orders or {}))
        for table, select in by_hand.LOAD.items():
            store.query(f"INSERT INTO {table} {select} FROM file('{world.file(table)}', 'Parquet')")
            store.query(f"OPTIMIZE TABLE {table} FINAL")

    def use(self) -> None:
        """Let the names of tables be this database's."""
        self._store.query(f"USE {self._database}")

    def apply(self, changes: Iterable[Change]) -> float:
        """Make the tables hold the batch too; the seconds it took."""
        self.use()
        staged = self._store.folder.with_name(f"{self._store.folder.name}.staged.parquet")
        taken = 0.0
        for change in changes:
            pq.write_table(change.rows, staged)
            start = time.perf_counter()
            self._apply(change, f"file('{staged}', 'Parquet')")
            if change.table in ENTITIES:
                self._store.query(f"OPTIMIZE TABLE {change.table} FINAL")
            taken += time.perf_counter() - start
        staged.unlink(missing_ok=True)
        return taken

    def _apply(self, change: Change, staged: str) -> None:
        names = [name for name in change.rows.column_names if name != "id"]
        match change.action:
            case "insert":
                listed = ", ".join(change.rows.column_names)
                self._store.query(f"INSERT INTO {change.table} ({listed}) SELECT {listed} FROM {staged}")
            case "update":
                replaced = ", ".join(f"staged.{name} AS {name}" for name in names)
                self._store.query(
                    f"INSERT INTO {change.table} SELECT {change.table}.* REPLACE ({replaced})"
                    f" FROM {change.table} INNER JOIN {staged} AS staged ON {change.table}.id = staged.id"
                )
            case _:
                self._store.query(f"DELETE FROM {change.table} WHERE id IN (SELECT id FROM {staged})")


def _schema(statement: str, orders: Mapping[str, str]) -> str:
    table = re.match(r"CREATE TABLE (\w+)", statement)
    assert table is not None, statement
    if table[1] in INTERACTIONS:
        return statement.replace(
            "ENGINE = MergeTree ORDER BY occurred_at", orders.get(table[1], "ENGINE = MergeTree ORDER BY occurred_at")
        )
    return statement.replace(*_OF_ENTITIES).replace(*_ACCOUNT)
