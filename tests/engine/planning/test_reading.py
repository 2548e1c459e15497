"""What a leaf reads: columns by the path that leads to them; nothing that it does not look at."""

from __future__ import annotations

from typing import Any

import pytest
from planning_shop import CATALOG, interaction_set, profile_set, relation_set

from coterie.catalog import parse_catalog
from coterie.planning.expressions import Expression
from coterie.planning.leaves import (
    AverageOf,
    CountDays,
    CountDistinct,
    CountRecords,
    Exists,
    KeysLeaf,
    LastAt,
    Leaf,
    NumberRange,
    Related,
    RelatedLeaf,
    ScopeLeaf,
    SumOf,
)
from coterie.planning.plan import leaves_of
from coterie.planning.reading import EntityRead, InteractionRead, measured_attribute, reads_of


def only(expression: Expression) -> Leaf:
    (leaf,) = {leaf for leaf in leaves_of(expression) if not isinstance(leaf, ScopeLeaf)}
    return leaf


def has(attribute: str) -> dict[str, Any]:
    return {"attribute": attribute, "operator": "has_value"}


def own(*columns: str) -> EntityRead:
    return EntityRead((), "contact", frozenset(columns))


def leads(*columns: str) -> EntityRead:
    return EntityRead(("leads",), "lead", frozenset(columns))


def notes(*columns: str) -> EntityRead:
    return EntityRead(("leads", "leads.notes"), "note", frozenset(columns))


def test_a_condition_on_the_contact_reads_its_attributes() -> None:
    assert reads_of(only(profile_set(has("city"))), CATALOG) == (own("city"),)


def test_related_records_are_read_with_the_column_that_leads_to_them() -> None:
    assert reads_of(only(relation_set()), CATALOG) == (leads("contact_id"),)
    assert reads_of(only(relation_set(where=has("score"))), CATALOG) == (leads("contact_id", "score"),)


def test_every_condition_on_a_related_record_is_read_however_deep() -> None:
    where = {"any": [has("score"), {"not": {"all": [has("status"), has("due_on")]}}]}
    assert reads_of(only(relation_set(where=where)), CATALOG) == (leads("contact_id", "score", "status", "due_on"),)


def test_a_second_hop_is_a_path_of_its_own() -> None:
    note = {"relation": "leads.notes", "quantifier": {"kind": "any"}, "where": has("body")}
    where = {"all": [has("score"), {"not": note}]}
    assert reads_of(only(relation_set(where=where)), CATALOG) == (
        leads("contact_id", "score"),
        notes("lead_id", "body"),
    )


def test_two_clauses_over_one_path_are_read_once() -> None:
    some = {"relation": "leads.notes", "quantifier": {"kind": "any"}}
    clauses = [{**some, "where": has(name)} for name in ("body", "written_on")]
    assert reads_of(only(relation_set(where={"any": clauses})), CATALOG) == (
        leads("contact_id"),
        notes("lead_id", "body", "written_on"),
    )


def test_a_relation_to_one_reads_the_reference_where_it_stands() -> None:
    catalog = parse_catalog(
        {
            "contact": {"key": "id", "attributes": {}},
            "entities": {"account": {"key": "account_id", "attributes": {"size": "number"}}},
            "relations": {"account": {"from": "contact", "to": "account", "many_to_one": "account_id"}},
        }
    )
    having = SumOf("size", NumberRange())
    assert reads_of(RelatedLeaf(Related("account", None, having)), catalog) == (
        own("account_id"),
        EntityRead(("account",), "account", frozenset({"size"})),
    )


def test_an_interaction_is_read_with_what_is_tested_and_measured() -> None:
    assert reads_of(only(interaction_set()), CATALOG) == (InteractionRead("purchase", frozenset()),)
    tested = interaction_set(where={"all": [has("product")]}, measure={"kind": "sum", "attribute": "amount"})
    assert reads_of(only(tested), CATALOG) == (InteractionRead("purchase", frozenset({"product", "amount"})),)


def test_the_scope_reads_the_unit_if_it_is_one_of_a_unit() -> None:
    assert reads_of(ScopeLeaf(), CATALOG) == (own(),)
    assert reads_of(ScopeLeaf("east"), CATALOG) == (own("unit"),)
    assert reads_of(KeysLeaf(("ann",)), CATALOG) == (own(),)


@pytest.mark.parametrize(
    ("having", "attribute"),
    [
        (Exists(), None),
        (CountRecords(NumberRange()), None),
        (CountDays(NumberRange(), "UTC"), None),
        (LastAt(None), None),
        (CountDistinct("product", NumberRange()), "product"),
        (SumOf("amount", NumberRange()), "amount"),
        (AverageOf("amount", NumberRange()), "amount"),
    ],
    ids=lambda part: part if isinstance(part, str) else type(part).__name__,
)
def test_only_measures_of_values_read_an_attribute(having: Any, attribute: str | None) -> None:
    assert measured_attribute(having) == attribute
