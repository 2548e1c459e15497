"""Leaves run over the rows of some contacts (see `restricted`): few, so that a statement costs what planning it does.

DuckDB is asked what the tests say of the values that occur, all together; the rest is arithmetic on flags of rows.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from coterie.backends.duckdb.arrays import Flags, Ordinals
from coterie.backends.duckdb.evaluation import Evaluation, Extent
from coterie.backends.duckdb.measuring import owners_satisfying
from coterie.backends.duckdb.naming import reference_column
from coterie.backends.duckdb.printing import Printer, Records
from coterie.backends.duckdb.row_flags import RowFlags
from coterie.backends.duckdb.scanning import MeasuredColumns, Rows
from coterie.backends.duckdb.source import Source
from coterie.backends.duckdb.timeline import Flagged, Timeline
from coterie.backends.duckdb.vocabularies import Vocabularies
from coterie.catalog.model import CONTACT, RelationKind
from coterie.planning.leaves import ContactLeaf, InteractionLeaf, Leaf, Predicate, Related, RelatedLeaf
from coterie.planning.reading import clauses
from coterie.records.arrays import as_flags

__all__ = ["FewRows"]

Places = NDArray[np.integer]


class FewRows:
    """Runs leaves over `tables`, which hold every row and column that they read of some contacts.

    Rows of entities are in the order of their ordinals, interactions in that of time; a contact's ordinal is its place.
    """

    def __init__(self, source: Source, tables: Mapping[str, pa.Table], words: Vocabularies) -> None:
        self._source = source
        self._catalog = source.catalog
        self._tables = tables
        self._words = words
        self._entities: dict[str, _EntityRows] = {}
        self._clauses: dict[tuple[Related, str], tuple[Ordinals | None, Flags]] = {}

    def evaluate(self, leaves: Collection[Leaf]) -> dict[Leaf, Places]:
        """The contacts of each leaf, as places, in order."""
        self._ask(leaves)
        found: dict[Leaf, Places] = {}
        by_interaction: dict[str, list[InteractionLeaf]] = {}
        others: list[Leaf] = []
        for leaf in leaves:
            match leaf:
                case ContactLeaf(predicate=predicate):
                    found[leaf] = np.flatnonzero(self._rows_of(CONTACT).flags.of(predicate))
                case RelatedLeaf(related=related):
                    found[leaf] = _places(*self._clause(related, CONTACT))
                case InteractionLeaf(interaction=interaction):
                    by_interaction.setdefault(interaction, []).append(leaf)
                case _:
                    others.append(leaf)
        size = self._source.entity_size(CONTACT)
        for interaction, alike in by_interaction.items():
            for leaf, owners, flags in self._timeline(interaction, alike).satisfying(alike, {}, 0, size):
                found[leaf] = _places(owners, flags)
        for leaf, members in Evaluation(self._source, Extent.EXCERPT).evaluate(others).items():
            found[leaf] = np.array(members.to_array(), dtype=np.uint32)
        return found

    # --- tables

    def _rows_of(self, entity: str) -> _EntityRows:
        if entity not in self._entities:
            records = Records.of_entity(self._source, entity, "t0")
            flags = self._flags(records, lambda related: self._related(related, entity))
            self._entities[entity] = _EntityRows.of(flags, self._source)
        return self._entities[entity]

    def _flags(self, records: Records, related: Callable[[Related], Flags]) -> RowFlags:
        table = self._tables[records.table]
        return RowFlags(table, records, self._words, self._source, self._printer, related)

    def _printer(self) -> Printer:
        return Printer(self._source, _no_clause)

    def _timeline(self, interaction: str, leaves: Collection[InteractionLeaf]) -> Timeline:
        records = Records.of_interaction(self._source, interaction, "t0")
        flags = self._flags(records, _no_relation)
        wheres = dict.fromkeys(leaf.where for leaf in leaves if leaf.where is not None)
        flags.ask(wheres)
        return Timeline(
            flags.table.column("contact").to_numpy(),
            flags.table.column("occurred_at").to_numpy(),
            MeasuredColumns(flags.table, records, self._source),
            {where: Flagged(flags.of(where)) for where in wheres},
        )

    def _ask(self, leaves: Collection[Leaf]) -> None:
        """Ask what is tested of each entity's records, wherever in the leaves: each test once."""
        asked: dict[str, dict[Predicate, None]] = {}
        for leaf in leaves:
            match leaf:
                case ContactLeaf(predicate=predicate):
                    asked.setdefault(CONTACT, {})[predicate] = None
                case RelatedLeaf(related=related):
                    for entity, where in self._wheres(related):
                        asked.setdefault(entity, {})[where] = None
                case _:
                    continue
        for entity, predicates in asked.items():
            self._rows_of(entity).flags.ask(predicates)

    def _wheres(self, related: Related) -> Iterator[tuple[str, Predicate]]:
        """What a clause and those nested in it ask of records, with their entity."""
        if related.where is None:
            return
        target = self._catalog.relations[related.relation].target
        yield target, related.where
        for inner in clauses(related.where):
            yield from self._wheres(inner)

    # --- clauses on related records

    def _related(self, related: Related, entity: str) -> Flags:
        """For each row of an entity, whether its related records satisfy the clause."""
        owners, flags = self._clause(related, entity)
        here = self._rows_of(entity).ordinals
        if owners is None:
            return flags[here]
        satisfied = owners[flags]
        return _found_at(satisfied, here)[1]

    def _clause(self, related: Related, entity: str) -> tuple[Ordinals | None, Flags]:
        """Who satisfies a clause, of the records of `entity`: as `owners_satisfying` has it."""
        if (related, entity) not in self._clauses:
            size = self._source.entity_size(entity)
            self._clauses[related, entity] = owners_satisfying(related.having, self._owned(related, entity), size)
        return self._clauses[related, entity]

    def _owned(self, related: Related, entity: str) -> Rows:
        """The rows that a clause chooses, each with the record of `entity` from which it is reached."""
        relation = self._catalog.relations[related.relation]
        target = self._rows_of(relation.target)
        chosen = target.known if related.where is None else target.known & target.flags.of(related.where)
        if relation.kind is RelationKind.ONE_TO_MANY:
            links, is_linked = target.links(relation.column)
            rows = np.flatnonzero(chosen & is_linked)
            owners = links[rows]
        else:
            here = self._rows_of(entity)
            links, is_linked = here.links(relation.column)
            places, is_there = _found_at(target.ordinals, links)
            from_rows = np.flatnonzero(is_linked & is_there)
            from_rows = from_rows[chosen[places[from_rows]]]
            rows, owners = places[from_rows], here.ordinals[from_rows]
        values, scale = target.measured.of(related.having)
        return Rows(owners, None if values is None else values[rows], scale)


