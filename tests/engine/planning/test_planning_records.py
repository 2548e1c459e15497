"""Quantifiers and measures as sets of those who have a record (semantics, rules 8 to 10 and 14)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from planning_shop import NOON, instant, interaction_set, profile_set, relation_set

from coterie.planning.clock import Between
from coterie.planning.expressions import Difference, Expression, Intersection, LeafSet, Union
from coterie.planning.leaves import (
    All,
    AttributeTest,
    AverageOf,
    CountDays,
    CountDistinct,
    CountRecords,
    DateIn,
    DayParts,
    Exists,
    FirstAt,
    HasValue,
    Having,
    InteractionLeaf,
    LastAt,
    MaximumOf,
    MinimumOf,
    Negation,
    NumberIn,
    NumberRange,
    Predicate,
    Related,
    RelatedLeaf,
    ScopeLeaf,
    SumOf,
    TextIn,
    YearlyDays,
)
from coterie.planning.leaves import (
    Any as AnyOf,
)

NOW = instant(NOON)
EVER = Between(None, NOW + 1)
LOST = {"attribute": "status", "operator": "is", "value": "lost"}
IS_LOST = AttributeTest("status", TextIn(("lost",)))
HAS_SCORE = AttributeTest("score", HasValue())
HAS_AMOUNT = AttributeTest("amount", HasValue())


def leads(having: Having, where: Predicate | None = None) -> LeafSet:
    return LeafSet(RelatedLeaf(Related("leads", where, having)))


def purchases(having: Having, where: Predicate | None = None, window: Between[int] = EVER) -> LeafSet:
    return LeafSet(InteractionLeaf("purchase", window, where, having))


def no(expression: Expression) -> Difference:
    return Difference(LeafSet(ScopeLeaf()), expression)


def at_least(number: int | str) -> NumberRange:
    return NumberRange(low=Decimal(number))


# --- any, none, all --------------------------------------------------------------------------------------------------


def test_any_is_that_a_matching_record_exists() -> None:
    assert relation_set("any", LOST) == leads(Exists(), IS_LOST)
    assert relation_set("any") == leads(Exists())


def test_none_is_the_scope_without_any() -> None:
    assert relation_set("none", LOST) == no(leads(Exists(), IS_LOST))
    assert relation_set("none") == no(leads(Exists()))


def test_all_is_a_record_and_none_that_does_not_match() -> None:
    assert relation_set("all", LOST) == Intersection((leads(Exists()), no(leads(Exists(), Negation(IS_LOST)))))
    assert relation_set("all") == leads(Exists())


# --- counts ----------------------------------------------------------------------------------------------------------


def counted(operator: str, value: Any) -> Expression:
    return relation_set("count", LOST, operator=operator, value=value)


def count(test: NumberRange | NumberIn) -> LeafSet:
    return leads(CountRecords(test), IS_LOST)


SOME = leads(Exists(), IS_LOST)


def between(low: int, high: int) -> NumberRange:
    return NumberRange(Decimal(low), Decimal(high))


def numbers(*values: int) -> NumberIn:
    return NumberIn(tuple(map(Decimal, values)))


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("at_least", 3, count(at_least(3))),
        ("greater_than", 2, count(at_least(3))),
        ("at_least", 1, SOME),
        ("greater_than", 0, SOME),
        ("at_most", 2, no(count(at_least(3)))),
        ("less_than", 3, no(count(at_least(3)))),
        ("at_most", 0, no(SOME)),
        ("less_than", 1, no(SOME)),
        ("at_least", 0, no(count(NumberIn(())))),
        ("less_than", 0, count(NumberRange(Decimal(0), Decimal(-1)))),
        ("is", 0, no(SOME)),
        ("is", 2, count(numbers(2))),
        ("is_not", 2, no(count(numbers(2)))),
        ("is_not", 0, no(no(SOME))),
        ("is_in", [0, 2], Union((no(SOME), count(numbers(2))))),
        ("is_in", [3, 2], count(numbers(2, 3))),
        ("is_not_in", [0, 2], no(Union((no(SOME), count(numbers(2)))))),
        ("between", [1, 3], count(between(1, 3))),
        ("between", [0, 2], no(count(at_least(3)))),
        ("not_between", [1, 3], no(count(between(1, 3)))),
        ("not_between", [0, 2], no(no(count(at_least(3))))),
    ],
)
def test_a_count_compares_for_everyone(operator: str, value: Any, expected: Expression) -> None:
    assert counted(operator, value) == expected


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("at_least", 1, purchases(Exists())),
        ("at_most", 1, no(purchases(CountRecords(at_least(2))))),
        ("is", 0, no(purchases(Exists()))),
        ("at_least", 2, purchases(CountRecords(at_least(2)))),
    ],
)
def test_the_count_of_interactions_is_the_same(operator: str, value: Any, expected: Expression) -> None:
    assert interaction_set(operator=operator, value=value) == expected


def test_days_are_those_of_the_zone() -> None:
    days = {"kind": "days"}
    assert interaction_set(measure=days, operator="at_least", value=2, zone="Europe/Paris") == purchases(
        CountDays(at_least(2), "Europe/Paris")
    )
    assert interaction_set(measure=days, operator="at_most", value=1) == no(purchases(CountDays(at_least(2), "UTC")))
    assert interaction_set(measure=days, operator="is", value=0) == no(purchases(Exists()))


def test_distinct_values_skip_missing_ones() -> None:
    distinct = {"kind": "distinct", "attribute": "product"}
    given = AttributeTest("product", HasValue())
    assert interaction_set(measure=distinct, operator="at_least", value=2) == purchases(
        CountDistinct("product", at_least(2)), given
    )
    assert interaction_set(measure=distinct, operator="is", value=0) == no(purchases(Exists(), given))
    assert interaction_set(measure=distinct, operator="at_least", value=1) == purchases(Exists(), given)


# --- sums, averages, extremes ----------------------------------------------------------------------------------------

NO_SCORE = no(leads(Exists(), HAS_SCORE))
POSITIVE_SUM = NumberRange(low=Decimal(0), low_included=False)
UP_TO_TEN = NumberRange(high=Decimal(10))


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("greater_than", 0, leads(SumOf("score", POSITIVE_SUM), HAS_SCORE)),
        ("at_most", 10, Union((leads(SumOf("score", UP_TO_TEN), HAS_SCORE), NO_SCORE))),
        ("at_least", 0, Union((leads(SumOf("score", at_least(0)), HAS_SCORE), NO_SCORE))),
        ("is", 0, Union((leads(SumOf("score", numbers(0)), HAS_SCORE), NO_SCORE))),
        ("is", 5, leads(SumOf("score", numbers(5)), HAS_SCORE)),
        ("is_not", 0, no(Union((leads(SumOf("score", numbers(0)), HAS_SCORE), NO_SCORE)))),
        ("is_not", 5, no(leads(SumOf("score", numbers(5)), HAS_SCORE))),
    ],
)
def test_the_sum_of_no_records_is_zero(operator: str, value: Any, expected: Expression) -> None:
    assert relation_set("sum", attribute="score", operator=operator, value=value) == expected


@pytest.mark.parametrize(("kind", "having"), [("average", AverageOf), ("minimum", MinimumOf), ("maximum", MaximumOf)])
def test_of_no_records_all_other_aggregates_are_missing(kind: str, having: Any) -> None:
    positive = leads(having("score", UP_TO_TEN), HAS_SCORE)
    assert relation_set(kind, attribute="score", operator="at_most", value=10) == positive
    zero = leads(having("score", numbers(0)), HAS_SCORE)
    assert relation_set(kind, attribute="score", operator="is_not", value=0) == no(zero)
    some = leads(Exists(), HAS_SCORE)
    assert relation_set(kind, attribute="score", operator="has_value") == some
    assert relation_set(kind, attribute="score", operator="has_no_value") == no(some)


def test_an_aggregate_is_over_the_records_that_match() -> None:
    both = All((IS_LOST, HAS_SCORE))
    assert relation_set("maximum", LOST, attribute="score", operator="at_least", value=1) == leads(
        MaximumOf("score", at_least(1)), both
    )


def test_aggregates_of_interactions_are_the_same() -> None:
    measure = {"kind": "sum", "attribute": "amount"}
    assert interaction_set(measure=measure, operator="at_most", value=10) == Union(
        (purchases(SumOf("amount", UP_TO_TEN), HAS_AMOUNT), no(purchases(Exists(), HAS_AMOUNT)))
    )
    average = {"kind": "average", "attribute": "amount"}
    assert interaction_set(measure=average, operator="at_most", value=10) == purchases(
        AverageOf("amount", UP_TO_TEN), HAS_AMOUNT
    )


# --- first and last --------------------------------------------------------------------------------------------------

DAY = "2026-11-01"
START, END = instant("2026-11-01T00:00+00:00"), instant("2026-11-02T00:00+00:00")
FIRST, LAST = {"kind": "first_at"}, {"kind": "last_at"}


def occurred(start: int | None, end: int | None, where: Predicate | None = None) -> LeafSet:
    return purchases(Exists(), where, Between(start, end))


def test_the_first_lies_where_one_does_and_none_before() -> None:
    found = Difference(occurred(None, END), occurred(None, START))
    assert interaction_set(measure=FIRST, operator="on", value=DAY) == found
    assert interaction_set(measure=FIRST, operator="not_on", value=DAY) == no(found)


def test_the_last_lies_where_one_does_and_none_after() -> None:
    found = Difference(occurred(START, NOW + 1), occurred(END, NOW + 1))
    assert interaction_set(measure=LAST, operator="on", value=DAY) == found
    assert interaction_set(measure=LAST, operator="not_on", value=DAY) == no(found)


def test_one_sided_moments_need_one_window_or_two() -> None:
    assert interaction_set(measure=FIRST, operator="before", value=DAY) == occurred(None, START)
    assert interaction_set(measure=LAST, operator="on_or_after", value=DAY) == occurred(START, NOW + 1)
    assert interaction_set(measure=FIRST, operator="on_or_after", value=DAY) == Difference(
        occurred(None, NOW + 1), occurred(None, START)
    )
    assert interaction_set(measure=LAST, operator="before", value=DAY) == Difference(
        occurred(None, NOW + 1), occurred(START, NOW + 1)
    )


def test_the_first_is_taken_of_those_in_the_window() -> None:
    since = {"kind": "since", "from": DAY}
    one = instant("2026-11-05T00:00+00:00")
    assert interaction_set(measure=FIRST, operator="before", value="2026-11-05", window=since) == occurred(START, one)
    assert interaction_set(measure=FIRST, operator="on_or_after", value="2026-11-05", window=since) == Difference(
        occurred(START, NOW + 1), occurred(START, one)
    )
    assert interaction_set(measure=FIRST, operator="on", value=DAY, window=since) == occurred(START, END)
    until = {"kind": "until", "to": DAY}
    assert interaction_set(measure=LAST, operator="on", value=DAY, window=until) == occurred(START, END)


def test_missing_moments_are_asked_with_has_value() -> None:
    for measure in (FIRST, LAST):
        assert interaction_set(measure=measure, operator="has_value", value=None) == purchases(Exists())
        assert interaction_set(measure=measure, operator="has_no_value", value=None) == no(purchases(Exists()))


def test_parts_of_the_first_and_last_day() -> None:
    mondays = DayParts((), (0,), (), (), "UTC")
    parts = {"weekdays": ["monday"]}
    assert interaction_set(measure=FIRST, operator="partial", value=parts) == purchases(FirstAt(mondays))
    assert interaction_set(measure=LAST, operator="partial", value=parts) == purchases(LastAt(mondays))
    yearly = YearlyDays(((12, 24),), "UTC")
    christmas = {"month": 12, "day": 24}
    assert interaction_set(measure=FIRST, operator="anniversary", value=christmas) == purchases(FirstAt(yearly))


# --- what a record has to satisfy ------------------------------------------------------------------------------------

DEAR = {"attribute": "amount", "operator": "at_least", "value": 100}
IS_DEAR = AttributeTest("amount", at_least(100))
NOT_PEN = {"attribute": "product", "operator": "is_not", "value": "Pen"}
IS_PEN = AttributeTest("product", TextIn(("pen",)))


def test_window_and_where_choose_the_interactions() -> None:
    window = {"kind": "period", "period": "last_month"}
    bounds = Between(instant("2026-10-01T00:00+00:00"), instant("2026-11-01T00:00+00:00"))
    assert interaction_set(where=DEAR, window=window) == purchases(Exists(), IS_DEAR, bounds)


def test_a_negative_operator_speaks_of_the_interaction() -> None:
    assert interaction_set(where={"all": [DEAR, NOT_PEN]}) == purchases(Exists(), All((IS_DEAR, Negation(IS_PEN))))
    assert interaction_set(where={"any": [DEAR, {"not": NOT_PEN}]}) == purchases(
        Exists(), AnyOf((IS_DEAR, Negation(Negation(IS_PEN))))
    )


def test_a_negative_operator_speaks_of_the_related_record() -> None:
    not_lost = {"attribute": "status", "operator": "is_not", "value": "lost"}
    scored = {"attribute": "score", "operator": "at_least", "value": 5}
    has_scored = AttributeTest("score", at_least(5))
    assert relation_set("any", not_lost) == leads(Exists(), Negation(IS_LOST))
    assert relation_set("any", {"all": [scored, {"not": LOST}]}) == leads(
        Exists(), All((has_scored, Negation(IS_LOST)))
    )
    assert relation_set("any", {"any": [scored, LOST]}) == leads(Exists(), AnyOf((has_scored, IS_LOST)))


def nested(**quantifier: Any) -> dict[str, Any]:
    return {"relation": "leads.notes", "quantifier": quantifier}


def notes(having: Having, where: Predicate | None = None) -> Related:
    return Related("leads.notes", where, having)


def test_a_nested_relation_binds_to_the_same_record() -> None:
    written = {"attribute": "written_on", "operator": "on_or_after", "value": "2026-11-01"}
    date_in = AttributeTest("written_on", DateIn(Between(date(2026, 11, 1), None)))
    both = {"all": [LOST, {**nested(kind="any"), "where": written}]}
    assert relation_set("any", both) == leads(Exists(), All((IS_LOST, notes(Exists(), date_in))))


def test_a_nested_quantifier_is_a_predicate_of_its_record() -> None:
    assert relation_set("any", nested(kind="none")) == leads(Exists(), Negation(notes(Exists())))
    few = nested(kind="count", operator="at_most", value=1)
    assert relation_set("any", few) == leads(Exists(), Negation(notes(CountRecords(at_least(2)))))
    either = nested(kind="count", operator="is_in", value=[0, 2])
    assert relation_set("any", either) == leads(
        Exists(), AnyOf((Negation(notes(Exists())), notes(CountRecords(numbers(2)))))
    )
    body = {"attribute": "body", "operator": "has_value"}
    every = {**nested(kind="all"), "where": body}
    has_body = AttributeTest("body", HasValue())
    assert relation_set("any", every) == leads(
        Exists(), All((notes(Exists()), Negation(notes(Exists(), Negation(has_body)))))
    )


def test_related_records_are_asked_inside_groups_of_the_profile() -> None:
    node = {"relation": "leads", "quantifier": {"kind": "any"}}
    assert profile_set({"not": node}) == no(leads(Exists()))


def test_every_measure_is_of_the_interactions_that_match() -> None:
    assert interaction_set(where=DEAR, measure={"kind": "days"}, value=2) == purchases(
        CountDays(at_least(2), "UTC"), IS_DEAR
    )
    product = AttributeTest("product", HasValue())
    assert interaction_set(where=DEAR, measure={"kind": "distinct", "attribute": "product"}, value=2) == purchases(
        CountDistinct("product", at_least(2)), All((IS_DEAR, product))
    )
    assert interaction_set(where=DEAR, measure={"kind": "minimum", "attribute": "amount"}, value=2) == purchases(
        MinimumOf("amount", at_least(2)), All((IS_DEAR, HAS_AMOUNT))
    )
    assert interaction_set(where=DEAR, operator="at_most", value=1) == no(purchases(CountRecords(at_least(2)), IS_DEAR))


def test_first_and_last_are_of_the_interactions_that_match() -> None:
    assert interaction_set(where=DEAR, measure=FIRST, operator="on", value=DAY) == Difference(
        occurred(None, END, IS_DEAR), occurred(None, START, IS_DEAR)
    )
    assert interaction_set(where=DEAR, measure=LAST, operator="has_no_value", value=None) == no(
        purchases(Exists(), IS_DEAR)
    )
    mondays = DayParts((), (0,), (), (), "UTC")
    parts = {"weekdays": ["monday"]}
    assert interaction_set(where=DEAR, measure=LAST, operator="partial", value=parts) == purchases(
        LastAt(mondays), IS_DEAR
    )


def test_dates_of_an_interaction_are_compared_at_the_moment_asked_about() -> None:
    shipped = {"attribute": "shipped_on", "operator": "in_period", "value": "today"}
    day = DateIn(Between(date(2026, 11, 23), date(2026, 11, 24)))
    assert interaction_set(where=shipped) == purchases(Exists(), AttributeTest("shipped_on", day))
