"""How large a segment was at the beginnings of past days: enough for a small picture."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from coterie.values.times import LAST_INSTANT, local_day, midnight

__all__ = ["SegmentSize", "beginnings_of_days"]

_POINTS = 31


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentSize:
    """How many members of a segment were published at a moment (UTC)."""

    moment: datetime
    count: int


def beginnings_of_days(since: int, until: int, zone: ZoneInfo) -> list[int]:
    """The local midnights from one instant to before another: at most 31 of them, the last ones with equal gaps."""
    first, last = local_day(since, zone), local_day(min(until, LAST_INSTANT), zone)
    days = (last - first).days + 1
    gap = timedelta(days=max(1, -(-days // _POINTS)))
    moments: list[int] = []
    while last >= first and len(moments) < _POINTS:
        moment = midnight(last, zone)
        if since <= moment < until:
            moments.append(moment)
        if last - first < gap:
            break
        last -= gap
    return moments[::-1]
