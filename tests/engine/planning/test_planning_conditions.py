"""Every operator has its test, and every negative one the complement of its positive (semantics, rules 1, 4 to 6)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from planning_shop import NOON, instant, profile_set

from coterie.definition.nodes import Operator
from coterie.planning.clock import Between
from coterie.planning.conditions import POSITIVE_OF
from coterie.planning.expressions import Difference, LeafSet
from coterie.planning.leaves import (
    AttributeTest,
    BooleanIs,
    ContactLeaf,
    DateIn,
    DayParts,
    HasValue,
    InstantIn,
    ListIncludesAll,
    ListIncludesAny,
    NumberIn,
    NumberRange,
    Place,
    ScopeLeaf,
    Test,
    TextIn,
    TextMatches,
    TextPart,
    YearlyDays,
)

NOW = instant(NOON)


def positive(attribute: str, test: Test) -> LeafSet:
    return LeafSet(ContactLeaf(AttributeTest(attribute, test)))


def found(attribute: str, operator: str, value: Any = None, **more: Any) -> object:
    node = {"attribute": attribute, "operator": operator, **more}
    return profile_set(node if value is None else {**node, "value": value})


def number(low: str | None = None, high: str | None = None, **included: bool) -> NumberRange:
    return NumberRange(None if low is None else Decimal(low), None if high is None else Decimal(high), **included)


def days(start: str | None, end: str | None) -> Between[date]:
    return Between(
        None if start is None else date.fromisoformat(start), None if end is None else date.fromisoformat(end)
    )


def instants(start: str | None, end: str | None) -> Between[int]:
    return Between(None if start is None else instant(start), None if end is None else instant(end))


CONDITIONS: list[tuple[str, str, Any, Test]] = [
    ("city", "has_value", None, HasValue()),
    ("city", "is", " Paris", TextIn(("paris",))),
    ("city", "is_in", ["Rome", "Paris", "rome"], TextIn(("paris", "rome"))),
    ("city", "contains", "AR", TextPart("ar", Place.ANYWHERE)),
    ("city", "begins_with", "Pa", TextPart("pa", Place.BEGINNING)),
    ("city", "ends_with", "IS", TextPart("is", Place.END)),
    ("city", "matches", "^P.*S$", TextMatches("^P.*S$")),
    ("tier", "is", "Straße", TextIn(("strasse",))),
    ("tier", "is_in", ["Gold"], TextIn(("gold",))),
    ("interests", "includes_any", ["Run", "Bike", "run"], ListIncludesAny(("bike", "run"))),
    ("interests", "includes_all", ["Run", "Bike"], ListIncludesAll(("bike", "run"))),
    ("subscribed", "is", True, BooleanIs(True)),
    ("subscribed", "is", False, BooleanIs(False)),
    ("age", "has_value", None, HasValue()),
    ("age", "is", 30, NumberIn((Decimal(30),))),
    ("age", "is_in", [3, 1, "3.0"], NumberIn((Decimal(1), Decimal(3)))),
    ("age", "less_than", 30, number(high="30", high_included=False)),
    ("age", "at_most", 30, number(high="30")),
    ("age", "greater_than", 30, number(low="30", low_included=False)),
    ("age", "at_least", 30, number(low="30")),
    ("age", "between", [18, "20.50"], number("18", "20.5")),
    ("born_on", "has_value", None, HasValue()),
    ("born_on", "on", "2026-11-01", DateIn(days("2026-11-01", "2026-11-02"))),
    ("born_on", "before", "2026-11-01", DateIn(days(None, "2026-11-01"))),
    ("born_on", "after", "2026-11-01", DateIn(days("2026-11-02", None))),
    ("born_on", "after", "9999-12-31", DateIn(days("9999-12-31", "9999-12-31"))),
    ("born_on", "on_or_before", "2026-11-01", DateIn(days(None, "2026-11-02"))),
    ("born_on", "on_or_after", "2026-11-01", DateIn(days("2026-11-01", None))),
    ("born_on", "between", ["2026-11-01", "2026-11-03"], DateIn(days("2026-11-01", "2026-11-04"))),
    ("born_on", "in_last", {"count": 2, "unit": "days"}, DateIn(days("2026-11-21", "2026-11-24"))),
    ("born_on", "before_last", {"count": 2, "unit": "days"}, DateIn(days(None, "2026-11-21"))),
    ("born_on", "in_next", {"count": 2, "unit": "days"}, DateIn(days("2026-11-23", "2026-11-26"))),
    ("born_on", "after_next", {"count": 2, "unit": "days"}, DateIn(days("2026-11-26", None))),
    ("born_on", "in_period", "last_month", DateIn(days("2026-10-01", "2026-11-01"))),
    ("born_on", "partial", {"months": [2, 1]}, DayParts((), (), (1, 2), (), None)),
    ("born_on", "anniversary", {"in_period": "today"}, YearlyDays(((11, 23),), None)),
    ("joined_at", "has_value", None, HasValue()),
    (
        "joined_at",
        "on",
        "2026-11-01",
        InstantIn(instants("2026-11-01T00:00+00:00", "2026-11-02T00:00+00:00")),
    ),
    ("joined_at", "before", "2026-11-01", InstantIn(instants(None, "2026-11-01T00:00+00:00"))),
    ("joined_at", "after", "2026-11-01", InstantIn(instants("2026-11-02T00:00+00:00", None))),
    ("joined_at", "on_or_before", "2026-11-01", InstantIn(instants(None, "2026-11-02T00:00+00:00"))),
    ("joined_at", "on_or_after", "2026-11-01", InstantIn(instants("2026-11-01T00:00+00:00", None))),
    (
        "joined_at",
        "between",
        ["2026-11-01", "2026-11-03"],
        InstantIn(instants("2026-11-01T00:00+00:00", "2026-11-04T00:00+00:00")),
    ),
    ("joined_at", "in_last", {"count": 2, "unit": "hours"}, InstantIn(Between(NOW - 7_200_000, NOW + 1))),
    ("joined_at", "before_last", {"count": 2, "unit": "hours"}, InstantIn(Between(None, NOW - 7_200_000))),
    ("joined_at", "in_next", {"count": 2, "unit": "hours"}, InstantIn(Between(NOW + 1, NOW + 7_200_001))),
    ("joined_at", "after_next", {"count": 2, "unit": "hours"}, InstantIn(Between(NOW + 7_200_001, None))),
    (
        "joined_at",
        "in_period",
        "today",
        InstantIn(instants("2026-11-23T00:00+00:00", "2026-11-24T00:00+00:00")),
    ),
    ("joined_at", "partial", {"weekdays": ["monday"]}, DayParts((), (0,), (), (), "UTC")),
    ("joined_at", "anniversary", {"month": 12, "day": 24}, YearlyDays(((12, 24),), "UTC")),
]
"""On Monday, 23 November 2026 at noon, in UTC."""


@pytest.mark.parametrize(("attribute", "operator", "value", "test"), CONDITIONS)
def test_an_operator_has_its_test(attribute: str, operator: str, value: Any, test: Test) -> None:
    assert found(attribute, operator, value) == positive(attribute, test)


NEGATIVE_OF = {positive_one.value: negative.value for negative, positive_one in POSITIVE_OF.items()}

NEGATED = [
    (attribute, NEGATIVE_OF[operator], value, test)
    for attribute, operator, value, test in CONDITIONS
    if operator in NEGATIVE_OF
]


@pytest.mark.parametrize(("attribute", "operator", "value", "test"), NEGATED)
def test_a_negative_operator_is_the_scope_without_the_positive(
    attribute: str, operator: str, value: Any, test: Test
) -> None:
    assert found(attribute, operator, value) == Difference(LeafSet(ScopeLeaf()), positive(attribute, test))


def test_every_negative_operator_is_known_as_one() -> None:
    negative = {operator for operator in Operator if {"not", "no", "none"} & set(operator.value.split("_"))}
    assert set(POSITIVE_OF) == negative


# --- text ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operator", "value", "test"),
    [
        ("is", " Paris ", TextIn(("Paris",), match_case=True)),
        ("is_in", ["b", "B", "a", "b "], TextIn(("B", "a", "b"), match_case=True)),
        ("contains", "Pa", TextPart("Pa", Place.ANYWHERE, match_case=True)),
        ("matches", "P+", TextMatches("P+", match_case=True)),
    ],
)
def test_match_case_compares_text_as_it_stands(operator: str, value: Any, test: Test) -> None:
    assert found("city", operator, value, match_case=True) == positive("city", test)


def test_composed_and_decomposed_letters_are_one() -> None:
    assert found("city", "is", "Zu\u0308rich") == found("city", "is", "Z\u00fcrich")
    assert found("city", "is", "Zu\u0308rich", match_case=True) == positive("city", TextIn(("Z\u00fcrich",), True))


# --- numbers ---------------------------------------------------------------------------------------------------------


def test_a_number_has_one_spelling() -> None:
    for spelling in (100, "100", "100.0", "1e2", 100.0):
        assert repr(found("age", "is", spelling)) == repr(found("age", "is", 100))
    assert repr(found("age", "is", "-0.0")) == repr(found("age", "is", 0))
    long = "1234567890123456789012345678.0123456789"
    assert found("age", "is", long) == positive("age", NumberIn((Decimal(long),)))


def test_a_range_holds_its_bounds_as_they_are_included() -> None:
    assert [n for n in range(5) if number("1", "3").holds(n)] == [1, 2, 3]
    assert [n for n in range(5) if number("1", "3", low_included=False).holds(n)] == [2, 3]
    assert [n for n in range(5) if number("1", "3", high_included=False).holds(n)] == [1, 2]
    assert [n for n in range(5) if number(low="3").holds(n)] == [3, 4]
    assert [n for n in range(5) if number(high="1").holds(n)] == [0, 1]
    assert number().holds(-1)
    assert [n for n in range(5) if NumberIn((Decimal(1), Decimal(4))).holds(n)] == [1, 4]


# --- parts of days ---------------------------------------------------------------------------------------------------


def test_the_current_parts_are_those_of_today() -> None:
    parts = {
        "days": [31, "today", 1],
        "weekdays": ["today", "friday"],
        "months": ["this_month"],
        "years": ["this_year"],
    }
    assert found("born_on", "partial", parts) == positive(
        "born_on", DayParts((1, 23, 31), (0, 4), (11,), (2026,), None)
    )


def test_today_is_that_of_the_zone() -> None:
    node = {"attribute": "joined_at", "operator": "partial", "value": {"days": ["today"], "weekdays": ["today"]}}
    assert profile_set(node, as_of="2026-11-23T23:30+00:00", zone="Europe/Paris") == positive(
        "joined_at", DayParts((24,), (1,), (), (), "Europe/Paris")
    )


def test_every_named_part_has_to_hold() -> None:
    first_mondays = DayParts((1, 2, 3, 4, 5, 6, 7), (0,), (), (), None)
    assert first_mondays.holds(date(2026, 11, 2))
    assert not first_mondays.holds(date(2026, 11, 9))
    assert not first_mondays.holds(date(2026, 11, 3))
    assert DayParts((), (), (11,), (2026,), None).holds(date(2026, 11, 2))
    assert not DayParts((), (), (11,), (2026,), None).holds(date(2025, 11, 2))
    assert not DayParts((), (), (11,), (2026,), None).holds(date(2026, 12, 2))


def test_a_yearly_day_holds_in_every_year() -> None:
    yearly = YearlyDays(((2, 29), (12, 24)), None)
    assert yearly.holds(date(1999, 12, 24))
    assert yearly.holds(date(2024, 2, 29))
    assert not yearly.holds(date(2024, 12, 23))
    assert not yearly.holds(date(2024, 11, 24))


def test_a_day_after_the_calendars_last_never_comes() -> None:
    tests = {
        "born_on": DateIn(days("9999-12-31", "9999-12-31")),
        "joined_at": InstantIn(
            Between(instant("9999-12-31T12:00:00.001+00:00"), instant("9999-12-31T12:00:00.001+00:00"))
        ),
    }
    for attribute, test in tests.items():
        node = {"attribute": attribute, "operator": "after_next", "value": {"count": 2, "unit": "days"}}
        assert profile_set(node, as_of="9999-12-31T12:00+00:00") == positive(attribute, test)
