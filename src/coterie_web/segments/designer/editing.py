"""Changes of the structure: parts are added, removed, moved, duplicated, put in groups. Pure functions on the tree.

What cannot be done, for the part is not there any more or there is no way to go, leaves the tree as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any, TypeAlias, TypeVar, assert_never, cast

from coterie_web.segments.designer.tree import (
    Behavior,
    Block,
    Condition,
    Everyone,
    Group,
    GroupKind,
    Node,
    Parentheses,
    Part,
    Profile,
    Reference,
    Related,
    Step,
    Tree,
    nodes_within,
)

__all__ = [
    "TOP",
    "add_block",
    "add_node",
    "changed",
    "duplicate",
    "group",
    "move_beside",
    "move_down",
    "move_into",
    "move_up",
    "remove",
    "renamed",
    "ungroup",
]

TOP = "top"
"""The list of steps that is in no parentheses."""

Ids = Callable[[], str]

_Element = TypeVar("_Element", Step, Node)
_Renamed = TypeVar("_Renamed", bound=Step | Part)
_Siblings: TypeAlias = tuple[Any, ...]
_Edit: TypeAlias = Callable[[_Siblings, int], _Siblings]
"""A change of the list that a part stands in: the list, and the part's place in it."""


# --- acts ------------------------------------------------------------------------------------------------------------


def changed(tree: Tree, part_id: str, change: Callable[[Part], Part]) -> Tree:
    """The tree with one part replaced by what `change` makes of it."""
    return replace(tree, steps=_change_steps(tree.steps, part_id, change), _by_id={})


def remove(tree: Tree, part_id: str) -> Tree:
    """Without a part, and without the groups and parentheses that are empty then."""
    return _edited(tree, part_id, lambda siblings, place: siblings[:place] + siblings[place + 1 :])


def duplicate(tree: Tree, part_id: str, new_id: Ids) -> Tree:
    """With a copy of a part behind it."""

    def copied(siblings: _Siblings, place: int) -> _Siblings:
        copy = renamed(siblings[place], lambda _: new_id())
        return (*siblings[: place + 1], copy, *siblings[place + 1 :])

    return _edited(tree, part_id, copied)


def add_block(tree: Tree, container: str, block: Block) -> Tree:
    """With a block at the end of the steps, or of those in parentheses."""
    step = Step(block=block, combine="and_also")
    if container == TOP:
        return _tidied(tree, (*tree.steps, step))

    def added(part: Part) -> Part:
        return replace(part, steps=(*part.steps, step)) if isinstance(part, Parentheses) else part

    return _tidied(tree, changed(tree, container, added).steps)


def add_node(tree: Tree, container: str, node: Node, new_id: Ids) -> Tree:
    """With a condition, group or relation at the end of a group, or of those that `where` is made of."""

    def added(part: Part) -> Part:
        match part:
            case Group(nodes=nodes):
                return replace(part, nodes=(*nodes, node))
            case Profile(where=where):
                return replace(part, where=replace(where, nodes=(*where.nodes, node)))
            case Behavior(where=where) | Related(where=where):
                kept = where or Group(id=new_id())
                return replace(part, where=replace(kept, nodes=(*kept.nodes, node)))
            case _:
                return part

    return changed(tree, container, added)


def group(tree: Tree, part_ids: Collection[str], new_id: Ids) -> Tree:
    """With a group around conditions, or parentheses around blocks, where the first of them stands.

    Only those are taken that stand in one list with the first.
    """
    first = next((part_id for part_id in tree.ids() if part_id in part_ids), None)
    if first is None:
        return tree

    def grouped(siblings: _Siblings, place: int) -> _Siblings:
        taken = tuple(each for each in siblings if _id_of(each) in part_ids)
        rest = tuple(each for each in siblings[place:] if each not in taken)
        return (*siblings[:place], _around(taken, new_id()), *rest)

    return _edited(tree, first, grouped)


