"""The records of some contacts, copied out: so few that many leaves can be run over them in a moment.

Contacts are numbered anew from 0, in the order of their ordinals: what is counted per contact then fits small arrays.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import nullcontext
from threading import Lock

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyroaring import BitMap

from coterie.backends.duckdb.arrays import Ordinals
from coterie.backends.duckdb.copied import CopiedRecords
from coterie.backends.duckdb.few_rows import FewRows
from coterie.backends.duckdb.naming import attribute_columns, entity_table, interaction_table, quoted, reference_column
from coterie.backends.duckdb.reaching import reached_from
from coterie.backends.duckdb.source import Source
from coterie.backends.duckdb.vocabularies import Vocabularies
from coterie.catalog.model import CONTACT, Attribute, Catalog
from coterie.membership import from_ordinals
from coterie.planning.clock import Between, spanning
from coterie.planning.leaves import InteractionLeaf, KeysLeaf, Leaf
from coterie.planning.reading import EntityRead, InteractionRead, reads_of
from coterie.records.arrays import as_flags
from coterie.values.pauses import Pause, go_on

__all__ = ["evaluate_within"]

_SOON_DONE = 32
"""So few leaves wait for nobody: a question has some, a refresh hundreds."""

_NO_CONDITIONS: Mapping[str, int] = {}


def evaluate_within(
    leaves: Collection[Leaf],
    within: BitMap,
    whole: Source,
    connection: duckdb.DuckDBPyConnection,
    words: Vocabularies,
    turn: Lock,
    pause: Pause = go_on,
) -> dict[Leaf, BitMap]:
    """The contacts of each leaf among those `within`. What is read of them is copied to `connection`.

    Calls may read at the same time; for what comes then those with many leaves take turns, as Python would make them
    wait for each other again and again. There is a `pause` before each table is read, and before a turn.
    """
    if not within:
        return {leaf: BitMap() for leaf in leaves}
    looked_at = np.array(within.to_array(), dtype=np.uint32)
    cut = _Cut(leaves, looked_at, whole, pause)
    some = _SomeContacts(whole, connection, cut)
    pause()
    with turn if len(leaves) > _SOON_DONE else nullcontext():
        found = FewRows(some, cut.tables, words).evaluate(leaves)
    # Contacts that were only reached from others are there without all of their records.
    is_looked_at = np.zeros(len(cut.contacts), dtype=np.bool_)
    is_looked_at[np.searchsorted(cut.contacts, looked_at)] = True
    if is_looked_at.all():
        return {leaf: _set_of(cut.contacts[places]) for leaf, places in found.items()}
    return {leaf: _set_of(cut.contacts[places[is_looked_at[places]]]) for leaf, places in found.items()}


def _set_of(ordinals: Ordinals) -> BitMap:
    """The set of a few ordinals, in order."""
    return from_ordinals(ordinals, int(ordinals[-1]) + 1) if len(ordinals) else BitMap()


class _Cut:
    """What the leaves read of the contacts looked at: the contacts, reached ones among them, and tables by name."""

    def __init__(self, leaves: Collection[Leaf], looked_at: Ordinals, whole: Source, pause: Pause) -> None:
        self._whole = whole
        self._pause = pause
        self._catalog: Catalog = whole.catalog
        entities, interactions = _columns(leaves, self._catalog)
        reached = self._reached([path for path, _ in entities], looked_at)
        ordinals: dict[str, Ordinals] = {CONTACT: looked_at}
        columns: dict[str, set[str]] = {}
        for (path, entity), names in entities.items():
            ordinals[entity] = np.union1d(ordinals.get(entity, looked_at[:0]), reached[path])
            columns.setdefault(entity, set()).update(names)
        self.contacts = ordinals[CONTACT]
        self._with_keys = any(isinstance(leaf, KeysLeaf) for leaf in leaves)
        self.tables = {
            entity_table(entity): self._records(entity, ordinals[entity], names) for entity, names in columns.items()
        }
        for interaction, names in interactions.items():
            span = spanning(_windows(leaves, interaction))
            self.tables[interaction_table(interaction)] = self._interactions(interaction, looked_at, names, span)

    def _reached(self, paths: Sequence[tuple[str, ...]], looked_at: Ordinals) -> dict[tuple[str, ...], Ordinals]:
        """By path, and by the beginnings of paths, the records it leads to."""
        reached: dict[tuple[str, ...], Ordinals] = {(): looked_at}
        for path in paths:
            for length in range(1, len(path) + 1):
                if path[:length] not in reached:
                    relation = self._catalog.relations[path[length - 1]]
                    reached[path[:length]] = reached_from(reached[path[: length - 1]], relation, self._whole)
        return reached

    def _records(self, entity: str, ordinals: Ordinals, names: set[str]) -> pa.Table:
        references = self._catalog.key_columns(entity)
        columns = ["ordinal", "known", *(["key"] if entity == CONTACT and self._with_keys else [])]
        columns += [reference_column(name) for name in references if name in names]
        columns += _physical(self._catalog.entities[entity].attributes, names)
        table = self._rows(entity_table(entity), columns, "ordinal", ordinals, "ordinal")
        leading = {reference_column(name) for name, target in references.items() if target == CONTACT}
        return self._renumbered(table, {*leading, *(["ordinal"] if entity == CONTACT else [])})

    def _interactions(self, interaction: str, looked_at: Ordinals, names: set[str], span: Between[int]) -> pa.Table:
        """Those in some window: rows lie mostly in the order of time, so that others are passed over."""
        columns = ["contact", "occurred_at", *_physical(self._catalog.interactions[interaction].attributes, names)]
        bounds = {"occurred_at >= ?": span.start, "occurred_at < ?": span.end}
        given = {condition: bound for condition, bound in bounds.items() if bound is not None}
        table = self._rows(interaction_table(interaction), columns, "contact", looked_at, "occurred_at", given)
        return self._renumbered(table, {"contact"})

    def _rows(
        self,
        table: str,
        columns: Sequence[str],
        key: str,
        ordinals: Ordinals,
        order: str,
        conditions: Mapping[str, int] = _NO_CONDITIONS,
    ) -> pa.Table:
        """The rows with one of these ordinals, of which the conditions are true with their bound values."""
        self._pause()
        listed = ", ".join(map(quoted, dict.fromkeys(columns)))
        chosen = " AND ".join([f"{quoted(key)} IN (SELECT v FROM chosen)", *conditions])
        return self._whole.query(
            f"SELECT {listed} FROM {quoted(table)} WHERE {chosen} ORDER BY {order}",
            list(conditions.values()),
            {"chosen": pa.table({"v": ordinals})},
        )

    def _renumbered(self, table: pa.Table, columns: Collection[str]) -> pa.Table:
        """The contacts in these columns by their places among the contacts; null where one is not among them."""
        for name in columns:
            if name in table.column_names:
                place = table.column_names.index(name)
                table = table.set_column(place, name, self._places(table.column(name)))
        return table

    def _places(self, column: pa.ChunkedArray) -> pa.Array:
        if not len(self.contacts):
            return pa.nulls(len(column), pa.uint32())
        ordinals = pc.fill_null(column, 0).to_numpy()
        places = np.minimum(np.searchsorted(self.contacts, ordinals), len(self.contacts) - 1)
        missing = (self.contacts[places] != ordinals) | ~as_flags(column.is_valid())
        return pa.array(places.astype(np.uint32), mask=missing)


def _columns(
    leaves: Collection[Leaf], catalog: Catalog
) -> tuple[dict[tuple[tuple[str, ...], str], set[str]], dict[str, set[str]]]:
    """The columns that the leaves read: by path and entity, and by interaction."""
    entities: dict[tuple[tuple[str, ...], str], set[str]] = {}
    interactions: dict[str, set[str]] = {}
    for leaf in leaves:
        for read in reads_of(leaf, catalog):
            match read:
                case EntityRead(path=path, entity=entity, columns=columns):
                    entities.setdefault((path, entity), set()).update(columns)
                case InteractionRead(interaction=interaction, attributes=attributes):
                    interactions.setdefault(interaction, set()).update(attributes)
    return entities, interactions


def _windows(leaves: Collection[Leaf], interaction: str) -> Iterator[Between[int]]:
    """The windows of the leaves on one interaction."""
    for leaf in leaves:
        if isinstance(leaf, InteractionLeaf) and leaf.interaction == interaction:
            yield leaf.window


def _physical(attributes: Mapping[str, Attribute], names: Collection[str]) -> Iterator[str]:
    for attribute in attributes.values():
        if attribute.name in names:
            yield from attribute_columns(attribute)


class _SomeContacts(CopiedRecords):
    """The tables of a cut as a source, in which contacts have their places for ordinals."""

    def __init__(self, whole: Source, connection: duckdb.DuckDBPyConnection, cut: _Cut) -> None:
        super().__init__(whole, connection, cut.tables)
        self._contacts = len(cut.contacts)

    def entity_size(self, entity: str) -> int:
        return self._contacts if entity == CONTACT else super().entity_size(entity)
