"""How much a definition may hold: each limit at its edge, and one step beyond."""

from __future__ import annotations

from typing import Any

import pytest

from coterie.definition import parse, to_mapping
from coterie.errors import DefinitionError

CONDITION: dict[str, Any] = {"attribute": "city", "operator": "has_value"}
EVERYONE: dict[str, Any] = {"kind": "everyone"}


def definition(block: dict[str, Any]) -> dict[str, Any]:
    return {"blocks": [{"block": block}]}


def profile(where: dict[str, Any]) -> dict[str, Any]:
    return definition({"kind": "profile", "where": where})


def problem_of(source: Any) -> tuple[str, str, str, str]:
    with pytest.raises(DefinitionError) as caught:
        parse(source)
    [problem] = caught.value.problems
    return problem.code, problem.path, problem.message, problem.hint


def nested(levels: int, kind: str) -> dict[str, Any]:
    node = CONDITION
    for _ in range(levels):
        match kind:
            case "not":
                node = {"not": node}
            case "relation":
                node = {"relation": "r", "quantifier": {"kind": "any"}, "where": node}
            case _:
                node = {kind: [node]}
    return node


TOO_DEEP = "This is nested deeper than 16 levels of groups, all, any, not and relations."
OWN_SEGMENT = "Move it into a segment of its own, and refer to that."


@pytest.mark.parametrize(
    ("kind", "step"), [("all", ".all[0]"), ("any", ".any[0]"), ("not", ".not"), ("relation", ".where")]
)
def test_nodes_nest_sixteen_levels(kind: str, step: str) -> None:
    parse(profile(nested(16, kind)))
    path = "blocks[0].block.where" + step * 16
    assert problem_of(profile(nested(17, kind))) == ("limit_exceeded", path, TOO_DEEP, OWN_SEGMENT)
    interaction = {"kind": "interaction", "interaction": "i", "operator": "is", "value": 1}
    parse(definition(interaction | {"where": nested(16, kind)}))
    assert problem_of(definition(interaction | {"where": nested(17, kind)}))[:2] == ("limit_exceeded", path)


def test_groups_nest_sixteen_levels() -> None:
    block = EVERYONE
    for _ in range(16):
        block = {"kind": "group", "blocks": [{"block": block}]}
    parse(definition(block))
    path = "blocks[0].block" + ".blocks[0].block" * 16
    assert problem_of(definition({"kind": "group", "blocks": [{"block": block}]})) == (
        "limit_exceeded",
        path,
        TOO_DEEP,
        OWN_SEGMENT,
    )


@pytest.mark.parametrize(("inner", "allowed"), [(14, True), (15, False)])
def test_groups_parentheses_and_relations_count_together(inner: int, allowed: bool) -> None:
    relation = {"relation": "r", "quantifier": {"kind": "any"}, "where": nested(inner, "all")}
    group = {"kind": "group", "blocks": [{"block": {"kind": "profile", "where": relation}}]}
    if allowed:
        parse(definition(group))
    else:
        assert problem_of(definition(group))[0] == "limit_exceeded"


def test_levels_end_with_what_they_hold() -> None:
    beside = {"all": [nested(15, "any"), nested(15, "not"), nested(15, "relation")]}
    assert to_mapping(parse(profile(beside))) == profile(beside)


MANY = "This is the condition number 501; 500 are possible."


def test_five_hundred_conditions_are_possible() -> None:
    parse(profile({"all": [CONDITION] * 500}))
    code, path, message, hint = problem_of(profile({"all": [CONDITION] * 503}))
    assert (code, path, message) == ("limit_exceeded", "blocks[0].block.where.all[500]", MANY)
    assert hint == "Move some into segments of their own, and refer to those."


