"""Days and instants: how they are read, and where local days begin (semantics, rules 12 and 17 to 19).

An instant is an int of milliseconds since 1970-01-01T00:00Z; a day is a `date`.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from coterie.values.text import normalize

__all__ = [
    "DAY",
    "FIRST_INSTANT",
    "LAST_INSTANT",
    "date_from_text",
    "find_zone",
    "instant_from_date",
    "instant_from_datetime",
    "instant_from_text",
    "local_day",
    "midnight",
    "zone_names",
]

DAY = 86_400_000
"""Milliseconds in 24 hours."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)

FIRST_INSTANT = (datetime(1, 1, 1, tzinfo=UTC) - _EPOCH) // _MILLISECOND
LAST_INSTANT = (datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC) - _EPOCH) // _MILLISECOND

_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ]00:00(?::00(?:\.0+)?)?)?")
_DATETIME = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[T ](?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]+))?)?"
    r"(?P<offset>Z|[+-][0-9]{2}(?::?[0-9]{2})?)?)?"
)


@lru_cache(maxsize=1024)
def find_zone(name: str) -> ZoneInfo | None:
    """The IANA zone of that exact name, or None."""
    return ZoneInfo(name) if name in zone_names() else None


@lru_cache(maxsize=1)
def zone_names() -> frozenset[str]:
    """The names of all IANA zones known. A machine's own zone, which some list as `localtime`, is none of them."""
    return frozenset(available_timezones()) - {"localtime"}


# --- reading ---------------------------------------------------------------------------------------------------------


def date_from_text(text: str) -> date | None:
    """`2026-11-23`, alone or with a midnight without offset; None for anything else."""
    match = _DATE.fullmatch(normalize(text))
    if match is None:
        return None
    try:
        return date(*map(int, match.groups()))
    except ValueError:
        return None


def instant_from_text(text: str, zone: ZoneInfo) -> int | None:
    """`2026-11-23T10:00[:00[.123]]`, `T` or a space, perhaps with an offset, or a day alone; None for anything else.

    Without an offset it is read in `zone`. Digits after the millisecond are cut.
    """
    match = _DATETIME.fullmatch(normalize(text))
    if match is None:
        return None
    part = match.groupdict(default="0")  # seconds and fractions may be left out
    try:
        day = date.fromisoformat(part["day"])
        # Cut to the millisecond: rounding could move an event over a bound.
        microsecond = int(part["fraction"][:3].ljust(3, "0")) * 1000
        clock = datetime(  # noqa: DTZ001 - its zone is found below
            day.year, day.month, day.day, int(part["hour"]), int(part["minute"]), int(part["second"]), microsecond
        )
        if match["hour"] is None:
            return instant_from_date(day, zone)
        if match["offset"] is None:
            return instant_from_datetime(clock, zone)
        offset = _offset(match["offset"])
    except ValueError:
        return None
    instant = (clock.replace(tzinfo=UTC) - _EPOCH - offset) // _MILLISECOND
    return instant if FIRST_INSTANT <= instant <= LAST_INSTANT else None


def _offset(text: str) -> timedelta:
    if text == "Z":
        return timedelta(0)
    digits = text[1:].replace(":", "").ljust(4, "0")
    hours, minutes = int(digits[:2]), int(digits[2:])
    if hours > 23 or minutes > 59:
        raise ValueError(text)
    size = timedelta(hours=hours, minutes=minutes)
    return -size if text[0] == "-" else size


def instant_from_datetime(moment: datetime, zone: ZoneInfo) -> int | None:
    """The instant of `moment`, which is read in `zone` where it carries no offset; None outside the years 1 to 9999.

    A local time in a gap moves forward by the gap; one that occurs twice is the earlier: `fold=0` says both.
    """
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone, fold=0)
    offset = moment.utcoffset()
    assert offset is not None
    instant = (moment.replace(tzinfo=UTC) - _EPOCH - offset) // _MILLISECOND
    return instant if FIRST_INSTANT <= instant <= LAST_INSTANT else None


def instant_from_date(day: date, zone: ZoneInfo) -> int | None:
    """A day alone stands for its midnight: in a gap the first instant after it. None outside the years 1 to 9999."""
    instant = midnight(day, zone)
    return instant if FIRST_INSTANT <= instant <= LAST_INSTANT else None


# --- local days ------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=65536)
def midnight(day: date, zone: ZoneInfo) -> int:
    """The instant at which `day` begins in `zone`: in a gap the first instant after it; of two the earlier."""
    wall = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - the clock on the wall
    before, after = (_utc_offset(wall.replace(tzinfo=zone, fold=fold)) for fold in (0, 1))
    local = (wall.replace(tzinfo=UTC) - _EPOCH) // _MILLISECOND
    if after <= before:  # an ordinary midnight, or one that occurs twice
        return local - before
    low, high = local - after, local - before  # the gap's transition lies in (low, high]
    while high - low > 1000:  # transitions fall on whole seconds
        middle = (low + high) // 2000 * 1000
        low, high = (low, middle) if _offset_at(middle, zone) == after else (middle, high)
    return high


def _utc_offset(moment: datetime) -> int:
    offset = moment.utcoffset()
    assert offset is not None
    return offset // _MILLISECOND


def _offset_at(instant: int, zone: ZoneInfo) -> int:
    # Within a day of the calendar's ends the local time may lie beyond them; no clock changes there.
    within = min(max(instant, FIRST_INSTANT + DAY), LAST_INSTANT - DAY)
    return _utc_offset((_EPOCH + within * _MILLISECOND).astimezone(zone))


@lru_cache(maxsize=65536)
def local_day(instant: int, zone: ZoneInfo) -> date:
    """The local day that holds `instant`: the one whose `[midnight, next midnight)` it lies in.

    Where a clock is set back over midnight, the repeated hour belongs to the day that has begun already.
    """
    wall = min(max(instant + _offset_at(instant, zone), FIRST_INSTANT), LAST_INSTANT)
    day = (_EPOCH + wall * _MILLISECOND).date()
    while day < date.max and midnight(day + timedelta(days=1), zone) <= instant:
        day += timedelta(days=1)
    return day
