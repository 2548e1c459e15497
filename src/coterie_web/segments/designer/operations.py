"""What the buttons of the designer do to the tree: each by its word, and what it is told besides."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from coterie_web.segments.designer.editing import (
    TOP,
    add_block,
    add_node,
    changed,
    duplicate,
    group,
    move_beside,
    move_down,
    move_into,
    move_up,
    remove,
    ungroup,
)
from coterie_web.segments.designer.tree import (
    Behavior,
    Block,
    Condition,
    Everyone,
    Group,
    GroupKind,
    Parentheses,
    Part,
    Profile,
    Reference,
    Related,
    Step,
    Tree,
)

__all__ = ["Operation", "fresh_id", "operated", "operation"]


_LONGEST_PLACE = 10


def fresh_id() -> str:
    """An id that no part has. It begins with a letter that those of a definition just read do not begin with."""
    return f"p{secrets.token_hex(5)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A button's word, what it is told (`parts`), and which parts are ticked."""

    word: str
    parts: tuple[str, ...] = ()
    ticked: tuple[str, ...] = ()
    new_id: Callable[[], str] = field(default=fresh_id)

    @property
    def is_of_inputs(self) -> bool:
        """Whether it changes only what inputs hold, and so is meant on the page where it was pressed."""
        return self.word == "drop"

    @property
    def subjects(self) -> tuple[str, ...]:
        """What it is done to: the part it was told, else those that are ticked."""
        return self.parts[:1] or self.ticked


def operation(text: str, ticked: tuple[str, ...]) -> Operation | None:
    """The operation that a button's value says: `add-condition:a1`. None where it says none."""
    word, *parts = text.split(":")
    return Operation(word=word, parts=tuple(parts), ticked=ticked) if word in _ACTS else None


def operated(tree: Tree, what: Operation) -> Tree:
    """The tree after an operation."""
    return _ACTS[what.word](tree, what)


_Act: TypeAlias = Callable[[Tree, Operation], Tree]


# --- what is added ---------------------------------------------------------------------------------------------------


def _blank_group(what: Operation, kind: GroupKind = GroupKind.ALL) -> Group:
    return Group(id=what.new_id(), kind=kind, nodes=(Condition(id=what.new_id()),))


def _profile(what: Operation) -> Block:
    return Profile(id=what.new_id(), where=_blank_group(what))


def _behavior(what: Operation) -> Block:
    return Behavior(id=what.new_id())


def _reference(what: Operation) -> Block:
    return Reference(id=what.new_id())


def _everyone(what: Operation) -> Block:
    return Everyone(id=what.new_id())


def _parentheses(what: Operation) -> Block:
    return Parentheses(id=what.new_id(), steps=(Step(block=_profile(what)),))


def _adds_block(make: Callable[[Operation], Block]) -> _Act:
    return lambda tree, what: add_block(tree, what.parts[0] if what.parts else TOP, make(what))


def _add_condition(tree: Tree, what: Operation) -> Tree:
    return add_node(tree, what.parts[0], Condition(id=what.new_id()), what.new_id) if what.parts else tree


def _add_group(tree: Tree, what: Operation) -> Tree:
    return add_node(tree, what.parts[0], _blank_group(what, GroupKind.ANY), what.new_id) if what.parts else tree


def _add_related(tree: Tree, what: Operation) -> Tree:
    return add_node(tree, what.parts[0], Related(id=what.new_id()), what.new_id) if what.parts else tree


# --- what is done to parts -------------------------------------------------------------------------------------------


def _each(act: Callable[[Tree, str, Operation], Tree], *, backward: bool = False) -> _Act:
    """Done to every subject in turn; backward, where one would get in the way of the next."""

    def to_each(tree: Tree, what: Operation) -> Tree:
        for part_id in reversed(what.subjects) if backward else what.subjects:
            tree = act(tree, part_id, what)
        return tree

    return to_each


def _group(tree: Tree, what: Operation) -> Tree:
    return group(tree, what.subjects, what.new_id)


def _move(tree: Tree, what: Operation) -> Tree:
    """`move:PART:before:OTHER`, `move:PART:after:OTHER`, `move:PART:into:OTHER`."""
    match what.parts:
        case (part_id, "before" | "after" as side, other_id):
            return move_beside(tree, part_id, other_id, after=side == "after")
        case (part_id, "into", container_id):
            return move_into(tree, part_id, container_id)
        case _:
            return tree


def _drop(tree: Tree, what: Operation) -> Tree:
    """`drop:PART:values:2`: without one of several values."""
    match what.parts:
        case ("pinned", "keep_in", place) if _is_place(place):
            return replace(tree, keep_in=_without(tree.keep_in, int(place)))
        case ("pinned", "keep_out", place) if _is_place(place):
            return replace(tree, keep_out=_without(tree.keep_out, int(place)))
        case (part_id, name, place) if _is_place(place):
            return changed(tree, part_id, lambda part: _without_value(part, name, int(place)))
        case _:
            return tree


def _is_place(text: str) -> bool:
    return text.isdecimal() and len(text) < _LONGEST_PLACE


def _without_value(part: Part, name: str, place: int) -> Part:
    if not isinstance(part, Condition | Behavior | Related) or name not in part.comparison.held:
        return part
    left = _without(part.comparison.held[name], place)
    inputs = {key: texts for key, texts in part.comparison.held.items() if key != name} | ({name: left} if left else {})
    return replace(part, comparison=replace(part.comparison, held=inputs))


def _without(texts: tuple[str, ...], place: int) -> tuple[str, ...]:
    return texts[:place] + texts[place + 1 :]


_ACTS: Mapping[str, _Act] = {
    "add-profile": _adds_block(_profile),
    "add-behavior": _adds_block(_behavior),
    "add-segment": _adds_block(_reference),
    "add-everyone": _adds_block(_everyone),
    "add-parentheses": _adds_block(_parentheses),
    "add-condition": _add_condition,
    "add-group": _add_group,
    "add-related": _add_related,
    "remove": _each(lambda tree, part_id, _: remove(tree, part_id)),
    "duplicate": _each(lambda tree, part_id, what: duplicate(tree, part_id, what.new_id)),
    "up": _each(lambda tree, part_id, _: move_up(tree, part_id)),
    "down": _each(lambda tree, part_id, _: move_down(tree, part_id), backward=True),
    "group": _group,
    "ungroup": _each(lambda tree, part_id, _: ungroup(tree, part_id)),
    "move": _move,
    "drop": _drop,
}
