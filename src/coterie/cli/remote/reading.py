"""Answers of a server, read back into what the same question answers here, so that they are shown alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from coterie.definition.nodes import Combine
from coterie.engine.answers import Breakdown, Explanation, NodeCount, NodeReason, Reason, StepCount, StepReason
from coterie.engine.refreshed import Happening, PlannedSegment, RefreshPlan, SegmentState, SegmentStatus
from coterie.errors import Problem
from coterie.membership import Membership
from coterie.records import IngestReport
from coterie.records.report import Offence
from coterie.snapshot import Cause

__all__ = [
    "Contacts",
    "Line",
    "breakdown_in",
    "explanation_in",
    "line_in",
    "moment_in",
    "plan_in",
    "problem_in",
    "report_in",
    "status_in",
]

Answer = Mapping[str, Any]


def moment_in(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def problem_in(told: Answer) -> Problem:
    return Problem(**{name: told[name] for name in ("code", "path", "message", "hint", "line")})


# --- counts and reasons ----------------------------------------------------------------------------------------------


def breakdown_in(told: Answer) -> Breakdown:
    steps = tuple(
        StepCount(combine=_combine(step), alone=step["alone"], so_far=step["so_far"], node=_count(step["node"]))
        for step in told["steps"]
    )
    return Breakdown(in_scope=told["in_scope"], total=told["total"], steps=steps)


def _count(node: Answer) -> NodeCount:
    children = tuple(map(_count, node["children"]))
    return NodeCount(path=node["path"], wording=node["wording"], count=node["count"], children=children)


def explanation_in(told: Answer) -> Explanation:
    return Explanation(
        contact_id=told["contact_id"],
        member=told["member"],
        reason=Reason(told["reason"]),
        changes_at=moment_in(told["changes_at"]),
        steps=tuple(
            StepReason(combine=_combine(step), alone=step["alone"], so_far=step["so_far"], node=_reason(step["node"]))
            for step in told["steps"]
        ),
    )


def _reason(node: Answer) -> NodeReason:
    return NodeReason(
        path=node["path"],
        wording=node["wording"],
        matches=node["matches"],
        evidence=tuple(node["evidence"]),
        children=tuple(map(_reason, node["children"])),
    )


def _combine(step: Answer) -> Combine | None:
    return None if step["combine"] is None else Combine(step["combine"])


# --- how segments stand, and what became of them ---------------------------------------------------------------------


def plan_in(told: Answer) -> RefreshPlan:
    return RefreshPlan(
        data_version=told["data_version"],
        as_of=datetime.fromisoformat(told["as_of"]),
        segments={each["segment"]: _planned(each) for each in told["segments"]},
    )


def _planned(told: Answer) -> PlannedSegment:
    return PlannedSegment(
        key=told["segment"],
        name=told["name"],
        happens=Happening(told["happens"]),
        before=_number(told["before"]),
        after=_number(told["after"]),
        entered=cast("Membership", Contacts(told["entered"])),
        left=cast("Membership", Contacts(told["left"])),
        problems=tuple(map(problem_in, told["problems"])),
    )


def _number(count: int | None) -> Membership | None:
    """Contacts of a plan, of whom nothing but their number is shown."""
    return None if count is None else cast("Membership", Contacts(count))


def status_in(told: Answer) -> SegmentStatus:
    return SegmentStatus(
        key=told["segment"],
        name=told["name"],
        state=SegmentState(told["state"]),
        count=told["members"],
        data_version=told["data_version"],
        behind=told["behind"],
        as_of=moment_in(told["as_of"]),
        next_evaluation=moment_in(told["next_evaluation"]),
        problems=tuple(map(problem_in, told["problems"])),
        seconds=(told["cost_ms"] or 0) / 1_000,
    )


@dataclass(frozen=True, slots=True)
class Contacts:
    """Some contacts of whom the number is known, and perhaps the keys."""

    count: int
    keys: Sequence[str] = ()

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Who entered and left a segment with one publication, for one cause."""

    as_of: datetime
    data_version: int
    definition_version: int
    cause: Cause
    entered: Contacts
    left: Contacts


def line_in(told: Answer) -> Line:
    return Line(
        as_of=datetime.fromisoformat(told["as_of"]),
        data_version=told["data_version"],
        definition_version=told["definition_version"],
        cause=Cause(told["cause"]),
        entered=Contacts(told["entered"], told["entered_contacts"] or ()),
        left=Contacts(told["left"], told["left_contacts"] or ()),
    )


def report_in(told: Answer) -> IngestReport:
    figures = ("read", "added", "updated", "deleted", "repeated", "refused", "made_ids", "data_version", "touched")
    return IngestReport(
        **{name: told[name] for name in figures},
        counts=told["counts"],
        examples=tuple(
            Offence(code=each["code"], column=each["column"], line=each["position"], value=each["value"])
            for each in told["examples"]
        ),
    )
