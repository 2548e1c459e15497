"""What stands above the members: how many, since when, until when, and how that came about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from coterie import Membership
from coterie_web.catalogs.engine import engine
from coterie_web.segments.growth import Growth, growth_of
from coterie_web.segments.membership.changes import Day, in_a_day
from coterie_web.segments.membership.snapshots import Kind, Shown
from coterie_web.segments.models import Segment
from coterie_web.segments.queries import newest_snapshot

__all__ = ["Facts", "facts_of", "upcoming"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The facts about the newest snapshot of a segment. None where one is not known, or not for this person."""

    shown: Shown
    version: int | None
    milliseconds: int | None
    next_words: str
    next_note: str
    day: Day | None
    growth: Growth | None


def facts_of(segment: Segment, shown: Shown, visible: Membership | None, *, zone: str, now: datetime) -> Facts:
    """The facts about a snapshot, as a person may know them who sees these contacts."""
    words, note = _next_evaluation(shown, ZoneInfo(zone), now)
    is_settled = segment.status != Segment.Status.GOING_LIVE and segment.live_version is not None
    return Facts(
        shown=shown,
        version=segment.live_version.number if is_settled and segment.live_version is not None else None,
        milliseconds=_milliseconds(segment) if shown.kind is Kind.CURRENT else None,
        next_words=words,
        next_note=note,
        day=in_a_day(segment, shown, visible),
        growth=_growth(segment, zone) if visible is None else None,
    )


def _milliseconds(segment: Segment) -> int | None:
    """What the conditions took in the last refresh; None where it took none anew."""
    for status in engine().status([segment.key]):
        return round(status.seconds * 1000) or None
    return None


def _next_evaluation(shown: Shown, zone: ZoneInfo, now: datetime) -> tuple[str, str]:
    """When members can change next, and what else changes them."""
    match shown.kind:
        case Kind.STOPPED:
            return "None while it is stopped", "go live to go on"
        case Kind.FAILING:
            return "As soon as the problem is solved", "it is tried again and again"
        case _ if shown.next_evaluation is None:
            return "As data arrives", "time alone changes nobody"
        case _:
            return f"{upcoming(shown.next_evaluation, zone, now)}, when a window moves", "or as data arrives"


def upcoming(instant: datetime, zone: ZoneInfo, now: datetime) -> str:
    """A moment ahead: `00:00 tomorrow`, `Sun 29 Nov 00:00`, `1 Jan 2027 00:00`."""
    local, today = instant.astimezone(zone), now.astimezone(zone).date()
    clock = f"{local:%H:%M}" if local.second == 0 else f"{local:%H:%M:%S}"
    days = (local.date() - today).days
    if days in (0, 1):
        return f"{clock} {('today', 'tomorrow')[days]}"
    if local.year == today.year:
        return f"{local:%a} {local.day} {local:%b} {clock}"
    return f"{local.day} {local:%b} {local.year} {clock}"


def _growth(segment: Segment, zone: str) -> Growth | None:
    published = newest_snapshot(segment)
    return None if published is None else growth_of(published, zone)
