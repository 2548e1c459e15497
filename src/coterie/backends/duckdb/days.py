"""Local days of instants, for many instants at once: by bounds that the engine computes from the zone (rule 22)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from coterie.planning.leaves import DayTest, YearlyDays
from coterie.values.times import DAY, local_day, midnight

__all__ = ["EPOCH_ORDINAL", "days_passing", "intervals_within", "local_day_numbers"]

EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


def local_day_numbers(instants: NDArray[np.int64], zone: ZoneInfo) -> NDArray[np.int64]:
    """The local day of each instant, in days since 1970-01-01.

    A day of UTC meets few local days: the bounds of those are looked up once per day of UTC that occurs.
    """
    if not len(instants):
        return np.zeros(0, dtype=np.int64)
    utc_days = instants // DAY
    first = int(utc_days.min())
    places = utc_days - first
    present = np.flatnonzero(np.bincount(places))
    table = np.zeros((int(places.max()) + 1, 4), dtype=np.int64)
    for place in present:
        table[place] = _day_and_next_midnights((first + int(place)) * DAY, zone)
    days: NDArray[np.int64] = table[places, 0]
    for column in (1, 2, 3):  # a missing day is passed over because its two midnights are one
        days += instants >= table[places, column]
    return days


@lru_cache(maxsize=1 << 14)
def _day_and_next_midnights(instant: int, zone: ZoneInfo) -> tuple[int, int, int, int]:
    day = local_day(instant, zone)
    ahead = [_midnight_or_never(day, count, zone) for count in (1, 2, 3)]
    return day.toordinal() - EPOCH_ORDINAL, ahead[0], ahead[1], ahead[2]


def _midnight_or_never(day: date, count: int, zone: ZoneInfo) -> int:
    number = day.toordinal() + count
    if number > date.max.toordinal():
        return int(np.iinfo(np.int64).max)
    return midnight(date.fromordinal(number), zone)


def days_passing(test: DayTest, numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which days, in days since 1970-01-01, pass a test."""
    days = numbers.astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    month = months.astype(np.int64) % 12 + 1
    day = (days - months).astype(np.int64) + 1
    if isinstance(test, YearlyDays):
        return np.isin(month * 100 + day, [a * 100 + b for a, b in test.days])
    year = days.astype("datetime64[Y]").astype(np.int64) + 1970
    weekday = (numbers + 3) % 7  # 1970-01-01 was a Thursday
    passing = np.ones(len(numbers), dtype=np.bool_)
    for parts, values in ((test.days, day), (test.weekdays, weekday), (test.months, month), (test.years, year)):
        if parts:
            passing &= np.isin(values, parts)
    return passing


def intervals_within(
    utc_days: Iterable[int], holds: Callable[[date], bool], zone: ZoneInfo
) -> Iterator[tuple[int, int, int]]:
    """Per day of UTC (days since 1970), the instants `[start, end)` in it whose local day `holds`."""
    for utc_day in utc_days:
        start, stop = utc_day * DAY, (utc_day + 1) * DAY
        while start < stop:
            day = local_day(start, zone)
            end = stop if day == date.max else min(midnight(day + timedelta(days=1), zone), stop)
            if holds(day):
                yield utc_day, start, end
            start = end
