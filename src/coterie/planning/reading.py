"""What a leaf reads: which columns of which records, reached over which relations; or which interaction.

A leaf can change its answer only where something that it reads does. Records that come or go concern every leaf that
reaches them, whatever columns it reads.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import assert_never

from coterie.catalog.model import CONTACT, Catalog, RelationKind
from coterie.planning.leaves import (
    All,
    Any,
    AttributeTest,
    AverageOf,
    ContactLeaf,
    CountDays,
    CountDistinct,
    CountRecords,
    Exists,
    FirstAt,
    Having,
    InteractionLeaf,
    KeysLeaf,
    LastAt,
    Leaf,
    MaximumOf,
    MinimumOf,
    Negation,
    Predicate,
    Related,
    RelatedLeaf,
    ScopeLeaf,
    SumOf,
)

__all__ = [
    "EntityRead",
    "InteractionRead",
    "Read",
    "attributes_of",
    "clauses",
    "kind_of",
    "measured_attribute",
    "reads_of",
    "tests_of",
]


@dataclass(frozen=True, slots=True)
class EntityRead:
    """Records of `entity` reached from the contact over the relations of `path`, and the columns read of them.

    `columns` are the catalog's names of attributes and key columns; an empty path stands for the contact itself.
    """

    path: tuple[str, ...]
    entity: str
    columns: frozenset[str]


@dataclass(frozen=True, slots=True)
class InteractionRead:
    """The contact's interactions of one kind; `attributes` besides when they occurred."""

    interaction: str
    attributes: frozenset[str]


Read = EntityRead | InteractionRead


def reads_of(leaf: Leaf, catalog: Catalog) -> tuple[Read, ...]:
    """Everything that the leaf reads; of one entity reached over one path, once."""
    match leaf:
        case ContactLeaf(predicate=predicate):
            return (EntityRead((), CONTACT, frozenset(attributes_of(predicate))),)
        case RelatedLeaf(related=related):
            return _merged(_related(related, (), CONTACT, catalog))
        case InteractionLeaf(interaction=interaction, where=where, having=having):
            measured = measured_attribute(having)
            named = {*attributes_of(where), *([measured] if measured else [])}
            return (InteractionRead(interaction, frozenset(named)),)
        case ScopeLeaf(business_unit=unit):
            column = catalog.contact.business_unit
            columns = frozenset() if unit is None or column is None else frozenset({column})
            return (EntityRead((), CONTACT, columns),)
        case KeysLeaf():
            return (EntityRead((), CONTACT, frozenset()),)
        case _:
            assert_never(leaf)


def kind_of(leaf: Leaf, catalog: Catalog) -> Hashable:
    """Equal for leaves that read the same tables."""
    match leaf:
        case InteractionLeaf(interaction=interaction):
            return interaction
        case RelatedLeaf():
            return frozenset(read.entity for read in reads_of(leaf, catalog) if isinstance(read, EntityRead))
        case ContactLeaf() | ScopeLeaf() | KeysLeaf():
            return CONTACT
        case _:
            assert_never(leaf)


def _merged(reads: Iterator[EntityRead]) -> tuple[EntityRead, ...]:
    columns: dict[tuple[tuple[str, ...], str], frozenset[str]] = {}
    for read in reads:
        place = (read.path, read.entity)
        columns[place] = columns.get(place, frozenset()) | read.columns
    return tuple(EntityRead(path, entity, named) for (path, entity), named in columns.items())


def _related(related: Related, path: tuple[str, ...], entity: str, catalog: Catalog) -> Iterator[EntityRead]:
    relation = catalog.relations[related.relation]
    ahead = (*path, relation.name)
    columns = {*attributes_of(related.where)}
    if (measured := measured_attribute(related.having)) is not None:
        columns.add(measured)
    if relation.kind is RelationKind.MANY_TO_ONE:
        yield EntityRead(path, entity, frozenset({relation.column}))
    else:
        columns.add(relation.column)
    yield EntityRead(ahead, relation.target, frozenset(columns))
    for inner in clauses(related.where):
        yield from _related(inner, ahead, relation.target, catalog)


def clauses(predicate: Predicate | None) -> Iterator[Related]:
    """The clauses on related records in a predicate, not those nested in them."""
    match predicate:
        case None | AttributeTest():
            return
        case All(predicates=predicates) | Any(predicates=predicates):
            for inner in predicates:
                yield from clauses(inner)
        case Negation(predicate=inner):
            yield from clauses(inner)
        case Related():
            yield predicate
        case _:
            assert_never(predicate)


def attributes_of(predicate: Predicate | None) -> Iterator[str]:
    """The attributes that a predicate tests, of the record it speaks of; repeats included."""
    return (test.attribute for test in tests_of(predicate))


def tests_of(predicate: Predicate | None) -> Iterator[AttributeTest]:
    """The tests in a predicate, of the record it speaks of; repeats included."""
    match predicate:
        case None | Related():
            return
        case AttributeTest():
            yield predicate
        case All(predicates=predicates) | Any(predicates=predicates):
            for inner in predicates:
                yield from tests_of(inner)
        case Negation(predicate=inner):
            yield from tests_of(inner)
        case _:
            assert_never(predicate)


def measured_attribute(having: Having) -> str | None:
    """The attribute whose values are measured; None where records are counted or dated."""
    match having:
        case Exists() | CountRecords() | CountDays() | FirstAt() | LastAt():
            return None
        case CountDistinct() | SumOf() | AverageOf() | MinimumOf() | MaximumOf():
            return having.attribute
        case _:
            assert_never(having)