@dataclass(frozen=True)
class _EntityRows:
    """The rows of an entity: their ordinals, in order, and whether somebody told of them or they were only named."""

    flags: RowFlags
    ordinals: Ordinals
    known: Flags
    measured: MeasuredColumns
    _links: dict[str, tuple[Ordinals, Flags]] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: RowFlags, source: Source) -> _EntityRows:
        ordinals = rows.table.column("ordinal").to_numpy()
        known = as_flags(rows.table.column("known"))
        return cls(rows, ordinals, known, MeasuredColumns(rows.table, rows.records, source))

    def links(self, column: str) -> tuple[Ordinals, Flags]:
        """What each row refers to by a key column, and whether it does."""
        if column not in self._links:
            links = self.flags.table.column(reference_column(column))
            self._links[column] = (pc.fill_null(links, 0).to_numpy(), as_flags(links.is_valid()))
        return self._links[column]


def _places(owners: Ordinals | None, flags: Flags) -> Places:
    return np.flatnonzero(flags) if owners is None else owners[flags]


def _found_at(ordered: Ordinals, wanted: Ordinals) -> tuple[NDArray[np.int64], Flags]:
    """Where each of the wanted is among those in order, and whether it is there at all."""
    if not len(ordered):
        return np.zeros(len(wanted), dtype=np.int64), np.zeros(len(wanted), dtype=np.bool_)
    places = np.minimum(np.searchsorted(ordered, wanted), len(ordered) - 1)
    return places, ordered[places] == wanted


def _no_clause(related: Related, entity: str) -> pa.Table:
    raise AssertionError(f"clauses on {entity} are not printed: {related}")


def _no_relation(related: Related) -> Flags:
    raise AssertionError(f"interactions have no relations: {related}")