def ungroup(tree: Tree, part_id: str) -> Tree:
    """With what is in a group or in parentheses in its stead."""

    def opened(siblings: _Siblings, place: int) -> _Siblings:
        inside = _inside(siblings[place])
        return siblings if inside is None else (*siblings[:place], *inside, *siblings[place + 1 :])

    return _edited(tree, part_id, opened)


def move_up(tree: Tree, part_id: str) -> Tree:
    """One place up: past the one before, into the group before, or out of the group it is the first of."""
    return _moved(tree, part_id, -1)


def move_down(tree: Tree, part_id: str) -> Tree:
    """One place down: past the one behind, into the group behind, or out of the group it is the last of."""
    return _moved(tree, part_id, 1)


def move_beside(tree: Tree, part_id: str, other_id: str, *, after: bool) -> Tree:
    """With a part taken from where it stands and put before or behind another, that is not in it."""
    part = _element(tree, part_id)
    if part is None or other_id in _ids_in(part):
        return tree

    def put(siblings: _Siblings, place: int) -> _Siblings:
        if isinstance(siblings[place], Step) is not isinstance(part, Step):
            return siblings
        at = place + 1 if after else place
        return (*siblings[:at], part, *siblings[at:])

    without = _edited(tree, part_id, lambda siblings, place: siblings[:place] + siblings[place + 1 :], is_tidied=False)
    return _moved_or_as_it_was(tree, _edited(without, other_id, put), part_id)


def move_into(tree: Tree, part_id: str, container_id: str) -> Tree:
    """With a part taken from where it stands and put at the end of a group, or of parentheses, that is not in it."""
    part = _element(tree, part_id)
    if part is None or container_id in _ids_in(part):
        return tree

    def put(container: Part) -> Part:
        match container:
            case Group(nodes=nodes) if not isinstance(part, Step):
                return replace(container, nodes=(*nodes, part))
            case Parentheses(steps=steps) if isinstance(part, Step):
                return replace(container, steps=(*steps, part))
            case _:
                return container

    without = _edited(tree, part_id, lambda siblings, place: siblings[:place] + siblings[place + 1 :], is_tidied=False)
    if container_id == TOP and isinstance(part, Step):
        return _tidied(without, (*without.steps, part))
    moved = changed(without, container_id, put)
    return _moved_or_as_it_was(tree, _tidied(moved, moved.steps), part_id)


def _moved_or_as_it_was(before: Tree, after: Tree, part_id: str) -> Tree:
    """A part that found no place stays where it was."""
    return before if after.find(part_id) is None else after


# --- moving ----------------------------------------------------------------------------------------------------------


def _moved(tree: Tree, part_id: str, by: int) -> Tree:
    out = _holder(tree, part_id)

    def past(siblings: _Siblings, place: int) -> _Siblings:
        other = place + by
        if not 0 <= other < len(siblings):
            return siblings
        entered = _entered(siblings[other], siblings[place], at_end=by < 0)
        rest = siblings[:place] + siblings[place + 1 :]
        if entered is not None:
            at = rest.index(siblings[other])
            return (*rest[:at], entered, *rest[at + 1 :])
        return (*rest[:other], siblings[place], *rest[other:])

    moved = _edited(tree, part_id, past)
    if moved.steps != tree.steps or out is None:
        return moved
    return move_beside(tree, part_id, out, after=by > 0)


def _entered(neighbor: Step | Node, moving: Step | Node, *, at_end: bool) -> Step | Node | None:
    """A neighboring group or parentheses with what moves in it; None where it is neither."""
    match neighbor, moving:
        case Step(block=Parentheses(steps=steps) as block), Step():
            inside = (*steps, moving) if at_end else (moving, *steps)
            return replace(neighbor, block=replace(block, steps=inside))
        case Group(nodes=nodes), Condition() | Group() | Related():
            return replace(neighbor, nodes=(*nodes, moving) if at_end else (moving, *nodes))
        case _:
            return None


