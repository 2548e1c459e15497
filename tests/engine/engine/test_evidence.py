"""Why a contact is in or out: the rows that decided, in Python's values, and what had the last word."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from engine_shop import (
    EVERYONE,
    NOW,
    bought,
    is_,
    last,
    profile,
    refers,
    related,
    segment,
    static,
    steps,
    where,
)

from coterie import Engine, NodeReason, Reason


def node_of(engine: Engine, block: dict[str, Any], contact: str = "ann", **more: Any) -> NodeReason:
    """The reason of the one block of a definition; that of its one condition for a profile."""
    [step] = engine.explain(steps(block), contact, as_of=NOW, **more).steps
    return step.node.children[0] if block["kind"] == "profile" else step.node


def rows(engine: Engine, block: dict[str, Any], contact: str = "ann") -> list[dict[str, Any]]:
    return [dict(row) for row in node_of(engine, block, contact).evidence]


# --- the contact's own values ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "value"),
    [
        (where("city", "is", "Lyon"), "Paris"),
        (where("city", "does_not_contain", "x"), "Paris"),
        (where("age", "at_least", 18), Decimal("31.5")),
        (where("born", "before", "2000-01-01"), date(1990, 12, 24)),
        (where("joined", "in_period", "this_month"), datetime(2026, 11, 10, 8, tzinfo=UTC)),
        (where("tags", "includes_any", ["yoga"]), ["running", "yoga"]),
        (where("unit", "has_value"), "east"),
        (where("contact_id", "is", "x"), "ann"),
    ],
    ids=lambda value: value["operator"] if isinstance(value, dict) else "",
)
def test_the_own_value_is_shown_whether_it_matches_or_not(shop: Engine, condition: Any, value: Any) -> None:
    [row] = rows(shop, profile(condition))
    assert row == {condition["attribute"]: value}
    assert type(row[condition["attribute"]]) is type(value)


def test_a_missing_value_is_shown_as_missing(shop: Engine) -> None:
    node = node_of(shop, is_("city", "is_not", "Paris"), "bob")
    assert (node.matches, [dict(row) for row in node.evidence]) == (True, [{"city": "Lyon"}])
    node = node_of(shop, is_("age", "is_not", 5), "bob")
    assert (node.matches, [dict(row) for row in node.evidence]) == (True, [{"age": None}])


def test_groups_leave_evidence_to_their_conditions(shop: Engine) -> None:
    group = node_of(shop, profile({"all": [where("city", "is", "Paris"), {"not": where("age", "is", 5)}]}))
    assert group.evidence == ()
    city, negation = group.children
    assert (dict(city.evidence[0]), negation.evidence) == ({"city": "Paris"}, ())
    [age] = negation.children
    assert (negation.matches, age.matches, dict(age.evidence[0])) == (True, False, {"age": Decimal("31.5")})


# --- related records -------------------------------------------------------------------------------------------------


def test_the_related_records_that_satisfy_the_clause_are_shown(shop: Engine) -> None:
    found = rows(shop, profile(related("leads", where("score", "at_least", 50))))
    assert found == [{"lead_id": "1", "score": Decimal(80), "due": date(2026, 12, 1)}]


def test_a_clause_that_nothing_satisfies_has_nothing_to_show(shop: Engine) -> None:
    node = node_of(shop, profile(related("leads", where("score", "at_least", 95))))
    assert (node.matches, node.evidence) == (False, ())


def test_a_record_that_breaks_a_none_is_shown(shop: Engine) -> None:
    node = node_of(shop, profile(related("leads", where("score", "at_most", 20), kind="none")))
    assert (node.matches, [row["lead_id"] for row in node.evidence]) == (False, ["2"])


def test_the_records_that_are_counted_or_added_up_are_shown(shop: Engine) -> None:
    counted = related("leads", kind="count", operator="at_least", value=2)
    added = related("leads", kind="sum", attribute="score", operator="is", value=100)
    for condition in (counted, added):
        node = node_of(shop, profile(condition))
        assert (node.matches, [row["lead_id"] for row in node.evidence]) == (True, ["1", "2"])


def test_a_record_at_the_other_end_of_many_to_one_is_shown(shop: Engine) -> None:
    found = rows(shop, profile(related("account", where("name", "is", "acme"))))
    assert found == [{"account_id": "acme", "name": "Acme"}]


def test_two_hops_lead_to_the_first_record_that_satisfies_them(shop: Engine) -> None:
    """
    Ann's account has a lead of 90 points, though it is bob's.
    """
    hops = related("account", related("account.leads", where("score", "at_least", 90)))
    node = node_of(shop, profile(hops))
    assert (node.matches, [row["account_id"] for row in node.evidence]) == (True, ["acme"])
    assert not node_of(shop, profile(hops), "cleo").matches


# --- interactions ----------------------------------------------------------------------------------------------------


def test_the_interactions_in_the_window_are_shown_latest_first(shop: Engine) -> None:
    found = rows(shop, bought(window=last(30, "days")))
    assert [row["message_id"] for row in found] == ["m2", "m1"]
    assert found[1] == {
        "message_id": "m1",
        "occurred_at": datetime(2026, 11, 20, 10, 0, 0, 123_000, tzinfo=UTC),
        "amount": Decimal("20.5"),
        "product": None,
    }


def test_interactions_outside_the_window_or_the_where_are_not_shown(shop: Engine) -> None:
    assert [row["message_id"] for row in rows(shop, bought(window=last(2, "days")))] == ["m2"]
    assert [row["message_id"] for row in rows(shop, bought(where=where("amount", "greater_than", 10)))] == ["m1"]
    assert rows(shop, bought(), "bob") == []


def test_ten_rows_at_most_are_shown(shop: Engine) -> None:
    many = [
        {"contact_id": "cleo", "occurred_at": f"2026-11-{day:02}", "message_id": f"c{day:02}"} for day in range(1, 21)
    ]
    shop.load("purchase", many)
    shop.load("lead", [{"lead_id": f"c{number:02}", "contact_id": "cleo"} for number in range(20)])
    node = node_of(shop, bought(value=20), "cleo")
    assert node.matches
    assert [row["message_id"] for row in node.evidence] == [f"c{day:02}" for day in range(20, 10, -1)]
    assert len(rows(shop, profile(related("leads")), "cleo")) == 10


def test_nobody_elses_rows_are_shown(shop: Engine) -> None:
    assert [row["message_id"] for row in rows(shop, bought(measure={"kind": "days"}), "ann")] == ["m2", "m1"]
    assert [row["lead_id"] for row in rows(shop, profile(related("leads")), "bob")] == ["3"]


def test_blocks_that_read_no_rows_show_none(shop: Engine) -> None:
    assert node_of(shop, EVERYONE).evidence == ()
    node = node_of(shop, refers("chosen"), segments={"chosen": static("chosen", "ann")})
    assert (node.matches, node.evidence) == (True, ())


# --- what is read ----------------------------------------------------------------------------------------------------

TABLES = ("entity_contact", "entity_lead", "entity_account", "interaction_purchase")


def test_only_the_tables_of_the_conditions_are_read(shop: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The contact's key and row; of leads the ordinals, once for both conditions, and the rows.
    """
    statements: list[str] = []
    query = shop._backend.query  # type: ignore[attr-defined]

    def noted(statement: str, *more: Any) -> Any:
        statements.append(statement)
        return query(statement, *more)

    shop.count(steps(EVERYONE), as_of=NOW)  # who is known is remembered
    monkeypatch.setattr(shop._backend, "query", noted)
    scored = related("leads", where("score", "at_least", 50))
    undated = related("leads", where("due", "has_value"), kind="none")
    shop.explain(steps(profile({"all": [where("city", "is", "Paris"), scored, undated]})), "ann", as_of=NOW)
    read = [name for statement in statements for name in TABLES if name in statement]
    assert sorted(read) == ["entity_contact", "entity_contact", "entity_lead", "entity_lead"]


