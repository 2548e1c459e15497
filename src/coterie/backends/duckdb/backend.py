"""The insights store as a backend: leaves run over DuckDB tables."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack, closing, nullcontext
from datetime import date
from threading import Lock, RLock
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyroaring import BitMap

from coterie.backends.duckdb.cancellable import CancellableSource
from coterie.backends.duckdb.contact_index import ContactIndex
from coterie.backends.duckdb.contact_order import ContactOrders
from coterie.backends.duckdb.contact_rows import contact_batch, contact_rows
from coterie.backends.duckdb.contact_search import contacts_matching
from coterie.backends.duckdb.dated import days_in, holders, least_value, occurring_values, values_of
from coterie.backends.duckdb.evaluation import Evaluation, Extent
from coterie.backends.duckdb.event_reading import events_of
from coterie.backends.duckdb.excerpt import DuckDBExcerpt, excerpt_of
from coterie.backends.duckdb.failing import failed
from coterie.backends.duckdb.known_contacts import KnownContacts
from coterie.backends.duckdb.naming import entity_table, interaction_table, quoted
from coterie.backends.duckdb.querying import query
from coterie.backends.duckdb.reaching import owners_of
from coterie.backends.duckdb.record_reading import records_led_to, records_with
from coterie.backends.duckdb.restricted import evaluate_within
from coterie.backends.duckdb.source import Source
from coterie.backends.duckdb.store import Alone, Store
from coterie.backends.duckdb.time_slices import TimeSlices
from coterie.backends.duckdb.value_counts import ValueCounts
from coterie.backends.duckdb.vocabularies import Vocabularies
from coterie.catalog.model import CONTACT, Catalog
from coterie.membership import from_ordinals
from coterie.planning.backend import Changes, DateColumn
from coterie.planning.browsing import (
    ContactOrder,
    ContactRow,
    EventPlace,
    EventSlice,
    OrderedContact,
    StoredRecord,
    ValueCount,
)
from coterie.planning.cancellation import Cancellation
from coterie.planning.leaves import Leaf
from coterie.records import ImportReport, IngestReport
from coterie.values.pauses import Pause, go_on
from coterie.values.text import is_storable, normalize

__all__ = ["DuckDBBackend"]


class DuckDBBackend:
    """Answers leaves from an open store, which it owns. Any thread may ask: each statement has its own connection."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._idle: list[duckdb.DuckDBPyConnection] = []
        self._memory: duckdb.DuckDBPyConnection | None = None
        self._sizes: dict[str, int] = {}
        self._sizes_after = -1
        self._noticing = RLock()
        self._turn = Lock()
        self._words = Vocabularies()
        self._known = KnownContacts(self, store.changes)
        self._slices = TimeSlices(self, store.changes)
        self._index = ContactIndex(self, store.changes)
        self._values = ValueCounts(self, store.changes)
        self._orders = ContactOrders(self, store.changes, self.contact_ids)
        self._evaluation = Evaluation(self, Extent.WHOLE, self._words)

    # --- the store as a source

    @property
    def catalog(self) -> Catalog:
        return self._store.catalog

    @property
    def data_version(self) -> int:
        return self._store.data_version

    def query(
        self,
        statement: str,
        parameters: Sequence[object] = (),
        tables: Mapping[str, pa.Table] | None = None,
        cancellation: Cancellation | None = None,
    ) -> pa.Table:
        connection = self._connection()
        try:
            with nullcontext() if cancellation is None else cancellation.stopping(connection.interrupt):
                return query(connection, statement, parameters, tables)
        finally:
            self._idle.append(connection)

    def _connection(self) -> duckdb.DuckDBPyConnection:
        self._store.check_certain()
        try:
            return self._idle.pop()
        except IndexError:
            pass
        try:
            return self._store.cursor()
        except duckdb.Error as error:
            raise failed("read", error) from error

    def number_scale(self, table: str, column: str) -> int:
        return self._store.number_scale(table, column)

    def entity_size(self, entity: str) -> int:
        with self._noticing:
            self._notice_commits()
            if entity not in self._sizes:
                counted = self.query(f"SELECT count(*) FROM {quoted(entity_table(entity))}")
                self._sizes[entity] = counted.column(0)[0].as_py()
            return self._sizes[entity]

    def record_counts(self) -> Mapping[str, int]:
        entities = {name: f"{quoted(entity_table(name))} WHERE known" for name in self.catalog.entities}
        interactions = {name: quoted(interaction_table(name)) for name in self.catalog.interactions}
        sources = entities | interactions
        # One statement, and so one moment.
        counts = ", ".join(f"(SELECT count(*) FROM {source})" for source in sources.values())
        row = self.query(f"SELECT {counts}").to_pylist()[0]
        return dict(zip(sources, row.values(), strict=True))

    def known_contacts(self) -> BitMap:
        with self._noticing:
            return self._known.now()

    def _notice_commits(self) -> None:
        """Drop what was learned before the last commit: one that changes no answer may still allot ordinals."""
        if self._sizes_after != self._store.commits:
            self._sizes.clear()
            self._sizes_after = self._store.commits

    # --- the backend's duty

    def load(
        self,
        name: str,
        source: object,
        *,
        progress: Callable[[int, float | None], None] | None = None,
        alone: Alone = nullcontext,
    ) -> ImportReport:
        return self._store.load(name, source, progress=progress, alone=alone)

    def ingest(
        self, records: Iterable[Mapping[str, object]], *, alone: Alone = nullcontext, pause: Pause = go_on
    ) -> IngestReport:
        return self._store.ingest(records, alone=alone, pause=pause)

    def rehearse(self, records: Iterable[Mapping[str, object]]) -> None:
        self._store.rehearse(records)

    def changes(self, since: int) -> Changes | None:
        return self._store.changes(since)

    def evaluate(
        self,
        leaves: Collection[Leaf],
        *,
        within: BitMap | None = None,
        among: Mapping[Leaf, BitMap] | None = None,
        cancellation: Cancellation | None = None,
        pause: Pause = go_on,
    ) -> Mapping[Leaf, BitMap]:
        source = self._source(cancellation)
        if within is None:
            evaluation = self._evaluation if source is self else Evaluation(source, Extent.WHOLE, self._words)
            return evaluation.evaluate(leaves, among=among or {})
        with closing(self._small_store()) as connection:
            return evaluate_within(leaves, within, source, connection, self._words, self._turn, pause)

    def _source(self, cancellation: Cancellation | None) -> Source:
        return self if cancellation is None else CancellableSource(self, cancellation)

    def owners(self, path: Sequence[str], records: BitMap) -> BitMap:
        ordinals = np.array(records.to_array(), dtype=np.uint32)
        for name in reversed(path):
            ordinals = owners_of(ordinals, self.catalog.relations[name], self)
        return from_ordinals(ordinals, self.entity_size(CONTACT))

    def holding(self, column: DateColumn, spans: Sequence[tuple[int, int]]) -> Sequence[BitMap]:
        if column.interaction is not None and column.attribute is None:
            found = self._slices.holding(column.interaction, spans)
        else:
            found = holders(column, spans, self)
        records = (from_ordinals(each, int(each.max()) + 1 if len(each) else 0) for each in found)
        return [self.owners(column.relations, each) if column.relations else each for each in records]

    def least(self, column: DateColumn, at_or_after: int) -> int | None:
        if column.interaction is not None and column.attribute is None:
            return self._slices.least(column.interaction, at_or_after)
        return least_value(column, at_or_after, self)

    def dates_of(self, column: DateColumn, records: BitMap) -> Collection[int]:
        return values_of(column, records, self)

    def occurring(self, column: DateColumn, values: Collection[int]) -> Mapping[int, int]:
        return occurring_values(column, values, self)

    def days(self, column: DateColumn, zone: ZoneInfo) -> Collection[date]:
        return days_in(column, zone, self)

    def excerpt(
        self, contact: int, leaves: Collection[Leaf], cancellation: Cancellation | None = None
    ) -> DuckDBExcerpt:
        with ExitStack() as unless_done:
            connection = unless_done.enter_context(closing(self._small_store()))
            excerpt = excerpt_of(self._source(cancellation), connection, contact, leaves)
            unless_done.pop_all()
        return excerpt

    def _small_store(self) -> duckdb.DuckDBPyConnection:
        """A connection for a few records: what is registered there is seen there alone."""
        with self._noticing:
            if self._memory is None:
                self._memory = duckdb.connect(":memory:", config={"threads": 1})
            connection = self._memory.cursor()
        connection.execute("SET TimeZone = 'UTC'")
        return connection

    def ordinal_of(self, contact_id: str) -> int | None:
        if not is_storable(contact_id):  # no key is like that, and DuckDB cannot be asked
            return None
        if self._store.keys(CONTACT).pays():
            return self._store.keys(CONTACT).ordinal(normalize(contact_id))
        found = self.query(f"SELECT ordinal FROM {_CONTACTS} WHERE key = ?", [normalize(contact_id)]).column(0)
        return found[0].as_py() if len(found) else None

    def prepare_lookup(self) -> None:
        self._store.keys(CONTACT).prepare()
        self._index.prepare()

    def contact_ids(self, ordinals: NDArray[np.uint32]) -> Sequence[str]:
        if len(ordinals) <= _LOOKED_UP and self._store.keys(CONTACT).pays():
            return self._store.keys(CONTACT).keys(ordinals)
        wanted = pa.table({"place": np.arange(len(ordinals)), "ordinal": ordinals})
        statement = f"SELECT key FROM {_CONTACTS} JOIN wanted USING (ordinal) ORDER BY place"
        keys: list[str] = self.query(statement, (), {"wanted": wanted}).column(0).to_pylist()
        return keys

    # --- records read

    def contacts_matching(self, text: str) -> BitMap:
        return contacts_matching(text, self)

    def ordered_contacts(
        self, chosen: BitMap, order: ContactOrder, *, after: OrderedContact | None, limit: int
    ) -> Sequence[OrderedContact]:
        return self._orders.stretch(chosen, order, after, limit)

    def contact_rows(self, ordinals: Sequence[int], columns: Sequence[str]) -> Sequence[ContactRow]:
        return contact_rows(ordinals, columns, self)

    def contact_batch(self, ordinals: NDArray[np.uint32], columns: Sequence[str]) -> pa.RecordBatch:
        return contact_batch(ordinals, columns, self)

    def value_counts(
        self, name: str, attribute: str, *, containing: str, limit: int, within: BitMap | None
    ) -> Sequence[ValueCount]:
        return self._values.most_frequent(name, attribute, containing=containing, limit=limit, within=within)

    def records(self, entity: str, ordinals: Collection[int]) -> Mapping[int, StoredRecord]:
        return records_with(entity, ordinals, self)

    def led_to(self, relation: str, ordinal: int) -> BitMap:
        return records_led_to(self.catalog.relations[relation], ordinal, self)

    def events(
        self, contact: int, *, before: int, after: EventPlace | None, limit: int, interactions: Collection[str]
    ) -> EventSlice:
        return events_of(contact, before, after, limit, interactions, self, self._index)

    # --- life cycle

    def close(self) -> None:
        self._known = KnownContacts(self, self._store.changes)  # what was read would still be answered
        if self._memory is not None:
            self._memory.close()
        while self._idle:
            self._idle.pop().close()
        self._store.close()


_LOOKED_UP = 100_000
"""So many keys at most are looked up in memory, more by a statement."""

_CONTACTS = quoted(entity_table(CONTACT))
