"""Segments in segments, pins, static segments, scope, breakdowns and refusals (rules 23 to 28, 36)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from coterie.backends.reference import ReferenceEngine
from coterie.definition import parse, typed
from coterie.errors import DefinitionError, QuestionError

AS_OF = datetime(2026, 11, 23, 12, tzinfo=UTC)

PEOPLE = {
    "contact": [
        {"id": "ann", "unit": "north", "city": "Rome", "seen": "2026-11-23T15:00Z"},
        {"id": "bob", "unit": "south", "city": "Rome"},
        {"id": "cat", "unit": " north ", "city": "Pisa"},
        {"id": "dan", "city": "Rome"},
        {"id": "eve", "unit": "North", "city": "Pisa"},
    ]
}

ROME = {"kind": "profile", "where": {"attribute": "city", "operator": "is", "value": "Rome"}}


def dynamic(key: str, *blocks: dict[str, object], **more: object) -> dict[str, object]:
    steps = [{"block": block, **({"combine": "and_also"} if number else {})} for number, block in enumerate(blocks)]
    return {"coterie": 1, "segment": key, "name": key, "type": "dynamic", "definition": {"blocks": steps}, **more}


def static(key: str, *members: str, **more: object) -> dict[str, object]:
    return {"coterie": 1, "segment": key, "name": key, "type": "static", "members": list(members), **more}


def refers(key: str) -> dict[str, object]:
    return {"kind": "segment", "segment": key}


NORTH = {"scope": "business_unit", "business_unit": "north"}


def test_a_unit_is_compared_as_a_key_and_who_has_none_is_in_none(find):
    assert find(PEOPLE, dynamic("all", {"kind": "everyone"}, **NORTH)) == ["ann", "cat"]


def test_not_is_relative_to_the_scope(find):
    not_rome = {"kind": "profile", "where": {"not": ROME["where"]}}
    assert find(PEOPLE, dynamic("s", not_rome, **NORTH)) == ["cat"]


def test_the_scope_narrows_members_and_not_related_records(find):
    tables = {
        "account": [{"account_id": "x"}],
        "contact": [{"id": "a", "unit": "north", "account_id": "x"}, {"id": "b", "unit": "south", "account_id": "x"}],
    }
    two = {"relation": "colleagues", "quantifier": {"kind": "count", "operator": "is", "value": 2}}
    node = {"relation": "account", "quantifier": {"kind": "any"}, "where": two}
    assert find(tables, dynamic("s", {"kind": "profile", "where": node}, **NORTH)) == ["a"]


def test_pins_win_over_the_definition_and_out_over_in_within_the_scope(find):
    pins = {"keep_in": ["cat", "ann", "bob", "nobody"], "keep_out": ["ann"]}
    assert find(PEOPLE, dynamic("s", ROME, pinned=pins)) == ["bob", "cat", "dan"]
    assert find(PEOPLE, dynamic("s", ROME, pinned=pins, **NORTH)) == ["cat"]


def test_pins_hold_wherever_the_segment_is_referenced(find):
    segments = {"inner": dynamic("inner", ROME, pinned={"keep_in": ["eve"], "keep_out": ["bob"]})}
    assert find(PEOPLE, refers("inner"), segments=segments) == ["ann", "dan", "eve"]


def test_a_static_segment_holds_its_known_members_in_scope(find):
    assert find(PEOPLE, static("s", "eve", "ann", "nobody", "ann")) == ["ann", "eve"]
    assert find(PEOPLE, static("s", "eve", "ann", **NORTH)) == ["ann"]
    assert find(PEOPLE, static("s")) == []


def test_a_nested_segment_keeps_its_scope_and_is_intersected_with_the_outer(find):
    segments = {"inner": dynamic("inner", ROME, **NORTH), "free": dynamic("free", ROME)}

    assert find(PEOPLE, dynamic("outer", refers("inner")), segments=segments) == ["ann"]
    south = {"scope": "business_unit", "business_unit": "south"}
    assert find(PEOPLE, dynamic("outer", refers("inner"), **south), segments=segments) == []
    assert find(PEOPLE, dynamic("outer", refers("free"), **south), segments=segments) == ["bob"]


def test_a_nested_segment_keeps_its_zone(find):
    """15:00Z of 23 November is the 24th in Tokyo."""
    on_24 = {"kind": "profile", "where": {"attribute": "seen", "operator": "on", "value": "2026-11-24"}}
    segments = {"tokyo": dynamic("tokyo", on_24, time_zone="Asia/Tokyo"), "home": dynamic("home", on_24)}

    assert find(PEOPLE, refers("tokyo"), segments=segments) == ["ann"]
    assert find(PEOPLE, refers("home"), segments=segments, zone="Asia/Tokyo") == []
    assert find(PEOPLE, segments["tokyo"], zone="UTC") == []
    assert find(PEOPLE, segments["tokyo"]) == ["ann"]
    assert find(PEOPLE, on_24, time_zone="Asia/Tokyo") == ["ann"]


def test_where_the_catalog_has_no_units_every_scope_is_the_organization(engine_with):
    catalog = engine_with({}).catalog
    unitless = ReferenceEngine(
        type(catalog)(
            organization=catalog.organization,
            contact=type(catalog.contact)(name="contact", key="id", attributes=catalog.contact.attributes),
            entities=catalog.entities,
            relations=catalog.relations,
            interactions=catalog.interactions,
        )
    )
    unitless.load("contact", PEOPLE["contact"])
    segment = typed(parse(dynamic("s", {"kind": "everyone"}, **NORTH)), unitless.catalog, {})
    assert unitless.count(segment, as_of=AS_OF) == 5


def test_references_are_refused_wherever_they_cannot_be_used(engine_with):
    engine = engine_with(PEOPLE)
    outer, inner = parse(dynamic("outer", refers("inner"))), parse(dynamic("inner", refers("outer")))

    with pytest.raises(DefinitionError) as missing:
        engine.members(outer, as_of=AS_OF)
    with pytest.raises(DefinitionError) as cycle:
        engine.members(outer, as_of=AS_OF, segments={"inner": inner, "outer": outer})

    assert (missing.value.code, cycle.value.code) == ("unknown_segment", "segment_cycle")


def test_a_scope_of_nobodys_unit_is_refused(engine_with):
    unowned = parse(dynamic("s", ROME, scope="business_unit"))
    with pytest.raises(DefinitionError) as refused:
        engine_with(PEOPLE).members(unowned, as_of=AS_OF)
    assert refused.value.code == "missing_key"


def test_one_contact_is_asked_like_all(engine_with, typed_for):
    engine = engine_with(PEOPLE)
    rome = typed_for(engine, ROME)

    assert [key for key in ("ann", "cat") if engine.matches(rome, key, AS_OF)] == ["ann"]
    assert not engine.matches(typed_for(engine, dynamic("s", ROME, **NORTH)), "dan", AS_OF)
    with pytest.raises(QuestionError) as unknown:
        engine.matches(rome, "nobody", AS_OF)
    assert unknown.value.code == "unknown_contact"


def test_questions_without_an_offset_or_with_an_unknown_zone_are_refused(engine_with, typed_for):
    engine = engine_with(PEOPLE)
    rome = typed_for(engine, ROME)

    with pytest.raises(QuestionError) as naive:
        engine.members(rome, as_of=AS_OF.replace(tzinfo=None))
    with pytest.raises(QuestionError) as unknown:
        engine.members(rome, as_of=AS_OF, time_zone="Mars/Olympus")
    with pytest.raises(QuestionError) as nothing:
        engine.load("orders", [])

    codes = (naive.value.code, unknown.value.code, nothing.value.code)
    assert codes == ("invalid_as_of", "unknown_time_zone", "unknown_entity")


def test_a_breakdown_counts_what_each_step_block_and_condition_finds_alone(engine_with, typed_for):
    engine = engine_with(PEOPLE)
    pisa = {"attribute": "city", "operator": "is", "value": "Pisa"}
    north = {"attribute": "unit", "operator": "is", "value": "north"}
    both = {"kind": "profile", "where": {"any": [pisa, {"not": north}]}}
    question = {
        "blocks": [
            {"block": ROME},
            {"combine": "and_also", "block": {"kind": "group", "blocks": [{"block": both}]}},
            {
                "combine": "but_not",
                "block": {"kind": "interaction", "interaction": "bought", "operator": "is", "value": 1},
            },
        ]
    }

    breakdown = engine.breakdown(typed_for(engine, question), as_of=AS_OF)

    assert breakdown.total == 2
    assert [(step.combine, step.alone, step.so_far) for step in breakdown.steps] == [
        (None, 3, 3),
        ("and_also", 4, 2),
        ("but_not", 0, 2),
    ]
    assert breakdown.counts() == {
        "blocks[0].block": 3,
        "blocks[0].block.where": 3,
        "blocks[1].block": 4,
        "blocks[1].block.blocks[0].block": 4,
        "blocks[1].block.blocks[0].block.where": 4,
        "blocks[1].block.blocks[0].block.where.any[0]": 2,
        "blocks[1].block.blocks[0].block.where.any[1]": 2,
        "blocks[1].block.blocks[0].block.where.any[1].not": 3,
        "blocks[2].block": 0,
    }


def test_a_breakdown_is_of_the_scope_and_pins_are_in_its_total_alone(engine_with, typed_for):
    engine = engine_with(PEOPLE)
    segment = typed_for(engine, dynamic("s", ROME, pinned={"keep_in": ["cat"]}, **NORTH))

    breakdown = engine.breakdown(segment, as_of=AS_OF)

    assert breakdown.total == 2
    assert breakdown.counts() == {"definition.blocks[0].block": 1, "definition.blocks[0].block.where": 1}
    assert engine.breakdown(typed_for(engine, static("s", "ann")), as_of=AS_OF).total == 1
