"""Related records: what binds to one record, and every quantifier (rules 8 to 11)."""

from __future__ import annotations

import pytest


def condition(attribute: str, operator: str, value: object = None) -> dict[str, object]:
    return {"attribute": attribute, "operator": operator, **({} if value is None else {"value": value})}


def related(relation: str, quantifier: dict[str, object], where: object = None) -> dict[str, object]:
    node = {"relation": relation, "quantifier": quantifier}
    return {"where": node if where is None else {**node, "where": where}}


HIGH = condition("score", "at_least", 50)
LOST = condition("status", "is", "lost")
NOT_LOST = condition("status", "is_not", "lost")
ANY = {"kind": "any"}

LEADS = {
    "contact": [{"id": "split"}, {"id": "same"}, {"id": "lost"}, {"id": "blank"}, {"id": "none"}],
    "lead": [
        {"lead_id": 1, "id": "split", "score": 80, "status": "lost"},
        {"lead_id": 2, "id": "split", "score": 10, "status": "open"},
        {"lead_id": 3, "id": "same", "score": 80, "status": "open"},
        {"lead_id": 4, "id": "same", "score": 60, "status": "open"},
        {"lead_id": 5, "id": "lost", "score": 10, "status": "Lost"},
        {"lead_id": 6, "id": "blank"},
        {"lead_id": 7, "id": "nobody", "score": 80, "status": "open"},
    ],
}


def test_conditions_of_one_where_bind_to_the_same_record_and_two_relations_need_not(find):
    both = related("leads", ANY, {"all": [HIGH, NOT_LOST]})
    apart = {"where": {"all": [related("leads", ANY, HIGH)["where"], related("leads", ANY, NOT_LOST)["where"]]}}

    assert find(LEADS, both) == ["same"]
    assert find(LEADS, apart) == ["split", "same"]


@pytest.mark.parametrize(
    ("quantifier", "where", "members"),
    [
        ({"kind": "any"}, NOT_LOST, ["split", "same", "blank"]),  # speaks of the record, a missing status included
        ({"kind": "none"}, NOT_LOST, ["lost", "none"]),
        ({"kind": "all"}, NOT_LOST, ["same", "blank"]),
        ({"kind": "any"}, None, ["split", "same", "lost", "blank"]),
        ({"kind": "none"}, None, ["none"]),
        ({"kind": "all"}, None, ["split", "same", "lost", "blank"]),
        ({"kind": "count", "operator": "is", "value": 0}, HIGH, ["lost", "blank", "none"]),
        ({"kind": "count", "operator": "is_not", "value": 1}, HIGH, ["same", "lost", "blank", "none"]),
        ({"kind": "count", "operator": "between", "value": [1, 2]}, None, ["split", "same", "lost", "blank"]),
        ({"kind": "count", "operator": "is_in", "value": [2]}, None, ["split", "same"]),
    ],
)
def test_quantifiers_of_records(find, quantifier, where, members):
    assert find(LEADS, related("leads", quantifier, where)) == members


@pytest.mark.parametrize(
    ("kind", "operator", "value", "members"),
    [
        ("sum", "is", 140, ["same"]),
        ("sum", "is", 0, ["blank", "none"]),
        ("sum", "at_most", 10, ["lost", "blank", "none"]),
        ("average", "is", 45, ["split"]),
        ("average", "is_not", 45, ["same", "lost", "blank", "none"]),
        ("average", "less_than", 100, ["split", "same", "lost"]),
        ("average", "not_between", [40, 80], ["lost", "blank", "none"]),
        ("average", "has_no_value", None, ["blank", "none"]),
        ("minimum", "is", 10, ["split", "lost"]),
        ("minimum", "is_not", 10, ["same", "blank", "none"]),
        ("maximum", "at_least", 80, ["split", "same"]),
        ("maximum", "has_value", None, ["split", "same", "lost"]),
    ],
)
def test_sums_of_none_are_nought_and_other_aggregates_of_none_are_missing(find, kind, operator, value, members):
    given = {} if value is None else {"value": value}
    quantifier = {"kind": kind, "attribute": "score", "operator": operator, **given}
    assert find(LEADS, related("leads", quantifier)) == members


