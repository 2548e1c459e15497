"""Local days and arithmetic with dates (rules 15, 16, 18, 21).

A day's beginning is found by walking along the clock, minute by minute, until the wall shows that day: no table of
transitions, no arithmetic with offsets. Slow, and hard to get wrong.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import assert_never
from zoneinfo import ZoneInfo

from coterie.definition.nodes import Duration, Period, Unit

__all__ = [
    "BEGINNING_OF_TIME",
    "ELAPSED",
    "END_OF_TIME",
    "day_end",
    "day_start",
    "elapsed_later",
    "local_day",
    "moved_by",
    "period_days",
]

BEGINNING_OF_TIME = datetime.min.replace(tzinfo=UTC)
END_OF_TIME = datetime.max.replace(tzinfo=UTC)
"""Later than every instant of whole milliseconds, so that an end of time may be excluded like any other end."""

FARTHEST_OFFSET = timedelta(hours=16)
"""No place's clock was ever farther from UTC (Manila's before 1844 was nearly as far)."""

ELAPSED = {
    Unit.MINUTES: timedelta(minutes=1),
    Unit.HOURS: timedelta(hours=1),
    Unit.ROLLING_DAYS: timedelta(hours=24),
}
"""The units of elapsed time; all others are counted on the calendar."""


# --- where days begin ------------------------------------------------------------------------------------------------


@lru_cache(maxsize=200_000)
def day_start(day: date, zone: ZoneInfo) -> datetime:
    """The first instant at which the clock on the wall of `zone` shows `day` or a later day.

    Where midnight is skipped this is the first instant after the gap, where it occurs twice the earlier one, and where
    the whole day is skipped it is the next day's beginning (rule 18).
    """
    moment = BEGINNING_OF_TIME
    if day > date.min:
        moment = datetime(day.year, day.month, day.day, tzinfo=UTC) - FARTHEST_OFFSET
    while not has_begun(day, moment, zone):
        moment += timedelta(minutes=1)
    # Before clocks were regulated offsets had seconds: the beginning may lie within the last minute.
    while moment > BEGINNING_OF_TIME and has_begun(day, moment - timedelta(seconds=1), zone):
        moment -= timedelta(seconds=1)
    return moment


def day_end(day: date, zone: ZoneInfo) -> datetime:
    """The first instant after `day`: where the next one begins."""
    return END_OF_TIME if day == date.max else day_start(day + timedelta(days=1), zone)


def has_begun(day: date, moment: datetime, zone: ZoneInfo) -> bool:
    """Whether the clock on the wall of `zone` shows `day` or a later day at `moment`."""
    shown = shown_day(moment, zone)
    return shown is not None and shown >= day


def shown_day(moment: datetime, zone: ZoneInfo) -> date | None:
    """The day that the clock on the wall shows; None before the calendar's first, the last after its last."""
    try:
        return moment.astimezone(zone).date()
    except OverflowError:
        return None if moment.year == 1 else date.max


@lru_cache(maxsize=200_000)
def local_day(moment: datetime, zone: ZoneInfo) -> date:
    """The day from whose beginning to whose end `moment` lies; before the calendar's first day, that day."""
    day = shown_day(moment, zone) or date.min
    while moment < day_start(day, zone) and day > date.min:
        day -= timedelta(days=1)
    while moment >= day_end(day, zone):
        day += timedelta(days=1)
    return day


# --- moving on the calendar and in elapsed time ----------------------------------------------------------------------


def moved_by(day: date, duration: Duration, direction: int) -> date:
    """The day `duration` after `day` (`direction` 1) or before it (-1), counted on the calendar (rule 16)."""
    count = direction * duration.count
    match duration.unit:
        case Unit.DAYS:
            return moved_by_days(day, count)
        case Unit.WEEKS:
            return moved_by_days(day, 7 * count)
        case Unit.MONTHS:
            return moved_by_months(day, count)
        case Unit.QUARTERS:
            return moved_by_months(day, 3 * count)
        case Unit.YEARS:
            return moved_by_months(day, 12 * count)
        case Unit.MINUTES | Unit.HOURS | Unit.ROLLING_DAYS:
            raise ValueError(f"{duration.unit} are not counted on the calendar")
        case _:
            assert_never(duration.unit)


def moved_by_days(day: date, count: int) -> date:
    try:
        return day + timedelta(days=count)
    except OverflowError:
        return date.max if count > 0 else date.min


def moved_by_months(day: date, count: int) -> date:
    """The same day of another month, or that month's last; beyond the calendar, the calendar's last day or first."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    if year < 1:
        return date.min
    if year > 9999:
        return date.max
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def elapsed_later(moment: datetime, duration: Duration, direction: int) -> datetime:
    """The instant `duration` of elapsed time after `moment` (`direction` 1) or before it (-1)."""
    try:
        return moment + direction * duration.count * ELAPSED[duration.unit]
    except OverflowError:
        return END_OF_TIME if direction > 0 else BEGINNING_OF_TIME


NEAR_DAYS = {Period.YESTERDAY: -1, Period.TODAY: 0, Period.TOMORROW: 1}


# --- periods ---------------------------------------------------------------------------------------------------------


def period_days(period: Period, today: date, *, first_weekday: int, fiscal_start_month: int) -> tuple[date, date]:
    """The first and the last day of `period` (rule 21)."""
    if period in NEAR_DAYS:
        day = moved_by_days(today, NEAR_DAYS[period])
        return day, day
    which, _, kind = period.value.partition("_")
    steps = {"last": -1, "this": 0, "next": 1}[which]
    if kind == "week":
        return week_days(today, steps, first_weekday)
    months = {"month": 1, "quarter": 3, "year": 12, "fiscal_quarter": 3, "fiscal_year": 12}[kind]
    return month_group_days(today, steps, months, fiscal_start_month if kind.startswith("fiscal") else 1)


def week_days(today: date, steps: int, first_weekday: int) -> tuple[date, date]:
    into_week = (today.weekday() - first_weekday) % 7
    return moved_by_days(today, 7 * steps - into_week), moved_by_days(today, 7 * steps - into_week + 6)


def month_group_days(today: date, steps: int, months: int, first_month: int) -> tuple[date, date]:
    """The days of the group of `months` that holds today, `steps` groups on; groups are counted from `first_month`."""
    into_group = (today.month - first_month) % months
    first = moved_by_months(today.replace(day=1), months * steps - into_group)
    last_month = moved_by_months(today.replace(day=1), months * steps - into_group + months - 1)
    return first, last_month.replace(day=monthrange(last_month.year, last_month.month)[1])
