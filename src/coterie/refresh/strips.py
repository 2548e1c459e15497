"""What time alone moves: the strips that the bounds of a leaf have passed over from one moment to another.

A leaf planned at two moments reads the same records against two sets of bounds. Only contacts with a value between an
old bound and the new one can have changed their answer (semantics, rules 15 to 17).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from coterie.planning.backend import DateColumn
from coterie.planning.clock import Between
from coterie.planning.leaves import (
    All,
    Any,
    AttributeTest,
    ContactLeaf,
    DateIn,
    InstantIn,
    InteractionLeaf,
    KeysLeaf,
    Leaf,
    Negation,
    Predicate,
    Related,
    RelatedLeaf,
    ScopeLeaf,
    Test,
)

__all__ = ["Strip", "Unmatched", "strips"]


class Unmatched(Exception):  # noqa: N818 - no error: what changed is found by evaluating in full
    """Two leaves differ in more than their bounds."""


@dataclass(frozen=True, slots=True)
class Strip:
    """Values of a column in `[start, end)`: milliseconds since 1970 UTC, or days as `date.toordinal` has them."""

    column: DateColumn
    start: int
    end: int


def strips(old: Leaf, new: Leaf) -> Iterator[Strip]:
    """The strips between the bounds of a leaf at two moments. Raises Unmatched where they tell not everything."""
    match old, new:
        case ContactLeaf(predicate=before), ContactLeaf(predicate=after):
            yield from _of_predicates(before, after, DateColumn())
        case RelatedLeaf(related=before), RelatedLeaf(related=after):
            yield from _of_related(before, after, DateColumn())
        case InteractionLeaf(), InteractionLeaf() if old.interaction == new.interaction and old.having == new.having:
            column = DateColumn(interaction=old.interaction)
            yield from _between(old.window, new.window, column)
            if old.where is not None and new.where is not None:
                yield from _of_predicates(old.where, new.where, column)
            elif old.where is not new.where:
                raise Unmatched
        case (ScopeLeaf(), ScopeLeaf()) | (KeysLeaf(), KeysLeaf()) if old == new:
            return
        case _:
            raise Unmatched


def _of_related(old: Related, new: Related, here: DateColumn) -> Iterator[Strip]:
    if old.relation != new.relation or old.having != new.having or (old.where is None) != (new.where is None):
        raise Unmatched
    if old.where is not None and new.where is not None:
        yield from _of_predicates(old.where, new.where, DateColumn(relations=(*here.relations, old.relation)))


def _of_predicates(old: Predicate, new: Predicate, here: DateColumn) -> Iterator[Strip]:
    match old, new:
        case AttributeTest(), AttributeTest() if old.attribute == new.attribute:
            column = DateColumn(relations=here.relations, interaction=here.interaction, attribute=old.attribute)
            yield from _of_tests(old.test, new.test, column)
        case (All(predicates=before), All(predicates=after)) | (Any(predicates=before), Any(predicates=after)) if len(
            before
        ) == len(after):
            for one, other in zip(before, after, strict=True):
                yield from _of_predicates(one, other, here)
        case Negation(predicate=one), Negation(predicate=other):
            yield from _of_predicates(one, other, here)
        case Related(), Related():
            yield from _of_related(old, new, here)
        case _:
            raise Unmatched


def _of_tests(old: Test, new: Test, column: DateColumn) -> Iterator[Strip]:
    if old == new:
        return
    match old, new:
        case InstantIn(instants=before), InstantIn(instants=after):
            yield from _between(before, after, column)
        case DateIn(days=first), DateIn(days=second):
            yield from _between(_ordinals(first), _ordinals(second), column)
        case _:
            raise Unmatched


def _ordinals(days: Between[date]) -> Between[int]:
    return Between(
        None if days.start is None else days.start.toordinal(), None if days.end is None else days.end.toordinal()
    )


def _between(old: Between[int], new: Between[int], column: DateColumn) -> Iterator[Strip]:
    for before, after in ((old.start, new.start), (old.end, new.end)):
        if before == after:
            continue
        if before is None or after is None:
            raise Unmatched
        yield Strip(column, min(before, after), max(before, after))
