"""The moment of a question as one segment sees it: `as_of`, its zone, and the organization's calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import assert_never
from zoneinfo import ZoneInfo

from coterie.backends.reference.days import (
    ELAPSED,
    day_end,
    day_start,
    elapsed_later,
    local_day,
    moved_by,
    period_days,
)
from coterie.definition.nodes import (
    Anniversary,
    AnniversaryInLast,
    AnniversaryInNext,
    AnniversaryInPeriod,
    AnniversaryOn,
    BeforeLastWindow,
    BetweenWindow,
    Current,
    Duration,
    LastWindow,
    Partial,
    Period,
    PeriodWindow,
    SinceWindow,
    UntilWindow,
    Window,
)

__all__ = ["Clock", "celebrated_between"]


@dataclass(frozen=True, kw_only=True)
class Clock:
    """`as_of` is in UTC and of whole milliseconds."""

    as_of: datetime
    zone: ZoneInfo
    first_weekday: int
    fiscal_start_month: int

    @property
    def today(self) -> date:
        return local_day(self.as_of, self.zone)

    def start(self, day: date) -> datetime:
        return day_start(day, self.zone)

    def end(self, day: date) -> datetime:
        return day_end(day, self.zone)

    def day_of(self, moment: datetime) -> date:
        return local_day(moment, self.zone)

    def days_of(self, period: Period) -> tuple[date, date]:
        """The first and the last day of `period`."""
        return period_days(
            period, self.today, first_weekday=self.first_weekday, fiscal_start_month=self.fiscal_start_month
        )

    # --- the last and the next of a duration (rule 16) ---

    def day_back(self, duration: Duration) -> date:
        """The first day of the last `duration`."""
        if duration.unit in ELAPSED:
            return self.day_of(elapsed_later(self.as_of, duration, -1))
        return moved_by(self.today, duration, -1)

    def day_ahead(self, duration: Duration) -> date:
        """The last day of the next `duration`."""
        if duration.unit in ELAPSED:
            return self.day_of(elapsed_later(self.as_of, duration, 1))
        return moved_by(self.today, duration, 1)

    def is_in_last(self, moment: datetime, duration: Duration) -> bool:
        return moment <= self.as_of and not self.is_before_last(moment, duration)

    def is_before_last(self, moment: datetime, duration: Duration) -> bool:
        if duration.unit in ELAPSED:
            return moment < elapsed_later(self.as_of, duration, -1)
        return moment < self.start(self.day_back(duration))

    def is_in_next(self, moment: datetime, duration: Duration) -> bool:
        return moment > self.as_of and not self.is_after_next(moment, duration)

    def is_after_next(self, moment: datetime, duration: Duration) -> bool:
        if duration.unit in ELAPSED:
            return moment > elapsed_later(self.as_of, duration, 1)
        return moment >= self.end(self.day_ahead(duration))

    # --- windows of interactions (rules 12, 15, 16, 17) ---

    def sees(self, moment: datetime, window: Window | None) -> bool:
        """Whether an interaction of that moment is within `window`; nothing later than `as_of` ever is."""
        if moment > self.as_of:
            return False
        match window:
            case None:
                return True
            case LastWindow(duration=duration):
                return self.is_in_last(moment, duration)
            case BeforeLastWindow(duration=duration):
                return self.is_before_last(moment, duration)
            case BetweenWindow(start=first, end=last):
                return self.start(first) <= moment < self.end(last)
            case SinceWindow(start=first):
                return self.start(first) <= moment
            case UntilWindow(end=last):
                return moment < self.end(last)
            case PeriodWindow(period=period):
                first, last = self.days_of(period)
                return self.start(first) <= moment < self.end(last)
            case _:
                assert_never(window)

    # --- parts of a date and anniversaries (rules 20, 35) ---

    def has_parts(self, day: date, partial: Partial) -> bool:
        """Whether every part that is named holds."""
        today = self.today
        return (
            is_one_of(day.day, partial.days, today.day)
            and is_one_of(day.weekday(), partial.weekdays, today.weekday())
            and is_one_of(day.month, partial.months, today.month)
            and is_one_of(day.year, partial.years, today.year)
        )

    def has_anniversary(self, day: date, anniversary: Anniversary) -> bool:
        match anniversary:
            case AnniversaryInLast(duration=duration):
                return (day.month, day.day) in celebrated_between(self.day_back(duration), self.today)
            case AnniversaryInNext(duration=duration):
                return (day.month, day.day) in celebrated_between(self.today, self.day_ahead(duration))
            case AnniversaryInPeriod(period=period):
                return (day.month, day.day) in celebrated_between(*self.days_of(period))
            case AnniversaryOn():
                return (day.month, day.day) == (anniversary.month, anniversary.day)
            case _:
                assert_never(anniversary)


def is_one_of(part: int, named: tuple[int | Current, ...], current: int) -> bool:
    """Whether `part` is one of those `named`; where none is named the part is not asked about."""
    return not named or any(part == (current if name is Current.CURRENT else name) for name in named)


@lru_cache(maxsize=10_000)
def celebrated_between(first: date, last: date) -> frozenset[tuple[int, int]]:
    """Each (month, day) that is celebrated on a day from `first` to `last`, both included."""
    celebrated = set()
    for number in range(first.toordinal(), last.toordinal() + 1):
        day = date.fromordinal(number)
        celebrated.add((day.month, day.day))
        if (day.month, day.day) == (2, 28) and not has_29_february(day.year):
            celebrated.add((2, 29))
    return frozenset(celebrated)


def has_29_february(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
