"""A draft held against the catalog: what is wrong with which part, and which parts can be counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from coterie import DefinitionError, Problem
from coterie_web.accounts.models import User
from coterie_web.catalogs.engine import engine
from coterie_web.segments.designer.draft import pinned_of
from coterie_web.segments.designer.tree import (
    Behavior,
    Group,
    Parentheses,
    Part,
    Profile,
    Reference,
    Related,
    Tree,
    parts_of,
)
from coterie_web.segments.designer.written import Written, written
from coterie_web.segments.files import SegmentFile, draft_file
from coterie_web.segments.models import Segment
from coterie_web.segments.references import needed_files

__all__ = ["Checked", "Found", "checked", "file_of", "keys_in"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A problem of a part, and the input it is about, as far as that can be told: `value`, `attribute`."""

    problem: Problem
    input: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a check found. `general` are problems of no part; parts in `blocked` cannot be counted."""

    written: Written
    file: SegmentFile
    segments: Mapping[str, SegmentFile]
    found: Mapping[str, tuple[Found, ...]]
    general: tuple[Problem, ...]
    blocked: frozenset[str]

    @property
    def is_complete(self) -> bool:
        """Whether the whole can be counted, and go live."""
        return bool(self.written.definition["blocks"]) and not self.found and not self.general


def checked(segment: Segment, tree: Tree, user: User) -> Checked:
    """Everything wrong with a draft, by the part that it is wrong with."""
    now = written(tree.steps, engine().catalog)
    file, segments = file_of(segment, tree, now), needed_files(user, keys_in(tree), of=segment)
    found: dict[str, tuple[Found, ...]] = {}
    general: list[Problem] = []
    for problem in _problems(file, segments):
        place = now.places.innermost(problem.path.removeprefix("definition."))
        if place is None:
            if tree.steps or problem.code != "empty":  # that nothing is there yet, one sees
                general.append(problem)
        else:
            part_id, rest = place
            if _is_beside_the_point(tree.find(part_id), rest):
                continue
            found[part_id] = (*found.get(part_id, ()), Found(problem=problem, input=_input_of(rest)))
    return Checked(
        written=now,
        file=file,
        segments=segments,
        found=found,
        general=tuple(general),
        blocked=_blocked(tree, frozenset(found)),
    )


def file_of(segment: Segment, tree: Tree, now: Written) -> SegmentFile:
    """The segment file of a draft with this tree; of a static segment it is that of a query."""
    file = {key: value for key, value in draft_file(segment).items() if key not in ("pinned", "members")}
    pinned = pinned_of(tree)
    return {**file, "type": "dynamic", "definition": now.definition, **({"pinned": pinned} if pinned else {})}


def keys_in(tree: Tree) -> list[str]:
    """The segments that a tree refers to itself."""
    return [part.segment for part in parts_of(tree.steps) if isinstance(part, Reference)]


def _problems(file: SegmentFile, segments: Mapping[str, SegmentFile]) -> list[Problem]:
    try:
        return engine().validate(file, segments=segments)
    except DefinitionError as error:  # a file that is referred to cannot be read
        return list(error.problems)


def _is_beside_the_point(part: Part | None, rest: str) -> bool:
    """Whether something is missed that cannot be given yet: how often contacts did what is not chosen."""
    return isinstance(part, Behavior) and not part.interaction and rest != "interaction"


_INPUTS = {
    "attribute": "attribute",
    "operator": "operator",
    "value": "value",
    "match_case": "match_case",
    "relation": "relation",
    "interaction": "interaction",
    "segment": "segment",
    "measure.attribute": "of",
    "quantifier.attribute": "of",
    "quantifier.operator": "operator",
    "quantifier.value": "value",
    "window.count": "window_count",
    "window.unit": "window_unit",
    "window.from": "window_from",
    "window.to": "window_to",
    "window.period": "window_period",
    "value.count": "count",
    "value.unit": "unit",
}


def _input_of(rest: str) -> str:
    """The input that the rest of a path leads to; blank where it is about the whole part."""
    while rest:
        if rest in _INPUTS:
            return _INPUTS[rest]
        rest = rest[: max(rest.rfind("."), rest.rfind("["), 0)]
    return ""


def _blocked(tree: Tree, wrong: frozenset[str]) -> frozenset[str]:
    """The parts that are wrong, and those that they are in."""
    blocked: set[str] = set()

    def look(part: Part) -> bool:
        inside = [look(each) for each in _children(part)]
        if part.id in wrong or any(inside):
            blocked.add(part.id)
        return part.id in blocked

    for step in tree.steps:
        look(step.block)
    return frozenset(blocked)


def _children(part: Part) -> tuple[Part, ...]:
    match part:
        case Profile(where=where):
            return (where,)
        case Behavior(where=Group() as where) | Related(where=Group() as where):
            return (where,)
        case Group(nodes=nodes):
            return nodes
        case Parentheses(steps=steps):
            return tuple(step.block for step in steps)
        case _:
            return ()
