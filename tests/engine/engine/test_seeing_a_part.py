"""Who may see only some contacts sees only their part: in every set, every count and every explanation (rule 28)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from engine_shop import EVERYONE, NOW, bought, is_, opened, profile, segment, static, steps, where

import coterie
from coterie import Engine, QuestionError
from coterie.testing.answers import step_counts

PARISIANS = is_("city", "is", "Paris")
NOT_PARIS = profile({"not": where("city", "is", "Paris")})
ASKED: dict[str, Any] = {
    "conditions": steps(PARISIANS, bought("is", 0), combine="or"),
    "negated": steps(EVERYONE, NOT_PARIS, combine="but_not"),
    "pinned": segment("pinned", PARISIANS, pinned={"keep_in": ["bob"], "keep_out": ["ann"]}),
    "of a unit": segment("unit", NOT_PARIS, scope="business_unit", business_unit="east"),
    "static": static("chosen", "ann", "bob", "cleo", "nobody"),
}


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("units", [(), ("east",), ("west",), ("east", "west"), ("north",)], ids=" ".join)
def test_members_are_those_that_may_be_seen(shop: Engine, asked: str, units: tuple[str, ...]) -> None:
    seen = shop.contacts_of_units(units)
    whole = shop.members(ASKED[asked], as_of=NOW)
    members = shop.members(ASKED[asked], as_of=NOW, within=seen)
    assert members == whole & seen
    assert shop.count(ASKED[asked], as_of=NOW, within=seen) == len(members)
    assert shop.breakdown(ASKED[asked], as_of=NOW, within=seen).total == len(members)


def test_every_count_is_of_those_that_may_be_seen(shop: Engine) -> None:
    """
    Ann and Bob are in the east; ann and cleo live in Paris, and ann alone has bought by now.
    """
    counts = step_counts(shop.breakdown(ASKED["conditions"], as_of=NOW, within=shop.contacts_of_units(["east"])))
    assert counts == {
        "in_scope": 2,
        "total": 2,
        "blocks[0]": {"alone": 1, "so_far": 1},
        "blocks[0].block": 1,
        "blocks[0].block.where": 1,
        "blocks[1]": {"alone": 1, "so_far": 2},
        "blocks[1].block": 1,
    }


def test_counts_of_several_parts_add_up(shop: Engine) -> None:
    for asked in ASKED.values():
        whole = step_counts(shop.breakdown(asked, as_of=NOW))
        parts = [
            step_counts(shop.breakdown(asked, as_of=NOW, within=shop.contacts_of_units([u]))) for u in ("east", "west")
        ]
        assert {name: added(*(part[name] for part in parts)) for name in whole} == whole


def added(one: Any, other: Any) -> Any:
    return {name: one[name] + other[name] for name in one} if isinstance(one, dict) else one + other


def test_nobody_may_be_seen_within_an_empty_part(shop: Engine) -> None:
    nobody = shop.contacts_of_units([])
    assert shop.count(steps(EVERYONE), as_of=NOW, within=nobody) == 0
    assert list(shop.members(steps(EVERYONE), as_of=NOW, within=nobody)) == []


# --- one contact -----------------------------------------------------------------------------------------------------


def test_a_contact_that_may_not_be_seen_is_as_one_that_nobody_knows(shop: Engine) -> None:
    east = shop.contacts_of_units(["east"])

    def refusal(contact: str, **more: Any) -> str:
        with pytest.raises(QuestionError) as caught:
            shop.explain(steps(PARISIANS), contact, as_of=NOW, **more)
        assert caught.value.code == "unknown_contact"
        return str(caught.value).replace(contact, "…")

    assert refusal("cleo", within=east) == refusal("nobody", within=east) == refusal("nobody")
    assert shop.explain(steps(PARISIANS), "ann", as_of=NOW, within=east) == shop.explain(
        steps(PARISIANS), "ann", as_of=NOW
    )


# --- the contacts of units -------------------------------------------------------------------------------------------


def test_contacts_of_units_are_those_with_that_key(shop: Engine) -> None:
    """
    Keys are compared exactly, but for the space around them.
    """
    of_units = [list(shop.contacts_of_units(units)) for units in (["east"], ["west"], ["west", " east "], ["East"])]
    assert of_units == [["ann", "bob"], ["cleo"], ["ann", "bob", "cleo"], []]


def test_who_has_no_unit_is_in_nobodys(shop: Engine) -> None:
    shop.load("contact", [{"contact_id": "dan"}, {"contact_id": "eve", "unit": " "}])
    assert list(shop.contacts_of_units(["", " ", "None", "east", "west", "\ud800"])) == ["ann", "bob", "cleo"]


def test_who_is_not_known_any_more_is_in_nobodys(shop: Engine) -> None:
    shop.ingest([{"type": "delete", "entity": "contact", "key": "ann"}])
    assert list(shop.contacts_of_units(["east"])) == ["bob"]


def test_contacts_of_units_follow_the_data(shop: Engine) -> None:
    assert list(shop.contacts_of_units(["west"])) == ["cleo"]
    shop.load("contact", [{"contact_id": "ann", "unit": "west"}])
    assert [list(shop.contacts_of_units([unit])) for unit in ("east", "west")] == [["bob"], ["ann", "cleo"]]


def test_where_there_are_no_units_everybody_is_in_each() -> None:
    catalog = {"coterie": 1, "contact": {"key": "id", "attributes": {"city": "text"}}}
    with coterie.open(":memory:", catalog=catalog, threads=1) as engine:
        engine.load("contact", [{"id": "a"}, {"id": "b"}])
        assert list(engine.contacts_of_units(["east"])) == list(engine.contacts_of_units([])) == ["a", "b"]


def test_contacts_of_units_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    with opened() as engine:
        east = engine.contacts_of_units(["east"])
        monkeypatch.delattr("coterie.backends.duckdb.backend.query")  # any statement would now fail
        assert engine.contacts_of_units(["east"]) == east


REFERRALS: dict[str, object] = {
    "coterie": 1,
    "contact": {
        "key": "contact_id",
        "business_unit": "unit",
        "attributes": {"city": "text", "unit": "text", "referrer": "text"},
    },
    "relations": {"referred": {"from": "contact", "to": "contact", "one_to_many": "referrer"}},
}


@pytest.fixture
def referrals() -> Iterator[Engine]:
    """Ann, of the west, has referred 30 of the east, and then 12 of the west."""
    with coterie.open(":memory:", catalog=REFERRALS, threads=1) as engine:
        engine.load("contact", [{"contact_id": "ann", "unit": "west"}])
        for unit, count in (("east", 30), ("west", 12)):
            there = ({"contact_id": f"{unit}-{n}", "unit": unit, "referrer": "ann"} for n in range(count))
            engine.load("contact", list(there))
        yield engine


def test_evidence_is_cut_after_what_is_not_seen_is_left_out(referrals: Engine) -> None:
    asked = steps(profile({"relation": "referred", "quantifier": {"kind": "any"}}))
    seen = referrals.contacts_of_units(["west"])
    node = referrals.explain(asked, "ann", as_of=NOW, within=seen).steps[0].node
    while node.children:
        node = node.children[0]
    assert [row["contact_id"] for row in node.evidence] == [f"west-{n}" for n in range(10)]


def test_a_profile_tells_of_and_counts_the_related_contacts_that_are_seen(referrals: Engine) -> None:
    seen = referrals.contacts_of_units(["west"])
    [related] = referrals.profile("ann", within=seen).related
    assert (related.total, {record.key for record in related.records}) == (12, {f"west-{n}" for n in range(12)})
    [whole] = referrals.profile("ann").related
    assert (whole.total, len(whole.records)) == (42, 20)


def test_a_contact_that_is_not_seen_has_no_profile(referrals: Engine) -> None:
    with pytest.raises(QuestionError) as caught:
        referrals.profile("ann", within=referrals.contacts_of_units(["east"]))
    assert caught.value.code == "unknown_contact"


def test_who_referred_somebody_is_in_their_profile_only_where_that_one_is_seen() -> None:
    catalog = {**REFERRALS, "relations": {"by": {"from": "contact", "to": "contact", "many_to_one": "referrer"}}}
    with coterie.open(":memory:", catalog=catalog, threads=1) as engine:
        people = [{"contact_id": "ann", "unit": "east"}, {"contact_id": "bob", "unit": "west", "referrer": "ann"}]
        engine.load("contact", people)
        [unseen] = engine.profile("bob", within=engine.contacts_of_units(["west"])).related
        [seen] = engine.profile("bob", within=engine.contacts_of_units(["west", "east"])).related
        assert (unseen.total, unseen.records, seen.total) == (0, (), 1)


def test_rows_of_a_related_contact_are_evidence_only_where_that_one_may_be_seen() -> None:
    """
    Bob, of the west, was referred by Ann, of the east.
    """
    catalog: dict[str, object] = {
        "coterie": 1,
        "contact": {
            "key": "contact_id",
            "business_unit": "unit",
            "attributes": {"city": "text", "unit": "text", "referrer": "text"},
        },
        "relations": {"referred_by": {"from": "contact", "to": "contact", "many_to_one": "referrer"}},
    }
    asked = steps(
        profile({"relation": "referred_by", "quantifier": {"kind": "any"}, "where": where("city", "is", "Paris")})
    )
    with coterie.open(":memory:", catalog=catalog, threads=1) as engine:
        engine.load("contact", [{"contact_id": "ann", "unit": "east", "city": "Paris"}])
        engine.load("contact", [{"contact_id": "bob", "unit": "west", "referrer": "ann"}])

        def evidence(*units: str) -> list[object]:
            seen = engine.contacts_of_units(units)
            node = engine.explain(asked, "bob", as_of=NOW, within=seen).steps[0].node
            while node.children:
                node = node.children[0]
            assert node.matches
            return [row["contact_id"] for row in node.evidence]

        assert (evidence("west"), evidence("west", "east")) == ([], ["ann"])
