"""The fold of the steps, groups, pins, scopes and segments referred to (semantics, rules 1, 7, 23, 26 to 28, 36)."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from planning_shop import NOON, catalog_of, instant, plan, profile_set, segment, static, steps

from coterie.catalog import parse_catalog
from coterie.definition.nodes import AttributeCondition, Combine, Group, ProfileBlock
from coterie.planning.clock import Between
from coterie.planning.expressions import Difference, Expression, Intersection, LeafSet, SegmentSet, Union
from coterie.planning.leaves import (
    All,
    AttributeTest,
    ContactLeaf,
    DateIn,
    Exists,
    InstantIn,
    InteractionLeaf,
    KeysLeaf,
    Negation,
    Predicate,
    Related,
    RelatedLeaf,
    ScopeLeaf,
    TextIn,
)
from coterie.planning.leaves import (
    Any as AnyOf,
)
from coterie.planning.plan import PlannedNode, leaves_of

EVERYONE = {"kind": "everyone"}
LEADS = {"relation": "leads", "quantifier": {"kind": "any"}}
BUYERS = {"kind": "interaction", "interaction": "purchase", "operator": "at_least", "value": 1}
SCOPE = LeafSet(ScopeLeaf())
HAS_LEADS = LeafSet(RelatedLeaf(Related("leads", None, Exists())))
HAS_BOUGHT = LeafSet(InteractionLeaf("purchase", Between(None, instant(NOON) + 1), None, Exists()))


def city(name: str, operator: str = "is") -> dict[str, Any]:
    return {"attribute": "city", "operator": operator, "value": name}


def in_city(name: str) -> dict[str, Any]:
    return {"kind": "profile", "where": city(name)}


def lives_in(name: str) -> AttributeTest:
    return AttributeTest("city", TextIn((name.lower(),)))


def of(predicate: Predicate) -> LeafSet:
    return LeafSet(ContactLeaf(predicate))


def those(name: str) -> LeafSet:
    return of(lives_in(name))


def keys(*contact_ids: str) -> LeafSet:
    return LeafSet(KeysLeaf(contact_ids))


def in_scope(expression: Expression, scope: LeafSet = SCOPE) -> Intersection:
    return Intersection((expression, scope))


def no(expression: Expression) -> Difference:
    return Difference(SCOPE, expression)


# --- the fold --------------------------------------------------------------------------------------------------------


def test_steps_are_folded_first_to_last() -> None:
    planned = plan(steps(in_city("Paris"), ("or", in_city("Rome")), ("and_also", BUYERS), ("but_not", EVERYONE)))
    either = Union((those("Paris"), those("Rome")))
    buyers = Intersection((either, HAS_BOUGHT))
    assert [step.so_far for step in planned.steps] == [those("Paris"), either, buyers, Difference(buyers, SCOPE)]
    assert [step.combine for step in planned.steps] == [None, Combine.OR, Combine.AND_ALSO, Combine.BUT_NOT]
    assert [step.node.expression for step in planned.steps] == [those("Paris"), those("Rome"), HAS_BOUGHT, SCOPE]
    assert planned.total == in_scope(Difference(buyers, SCOPE))
    assert planned.scope == ScopeLeaf()
    assert planned.segments == {}


def test_a_group_is_folded_by_itself() -> None:
    group = {"kind": "group", "blocks": steps(in_city("Rome"), ("but_not", BUYERS), ("or", EVERYONE))}
    planned = plan(steps(in_city("Paris"), ("or", group)))
    inner = Union((Difference(those("Rome"), HAS_BOUGHT), SCOPE))
    node = planned.steps[1].node
    assert node.expression == inner
    assert isinstance(node.subject, Group)
    assert [child.expression for child in node.children] == [those("Rome"), HAS_BOUGHT, SCOPE]
    assert planned.total == in_scope(Union((those("Paris"), inner)))


# --- nodes of a profile ----------------------------------------------------------------------------------------------


def test_all_any_and_not_are_what_they_say() -> None:
    paris, rome = city("Paris"), city("Rome")
    assert profile_set({"all": [paris, rome]}) == Intersection((those("Paris"), those("Rome")))
    assert profile_set({"any": [paris, LEADS]}) == Union((those("Paris"), HAS_LEADS))
    assert profile_set({"not": {"any": [paris, rome]}}) == no(Union((those("Paris"), those("Rome"))))
    assert profile_set(city("Paris", "is_not")) == no(those("Paris"))


def walk(node: PlannedNode) -> list[tuple[str, str]]:
    here = [(node.path, type(node.subject).__name__)]
    return here + [found for child in node.children for found in walk(child)]


def test_every_node_says_where_it_stands() -> None:
    where = {"all": [city("Paris"), {"any": [LEADS, {"not": city("Rome")}]}]}
    group = {"kind": "group", "blocks": steps(BUYERS, ("or", {"kind": "profile", "where": where}))}
    planned = plan(steps(EVERYONE, ("and_also", group)))
    assert walk(planned.steps[0].node) == [("blocks[0].block", "Everyone")]
    inner = "blocks[1].block.blocks[1].block"
    assert walk(planned.steps[1].node) == [
        ("blocks[1].block", "Group"),
        ("blocks[1].block.blocks[0].block", "InteractionBlock"),
        (inner, "ProfileBlock"),
        (f"{inner}.where", "AllOf"),
        (f"{inner}.where.all[0]", "AttributeCondition"),
        (f"{inner}.where.all[1]", "AnyOf"),
        (f"{inner}.where.all[1].any[0]", "RelationCondition"),
        (f"{inner}.where.all[1].any[1]", "Not"),
        (f"{inner}.where.all[1].any[1].not", "AttributeCondition"),
    ]


def test_in_a_segment_file_paths_begin_with_definition() -> None:
    planned = plan(segment("a", in_city("Paris")))
    assert walk(planned.steps[0].node) == [
        ("definition.blocks[0].block", "ProfileBlock"),
        ("definition.blocks[0].block.where", "AttributeCondition"),
    ]


def test_conditions_inside_a_relation_are_no_nodes() -> None:
    node = {**LEADS, "where": {"attribute": "score", "operator": "has_value"}}
    planned = plan(steps({"kind": "profile", "where": node}))
    assert [path for path, _ in walk(planned.steps[0].node)] == ["blocks[0].block", "blocks[0].block.where"]


# --- fused -----------------------------------------------------------------------------------------------------------


def test_fused_conditions_on_the_contact_are_one_leaf() -> None:
    node = {"all": [city("Paris"), {"any": [city("Rome"), {"not": city("Bonn")}]}, city("Oslo", "is_not")]}
    predicate = All(
        (
            lives_in("Paris"),
            AnyOf((lives_in("Rome"), Negation(lives_in("Bonn")))),
            Negation(lives_in("Oslo")),
        )
    )
    assert profile_set(node, fused=True) == of(predicate)
    assert profile_set({"not": city("Paris")}, fused=True) == of(Negation(lives_in("Paris")))


def test_what_reaches_related_records_stays_apart() -> None:
    node = {"all": [city("Paris"), LEADS, city("Rome"), {"not": LEADS}]}
    own = of(All((lives_in("Paris"), lives_in("Rome"))))
    assert profile_set(node, fused=True) == Intersection((own, HAS_LEADS, no(HAS_LEADS)))
    either = {"any": [LEADS, city("Paris"), {"any": [LEADS, city("Rome")]}]}
    inner = Union((of(AnyOf((lives_in("Rome"),))), HAS_LEADS))
    assert profile_set(either, fused=True) == Union((of(AnyOf((lives_in("Paris"),))), HAS_LEADS, inner))
    assert profile_set({"any": [LEADS, {"not": LEADS}]}, fused=True) == Union((HAS_LEADS, no(HAS_LEADS)))


def test_fused_nodes_stand_in_their_group() -> None:
    planned = plan(steps({"kind": "profile", "where": {"all": [city("Paris"), LEADS]}}), fused=True)
    group = "blocks[0].block.where"
    assert [path for path, _ in walk(planned.steps[0].node)][1:] == [group, f"{group}.all", f"{group}.all"]


# --- leaves ----------------------------------------------------------------------------------------------------------


def test_leaves_come_once_each_in_order_of_appearance() -> None:
    planned = plan(
        steps(in_city("Paris"), ("but_not", BUYERS), ("or", {"kind": "profile", "where": {"not": city("Paris")}}))
    )
    assert planned.leaves() == (those("Paris").leaf, HAS_BOUGHT.leaf, SCOPE.leaf)


def test_leaves_are_those_of_segments_and_of_parts_too() -> None:
    inner = segment("inner", in_city("Rome"))
    group = {"kind": "group", "blocks": steps(EVERYONE, ("and_also", {"kind": "segment", "segment": "inner"}))}
    planned = plan(steps(group, ("or", in_city("Paris"))), segments=[inner])
    assert planned.leaves() == (those("Rome").leaf, SCOPE.leaf, those("Paris").leaf)
    assert list(leaves_of(SegmentSet("inner"))) == []
    assert list(leaves_of(Difference(SCOPE, Union((HAS_LEADS, SCOPE))))) == [SCOPE.leaf, HAS_LEADS.leaf, SCOPE.leaf]


# --- pins, scopes, static segments -----------------------------------------------------------------------------------


def test_keeping_out_wins_over_keeping_in_and_both_over_the_definition() -> None:
    paris = those("Paris")
    pinned = {"keep_in": ["b", "a", "b"], "keep_out": ["c"]}
    assert plan(segment("s", in_city("Paris"), pinned=pinned)).total == in_scope(
        Difference(Union((paris, keys("a", "b"))), keys("c"))
    )
    assert plan(segment("s", in_city("Paris"), pinned={"keep_in": ["a"]})).total == in_scope(Union((paris, keys("a"))))
    assert plan(segment("s", in_city("Paris"), pinned={"keep_out": ["a"]})).total == in_scope(
        Difference(paris, keys("a"))
    )
    assert plan(segment("s", in_city("Paris"))).total == in_scope(paris)


def test_a_static_segment_is_its_keys_in_scope() -> None:
    planned = plan(static("s", "b", "a"))
    assert planned.total == in_scope(keys("a", "b"))
    assert planned.steps == ()
    assert planned.leaves() == (KeysLeaf(("a", "b")), ScopeLeaf())
    assert plan(static("s")).total == in_scope(keys())


NORTH = LeafSet(ScopeLeaf("north"))
UNIT = {"scope": "business_unit", "business_unit": "north"}


def test_not_and_everyone_are_relative_to_the_unit() -> None:
    planned = plan(segment("s", {"kind": "profile", "where": {"not": city("Paris")}}, ("or", EVERYONE), **UNIT))
    outside = Difference(NORTH, those("Paris"))
    assert planned.scope == ScopeLeaf("north")
    assert planned.total == in_scope(Union((outside, NORTH)), NORTH)
    assert plan(segment("s", {**BUYERS, "operator": "is", "value": 0}, **UNIT)).total == in_scope(
        Difference(NORTH, HAS_BOUGHT), NORTH
    )
    negative = {"kind": "profile", "where": city("Paris", "is_not")}
    assert plan(segment("s", negative, **UNIT)).total == in_scope(outside, NORTH)
    no_leads = {"kind": "profile", "where": {**LEADS, "quantifier": {"kind": "none"}}}
    assert plan(segment("s", no_leads, **UNIT)).total == in_scope(Difference(NORTH, HAS_LEADS), NORTH)
    assert plan(static("s", "a", **UNIT)).total == in_scope(keys("a"), NORTH)


def test_the_unit_of_the_owner_does_not_narrow_an_organizations_segment() -> None:
    assert plan(segment("s", EVERYONE, business_unit="north")).scope == ScopeLeaf()


def test_without_units_every_scope_is_the_organization() -> None:
    catalog = parse_catalog({"coterie": 1, "contact": {"key": "contact_id", "attributes": {"city": "text"}}})
    planned = plan(segment("s", EVERYONE, catalog=catalog, **UNIT), catalog=catalog)
    assert planned.scope == ScopeLeaf()
    assert planned.total == in_scope(SCOPE)


# --- segments in segments --------------------------------------------------------------------------------------------


def member_of(key: str) -> dict[str, Any]:
    return {"kind": "segment", "segment": key}


def test_segments_are_planned_once_those_referred_to_first() -> None:
    lowest = static("lowest", "a")
    left = segment("left", member_of("lowest"), others=[lowest])
    right = segment("right", in_city("Paris"), ("but_not", member_of("lowest")), others=[lowest])
    unused = segment("unused", EVERYONE)
    every = [unused, right, left, lowest]
    group = {"kind": "group", "blocks": steps(member_of("left"), ("or", EVERYONE))}
    planned = plan(steps(member_of("right"), ("or", group), ("or", member_of("lowest"))), segments=every)
    assert list(planned.segments) == ["lowest", "right", "left"]
    assert planned.segments["lowest"] == in_scope(keys("a"))
    assert planned.segments["left"] == in_scope(SegmentSet("lowest"))
    assert planned.segments["right"] == in_scope(Difference(those("Paris"), SegmentSet("lowest")))
    assert planned.steps[0].node.expression == SegmentSet("right")
    assert walk(planned.steps[0].node) == [("blocks[0].block", "SegmentBlock")]


def test_a_segment_keeps_its_own_pins_and_scope() -> None:
    inner = segment("inner", EVERYONE, pinned={"keep_out": ["x"]}, **UNIT)
    planned = plan(segment("outer", member_of("inner"), others=[inner]), segments=[inner])
    assert planned.segments == {"inner": in_scope(Difference(NORTH, keys("x")), NORTH)}
    assert planned.total == in_scope(SegmentSet("inner"))
    assert planned.scope == ScopeLeaf()


TODAY = {
    "kind": "profile",
    "where": {"attribute": "joined_at", "operator": "in_period", "value": "today"},
}


def today(start: str, end: str) -> LeafSet:
    return of(AttributeTest("joined_at", InstantIn(Between(instant(start), instant(end)))))


UTC_DAY = today("2026-11-23T00:00+00:00", "2026-11-24T00:00+00:00")
ROME_DAY = today("2026-11-23T00:00+01:00", "2026-11-24T00:00+01:00")
TOKYO_DAY = today("2026-11-23T00:00+09:00", "2026-11-24T00:00+09:00")


def test_the_zone_is_the_files_or_the_organizations() -> None:
    assert plan(segment("s", TODAY)).total == in_scope(UTC_DAY)
    assert plan(segment("s", TODAY, time_zone="Europe/Rome")).total == in_scope(ROME_DAY)
    assert plan(steps(TODAY), zone="Asia/Tokyo").total == in_scope(TOKYO_DAY)


def test_a_zone_passed_beside_wins_over_the_files_but_not_over_nested_ones() -> None:
    inner = segment("inner", TODAY)
    other = segment("other", TODAY, time_zone="Europe/Rome")
    outer = segment(
        "outer",
        TODAY,
        ("or", member_of("inner")),
        ("or", member_of("other")),
        others=[inner, other],
        time_zone="Europe/Rome",
    )
    planned = plan(outer, segments=[inner, other], asked_zone=ZoneInfo("Asia/Tokyo"))
    assert planned.steps[0].so_far == TOKYO_DAY
    assert planned.segments == {"inner": in_scope(UTC_DAY), "other": in_scope(ROME_DAY)}


def test_the_organizations_weeks_are_used() -> None:
    where = {"attribute": "born_on", "operator": "in_period", "value": "this_week"}

    def of_days(first: int, last: int) -> LeafSet:
        return of(AttributeTest("born_on", DateIn(Between(date(2026, 11, first), date(2026, 11, last)))))

    assert profile_set(where, catalog=catalog_of(first_weekday=6)) == of_days(22, 29)
    assert profile_set(where, catalog=catalog_of(first_weekday=0)) == of_days(23, 30)


@pytest.mark.parametrize("fused", [False, True])
def test_fused_or_not_the_subject_is_what_was_asked(fused: bool) -> None:
    planned = plan(steps(in_city("Paris")), fused=fused)
    node = planned.steps[0].node
    assert isinstance(node.subject, ProfileBlock)
    assert isinstance(node.children[0].subject, AttributeCondition)
    assert node.children[0].path == "blocks[0].block.where"
    assert planned.total == in_scope(those("Paris"))
