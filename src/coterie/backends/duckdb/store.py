"""The insights store: one DuckDB file that holds contacts, related records and interactions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar, assert_never
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
from coterie.backends.duckdb.layouts import Layouts
from coterie.backends.duckdb.message_hashes import MESSAGE_HASH
from coterie.backends.duckdb.message_index import MessageIndex, messages_folder
from coterie.backends.duckdb.naming import entity_table, quoted
from coterie.backends.duckdb.opening import MEMORY, connect
from coterie.backends.duckdb.recording import (
    ArchiveRecording,
    NoRecording,
    Recording,
    Rehearsal,
    Rehearsed,
    ReplayedRecording,
    not_continuing,
)
from coterie.backends.duckdb.schema import METADATA, create_bookkeeping, grow, number_scales, set_number_scale
from coterie.backends.duckdb.writing import Writing, batches_of
from coterie.catalog import CONTACT, Catalog
from coterie.errors import Problem, QuestionError, StoreError, did_you_mean
from coterie.planning.backend import Changes, EntityChanges
from coterie.records.archive import Archive
from coterie.records.archived_files import ArchivedFile, ArchivedKind, Heading, damaged
from coterie.records.ingest_report import IngestReport
from coterie.records.operations import listed, read_operations
from coterie.records.raw import RawBatch, Source
from coterie.records.report import ImportReport, ReportBuilder
from coterie.records.sources import open_source
from coterie.records.time_columns import LocalClock
from coterie.values.pauses import Pause, go_on
from coterie.values.times import find_zone

__all__ = ["FORMAT_VERSION", "Alone", "Progress", "Store"]

FORMAT_VERSION = 2
"""The version of the physical layout that this code reads and writes. Older ones grow to it when they are opened."""

_HASH_PROBE = "xor(hash('coterie'), hash('coterie, spelled longer'))"  # short and long texts are hashed apart

T = TypeVar("T")

Progress = Callable[[int, float | None], None]
"""Told of records read so far, and of the share of the source (0 to 1) where it is known."""

Alone = Callable[[], AbstractContextManager[object]]
"""Inside what it makes, nobody else reads the store."""


class Store:
    """An open insights store. One process holds it; one thread at a time loads; readers take a `cursor` each."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        catalog: Catalog,
        zone: ZoneInfo,
        archive: Archive | None = None,
        *,
        messages_folder: Path | None = None,
    ) -> None:
        self.connection = connection
        self.catalog = catalog
        self.zone = zone
        self._messages = MessageIndex(connection, messages_folder)
        self._keys = KeyDirectories(self.cursor)
        self._layouts = Layouts(connection)
        self._archive = archive
        self._catalog_holder: int | None = None  # the archived file that holds the catalog
        self._is_committing = False  # from before a commit until memory says what it led to
        self._is_in_doubt = False
        self.commits = 0  # since it was opened, those too that raised no data version
        with _Transaction(self):
            self._prepare()
        self._is_committing = False
        self._scales = number_scales(connection)
        self._data_version = self._metadata("data_version")
        self._log = ChangeLog(self._data_version)
        self._checkpoints = Checkpoints(connection)
        self._catch_up()

    @classmethod
    def open(
        cls,
        path: str | Path,
        catalog: Catalog,
        *,
        time_zone: str,
        threads: int | None = None,
        memory_limit: str | None = None,
        archive: bool = True,
    ) -> Store:
        """Open the store at `path`, or create it; `":memory:"` for one that is gone when closed.

        `time_zone` is what datetimes without offset are read in; `memory_limit` is DuckDB's, such as `"4GB"`. With
        `archive`, what a file's archive has and the store has not is replayed first, and every load is archived.
        Raises StoreError (`store_locked`, `store_newer`, `store_damaged`, `archive_damaged`), QuestionError
        (`unknown_time_zone`), or CatalogError where the store holds an attribute as another type. The file is left as
        it was then.
        """
        zone = find_zone(time_zone)
        if zone is None:
            raise QuestionError(
                Problem(code="unknown_time_zone", path="time_zone", message=f"There is no time zone {time_zone!r}.")
            )
        connection = connect(path, format_version=FORMAT_VERSION, threads=threads, memory_limit=memory_limit)
        try:
            if str(path) == MEMORY:
                return cls(connection, catalog, zone)
            messages = messages_folder(path)
            return cls(connection, catalog, zone, Archive.beside(path) if archive else None, messages_folder=messages)
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
        self._keys.empty()

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A connection of its own for one reader; close it after use."""
        self.check_certain()
        return self.connection.cursor()

    def keys(self, entity: str) -> KeyDirectory:
        """The keys of an entity's records, from memory; any thread may ask."""
        self.check_certain()
        return self._keys.of(entity_table(entity))

    @property
    def data_version(self) -> int:
        """Raised by one with each load that changes something."""
        self.check_certain()
        return self._data_version

    def number_scale(self, table: str, column: str) -> int:
        """The scale of a column of numbers: it holds the number × 10^scale."""
        return self._scales[table, column]

    def entity_size(self, entity: str) -> int:
        """Rows of the entity's table: ordinals in use, of records not known yet too."""
        row = self.connection.execute(f"SELECT count(*) FROM {quoted(entity_table(entity))}").fetchone()
        assert row is not None
        return int(row[0])

    def load(
        self, name: str, source: object, *, progress: Progress | None = None, alone: Alone = nullcontext
    ) -> ImportReport:
        """Load records of the entity or interaction `name` from `source` (see `coterie.records.open_source`).

        All of it or nothing: raises ReadError (`unreadable_file`), QuestionError (`unknown_entity`) or StoreError.
        What it changes is seen by others from inside `alone` on, which is entered when all is there to be committed.
        """
        self._loading(self.catalog, name)
        opened = open_source(source)
        with self._archived(ArchivedKind.LOAD, name, opened.name) as making:
            return self._settled(lambda ready: self._load(name, opened, ready, progress), making, alone)

    def ingest(self, records: object, *, alone: Alone = nullcontext, pause: Pause = go_on) -> IngestReport:
        """Apply a batch of operations (see `coterie.records.operations`): all of them or, on an error, none.

        Raises ReadError (`unreadable_file`) or StoreError. `alone` is as `load` has it; outside of it there is a
        `pause` again and again.
        """
        given = listed(records)
        with self._archived(ArchivedKind.INGEST) as making:
            return self._settled(lambda ready: self._ingest(given, ready, pause), making, alone)

    def rehearse(self, records: object) -> None:
        """Do what `ingest` would do up to its commit, and take it back. Raises what that would raise till then."""
        given = listed(records)
        with suppress(Rehearsed), self._archived(ArchivedKind.INGEST) as making:
            rehearsed = replace(making, recording=Rehearsal(making.recording))
            self._settled(lambda ready: self._ingest(given, ready), rehearsed, nullcontext)

    def changes(self, since: int) -> Changes | None:
        """What changed after the data version `since`; None where that is not known (any more)."""
        self.check_certain()
        return self._log.since(since)

    def check_certain(self) -> None:
        """Raise StoreError (`store_failed`) where nobody knows whether what memory says is what the file says."""
        if self._is_in_doubt:
            message = "A change was broken off while it was committed, and what became of it could not be read."
            hint = "Close the store and open it again: it then says what it holds."
            raise StoreError(Problem(code="store_failed", path="store", message=message, hint=hint))

    # --- making changes

    def _settled(self, change: Callable[[_Making], T], making: _Making, alone: Alone) -> T:
        """Make a change. Wherever it is broken off, the store answers from then on as what the file says.

        It is `alone` from before the commit until memory says what that led to.
        """
        self.check_certain()
        with ExitStack() as until_settled:
            try:
                return change(replace(making, before_commit=lambda: until_settled.enter_context(alone())))
            except BaseException:
                self._is_in_doubt = self._is_committing  # before any call: there a second interrupt may come
                self.take_back()
                if self._is_in_doubt:
                    self._read_again()
                raise

    def commit(self) -> None:
        """Commit the transaction, and let keys and messages be known that it added."""
        self._is_committing = True
        self.commits += 1
        self.connection.execute("COMMIT")
        self._messages.committed()
        self._keys.committed()

    def take_back(self) -> None:
        """Undo the transaction, if one is open, and forget what it added."""
        with suppress(duckdb.Error):  # one that has failed, or been committed, is open no more
            self.connection.execute("ROLLBACK")
        self._messages.rolled_back(doubtful=self._is_committing)
        self._keys.rolled_back()
        self._layouts.forget()

    def _read_again(self) -> None:
        """Learn what the file says now. Where even that fails, the store stays in doubt."""
        try:
            scales, version = number_scales(self.connection), self._metadata("data_version")
        except (duckdb.Error, StoreError):
            return
        self._keys.empty()
        # Keys that were only named raise no version: then even what led to the same one is not known.
        self._log = ChangeLog(version, known_from=version + (version == self._data_version))
        self._scales, self._data_version = scales, version
        self._is_committing = self._is_in_doubt = False

    def _load(self, name: str, opened: Source, making: _Making, progress: Progress | None = None) -> ImportReport:
        load = self._loading(making.catalog, name)
        report = ReportBuilder(name, opened.name)
        writing = self._writing(making, report, dict(self._scales))
        self._checkpoints.before_load()
        self._prepare_messages()
        with _told(), _Transaction(self) as transaction:
            contacts = self.entity_size(CONTACT)
            done = load(writing, making.recording.batches(batches_of(opened, report, progress)))
            new_contacts = BitMap(range(contacts, self.entity_size(CONTACT)))
            if writing.lasting:
                self._record(making, writing.scales, changed=writing.changed)
                making.before_commit()
            else:
                transaction.undo()
        if writing.lasting:
            self._committed(writing.scales, _loaded(name, new_contacts, changed=writing.changed), writing.changed)
        return done

    def _ingest(self, given: Sequence[Mapping[object, object]], making: _Making, pause: Pause = go_on) -> IngestReport:
        operations = read_operations(given, making.catalog, making.zone)
        making.recording.operations(given)
        scales = dict(self._scales)
        self._checkpoints.before_batch()
        self._prepare_messages()
        with _told(), _Transaction(self) as transaction:
            done = ingest(operations, making.catalog, lambda report: self._writing(making, report, scales), pause)
            if done.lasting:
                self._record(making, scales, changed=done.changed)
                making.before_commit()
            else:
                transaction.undo()
        if done.lasting:
            self._committed(scales, done.changes, done.changed)
            self._checkpoints.after_batch()
        return done.report.finish(data_version=self._data_version, touched=done.touched)

    def _writing(self, making: _Making, report: ReportBuilder, scales: dict[tuple[str, str], int]) -> Writing:
        """What a load needs to write, or one part of a batch."""
        return Writing(
            connection=self.connection,
            catalog=making.catalog,
            clock=LocalClock(making.zone),
            scales=scales,
            report=report,
            number=making.number,
            messages=self._messages,
            keys=self._keys,
            layouts=self._layouts,
        )

    def _record(self, making: _Making, scales: Mapping[tuple[str, str], int], *, changed: bool) -> None:
        """Keep the versions and scales that a change has come to, and the change in the archive."""
        for (table, column), scale in scales.items():
            if self._scales[table, column] != scale:
                set_number_scale(self.connection, table, column, scale)
                self._layouts.altered(table)
        counters = "('loads', 'data_version')" if changed else "('loads')"
        self.connection.execute(f"UPDATE {METADATA} SET value = value + 1 WHERE name IN {counters}")
        making.recording.keep(changed=changed, data_version=self._data_version + changed)

    def _committed(self, scales: dict[tuple[str, str], int], changes: Changes, changed: bool) -> None:
        """Take note of what was committed."""
        version = self._data_version + changed
        self._log.append(version, changes)
        self._scales, self._data_version = scales, version
        self._is_committing = False

    def _prepare_messages(self) -> None:
        """Let the index of messages read again what it is in doubt about."""
        if self._messages.doubtful:
            with _told(), _Transaction(self):
                self._messages.prepare()
            self._is_committing = False

    # --- the archive

    @contextmanager
    def _archived(self, kind: ArchivedKind, name: str = "", source: str = "") -> Iterator[_Making]:
        """Archives the one change that is made inside before it is committed; takes it back if it is not."""
        number = self._metadata("loads") + 1
        making = _Making(self.catalog, self.zone, number)
        if self._archive is None:
            yield making
            return
        holder = self._catalog_holder or number
        heading = partial(Heading, kind=kind, name=name, source=source, time_zone=self.zone.key, catalog=holder)
        recording = ArchiveRecording(self._archive, number, heading, self.catalog)
        try:
            yield replace(making, recording=recording)
        finally:
            if recording.end(lambda: self._has_committed(number)):
                self._catalog_holder = holder

    def _has_committed(self, number: int) -> bool:
        """Whether the change of that number was committed. If unknown, the file stays for the next opening."""
        try:
            return self._metadata("loads") >= number
        except StoreError:
            return True

    def _catch_up(self) -> None:
        """Replay what the archive has and the store has not: it was accepted, but the process ended too early."""
        if self._archive is None:
            return
        self._archive.clear_unfinished()
        numbers = self._archive.numbers()
        loads = self._metadata("loads")
        if numbers and not numbers.start - 1 <= loads < numbers.stop:
            raise not_continuing(self._archive, numbers, loads)
        for number in range(loads + 1, numbers.stop):
            self.replay(self._archive, self._archive.file(number))

    def replay(self, archive: Archive, file: ArchivedFile, progress: Progress | None = None) -> None:
        """Make the change of an archived file again. Raises StoreError (`archive_damaged`), having changed nothing."""
        heading, catalog = file.heading, archive.catalog_of(file)
        zone = find_zone(heading.time_zone)
        if zone is None:
            raise damaged(file.path, f"There is no time zone {heading.time_zone!r}.", "Update the time zone data.")
        recording = ReplayedRecording(file)
        making = _Making(catalog, zone, self._metadata("loads") + 1, recording)
        if heading.number != making.number:
            recording.refuse(f"number {making.number}")
        with _Transaction(self):
            grow(self.connection, catalog)
        self._scales = number_scales(self.connection)
        self._layouts.forget()
        self._is_committing = False
        match heading.kind:
            case ArchivedKind.LOAD:
                self._load(heading.name, Source(heading.source, file.batches(), lambda: None), making, progress)
            case ArchivedKind.INGEST:
                self._ingest(file.operations(), making)
            case _:
                assert_never(heading.kind)
        if not recording.kept:
            recording.refuse("no change")

    # --- inside

    @staticmethod
    def _loading(catalog: Catalog, name: str) -> Callable[[Writing, Iterable[RawBatch]], ImportReport]:
        if name in catalog.entities:
            return load_entity
        if name in catalog.interactions:
            return load_interactions
        known = [*catalog.entities, *catalog.interactions]
        raise QuestionError(
            Problem(
                code="unknown_entity",
                path="name",
                message=f"The catalog has no entity and no interaction {name!r}.",
                hint=did_you_mean(str(name), known),
            )
        )

    def _metadata(self, name: str) -> int:
        return self._counters()[name]

    def _counters(self) -> dict[str, int]:
        try:
            return dict(self.connection.execute(f"SELECT name, value FROM {METADATA}").fetchall())
        except duckdb.Error as error:
            raise failed("read", error) from error