def _holder(tree: Tree, part_id: str) -> str | None:
    """The group or parentheses out of which a part can move: one that stands in a list itself."""
    found = None
    for candidate in map(tree.find, tree.ids()):
        inside = _inside(candidate) if isinstance(candidate, Group | Parentheses) else None
        if inside is not None and any(_id_of(each) == part_id for each in inside):
            found = candidate
    if found is None or _element(tree, found.id) is None:
        return None
    return found.id


# --- lists and what stands in them -----------------------------------------------------------------------------------


def _id_of(element: Step | Node) -> str:
    return element.block.id if isinstance(element, Step) else element.id


def _element(tree: Tree, part_id: str) -> Step | Node | None:
    """What stands in a list under that id; None for the group that a `where` is."""
    found: list[Step | Node] = []

    def look(siblings: _Siblings, place: int) -> _Siblings:
        found.append(siblings[place])
        return siblings

    _edit_steps(tree.steps, part_id, look)
    return found[0] if found else None


def _ids_in(element: Step | Node) -> set[str]:
    steps = (element,) if isinstance(element, Step) else ()
    parts = Tree(steps=steps)
    inside = set(parts.ids()) if steps else {node.id for node in nodes_within(element)}  # type: ignore[arg-type]
    return inside | {_id_of(element)}


def _inside(element: Step | Node | Part | None) -> _Siblings | None:
    """What is in a group or parentheses; None for what is neither."""
    match element:
        case Group(nodes=nodes):
            return nodes
        case Parentheses(steps=steps):
            return steps
        case Step(block=Parentheses(steps=(first, *others)), combine=combine):
            return (replace(first, combine=combine), *others)
        case _:
            return None


def _around(elements: _Siblings, new_id: str) -> Step | Node:
    match elements[0]:
        case Step(combine=combine):
            steps = _joined(elements)
            return Step(block=Parentheses(id=new_id, steps=steps), combine=combine)
        case _:
            return Group(id=new_id, kind=GroupKind.ANY, nodes=elements)


def renamed(element: _Renamed, rename: Callable[[str], str]) -> _Renamed:
    """A copy in which every part has the id that `rename` makes of its own."""
    return cast("_Renamed", _renamed(element, rename))


def _renamed(element: Any, rename: Callable[[str], str]) -> Any:
    match element:
        case Step(block=block):
            return replace(element, block=_renamed(block, rename))
        case Profile(where=where):
            return replace(element, id=rename(element.id), where=_renamed(where, rename))
        case Behavior(where=where) | Related(where=where):
            return replace(element, id=rename(element.id), where=None if where is None else _renamed(where, rename))
        case Parentheses(steps=steps):
            return replace(element, id=rename(element.id), steps=tuple(_renamed(step, rename) for step in steps))
        case Group(nodes=nodes):
            return replace(element, id=rename(element.id), nodes=tuple(_renamed(node, rename) for node in nodes))
        case _:
            return replace(element, id=rename(element.id))


# --- walking ---------------------------------------------------------------------------------------------------------


def _edited(tree: Tree, part_id: str, edit: _Edit, *, is_tidied: bool = True) -> Tree:
    steps = _edit_steps(tree.steps, part_id, edit)
    return _tidied(tree, steps) if is_tidied else replace(tree, steps=steps, _by_id={})


def _edit_list(siblings: tuple[_Element, ...], part_id: str, edit: _Edit, go_on: Callable[[_Element], _Element]) -> Any:
    for place, element in enumerate(siblings):
        if _id_of(element) == part_id:
            return edit(siblings, place)
    return tuple(go_on(element) for element in siblings)