def test_relations_and_blocks_are_conditions_too() -> None:
    relation = {"relation": "r", "quantifier": {"kind": "any"}, "where": CONDITION}
    blocks: list[dict[str, Any]] = [
        {"kind": "profile", "where": {"all": [relation] * 248}},
        {"kind": "segment", "segment": "a"},
        {"kind": "interaction", "interaction": "i", "operator": "is", "value": 1, "where": CONDITION},
    ]
    steps = [
        {"block": block} if index == 0 else {"combine": "or", "block": block} for index, block in enumerate(blocks)
    ]
    everyone = {"combine": "or", "block": {"kind": "group", "blocks": [{"block": EVERYONE}]}}
    parse({"blocks": [*steps, everyone]})
    assert problem_of({"blocks": [*steps, everyone, everyone]})[:3] == (
        "limit_exceeded",
        "blocks[4].block.blocks[0].block",
        MANY,
    )


def test_a_condition_beyond_the_limit_is_not_looked_at() -> None:
    broken = {"attribute": 5, "operator": "iss"}
    relation = {"relation": 5, "quantifier": {"kind": "some"}}
    assert problem_of(profile({"all": [CONDITION] * 500 + [CONDITION, broken, relation]}))[2] == MANY


@pytest.mark.parametrize("operator", ["is_in", "is_not_in", "includes_any"])
def test_a_list_has_ten_thousand_values(operator: str) -> None:
    parse(profile({"attribute": "city", "operator": operator, "value": ["x"] * 10_000}))
    assert problem_of(profile({"attribute": "city", "operator": operator, "value": ["x"] * 10_001})) == (
        "limit_exceeded",
        "blocks[0].block.where.value",
        "The list of values has 10,001 values; 10,000 are possible.",
        "",
    )


def test_the_parts_of_a_date_have_ten_thousand_values() -> None:
    parse(profile({"attribute": "born", "operator": "partial", "value": {"days": [1] * 10_000}}))
    code, path, *_ = problem_of(profile({"attribute": "born", "operator": "partial", "value": {"days": [1] * 10_001}}))
    assert (code, path) == ("limit_exceeded", "blocks[0].block.where.value.days")


def test_members_are_as_many_as_the_text_holds() -> None:
    members = [str(number) for number in range(20_000)]
    segment = parse({"coterie": 1, "segment": "a", "name": "A", "type": "static", "members": members})
    assert segment.members == tuple(members)  # type: ignore[union-attr]


def test_a_regular_expression_has_256_characters() -> None:
    parse(profile({"attribute": "city", "operator": "matches", "value": "é" * 256}))
    assert problem_of(profile({"attribute": "city", "operator": "matches", "value": "é" * 257})) == (
        "limit_exceeded",
        "blocks[0].block.where.value",
        "The regular expression has 257 characters; 256 are possible.",
        "",
    )


LONGEST = {
    "minutes": 52_596_000,
    "hours": 876_600,
    "rolling_days": 36_525,
    "days": 36_525,
    "weeks": 5_217,
    "months": 1_200,
    "quarters": 400,
    "years": 100,
}


@pytest.mark.parametrize(("unit", "longest"), LONGEST.items())
def test_a_length_of_time_is_a_hundred_years(unit: str, longest: int) -> None:
    interaction = {"kind": "interaction", "interaction": "i", "operator": "is", "value": 1}

    def window(count: int) -> dict[str, Any]:
        return definition(interaction | {"window": {"kind": "last", "count": count, "unit": unit}})

    def condition(count: int) -> dict[str, Any]:
        return profile({"attribute": "born", "operator": "in_last", "value": {"count": count, "unit": unit}})

    parse(window(longest))
    parse(condition(longest))
    message, hint = f"{longest + 1} is more than 100 years.", f"At most {longest:,} {unit}."
    assert problem_of(window(longest + 1)) == ("limit_exceeded", "blocks[0].block.window.count", message, hint)
    assert problem_of(condition(longest + 1)) == ("limit_exceeded", "blocks[0].block.where.value.count", message, hint)


def test_ranges_and_windows_may_be_of_one_day_or_number() -> None:
    window = {"kind": "between", "from": "2026-11-23", "to": "2026-11-23"}
    for one in (
        definition({"kind": "interaction", "interaction": "i", "operator": "is", "value": 1, "window": window}),
        profile({"attribute": "born", "operator": "between", "value": ["2026-11-23", "2026-11-23"]}),
        profile({"attribute": "age", "operator": "between", "value": [5, 5]}),
    ):
        assert to_mapping(parse(one)) == one
