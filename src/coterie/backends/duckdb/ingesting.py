"""Applying a batch of operations: all of it in the transaction of the caller."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from pyroaring import BitMap

from coterie.backends.duckdb.batch_keys import BatchKeys
from coterie.backends.duckdb.duplicates import drop_duplicates
from coterie.backends.duckdb.folding import Effect
from coterie.backends.duckdb.interaction_loading import KEY, OCCURRED_AT, InteractionLoad
from coterie.backends.duckdb.merging import EntityMerge, insert_keys
from coterie.backends.duckdb.naming import entity_table
from coterie.backends.duckdb.touching import contacts_touched
from coterie.backends.duckdb.writing import Writing
from coterie.catalog import CONTACT, Catalog
from coterie.planning.backend import Changes, EntityChanges
from coterie.records.arrays import one_array
from coterie.records.ingest_report import IngestReportBuilder
from coterie.records.mappings import batch_of_mappings
from coterie.records.operations import Delete, Occurred, Operation, Unusable, Upsert
from coterie.records.report import ReportBuilder
from coterie.values.pauses import Pause, go_on

__all__ = ["Ingested", "ingest"]


@dataclass(slots=True)
class Ingested:
    """What became of a batch. `changed`: data differ; `lasting`: there is something to commit, even if not."""

    report: IngestReportBuilder
    changes: Changes
    touched: int
    changed: bool
    lasting: bool


def ingest(
    operations: Sequence[Operation | Unusable],
    catalog: Catalog,
    writing_about: Callable[[ReportBuilder], Writing],
    pause: Pause = go_on,
) -> Ingested:
    """Apply `operations` in order. What cannot be used is kept aside; the rest goes on without it.

    There is a `pause` before each kind of records is read, and before it is written.
    """
    batch = _Batch(operations, catalog, writing_about, pause)
    batch.keep_unusable()
    batch.read()
    batch.merge()
    batch.append()
    return batch.finish()


@dataclass(slots=True)
class _Occurrences:
    """The interactions of one kind: how they are read, and what was read."""

    loading: InteractionLoad
    table: pa.Table


@dataclass(slots=True)
class _Batch:
    operations: Sequence[Operation | Unusable]
    catalog: Catalog
    writing_about: Callable[[ReportBuilder], Writing]
    pause: Pause
    report: IngestReportBuilder = field(init=False)
    keys: BatchKeys = field(default_factory=BatchKeys)
    merges: list[EntityMerge] = field(default_factory=list)
    occurrences: list[_Occurrences] = field(default_factory=list)
    writings: dict[str, Writing] = field(default_factory=dict)
    interactions: dict[str, BitMap] = field(default_factory=dict)
    occurred: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.report = IngestReportBuilder(len(self.operations))

    def _writing(self, name: str) -> Writing:
        if name not in self.writings:
            self.writings[name] = self.writing_about(self.report.about(name))
        return self.writings[name]

    def keep_unusable(self) -> None:
        """Report the operations that cannot be used, and keep them aside whole."""
        groups: dict[tuple[str, str, str], list[Unusable]] = {}
        for operation in self.operations:
            if isinstance(operation, Unusable):
                groups.setdefault((operation.name, operation.code, operation.column), []).append(operation)
        for (name, code, column), unusable in groups.items():
            writing = self._writing(name)
            lines, values = [each.position for each in unusable], [each.value for each in unusable]
            writing.report.refused += len(unusable)
            writing.report.count(code, column, len(unusable), zip(lines, values, strict=True))
            writing.keep_aside(column, code, lines, values, [each.received for each in unusable])
            writing.store_kept()

    # --- reading ------------------------------------------------------------------------------------------------------

    def read(self) -> None:
        """Read the records by their types, and find the ordinals of all keys that they name."""
        entities: dict[str, list[Upsert | Delete]] = {}
        interactions: dict[str, list[Occurred]] = {}
        for operation in self.operations:
            match operation:
                case Upsert(entity=name) | Delete(entity=name):
                    entities.setdefault(name, []).append(operation)
                case Occurred(interaction=name):
                    interactions.setdefault(name, []).append(operation)
                case Unusable():
                    pass
        for name, changed in entities.items():
            self.pause()
            merge = EntityMerge(self._writing(name), self.catalog.entities[name], changed)
            merge.name_keys(self.keys)
            merge.writing.store_kept()
            self.merges.append(merge)
        for name, occurred in interactions.items():
            self.pause()
            self._read_interactions(name, occurred)
        self.keys.resolve(self._writing(CONTACT))

    def _read_interactions(self, name: str, occurred: Sequence[Occurred]) -> None:
        lines = np.fromiter((each.position for each in occurred), np.int64, len(occurred))
        writing = self._writing(name)
        named = {each.position: each.made_id for each in occurred}
        loading = InteractionLoad(
            writing,
            self.catalog.interactions[name],
            fresh=lambda line: named[line] or f"made:{writing.number}-{line}",
        )
        table = loading.read(batch_of_mappings([each.record for each in occurred], lines))
        loading.writing.store_kept()
        self.keys.name(CONTACT, table.column(KEY).to_pylist(), loading.accepted.lines(), 0)
        self.occurrences.append(_Occurrences(loading, table))
        self.report.made_ids += loading.fresh_ids

    # --- writing ------------------------------------------------------------------------------------------------------

    def merge(self) -> None:
        """Change the records of entities, and append the keys that were only named."""
        for merge in self.merges:
            self.pause()
            merge.fold(self.keys)
            merge.write()
            self.report.added += merge.effects[Effect.ADDED]
            self.report.updated += merge.effects[Effect.UPDATED]
            self.report.deleted += merge.effects[Effect.DELETED]
        merged = {merge.entity.name for merge in self.merges}
        for name in self.keys.entities():
            first, new = self.keys.new(name)
            if new and name not in merged:
                insert_keys(self._writing(name), entity_table(name), first, new)

    def append(self) -> None:
        """Append the interactions that are new."""
        for occurrences in self.occurrences:
            self.pause()
            loading, table = occurrences.loading, occurrences.table
            if table.num_rows:
                ordinals = self.keys.ordinals(CONTACT)
                contacts = [ordinals[key] for key in one_array(table.column(KEY)).to_pylist()]
                loading.insert(table, np.array(contacts, np.int64))
                repeated = drop_duplicates(loading.writing, loading.table, loading.accepted)
                added = np.delete(np.arange(table.num_rows), repeated.to_array())
                self.report.added += len(added)
                if len(added):
                    loading.writing.changed = True
                    self.interactions[loading.interaction.name] = BitMap([contacts[row] for row in added.tolist()])
                    times = table.column(OCCURRED_AT).to_numpy()[added]
                    self.occurred[loading.interaction.name] = tuple(sorted(times.tolist()))
            loading.writing.store_kept()

    # --- the end ------------------------------------------------------------------------------------------------------

    def finish(self) -> Ingested:
        entities = {merge.entity.name: merge.changes for merge in self.merges if merge.changes is not None}
        first, new = self.keys.new(CONTACT)
        if new and CONTACT not in entities:
            entities[CONTACT] = EntityChanges(records=BitMap(range(first, first + len(new))), columns=None, former={})
        changes = Changes(entities=entities, interactions=self.interactions, occurred=self.occurred, whole=frozenset())
        changed = any(writing.changed for writing in self.writings.values())
        touched = len(contacts_touched(self._writing(CONTACT), changes)) if changed else 0
        lasting = any(writing.lasting for writing in self.writings.values())
        return Ingested(self.report, changes, touched, changed, lasting)
