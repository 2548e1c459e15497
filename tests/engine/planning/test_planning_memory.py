"""Segments planned again at other moments: what time cannot move is what it was, and all else is planned anew."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from planning_shop import CATALOG, NOON, instant, segment

from coterie.definition import DynamicSegment
from coterie.planning.expressions import Expression
from coterie.planning.leaves import InteractionLeaf, Leaf
from coterie.planning.memory import PlanMemory
from coterie.planning.plan import leaves_of, plan_members

PARIS = ZoneInfo("Europe/Paris")
STEPS_OF_TIME = [timedelta(0), timedelta(minutes=5), timedelta(hours=12), timedelta(days=40), timedelta(days=400)]


def profile(attribute: str, operator: str, value: Any = None) -> dict[str, Any]:
    node = {"attribute": attribute, "operator": operator, "value": value}
    return {"kind": "profile", "where": {name: part for name, part in node.items() if part is not None}}


def purchases(operator: str = "at_least", value: Any = 2, **more: Any) -> dict[str, Any]:
    given = {} if value is None else {"value": value}
    return {"kind": "interaction", "interaction": "purchase", "operator": operator, **given, **more}


def last(count: int, unit: str) -> dict[str, Any]:
    return {"window": {"kind": "last", "count": count, "unit": unit}}


DUE_SOON = {"attribute": "due_on", "operator": "in_next", "value": {"count": 2, "unit": "weeks"}}
SHIPPED = {"attribute": "shipped_on", "operator": "in_last", "value": {"count": 3, "unit": "days"}}
OF_TEA = {"where": {"attribute": "product", "operator": "is", "value": "Tea"}}

IN_PARIS = profile("city", "is", "Paris")
JOINED = profile("joined_at", "in_last", {"count": 30, "unit": "days"})
TEA = purchases(**OF_TEA, **last(7, "days"))

BLOCKS = [
    IN_PARIS,
    profile("city", "is_not", "Paris"),
    profile("joined_at", "on", "2026-11-20"),
    JOINED,
    profile("born_on", "anniversary", {"in_period": "this_month"}),
    profile("born_on", "partial", {"weekdays": ["today"]}),
    {"kind": "profile", "where": {"relation": "leads", "quantifier": {"kind": "none"}, "where": DUE_SOON}},
    TEA,
    purchases("at_most", 0, **last(90, "minutes")),
    purchases(window={"kind": "between", "from": "2026-11-01", "to": "2026-12-10"}),
    purchases(window={"kind": "period", "period": "this_quarter"}),
    purchases(where=SHIPPED),
    purchases("in_last", {"count": 1, "unit": "months"}, measure={"kind": "last_at"}),
    purchases("before", "2026-11-20", measure={"kind": "first_at"}, **last(1, "years")),
    purchases("has_no_value", None, measure={"kind": "first_at"}, **last(7, "days")),
]


class Remembering:
    """Plans at one moment after another."""

    def __init__(self) -> None:
        self._memory = PlanMemory(CATALOG)

    def at(self, later: timedelta, *segments: DynamicSegment) -> list[Expression]:
        as_of = instant(NOON) + later // timedelta(milliseconds=1)
        self._memory.turn_to(as_of)
        return [plan_members(each, as_of, PARIS, CATALOG, self._memory) for each in segments]


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_what_is_remembered_comes_to_what_is_planned_anew(block: dict[str, Any]) -> None:
    segments = [
        segment("s", block),
        segment("s", block, time_zone="Asia/Tokyo"),
        segment("s", block, scope="business_unit", business_unit="x"),
    ]
    remembering = Remembering()
    for later in (*STEPS_OF_TIME, *STEPS_OF_TIME):
        as_of = instant(NOON) + later // timedelta(milliseconds=1)
        assert remembering.at(later, *segments) == [plan_members(each, as_of, PARIS, CATALOG) for each in segments]


def leaf_of(expression: Expression) -> Leaf:
    return next(leaves_of(expression))


def test_what_time_cannot_move_stays_the_same_object() -> None:
    asked, remembering = segment("s", IN_PARIS), Remembering()
    (before,), (after,) = remembering.at(timedelta(0), asked), remembering.at(timedelta(days=1), asked)
    assert leaf_of(before) is leaf_of(after)


def test_of_interactions_only_the_window_moves() -> None:
    asked, remembering = segment("s", TEA), Remembering()
    (before,), (after,) = remembering.at(timedelta(0), asked), remembering.at(timedelta(days=1), asked)
    former, latter = leaf_of(before), leaf_of(after)
    assert isinstance(former, InteractionLeaf)
    assert isinstance(latter, InteractionLeaf)
    assert former.window != latter.window
    assert former.where is latter.where


@pytest.mark.parametrize("block", [IN_PARIS, JOINED, TEA], ids=["still", "moving", "window"])
def test_leaves_that_are_equal_are_one_object(block: dict[str, Any]) -> None:
    segments, remembering = (segment("s", block), segment("s", block)), Remembering()
    for later in STEPS_OF_TIME:
        first, second = remembering.at(later, *segments)
        assert leaf_of(first) is leaf_of(second)


def test_what_was_not_needed_at_the_moment_before_is_forgotten() -> None:
    asked, other, remembering = segment("s", IN_PARIS), segment("s", JOINED), Remembering()
    (before,) = remembering.at(timedelta(0), asked)
    remembering.at(timedelta(0), other)
    remembering.at(timedelta(0), other)
    (after,) = remembering.at(timedelta(0), asked)
    assert before == after
    assert leaf_of(before) is not leaf_of(after)
