"""Counts and explanations as trees: each step with how it joins, below it the conditions it is made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Generic, TypeVar

from coterie.cli.screen import Cell, Screen, padded_to, printable
from coterie.definition.nodes import Combine
from coterie.engine.answers import Breakdown, Explanation, NodeCount, NodeReason, Reason, StepCount, StepReason

__all__ = ["members_word", "moment_text", "show_breakdown", "show_explanation"]

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
    screen.line((f"{_column('alone', width)}  {_column('so far', width)}", "dim"))
    for step in breakdown.steps:
        _show_counts(screen, step, width)
    total = _column(_number(breakdown.total), 2 * width + 2)
    screen.line((total, "bold green"), f"  {members_word(breakdown.total)}")


def _show_counts(screen: Screen, step: StepCount, width: int) -> None:
    space = " " * (2 * width + _COMBINE_WIDTH + 6)
    for part in _parts(step.node, guides=screen.terminal):
        alone = _column(_number(part.node.count), width)
        if part.top:
            first: list[Cell] = [
                (f"{alone}  ", "cyan"),
                (_column(_number(step.so_far), width), "bold"),
                (f"  {_combined(step.combine)}  ", "magenta"),
            ]
        else:
            first = [(padded_to(len(space), alone), "dim"), (part.lead, "dim")]
        screen.hanging(first, [(space + part.hang, "dim")], (part.wording, "" if part.top else "dim"))


def _column(text: str, width: int) -> str:
    return padded_to(width, text, right=True)


def _combined(combine: Combine | None) -> str:
    return padded_to(_COMBINE_WIDTH, _COMBINED[combine])


def members_word(count: int) -> str:
    return "member" if count == 1 else "members"


def _number(count: int) -> str:
    return f"{count:,}"


# --- explanations ----------------------------------------------------------------------------------------------------


def show_explanation(screen: Screen, explanation: Explanation, zone: tzinfo, *, rows: int | None = None) -> None:
    """Whether and why; below each condition the rows that decided; last, when time alone will change the answer.

    Moments are shown in `zone`. At most `rows` rows are shown of each condition; None for all there are.
    """
    screen.line(
        _MARK[explanation.member],
        " ",
        (printable(explanation.contact_id), "bold"),
        f" {'is' if explanation.member else 'is not'} a member{_REASONS[explanation.reason]}",
    )
    for step in explanation.steps:
        _show_reasons(screen, step, zone, rows)
    if explanation.changes_at is None:
        screen.line(("Time alone will not change the answer.", "dim"))
    else:
        screen.line(("Time alone changes the answer at ", "dim"), (moment_text(explanation.changes_at, zone), "bold"))


def _show_reasons(screen: Screen, step: StepReason, zone: tzinfo, rows: int | None) -> None:
    for part in _parts(step.node, guides=screen.terminal):
        combine = _combined(step.combine if part.top else None)
        space = " " * (_COMBINE_WIDTH + 4) + part.hang
        first: list[Cell] = [(f"  {combine}  ", "magenta"), (part.lead, "dim"), _MARK[part.node.matches], (" ", "")]
        screen.hanging(first, [(f"{space}  ", "dim")], (part.wording, ""))
        shown = part.node.evidence[:rows]
        for row in shown:
            screen.hanging([(f"{space}  · ", "dim")], [(f"{space}    ", "dim")], (_evidence(row, zone), "yellow"))
        if len(shown) < len(part.node.evidence):
            screen.line((f"{space}  · and {len(part.node.evidence) - len(shown)} more", "dim"))


def _evidence(row: Mapping[str, object], zone: tzinfo) -> str:
    """`occurred_at: …, amount: …`; without the message's id, which says nothing to people and is in the JSON."""
    shown = (f"{name}: {_value(value, zone)}" for name, value in row.items() if name != "message_id")
    return printable(", ".join(shown))


def _value(value: object, zone: tzinfo) -> str:
    match value:
        case None:
            return "(none)"
        case bool():
            return "yes" if value else "no"
        case datetime():
            return moment_text(value, zone)
        case date():
            return value.isoformat()
        case list() | tuple():
            return "; ".join(_value(element, zone) for element in value)
        case _:
            return str(value)


def moment_text(moment: datetime, zone: tzinfo) -> str:
    """`2026-11-23 12:00+01:00`, with seconds where there are any."""
    local = moment.astimezone(zone)
    exact = "minutes" if (local.second, local.microsecond) == (0, 0) else "auto"
    if local.microsecond:
        exact = "milliseconds"
    return local.isoformat(sep=" ", timespec=exact)


# --- the form of a tree ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Part(Generic[_Node]):
    """A node of a tree as it is shown: what stands before its first line, and before its further ones."""

    node: _Node
    wording: str
    lead: str
    hang: str
    top: bool


def _parts(top: _Node, *, guides: bool) -> Iterator[_Part[_Node]]:
    """The nodes of a tree, depth first, with guides or else by indentation."""
    return _below(top, "", "", guides=guides, top=True)


def _below(node: _Node, lead: str, trunk: str, *, guides: bool, top: bool = False) -> Iterator[_Part[_Node]]:
    node = _unwrapped(node)
    further = "│  " if guides and node.children else ""
    yield _Part(node, printable(_wording(node)), lead, trunk + further, top)
    for child in node.children:
        fork, stem = ("└─ ", "   ") if child is node.children[-1] else ("├─ ", "│  ")
        if not guides:
            fork = stem = "  "
        yield from _below(child, trunk + fork, trunk + stem, guides=guides)


def _unwrapped(node: _Node) -> _Node:
    """Without the wrappings around a single condition, which say and count the same."""
    while len(node.children) == 1 and not _is_under(node, ".not"):
        node = node.children[0]
    return node


def _wording(node: _Node) -> str:
    """What a node says; where its conditions say it below, only how they are joined."""
    for place, words in ((".all[", "all of these"), (".any[", "any of these"), (".not", "not")):
        if _is_under(node, place):
            return words
    return node.wording


def _is_under(node: _Node, place: str) -> bool:
    return bool(node.children) and node.children[0].path.startswith(node.path + place)