# --- what had the last word ------------------------------------------------------------------------------------------

PARISIANS = is_("city", "is", "Paris")
EAST = {"scope": "business_unit", "business_unit": "east"}
PINNED = {"pinned": {"keep_in": ["bob", "cleo"], "keep_out": ["ann", "bob"]}}


@pytest.mark.parametrize(
    ("definition", "contact", "member", "reason"),
    [
        (steps(PARISIANS), "ann", True, Reason.DEFINITION),
        (steps(PARISIANS), "bob", False, Reason.DEFINITION),
        (segment("s", PARISIANS, **PINNED), "ann", False, Reason.KEPT_OUT),
        (segment("s", PARISIANS, **PINNED), "bob", False, Reason.KEPT_OUT),
        (segment("s", PARISIANS, **PINNED), " bob ", False, Reason.KEPT_OUT),
        (segment("s", is_("city", "is", "Rome"), **PINNED), "cleo", True, Reason.KEPT_IN),
        (segment("s", PARISIANS, **PINNED, **EAST), "cleo", False, Reason.OUT_OF_SCOPE),
        (segment("s", PARISIANS, **EAST), "bob", False, Reason.DEFINITION),
        (static("s", "ann"), "ann", True, Reason.CHOSEN),
        (static("s", "ann"), "bob", False, Reason.CHOSEN),
        ({**static("s", "cleo"), **EAST}, "cleo", False, Reason.OUT_OF_SCOPE),
    ],
)
def test_the_reason_is_what_had_the_last_word(
    shop: Engine, definition: Any, contact: str, member: bool, reason: Reason
) -> None:
    explanation = shop.explain(definition, contact, as_of=NOW)
    assert (explanation.contact_id, explanation.member, explanation.reason) == (contact, member, reason)


def test_steps_say_what_the_definition_alone_finds(shop: Engine) -> None:
    """
    A pin changes who is a member, not what the steps found.
    """
    [step] = shop.explain(segment("s", PARISIANS, **PINNED), "ann", as_of=NOW).steps
    assert (step.alone, step.so_far, step.node.matches) == (True, True, True)
