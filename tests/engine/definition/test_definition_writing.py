"""Definitions written back: the same text again, and nothing that YAML reads as something else."""

from __future__ import annotations

import io
import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example as also
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from coterie.definition import Definition, Parsed, parse, to_mapping, write
from coterie.definition.nodes import AttributeCondition, Operator, ProfileBlock, Step, Value


def condition(value: Value, operator: str = "is") -> Definition:
    node = AttributeCondition(attribute="a", operator=Operator(operator), value=value)
    return Definition(steps=(Step(block=ProfileBlock(where=node)),))


def written(value: Value, operator: str = "is") -> str:
    """How `value` stands in the text."""
    match = re.search(r"value: (.*?)}*$", write(condition(value, operator)), re.MULTILINE)
    assert match
    return match[1]


def assert_round_trip(parsed: Parsed) -> None:
    text = write(parsed)
    assert parse(text) == parsed
    assert write(parse(text)) == text


EVERYTHING = Path(__file__).with_name("everything.yaml").read_text(encoding="utf-8")

STATIC = """\
coterie: 1
segment: vips
name: VIPs
type: static
scope: organization
members: ["00017", "00042", a b]
external: {source: CRM, url: "https://example.org/?a=1&b=2#c"}
"""


@pytest.mark.parametrize("text", [EVERYTHING, STATIC], ids=["everything", "static"])
def test_what_is_in_the_canonical_layout_comes_out_as_it_is(text: str) -> None:
    assert write(parse(text)) == text


def test_the_example_comes_out_as_it_is_but_for_comments_and_defaults(example: str) -> None:
    plain = re.sub(r" +#.*", "", example).replace('"Spring"', "Spring").replace("        measure: {kind: count}\n", "")
    assert write(parse(example)) == plain
    assert_round_trip(parse(example))


def test_defaults_are_left_out() -> None:
    measure, where = "measure: {kind: count}", "where: {attribute: a, operator: has_value, match_case: false}"
    block = f"{{kind: interaction, interaction: i, {measure}, {where}, operator: is, value: 1}}"
    text = write(parse(f"blocks: [{{block: {block}}}]"))
    where = "where: {attribute: a, operator: has_value}"
    assert text.splitlines()[1] == f"  - block: {{kind: interaction, interaction: i, {where}, operator: is, value: 1}}"


def test_a_segment_without_members_has_an_empty_list() -> None:
    text = "coterie: 1\nsegment: a\nname: A\ntype: static\nscope: organization\nmembers: []\n"
    assert write(parse(text)) == text
    assert to_mapping(parse(text))["members"] == []


def test_lists_too_long_for_a_line_stand_below_one_another() -> None:
    values = tuple(f"value number {n}" for n in range(10))
    assert "          - value number 9\n" in write(condition(values, "is_in"))
    assert_round_trip(condition(values, "is_in"))


