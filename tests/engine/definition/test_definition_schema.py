"""The published JSON Schema: it accepts what the parser accepts, and refuses what has a wrong shape."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from test_definition_writing import EVERYTHING, STATIC

from coterie.definition import json_schema, parse, to_mapping
from coterie.definition.grammar import FORMS, OPERATORS, ValueForm
from coterie.definition.nodes import Operator, Period, Unit
from coterie.definition.schema import schema_text
from coterie.errors import DefinitionError

VALIDATOR = Draft202012Validator(json_schema())
ROOT = Path(__file__).parents[3]


def is_accepted(source: Any) -> bool:
    """Whether the schema accepts `source`. The parser must be of the same mind."""
    try:
        parse(source)
        parsed = True
    except DefinitionError:
        parsed = False
    assert VALIDATOR.is_valid(source) == parsed, source
    return parsed


def profile(**condition: Any) -> dict[str, Any]:
    return {"blocks": [{"block": {"kind": "profile", "where": condition}}]}


def interaction(**keys: Any) -> dict[str, Any]:
    block = {"kind": "interaction", "interaction": "i", "operator": "is", "value": 1}
    return {"blocks": [{"block": block | keys}]}


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(json_schema())


def test_the_published_file_is_current() -> None:
    """
    Write it with `python -m coterie.definition.schema docs/definition.schema.json`.
    """
    assert (ROOT / "docs" / "definition.schema.json").read_text(encoding="utf-8") == schema_text()


def test_whole_files_are_accepted(example: str) -> None:
    for text in (example, EVERYTHING, STATIC):
        assert is_accepted(to_mapping(parse(text)))
    assert is_accepted({"blocks": [{"block": {"kind": "everyone"}}]})


VALUES: dict[ValueForm, Any] = {
    ValueForm.CONSTANT: "x",
    ValueForm.PATTERN: "x",
    ValueForm.LIST: ["x"],
    ValueForm.RANGE: [1, 2],
    ValueForm.DURATION: {"count": 1, "unit": "days"},
    ValueForm.PERIOD: "today",
    ValueForm.PARTIAL: {"days": [1]},
    ValueForm.ANNIVERSARY: {"month": 1, "day": 1},
}


@pytest.mark.parametrize("operator", Operator)
def test_an_operator_takes_its_own_form_of_value(operator: Operator) -> None:
    form = FORMS[operator]
    assert is_accepted(profile(attribute="a", operator=operator.value)) == (form is ValueForm.NOTHING)
    for other, value in VALUES.items():
        accepted = is_accepted(profile(attribute="a", operator=operator.value, value=value))
        same_kind = {other, form} == {ValueForm.RANGE, ValueForm.LIST} and form is ValueForm.LIST
        words = {ValueForm.CONSTANT, ValueForm.PATTERN}
        is_word = form in words and other in words | {ValueForm.PERIOD}
        assert accepted == (form is other or same_kind or is_word)


def test_every_operator_belongs_to_a_type() -> None:
    assert {operator for operators in OPERATORS.values() for operator in operators} == set(Operator) == set(FORMS)


@pytest.mark.parametrize("unit", Unit)
def test_every_unit_has_its_longest_count(unit: Unit) -> None:
    longest = {"minutes": 52596000, "hours": 876600, "weeks": 5217, "months": 1200, "quarters": 400, "years": 100}
    count = longest.get(unit.value, 36525)
    for value, accepted in ((0, False), (1, True), (count, True), (count + 1, False), (1.5, False), ("1", False)):
        duration = {"count": value, "unit": unit.value}
        assert is_accepted(profile(attribute="a", operator="in_last", value=duration)) == accepted
        assert is_accepted(interaction(window={"kind": "last", **duration})) == accepted
        assert is_accepted(interaction(window={"kind": "before_last", **duration})) == accepted


@pytest.mark.parametrize("period", [*(period.value for period in Period), "now"])
def test_periods(period: str) -> None:
    known = period != "now"
    assert is_accepted(profile(attribute="a", operator="in_period", value=period)) == known
    assert is_accepted(profile(attribute="a", operator="anniversary", value={"in_period": period})) == known
    assert is_accepted(interaction(window={"kind": "period", "period": period})) == known


@pytest.mark.parametrize(
    ("source", "accepted"),
    [
        (profile(attribute="a", operator="partial", value={}), False),
        (profile(attribute="a", operator="partial", value={"days": []}), False),
        (profile(attribute="a", operator="partial", value={"days": [0]}), False),
        (profile(attribute="a", operator="partial", value={"days": [1, 31, "today"]}), True),
        (profile(attribute="a", operator="partial", value={"days": [32]}), False),
        (profile(attribute="a", operator="partial", value={"weekdays": ["monday", "sunday", "today"]}), True),
        (profile(attribute="a", operator="partial", value={"weekdays": [1]}), False),
        (profile(attribute="a", operator="partial", value={"months": [1, 12, "this_month"]}), True),
        (profile(attribute="a", operator="partial", value={"months": [13]}), False),
        (profile(attribute="a", operator="partial", value={"years": [1, 9999, "this_year"]}), True),
        (profile(attribute="a", operator="partial", value={"years": [0]}), False),
        (profile(attribute="a", operator="partial", value={"years": ["today"]}), False),
        (profile(attribute="a", operator="anniversary", value={}), False),
        (profile(attribute="a", operator="anniversary", value={"month": 2}), False),
        (profile(attribute="a", operator="anniversary", value={"month": 2, "day": 29}), True),
        (profile(attribute="a", operator="anniversary", value={"month": 2, "day": 32}), False),
        (profile(attribute="a", operator="matches", value=""), False),
        (profile(attribute="a", operator="matches", value="x" * 256), True),
        (profile(attribute="a", operator="matches", value="x" * 257), False),
        (profile(attribute="a", operator="is_in", value=[]), False),
        (profile(attribute="a", operator="is_in", value=[1, True, "x"]), True),
        (profile(attribute="a", operator="is_in", value=["x"] * 10_001), False),
        (profile(attribute="a", operator="is_in", value=["x"] * 10_000), True),
        (profile(attribute="a", operator="between", value=[1]), False),
        (profile(attribute="a", operator="between", value=[1, 2, 3]), False),
        (profile(attribute="a", operator="has_value", match_case=True), True),
        (profile(attribute="a", operator="has_value", match_case="yes"), False),
        (profile(all=[]), False),
        (profile(any=[{"not": {"attribute": "a", "operator": "has_value"}}]), True),
        (profile(relation="r", quantifier={"kind": "count", "operator": "has_value"}), True),
        (profile(relation="r", quantifier={"kind": "sum", "operator": "is", "value": 1}), False),
        (interaction(window={"kind": "between", "from": "2026-01-01", "to": "2026-12-31"}), True),
        (interaction(window={"kind": "since", "from": "2026-1-1"}), False),
        (interaction(window={"kind": "until", "to": "2026-12-31T00:00"}), False),
        (interaction(measure={"kind": "sum"}), False),
        (interaction(measure={"kind": "distinct", "attribute": "a"}), True),
        ({"blocks": [{"combine": "or", "block": {"kind": "everyone"}}]}, False),
        ({"blocks": [{"block": {"kind": "everyone"}}, {"block": {"kind": "everyone"}}]}, False),
        ({"blocks": [{"block": {"kind": "everyone"}}, {"combine": "and", "block": {"kind": "everyone"}}]}, False),
        ({"blocks": [{"block": {"kind": "group", "blocks": []}}]}, False),
        ({"blocks": [{"block": {"kind": "segment", "segment": "A"}}]}, False),
        ({"blocks": []}, False),
        ({}, False),
        ([], False),
    ],
)
def test_shapes(source: Any, accepted: bool) -> None:
    if isinstance(source, dict):
        assert is_accepted(source) == accepted
    else:
        assert not VALIDATOR.is_valid(source)


def places(tree: Any, *path: Any) -> Iterator[tuple[Any, ...]]:
    """The paths of all mappings in `tree`."""
    if isinstance(tree, dict):
        yield path
    for key, child in tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ():
        yield from places(child, *path, key)


def at(tree: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        tree = tree[key]
    return tree


def pieces() -> Iterator[Any]:
    """Small definitions that together hold every kind of thing, and the files around them."""
    whole: Any = to_mapping(parse(EVERYTHING))
    first, *others = whole["definition"]["blocks"]
    for node in first["block"]["where"]["any"]:
        yield {"blocks": [{"block": {"kind": "profile", "where": node}}]}
    for step in others:
        yield {"blocks": [{"block": {"kind": "everyone"}}, step]}
    yield whole | {"definition": {"blocks": [{"block": {"kind": "everyone"}}]}}
    yield to_mapping(parse(STATIC))


PIECES = list(pieces())


@pytest.mark.parametrize("piece", PIECES)
def test_unknown_keys_are_refused_everywhere(piece: Any) -> None:
    for path in places(piece):
        changed = copy.deepcopy(piece)
        at(changed, path)["colour"] = "red"
        assert not VALIDATOR.is_valid(changed), path
        with pytest.raises(DefinitionError) as caught:
            parse(changed)
        assert [problem.code for problem in caught.value.problems] == ["unknown_key"], path


@pytest.mark.parametrize("piece", PIECES)
def test_without_any_one_key_schema_and_parser_are_of_one_mind(piece: Any) -> None:
    refused = 0
    for path in places(piece):
        for key in at(piece, path):
            changed = copy.deepcopy(piece)
            del at(changed, path)[key]
            refused += not is_accepted(changed)
    assert refused


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("other", [None, {}, [[]]], ids=["null", "mapping", "list"])
def test_with_any_one_value_replaced_both_refuse(piece: Any, other: Any) -> None:
    for path in places(piece):
        for key in at(piece, path):
            if key == "pinned" and other == {}:
                continue  # pins may be none
            changed = copy.deepcopy(piece)
            at(changed, path)[key] = other
            assert not is_accepted(changed), (*path, key)
