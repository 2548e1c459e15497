"""Relative dates have the bounds that the rules name (semantics, rules 15 to 18, 20 and 21)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from planning_shop import NOON, clock, instant

from coterie.definition.nodes import (
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
)
from coterie.planning.clock import Between, add_days, add_months, add_units, spanning
from coterie.values.times import FIRST_INSTANT, LAST_INSTANT

NOW = instant(NOON)


def duration(count: int, unit: str) -> Duration:
    return Duration(count=count, unit=Unit(unit))


# --- counting days and months ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        ("2026-11-23", 1, "2026-12-23"),
        ("2026-11-23", 2, "2027-01-23"),
        ("2026-01-31", 1, "2026-02-28"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2026-03-31", -1, "2026-02-28"),
        ("2026-01-15", -1, "2025-12-15"),
        ("2024-02-29", -12, "2023-02-28"),
        ("2024-02-29", 48, "2028-02-29"),
        ("2026-08-31", 13, "2027-09-30"),
        ("2026-11-23", 0, "2026-11-23"),
        ("0001-02-28", -1, "0001-01-28"),
        ("0001-01-31", -1, "0001-01-01"),
        ("9999-11-30", 1, "9999-12-30"),
        ("9999-12-01", 1, "9999-12-31"),
    ],
)
def test_months_keep_the_day_or_take_the_months_last(day: str, months: int, expected: str) -> None:
    assert add_months(date.fromisoformat(day), months) == date.fromisoformat(expected)


def test_days_stop_at_the_ends_of_the_calendar() -> None:
    assert add_days(date(2026, 2, 28), 1) == date(2026, 3, 1)
    assert add_days(date(2026, 1, 1), -1) == date(2025, 12, 31)
    assert add_days(date(1, 1, 2), -1) == date(1, 1, 1)
    assert add_days(date(1, 1, 2), -2) == date(1, 1, 1)
    assert add_days(date(9999, 12, 30), 1) == date(9999, 12, 31)
    assert add_days(date(9999, 12, 30), 2) == date(9999, 12, 31)


@pytest.mark.parametrize(
    ("unit", "ahead", "back"),
    [
        ("days", "2026-11-25", "2026-11-21"),
        ("weeks", "2026-12-07", "2026-11-09"),
        ("months", "2027-01-23", "2026-09-23"),
        ("quarters", "2027-05-23", "2026-05-23"),
        ("years", "2028-11-23", "2024-11-23"),
    ],
)
def test_every_calendar_unit_has_its_length(unit: str, ahead: str, back: str) -> None:
    assert add_units(date(2026, 11, 23), 2, Unit(unit)) == date.fromisoformat(ahead)
    assert add_units(date(2026, 11, 23), -2, Unit(unit)) == date.fromisoformat(back)


# --- today, and from days to instants --------------------------------------------------------------------------------


def test_today_is_the_local_date_in_the_zone() -> None:
    late = "2026-11-23T23:30+00:00"
    assert clock(late).today == date(2026, 11, 23)
    assert clock(late, "Europe/Paris").today == date(2026, 11, 24)
    assert clock(late, "America/New_York").today == date(2026, 11, 23)
    assert clock("2026-11-23T02:00+00:00", "America/New_York").today == date(2026, 11, 22)


@pytest.mark.parametrize(
    ("day", "start", "hours"),
    [
        ((2026, 3, 28), "2026-03-28T00:00+01:00", 24),
        ((2026, 3, 29), "2026-03-29T00:00+01:00", 23),
        ((2026, 10, 25), "2026-10-25T00:00+02:00", 25),
        ((2026, 10, 26), "2026-10-26T00:00+01:00", 24),
    ],
)
def test_a_local_day_has_23_to_25_hours(day: tuple[int, int, int], start: str, hours: int) -> None:
    paris = clock(zone="Europe/Paris")
    bounds = paris.instants(paris.through(date(*day), date(*day)))
    assert bounds == Between(instant(start), instant(start) + hours * 3_600_000)


def test_days_without_an_end_have_none_as_instants() -> None:
    here = clock()
    assert here.instants(Between()) == Between(None, None)
    assert here.through(None, None) == Between(None, None)
    assert here.instants(Between(date(2026, 11, 23), None)) == Between(instant("2026-11-23T00:00+00:00"), None)
    assert here.instants(Between(None, date(2026, 11, 23))) == Between(None, instant("2026-11-23T00:00+00:00"))


def test_the_calendars_last_day_has_no_end() -> None:
    assert clock().through(date(9999, 12, 30), date(9999, 12, 31)) == Between(date(9999, 12, 30), None)
    assert clock().through(date(9999, 12, 30), date(9999, 12, 30)) == Between(date(9999, 12, 30), date(9999, 12, 31))


# --- last and next ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "unit", "start"),
    [
        (5, "minutes", "2026-11-23T11:55+00:00"),
        (2, "hours", "2026-11-23T10:00+00:00"),
        (3, "rolling_days", "2026-11-20T12:00+00:00"),
        (1, "days", "2026-11-22T00:00+00:00"),
        (2, "weeks", "2026-11-09T00:00+00:00"),
        (9, "months", "2026-02-23T00:00+00:00"),
        (1, "quarters", "2026-08-23T00:00+00:00"),
        (1, "years", "2025-11-23T00:00+00:00"),
    ],
)
def test_last_is_from_a_midnight_or_so_long_ago_to_now(count: int, unit: str, start: str) -> None:
    assert clock().last_instants(duration(count, unit)) == Between(instant(start), NOW + 1)


@pytest.mark.parametrize(
    ("count", "unit", "end"),
    [
        (5, "minutes", "2026-11-23T12:05:00.001+00:00"),
        (2, "hours", "2026-11-23T14:00:00.001+00:00"),
        (3, "rolling_days", "2026-11-26T12:00:00.001+00:00"),
        (1, "days", "2026-11-25T00:00+00:00"),
        (2, "weeks", "2026-12-08T00:00+00:00"),
        (1, "months", "2026-12-24T00:00+00:00"),
        (1, "quarters", "2027-02-24T00:00+00:00"),
        (1, "years", "2027-11-24T00:00+00:00"),
    ],
)
def test_next_is_after_now_to_the_end_of_a_day_or_so_far_ahead(count: int, unit: str, end: str) -> None:
    assert clock().next_instants(duration(count, unit)) == Between(NOW + 1, instant(end))


def test_last_and_next_of_dates_are_whole_days() -> None:
    assert clock().last_days(duration(7, "days")) == Between(date(2026, 11, 16), date(2026, 11, 24))
    assert clock().next_days(duration(7, "days")) == Between(date(2026, 11, 23), date(2026, 12, 1))
    assert clock("2024-02-29T12:00+00:00").last_days(duration(1, "years")) == Between(
        date(2023, 2, 28), date(2024, 3, 1)
    )


def test_the_zone_says_where_the_day_begins() -> None:
    assert clock(zone="America/New_York").last_instants(duration(1, "days")).start == instant("2026-11-22T00:00-05:00")
    monday_after_the_change = clock("2026-03-30T12:00+02:00", "Europe/Paris")
    assert monday_after_the_change.last_instants(duration(2, "days")).start == instant("2026-03-28T00:00+01:00")
    assert monday_after_the_change.last_instants(duration(2, "rolling_days")).start == instant("2026-03-28T12:00+02:00")


def test_windows_stop_at_the_ends_of_the_calendar() -> None:
    first = clock("0001-01-02T12:00+00:00")
    assert first.last_instants(duration(100, "years")).start == FIRST_INSTANT
    assert first.last_instants(duration(3, "rolling_days")).start == FIRST_INSTANT
    assert first.last_instants(duration(1, "rolling_days")).start == FIRST_INSTANT + 12 * 3_600_000
    last = clock("9999-12-30T12:00+00:00")
    assert last.next_instants(duration(100, "years")).end is None
    assert last.next_instants(duration(3, "rolling_days")).end == LAST_INSTANT + 1
    assert last.next_instants(duration(1, "rolling_days")).end == instant("9999-12-31T12:00:00.001+00:00")


# --- periods ---------------------------------------------------------------------------------------------------------

PERIODS = {
    "today": ("2026-11-23", "2026-11-24"),
    "yesterday": ("2026-11-22", "2026-11-23"),
    "tomorrow": ("2026-11-24", "2026-11-25"),
    "this_week": ("2026-11-23", "2026-11-30"),
    "last_week": ("2026-11-16", "2026-11-23"),
    "next_week": ("2026-11-30", "2026-12-07"),
    "this_month": ("2026-11-01", "2026-12-01"),
    "last_month": ("2026-10-01", "2026-11-01"),
    "next_month": ("2026-12-01", "2027-01-01"),
    "this_quarter": ("2026-10-01", "2027-01-01"),
    "last_quarter": ("2026-07-01", "2026-10-01"),
    "next_quarter": ("2027-01-01", "2027-04-01"),
    "this_year": ("2026-01-01", "2027-01-01"),
    "last_year": ("2025-01-01", "2026-01-01"),
    "next_year": ("2027-01-01", "2028-01-01"),
    "this_fiscal_quarter": ("2026-11-01", "2027-02-01"),
    "last_fiscal_quarter": ("2026-08-01", "2026-11-01"),
    "next_fiscal_quarter": ("2027-02-01", "2027-05-01"),
    "this_fiscal_year": ("2026-02-01", "2027-02-01"),
    "last_fiscal_year": ("2025-02-01", "2026-02-01"),
    "next_fiscal_year": ("2027-02-01", "2028-02-01"),
}
"""Each on 23 November 2026, where fiscal years begin in February."""


def days(start: str, end: str) -> Between[date]:
    return Between(date.fromisoformat(start), date.fromisoformat(end))


@pytest.mark.parametrize("period", Period)
def test_every_period_is_whole(period: Period) -> None:
    assert clock(fiscal_start_month=2).period(period) == days(*PERIODS[period.value])


@pytest.mark.parametrize(
    ("first_weekday", "start"),
    [(0, "2026-11-23"), (1, "2026-11-17"), (5, "2026-11-21"), (6, "2026-11-22")],
)
def test_weeks_start_on_the_organizations_first_weekday(first_weekday: int, start: str) -> None:
    week = clock(first_weekday=first_weekday).period(Period.THIS_WEEK)
    first = date.fromisoformat(start)
    assert week == Between(first, add_days(first, 7))


@pytest.mark.parametrize(
    ("month", "year", "quarter"),
    [
        (1, "2026-01-01", "2026-10-01"),
        (4, "2026-04-01", "2026-10-01"),
        (11, "2026-11-01", "2026-11-01"),
        (12, "2025-12-01", "2026-09-01"),
    ],
)
def test_fiscal_years_start_in_the_organizations_month(month: int, year: str, quarter: str) -> None:
    here = clock(fiscal_start_month=month)
    assert here.period(Period.THIS_FISCAL_YEAR).start == date.fromisoformat(year)
    assert here.period(Period.THIS_FISCAL_QUARTER).start == date.fromisoformat(quarter)
    assert here.period(Period.THIS_YEAR).start == date(2026, 1, 1)
    assert here.period(Period.THIS_QUARTER).start == date(2026, 10, 1)


def test_the_month_around_a_leap_day() -> None:
    assert clock("2024-02-29T12:00+00:00").period(Period.THIS_MONTH) == days("2024-02-01", "2024-03-01")
    assert clock("2024-03-31T12:00+00:00").period(Period.LAST_MONTH) == days("2024-02-01", "2024-03-01")
    assert clock("2026-01-31T12:00+00:00").period(Period.NEXT_MONTH) == days("2026-02-01", "2026-03-01")


# --- windows of interactions -----------------------------------------------------------------------------------------


def test_without_a_window_all_time_up_to_now_counts() -> None:
    assert clock().window(None) == Between(None, NOW + 1)


def test_last_and_before_last_share_out_the_past() -> None:
    month = duration(30, "days")
    start = instant("2026-10-24T00:00+00:00")
    assert clock().window(LastWindow(duration=month)) == Between(start, NOW + 1)
    assert clock().window(BeforeLastWindow(duration=month)) == Between(None, start)


def test_named_days_are_included_and_never_pass_now() -> None:
    here = clock(zone="Europe/Paris")
    first, last = date(2026, 11, 1), date(2026, 11, 10)
    start, end = instant("2026-11-01T00:00+01:00"), instant("2026-11-11T00:00+01:00")
    assert here.window(BetweenWindow(start=first, end=last)) == Between(start, end)
    assert here.window(SinceWindow(start=first)) == Between(start, NOW + 1)
    assert here.window(UntilWindow(end=last)) == Between(None, end)
    assert here.window(UntilWindow(end=date(2026, 11, 23))) == Between(None, NOW + 1)
    assert here.window(UntilWindow(end=date(9999, 12, 31))) == Between(None, NOW + 1)
    assert here.window(BetweenWindow(start=first, end=date(2027, 1, 1))) == Between(start, NOW + 1)


def test_a_period_that_is_not_over_ends_now() -> None:
    start, end = instant("2026-10-01T00:00+00:00"), instant("2026-11-01T00:00+00:00")
    assert clock().window(PeriodWindow(period=Period.LAST_MONTH)) == Between(start, end)
    assert clock().window(PeriodWindow(period=Period.THIS_MONTH)) == Between(end, NOW + 1)


# --- anniversaries ---------------------------------------------------------------------------------------------------


def pairs(*texts: str) -> frozenset[tuple[int, int]]:
    return frozenset((int(text[:2]), int(text[3:])) for text in texts)


@pytest.mark.parametrize(
    ("as_of", "count", "unit", "expected"),
    [
        ("2026-11-23T12:00+00:00", 2, "days", pairs("11-21", "11-22", "11-23")),
        ("2026-01-01T12:00+00:00", 2, "days", pairs("12-30", "12-31", "01-01")),
        ("2026-02-28T12:00+00:00", 1, "days", pairs("02-27", "02-28", "02-29")),
        ("2026-03-01T12:00+00:00", 1, "days", pairs("02-28", "02-29", "03-01")),
        ("2024-02-28T12:00+00:00", 1, "days", pairs("02-27", "02-28")),
        ("2024-03-01T12:00+00:00", 1, "days", pairs("02-29", "03-01")),
        ("2026-11-23T00:30+00:00", 1, "hours", pairs("11-22", "11-23")),
        ("2026-11-23T01:00+00:00", 1, "hours", pairs("11-23")),
        ("2026-11-23T12:00+00:00", 2, "rolling_days", pairs("11-21", "11-22", "11-23")),
    ],
)
def test_anniversaries_of_the_last_days(as_of: str, count: int, unit: str, expected: object) -> None:
    assert clock(as_of).anniversary_days(AnniversaryInLast(duration=duration(count, unit))) == expected


@pytest.mark.parametrize(
    ("as_of", "count", "unit", "expected"),
    [
        ("2026-11-23T12:00+00:00", 2, "days", pairs("11-23", "11-24", "11-25")),
        ("2026-12-31T12:00+00:00", 2, "days", pairs("12-31", "01-01", "01-02")),
        ("2026-02-27T12:00+00:00", 1, "days", pairs("02-27", "02-28", "02-29")),
        ("2024-02-28T12:00+00:00", 1, "days", pairs("02-28", "02-29")),
        ("2026-11-23T23:30+00:00", 1, "hours", pairs("11-23", "11-24")),
        ("2026-11-23T23:00+00:00", 1, "hours", pairs("11-23", "11-24")),
        ("2026-11-23T22:59:59.999+00:00", 1, "hours", pairs("11-23")),
        ("9999-12-30T12:00+00:00", 9, "days", pairs("12-30", "12-31")),
    ],
)
def test_anniversaries_of_the_next_days(as_of: str, count: int, unit: str, expected: object) -> None:
    assert clock(as_of).anniversary_days(AnniversaryInNext(duration=duration(count, unit))) == expected


def test_a_named_day_is_that_pair_alone() -> None:
    assert clock().anniversary_days(AnniversaryOn(month=2, day=28)) == pairs("02-28")
    assert clock().anniversary_days(AnniversaryOn(month=2, day=29)) == pairs("02-29")


def test_anniversaries_of_a_period() -> None:
    today = AnniversaryInPeriod(period=Period.TODAY)
    assert clock().anniversary_days(today) == pairs("11-23")
    assert clock("9999-12-31T12:00+00:00").anniversary_days(today) == pairs("12-31")
    month = clock().anniversary_days(AnniversaryInPeriod(period=Period.NEXT_MONTH))
    assert month == frozenset((12, day) for day in range(1, 32))


def test_in_a_whole_year_every_day_is_celebrated_once() -> None:
    for year in ("2024", "2026", "1900"):
        found = clock(f"{year}-07-01T12:00+00:00").anniversary_days(AnniversaryInPeriod(period=Period.THIS_YEAR))
        assert len(found) == 366
    assert len(clock().anniversary_days(AnniversaryInLast(duration=duration(100, "years")))) == 366


def test_a_window_that_just_misses_28_february_celebrates_no_29th() -> None:
    def in_last(days: int, as_of: str) -> frozenset[tuple[int, int]]:
        return clock(as_of).anniversary_days(AnniversaryInLast(duration=duration(days, "days")))

    every = frozenset((date(2000, 1, 1) + timedelta(days=passed)).timetuple()[1:3] for passed in range(366))
    assert in_last(364, "2028-02-28T12:00+00:00") == every - pairs("02-29")  # from 1 March 2027: 2028 has its own
    assert in_last(365, "2028-02-28T12:00+00:00") == every
    assert in_last(364, "2026-11-23T12:00+00:00") == every  # of 365 days; the 29th on the 28th
    assert in_last(363, "2026-11-23T12:00+00:00") == every - pairs("11-24")
    assert in_last(366, "2028-02-28T12:00+00:00") == every


# --- spans -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parts", "span"),
    [
        ([Between(1, 5)], Between(1, 5)),
        ([Between(3, 5), Between(1, 2), Between(2, 9)], Between(1, 9)),
        ([Between(3, 5), Between(None, 2)], Between(None, 5)),
        ([Between(3, None), Between(1, 2)], Between(1, None)),
    ],
)
def test_a_span_holds_all_of_its_parts(parts: list[Between[int]], span: Between[int]) -> None:
    assert spanning(parts) == span
