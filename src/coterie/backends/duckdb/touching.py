"""The contacts that changes concern: by their own record, by related ones, before and after, and by interactions."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
from pyroaring import BitMap

from coterie.backends.duckdb.naming import entity_table, quoted, reference_column
from coterie.backends.duckdb.writing import Writing
from coterie.catalog import CONTACT, Relation, RelationKind
from coterie.planning.backend import Changes

__all__ = ["contacts_touched"]


def contacts_touched(writing: Writing, changes: Changes) -> BitMap:
    """The contacts from whom some way over relations leads, or led, to a record that changed; known or not."""
    reached: dict[str, BitMap] = {name: BitMap() for name in writing.catalog.entities}
    fresh = {name: entity.records for name, entity in changes.entities.items()}
    for entity, ordinals in _formerly_led(writing, changes):
        fresh[entity] = fresh.get(entity, BitMap()) | ordinals
    while fresh:
        name, ordinals = fresh.popitem()
        ordinals = ordinals - reached[name]
        if not ordinals:
            continue
        reached[name] |= ordinals
        for relation in writing.catalog.relations.values():
            if relation.target == name:
                sources = _sources(writing, relation, ordinals)
                fresh[relation.source] = fresh.get(relation.source, BitMap()) | sources
    return BitMap.union(reached[CONTACT], *changes.interactions.values())


def _formerly_led(writing: Writing, changes: Changes) -> Iterator[tuple[str, BitMap]]:
    """The records from which a way led over a key that has changed; a key of their own changes them themselves."""
    for relation in writing.catalog.relations.values():
        if relation.kind is RelationKind.ONE_TO_MANY and relation.target in changes.entities:
            former = changes.entities[relation.target].former.get(relation.column)
            if former:
                yield relation.source, former


def _sources(writing: Writing, relation: Relation, targets: BitMap) -> BitMap:
    """The records from which `relation` leads to one of `targets`."""
    reference = quoted(reference_column(relation.column))
    if relation.kind is RelationKind.ONE_TO_MANY:
        statement = f"SELECT {reference} AS source FROM {quoted(entity_table(relation.target))} e, batch b "
        statement += f"WHERE e.ordinal = b.ordinal AND {reference} IS NOT NULL"
    else:
        statement = f"SELECT e.ordinal AS source FROM {quoted(entity_table(relation.source))} e, batch b "
        statement += f"WHERE e.{reference} = b.ordinal"
    batch = pa.table({"ordinal": pa.array(targets.to_array(), pa.uint32())})
    return BitMap(writing.run_over(batch, statement).fetchnumpy()["source"].tolist())
