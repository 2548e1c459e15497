"""Which part of one tree is which of another: the same, or the same one changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from coterie_web.segments.designer.editing import renamed
from coterie_web.segments.designer.tree import (
    Behavior,
    Condition,
    Group,
    Parentheses,
    Part,
    Profile,
    Reference,
    Related,
    Step,
    Tree,
    parts_of,
)

__all__ = ["aligned", "with_ids_of"]

_Pair: TypeAlias = tuple[Part, Part]


def aligned(tree: Tree, other: Tree) -> Mapping[str, Part]:
    """For the parts of `tree`, by id, those of `other` that they correspond to; nothing for those that are new."""
    return {mine.id: theirs for mine, theirs in _steps(tree.steps, other.steps)}


def with_ids_of(tree: Tree, other: Tree, new_id: Callable[[], str]) -> Tree:
    """`tree`, in which every part has the id of the one that it corresponds to in `other`, or one of its own."""
    known = {mine: theirs.id for mine, theirs in aligned(tree, other).items()}
    names = {part.id: known.get(part.id) or new_id() for part in parts_of(tree.steps)}
    return replace(tree, steps=tuple(renamed(step, names.__getitem__) for step in tree.steps), _by_id={})


def _steps(mine: tuple[Step, ...], theirs: tuple[Step, ...]) -> Iterator[_Pair]:
    yield from _lists(tuple(step.block for step in mine), tuple(step.block for step in theirs))


def _lists(mine: tuple[Any, ...], theirs: tuple[Any, ...]) -> Iterator[_Pair]:
    """The pairs of two lists and of what is in them: of the same id first, then alike, then about the same."""
    left, right = list(mine), list(theirs)
    for likeness in (_identity, _content, _topic, type):
        yield from _pairs(left, right, likeness)


def _pairs(left: list[Any], right: list[Any], likeness: Callable[[Any], object]) -> Iterator[_Pair]:
    """Takes the pairs that are alike in one way out of both lists, in their order."""
    kept = [likeness(each) for each in right]
    for mine in tuple(left):
        own = likeness(mine)
        if own in kept:
            place = kept.index(own)
            del kept[place]
            left.remove(mine)
            yield from _inside(mine, right.pop(place))


def _identity(part: Any) -> object:
    return type(part), part.id


def _content(part: Any) -> object:
    return renamed(part, lambda _: "")


def _topic(part: Any) -> object:
    match part:
        case Condition(attribute=name) | Related(relation=name) | Behavior(interaction=name) | Reference(segment=name):
            return type(part), name
        case _:
            return type(part), part.id


def _inside(mine: Any, theirs: Any) -> Iterator[_Pair]:
    """A pair, and the pairs in it."""
    yield mine, theirs
    match mine, theirs:
        case (
            (Profile(where=own), Profile(where=other))
            | (Behavior(where=Group() as own), Behavior(where=Group() as other))
            | (Related(where=Group() as own), Related(where=Group() as other))
        ):
            yield from _inside(own, other)
        case Group(nodes=own), Group(nodes=other):
            yield from _lists(own, other)
        case Parentheses(steps=own), Parentheses(steps=other):
            yield from _steps(own, other)
        case _:
            pass
