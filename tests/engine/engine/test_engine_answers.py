"""Every way of asking gives the same answer; answers keep their order, their words, and their errors."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from engine_shop import (
    CATALOG,
    CONTACTS,
    EVERYONE,
    NOW,
    bought,
    is_,
    last,
    opened,
    profile,
    refers,
    related,
    segment,
    static,
    steps,
    where,
)

import coterie
from coterie import DefinitionError, Engine, NodeCount, NodeReason, StoreError

PARISIANS = is_("city", "is", "Paris")
WARM = related("leads", where("score", "at_least", 50))

DEFINITIONS: dict[str, Any] = {
    "one condition": steps(PARISIANS),
    "steps": steps(PARISIANS, bought(window=last(30, "days")), combine="but_not"),
    "groups": steps(profile({"any": [where("city", "is", "Lyon"), {"not": where("age", "has_value")}, WARM]})),
    "a group of steps": steps(EVERYONE, {"kind": "group", **steps(bought("is", 0), PARISIANS, combine="or")}),
    "a segment": steps(EVERYONE, refers("chosen"), combine="but_not"),
    "pins": segment("s", PARISIANS, pinned={"keep_in": ["bob"], "keep_out": ["ann"]}),
    "a unit": segment("s", EVERYONE, scope="business_unit", business_unit="east"),
    "static": static("s", "bob", "nobody", "cleo"),
}
SEGMENTS = {"chosen": static("chosen", "ann", "bob")}
ALL = [contact["contact_id"] for contact in CONTACTS]


@pytest.mark.parametrize("definition", DEFINITIONS.values(), ids=DEFINITIONS.keys())
def test_members_count_breakdown_and_explain_agree(shop: Engine, definition: Any) -> None:
    asked: dict[str, Any] = {"as_of": NOW, "segments": SEGMENTS}
    members = shop.members(definition, **asked)
    breakdown = shop.breakdown(definition, **asked)
    explained = {contact: shop.explain(definition, contact, **asked) for contact in ALL}

    assert list(members) == [contact for contact in ALL if explained[contact].member]
    assert [contact in members for contact in ALL] == [explained[contact].member for contact in ALL]
    assert len(members) == shop.count(definition, **asked) == breakdown.total
    for index, step in enumerate(breakdown.steps):
        reasons = [explained[contact].steps[index] for contact in ALL]
        assert step.alone == sum(reason.alone for reason in reasons)
        assert step.so_far == sum(reason.so_far for reason in reasons)
        assert {reason.combine for reason in reasons} == {step.combine}
        assert_alike(step.node, [reason.node for reason in reasons])


def assert_alike(counted: NodeCount, reasons: list[NodeReason]) -> None:
    """A node counts those whom it matches, says the same words at the same place, and so do those below it."""
    assert counted.count == sum(reason.matches for reason in reasons)
    assert {(reason.path, reason.wording) for reason in reasons} == {(counted.path, counted.wording)}
    for child, *below in zip(counted.children, *(reason.children for reason in reasons), strict=True):
        assert_alike(child, below)


def test_nodes_are_walked_from_the_first_step_down(shop: Engine) -> None:
    breakdown = shop.breakdown(DEFINITIONS["groups"], as_of=NOW)
    top = "blocks[0].block"
    below = [f"{top}.where", *(f"{top}.where.any[{index}]" for index in range(3))]
    assert [node.path for node in breakdown.nodes()] == [top, *below[:3], f"{below[2]}.not", below[3]]


def test_a_block_inside_parentheses_knows_how_many_are_left_there(shop: Engine) -> None:
    city = {"kind": "profile", "where": {"attribute": "city", "operator": "has_value"}}
    inside = [{"block": EVERYONE}, {"combine": "but_not", "block": city}, {"combine": "or", "block": city}]
    breakdown = shop.breakdown(steps({"kind": "group", "blocks": inside}), as_of=NOW)
    [alone] = {step.count for step in breakdown.steps[0].node.children[1:]}
    everybody = breakdown.steps[0].node.children[0].count
    assert [step.so_far for step in breakdown.steps[0].node.children] == [everybody, everybody - alone, everybody]


# --- order -----------------------------------------------------------------------------------------------------------


def test_members_come_in_the_order_in_which_they_were_first_seen() -> None:
    with coterie.open(":memory:", catalog=CATALOG) as engine:
        engine.load("purchase", [{"contact_id": "zoe", "occurred_at": "2026-11-01"}])
        engine.load("contact", [{"contact_id": "bob"}, {"contact_id": "ann"}])
        assert list(engine.members(steps(EVERYONE), as_of=NOW)) == ["bob", "ann"]
        engine.load("contact", [{"contact_id": "abe"}, {"contact_id": "zoe"}])
        engine.load("contact", [{"contact_id": "ann", "city": "Paris"}])
        assert list(engine.members(steps(EVERYONE), as_of=NOW)) == ["zoe", "bob", "ann", "abe"]


# --- forms and zones -------------------------------------------------------------------------------------------------


def test_a_definition_may_come_in_any_form(shop: Engine) -> None:
    text = "blocks: [{block: {kind: profile, where: {attribute: city, operator: is, value: Paris}}}]"
    forms = [text, text.encode(), json.dumps(steps(PARISIANS)), steps(PARISIANS), coterie.parse(text)]
    assert [shop.count(form, as_of=NOW) for form in forms] == [2] * 5
    assert len({shop.describe(form) for form in forms}) == 1


def test_a_zone_that_is_passed_wins_over_the_files_and_that_over_the_organizations() -> None:
    """
    Ann's purchase of 22 November 10:00 UTC is of the 23rd in Kiritimati alone, 14 hours ahead.
    """
    today = bought(window={"kind": "period", "period": "today"})
    as_of = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
    with opened(time_zone="Pacific/Kiritimati") as engine:
        assert engine.count(segment("s", today), as_of=as_of) == 1
        assert engine.count(segment("s", today, time_zone="UTC"), as_of=as_of) == 0
        assert engine.count(segment("s", today, time_zone="UTC"), as_of=as_of, time_zone="Pacific/Kiritimati") == 1
        nested = steps(refers("s"))
        files = {"s": segment("s", today, time_zone="UTC")}
        assert engine.count(nested, as_of=as_of, segments=files, time_zone="Pacific/Kiritimati") == 0


def test_as_of_is_cut_to_the_millisecond(shop: Engine) -> None:
    first = steps(bought("at_least", 2))
    assert shop.count(first, as_of=datetime(2026, 11, 22, 9, 59, 59, 999_999, tzinfo=UTC)) == 0
    assert shop.count(first, as_of=datetime(2026, 11, 22, 10, 0, 0, 999, tzinfo=UTC)) == 1


# --- errors ----------------------------------------------------------------------------------------------------------


def test_all_problems_of_a_text_are_raised_with_their_lines(shop: Engine) -> None:
    text = """\
