"""Typed definitions: every constant is of the type of what it is compared with."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from coterie.catalog.model import Catalog
from coterie.definition import Definition, DynamicSegment, parse, typed
from coterie.definition.nodes import AttributeCondition, InteractionBlock, Operator, ProfileBlock, RelationCondition


def typed_block(block: dict[str, Any], catalog: Catalog) -> Any:
    definition = typed(parse({"blocks": [{"block": block}]}), catalog)
    assert isinstance(definition, Definition)
    return definition.steps[0].block


def typed_node(node: dict[str, Any], catalog: Catalog) -> Any:
    block = typed_block({"kind": "profile", "where": node}, catalog)
    assert isinstance(block, ProfileBlock)
    return block.where


@pytest.mark.parametrize(
    ("attribute", "operator", "written", "meant"),
    [
        ("city", "is", "\u00a0Par\u0131s\u3000", "Par\u0131s"),
        ("city", "is", "Cafe\u0301", "Caf\u00e9"),
        ("city", "is_in", [" Paris", "Rome "], ("Paris", "Rome")),
        ("city", "matches", " ^Cafe\u0301 ", " ^Cafe\u0301 "),
        ("tier", "is", " gOLD ", "gOLD"),
        ("interests", "includes_all", [" Running", "COOKING"], ("Running", "COOKING")),
        ("languages", "includes_any", ["\u00e9"], ("\u00e9",)),
        ("age", "is", "0.10", Decimal("0.1")),
        ("age", "is", " 1e3 ", Decimal(1000)),
        ("age", "is", 0.12345678905, Decimal("0.1234567890")),
        ("age", "is", Decimal("0.12345678915"), Decimal("0.1234567892")),
        ("age", "is", -0.0, Decimal(0)),
        ("age", "is", 9999999999999999999999999999, Decimal(9999999999999999999999999999)),
        ("age", "between", ["5", 5], (Decimal(5), Decimal(5))),
        ("age", "not_between", [5, "6.50"], (Decimal(5), Decimal("6.5"))),
        ("subscribed", "is", True, True),
        ("subscribed", "is_not", False, False),
        ("birth_date", "on", "2026-11-23", date(2026, 11, 23)),
        ("birth_date", "before", " 2026-11-23 ", date(2026, 11, 23)),
        ("birth_date", "after", date(1, 1, 1), date(1, 1, 1)),
        ("created_on", "between", ["2026-11-23", date(2026, 11, 23)], (date(2026, 11, 23), date(2026, 11, 23))),
        ("city", "has_no_value", None, None),
    ],
)
def test_constants_of_attributes(attribute: str, operator: str, written: Any, meant: Any, catalog: Catalog) -> None:
    value = {} if written is None else {"value": written}
    for wrap in (lambda node: node, lambda node: {"all": [{"any": [{"not": node}]}]}):
        node = typed_node(wrap({"attribute": attribute, "operator": operator, **value}), catalog)
        while not isinstance(node, AttributeCondition):
            node = node.node if hasattr(node, "node") else node.nodes[0]
        assert node == AttributeCondition(attribute=attribute, operator=Operator(operator), value=meant)
        assert type(node.value) is type(meant)


def test_what_is_no_constant_stays(catalog: Catalog) -> None:
    for operator, value in {
        "in_last": {"count": 30, "unit": "hours"},
        "in_period": "last_week",
        "partial": {"days": [1, "today"]},
        "anniversary": {"month": 2, "day": 29},
    }.items():
        node = {"attribute": "created_on", "operator": operator, "value": value}
        parsed = parse({"blocks": [{"block": {"kind": "profile", "where": node}}]})
        assert typed(parsed, catalog) == parsed


@pytest.mark.parametrize(
    ("measure", "operator", "written", "meant"),
    [
        ({"kind": "count"}, "at_least", "3", Decimal(3)),
        ({"kind": "count"}, "is", 0, Decimal(0)),
        ({"kind": "days"}, "is_in", ["1.0", 2], (Decimal(1), Decimal(2))),
        ({"kind": "distinct", "attribute": "product"}, "between", ["0", "2"], (Decimal(0), Decimal(2))),
        ({"kind": "sum", "attribute": "amount"}, "less_than", "-1.5", Decimal("-1.5")),
        ({"kind": "average", "attribute": "amount"}, "is_not", "1.5", Decimal("1.5")),
        ({"kind": "minimum", "attribute": "amount"}, "has_value", None, None),
        ({"kind": "first_at"}, "on", "2026-11-23", date(2026, 11, 23)),
        ({"kind": "last_at"}, "not_between", ["2026-11-22", "2026-11-23"], (date(2026, 11, 22), date(2026, 11, 23))),
    ],
)
def test_constants_of_measures(measure: Any, operator: str, written: Any, meant: Any, catalog: Catalog) -> None:
    value = {} if written is None else {"value": written}
    block = {"kind": "interaction", "interaction": "purchase", "measure": measure, "operator": operator, **value}
    where = {"attribute": "amount", "operator": "at_least", "value": "5"}
    read = typed_block({"kind": "group", "blocks": [{"block": block | {"where": where}}]}, catalog).steps[0].block
    assert isinstance(read, InteractionBlock)
    assert read.value == meant
    assert read.where == AttributeCondition(attribute="amount", operator=Operator.AT_LEAST, value=Decimal(5))


@pytest.mark.parametrize(
    "quantifier", [{"kind": "count"}, {"kind": "sum", "attribute": "score"}, {"kind": "maximum", "attribute": "score"}]
)
def test_constants_of_relations(quantifier: dict[str, str], catalog: Catalog) -> None:
    where = {"attribute": "score", "operator": "at_least", "value": "50"}
    node = {"relation": "leads", "quantifier": {**quantifier, "operator": "at_most", "value": "2"}, "where": where}
    read = typed_node(node, catalog)
    assert isinstance(read, RelationCondition)
    assert read.quantifier.value == Decimal(2)  # type: ignore[union-attr]
    assert read.where == AttributeCondition(attribute="score", operator=Operator.AT_LEAST, value=Decimal(50))


def test_case_stays_to_be_matched(catalog: Catalog) -> None:
    node = {"attribute": "city", "operator": "is", "value": " Paris", "match_case": True}
    assert typed_node(node, catalog) == AttributeCondition(
        attribute="city", operator=Operator.IS, value="Paris", match_case=True
    )


def test_a_file_stays_what_it_is(example: str, catalog: Catalog, static) -> None:
    source = parse(example.replace("value: 3", 'value: "3"'))
    result = typed(source, catalog, {"unreachable": static("unreachable")})
    assert isinstance(result, DynamicSegment)
    assert result == parse(example)
    assert typed(static("a", "00017"), catalog) == static("a", "00017")
