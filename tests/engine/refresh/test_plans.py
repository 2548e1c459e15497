"""Plans of live segments: made once in a version, and the very same as long as the segment asks the same."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from refresh_shop import CATALOG, checked, has, instant, profile, purchases, segment

from coterie.definition import DynamicSegment
from coterie.planning.plan import leaves_of, plan_members
from coterie.refresh.live import LiveSegment
from coterie.refresh.plans import Plans, SegmentPlan

UTC = ZoneInfo("UTC")
NOW, LATER = instant("2026-11-23T12:00+00:00"), instant("2026-11-24T12:00+00:00")
MUCH_LATER = instant("2028-01-01T12:00+00:00")
FIRST_ON = purchases(365) | {"measure": {"kind": "first_at"}, "operator": "on", "value": "2026-11-20"}


def live(block: dict[str, Any], key: str = "s", version: int = 1) -> LiveSegment:
    return LiveSegment.of(checked(segment(key, block)), version, UTC, CATALOG)


def assert_planned(plan: SegmentPlan, of: LiveSegment, as_of: int) -> None:
    wanted = list(leaves_of(plan_members(of.segment, as_of, UTC, CATALOG)))
    assert [slot.leaf for slot in plan.slots] == list(dict.fromkeys(wanted))


def test_a_plan_stays_while_its_leaves_move() -> None:
    plans, asked = Plans(CATALOG, UTC), live(purchases(7))
    first = plans.at(NOW, [asked])["s"]
    assert_planned(first, asked, NOW)
    assert plans.at(LATER, [asked])["s"] is first
    assert_planned(first, asked, LATER)
    assert plans.at(NOW, [asked])["s"] is first
    assert_planned(first, asked, NOW)


def test_the_same_segment_read_anew_has_the_same_plan() -> None:
    plans = Plans(CATALOG, UTC)
    assert plans.at(NOW, [live(purchases(7))])["s"] is plans.at(NOW, [live(purchases(7))])["s"]


def test_another_definition_has_another_plan_though_it_has_the_same_version() -> None:
    plans, other = Plans(CATALOG, UTC), live(purchases(3))
    first = plans.at(NOW, [live(purchases(7))])["s"]
    second = plans.at(NOW, [other])["s"]
    assert second is not first
    assert_planned(second, other, NOW)


def test_what_was_only_tried_takes_nothing_from_what_is_kept() -> None:
    plans, asked, tried = Plans(CATALOG, UTC), live(purchases(7)), live(profile(has("city", "is", "Paris")), version=2)
    first = plans.at(NOW, [asked])
    plans.keep(first)
    plans.at(NOW, [tried])
    again = plans.at(NOW, [asked])
    assert again["s"] is first["s"]
    plans.keep(again)
    assert plans.at(NOW, [tried])["s"].version == 2


def test_what_is_not_kept_is_planned_anew() -> None:
    plans, asked = Plans(CATALOG, UTC), live(purchases(7))
    first = plans.at(NOW, [asked])["s"]
    plans.keep({})
    second = plans.at(NOW, [asked])["s"]
    assert second is not first
    assert not set(second.slots[:1]) & set(first.slots)


def test_a_segment_of_which_time_makes_another_expression_has_another_plan() -> None:
    plans, asked = Plans(CATALOG, UTC), live(FIRST_ON)
    first = plans.at(NOW, [asked])["s"]
    second = plans.at(MUCH_LATER, [asked])["s"]
    assert second is not first
    assert_planned(second, asked, MUCH_LATER)


def test_segments_share_the_slots_of_what_both_ask() -> None:
    plans, one = Plans(CATALOG, UTC), live(purchases(7))
    found = plans.at(NOW, [one, live(purchases(7), key="t")])
    assert found["s"].slots == found["t"].slots


def test_drafts_that_were_tried_one_after_another_are_forgotten() -> None:
    plans, last = Plans(CATALOG, UTC), live(purchases(20))
    for days in range(1, 20):
        plans.at(NOW, [live(purchases(days))])
    plans.keep(plans.at(NOW, [last]))
    assert [known.condition for known in plans._memory._known.values()] == [condition_of(last)]
    plans.keep(plans.at(LATER, [last]))
    assert_planned(plans.at(LATER, [last])["s"], last, LATER)


def condition_of(live: LiveSegment) -> object:
    assert isinstance(live.segment, DynamicSegment)
    return live.segment.definition.steps[0].block
