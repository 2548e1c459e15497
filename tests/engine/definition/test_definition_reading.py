"""What definitions are read from: YAML, JSON, bytes, mappings; and what hostile ones do not do."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import pytest

from coterie.definition import Definition, parse, to_mapping
from coterie.definition.nodes import AttributeCondition, Everyone, ProfileBlock, Step
from coterie.errors import DefinitionError, Problem

ANYBODY = Definition(steps=(Step(block=Everyone()),))

Refusal = Callable[[Any], list[tuple[str, str]]]


def value_of(value: Any) -> Any:
    """The value of a condition, as parsed."""
    where = {"attribute": "a", "operator": "is", "value": value}
    parsed = parse({"blocks": [{"block": {"kind": "profile", "where": where}}]})
    assert isinstance(parsed, Definition)
    block = parsed.steps[0].block
    assert isinstance(block, ProfileBlock)
    assert isinstance(block.where, AttributeCondition)
    return block.where.value


def problem_of(source: Any) -> Problem:
    with pytest.raises(DefinitionError) as caught:
        parse(source)
    [problem] = caught.value.problems
    return problem


@pytest.mark.parametrize(
    "source",
    [
        "blocks: [{block: {kind: everyone}}]",
        "{blocks: [{block: {kind: everyone}}]}",
        '{"blocks": [{"block": {"kind": "everyone"}}]}',
        b"\xef\xbb\xbfblocks:\r\n  - block:\r\n      kind: everyone\r\n",
        '  \n{"blocks": [{"block": {"kind": "everyone"}},]}',
        {"blocks": [{"block": {"kind": "everyone"}}]},
        MappingProxyType({"blocks": (OrderedDict(block={"kind": "everyone"}),)}),
    ],
)
def test_text_bytes_and_mappings_are_read(source: Any) -> None:
    assert parse(source) == ANYBODY


def test_json_says_the_same_as_yaml(example: str) -> None:
    assert parse(json.dumps(to_mapping(parse(example)))) == parse(example)


class Color(StrEnum):
    RED = "red"


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("text", "text"),
        (Color.RED, "red"),
        (5, Decimal(5)),
        (-5, Decimal(-5)),
        (0.1, Decimal("0.1")),
        (1e300, Decimal("1e300")),
        (Decimal("0.10"), Decimal("0.10")),
        (True, True),
        (False, False),
        (date(2026, 11, 23), date(2026, 11, 23)),
        (2**1000 - 1, Decimal(2**1000 - 1)),
    ],
)
def test_the_values_of_a_mapping(given: Any, read: Any) -> None:
    assert value_of(given) == read
    assert type(value_of(given)) is type(read)


NO_NUMBER = "This is no number that can be compared."
NO_CHARACTER = "This text holds a NUL or half of a surrogate pair, which is no character."


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (float("nan"), NO_NUMBER),
        (float("inf"), NO_NUMBER),
        (Decimal("-Infinity"), NO_NUMBER),
        (Decimal("NaN"), NO_NUMBER),
        (2**1000, NO_NUMBER),
        ("a\0b", NO_CHARACTER),
        ("\ud800", NO_CHARACTER),
        (datetime(2026, 11, 23, 10, tzinfo=UTC), "2026-11-23 10:00:00+00:00 is an instant, not a day."),
        (datetime(2026, 11, 23, 0, 0), "2026-11-23 00:00:00 is an instant, not a day."),  # noqa: DTZ001 - read as given
        (b"bytes", "A value is text, a number, true or false, or a day, not bytes."),
        ({1}, "A value is text, a number, true or false, or a day, not set."),
    ],
)
def test_what_no_definition_can_hold(value: Any, message: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        value_of(value)
    [problem] = caught.value.problems
    assert (problem.code, problem.path, problem.message) == ("invalid_value", "blocks[0].block.where.value", message)
    assert problem.line is None


def test_keys_are_text() -> None:
    with pytest.raises(DefinitionError) as caught:
        parse({"blocks": [{"block": {"kind": "everyone", 5: 1}}], None: 1, "x": object()})
    assert [(problem.code, problem.path, problem.message) for problem in caught.value.problems] == [
        ("invalid_value", "", "A key is text, not None."),
        ("invalid_value", "blocks[0].block", "A key is text, not 5."),
        ("invalid_value", "x", "A value is text, a number, true or false, or a day, not object."),
    ]


@pytest.mark.parametrize(("source", "kind"), [(None, "NoneType"), (5, "int"), ([], "list")])
def test_a_definition_is_text_or_a_mapping(source: Any, kind: str) -> None:
    problem = problem_of(source)
    assert (problem.code, problem.path) == ("invalid_value", "")
    assert problem.message == f"A definition is text or a mapping, not {kind}."


def test_a_definition_is_not_changed_by_reading_it() -> None:
    source = {"blocks": [{"block": {"kind": "everyone"}}]}
    parse(source)
    assert source == {"blocks": [{"block": {"kind": "everyone"}}]}


# --- text that is none -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "path", "line"),
    [
        (b"blocks:\n- \xff", "", 2),
        ("blocks:\n\n- \0", "", 3),
        ("blocks: \ud800", "", None),
        ("blocks:\n  - {block: *everyone}", "blocks[0].block", 2),
        ("blocks: !!seq []", "blocks", 1),
        ("blocks: []\n---\nblocks: []", "", 2),
        ("blocks:\n- <<: {}\n", "blocks[0]", 2),
        ('{"blocks": [{"block": {"kind": "everyone"}}', "", 1),
        ('{"blocks": 1, "blocks": 2}', "blocks", None),
        ('{"blocks": NaN}', "", None),
        ('{"blocks": "\\ud800"}', "blocks", None),
    ],
)
def test_broken_text_is_a_syntax_error(source: str | bytes, path: str, line: int | None) -> None:
    problem = problem_of(source)
    assert (problem.code, problem.path, problem.line) == ("syntax_error", path, line)
    assert problem.message


def test_every_key_given_twice_is_named(refusal: Refusal) -> None:
    text = "blocks:\n- {block: {kind: everyone, kind: group}}\nblocks: []\n"
    assert refusal(text) == [("syntax_error", "blocks[0].block.kind"), ("syntax_error", "blocks")]


# --- too much --------------------------------------------------------------------------------------------------------


def test_a_bomb_of_aliases_is_refused_at_its_first_anchor() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    problem = problem_of("\n".join(lines))
    assert (problem.code, problem.path, problem.line) == ("syntax_error", "a0", 1)


def deep(levels: int) -> dict[str, Any]:
    where: dict[str, Any] = {"attribute": "a", "operator": "has_value"}
    for _ in range(levels):
        where = {"not": where}
    return {"blocks": [{"block": {"kind": "profile", "where": where}}]}


@pytest.mark.timeout(5)
@pytest.mark.parametrize("levels", [95, 1_000, 100_000])
def test_depth_is_refused_before_anything_is_looked_at(levels: int) -> None:
    problem = problem_of(deep(levels))
    assert problem.code == "limit_exceeded"
    if levels == 95:
        assert problem.message == "This is nested deeper than 16 levels of groups, all, any, not and relations."
    else:
        assert problem.path == "blocks[0].block.where" + ".not" * 96
        assert problem.message == "This is nested deeper than 100 levels."


def test_the_hundredth_level_of_a_mapping_is_the_last() -> None:
    assert problem_of(deep(95)).path == "blocks[0].block.where" + ".not" * 16
    assert problem_of(deep(96)).path == "blocks[0].block.where" + ".not" * 96


@pytest.mark.timeout(5)
@pytest.mark.parametrize(
    "text",
    [
        '{"blocks": ' + "[" * 1_000 + "]" * 1_000 + "}",
        '{"blocks": ' + '{"not": ' * 1_000 + "1" + "}" * 1_000 + "}",
        "blocks: " + "[" * 1_000,
        "\n".join("  " * level + "not:" for level in range(1_000)),
        "blocks:\n" + "- " * 1_000 + "x",
    ],
    ids=["JSON lists", "JSON mappings", "flow", "blocks", "dashes"],
)
def test_text_of_a_thousand_levels_is_refused(text: str) -> None:
    problem = problem_of(text)
    assert (problem.code, problem.message) == ("limit_exceeded", "This is nested deeper than 100 levels.")


@pytest.mark.timeout(5)
def test_a_mapping_that_holds_itself_is_refused() -> None:
    circle: dict[str, Any] = {}
    circle["blocks"] = circle
    assert problem_of(circle).code == "limit_exceeded"


@pytest.mark.timeout(10)
def test_a_mapping_that_holds_itself_twice_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coterie.definition.reading.VALUES_LIMIT", 10_000)
    layer: Any = ["x"]
    for _ in range(60):
        layer = [layer, layer]
    problem = problem_of({"blocks": layer})
    assert (problem.code, problem.path) == ("limit_exceeded", "")
    assert problem.message == "This holds more than 10,000 values."


def test_as_many_values_as_the_limit_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    source = {"blocks": [{"block": {"kind": "everyone"}}]}
    monkeypatch.setattr("coterie.definition.reading.VALUES_LIMIT", 4)
    assert parse(source) == ANYBODY
    monkeypatch.setattr("coterie.definition.reading.VALUES_LIMIT", 3)
    assert problem_of(source).code == "limit_exceeded"


WAY_OUT = "Written as JSON, it may have 8,388,608 bytes."


@pytest.mark.timeout(5)
@pytest.mark.parametrize(
    ("source", "message", "hint"),
    [
        ("x" * (10 << 20), "The text has 10,485,760 bytes; at most 1,048,576 are read.", ""),
        (b'{"blocks": "' + b"x" * (10 << 20), "The text has 10,485,772 bytes; at most 8,388,608 are read.", ""),
        ("a" + ": b" * (1 << 19), "The text has 1,572,865 bytes; at most 1,048,576 are read.", WAY_OUT),
        ("x" * (1048576 + 1), "The text has 1,048,577 bytes; at most 1,048,576 are read.", WAY_OUT),
        ("x" * (8 << 20), "The text has 8,388,608 bytes; at most 1,048,576 are read.", WAY_OUT),
    ],
    ids=["YAML", "JSON", "YAML of keys", "YAML at its edge", "YAML that JSON could hold"],
)
def test_text_that_is_too_long_is_not_read(source: str | bytes, message: str, hint: str) -> None:
    problem = problem_of(source)
    assert (problem.code, problem.path, problem.message, problem.hint) == ("limit_exceeded", "", message, hint)


def test_text_of_the_limit_is_read() -> None:
    text = "blocks: [{block: {kind: everyone}}]\n#"
    assert parse(text + "x" * ((1 << 20) - len(text))) == ANYBODY
    text = '{"blocks": [{"block": {"kind": "everyone"}}]}'
    assert parse(text + " " * ((8 << 20) - len(text))) == ANYBODY


def test_yaml_of_very_many_values_is_to_be_written_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "blocks: [{block: {kind: everyone}}]"
    monkeypatch.setattr("coterie.values.documents.YAML_VALUES", 8)
    assert parse(text) == ANYBODY
    monkeypatch.setattr("coterie.values.documents.YAML_VALUES", 7)
    problem = problem_of(text)
    assert (problem.code, problem.path, problem.line) == ("limit_exceeded", "blocks[0].block.kind", 1)
    assert problem.message == "The document has more than 7 keys and values."
    assert problem.hint == "Write it as JSON, which may have more."


@pytest.mark.timeout(30)
@pytest.mark.parametrize("text", ["blocks: [" + "1," * 500_000 + "1]", "a: 1\n" * 200_000], ids=["list", "keys"])
def test_a_megabyte_of_dense_yaml_is_refused_early(text: str) -> None:
    assert problem_of(text).message == "The document has more than 50,000 keys and values."


@pytest.mark.timeout(10)
def test_eight_megabytes_of_problems_are_answered() -> None:
    condition = '{"attribute":5,"oprator":"is","value":[]},'
    text = '{"blocks":[{"block":{"kind":"profile","where":{"all":[' + condition * 150_000 + '{"all":[]}]}}}]}'
    with pytest.raises(DefinitionError) as caught:
        parse(text)
    assert caught.value.problems[-1].code == "limit_exceeded"


@pytest.mark.timeout(5)
def test_long_names_are_cut() -> None:
    problem = problem_of({"blocks": [{"block": {"kind": "everyone"}}], "k" * 5_000_000: 1})
    assert problem.path == "k" * 60 + "…"
    assert problem.message == f"A definition has no key '{'k' * 60}…'."
    problem = problem_of({"blocks": [{"block": {"kind": "x" * 61}}]})
    assert problem.message == f"There is no block of the kind '{'x' * 60}…'."
    problem = problem_of({"blocks": [{"block": {"kind": "x" * 60}}]})
    assert problem.message == f"There is no block of the kind '{'x' * 60}'."


@pytest.mark.timeout(5)
def test_numbers_without_end_are_refused_quickly() -> None:
    for count in ("1e999999999", "1" * 100_000, "-1e999999999"):
        block = "kind: interaction, interaction: i, operator: is, value: 1"
        text = f"blocks: [{{block: {{{block}, window: {{kind: last, count: {count}, unit: days}}}}}}]"
        assert problem_of(text).path == "blocks[0].block.window.count"
    assert value_of(Decimal("1e999999999")) == Decimal("1e999999999")
