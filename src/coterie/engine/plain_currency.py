"""What keeping segments current answers, as plain data: the same on the command line and from the REST API."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from coterie.engine.plain_answers import Json, problem_as_json
from coterie.engine.refreshed import (
    LogLine,
    PlannedSegment,
    Refresh,
    RefreshPlan,
    SegmentStatus,
)
from coterie.errors import Problem
from coterie.membership import Membership
from coterie.records import IngestReport

__all__ = ["ingest_as_json", "log_as_json", "plan_as_json", "problems_as_json", "refresh_as_json", "status_as_json"]


def plan_as_json(plan: RefreshPlan) -> Json:
    return {
        "as_of": plan.as_of.isoformat(),
        "data_version": plan.data_version,
        "changes": not plan.is_empty,
        "segments": [_planned(planned) for planned in plan.segments.values()],
    }


def _planned(planned: PlannedSegment) -> Json:
    return {
        "segment": planned.key,
        "name": planned.name,
        "happens": planned.happens.value,
        "before": _size(planned.before),
        "after": _size(planned.after),
        "entered": len(planned.entered),
        "left": len(planned.left),
        "problems": problems_as_json(planned.problems),
    }


def _size(members: Membership | None) -> int | None:
    return None if members is None else len(members)


def refresh_as_json(refresh: Refresh, statuses: Sequence[SegmentStatus] = ()) -> Json:
    """What a refresh did; with what the conditions of each segment took, where that is passed."""
    told: dict[str, Json] = {
        "publication": refresh.publication,
        "data_version": refresh.data_version,
        "as_of": refresh.as_of.isoformat(),
        "changed": {
            key: {"entered": len(delta.entered), "left": len(delta.left)}
            for key, delta in sorted(refresh.deltas.items())
        },
        "failed": {key: problems_as_json(problems) for key, problems in sorted(refresh.failed.items())},
        "held": [*map(str, sorted(refresh.held))],
        "may_recover": [*map(str, sorted(refresh.may_recover))],
        "next_evaluation": _moment(refresh.next_evaluation),
        "evaluated_in_full": refresh.evaluated_in_full,
        "seconds": refresh.seconds,
        "publishing_seconds": refresh.publishing_seconds,
    }
    if statuses:
        told["costs_ms"] = {status.key: status.seconds * 1000 for status in statuses}
    return told


def status_as_json(statuses: Sequence[SegmentStatus], now: datetime) -> dict[str, Json]:
    return {"now": now.isoformat(), "segments": [_status(status, now) for status in statuses]}


def _status(status: SegmentStatus, now: datetime) -> Json:
    return {
        "segment": status.key,
        "name": status.name,
        "state": status.state.value,
        "members": status.count,
        "data_version": status.data_version,
        "behind": status.behind,
        "as_of": _moment(status.as_of),
        "lag_seconds": None if status.as_of is None else max((now - status.as_of).total_seconds(), 0.0),
        "next_evaluation": _moment(status.next_evaluation),
        "cost_ms": status.seconds * 1000 if status.seconds else None,
        "problems": problems_as_json(status.problems),
    }


def log_as_json(key: str, lines: Sequence[LogLine], *, contacts: bool) -> Json:
    return {"segment": key, "log": [_logged(line, contacts=contacts) for line in lines]}


def _logged(line: LogLine, *, contacts: bool) -> Json:
    return {
        "publication": line.publication,
        "as_of": line.as_of.isoformat(),
        "data_version": line.data_version,
        "definition_version": line.definition_version,
        "cause": line.cause.value,
        "entered": list(line.entered) if contacts else len(line.entered),
        "left": list(line.left) if contacts else len(line.left),
    }


def ingest_as_json(report: IngestReport) -> dict[str, Json]:
    return {
        "read": report.read,
        "added": report.added,
        "updated": report.updated,
        "deleted": report.deleted,
        "repeated": report.repeated,
        "refused": report.refused,
        "made_ids": report.made_ids,
        "data_version": report.data_version,
        "touched": report.touched,
        "counts": dict(report.counts),
        "examples": [{"code": e.code, "column": e.column, "line": e.line, "value": e.value} for e in report.examples],
    }


def problems_as_json(problems: Sequence[Problem]) -> Json:
    return [problem_as_json(problem) for problem in problems]


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
