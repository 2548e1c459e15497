"""The moment of a question, and the absolute bounds that relative dates have at that moment.

Every bound is half-open, `[start, end)`: of days, or of instants (milliseconds since 1970 UTC). None is unbounded.
Sources: semantics, rules 15 to 21.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Generic, TypeVar, assert_never
from zoneinfo import ZoneInfo

from coterie.catalog.model import Organization
from coterie.definition.nodes import (
    Anniversary,
    AnniversaryInLast,
    AnniversaryInNext,
    AnniversaryInPeriod,
    AnniversaryOn,
    BeforeLastWindow,
    BetweenWindow,
    Duration,
    LastWindow,
    Period,
    PeriodWindow,
    SinceWindow,
    Unit,
    UntilWindow,
    Window,
)
from coterie.values.times import DAY, FIRST_INSTANT, LAST_INSTANT, local_day, midnight

__all__ = ["ELAPSED", "Between", "Clock", "add_months", "add_units"]

ELAPSED = {Unit.MINUTES: 60_000, Unit.HOURS: 3_600_000, Unit.ROLLING_DAYS: DAY}
"""The units of elapsed time, in milliseconds; all others follow the calendar."""

_DAYS = {Unit.DAYS: 1, Unit.WEEKS: 7}
_MONTHS = {Unit.MONTHS: 1, Unit.QUARTERS: 3, Unit.YEARS: 12}

Point = TypeVar("Point", date, int)


@dataclass(frozen=True, slots=True)
class Between(Generic[Point]):
    """What lies in `[start, end)`; None is unbounded."""

    start: Point | None = None
    end: Point | None = None


def add_months(day: date, months: int) -> date:
    """`day` so many months on (or back): the same day, or the month's last. Stops at the calendar's ends."""
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    if year < date.min.year:
        return date.min
    if year > date.max.year:
        return date.max
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def add_days(day: date, days: int) -> date:
    """`day` so many days on (or back). Stops at the calendar's first and last day."""
    return date.fromordinal(min(max(day.toordinal() + days, date.min.toordinal()), date.max.toordinal()))


def add_units(day: date, count: int, unit: Unit) -> date:
    """`day` so many calendar units on (or back, where `count` is negative)."""
    if unit in _DAYS:
        return add_days(day, count * _DAYS[unit])
    return add_months(day, count * _MONTHS[unit])


