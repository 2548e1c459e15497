"""Answers as JSON, and the list of problems."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

import typer

from coterie.cli.failures import problem_line
from coterie.errors import Problem

if TYPE_CHECKING:
    from coterie.engine.answers import Breakdown, Explanation, NodeCount, NodeReason
    from coterie.records import ImportReport

__all__ = [
    "Json",
    "breakdown_as_json",
    "count_as_json",
    "explanation_as_json",
    "print_json",
    "problem_as_json",
    "report_as_json",
    "show_problems",
]

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"


def print_json(answer: Json) -> None:
    typer.echo(json.dumps(answer, ensure_ascii=False, indent=2))


def show_problems(problems: Sequence[Problem], *, as_json: bool, well: str = "") -> None:
    """The problems on standard output, a line each; `well` where there are none. They are the answer, no failure."""
    if as_json:
        print_json({"valid": not problems, "problems": [problem_as_json(problem) for problem in problems]})
        return
    for problem in problems:
        typer.echo(problem_line(problem))
    if not problems:
        typer.echo(well)


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
        "changes_at": _value(explanation.changes_at),
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
        "evidence": [{name: _value(value) for name, value in row.items()} for row in node.evidence],
        "children": [_reason(child) for child in node.children],
    }


def _value(value: object) -> Json:
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
            return {str(name): _value(element) for name, element in value.items()}
        case list() | tuple():
            return [_value(element) for element in value]
        case _:
            return str(value)


def _number(value: Decimal) -> Json:
    if value == value.to_integral_value():
        return int(value)
    return float(value) if Decimal(repr(float(value))) == value else str(value)