def test_an_aggregate_is_over_the_records_that_match(find):
    quantifier = {"kind": "sum", "attribute": "score", "operator": "is", "value": 10}
    assert find(LEADS, related("leads", quantifier, NOT_LOST)) == ["split"]


def test_an_average_is_exact(find):
    """A third of 1 is no decimal: 0.3333333333 is less, 0.3333333334 is more, and neither is it."""
    rows = [{"lead_id": number, "id": "a", "score": score} for number, score in enumerate([0, 0, 1])]
    tables = {"contact": [{"id": "a"}], "lead": rows}

    def average(operator: str, value: str) -> list[str]:
        return find(
            tables,
            related("leads", {"kind": "average", "attribute": "score", "operator": operator, "value": value}),
        )

    assert average("greater_than", "0.3333333333") == ["a"]
    assert average("less_than", "0.3333333334") == ["a"]
    assert average("is", "0.3333333333") == []


def test_many_to_one_and_back_reach_known_records_only(find):
    tables = {
        "lead": [{"lead_id": 1, "id": "a"}, {"lead_id": 2, "id": "stranger"}],
        "contact": [
            {"id": "a", "account_id": "x"},
            {"id": "b", "account_id": "x"},
            {"id": "c", "account_id": "unknown"},
            {"id": "d"},
        ],
        "account": [{"account_id": "x", "industry": "retail"}],
    }
    colleagues = {
        "relation": "colleagues",
        "quantifier": {"kind": "count", "operator": "is", "value": 2},
    }
    assert find(tables, related("account", ANY)) == ["a", "b"]
    assert find(tables, related("account", {"kind": "none"})) == ["c", "d"]
    assert find(tables, related("account", ANY, condition("industry", "is_not", "steel"))) == ["a", "b"]
    assert find(tables, related("account", ANY, colleagues)) == ["a", "b"]


def test_a_relation_inside_a_relation_is_one_more_hop_from_the_same_record(find):
    tables = {
        "contact": [{"id": "a"}, {"id": "b"}],
        "lead": [
            {"lead_id": 1, "id": "a", "score": 80},
            {"lead_id": 2, "id": "a", "score": 10},
            {"lead_id": 3, "id": "b", "score": 80},
        ],
        "task": [{"task_id": 1, "lead_id": 2, "done": True}, {"task_id": 2, "lead_id": 3, "done": True}],
    }
    done = {"relation": "tasks", "quantifier": ANY, "where": condition("done", "is", True)}
    assert find(tables, related("leads", ANY, {"all": [HIGH, done]})) == ["b"]
    assert find(tables, related("leads", ANY, {"all": [HIGH, {"not": done}]})) == ["a"]


def test_rows_of_contacts_not_yet_known_count_once_they_are(find):
    rows = {"lead": [{"lead_id": 1, "id": "late", "score": 80}]}
    assert find(rows, related("leads", ANY)) == []
    assert find({**rows, "contact": [{"id": "first"}, {"id": "late"}]}, related("leads", ANY)) == ["late"]


def test_contacts_answer_in_the_order_in_which_their_keys_were_first_seen(find):
    tables = {
        "bought": [
            {"message_id": "m", "id": "c", "occurred_at": "2026-11-01"},
            {"message_id": "m", "id": "e", "occurred_at": "2026-11-01"},
            {"message_id": "n", "id": "b", "occurred_at": "never"},
        ],
        "lead": [{"lead_id": 1, "id": "d"}, {"id": "b"}],
        "contact": [{"id": "a"}, {"id": "b"}, {"id": "c"}, {"id": "d"}, {"id": "e"}],
    }
    assert find(tables, {"kind": "everyone"}) == ["c", "e", "d", "a", "b"]


def test_a_record_that_moves_to_another_contact_leaves_the_first(find):
    tables = {
        "contact": [{"id": "a"}, {"id": "b"}],
        "lead": [{"lead_id": 1, "id": "a", "score": 80}, {"lead_id": 1, "id": "b"}],
    }
    assert find(tables, related("leads", ANY, HIGH)) == ["b"]