@dataclass(frozen=True)
class Clock:
    """An instant in a zone, for an organization. `as_of` is in milliseconds since 1970 UTC."""

    as_of: int
    zone: ZoneInfo
    organization: Organization

    @cached_property
    def today(self) -> date:
        return local_day(self.as_of, self.zone)

    # --- from days to instants

    def instants(self, days: Between[date]) -> Between[int]:
        """The instants of those local days."""
        start = None if days.start is None else midnight(days.start, self.zone)
        end = None if days.end is None else midnight(days.end, self.zone)
        return Between(start, end)

    def through(self, first: date | None, last: date | None) -> Between[date]:
        """From `first` to `last`, both included. The calendar's last day has no end."""
        return Between(first, None if last is None or last == date.max else last + timedelta(days=1))

    # --- `last` and `next`

    def last_days(self, duration: Duration) -> Between[date]:
        """For a date: from the day n units before today to today."""
        return self.through(add_units(self.today, -duration.count, duration.unit), self.today)

    def next_days(self, duration: Duration) -> Between[date]:
        """For a date: from today to the day n units ahead."""
        return self.through(self.today, add_units(self.today, duration.count, duration.unit))

    def last_instants(self, duration: Duration) -> Between[int]:
        """From the midnight that begins the day n units before today, for elapsed units from so long ago, to now."""
        if duration.unit in ELAPSED:
            start = max(self.as_of - duration.count * ELAPSED[duration.unit], FIRST_INSTANT)
        else:
            start = midnight(add_units(self.today, -duration.count, duration.unit), self.zone)
        return Between(start, self.as_of + 1)

    def next_instants(self, duration: Duration) -> Between[int]:
        """After now, to the end of the local day n units ahead, or for elapsed units exactly so long from now."""
        if duration.unit in ELAPSED:
            return Between(self.as_of + 1, min(self.as_of + duration.count * ELAPSED[duration.unit], LAST_INSTANT) + 1)
        return Between(self.as_of + 1, self.instants(self.next_days(duration)).end)

    # --- periods

    def period(self, period: Period) -> Between[date]:
        """The days of a named period; `last_` and `next_` are the whole one before and after the one of today."""
        match period:
            case Period.TODAY | Period.YESTERDAY | Period.TOMORROW:
                day = add_days(self.today, _DAY_SHIFT[period])
                return self.through(day, day)
            case Period.THIS_WEEK | Period.LAST_WEEK | Period.NEXT_WEEK:
                passed = (self.today.weekday() - self.organization.first_weekday) % 7
                first = add_days(self.today, 7 * _SHIFT[period.value[:4]] - passed)
                return self.through(first, add_days(first, 6))
            case _:
                return self._months(period)

    def _months(self, period: Period) -> Between[date]:
        shift, kind = _SHIFT[period.value[:4]], period.value[5:]
        length = _MONTHS_OF[kind]
        first_month = self.organization.fiscal_start_month if kind.startswith("fiscal_") else 1
        passed = (self.today.month - first_month) % length
        first = add_months(self.today.replace(day=1), shift * length - passed)
        last = add_months(first, length - 1)
        return self.through(first, last.replace(day=calendar.monthrange(last.year, last.month)[1]))

    # --- windows of interactions

    def window(self, window: Window | None) -> Between[int]:
        """When an interaction has to have occurred to be counted. Its end is never after now (rule 15)."""
        between = self.whole_window(window)
        visible = self.as_of + 1  # an interaction exactly at `as_of` counts
        return Between(between.start, visible if between.end is None else min(between.end, visible))

    def whole_window(self, window: Window | None) -> Between[int]:
        """What a window names, though some of it may lie ahead."""
        match window:
            case None:
                return Between()
            case LastWindow(duration=duration):
                return self.last_instants(duration)
            case BeforeLastWindow(duration=duration):
                return Between(None, self.last_instants(duration).start)
            case BetweenWindow(start=start, end=end):
                return self.instants(self.through(start, end))
            case SinceWindow(start=start):
                return self.instants(self.through(start, None))
            case UntilWindow(end=end):
                return self.instants(self.through(None, end))
            case PeriodWindow(period=period):
                return self.instants(self.period(period))
            case _:
                assert_never(window)

    # --- anniversaries

    def anniversary_days(self, anniversary: Anniversary) -> frozenset[tuple[int, int]]:
        """The (month, day) pairs whose anniversary falls into the window (rule 20)."""
        match anniversary:
            case AnniversaryOn(month=month, day=day):
                return frozenset({(month, day)})
            case AnniversaryInLast(duration=duration):
                return _celebrated(self._days_back(duration), self.today)
            case AnniversaryInNext(duration=duration):
                return _celebrated(self.today, self._days_ahead(duration))
            case AnniversaryInPeriod(period=period):
                days = self.period(period)
                first = days.start or date.min
                return _celebrated(first, date.max if days.end is None else add_days(days.end, -1))
            case _:
                assert_never(anniversary)

    def _days_back(self, duration: Duration) -> date:
        if duration.unit not in ELAPSED:
            return add_units(self.today, -duration.count, duration.unit)
        start = self.last_instants(duration).start
        assert start is not None
        return local_day(start, self.zone)

    def _days_ahead(self, duration: Duration) -> date:
        if duration.unit not in ELAPSED:
            return add_units(self.today, duration.count, duration.unit)
        end = self.next_instants(duration).end
        assert end is not None
        return local_day(end - 1, self.zone)


_SHIFT = {"last": -1, "this": 0, "next": 1}
_DAY_SHIFT = {Period.YESTERDAY: -1, Period.TODAY: 0, Period.TOMORROW: 1}
_MONTHS_OF = {"month": 1, "quarter": 3, "year": 12, "fiscal_quarter": 3, "fiscal_year": 12}

_LEAP_DAY = (2, 29)

_YEARLY = tuple(
    (day.month, day.day) for day in (date.fromordinal(date(2000, 1, 1).toordinal() + passed) for passed in range(366))
)
"""The (month, day) pairs of a leap year, in order."""

_PLACE = {pair: place for place, pair in enumerate(_YEARLY)}


def _celebrated(first: date, last: date) -> frozenset[tuple[int, int]]:
    """The (month, day) pairs celebrated from `first` to `last`; 29 February on the 28th of other years."""
    if (last - first).days >= 366:
        return frozenset(_YEARLY)
    start, end = _PLACE[first.month, first.day], _PLACE[last.month, last.day]
    passed = _YEARLY[start : end + 1] if first.year == last.year else (*_YEARLY[start:], *_YEARLY[: end + 1])
    # Over the end of February the slice holds the 29th of every year: celebrated then on the 28th, if not itself.
    if (last.month, last.day) == (2, 28) and not calendar.isleap(last.year):
        return frozenset((*passed, _LEAP_DAY))
    return frozenset(passed)
