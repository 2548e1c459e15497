"""What the engine answers besides sets and numbers: a breakdown into counts, and an explanation for one contact."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from coterie.definition.nodes import Combine

__all__ = ["Breakdown", "Explanation", "NodeCount", "NodeReason", "Reason", "Span", "StepCount", "StepReason"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeCount:
    """A block, group or condition, and how many contacts in scope it alone is true for.

    `path` says where it stands in the definition, `wording` what it says in plain English. Conditions inside the
    `where` of a relation or an interaction have no count of their own. A block inside parentheses has `so_far`: how
    many are left there when it is combined with what came before.
    """

    path: str
    wording: str
    count: int
    children: tuple[NodeCount, ...] = ()
    so_far: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepCount:
    """A step: how many contacts its block alone finds, and how many are left when it is combined with what came before.

    `combine` is None for the first step.
    """

    combine: Combine | None
    alone: int
    so_far: int
    node: NodeCount


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakdown:
    """Exact counts for every part of a definition, of the contacts `in_scope`. `total` also heeds pinned contacts."""

    in_scope: int
    total: int
    steps: tuple[StepCount, ...]

    def nodes(self) -> Iterator[NodeCount]:
        """Every node, from the first step down to the last condition."""
        for step in self.steps:
            yield from _walk(step.node)


def _walk(node: NodeCount) -> Iterator[NodeCount]:
    yield node
    for child in node.children:
        yield from _walk(child)


class Reason(StrEnum):
    """What decided about a contact, in the order in which it wins."""

    OUT_OF_SCOPE = "out_of_scope"
    KEPT_OUT = "kept_out"
    KEPT_IN = "kept_in"
    CHOSEN = "chosen"
    DEFINITION = "definition"


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeReason:
    """A block, group or condition: whether it alone `matches` the contact, and the rows that decided.

    `evidence` holds what was looked at: the contact's own values, or the related records or interactions that the
    condition chose, latest first. Column names are the catalog's; datetimes are aware, in UTC.
    """

    path: str
    wording: str
    matches: bool
    evidence: tuple[Mapping[str, object], ...] = ()
    children: tuple[NodeReason, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StepReason:
    """A step: whether its block alone finds the contact, and whether the contact is in the result so far."""

    combine: Combine | None
    alone: bool
    so_far: bool
    node: NodeReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a contact is in or out. `changes_at` (UTC) is the next instant at which time alone changes that, or None."""

    contact_id: str
    member: bool
    reason: Reason
    changes_at: datetime | None
    steps: tuple[StepReason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """What a condition that moves with time compares with at a moment.

    `[start, end)` are local days for a date, instants in UTC for a datetime or an interaction. None is unbounded or the
    moment itself, and both are None where days recur (anniversaries, parts of a date). `moves_at` is the next instant
    at which it is another; None where it moves all the time, as what is counted in hours does.
    """

    path: str
    start: date | datetime | None
    end: date | datetime | None
    moves_at: datetime | None
