"""The insights store: one DuckDB file that holds contacts, related records and interactions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
from pyroaring import BitMap

from coterie.backends.duckdb.change_log import ChangeLog
from coterie.backends.duckdb.checkpoints import Checkpoints
from coterie.backends.duckdb.entity_loading import load_entity
from coterie.backends.duckdb.failing import failed
from coterie.backends.duckdb.ingesting import ingest
from coterie.backends.duckdb.interaction_loading import load_interactions
from coterie.backends.duckdb.key_directory import KeyDirectories, KeyDirectory
from coterie.backends.duckdb.message_hashes import MESSAGE_HASH
from coterie.backends.duckdb.message_index import MessageIndex
from coterie.backends.duckdb.naming import entity_table, quoted
from coterie.backends.duckdb.opening import connect
from coterie.backends.duckdb.schema import METADATA, create_bookkeeping, grow, number_scales, set_number_scale
from coterie.backends.duckdb.writing import Writing, batches_of
from coterie.catalog import CONTACT, Catalog
from coterie.errors import Problem, QuestionError, did_you_mean
from coterie.planning.backend import Changes, EntityChanges
from coterie.records.ingest_report import IngestReport
from coterie.records.operations import read_operations
from coterie.records.raw import RawBatch
from coterie.records.report import ImportReport, ReportBuilder
from coterie.records.sources import open_source
from coterie.records.time_columns import LocalClock
from coterie.values.times import find_zone

__all__ = ["FORMAT_VERSION", "Progress", "Store"]

FORMAT_VERSION = 2
"""The version of the physical layout that this code reads and writes. Older ones grow to it when they are opened."""

_HASH_PROBE = "xor(hash('coterie'), hash('coterie, spelled longer'))"  # short and long texts are hashed apart

Progress = Callable[[int, float | None], None]
"""Told of records read so far, and of the share of the source (0 to 1) where it is known."""


class Store:
    """An open insights store. One process holds it; one thread at a time loads; readers take a `cursor` each."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        catalog: Catalog,
        zone: ZoneInfo,
        *,
        messages_folder: Path | None = None,
    ) -> None:
        self.connection = connection
        self.catalog = catalog
        self.zone = zone
        self._messages = MessageIndex(connection, messages_folder)
        self._keys = KeyDirectories(self.cursor)
        with self._bare_transaction():
            self._prepare()
        self._scales = number_scales(connection)
        self._data_version = self._metadata("data_version")
        self._log = ChangeLog(self._data_version)
        self._checkpoints = Checkpoints(connection)

    @classmethod
    def open(
        cls,
        path: str | Path,
        catalog: Catalog,
        *,
        time_zone: str,
        threads: int | None = None,
        memory_limit: str | None = None,
    ) -> Store:
        """Open the store at `path`, or create it; `":memory:"` for one that is gone when closed.

        `time_zone` is what datetimes without offset are read in; `memory_limit` is DuckDB's, such as `"4GB"`.
        Raises StoreError (`store_locked`, `store_newer`, `store_damaged`), QuestionError (`unknown_time_zone`), or
        CatalogError where the store holds an attribute as another type. The file is left as it was then.
        """
        zone = find_zone(time_zone)
        if zone is None:
            raise QuestionError(
                Problem(code="unknown_time_zone", path="time_zone", message=f"There is no time zone {time_zone!r}.")
            )
        connection = connect(path, format_version=FORMAT_VERSION, threads=threads, memory_limit=memory_limit)
        try:
            name = str(path)
            folder = None if name == ":memory:" else Path(f"{Path(name).absolute()}.messages")
            return cls(connection, catalog, zone, messages_folder=folder)
        except duckdb.Error as error:
            connection.close()
            raise failed("opened", error) from error
        except BaseException:
            connection.close()
            raise

    def _prepare(self) -> None:
        create_bookkeeping(self.connection)
        for name, value in (("format_version", FORMAT_VERSION), ("data_version", 0), ("loads", 0)):
            self.connection.execute(
                f"INSERT INTO {METADATA} SELECT ?, ? WHERE NOT EXISTS (FROM {METADATA} WHERE name = ?)",
                [name, value, name],
            )
        grow(self.connection, self.catalog)
        self._renew_hashes()
        if self._counters()["format_version"] < FORMAT_VERSION:
            self.connection.execute(f"UPDATE {METADATA} SET value = ? WHERE name = 'format_version'", [FORMAT_VERSION])
        self._messages.prepare()

    def _renew_hashes(self) -> None:
        """Compute the hashes of messages anew where this DuckDB hashes otherwise than the one that wrote them."""
        probe = self.connection.execute(f"SELECT ({_HASH_PROBE} >> 1)::BIGINT").fetchall()[0][0]
        if self._counters().get("hash_probe") == probe:
            return
        hashed = (
            "SELECT table_name FROM duckdb_columns() WHERE column_name = 'message_hash' "
            "AND starts_with(table_name, 'interaction_') AND NOT internal"
        )
        for (table,) in self.connection.execute(hashed).fetchall():
            self.connection.execute(f"UPDATE {quoted(table)} SET message_hash = {MESSAGE_HASH}")
        self._messages.forget_all()
        self.connection.execute(f"DELETE FROM {METADATA} WHERE name = 'hash_probe'")
        self.connection.execute(f"INSERT INTO {METADATA} VALUES ('hash_probe', ?)", [probe])

    def close(self) -> None:
        self.connection.close()
        self._keys.close()

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A connection of its own for one reader; close it after use."""
        return self.connection.cursor()

    def keys(self, entity: str) -> KeyDirectory:
        """The keys of an entity's records, from memory; any thread may ask."""
        return self._keys.of(entity_table(entity))

    @property
    def data_version(self) -> int:
        """Raised by one with each load that changes something."""
        return self._data_version

    def number_scale(self, table: str, column: str) -> int:
        """The scale of a column of numbers: it holds the number × 10^scale."""
        return self._scales[table, column]

    def entity_size(self, entity: str) -> int:
        """Rows of the entity's table: ordinals in use, of records not known yet too."""
        row = self.connection.execute(f"SELECT count(*) FROM {quoted(entity_table(entity))}").fetchone()
        assert row is not None
        return int(row[0])

    def load(self, name: str, source: object, *, progress: Progress | None = None) -> ImportReport:
        """Load records of the entity or interaction `name` from `source` (see `coterie.records.open_source`).

        All of it or nothing: raises ReadError (`unreadable_file`), QuestionError (`unknown_entity`) or StoreError.
        """
        load = self._loading(name)
        opened = open_source(source)
        report = ReportBuilder(name, opened.name)
        writing = self._writing(report, dict(self._scales))
        self._checkpoints.before_load()
        with self._written() as transaction:
            contacts = self.entity_size(CONTACT)
            done = load(writing, batches_of(opened, report, progress))
            new_contacts = BitMap(range(contacts, self.entity_size(CONTACT)))
            if writing.lasting:
                self._record(writing.scales, changed=writing.changed)
            else:
                transaction.undo()
        if writing.lasting:
            self._committed(writing.scales, _loaded(name, new_contacts, changed=writing.changed), writing.changed)
        return done

    def ingest(self, records: object) -> IngestReport:
        """Apply a batch of operations (see `coterie.records.operations`): all of them or, on an error, none.

        Raises ReadError (`unreadable_file`) or StoreError.
        """
        operations = read_operations(records, self.catalog, self.zone)
        scales = dict(self._scales)
        number = self._metadata("loads") + 1
        self._checkpoints.before_batch()
        with self._written() as transaction:
            done = ingest(operations, self.catalog, lambda report: self._writing(report, scales, number))
            if done.lasting:
                self._record(scales, changed=done.changed)
            else:
                transaction.undo()
        if done.lasting:
            self._committed(scales, done.changes, done.changed)
            self._checkpoints.after_batch()
        return done.report.finish(data_version=self._data_version, touched=done.touched)

    def changes(self, since: int) -> Changes | None:
        """What changed after the data version `since`; None where that is not known (any more)."""
        return self._log.since(since)

    def _writing(self, report: ReportBuilder, scales: dict[tuple[str, str], int], number: int | None = None) -> Writing:
        """What a load needs to write; with a number, what one part of a batch needs."""
        return Writing(
            connection=self.connection,
            catalog=self.catalog,
            clock=LocalClock(self.zone),
            scales=scales,
            report=report,
            number=self._metadata("loads") + 1 if number is None else number,
            messages=self._messages,
            keys=self._keys,
        )

    def _committed(self, scales: dict[tuple[str, str], int], changes: Changes, changed: bool) -> None:
        """Take note of what was committed."""
        self._scales = scales
        self._data_version += changed
        self._log.append(self._data_version, changes)

    def _loading(self, name: str) -> Callable[[Writing, Iterable[RawBatch]], ImportReport]:
        if name in self.catalog.entities:
            return load_entity
        if name in self.catalog.interactions:
            return load_interactions
        known = [*self.catalog.entities, *self.catalog.interactions]
        raise QuestionError(
            Problem(
                code="unknown_entity",
                path="name",
                message=f"The catalog has no entity and no interaction {name!r}.",
                hint=did_you_mean(str(name), known),
            )
        )

    def _record(self, scales: Mapping[tuple[str, str], int], *, changed: bool) -> None:
        """Keep the versions and scales that a load has come to."""
        for (table, column), scale in scales.items():
            if self._scales[table, column] != scale:
                set_number_scale(self.connection, table, column, scale)
        self._raise("loads")
        if changed:
            self._raise("data_version")

    def _raise(self, counter: str) -> None:
        self.connection.execute(f"UPDATE {METADATA} SET value = value + 1 WHERE name = ?", [counter])

    def _metadata(self, name: str) -> int:
        return self._counters()[name]

    def _counters(self) -> dict[str, int]:
        try:
            return dict(self.connection.execute(f"SELECT name, value FROM {METADATA}").fetchall())
        except duckdb.Error as error:
            raise failed("read", error) from error

    @contextmanager
    def _written(self) -> Iterator[_Transaction]:
        """A transaction whose failure is told as one to write."""
        try:
            with self._transaction() as transaction:
                yield transaction
        except duckdb.Error as error:
            raise failed("written", error) from error

    @contextmanager
    def _transaction(self) -> Iterator[_Transaction]:
        if self._messages.doubtful:
            with self._bare_transaction():
                self._messages.prepare()
        with self._bare_transaction() as transaction:
            yield transaction

    @contextmanager
    def _bare_transaction(self) -> Iterator[_Transaction]:
        transaction, committing = _Transaction(), False
        self.connection.execute("BEGIN TRANSACTION")
        try:
            yield transaction
            committing = not transaction.undone
            self.connection.execute("COMMIT" if committing else "ROLLBACK")
            if committing:
                self._messages.committed()
        except BaseException:
            with suppress(duckdb.Error):  # one that has failed already is undone already
                self.connection.execute("ROLLBACK")
            self._messages.rolled_back(doubtful=committing)
            self._keys.rolled_back()
            raise
        if committing:
            self._keys.committed()
        else:
            self._messages.rolled_back()
            self._keys.rolled_back()


@dataclass(slots=True)
class _Transaction:
    undone: bool = False

    def undo(self) -> None:
        """Leave the store as it was, without an error."""
        self.undone = True


def _loaded(name: str, new_contacts: BitMap, *, changed: bool) -> Changes:
    """The changes of a load of `name`: anything in it, and the contacts whose keys came with it."""
    entities = {CONTACT: EntityChanges(records=new_contacts, columns=None, former={})} if new_contacts else {}
    return Changes(entities=entities, interactions={}, occurred={}, whole=frozenset({name} if changed else ()))