def test_a_line_has_130_characters() -> None:
    [_, line] = write(condition("x")).splitlines()
    room = 130 - len(line)
    assert len(write(condition("x" * (room + 1))).splitlines()) == 2
    assert write(condition("x" * (room + 2))).splitlines()[1:4] == [
        "  - block:",
        "      kind: profile",
        f"      where: {{attribute: a, operator: is, value: {'x' * (room + 2)}}}",
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Paris", "Paris"),
        ("New York", "New York"),
        ("O'Neill & Co", '"O\'Neill & Co"'),
        ("O'Neill", "O'Neill"),
        ("a@b.org", "a@b.org"),
        ("Łódź", "Łódź"),
        ("NO", '"NO"'),
        ("y", '"y"'),
        ("Off", '"Off"'),
        ("null", '"null"'),
        ("True", '"True"'),
        ("nobody", "nobody"),
        ("01234", '"01234"'),
        ("1e3", '"1e3"'),
        ("2026-11-23", '"2026-11-23"'),
        ("", '""'),
        (" x", '" x"'),
        ("x ", '"x "'),
        ("-", '"-"'),
        ("- x", '"- x"'),
        ("*x", '"*x"'),
        ("_x", '"_x"'),
        ("a: b", '"a: b"'),
        ("a #b", '"a #b"'),
        ("a, b", '"a, b"'),
        ("[a]", '"[a]"'),
        ("{a}", '"{a}"'),
        ('a"b', '"a\\"b"'),
        ("a\\b", '"a\\\\b"'),
        ("a\nb", '"a\\nb"'),
        ("a\tb", '"a\\tb"'),
        ("a\x07b", '"a\\u0007b"'),
        ("a\x7fb", '"a\\u007fb"'),
        ("a\x85b", '"a\\u0085b"'),
        ("a\u2028b", '"a\\u2028b"'),
        ("a\ufeffb", '"a\\ufeffb"'),
        ("a\uffffb", '"a\\uffffb"'),
        ("😀", '"😀"'),
        (True, "true"),
        (False, "false"),
        (Decimal(5), "5"),
        (Decimal("5.00"), "5"),
        (Decimal("0.10"), "0.1"),
        (Decimal("-1.5"), "-1.5"),
        (Decimal(100), "100"),
        (Decimal("1E+2"), "100"),
        (Decimal("-0.0"), "0"),
        (Decimal("1E-10"), "0.0000000001"),
        (Decimal("1E+40"), "1" + "0" * 40),
        (Decimal("1E+41"), "1E+41"),
        (Decimal("1.50E-41"), "1.50E-41"),
        (date(2026, 11, 23), "2026-11-23"),
        (date(1, 1, 1), "0001-01-01"),
    ],
)
def test_scalars_are_written_so_that_they_are_read_as_they_are(value: Any, text: str) -> None:
    assert written(value) == text
    assert_round_trip(condition(value))


def test_outside_flow_style_a_comma_needs_no_quotes() -> None:
    segment = parse(STATIC.replace("VIPs", "One, two"))
    assert "\nname: One, two\n" in write(segment)
    assert_round_trip(segment)
    assert '"One,"' in write(parse(STATIC.replace("VIPs", '"One,"')))


CONSTANTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.dates(),
)


@given(value=CONSTANTS)
@also(value="null\u00a0")
@also(value="\U0001ffff")
def test_any_constant_comes_back(value: Any) -> None:
    assert_round_trip(condition(value))


@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
def test_other_readers_of_yaml_read_the_same_text(text: str) -> None:
    """
    A reader of YAML 1.1 would take NO for false, and 1:30 for 90.
    """
    document = write(condition(text))
    for version in ("1.1", "1.2"):
        yaml = YAML(typ="safe", pure=True)
        yaml.version = version  # type: ignore[assignment]
        read = yaml.load(io.StringIO(document))
        assert read["blocks"][0]["block"]["where"]["value"] == text


# --- mappings for JSON -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        ("x", "x"),
        (True, True),
        (Decimal("5.0"), 5),
        (Decimal("0.1"), 0.1),
        (Decimal("1.5"), 1.5),
        (Decimal("1E+3"), 1000),
        (Decimal("1E+39"), 10**39),
        (Decimal("1E+40"), 1e40),
        (Decimal("1E+400"), "1E+400"),
        (Decimal(12345678901234567890), 12345678901234567890),
        (Decimal("1.2345678901234567890123"), "1.2345678901234567890123"),
        (date(2026, 11, 23), "2026-11-23"),
    ],
)
def test_a_mapping_is_exact_json(value: Any, plain: Any) -> None:
    mapping: Any = to_mapping(condition(value))
    assert mapping == {
        "blocks": [{"block": {"kind": "profile", "where": {"attribute": "a", "operator": "is", "value": plain}}}]
    }
    assert type(mapping["blocks"][0]["block"]["where"]["value"]) is type(plain)


@pytest.mark.parametrize("text", [EVERYTHING, STATIC], ids=["everything", "static"])
def test_a_mapping_is_the_definition_again(text: str) -> None:
    mapping = json.loads(json.dumps(to_mapping(parse(text))))
    days_as_text = re.sub(r"(value: )(\d{4}-\d\d-\d\d)", r'\1"\2"', text)
    assert parse(mapping) == parse(days_as_text)


def test_pins_of_nobody_are_left_out() -> None:
    text = "coterie: 1\nsegment: a\nname: A\ntype: dynamic\ndefinition: {blocks: [{block: {kind: everyone}}]}\n"
    assert "pinned" not in write(parse(text + "pinned: {keep_in: []}\n"))
