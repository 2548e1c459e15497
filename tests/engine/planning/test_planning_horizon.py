"""The instants at which time alone may change the answer for a contact: exactly those, in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from planning_shop import CATALOG, NOON, clock, instant, steps

from coterie.catalog.model import Attribute, AttributeType, Organization
from coterie.definition import Definition, parse, typed
from coterie.definition.nodes import (
    AnniversaryInLast,
    AnniversaryInNext,
    AnniversaryInPeriod,
    AnniversaryOn,
    AttributeCondition,
    Current,
    Duration,
    Operator,
    Partial,
    Period,
    Unit,
)
from coterie.planning import horizon
from coterie.planning.backend import DateColumn
from coterie.planning.clock import Clock
from coterie.planning.conditions import attribute_condition
from coterie.planning.horizon import Moving, candidates, moving_conditions
from coterie.values.times import midnight

Dates = Sequence[date] | Sequence[int]


def moving(*blocks: Any, zone: str = "UTC", segments: Any = ()) -> list[Moving]:
    definition = typed(parse({"blocks": steps(*blocks)}), CATALOG, {one.key: one for one in segments})
    assert isinstance(definition, Definition)
    return list(moving_conditions(definition.steps, clock(zone=zone).zone, CATALOG))


def turns(*blocks: Any, dates: Dates, as_of: str = NOON, zone: str = "UTC") -> Iterator[int]:
    """The candidates where every condition reads these dates."""
    return candidates([(condition, dates) for condition in moving(*blocks, zone=zone)], clock(as_of, zone))


def having(attribute: str, operator: str, value: Any) -> dict[str, Any]:
    return {"kind": "profile", "where": {"attribute": attribute, "operator": operator, "value": value}}


def purchases(**more: Any) -> dict[str, Any]:
    return {"kind": "interaction", "interaction": "purchase", "operator": "at_least", "value": 1, **more}


def span(count: int, unit: str) -> dict[str, Any]:
    return {"count": count, "unit": unit}


def last(count: int, unit: str) -> dict[str, Any]:
    return {"kind": "last", **span(count, unit)}


def moments(*texts: str) -> list[int]:
    return [instant(text) for text in texts]


def midnights(*days: str) -> list[int]:
    return moments(*(f"{day}T00:00+00:00" for day in days))


# --- which conditions move -------------------------------------------------------------------------------------------


def test_conditions_on_dates_are_found_wherever_they_stand() -> None:
    made = {"attribute": "made_at", "operator": "in_last", "value": span(1, "days")}
    written = {"attribute": "written_on", "operator": "in_next", "value": span(1, "days")}
    born = {"attribute": "born_on", "operator": "partial", "value": {"days": ["today"]}}
    joined = {"attribute": "joined_at", "operator": "in_period", "value": "today"}
    city = {"attribute": "city", "operator": "is", "value": "Paris"}
    notes = {"relation": "leads.notes", "quantifier": {"kind": "any"}, "where": written}
    leads = {"relation": "leads", "quantifier": {"kind": "none"}, "where": {"all": [made, {"not": notes}]}}
    bare = {"relation": "leads", "quantifier": {"kind": "any"}}
    profile = {"kind": "profile", "where": {"any": [city, born, leads, bare, {"not": joined}]}}
    shipped = {"attribute": "shipped_on", "operator": "in_last", "value": span(1, "days")}
    dear = {"attribute": "amount", "operator": "at_least", "value": 1}
    both = {"all": [dear, {"any": [shipped]}, {"not": shipped}]}
    group = {"kind": "group", "blocks": steps({"kind": "everyone"}, ("or", purchases(where=both)))}
    assert [condition.column for condition in moving(profile, ("or", group))] == [
        DateColumn(attribute="born_on"),
        DateColumn(relations=("leads",), attribute="made_at"),
        DateColumn(relations=("leads", "leads.notes"), attribute="written_on"),
        DateColumn(attribute="joined_at"),
        DateColumn(interaction="purchase"),
        DateColumn(interaction="purchase", attribute="shipped_on"),
        DateColumn(interaction="purchase", attribute="shipped_on"),
    ]


def test_each_keeps_the_zone_it_is_read_in() -> None:
    shipped = {"attribute": "shipped_on", "operator": "in_last", "value": span(1, "days")}
    every = moving(
        having("born_on", "in_last", span(1, "days")),
        ("or", purchases(where={"all": [{"not": shipped}]})),
        ("or", purchases(measure={"kind": "first_at"}, operator="before", value="2026-11-01")),
        zone="Europe/Paris",
    )
    made = {"attribute": "made_at", "operator": "in_last", "value": span(1, "days")}
    leads = {"relation": "leads", "quantifier": {"kind": "any"}, "where": {"any": [{"not": made}]}}
    related = moving({"kind": "profile", "where": {"not": {"all": [leads]}}}, zone="Europe/Paris")
    assert [condition.zone.key for condition in related] == ["Europe/Paris"]
    group = {"kind": "group", "blocks": steps(having("born_on", "in_last", span(1, "days")))}
    assert [condition.zone.key for condition in moving(group, zone="Europe/Paris")] == ["Europe/Paris"]
    occurred_at = DateColumn(interaction="purchase")
    assert [(condition.column, condition.zone.key) for condition in every] == [
        (DateColumn(attribute="born_on"), "Europe/Paris"),
        (occurred_at, "Europe/Paris"),
        (DateColumn(interaction="purchase", attribute="shipped_on"), "Europe/Paris"),
        (occurred_at, "Europe/Paris"),
        (occurred_at, "Europe/Paris"),
    ]


# --- passing windows -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operator", "value", "day", "expected"),
    [
        ("in_last", span(2, "days"), "2026-11-20", []),
        ("in_last", span(2, "days"), "2026-11-22", ["2026-11-25"]),
        ("in_last", span(2, "days"), "2026-11-23", ["2026-11-26"]),
        ("in_last", span(2, "days"), "2026-12-01", ["2026-12-01", "2026-12-04"]),
        ("before_last", span(2, "days"), "2026-12-01", ["2026-12-04"]),
        ("in_next", span(2, "days"), "2026-12-01", ["2026-11-29", "2026-12-02"]),
        ("after_next", span(2, "days"), "2026-12-01", ["2026-11-29"]),
        ("in_last", span(1, "months"), "2026-11-30", ["2026-11-30", "2027-01-01"]),
        ("in_period", "this_month", "2026-12-05", ["2026-12-01", "2027-01-01"]),
        ("in_period", "last_year", "2026-12-05", ["2027-01-01", "2028-01-01"]),
        ("in_period", "today", "2026-11-24", ["2026-11-24", "2026-11-25"]),
        ("on", "2026-11-30", "2026-11-30", []),
    ],
)
def test_a_date_is_passed_at_midnight(operator: str, value: Any, day: str, expected: list[str]) -> None:
    found = turns(having("born_on", operator, value), dates=[date.fromisoformat(day)])
    assert list(found) == midnights(*expected)


def test_weeks_begin_on_the_organizations_first_weekday() -> None:
    this_week = moving(having("born_on", "in_period", "this_week"))
    found = candidates([(this_week[0], [date(2026, 11, 29)])], clock(first_weekday=6))
    assert list(found) == midnights("2026-11-29", "2026-12-06")


def test_an_instant_is_passed_to_the_millisecond() -> None:
    (half_past,) = moments("2026-11-23T12:30+00:00")
    found = turns(having("joined_at", "in_last", span(2, "hours")), dates=[half_past])
    assert list(found) == [half_past, half_past + 7_200_001]
    found = turns(having("joined_at", "in_next", span(10, "minutes")), dates=[half_past])
    assert list(found) == [half_past - 600_000, half_past]
    found = turns(having("joined_at", "in_last", span(1, "rolling_days")), dates=[instant(NOON) - 86_400_000])
    assert list(found) == [instant(NOON) + 1]


def test_local_midnights_are_those_of_the_zone() -> None:
    found = turns(having("born_on", "in_last", span(2, "days")), dates=[date(2026, 11, 23)], zone="Europe/Paris")
    assert list(found) == moments("2026-11-26T00:00+01:00")
    found = turns(
        having("joined_at", "in_last", span(1, "days")),
        dates=moments("2026-11-22T23:30+00:00"),
        zone="Europe/Paris",
    )
    assert list(found) == moments("2026-11-25T00:00+01:00")


def test_an_interaction_passes_out_of_its_window() -> None:
    found = turns(purchases(window=last(30, "days")), dates=moments("2026-11-01T12:00+00:00"))
    assert list(found) == midnights("2026-12-02")
    assert list(turns(purchases(), dates=moments("2026-11-01T12:00+00:00"))) == []


def test_a_future_interaction_appears_when_its_moment_comes() -> None:
    (ahead,) = moments("2026-11-25T08:00+00:00")
    assert list(turns(purchases(), dates=[ahead])) == [ahead]
    found = turns(purchases(window=last(30, "days")), dates=[ahead])
    assert list(found) == [ahead, *midnights("2026-12-26")]


def test_every_date_has_its_turn_once_and_in_order() -> None:
    dates = moments("2026-11-20T00:00+00:00", "2026-11-23T11:00+00:00", "2026-11-23T13:00+00:00")
    found = turns(
        having("joined_at", "in_last", span(2, "hours")),
        ("or", having("joined_at", "in_last", span(4, "hours"))),
        dates=dates[::-1],
    )
    assert list(found) == [
        instant("2026-11-23T13:00+00:00"),  # enters both: named once
        instant("2026-11-23T13:00:00.001+00:00"),
        instant("2026-11-23T15:00:00.001+00:00"),  # leaves one, and the other date leaves the other
        instant("2026-11-23T17:00:00.001+00:00"),
    ]


def test_without_dates_nothing_changes() -> None:
    condition = having("joined_at", "in_last", span(2, "hours"))
    assert list(turns(condition, dates=[])) == []
    assert list(candidates([], clock())) == []
    one, other = moving(condition, ("or", condition))
    (ahead,) = moments("2026-11-23T13:00+00:00")
    assert list(candidates([(one, []), (other, [ahead])], clock())) == [ahead, ahead + 7_200_001]


def test_first_and_last_moments_are_compared_as_time_goes_on() -> None:
    (bought,) = moments("2026-11-20T08:00+00:00")
    block = purchases(measure={"kind": "last_at"}, operator="in_last", value=span(7, "days"))
    assert list(turns(block, dates=[bought])) == midnights("2026-11-28")
    block = purchases(measure={"kind": "first_at"}, operator="not_in_last", value=span(7, "days"))
    assert list(turns(block, dates=[bought])) == midnights("2026-11-28")
    for operator in ("has_value", "has_no_value"):
        block = {
            "kind": "interaction",
            "interaction": "purchase",
            "measure": {"kind": "first_at"},
            "operator": operator,
        }
        assert list(turns(block, dates=[bought])) == []


# --- what recurs -----------------------------------------------------------------------------------------------------


def first(found: Iterator[int], count: int) -> list[int]:
    return list(islice(found, count))


def test_a_day_of_the_month_comes_back() -> None:
    found = turns(having("born_on", "partial", {"days": ["today"]}), dates=[date(1990, 5, 31)])
    assert first(found, 4) == midnights("2026-12-31", "2027-01-01", "2027-01-31", "2027-02-01")


def test_this_year_comes_and_goes_once() -> None:
    this_year = having("born_on", "partial", {"years": ["this_year"]})
    assert list(turns(this_year, dates=[date(2026, 5, 1)])) == midnights("2027-01-01")
    assert list(turns(this_year, dates=[date(2090, 5, 1)])) == midnights("2090-01-01", "2091-01-01")
    assert list(turns(this_year, dates=[date(2000, 5, 1)])) == []


def test_parts_that_are_fixed_never_change() -> None:
    assert list(turns(having("born_on", "partial", {"months": [12]}), dates=[date(1990, 12, 1)])) == []


def test_a_birthday_comes_back_every_year() -> None:
    today = having("born_on", "anniversary", {"in_period": "today"})
    assert first(turns(today, dates=[date(1990, 1, 2)]), 4) == midnights(
        "2027-01-02", "2027-01-03", "2028-01-02", "2028-01-03"
    )
    assert first(turns(today, dates=[date(1992, 2, 29)]), 4) == midnights(
        "2027-02-28", "2027-03-01", "2028-02-29", "2028-03-01"
    )
    assert first(turns(today, dates=[date(1990, 11, 23)]), 2) == midnights("2026-11-24", "2027-11-23")


def test_local_days_of_an_instant_are_those_of_the_zone() -> None:
    today = having("joined_at", "anniversary", {"in_period": "today"})
    found = turns(today, dates=moments("1990-01-02T23:30+00:00"), zone="Europe/Paris")
    assert first(found, 2) == moments("2027-01-03T00:00+01:00", "2027-01-04T00:00+01:00")


def test_elapsed_units_reach_over_midnight() -> None:
    dates = moments("1990-11-25T08:00+00:00")
    past = having("joined_at", "anniversary", {"in_last": span(1, "hours")})
    assert first(turns(past, dates=dates), 3) == moments(
        "2026-11-25T00:00+00:00", "2026-11-26T01:00+00:00", "2027-11-25T00:00+00:00"
    )
    ahead = having("joined_at", "anniversary", {"in_next": span(90, "minutes")})
    assert first(turns(ahead, dates=dates), 3) == moments(
        "2026-11-24T22:30+00:00", "2026-11-26T00:00+00:00", "2027-11-24T22:30+00:00"
    )
    days = having("joined_at", "anniversary", {"in_last": span(2, "days")})
    assert first(turns(days, dates=dates), 2) == midnights("2026-11-25", "2026-11-28")


def test_the_first_purchase_has_anniversaries() -> None:
    block = purchases(measure={"kind": "first_at"}, operator="anniversary", value={"in_last": span(1, "hours")})
    occurs = moments("2025-11-25T08:00+00:00")
    assert first(turns(block, dates=occurs), 2) == moments("2026-11-25T00:00+00:00", "2026-11-26T01:00+00:00")


def test_the_calendar_ends() -> None:
    today = having("born_on", "anniversary", {"in_period": "today"})
    found = turns(today, dates=[date(1990, 12, 31)], as_of="9998-11-23T12:00+00:00")
    assert list(found) == midnights("9998-12-31", "9999-01-01", "9999-12-31")


@pytest.mark.parametrize(
    "value",
    [
        Partial(days=(30, Current.CURRENT), months=(2,)),
        Partial(weekdays=(0, Current.CURRENT)),
        Partial(days=(Current.CURRENT,), years=(2026, Current.CURRENT)),
        Partial(months=(Current.CURRENT,), years=(Current.CURRENT,)),
        Partial(years=(2026,)),
        AnniversaryOn(month=2, day=29),
        AnniversaryInPeriod(period=Period.LAST_FISCAL_YEAR),
        AnniversaryInPeriod(period=Period.THIS_QUARTER),
        AnniversaryInLast(duration=Duration(count=12, unit=Unit.MONTHS)),
        AnniversaryInLast(duration=Duration(count=365, unit=Unit.DAYS)),
        AnniversaryInLast(duration=Duration(count=52, unit=Unit.WEEKS)),
        AnniversaryInNext(duration=Duration(count=366, unit=Unit.ROLLING_DAYS)),
    ],
)
def test_days_that_no_later_day_decides_about_are_decided_for_good(value):
    """No years are walked for them: what holds today of such a day holds ever after."""
    operator = Operator.PARTIAL if isinstance(value, Partial) else Operator.ANNIVERSARY
    condition = AttributeCondition(attribute="born", operator=operator, value=value)
    attribute = Attribute(name="born", type=AttributeType.DATE)
    start = date(2026, 11, 27)
    days = {start + timedelta(days=shift) for shift in range(-800, 800, 29)} | {date(2024, 2, 29), date(2028, 2, 29)}

    def holding(today):
        clock = Clock(midnight(today, ZoneInfo("UTC")), ZoneInfo("UTC"), Organization())
        test = attribute_condition(condition, attribute, clock).test
        return {day for day in days if test.holds(day)}

    decided = days - set(horizon._undecided(value, days, start))
    now = holding(start) & decided

    assert all(holding(start + timedelta(days=passed)) & decided == now for passed in range(1, 1500, 17))


@pytest.mark.parametrize(
    ("count", "unit"),
    [(365, Unit.DAYS), (53, Unit.WEEKS), (12, Unit.MONTHS), (366, Unit.ROLLING_DAYS), (366 * 24, Unit.HOURS)],
)
def test_no_years_are_walked_for_a_window_that_takes_one(count: int, unit: Unit) -> None:
    """It holds every anniversary, wherever it begins, also that of a 29 February; a little less does not."""
    leap_day = date(2024, 2, 29)
    days = {leap_day + timedelta(days=shift) for shift in range(366)}
    for value in (AnniversaryInLast, AnniversaryInNext):
        assert not list(horizon._undecided(value(duration=Duration(count=count, unit=unit)), days, leap_day))
        less = value(duration=Duration(count=count - 1, unit=unit))
        assert set(horizon._undecided(less, days, leap_day)) == days
    for passed in range(1500):
        clock = Clock(midnight(leap_day + timedelta(days=passed), ZoneInfo("UTC")), ZoneInfo("UTC"), Organization())
        celebrated = clock.anniversary_days(AnniversaryInLast(duration=Duration(count=count, unit=unit)))
        assert all((day.month, day.day) in celebrated for day in days)


def test_365_times_24_hours_lack_a_day_where_clocks_were_set() -> None:
    """In the last hour of 3 November 2024 in New York they begin on the 5th: summer time has ended in between."""
    dates = moments("1990-11-04T17:00+00:00")
    year = having("joined_at", "anniversary", {"in_last": span(365, "rolling_days")})
    found = turns(year, dates=dates, as_of="2024-10-20T12:00+00:00", zone="America/New_York")
    assert first(found, 2) == moments("2024-11-04T04:00+00:00", "2024-11-04T05:00+00:00")
