"""What people edit: a definition in the making. Immutable; every part has an id that stays while it is moved about.

It holds what is in the inputs, typed or not yet, right or wrong: `written` turns it into a definition.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias, assert_never

__all__ = [
    "Behavior",
    "Block",
    "Comparison",
    "Condition",
    "Everyone",
    "Group",
    "GroupKind",
    "Held",
    "Node",
    "Parentheses",
    "Part",
    "Profile",
    "Reference",
    "Related",
    "Step",
    "Tree",
    "held",
    "nodes_within",
    "parts_of",
]

Held: TypeAlias = Mapping[str, tuple[str, ...]]
"""What the inputs of a value hold, as typed, by the part of the value; those that are blank are left out."""


def held(**parts: str | tuple[str, ...]) -> Held:
    """What inputs hold, blank ones left out: `held(value="50")`."""
    several = {name: (part,) if isinstance(part, str) else part for name, part in parts.items()}
    return {name: kept for name, part in several.items() if (kept := tuple(text for text in part if text))}


class GroupKind(StrEnum):
    """How the conditions of a group combine. The last two are written with `not`."""

    ALL = "all"
    ANY = "any"
    NONE = "none"
    NOT_ALL = "not_all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """An operator, and what the inputs beside it hold."""

    operator: str = ""
    held: Held = field(default_factory=dict)

    def first(self, part: str) -> str:
        """What the input of a part holds that has but one."""
        return next(iter(self.held.get(part, ())), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A condition on an attribute; blank where none is chosen yet."""

    id: str
    attribute: str = ""
    comparison: Comparison = Comparison()
    match_case: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Conditions that combine. A `bare` one is written without its brackets while it has but one condition."""

    id: str
    kind: GroupKind = GroupKind.ALL
    nodes: tuple[Node, ...] = ()
    bare: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """Related records: how many (`quantifier`), of what (`of`, for aggregates), compared how, and which of them."""

    id: str
    relation: str = ""
    quantifier: str = "any"
    of: str = ""
    comparison: Comparison = Comparison()
    where: Group | None = None


Node: TypeAlias = Condition | Group | Related


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    id: str
    where: Group


@dataclass(frozen=True, slots=True, kw_only=True)
class Behavior:
    """What contacts did: the measure taken (`of` an attribute, for some) in a window, which may be none (blank)."""

    id: str
    interaction: str = ""
    measure: str = "count"
    of: str = ""
    comparison: Comparison = Comparison()
    window: str = ""
    span: Held = field(default_factory=dict)
    where: Group | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """The members of another segment."""

    id: str
    segment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Everyone:
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Parentheses:
    id: str
    steps: tuple[Step, ...] = ()


Block: TypeAlias = Profile | Behavior | Reference | Everyone | Parentheses

Part: TypeAlias = Block | Node
"""Whatever has an id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A block, and how it joins what is before it; blank for the first."""

    block: Block
    combine: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """A whole draft: steps, and the keys of contacts kept in and out by hand."""

    steps: tuple[Step, ...] = ()
    keep_in: tuple[str, ...] = ()
    keep_out: tuple[str, ...] = ()
    _by_id: dict[str, Part] = field(default_factory=dict, compare=False, repr=False)

    def find(self, part_id: str) -> Part | None:
        """The part with that id."""
        if not self._by_id:
            self._by_id.update((part.id, part) for part in parts_of(self.steps))
        return self._by_id.get(part_id)


def parts_of(steps: tuple[Step, ...]) -> Iterator[Part]:
    """Every part, each before those in it, in the order of the page."""
    for step in steps:
        yield step.block
        match step.block:
            case Profile(where=where):
                yield from nodes_within(where)
            case Behavior(where=where):
                if where is not None:
                    yield from nodes_within(where)
            case Parentheses(steps=inner):
                yield from parts_of(inner)
            case Reference() | Everyone():
                pass
            case _:
                assert_never(step.block)


def nodes_within(node: Node) -> Iterator[Node]:
    """The node, and all in it."""
    yield node
    match node:
        case Group(nodes=nodes):
            for inner in nodes:
                yield from nodes_within(inner)
        case Related(where=where):
            if where is not None:
                yield from nodes_within(where)
        case Condition():
            pass
        case _:
            assert_never(node)
