"""The case files leave nothing of the language and no rule out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from coterie.catalog.model import AttributeType
from coterie.definition.nodes import Operator, Period, Unit
from coterie.testing.cases import Case, read_cases

TESTS = Path(__file__).parent.parent
CASES = read_cases(TESTS / "cases")
RULES = [*range(1, 29), 35, 36]

BOTH = {"has_value", "has_no_value"}
TEXT = {"is", "is_not", "is_in", "is_not_in", "contains", "does_not_contain", "begins_with", "does_not_begin_with"}
TEXT |= {"ends_with", "does_not_end_with", "matches", "does_not_match"}
NUMBER = {"is", "is_not", "less_than", "at_most", "greater_than", "at_least", "between", "not_between", "is_in"}
NUMBER |= {"is_not_in"}
TIME = {"on", "not_on", "before", "after", "on_or_before", "on_or_after", "between", "not_between", "in_last"}
TIME |= {"not_in_last", "before_last", "in_next", "after_next", "in_period", "not_in_period", "partial", "anniversary"}
ALLOWED = {
    AttributeType.TEXT: TEXT | BOTH,
    AttributeType.CHOICE: {"is", "is_not", "is_in", "is_not_in"} | BOTH,
    AttributeType.MULTI_CHOICE: {"includes_any", "includes_none", "includes_all", "does_not_include_all"} | BOTH,
    AttributeType.NUMBER: NUMBER | BOTH,
    AttributeType.BOOLEAN: {"is", "is_not"} | BOTH,
    AttributeType.DATE: TIME | BOTH,
    AttributeType.DATETIME: TIME | BOTH,
}


def parts(node: object) -> Iterator[Mapping[str, object]]:
    """Every mapping inside a definition."""
    if isinstance(node, Mapping):
        yield node
        for value in node.values():
            yield from parts(value)
    elif isinstance(node, list):
        for item in node:
            yield from parts(item)


def types_of(case: Case) -> dict[str, set[str]]:
    """Attribute name → the types that it has anywhere in the case's catalog."""
    types: dict[str, set[str]] = {}
    for part in parts(case.catalog):
        attributes = part.get("attributes")
        if isinstance(attributes, Mapping):
            for name, type_ in attributes.items():
                types.setdefault(name, set()).add(type_["type"] if isinstance(type_, Mapping) else type_)
    return types


@pytest.fixture(scope="module")
def answered():
    return [case for case in CASES if not case.error]


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_has_a_named_case(rule):
    assert any(rule in case.rules for case in CASES)


@pytest.mark.parametrize("type_", AttributeType)
def test_every_operator_of_every_type_has_a_case(type_, answered):
    """Of a contact's attribute or of a record's; every operator of the language belongs to some type."""
    seen = {
        str(part["operator"])
        for case in answered
        for part in parts([case.definition, dict(case.segments)])
        if "attribute" in part and "operator" in part and type_.value in types_of(case).get(str(part["attribute"]), ())
    }

    assert ALLOWED[type_] - seen == set()
    assert set(Operator) == {Operator(name) for names in ALLOWED.values() for name in names}


def kinds_under(key: str, answered: list[Case]) -> set[str]:
    found = (part.get(key) for case in answered for part in parts(case.definition))
    return {str(value["kind"]) for value in found if isinstance(value, Mapping)}


def test_every_window_measure_and_quantifier_has_a_case(answered):
    aggregates = {"sum", "average", "minimum", "maximum"}

    assert kinds_under("window", answered) == {"last", "before_last", "between", "since", "until", "period"}
    assert kinds_under("measure", answered) == {"count", "days", "distinct", "first_at", "last_at"} | aggregates
    assert kinds_under("quantifier", answered) == {"any", "none", "all", "count"} | aggregates
    assert kinds_under("block", answered) == {"profile", "interaction", "segment", "everyone", "group"}


@pytest.mark.parametrize("where", ["a window of interactions", "an attribute"])
def test_every_unit_and_period_has_a_case(where, answered):
    wanted = [
        part.get("window")
        if where == "a window of interactions"
        else part.get("value")
        if "attribute" in part
        else None
        for case in answered
        for part in parts(case.definition)
    ]
    units = {str(value["unit"]) for value in wanted if isinstance(value, Mapping) and "unit" in value}
    periods = {str(value["period"]) for value in wanted if isinstance(value, Mapping) and "period" in value}
    periods |= {value for value in wanted if isinstance(value, str) and value in set(Period)}

    assert units == set(Unit)
    assert periods == set(Period)


def test_edges_are_drawn_to_the_millisecond():
    """Time is shown at bounds: before, at and after are in the pictures, not only well inside."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in (TESTS / "cases").glob("*.case"))

    assert len(re.findall(r":59\.999Z", text)) > 100
    assert len(re.findall(r":00\.001Z", text)) > 20
