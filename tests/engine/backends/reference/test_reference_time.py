"""Windows that move with `as_of`, periods, parts of a date and anniversaries (rules 15, 16, 20, 21, 22, 35)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def seen(*moments: str) -> dict[str, list[dict[str, object]]]:
    """A contact for each moment, named by it, and one who was never seen."""
    return {"contact": [*({"id": moment, "seen": moment} for moment in moments), {"id": "never"}]}


def born(*days: str) -> dict[str, list[dict[str, object]]]:
    return {"contact": [*({"id": day, "born": day} for day in days), {"id": "never"}]}


def asked(attribute: str, operator: str, value: object) -> dict[str, object]:
    return {"where": {"attribute": attribute, "operator": operator, "value": value}}


def lasting(count: int, unit: str) -> dict[str, object]:
    return {"count": count, "unit": unit}


# as_of is 2026-11-23T12:00Z; the zone UTC.
@pytest.mark.parametrize(
    ("count", "unit", "just_before", "start"),
    [
        (30, "minutes", "2026-11-23T11:29:59.999Z", "2026-11-23T11:30:00Z"),
        (36, "hours", "2026-11-21T23:59:59.999Z", "2026-11-22T00:00:00Z"),
        (1, "rolling_days", "2026-11-22T11:59:59.999Z", "2026-11-22T12:00:00Z"),
        (1, "days", "2026-11-21T23:59:59.999Z", "2026-11-22T00:00:00Z"),
        (2, "weeks", "2026-11-08T23:59:59.999Z", "2026-11-09T00:00:00Z"),
        (9, "months", "2026-02-22T23:59:59.999Z", "2026-02-23T00:00:00Z"),
        (3, "quarters", "2026-02-22T23:59:59.999Z", "2026-02-23T00:00:00Z"),
        (1, "years", "2025-11-22T23:59:59.999Z", "2025-11-23T00:00:00Z"),
    ],
)
def test_the_last_runs_from_its_start_to_as_of_both_included(find, count, unit, just_before, start):
    tables = seen(just_before, start, "2026-11-23T12:00:00Z", "2026-11-23T12:00:00.001Z")
    value = lasting(count, unit)

    assert find(tables, asked("seen", "in_last", value)) == [start, "2026-11-23T12:00:00Z"]
    assert find(tables, asked("seen", "not_in_last", value)) == [just_before, "2026-11-23T12:00:00.001Z", "never"]
    assert find(tables, asked("seen", "before_last", value)) == [just_before]


@pytest.mark.parametrize(
    ("count", "unit", "final", "just_after"),
    [
        (30, "minutes", "2026-11-23T12:30:00Z", "2026-11-23T12:30:00.001Z"),
        (1, "hours", "2026-11-23T13:00:00Z", "2026-11-23T13:00:00.001Z"),
        (1, "rolling_days", "2026-11-24T12:00:00Z", "2026-11-24T12:00:00.001Z"),
        (1, "days", "2026-11-24T23:59:59.999Z", "2026-11-25T00:00:00Z"),
        (1, "weeks", "2026-11-30T23:59:59.999Z", "2026-12-01T00:00:00Z"),
        (3, "months", "2027-02-23T23:59:59.999Z", "2027-02-24T00:00:00Z"),
        (1, "quarters", "2027-02-23T23:59:59.999Z", "2027-02-24T00:00:00Z"),
        (1, "years", "2027-11-23T23:59:59.999Z", "2027-11-24T00:00:00Z"),
    ],
)
def test_the_next_runs_from_after_as_of_to_the_end_of_its_last_day(find, count, unit, final, just_after):
    tables = seen("2026-11-23T12:00:00Z", "2026-11-23T12:00:00.001Z", final, just_after)

    assert find(tables, asked("seen", "in_next", lasting(count, unit))) == ["2026-11-23T12:00:00.001Z", final]
    assert find(tables, asked("seen", "after_next", lasting(count, unit))) == [just_after]


def test_days_are_counted_back_with_today_among_them(find):
    days = born("2026-11-20", "2026-11-21", "2026-11-23", "2026-11-24", "2026-11-25", "2026-11-26")

    assert find(days, asked("born", "in_last", lasting(2, "days"))) == ["2026-11-21", "2026-11-23"]
    assert find(days, asked("born", "before_last", lasting(2, "days"))) == ["2026-11-20"]
    assert find(days, asked("born", "in_next", lasting(2, "days"))) == ["2026-11-23", "2026-11-24", "2026-11-25"]
    assert find(days, asked("born", "after_next", lasting(2, "days"))) == ["2026-11-26"]
    outside = ["2026-11-20", "2026-11-24", "2026-11-25", "2026-11-26", "never"]
    assert find(days, asked("born", "not_in_last", lasting(2, "days"))) == outside


def test_a_month_ago_takes_the_months_last_day(find):
    tables = seen("2026-02-27T23:59Z", "2026-02-28T00:00Z")
    value = lasting(1, "months")
    assert find(tables, asked("seen", "in_last", value), as_of=utc("2026-03-31T09:00")) == ["2026-02-28T00:00Z"]


def test_the_last_days_begin_at_a_local_midnight_across_a_change_of_clocks(find):
    """25 October 2026 began in Paris at 22:00Z, and 27 October, an hour of clocks later, at 23:00Z."""
    tables = seen("2026-10-24T21:59Z", "2026-10-24T22:00Z")
    question = asked("seen", "in_last", lasting(2, "days"))
    still_the_26th = find(tables, question, as_of=utc("2026-10-26T22:59"), zone="Europe/Paris")
    assert still_the_26th == ["2026-10-24T21:59Z", "2026-10-24T22:00Z"]
    assert find(tables, question, as_of=utc("2026-10-26T23:00"), zone="Europe/Paris") == ["2026-10-24T22:00Z"]


def test_as_of_may_carry_any_offset_and_is_cut_to_the_millisecond(find):
    tables = seen("2026-11-23T11:59Z", "2026-11-23T12:00Z", "2026-11-23T12:00:00.001Z")
    question = asked("seen", "in_last", lasting(1, "minutes"))
    as_of = datetime(2026, 11, 23, 17, 0, 0, 999, tzinfo=timezone(timedelta(hours=5)))
    assert find(tables, question, as_of=as_of) == ["2026-11-23T11:59Z", "2026-11-23T12:00Z"]


def test_a_period_is_whole_even_where_it_lies_ahead(find):
    tables = seen("2026-10-31T23:59Z", "2026-11-01T00:00Z", "2026-11-30T23:59Z", "2026-12-01T00:00Z")
    this_month = ["2026-11-01T00:00Z", "2026-11-30T23:59Z"]

    assert find(tables, asked("seen", "in_period", "this_month")) == this_month
    others = ["2026-10-31T23:59Z", "2026-12-01T00:00Z", "never"]
    assert find(tables, asked("seen", "not_in_period", "this_month")) == others
    assert find(tables, asked("seen", "in_period", "next_month")) == ["2026-12-01T00:00Z"]


def test_periods_of_dates_follow_the_organizations_week_and_fiscal_year(find):
    days = born("2026-11-22", "2026-11-23", "2026-11-29", "2026-07-31", "2026-08-01")

    assert find(days, asked("born", "in_period", "this_week")) == ["2026-11-23", "2026-11-29"]
    assert find(days, asked("born", "in_period", "this_week"), first_weekday="sunday") == ["2026-11-22", "2026-11-23"]
    fiscal = find(days, asked("born", "in_period", "this_fiscal_year"), fiscal_start_month=8)
    assert fiscal == ["2026-11-22", "2026-11-23", "2026-11-29", "2026-08-01"]


@pytest.mark.parametrize(
    ("parts", "members"),
    [
        ({"days": [1, 23]}, ["2026-11-23", "2025-11-23", "2026-12-01"]),
        ({"days": ["today"], "years": [2025]}, ["2025-11-23"]),
        ({"weekdays": ["today"]}, ["2026-11-23", "2026-11-30"]),
        ({"weekdays": ["sunday", "tuesday"]}, ["2025-11-23", "2026-12-01"]),
        ({"months": ["this_month"]}, ["2026-11-23", "2025-11-23", "2026-11-30"]),
        ({"months": [12]}, ["2026-12-01"]),
        ({"years": ["this_year"], "days": [30, 31]}, ["2026-11-30"]),
        ({"months": [11], "days": [31]}, []),
    ],
)
def test_every_part_named_holds_and_any_value_within_it_does(find, parts, members):
    days = born("2026-11-23", "2025-11-23", "2026-11-30", "2026-12-01")
    assert find(days, asked("born", "partial", parts)) == members


def test_the_parts_of_an_instant_are_those_of_its_local_day(find):
    tables = seen("2026-11-23T15:00Z")
    assert find(tables, asked("seen", "partial", {"days": [24]}), zone="Asia/Tokyo") == ["2026-11-23T15:00Z"]
    assert find(tables, asked("seen", "partial", {"days": [24]})) == []


@pytest.mark.parametrize(
    ("as_of", "window", "members"),
    [
        ("2026-11-23T12:00", {"in_period": "today"}, ["1990-11-23"]),
        ("2026-11-23T12:00", {"in_last": lasting(1, "days")}, ["1990-11-22", "1990-11-23"]),
        ("2026-11-23T12:00", {"in_next": lasting(1, "days")}, ["1990-11-23", "2030-11-24"]),
        ("2026-12-31T12:00", {"in_next": lasting(1, "days")}, ["1990-12-31", "1990-01-01"]),
        ("2027-01-01T12:00", {"in_last": lasting(1, "days")}, ["1990-12-31", "1990-01-01"]),
        ("2026-02-28T12:00", {"in_period": "today"}, ["1992-02-28", "1992-02-29"]),
        ("2028-02-28T12:00", {"in_period": "today"}, ["1992-02-28"]),
        ("2028-02-29T12:00", {"in_period": "today"}, ["1992-02-29"]),
        ("2000-02-28T12:00", {"in_period": "today"}, ["1992-02-28"]),
        ("2100-02-28T12:00", {"in_period": "today"}, ["1992-02-28", "1992-02-29"]),
        ("2026-11-23T12:00", {"month": 2, "day": 28}, ["1992-02-28"]),
        ("2026-11-23T12:00", {"month": 2, "day": 29}, ["1992-02-29"]),
        ("2026-11-23T12:00", {"in_period": "last_year"}, "all"),
    ],
)
def test_an_anniversary_ignores_every_year(find, as_of, window, members):
    days = ["1990-11-22", "1990-11-23", "2030-11-24", "1990-12-31", "1990-01-01", "1992-02-28", "1992-02-29"]
    found = find(born(*days), asked("born", "anniversary", window), as_of=utc(as_of))
    assert found == (days if members == "all" else members)


def test_the_anniversary_of_an_instant_is_its_local_days_and_takes_whole_days(find):
    """In Tokyo the first is of 23 November, the last of 25 November; 36 hours on from noon is the 25th there."""
    tables = seen("2020-11-22T15:00Z", "2020-11-23T15:00Z", "2020-11-24T14:59Z", "2020-11-24T15:00Z")
    today = find(tables, asked("seen", "anniversary", {"in_period": "today"}), zone="Asia/Tokyo")
    assert today == ["2020-11-22T15:00Z"]
    one_hour = find(tables, asked("seen", "anniversary", {"in_last": lasting(1, "hours")}), zone="Asia/Tokyo")
    assert one_hour == ["2020-11-22T15:00Z"]
    ahead = find(tables, asked("seen", "anniversary", {"in_next": lasting(24, "hours")}), zone="Asia/Tokyo")
    assert ahead == ["2020-11-22T15:00Z", "2020-11-23T15:00Z", "2020-11-24T14:59Z"]


def test_a_missing_day_is_empty(find):
    """Samoa went from 29 to 31 December 2011."""
    tables = seen("2011-12-30T09:59Z", "2011-12-30T10:00Z")
    assert find(tables, asked("seen", "on", "2011-12-30"), zone="Pacific/Apia") == []
    assert find(tables, asked("seen", "on", "2011-12-31"), zone="Pacific/Apia") == ["2011-12-30T10:00Z"]


def test_times_beyond_the_calendar_are_its_ends(find):
    tables = {"contact": [{"id": "early", "born": "0001-01-01", "seen": "0001-01-01T00:00Z"}]}
    question = asked("born", "in_last", lasting(100, "years"))
    assert find(tables, question, as_of=utc("0050-06-01T00:00")) == ["early"]
    question = asked("seen", "in_last", lasting(100, "years"))
    assert find(tables, question, as_of=utc("0050-06-01T00:00")) == ["early"]
    late = {"contact": [{"id": "late", "seen": "9999-12-31T23:59:59.999Z"}]}
    assert find(late, asked("seen", "in_next", lasting(9, "years")), as_of=utc("9998-01-01T00:00")) == ["late"]
    assert find(late, asked("seen", "on", "9999-12-31")) == ["late"]
