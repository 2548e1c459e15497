"""Where local days begin, and how days are counted (rules 16, 18, 21): dates and instants looked up by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from coterie.backends.reference.days import day_end, day_start, elapsed_later, local_day, moved_by, period_days
from coterie.definition.nodes import Duration, Period, Unit


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "day", "begins"),
    [
        ("UTC", date(2026, 11, 23), "2026-11-23T00:00"),
        ("America/New_York", date(2026, 11, 23), "2026-11-23T05:00"),
        ("Asia/Kathmandu", date(2026, 11, 23), "2026-11-22T18:15"),
        ("Africa/Cairo", date(2023, 4, 28), "2023-04-27T22:00"),  # midnight is skipped: from 01:00
        ("America/Havana", date(2026, 11, 1), "2026-11-01T04:00"),  # 00:00 to 01:00 occurs twice: the earlier
        ("America/Toronto", date(1919, 3, 31), "1919-03-31T04:30"),  # 23:30 is followed by 00:30
        ("America/St_Johns", date(2007, 11, 4), "2007-11-04T02:30"),  # a minute of it, then the hour before again
        ("Pacific/Apia", date(2011, 12, 30), "2011-12-30T10:00"),  # a day that never was
        ("Pacific/Apia", date(2011, 12, 31), "2011-12-30T10:00"),
        ("Africa/Monrovia", date(1972, 1, 6), "1972-01-06T00:44:30"),  # an offset with seconds
        ("Asia/Tokyo", date(1, 1, 1), "0001-01-01T00:00"),  # the calendar begins within it
    ],
)
def test_a_day_begins_when_the_wall_first_shows_it(zone, day, begins):
    assert day_start(day, ZoneInfo(zone)) == utc(begins)


def test_a_day_lasts_23_to_25_hours_where_clocks_change():
    paris = ZoneInfo("Europe/Paris")

    def hours(day: date) -> float:
        return (day_end(day, paris) - day_start(day, paris)).total_seconds() / 3600

    assert (hours(date(2026, 3, 29)), hours(date(2026, 3, 30)), hours(date(2026, 10, 25))) == (23, 24, 25)


@pytest.mark.parametrize(
    ("zone", "moment", "day"),
    [
        ("America/New_York", "2026-11-23T04:59:59.999", date(2026, 11, 22)),
        ("America/New_York", "2026-11-23T05:00", date(2026, 11, 23)),
        ("America/St_Johns", "2007-11-04T02:29", date(2007, 11, 3)),
        ("America/St_Johns", "2007-11-04T02:45", date(2007, 11, 4)),  # the wall shows 23:15 of the 3rd again
        ("Pacific/Apia", "2011-12-30T09:59", date(2011, 12, 29)),
        ("Pacific/Apia", "2011-12-30T10:00", date(2011, 12, 31)),
        ("America/New_York", "0001-01-01T00:00", date(1, 1, 1)),
        ("Asia/Tokyo", "9999-12-31T23:00", date(9999, 12, 31)),
    ],
)
def test_the_day_of_an_instant_is_the_one_that_holds_it(zone, moment, day):
    assert local_day(utc(moment), ZoneInfo(zone)) == day


@pytest.mark.parametrize(
    ("day", "count", "unit", "direction", "there"),
    [
        (date(2026, 3, 1), 1, Unit.DAYS, -1, date(2026, 2, 28)),
        (date(2026, 11, 23), 2, Unit.WEEKS, 1, date(2026, 12, 7)),
        (date(2026, 3, 31), 1, Unit.MONTHS, -1, date(2026, 2, 28)),
        (date(2026, 3, 31), 13, Unit.MONTHS, -1, date(2025, 2, 28)),  # once, not month by month
        (date(2026, 11, 30), 1, Unit.QUARTERS, 1, date(2027, 2, 28)),
        (date(2024, 2, 29), 1, Unit.YEARS, 1, date(2025, 2, 28)),
        (date(2024, 2, 29), 4, Unit.YEARS, -1, date(2020, 2, 29)),
        (date(50, 1, 1), 100, Unit.YEARS, -1, date.min),
        (date(9999, 1, 1), 100, Unit.WEEKS, 1, date.max),
        (date(9999, 12, 1), 1, Unit.MONTHS, 1, date.max),
    ],
)
def test_months_keep_the_day_or_take_their_last(day, count, unit, direction, there):
    assert moved_by(day, Duration(count=count, unit=unit), direction) == there


@pytest.mark.parametrize(
    ("count", "unit", "there"),
    [
        (90, Unit.MINUTES, "2026-10-25T10:30"),
        (36, Unit.HOURS, "2026-10-24T00:00"),
        (2, Unit.ROLLING_DAYS, "2026-10-23T12:00"),
        (10**9, Unit.HOURS, "0001-01-01T00:00"),
    ],
)
def test_elapsed_time_knows_no_calendar(count, unit, there):
    assert elapsed_later(utc("2026-10-25T12:00"), Duration(count=count, unit=unit), -1) == utc(there)


MONDAY, SUNDAY, JANUARY, APRIL, NOVEMBER = 0, 6, 1, 4, 11


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        (Period.TODAY, date(2026, 11, 23), date(2026, 11, 23)),
        (Period.YESTERDAY, date(2026, 11, 22), date(2026, 11, 22)),
        (Period.TOMORROW, date(2026, 11, 24), date(2026, 11, 24)),
        (Period.THIS_WEEK, date(2026, 11, 23), date(2026, 11, 29)),
        (Period.LAST_WEEK, date(2026, 11, 16), date(2026, 11, 22)),
        (Period.NEXT_WEEK, date(2026, 11, 30), date(2026, 12, 6)),
        (Period.THIS_MONTH, date(2026, 11, 1), date(2026, 11, 30)),
        (Period.LAST_MONTH, date(2026, 10, 1), date(2026, 10, 31)),
        (Period.NEXT_MONTH, date(2026, 12, 1), date(2026, 12, 31)),
        (Period.THIS_QUARTER, date(2026, 10, 1), date(2026, 12, 31)),
        (Period.LAST_QUARTER, date(2026, 7, 1), date(2026, 9, 30)),
        (Period.NEXT_QUARTER, date(2027, 1, 1), date(2027, 3, 31)),
        (Period.THIS_YEAR, date(2026, 1, 1), date(2026, 12, 31)),
        (Period.LAST_YEAR, date(2025, 1, 1), date(2025, 12, 31)),
        (Period.NEXT_YEAR, date(2027, 1, 1), date(2027, 12, 31)),
        (Period.THIS_FISCAL_QUARTER, date(2026, 10, 1), date(2026, 12, 31)),
        (Period.LAST_FISCAL_QUARTER, date(2026, 7, 1), date(2026, 9, 30)),
        (Period.NEXT_FISCAL_QUARTER, date(2027, 1, 1), date(2027, 3, 31)),
        (Period.THIS_FISCAL_YEAR, date(2026, 4, 1), date(2027, 3, 31)),
        (Period.LAST_FISCAL_YEAR, date(2025, 4, 1), date(2026, 3, 31)),
        (Period.NEXT_FISCAL_YEAR, date(2027, 4, 1), date(2028, 3, 31)),
    ],
)
def test_periods_with_a_fiscal_year_from_april(period, first, last):
    today = date(2026, 11, 23)
    assert period_days(period, today, first_weekday=MONDAY, fiscal_start_month=APRIL) == (first, last)


@pytest.mark.parametrize(
    ("period", "today", "weekday", "month", "first", "last"),
    [
        (Period.THIS_WEEK, date(2026, 11, 23), SUNDAY, JANUARY, date(2026, 11, 22), date(2026, 11, 28)),
        (Period.THIS_WEEK, date(2026, 11, 22), MONDAY, JANUARY, date(2026, 11, 16), date(2026, 11, 22)),
        (Period.THIS_FISCAL_YEAR, date(2026, 10, 31), MONDAY, NOVEMBER, date(2025, 11, 1), date(2026, 10, 31)),
        (Period.THIS_FISCAL_QUARTER, date(2026, 1, 31), MONDAY, NOVEMBER, date(2025, 11, 1), date(2026, 1, 31)),
        (Period.LAST_MONTH, date(2026, 3, 31), MONDAY, JANUARY, date(2026, 2, 1), date(2026, 2, 28)),
        (Period.THIS_YEAR, date(9999, 6, 1), MONDAY, JANUARY, date(9999, 1, 1), date(9999, 12, 31)),
    ],
)
def test_weeks_and_fiscal_years_start_where_the_organization_says(period, today, weekday, month, first, last):
    assert period_days(period, today, first_weekday=weekday, fiscal_start_month=month) == (first, last)