blocks:
  - block: {kind: profile, where: {attribute: ctiy, operator: is, value: Paris}}
  - combine: and_also
    block: {kind: evryone}
"""
    with pytest.raises(DefinitionError) as caught:
        shop.count(text, as_of=NOW)
    assert [(problem.code, problem.line) for problem in caught.value.problems] == [
        ("unknown_attribute", 2),
        ("unknown_kind", 4),
    ]
    assert tuple(shop.validate(text)) == caught.value.problems


# --- threads ---------------------------------------------------------------------------------------------------------


def test_threads_that_ask_at_once_get_the_right_answers(shop: Engine) -> None:
    def ask(number: int) -> tuple[int, list[str], bool]:
        age = steps(is_("age", "at_least", number % 7), PARISIANS, combine="or")
        shop.forget()
        members = shop.members(age, as_of=NOW)
        return shop.count(steps(EVERYONE), as_of=NOW), list(members), shop.explain(age, "bob", as_of=NOW).member

    with ThreadPoolExecutor(4) as pool:
        assert set(map(repr, pool.map(ask, range(40)))) == {repr((3, ["ann", "cleo"], False))}


def test_a_thread_may_ask_while_another_loads(shop: Engine) -> None:
    def load(number: int) -> int:
        return shop.load("contact", [{"contact_id": f"new {number}"}]).added

    with ThreadPoolExecutor(3) as pool:
        loads = pool.map(load, range(20))
        counts = list(pool.map(lambda _: shop.count(steps(EVERYONE), as_of=NOW), range(20)))
        assert sum(loads) == 20
    assert all(3 <= count <= 23 for count in counts)
    assert shop.count(steps(EVERYONE), as_of=NOW) == 23


# --- closing ---------------------------------------------------------------------------------------------------------


def test_a_closed_engine_says_that_it_is_closed() -> None:
    engine = opened()
    members = engine.members(steps(PARISIANS), as_of=NOW)
    engine.close()
    asks = (
        lambda: engine.count(steps(PARISIANS), as_of=NOW),
        lambda: engine.explain(steps(PARISIANS), "ann", as_of=NOW),
        lambda: engine.load("contact", []),
        lambda: list(members),
        lambda: "ann" in members,
    )
    for ask in asks:
        with pytest.raises(StoreError) as caught:
            ask()
        assert caught.value.code == "store_closed"
    assert len(members) == 2


def test_closing_twice_is_no_error_and_the_store_is_free(tmp_path: Any) -> None:
    path = tmp_path / "shop.duckdb"
    with coterie.open(path, catalog=CATALOG) as engine:
        engine.load("contact", CONTACTS)
        engine.explain(steps(PARISIANS), "ann", as_of=NOW)
    engine.close()
    with coterie.open(path, catalog=CATALOG) as again:
        assert again.count(steps(PARISIANS), as_of=NOW) == 2


def test_a_database_that_fails_is_an_error_of_the_store(shop: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    full = compile("(_ for _ in ()).throw(__import__('duckdb').OutOfMemoryException('no room'))", "full", "eval")
    monkeypatch.setattr("coterie.backends.duckdb.querying._RUN", full)
    with pytest.raises(StoreError) as caught:
        shop.count(steps(is_("age", "is", 7)), as_of=NOW)
    assert (caught.value.code, "no room" in str(caught.value)) == ("store_failed", True)
