"""Segments planned again at other moments: what time cannot move is what it was, and all else is planned anew."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from typing import Any, assert_never
from zoneinfo import ZoneInfo

import pytest
from planning_shop import CATALOG, NOON, instant, segment

from coterie.definition import DynamicSegment
from coterie.planning.expressions import Difference, Expression, Intersection, LeafSet, SegmentSet, Union
from coterie.planning.leaves import InteractionLeaf, Leaf, ScopeLeaf
from coterie.planning.memory import PlanMemory, Slot
from coterie.planning.plan import leaf_sets_of, leaves_of, plan_members

PARIS = ZoneInfo("Europe/Paris")
STEPS_OF_TIME = [timedelta(0), timedelta(minutes=5), timedelta(hours=12), timedelta(days=40), timedelta(days=400)]


def profile(attribute: str, operator: str, value: Any = None) -> dict[str, Any]:
    node = {"attribute": attribute, "operator": operator, "value": value}
    return {"kind": "profile", "where": {name: part for name, part in node.items() if part is not None}}


def purchases(operator: str = "at_least", value: Any = 2, **more: Any) -> dict[str, Any]:
    given = {} if value is None else {"value": value}
    return {"kind": "interaction", "interaction": "purchase", "operator": operator, **given, **more}


def sum_of_leads(most: int) -> dict[str, Any]:
    quantifier = {"kind": "sum", "attribute": "score", "operator": "at_most", "value": most}
    return {"kind": "profile", "where": {"relation": "leads", "quantifier": quantifier}}


def last(count: int, unit: str) -> dict[str, Any]:
    return {"window": {"kind": "last", "count": count, "unit": unit}}


DUE_SOON = {"attribute": "due_on", "operator": "in_next", "value": {"count": 2, "unit": "weeks"}}
SHIPPED = {"attribute": "shipped_on", "operator": "in_last", "value": {"count": 3, "unit": "days"}}
OF_TEA = {"where": {"attribute": "product", "operator": "is", "value": "Tea"}}

IN_PARIS = profile("city", "is", "Paris")
JOINED = profile("joined_at", "in_last", {"count": 30, "unit": "days"})
TEA = purchases(**OF_TEA, **last(7, "days"))
LAST_YEARS_FIRST = purchases("on", "2026-11-20", measure={"kind": "first_at"}, **last(1, "years"))

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
    LAST_YEARS_FIRST,
    purchases("before", "2026-11-20", measure={"kind": "first_at"}, **last(1, "years")),
    purchases("has_no_value", None, measure={"kind": "first_at"}, **last(7, "days")),
]


class Remembering:
    """Plans at one moment after another."""

    def __init__(self) -> None:
        self.memory = PlanMemory(CATALOG)

    def at(self, later: timedelta, *segments: DynamicSegment) -> list[Expression]:
        as_of = instant(NOON) + later // timedelta(milliseconds=1)
        self.memory.turn_to(as_of)
        return [plan_members(each, as_of, PARIS, CATALOG, self.memory) for each in segments]

    def slots(self, expression: Expression) -> list[Slot]:
        return [self.memory.slot_of(each) for each in leaf_sets_of(expression)]

    def shown(self, expression: Expression) -> Expression:
        """The expression with the leaves that stand at its slots now."""
        match expression:
            case LeafSet():
                return LeafSet(self.memory.slot_of(expression).leaf)
            case SegmentSet():
                return expression
            case Union(parts=parts) | Intersection(parts=parts):
                return type(expression)(tuple(map(self.shown, parts)))
            case Difference(kept=kept, removed=removed):
                return Difference(self.shown(kept), self.shown(removed))
            case _:
                assert_never(expression)


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
        remembered = [remembering.shown(each) for each in remembering.at(later, *segments)]
        assert remembered == [plan_members(each, as_of, PARIS, CATALOG) for each in segments]


@pytest.mark.parametrize("block", [block for block in BLOCKS if block != LAST_YEARS_FIRST], ids=str)
def test_what_was_planned_once_moves_with_time(block: dict[str, Any]) -> None:
    """
    Its slots stay, and at them stands what is planned anew.
    """
    asked, remembering = segment("s", block), Remembering()
    (first,) = remembering.at(timedelta(0), asked)
    for later in (*STEPS_OF_TIME, *STEPS_OF_TIME):
        as_of = instant(NOON) + later // timedelta(milliseconds=1)
        (again,) = remembering.at(later, asked)
        assert remembering.slots(again) == remembering.slots(first)
        assert remembering.shown(first) == plan_members(asked, as_of, PARIS, CATALOG)


def test_slots_are_left_where_time_makes_another_expression() -> None:
    asked, remembering = segment("s", LAST_YEARS_FIRST), Remembering()
    (before,) = remembering.at(timedelta(0), asked)
    (after,) = remembering.at(timedelta(days=400), asked)
    left, now = remembering.slots(before), remembering.slots(after)
    assert len(list(leaf_sets_of(before))) > len(list(leaf_sets_of(after)))
    assert any(slot.is_left for slot in left)
    assert not any(slot.is_left for slot in now)


def leaf_of(expression: Expression) -> Leaf:
    return next(leaves_of(expression))


def test_what_time_cannot_move_stays_the_same_object() -> None:
    asked, remembering = segment("s", IN_PARIS), Remembering()
    (first,) = remembering.at(timedelta(0), asked)
    before = leaf_of(remembering.shown(first))
    remembering.at(timedelta(days=1))
    assert leaf_of(remembering.shown(first)) is before


def test_of_interactions_only_the_window_moves() -> None:
    asked, remembering = segment("s", TEA), Remembering()
    (first,) = remembering.at(timedelta(0), asked)
    former = leaf_of(remembering.shown(first))
    remembering.at(timedelta(days=1))
    latter = leaf_of(remembering.shown(first))
    assert isinstance(former, InteractionLeaf)
    assert isinstance(latter, InteractionLeaf)
    assert former.window != latter.window
    assert latter.differs_in_window_alone(former)
    assert hash(latter) == hash(InteractionLeaf(latter.interaction, latter.window, latter.where, latter.having))


@pytest.mark.parametrize("block", [IN_PARIS, JOINED, TEA], ids=["still", "moving", "window"])
def test_the_same_condition_has_the_same_slots_in_all_segments(block: dict[str, Any]) -> None:
    one, other, remembering = segment("s", block), segment("t", block), Remembering()
    first, second = remembering.at(timedelta(0), one, other)
    assert remembering.slots(first) == remembering.slots(second)
    (later,) = remembering.at(timedelta(days=1), segment("u", block))
    assert remembering.slots(later) == remembering.slots(first)


def test_another_zone_or_scope_makes_another_condition() -> None:
    remembering = Remembering()
    paris, tokyo, unit = remembering.at(
        timedelta(0),
        segment("s", TEA),
        segment("s", TEA, time_zone="Asia/Tokyo"),
        segment("s", purchases("at_most", 0), scope="business_unit", business_unit="x"),
    )
    assert not set(remembering.slots(paris)[:1]) & set(remembering.slots(tokyo))
    assert ScopeLeaf("x") in [slot.leaf for slot in remembering.slots(unit)]


@pytest.mark.parametrize("block", [JOINED, TEA], ids=["moving", "window"])
def test_leaves_that_come_to_be_equal_are_one_object(block: dict[str, Any]) -> None:
    remembering = Remembering()
    first, second = remembering.at(
        timedelta(0), segment("s", block), segment("s", block, scope="business_unit", business_unit="x")
    )
    for later in STEPS_OF_TIME[1:]:
        remembering.at(later)
        assert leaf_of(remembering.shown(first)) is leaf_of(remembering.shown(second))


@pytest.mark.parametrize("block", [IN_PARIS, JOINED, TEA], ids=["still", "moving", "window"])
def test_what_is_not_kept_is_forgotten(block: dict[str, Any]) -> None:
    asked, remembering = segment("s", block), Remembering()
    (before,) = remembering.at(timedelta(0), asked)
    remembering.memory.keep(set(remembering.slots(before)))
    (kept,) = remembering.at(timedelta(0), asked)
    remembering.memory.keep(set())
    (after,) = remembering.at(timedelta(0), asked)
    assert remembering.slots(kept) == remembering.slots(before)
    assert remembering.shown(after) == remembering.shown(before)
    assert remembering.slots(after)[0] is not remembering.slots(before)[0]


def test_what_is_kept_of_others_keeps_no_condition() -> None:
    """
    Conditions may share some of their leaves, here that there is any lead at all, and differ in others.
    """
    remembering = Remembering()
    for count in range(1, 20):
        (expression,) = remembering.at(timedelta(0), segment("s", sum_of_leads(count)))
        remembering.memory.keep(set(remembering.slots(expression)))
    (known,) = remembering.memory._known.values()
    assert set(known.form.slots) < set(remembering.slots(expression)), "besides there is the scope"


@pytest.mark.parametrize("block", [TEA, JOINED, LAST_YEARS_FIRST], ids=["window", "moving", "another form"])
@pytest.mark.parametrize("place", ["moved_to", "_form_of", "_one"])
def test_a_moment_that_was_broken_off_is_turned_to_by_the_next(
    block: dict[str, Any], place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Memory may run out, and people interrupt, at any place.
    """
    far, other, remembering = timedelta(days=400), segment("t", TEA), Remembering()
    asked = segment("s", block)
    remembering.at(timedelta(0), asked, other)

    def broken_off(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(InteractionLeaf if place == "moved_to" else PlanMemory, place, broken_off)
        with contextlib.suppress(KeyboardInterrupt):
            remembering.at(far, asked, other)
    for later in (far, far + timedelta(days=1), timedelta(0)):
        as_of = instant(NOON) + later // timedelta(milliseconds=1)
        for each in remembering.at(later, asked, other):
            assert not any(slot.is_left for slot in remembering.slots(each))
        (again,) = remembering.at(later, asked)
        assert remembering.shown(again) == plan_members(asked, as_of, PARIS, CATALOG)
