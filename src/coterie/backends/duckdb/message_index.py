"""Which messages have been accepted, for ever: answered from memory and sorted runs, never by a scan of the store.

Per interaction's table there is an entry for each row: the hash of its message id and that of its content. The recent
ones stand in a small table of the store, written with the rows themselves, and in memory. When they are many they
become a run file in the folder beside the store; like-sized runs are merged. The store lists its run files, in the same
transaction: a file that it does not list is left over and deleted at the next opening, one that it lists but that is
missing or damaged is noticed, and the table's entries are computed anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from coterie.backends.duckdb.layouts import Layouts
from coterie.backends.duckdb.message_hashes import content_hash
from coterie.backends.duckdb.message_runs import DamagedRunError, Entries, Run, in_order, merged, open_run, write_run
from coterie.backends.duckdb.naming import quoted
from coterie.backends.duckdb.schema import METADATA
from coterie.errors import Problem, StoreError

__all__ = ["INDEX_TABLES", "MessageIndex", "messages_folder"]

_VERSION = 1
"""Raised whenever entries are computed otherwise; older ones are computed anew at opening."""

_RECENT_TABLE = "coterie_recent_messages"
_RUNS_TABLE = "coterie_message_runs"
INDEX_TABLES = frozenset({_RECENT_TABLE, _RUNS_TABLE})
"""The tables of the index in a store: they follow from the messages, and differ with when those came."""

_MARK = "message_index"

_RECENT = 262_144
"""So many entries of one table are kept as recent ones, before they become a run."""

_FAN_IN = 8
"""So many runs of like size are merged into one."""

_LARGEST_MERGE = 1 << 26
"""A merge stops all writing for its time, some seconds for so many entries: larger runs are left as they are."""

_ROWS_AT_ONCE = 4_000_000
_VERIFIED_CHUNKS = 64
"""So many MiB of each run are verified at each opening, others each time; merging verifies all that it reads."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of one table: runs, and the recent entries in a run of their own, in memory."""

    runs: tuple[Run, ...] = ()
    recent: Run = field(default_factory=lambda: Run.of(np.empty((0, 2), np.uint64)))

    def __iter__(self) -> Iterator[Run]:
        yield self.recent
        yield from self.runs

    @property
    def count(self) -> int:
        return sum(map(len, self))


def messages_folder(store: str | Path) -> Path:
    """The folder of run files beside the store at that path."""
    return Path(f"{Path(store).absolute()}.messages")


