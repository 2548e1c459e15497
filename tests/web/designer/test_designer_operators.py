"""For every operator of every type there are inputs, which read back what they show."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

import pytest
from designer_pages import Form
from django.test import Client

from coterie import Engine
from coterie.catalog.model import AttributeType
from coterie.definition.grammar import FORMS, OPERATORS, ValueForm
from coterie.definition.nodes import Operator
from coterie_web.segments.designer.form import read_form
from coterie_web.segments.designer.reading import tree_of
from coterie_web.segments.designer.tree import Condition, Tree
from coterie_web.segments.designer.written import written
from coterie_web.segments.models import Segment

ATTRIBUTES = {
    AttributeType.TEXT: "city",
    AttributeType.CHOICE: "country",
    AttributeType.MULTI_CHOICE: "interests",
    AttributeType.NUMBER: "age",
    AttributeType.BOOLEAN: "newsletter",
    AttributeType.DATE: "birth_date",
    AttributeType.DATETIME: "created_on",
}
CONSTANTS = {
    AttributeType.TEXT: ["New York", 'De"lhi', "a\nb", " spaces ", "%"],
    AttributeType.CHOICE: ["NO", "no\tway"],
    AttributeType.MULTI_CHOICE: ["running", "yoga"],
    AttributeType.NUMBER: [50, 0.3, -2, "123456789012345678901234.5", 7],
    AttributeType.BOOLEAN: [True, False],
    AttributeType.DATE: ["2026-11-23", "1999-01-01"],
    AttributeType.DATETIME: ["2026-11-23", "1999-01-01"],
}
PARTIAL = {"days": [1, 15, "today"], "weekdays": ["monday", "today"], "months": [12, "this_month"], "years": [2026]}
ANNIVERSARIES = [
    {"in_last": {"count": 3, "unit": "weeks"}},
    {"in_next": {"count": 1, "unit": "months"}},
    {"in_period": "this_quarter"},
    {"month": 2, "day": 29},
]


def values(type_: AttributeType, operator: Operator) -> Iterator[object]:
    """Values that may stand beside an operator."""
    constants = CONSTANTS[type_]
    match FORMS[operator]:
        case ValueForm.NOTHING:
            yield None
        case ValueForm.CONSTANT:
            yield from constants
        case ValueForm.PATTERN:
            yield "^p.{2}(s|ß)"
        case ValueForm.LIST:
            yield constants[:1]
            yield constants
            if type_ is AttributeType.TEXT:
                yield [f"city {number}" for number in range(100)]
        case ValueForm.RANGE:
            yield sorted(constants[:2], key=str)
        case ValueForm.DURATION:
            yield {"count": 30, "unit": "days"}
            yield {"count": 1, "unit": "quarters"}
        case ValueForm.PERIOD:
            yield "last_fiscal_year"
        case ValueForm.PARTIAL:
            yield PARTIAL
            yield {"weekdays": ["sunday"]}
        case ValueForm.ANNIVERSARY:
            yield from ANNIVERSARIES


def every_condition() -> list[dict[str, object]]:
    conditions: list[dict[str, object]] = []
    for type_, operators in OPERATORS.items():
        for operator in operators:
            for value in values(type_, operator):
                given = {} if value is None else {"value": value}
                conditions.append({"attribute": ATTRIBUTES[type_], "operator": operator.value, **given})
    return [*conditions, {"attribute": "city", "operator": "is", "value": "Paris", "match_case": True}]


QUANTITIES: list[dict[str, object]] = [
    {"kind": "any"},
    {"kind": "none"},
    {"kind": "all"},
    {"kind": "count", "operator": "between", "value": [0, 2]},
    {"kind": "sum", "attribute": "score", "operator": "at_least", "value": 100},
    {"kind": "average", "attribute": "score", "operator": "has_no_value"},
    {"kind": "minimum", "attribute": "score", "operator": "is_in", "value": [1, 2, 3]},
    {"kind": "maximum", "attribute": "score", "operator": "less_than", "value": 5.5},
]
MEASURED: list[dict[str, object]] = [
    {"operator": "at_least", "value": 3},
    {"measure": {"kind": "days"}, "operator": "is", "value": 0},
    {"measure": {"kind": "distinct", "attribute": "category"}, "operator": "at_most", "value": 2},
    {"measure": {"kind": "sum", "attribute": "amount"}, "operator": "greater_than", "value": 99.5},
    {"measure": {"kind": "average", "attribute": "quantity"}, "operator": "has_value"},
    {"measure": {"kind": "first_at"}, "operator": "in_last", "value": {"count": 2, "unit": "hours"}},
    {"measure": {"kind": "last_at"}, "operator": "before", "value": "2026-01-01"},
]
WINDOWS: list[dict[str, object] | None] = [
    None,
    {"kind": "last", "count": 30, "unit": "days"},
    {"kind": "before_last", "count": 1, "unit": "rolling_days"},
    {"kind": "between", "from": "2026-01-01", "to": "2026-06-30"},
    {"kind": "since", "from": "2026-01-01"},
    {"kind": "until", "to": "2026-06-30"},
    {"kind": "period", "period": "this_week"},
]


def every_block() -> list[dict[str, object]]:
    where = {"any": [{"attribute": "score", "operator": "at_least", "value": 50}]}
    blocks: list[dict[str, object]] = [
        {"kind": "profile", "where": {"all": [{"relation": "leads", "quantifier": quantity, "where": where}]}}
        for quantity in QUANTITIES
    ]
    hops = {"relation": "registrations.event", "quantifier": {"kind": "any"}}
    blocks.append(
        {"kind": "profile", "where": {"relation": "registrations", "quantifier": {"kind": "none"}, "where": hops}}
    )
    bought = {"attribute": "category", "operator": "is", "value": "tents"}
    for measured in MEASURED:
        for window in WINDOWS:
            given = {} if window is None else {"window": window}
            blocks.append({"kind": "interaction", "interaction": "purchase", "where": bought, **given, **measured})
    kinds = [{"not": {"all": [bought_once(), {"not": bought_once()}]}}, {"not": {"any": [bought_once()]}}]
    blocks += [{"kind": "profile", "where": kind} for kind in kinds]
    return [*blocks, {"kind": "everyone"}, {"kind": "segment", "segment": "nobody"}]


def bought_once() -> dict[str, object]:
    return {"attribute": "age", "operator": "is", "value": 1}


def blanked(tree: Tree) -> Tree:
    """The tree with the values of its conditions forgotten, but for how many there are of a list."""
    from coterie_web.segments.designer.editing import changed
    from coterie_web.segments.designer.tree import Comparison, parts_of

    for part in parts_of(tree.steps):
        if isinstance(part, Condition):
            blank = Condition(
                id=part.id, attribute=part.attribute, comparison=Comparison(operator=part.comparison.operator)
            )
            tree = changed(tree, part.id, lambda _, blank=blank: blank)  # type: ignore[misc]
    return tree


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("start", range(0, len(every_condition()), 40))
def test_the_inputs_of_a_condition_read_back_what_they_show(
    start: int, engine: Engine, draft: Callable[..., Segment], signed_in: Callable[..., Client]
) -> None:
    nodes = every_condition()[start : start + 40]
    definition = {"blocks": [{"block": {"kind": "profile", "where": {"all": nodes}}}]}
    segment = draft("Every condition", definition)
    form = Form(signed_in().get(segment.get_absolute_url()).content.decode())
    tree = tree_of(definition)
    read = read_form(blanked(tree), form.posted(), engine.catalog)
    assert read == tree
    assert written(read.steps, engine.catalog).definition == definition


@pytest.mark.django_db(transaction=True)
def test_the_inputs_of_every_kind_of_block_read_back_what_they_show(
    engine: Engine, draft: Callable[..., Segment], signed_in: Callable[..., Client]
) -> None:
    combines = ("or", "and_also", "but_not")
    steps = [{"block": block, "combine": combines[place % 3]} for place, block in enumerate(every_block())]
    definition = {
        "blocks": [{"block": steps[0]["block"]}, *steps[1:], {"combine": "or", "block": in_parentheses(steps)}]
    }
    segment = draft("Every block", definition)
    form = Form(signed_in().get(segment.get_absolute_url()).content.decode())
    tree = tree_of(definition)
    assert read_form(blanked(tree), form.posted(), engine.catalog) == tree
    assert written(tree.steps, engine.catalog).definition == definition


def in_parentheses(steps: list[dict[str, object]]) -> dict[str, object]:
    rng = Random(1)
    chosen = rng.sample(steps, 3)
    return {"kind": "group", "blocks": [{"block": chosen[0]["block"]}, *chosen[1:]]}
