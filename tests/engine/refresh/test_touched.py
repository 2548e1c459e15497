"""Whom a change of the data touches: those who reach what changed, before or after, if the leaf reads it at all."""

from __future__ import annotations

from pyroaring import BitMap
from refresh_shop import ANN, BOB, CATALOG, CLEO, any_of, bought, has, leaf, profile, purchases, touched_by, upsert

from coterie.backends.duckdb.backend import DuckDBBackend
from coterie.planning.leaves import KeysLeaf, ScopeLeaf
from coterie.refresh.touched import Touched

IN_PARIS = leaf(profile(has("city", "is", "Paris")))
IN_TOYS = leaf(profile(any_of("account", has("industry", "is", "toys"))))
WARM = leaf(profile(any_of("leads", has("score", "at_least", 50))))
ANY_LEAD = leaf(profile(any_of("leads")))
NOTED = leaf(profile(any_of("leads", any_of("leads.notes", has("body", "contains", "call")))))
BUYER = leaf(purchases(7))
NOBODY: BitMap = BitMap()


def test_a_contact_is_touched_by_its_own_values(shop: DuckDBBackend) -> None:
    touched = touched_by(shop, upsert("contact", id="bob", city="Paris"))
    assert touched.of(IN_PARIS) == BitMap([BOB])
    assert touched.of(BUYER) == NOBODY


def test_columns_that_a_leaf_does_not_read_touch_nobody(shop: DuckDBBackend) -> None:
    assert touched_by(shop, upsert("contact", id="bob", age=40)).of(IN_PARIS) == NOBODY
    assert touched_by(shop, upsert("account", account_id="acme", size=9)).of(IN_TOYS) == NOBODY
    assert touched_by(shop, upsert("lead", lead_id="1", score=60)).of(ANY_LEAD) == NOBODY


def test_an_account_s_industry_touches_its_contacts(shop: DuckDBBackend) -> None:
    touched = touched_by(shop, upsert("account", account_id="acme", industry="tools"))
    assert touched.of(IN_TOYS) == BitMap([ANN, BOB])


def test_a_contact_that_changes_its_account_is_touched(shop: DuckDBBackend) -> None:
    touched = touched_by(shop, upsert("contact", id="cleo", account_id="acme"))
    assert touched.of(IN_TOYS) == BitMap([CLEO])
    assert touched.of(IN_PARIS) == NOBODY


def test_a_lead_that_moves_touches_whom_it_leaves_and_whom_it_joins(shop: DuckDBBackend) -> None:
    touched = touched_by(shop, upsert("lead", lead_id="1", id="cleo"))
    assert touched.of(WARM) == touched.of(ANY_LEAD) == BitMap([ANN, CLEO])


def test_a_lead_that_comes_or_goes_touches_its_contact_whatever_is_read(shop: DuckDBBackend) -> None:
    assert touched_by(shop, upsert("lead", lead_id="9", id="cleo")).of(ANY_LEAD) == BitMap([CLEO])
    assert touched_by(shop, {"type": "delete", "entity": "lead", "key": "2"}).of(ANY_LEAD) == BitMap([BOB])


def test_two_hops_are_followed_back(shop: DuckDBBackend) -> None:
    assert touched_by(shop, upsert("note", note_id="n", body="wait")).of(NOTED) == BitMap([ANN])
    moved = touched_by(shop, upsert("note", note_id="n", lead_id="2"))
    assert moved.of(NOTED) == BitMap([ANN, BOB])
    carried = touched_by(shop, upsert("lead", lead_id="2", id="cleo"))
    assert carried.of(NOTED) == BitMap([BOB, CLEO])


def test_an_interaction_touches_its_contact_where_it_can_lie_in_the_window(shop: DuckDBBackend) -> None:
    assert touched_by(shop, bought("bob", "2026-11-22T10:00Z")).of(BUYER) == BitMap([BOB])
    late = touched_by(shop, bought("ann", "2026-10-01T10:00Z"))
    assert late.of(BUYER) == NOBODY
    assert late.of(leaf(purchases())) == BitMap([ANN])
    assert touched_by(shop, bought("ann", "2026-11-24T10:00Z")).of(BUYER) == NOBODY


def test_other_interactions_touch_nobody(shop: DuckDBBackend) -> None:
    visit = {"type": "interaction", "interaction": "visit", "record": {"id": "ann", "occurred_at": "2026-11-22T10:00Z"}}
    assert touched_by(shop, visit).of(BUYER) == NOBODY


def test_scopes_and_lists_heed_who_comes_and_goes_and_the_unit(shop: DuckDBBackend) -> None:
    everyone, east, listed = ScopeLeaf(), ScopeLeaf("east"), KeysLeaf(("dora",))
    came = touched_by(shop, upsert("contact", id="dora"))
    assert came.of(everyone) == came.of(east) == came.of(listed) == BitMap([3])
    moved = touched_by(shop, upsert("contact", id="cleo", unit="east"))
    assert moved.of(east) == BitMap([CLEO])
    assert moved.of(everyone) == moved.of(listed) == NOBODY


def test_after_a_load_it_may_be_anybody(shop: DuckDBBackend) -> None:
    before = shop.data_version
    touched = touched_by(shop, upsert("contact", id="bob", age=3))
    assert touched.of(IN_PARIS) == NOBODY
    shop.load("purchase", [{"message_id": "m", "id": "ann", "occurred_at": "2026-11-22T10:00Z"}])
    changes = shop.changes(before)
    assert changes is not None
    again = Touched(changes, shop, CATALOG)
    assert again.of(BUYER) is None
    assert again.of(WARM) == NOBODY
    shop.load("contact", [{"id": "bob", "city": "Nice"}])
    changes = shop.changes(before)
    assert changes is not None
    assert Touched(changes, shop, CATALOG).of(IN_PARIS) is None


def test_everybody_are_those_found_for_any_leaf(shop: DuckDBBackend) -> None:
    touched = touched_by(shop, upsert("contact", id="bob", city="Paris"), bought("ann", "2026-11-22T10:00Z"))
    assert touched.everybody == NOBODY
    touched.of(IN_PARIS)
    assert touched.everybody == BitMap([BOB])
    touched.of(BUYER)
    assert touched.everybody == BitMap([ANN, BOB])