class MessageIndex:
    """The messages of a store, by the name of their interaction's table. Used by the one thread that writes.

    What a transaction adds is known at once, and forgotten unless `committed` is called after it.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, folder: Path | None) -> None:
        self._connection = connection
        self._folder = folder
        self._held: dict[str, _Known] | None = None
        self._pending: dict[str, _Known] = {}
        self._written: list[Path] = []
        self._next = 1
        self._leftovers = False
        self._distrusted = False

    @property
    def doubtful(self) -> bool:
        """Whether `prepare` has to be called before the next transaction."""
        return self._held is None

    def prepare(self) -> None:
        """Learn what is known from the store and its run files; compute anew what does not fit. In a transaction."""
        if self._folder is not None:
            self._create_tables()
        runs, recent = self._listed_runs(), self._recent_entries()
        self._held, self._pending, self._leftovers, self._distrusted = {}, {}, True, False
        for table, rows in self._tables().items():
            known = _Known(runs.get(table, ()) or (), recent.get(table, _Known()).recent)
            if known.count == rows and runs.get(table, ()) is not None:
                self._held[table] = known
            else:
                self._compute(table)

    def find(self, table: str, wanted: Entries) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Which of the `wanted` entries (in order) have a known message hash; which, with their content."""
        found, same = np.zeros(len(wanted), bool), np.zeros(len(wanted), bool)
        for run in self._known(table):
            has, is_same = run.find(wanted)
            found |= has
            same |= is_same
        return found, same

    def add(self, table: str, entries: Entries) -> None:
        """Note messages (in order) that the running transaction accepts. Raises StoreError where it cannot."""
        known = self._known(table)
        if not len(entries):
            return
        if len(known.recent) + len(entries) <= _RECENT:
            self._insert_recent(table, entries)
            self._pending[table] = replace(known, recent=known.recent.with_entries(entries))
            return
        if len(entries) < _RECENT:
            self._delete_recent(table)
            known, entries = _Known(known.runs), known.recent.with_entries(entries).entries
        runs = self._tidied((*known.runs, self._run([entries])))
        self._list_runs(table, runs)
        self._pending[table] = replace(known, runs=runs)

    def committed(self) -> None:
        """The transaction has been committed: keep what it added."""
        self._held = (self._held or {}) | self._pending
        self._pending, self._written = {}, []
        if self._leftovers:
            self._leftovers = False
            self._delete_leftovers()
        if self._distrusted:
            self._held = None

    def rolled_back(self, *, doubtful: bool = False) -> None:
        """Forget what the transaction added; where that is `doubtful`, read again what the store holds."""
        self._pending = {}
        if doubtful:
            self._held = None
        else:
            for path in self._written:
                with suppress(OSError):  # what is left over goes at the next opening
                    path.unlink(missing_ok=True)
        self._written = []

    def damaged(self) -> list[Path]:
        """Read all run files; those that are damaged."""
        found = []
        for known in (self._held or {}).values():
            for run in known.runs:
                try:
                    run.verify()
                except (DamagedRunError, OSError):
                    assert run.path is not None
                    found.append(run.path)
        return found

    def _known(self, table: str) -> _Known:
        assert self._held is not None
        return self._pending.get(table) or self._held.get(table) or _Known()

    # --- runs -------------------------------------------------------------------------------------------------------

    def _run(self, pieces: Iterable[Entries]) -> Run:
        """A new run: a file beside the store, or in memory as the store is."""
        if self._folder is None:
            return Run.of(np.concatenate(list(pieces)))
        path = self._folder / f"{self._next:012d}.run"
        self._next += 1
        self._written.append(path)
        try:
            self._folder.mkdir(exist_ok=True)
            return write_run(path, pieces)
        except OSError as error:
            message = f"The index of messages could not be written: {(error.strerror or str(error)).lower()}."
            hint = "Nothing was changed. Is there room on the disk?"
            raise StoreError(Problem(code="store_failed", path=str(path), message=message, hint=hint)) from error

    def _tidied(self, runs: tuple[Run, ...]) -> tuple[Run, ...]:
        """The runs, with those of like size merged, as soon as there are several."""
        tiers: dict[int, list[Run]] = {}
        for run in runs:
            tiers.setdefault(_tier(len(run)), []).append(run)
        for _, like in sorted(tiers.items()):
            count = sum(map(len, like))
            if len(like) >= _FAN_IN and count <= _LARGEST_MERGE and all(map(self._is_whole, like)):
                self._leftovers = True
                rest = tuple(run for run in runs if run not in like)
                return self._tidied((*rest, self._run(merged(like))))
        return runs

    def _is_whole(self, run: Run) -> bool:
        """Whether a run's file holds what was written; else it is deleted, and computed anew after this transaction."""
        try:
            run.verify()
        except (DamagedRunError, OSError):
            assert run.path is not None
            with suppress(OSError):
                run.path.unlink(missing_ok=True)
            self._distrusted = True
            return False
        return True

    def _delete_leftovers(self) -> None:
        """Delete the files that the store does not list."""
        if self._folder is None or not self._folder.is_dir():
            return
        listed = {run.path for known in (self._held or {}).values() for run in known.runs}
        for path in [*self._folder.glob("*.run"), *self._folder.glob("*.run.part")]:
            if path not in listed:
                with suppress(OSError):
                    path.unlink(missing_ok=True)

    # --- tables of the store ----------------------------------------------------------------------------------------

    def _create_tables(self) -> None:
        self._connection.execute(
            f"CREATE TABLE IF NOT EXISTS {_RECENT_TABLE} "
            "(table_name VARCHAR NOT NULL, message_hash UBIGINT NOT NULL, content_hash UBIGINT NOT NULL)"
        )
        self._connection.execute(
            f"CREATE TABLE IF NOT EXISTS {_RUNS_TABLE} "
            "(table_name VARCHAR NOT NULL, file VARCHAR NOT NULL, entries BIGINT NOT NULL, checksum BIGINT NOT NULL)"
        )
        mark = self._connection.execute(f"SELECT value FROM {METADATA} WHERE name = ?", [_MARK]).fetchall()
        if mark != [(_VERSION,)]:
            self._delete_all()
            self._connection.execute(f"DELETE FROM {METADATA} WHERE name = ?", [_MARK])
            self._connection.execute(f"INSERT INTO {METADATA} VALUES (?, ?)", [_MARK, _VERSION])

    def forget_all(self) -> None:
        """Let all entries be computed anew by `prepare`. In a transaction."""
        if self._folder is None:
            return
        self._create_tables()
        self._delete_all()

    def _delete_all(self) -> None:
        for table in (_RECENT_TABLE, _RUNS_TABLE):
            self._connection.execute(f"DELETE FROM {table}")

    def _tables(self) -> dict[str, int]:
        """The tables of interactions, with how many rows they have."""
        rows = self._connection.execute(
            "SELECT table_name FROM duckdb_columns() "
            "WHERE column_name = 'message_id' AND starts_with(table_name, 'interaction_') AND NOT internal"
        ).fetchall()
        counts = {}
        for (table,) in rows:
            ((counts[table],),) = self._connection.execute(f"SELECT count(*) FROM {quoted(table)}").fetchall()
        return counts

    def _listed_runs(self) -> dict[str, tuple[Run, ...] | None]:
        """The runs of each table; None where one of them cannot be used."""
        if self._folder is None:
            return {}
        numbers = [int(path.stem) for path in self._folder.glob("*.run") if path.stem.isdecimal()]
        self._next = max([self._next - 1, *numbers]) + 1
        turn = self._connection.execute(f"SELECT value FROM {METADATA} WHERE name = 'loads'").fetchall()[0][0]
        runs: dict[str, tuple[Run, ...] | None] = {}
        for table, file, entries, checksum in self._connection.execute(f"FROM {_RUNS_TABLE}").fetchall():
            before = runs.setdefault(table, ())
            if before is None:
                continue
            try:
                run = open_run(self._folder / file, entries, checksum)
                run.verify(_turn(len(run.crcs if run.crcs is not None else ()), turn))
                runs[table] = (*before, run)
            except (DamagedRunError, OSError):
                runs[table] = None
        return runs

    def _recent_entries(self) -> dict[str, _Known]:
        if self._folder is None:
            return {}
        found = self._connection.sql(
            f"SELECT table_name, message_hash, content_hash FROM {_RECENT_TABLE}"
        ).to_arrow_table()
        known = {}
        names = found.column("table_name").combine_chunks().dictionary_encode()
        entries = np.stack([found.column(n).to_numpy() for n in ("message_hash", "content_hash")], axis=1)
        places = names.indices.to_numpy()
        for place, name in enumerate(names.dictionary.to_pylist()):
            known[name] = _Known(recent=Run.of(in_order(entries[places == place])))
        return known

    def _insert_recent(self, table: str, entries: Entries) -> None:
        if self._folder is None:
            return
        batch = pa.table({"message_hash": entries[:, 0], "content_hash": entries[:, 1]})
        assert batch.num_rows  # DuckDB finds the variable by its name
        self._connection.execute(f"INSERT INTO {_RECENT_TABLE} SELECT ?, * FROM batch", [table])

    def _delete_recent(self, table: str) -> None:
        if self._folder is not None:
            self._connection.execute(f"DELETE FROM {_RECENT_TABLE} WHERE table_name = ?", [table])

    def _list_runs(self, table: str, runs: Iterable[Run]) -> None:
        if self._folder is None:
            return
        self._connection.execute(f"DELETE FROM {_RUNS_TABLE} WHERE table_name = ?", [table])
        for run in runs:
            assert run.path is not None
            self._connection.execute(
                f"INSERT INTO {_RUNS_TABLE} VALUES (?, ?, ?, ?)", [table, run.path.name, len(run), run.checksum]
            )

    def _compute(self, table: str) -> None:
        """Compute the entries of all rows of a table, part by part."""
        self._delete_recent(table)
        self._list_runs(table, ())
        self._pending[table] = _Known()
        layouts = Layouts(self._connection)
        content = content_hash(layouts.contents(table), layouts.types(table))
        ((last,),) = self._connection.execute(f"SELECT max(rowid) FROM {quoted(table)}").fetchall()
        for start in range(0, -1 if last is None else last + 1, _ROWS_AT_ONCE):
            part = self._connection.execute(
                f"SELECT message_hash, {content} AS content_hash FROM {quoted(table)} "
                f"WHERE rowid >= {start} AND rowid < {start + _ROWS_AT_ONCE}"
            ).fetchnumpy()
            self.add(table, in_order(np.stack([part["message_hash"], part["content_hash"]], axis=1)))


def _tier(count: int) -> int:
    tier, size = 0, _RECENT
    while count >= size * _FAN_IN:
        tier, size = tier + 1, size * _FAN_IN
    return tier


def _turn(chunks: int, turn: int) -> Iterable[int]:
    """The chunks to verify when it is this turn: all of them in as many turns as it takes."""
    if chunks <= _VERIFIED_CHUNKS:
        return range(chunks)
    start = turn * _VERIFIED_CHUNKS % chunks
    return ((start + step) % chunks for step in range(_VERIFIED_CHUNKS))
