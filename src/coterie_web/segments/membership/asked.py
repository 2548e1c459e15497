"""Which snapshot an address of the Members tab asks for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.http import QueryDict

from coterie import Membership
from coterie_web.segments.membership.snapshots import Shown, mark_of, newest, shown_at, shown_by_mark
from coterie_web.segments.models import Segment

__all__ = ["Asked", "asked_for"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The newest snapshot, that which the table shows, and in words why it is not the one that was asked for.

    Both are None where nothing of it was published yet.
    """

    newest: Shown | None
    shown: Shown | None
    sorry: str = ""
    at: str = ""

    @property
    def is_newest(self) -> bool:
        return self.shown is self.newest


def asked_for(segment: Segment, query: QueryDict, visible: Membership | None, *, zone: str) -> Asked:
    """What `at=` (a past moment in the segment's zone) or `snapshot=` asks for; else the newest."""
    now_shown = newest(segment, visible)
    if now_shown is None:
        return Asked(newest=None, shown=None)
    if text := query.get("at", "").strip():
        return _at(segment, text, visible, zone, now_shown)
    mark = mark_of(query.get("snapshot", ""))
    if mark is None or mark == now_shown.mark:
        return Asked(newest=now_shown, shown=now_shown)
    shown = shown_by_mark(segment, mark, visible)
    if shown is None:
        sorry = "The members that these pages began with are not kept any more: these are the newest."
        return Asked(newest=now_shown, shown=now_shown, sorry=sorry)
    is_newest = shown.members == now_shown.members
    return Asked(newest=now_shown, shown=now_shown if is_newest else shown)


def _at(segment: Segment, text: str, visible: Membership | None, zone: str, now_shown: Shown) -> Asked:
    moment = _moment(text, zone)
    if moment is None:
        sorry = f"“{text[:40]}” is no moment: write it as 2026-11-20T14:00. These are the newest members."
        return Asked(newest=now_shown, shown=now_shown, sorry=sorry)
    shown = shown_at(segment, moment, visible)
    if shown is None:
        sorry = "Nothing is kept of that moment, or the segment was not live then. These are the newest members."
        return Asked(newest=now_shown, shown=now_shown, sorry=sorry, at=text)
    return Asked(newest=now_shown, shown=shown, at=text)


def _moment(text: str, zone: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
        aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=ZoneInfo(zone))
        return aware if 1970 < aware.year < 9999 else None
    except ValueError:
        return None
