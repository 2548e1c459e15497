"""Counts and explanations as trees: each step with how it joins, below it the conditions it is made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, tzinfo
from typing import TypeVar

from coterie.cli.screen import Cell, Screen, padded_to, printable
from coterie.definition.nodes import Combine
from coterie.engine.answers import Breakdown, Explanation, NodeCount, NodeReason, Reason, StepReason

__all__ = ["show_breakdown", "show_explanation"]

_COMBINED = {None: "", Combine.OR: "or", Combine.AND_ALSO: "and also", Combine.BUT_NOT: "but not"}
_COMBINE_WIDTH = 8

_MARK = {True: ("✓", "bold green"), False: ("✗", "bold red")}


_REASONS = {
    Reason.OUT_OF_SCOPE: ": outside the segment's scope",
    Reason.KEPT_OUT: ": kept out by hand",
    Reason.KEPT_IN: ": kept in by hand",
    Reason.CHOSEN: ", chosen by hand",
    Reason.DEFINITION: "",
}

_Node = TypeVar("_Node", NodeCount, NodeReason)


# --- counts ----------------------------------------------------------------------------------------------------------


def show_breakdown(screen: Screen, breakdown: Breakdown) -> None:
    """A line per condition with its own count; per step also the count so far; at the end the total."""
    counts = [breakdown.total, *(node.count for node in breakdown.nodes())]
    width = max(len("so far"), *(len(_number(count)) for count in counts))
    blank = " " * width
    heads = (padded_to(width, "alone", right=True), padded_to(width, "so far", right=True))
    screen.line(("  ".join(heads), "dim"))
    for step in breakdown.steps:
        combine = (padded_to(_COMBINE_WIDTH, _COMBINED[step.combine]), "magenta")
        for node, lead, hang in _flattened(screen, step.node):
            top = node is step.node
            numbers: list[Cell] = [
                (padded_to(width, _number(step.alone if top else node.count), right=True), "cyan" if top else "dim"),
                ("  ", ""),
                (padded_to(width, _number(step.so_far), right=True) if top else blank, "bold"),
                ("  ", ""),
                combine if top else (" " * _COMBINE_WIDTH, ""),
                ("  ", ""),
            ]
            rest: list[Cell] = [(" " * (2 * width + _COMBINE_WIDTH + 6), ""), (hang, "dim")]
            screen.hanging([*numbers, (lead, "dim")], rest, (printable(node.wording), "" if top else "dim"))
    screen.line((padded_to(2 * width + 2, _number(breakdown.total), right=True), "bold green"), "  members")


def _number(count: int) -> str:
    return f"{count:,}"


# --- explanations ----------------------------------------------------------------------------------------------------


def show_explanation(screen: Screen, explanation: Explanation, zone: tzinfo) -> None:
    """Whether and why; below each condition the rows that decided; last, when time alone will change the answer.

    Moments are shown in `zone`.
    """
    screen.line(
        _MARK[explanation.member],
        " ",
        (printable(explanation.contact_id), "bold"),
        f" {'is' if explanation.member else 'is not'} a member{_REASONS[explanation.reason]}",
    )
    for step in explanation.steps:
        _show_step(screen, step, zone)
    if explanation.changes_at is None:
        screen.line(("Time alone will not change the answer.", "dim"))
    else:
        screen.line(("Time alone changes the answer at ", "dim"), (_moment(explanation.changes_at, zone), "bold"))


def _show_step(screen: Screen, step: StepReason, zone: tzinfo) -> None:
    combine = (padded_to(_COMBINE_WIDTH, _COMBINED[step.combine]), "magenta")
    for node, lead, hang in _flattened(screen, step.node):
        top = node is step.node
        first: list[Cell] = [
            ("  ", ""),
            combine if top else (" " * _COMBINE_WIDTH, ""),
            (f"  {lead}", "dim"),
            _MARK[node.matches],
            (" ", ""),
        ]
        rest: list[Cell] = [(" " * (_COMBINE_WIDTH + 4) + hang + "  ", "dim")]
        screen.hanging(first, rest, (printable(node.wording), ""))
        for row in node.evidence:
            screen.hanging([*rest, ("· ", "dim")], [*rest, ("  ", "")], (_evidence(row, zone), "yellow"))


def _evidence(row: Mapping[str, object], zone: tzinfo) -> str:
    return printable(", ".join(f"{name}: {_value(value, zone)}" for name, value in row.items()))


def _value(value: object, zone: tzinfo) -> str:
    match value:
        case None:
            return "(none)"
        case bool():
            return "yes" if value else "no"
        case datetime():
            return _moment(value, zone)
        case date():
            return value.isoformat()
        case list() | tuple():
            return "; ".join(_value(element, zone) for element in value)
        case _:
            return str(value)


def _moment(moment: datetime, zone: tzinfo) -> str:
    """`2026-11-23 12:00+01:00`, with seconds where there are any."""
    local = moment.astimezone(zone)
    exact = "minutes" if (local.second, local.microsecond) == (0, 0) else "auto"
    if local.microsecond:
        exact = "milliseconds"
    return local.isoformat(sep=" ", timespec=exact)


# --- the form of a tree ----------------------------------------------------------------------------------------------


def _flattened(screen: Screen, top: _Node) -> Iterator[tuple[_Node, str, str]]:
    """Each node with what stands before its first and its further lines: guides on a terminal, else spaces."""
    return _branches(top, "", "", guides=screen.terminal)


def _branches(node: _Node, lead: str, hang: str, *, guides: bool) -> Iterator[tuple[_Node, str, str]]:
    below = "│  " if guides and node.children else ""
    yield node, lead, hang + below
    for child in node.children:
        last = child is node.children[-1]
        fork, trunk = ("└─ ", "   ") if last else ("├─ ", "│  ")
        if not guides:
            fork = trunk = "  "
        yield from _branches(child, hang + fork, hang + trunk, guides=guides)