def _edit_steps(steps: tuple[Step, ...], part_id: str, edit: _Edit) -> tuple[Step, ...]:
    def inside(step: Step) -> Step:
        match step.block:
            case Profile(where=where):
                return replace(step, block=replace(step.block, where=_edit_node(where, part_id, edit)))
            case Behavior(where=Group() as where):
                return replace(step, block=replace(step.block, where=_edit_where(where, part_id, edit)))
            case Parentheses(steps=inner):
                return replace(step, block=replace(step.block, steps=_edit_steps(inner, part_id, edit)))
            case Behavior() | Reference() | Everyone():
                return step
            case _:
                assert_never(step.block)

    edited: tuple[Step, ...] = _edit_list(steps, part_id, edit, inside)
    return edited


def _edit_node(node: Any, part_id: str, edit: _Edit) -> Any:
    match node:
        case Group(nodes=nodes):
            inside = _edit_list(nodes, part_id, edit, lambda inner: _edit_node(inner, part_id, edit))
            return replace(node, nodes=inside)
        case Related(where=Group() as where):
            return replace(node, where=_edit_where(where, part_id, edit))
        case _:
            return node


def _edit_where(where: Group, part_id: str, edit: _Edit) -> Group | None:
    """A `where` is no element of a list: it can be taken away, but stays one group."""
    if where.id == part_id:
        match tuple(edit((where,), 0)):
            case ():
                return None
            case (Group() as only,):
                return only
            case found if where.kind in (GroupKind.NONE, GroupKind.NOT_ALL):
                # What is within a negation is another thing than what is beside it.
                return Group(id=f"{where.id}a", nodes=found)
            case found:  # what comes to stand beside it, or instead of it, goes into it
                nodes = (node for each in found for node in (where.nodes if each.id == part_id else (each,)))
                return replace(where, nodes=tuple(nodes))
    edited: Group = _edit_node(where, part_id, edit)
    return edited


def _change_steps(steps: tuple[Step, ...], part_id: str, change: Callable[[Part], Part]) -> tuple[Step, ...]:
    return tuple(replace(step, block=_change_part(step.block, part_id, change)) for step in steps)


def _change_part(part: Any, part_id: str, change: Callable[[Part], Part]) -> Any:
    if part.id == part_id:
        return change(part)
    match part:
        case Profile(where=where) | Behavior(where=Group() as where) | Related(where=Group() as where):
            return replace(part, where=_change_part(where, part_id, change))
        case Parentheses(steps=steps):
            return replace(part, steps=_change_steps(steps, part_id, change))
        case Group(nodes=nodes):
            return replace(part, nodes=tuple(_change_part(node, part_id, change) for node in nodes))
        case _:
            return part


# --- tidying ---------------------------------------------------------------------------------------------------------


def _tidied(tree: Tree, steps: tuple[Step, ...]) -> Tree:
    """Nothing is empty, and every step but the first of a list says how it joins."""
    return replace(tree, steps=_tidied_steps(steps), _by_id={})


def _tidied_steps(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    kept = (replace(step, block=_tidied_part(step.block)) for step in steps)
    return _joined(tuple(step for step in kept if step.block != Parentheses(id=step.block.id)))


def _joined(steps: _Siblings) -> tuple[Step, ...]:
    """The first step joins nothing; who was the first before joins as the one that took its place did."""
    if not steps:
        return ()
    given = steps[0].combine or "and_also"
    return (replace(steps[0], combine=""), *(replace(step, combine=step.combine or given) for step in steps[1:]))


def _tidied_part(part: Any) -> Any:
    match part:
        case Profile(where=where):
            return replace(part, where=_tidied_part(where))
        case Behavior(where=Group() as where) | Related(where=Group() as where):
            tidied = _tidied_part(where)
            return replace(part, where=tidied if tidied.nodes else None)
        case Parentheses(steps=steps):
            return replace(part, steps=_tidied_steps(steps))
        case Group(nodes=nodes):
            kept = map(_tidied_part, nodes)
            return replace(part, nodes=tuple(node for node in kept if not isinstance(node, Group) or node.nodes))
        case _:
            return part
