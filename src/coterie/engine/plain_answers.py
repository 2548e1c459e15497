"""Answers as plain data, which JSON can hold: the same on the command line and from the REST API."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias

from coterie.engine.answers import Breakdown, Explanation, NodeCount, NodeReason
from coterie.errors import Problem
from coterie.records import ImportReport

__all__ = [
    "Json",
    "breakdown_as_json",
    "count_as_json",
    "explanation_as_json",
    "problem_as_json",
    "report_as_json",
    "value_as_json",
]

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"


def problem_as_json(problem: Problem) -> Json:
    return {
        "code": problem.code,
        "path": problem.path,
        "line": problem.line,
        "message": problem.message,
        "hint": problem.hint,
    }


def report_as_json(report: ImportReport) -> Json:
    return {
        "name": report.name,
        "source": report.source,
        "read": report.read,
        "added": report.added,
        "updated": report.updated,
        "repeated": report.repeated,
        "refused": report.refused,
        "counts": dict(report.counts),
        "examples": [{"code": e.code, "column": e.column, "line": e.line, "value": e.value} for e in report.examples],
    }


def count_as_json(count: int, as_of: datetime) -> Json:
    return {"as_of": as_of.isoformat(), "count": count}


def breakdown_as_json(breakdown: Breakdown, as_of: datetime) -> Json:
    return {
        "as_of": as_of.isoformat(),
        "in_scope": breakdown.in_scope,
        "total": breakdown.total,
        "steps": [
            {
                "combine": step.combine.value if step.combine else None,
                "alone": step.alone,
                "so_far": step.so_far,
                "node": _count(step.node),
            }
            for step in breakdown.steps
        ],
    }


def _count(node: NodeCount) -> Json:
    return {
        "path": node.path,
        "wording": node.wording,
        "count": node.count,
        "children": [_count(child) for child in node.children],
    }


def explanation_as_json(explanation: Explanation, as_of: datetime) -> Json:
    return {
        "as_of": as_of.isoformat(),
        "contact_id": explanation.contact_id,
        "member": explanation.member,
        "reason": explanation.reason.value,
        "changes_at": value_as_json(explanation.changes_at),
        "steps": [
            {
                "combine": step.combine.value if step.combine else None,
                "alone": step.alone,
                "so_far": step.so_far,
                "node": _reason(step.node),
            }
            for step in explanation.steps
        ],
    }


def _reason(node: NodeReason) -> Json:
    return {
        "path": node.path,
        "wording": node.wording,
        "matches": node.matches,
        "evidence": [{name: value_as_json(value) for name, value in row.items()} for row in node.evidence],
        "children": [_reason(child) for child in node.children],
    }


def value_as_json(value: object) -> Json:
    """A value of a record: days and moments as ISO text, decimals as numbers where those are exact, else as text."""
    match value:
        case None | bool() | int() | float():
            return value
        case str():
            return str(value)
        case Decimal():
            return _number(value)
        case date():
            return value.isoformat()
        case Mapping():
            return {str(name): value_as_json(element) for name, element in value.items()}
        case list() | tuple():
            return [value_as_json(element) for element in value]
        case _:
            return str(value)


def _number(value: Decimal) -> Json:
    if value == value.to_integral_value():
        return int(value)
    return float(value) if Decimal(repr(float(value))) == value else str(value)
