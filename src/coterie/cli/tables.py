"""What keeping segments current answers, as tables and lines to look at. Moments are in UTC, with the offset."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

import typer

from coterie.cli.failures import problem_line
from coterie.cli.listing import Members
from coterie.cli.screen import Screen
from coterie.cli.trees import moment_text
from coterie.engine.refreshed import (
    Happening,
    PlannedSegment,
    Refresh,
    RefreshPlan,
    SegmentStatus,
)
from coterie.errors import Problem
from coterie.membership import Membership
from coterie.snapshot import Cause

__all__ = ["Logged", "refresh_words", "show_log", "show_plan", "show_refresh", "show_status", "utc"]

_NONE = "-"

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))


def utc(moment: datetime | None) -> str:
    """`2026-11-23 12:00+00:00`; a dash for none."""
    return _NONE if moment is None else moment_text(moment, UTC)


def show_plan(screen: Screen, plan: RefreshPlan) -> None:
    """The segments to which something would happen, and how many there are of each kind."""
    rows = [_planned(planned) for planned in plan.segments.values() if _changes(planned)]
    if rows:
        screen.columns(["segment", "plan", "members", "then", "enter", "leave"], rows, right=range(2, 6))
    _show_problems({key: planned.problems for key, planned in plan.segments.items()})
    kinds = Counter(planned.happens for planned in plan.segments.values())
    words = ", ".join(f"{kinds[kind]:,} {word}" for kind, word in _KINDS.items())
    screen.line(f"As of {utc(plan.as_of)}, data version {plan.data_version:,}: {words}.")


_KINDS = {
    Happening.STARTS: "new",
    Happening.EDITED: "edited",
    Happening.UNCHANGED: "unchanged",
    Happening.STOPS: "stopped",
    Happening.FAILS: "failing",
}


def _changes(planned: PlannedSegment) -> bool:
    return planned.happens is not Happening.UNCHANGED or bool(planned.entered) or bool(planned.left)


def _planned(planned: PlannedSegment) -> list[str]:
    sizes = (planned.before, planned.after, planned.entered, planned.left)
    return [planned.key, planned.happens.value, *map(_size, sizes)]


def _size(members: Membership | None) -> str:
    return _NONE if members is None else f"{len(members):,}"


def show_refresh(screen: Screen, refresh: Refresh, statuses: Sequence[SegmentStatus]) -> None:
    """Who entered and left which segment, what failed, and how long it took."""
    seconds = {status.key: status.seconds for status in statuses}
    rows = [
        [key, f"{len(delta.entered):,}", f"{len(delta.left):,}", _cost(seconds.get(key, 0.0))]
        for key, delta in sorted(refresh.deltas.items())
    ]
    if rows:
        screen.columns(["segment", "entered", "left", "cost"], rows, right=(1, 2))
    _show_problems({status.key: status.problems for status in statuses})
    screen.line(refresh_words(refresh))
    if not statuses:
        screen.line("No segment is live. `coterie apply` makes those of a folder live.")


def refresh_words(refresh: Refresh) -> str:
    """A refresh in one line."""
    parts = [f"{len(refresh.deltas):,} changed"]
    if refresh.deltas:
        entered = sum(len(delta.entered) for delta in refresh.deltas.values())
        left = sum(len(delta.left) for delta in refresh.deltas.values())
        parts.append(f"{entered:,} entered, {left:,} left")
    if refresh.failed or refresh.held:
        failed = ", ".join(sorted(refresh.failed)) or "none"
        parts.append(f"failed: {failed}" + (f"; held: {', '.join(sorted(refresh.held))}" if refresh.held else ""))
    parts.append(f"next {utc(refresh.next_evaluation)}")
    took = refresh.seconds + refresh.publishing_seconds
    return f"As of {utc(refresh.as_of)}, data version {refresh.data_version:,}: {'; '.join(parts)}; in {took:.3f} s."


def show_status(screen: Screen, statuses: Sequence[SegmentStatus], now: datetime) -> None:
    """A row for each live segment."""
    if not statuses:
        screen.line("No segment is live. `coterie apply` makes those of a folder live.")
        return
    head = ["segment", "state", "members", "data", "behind", "as of", "lag", "next evaluation", "cost", "last error"]
    screen.columns(head, [_status(status, now) for status in statuses], right=(2, 3, 4, 6, 8))


def _status(status: SegmentStatus, now: datetime) -> list[str]:
    return [
        status.key,
        status.state.value,
        _NONE if status.count is None else f"{status.count:,}",
        _NONE if status.data_version is None else f"{status.data_version:,}",
        f"{status.behind:,}",
        utc(status.as_of),
        _NONE if status.as_of is None else _duration(now - status.as_of),
        utc(status.next_evaluation),
        _cost(status.seconds),
        "; ".join(f"{problem.code}: {problem.message}" for problem in status.problems) or _NONE,
    ]


def _cost(seconds: float) -> str:
    return f"{seconds * 1000:,.1f} ms" if seconds else _NONE


def _duration(lag: timedelta) -> str:
    """`3 d 4 h`, `2 h 5 min`, `7 s`: the two greatest units, or seconds. Nothing lies ahead of its moment."""
    rest = max(int(lag.total_seconds()), 0)
    parts = []
    for seconds, unit in _UNITS:
        count, rest = divmod(rest, seconds)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2]) or f"{rest} s"


class Logged(Protocol):
    """A line of the log, of a store or of a server."""

    @property
    def as_of(self) -> datetime: ...
    @property
    def data_version(self) -> int: ...
    @property
    def definition_version(self) -> int: ...
    @property
    def cause(self) -> Cause: ...
    @property
    def entered(self) -> Members: ...
    @property
    def left(self) -> Members: ...


def show_log(screen: Screen, lines: Sequence[Logged], *, contacts: bool) -> None:
    """What was logged, newest first; with `contacts` a row for each of them."""
    head = ["as of", "data", "definition", "cause"]
    if contacts:
        screen.columns([*head, "", "contact"], [row for line in lines for row in _by_contact(line)], right=(1, 2))
        return
    rows = [[*_logged(line), f"{len(line.entered):,}", f"{len(line.left):,}"] for line in lines]
    screen.columns([*head, "entered", "left"], rows, right=(1, 2, 4, 5))


def _by_contact(line: Logged) -> Iterator[list[str]]:
    for word, members in (("entered", line.entered), ("left", line.left)):
        for contact in members:
            yield [*_logged(line), word, contact]


def _logged(line: Logged) -> list[str]:
    return [utc(line.as_of), f"{line.data_version:,}", f"{line.definition_version:,}", line.cause.value]


def _show_problems(problems: Mapping[str, Sequence[Problem]]) -> None:
    for key, found in sorted(problems.items()):
        for problem in found:
            named = replace(problem, path=f"{key}: {problem.path}" if problem.path else key)
            typer.echo(problem_line(named))