def _at_once() -> None:
    """Commits where there is nobody to wait for."""


@dataclass(frozen=True, slots=True)
class _Making:
    """What a change is made with: the catalog and the zone of its time, its number, and where it is recorded.

    `before_commit` returns when it may be committed.
    """

    catalog: Catalog
    zone: ZoneInfo
    number: int
    recording: Recording = field(default_factory=NoRecording)
    before_commit: Callable[[], object] = _at_once


class _Transaction:
    """Commits what is done inside, or takes it back: where it fails, and where it is undone.

    Where an interrupt keeps it from either, whoever makes the change takes it back: nothing is left to be done later.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._is_undone = False

    def __enter__(self) -> Self:
        self._store.connection.execute("BEGIN TRANSACTION")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None or self._is_undone:
            self._store.take_back()
            return
        try:
            self._store.commit()
        except BaseException:
            self._store.take_back()
            raise

    def undo(self) -> None:
        """Leave the store as it was, without an error."""
        self._is_undone = True


@contextmanager
def _told() -> Iterator[None]:
    """Failures of the database as errors of the store, which could not be written."""
    try:
        yield
    except duckdb.Error as error:
        raise failed("written", error) from error


def _loaded(name: str, new_contacts: BitMap, *, changed: bool) -> Changes:
    """The changes of a load of `name`: anything in it, and the contacts whose keys came with it."""
    entities = {CONTACT: EntityChanges(records=new_contacts, columns=None, former={})} if new_contacts else {}
    return Changes(entities=entities, interactions={}, occurred={}, whole=frozenset({name} if changed else ()))
