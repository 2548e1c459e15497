"""Who entered a segment and who left it, and why, in words: only those of them whom a person sees."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from coterie import Cause, ContactRow, LogLine, Membership
from coterie_web.catalogs.engine import engine
from coterie_web.segments.membership.snapshots import Shown, shown_at
from coterie_web.segments.models import Segment
from coterie_web.segments.queries import visible_part

__all__ = ["Change", "ChangePage", "Day", "Direction", "change", "changes", "in_a_day"]

_NAMED = 3
"""So many are named; of more, their number is told."""

_CAUSES = {
    Cause.DATA: "As data arrived",
    Cause.TIME: "As time passed: a window moved",
    Cause.DEFINITION: "By a change of the definition",
}
_LINES_AT_ONCE = 200


class Direction(StrEnum):
    """Which way somebody went."""

    ENTERED = "entered"
    LEFT = "left"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Some contacts who entered, or left, with one publication and for one cause; a few of them are named."""

    publication: int
    direction: Direction
    cause: Cause
    at: datetime
    members: Membership
    named: tuple[ContactRow, ...] = ()

    @property
    def count(self) -> int:
        return len(self.members)

    @property
    def why(self) -> str:
        """The cause in words."""
        return _CAUSES[self.cause]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePage:
    """Changes, newest first. `before` is the publication to go on behind, None where nothing older is kept."""

    changes: tuple[Change, ...]
    before: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """Who is in now and was not 24 hours before, and the other way round."""

    since: datetime
    entered: Membership
    left: Membership


def changes(segment: Segment, visible: Membership | None, *, before: int | None = None, limit: int) -> ChangePage:
    """A page of changes, of at least `limit` where there are so many; those of one publication stay together.

    Changes of nobody whom the person sees are left out; of many such in a row, only some are looked through at once.
    """
    lines = engine().changes_of(segment.key, before=before, limit=_LINES_AT_ONCE)
    is_all = len(lines) < _LINES_AT_ONCE
    if not is_all:  # of the last publication, more lines may come
        lines = tuple(line for line in lines if line.publication != lines[-1].publication)
    found: list[Change] = []
    for place, line in enumerate(lines):
        if len(found) >= limit and line.publication != lines[place - 1].publication:
            return ChangePage(changes=_named(found), before=lines[place - 1].publication)
        found += _changes_in(line, visible)
    return ChangePage(changes=_named(found), before=None if is_all else lines[-1].publication)


def change(
    segment: Segment, publication: int, direction: Direction, cause: Cause, visible: Membership | None
) -> Change | None:
    """One change; None where there was none that the person sees, or it is not kept."""
    lines = engine().changes_of(segment.key, before=publication + 1, limit=len(Cause))
    for line in lines:
        if line.publication == publication and line.cause is cause:
            return next((found for found in _changes_in(line, visible) if found.direction is direction), None)
    return None


def in_a_day(segment: Segment, shown: Shown, visible: Membership | None) -> Day | None:
    """What a day changed before a snapshot; None where the segment was not live then, or it is not kept any more."""
    before = shown_at(segment, shown.as_of - timedelta(days=1), visible)
    if before is None:
        return None
    return Day(since=before.as_of, entered=shown.members - before.members, left=before.members - shown.members)


def _changes_in(line: LogLine, visible: Membership | None) -> list[Change]:
    """What a line says, of those whom the person sees."""
    parts = ((Direction.ENTERED, line.entered), (Direction.LEFT, line.left))
    seen = ((direction, visible_part(members, visible)) for direction, members in parts)
    return [
        Change(publication=line.publication, direction=direction, cause=line.cause, at=line.as_of, members=members)
        for direction, members in seen
        if members
    ]


def _named(found: list[Change]) -> tuple[Change, ...]:
    """With names where there are few: all are read at once. Who is no contact any more has none."""
    few = [change for change in found if change.count <= _NAMED]
    if not few:
        return tuple(found)
    everybody = few[0].members
    for change in few[1:]:
        everybody |= change.members
    page = engine().contacts(everybody, limit=len(everybody))
    rows = {row.contact_id: row for row in page.contacts}
    return tuple(_with_names(change, rows) for change in found)


def _with_names(change: Change, rows: dict[str, ContactRow]) -> Change:
    if change.count > _NAMED:
        return change
    named = tuple(rows[key] for key in change.members if key in rows)
    return Change(
        publication=change.publication,
        direction=change.direction,
        cause=change.cause,
        at=change.at,
        members=change.members,
        named=named if len(named) == change.count else (),
    )
