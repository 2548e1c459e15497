"""Leaves within some contacts: what they are in full, of those alone; and only their records are looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from random import Random
from threading import Lock
from typing import Any

import pyarrow as pa
import pytest
from pyroaring import BitMap

import coterie
from coterie import Engine
from coterie.backends.duckdb import evaluation
from coterie.planning.leaves import InteractionLeaf, KeysLeaf, Leaf, RelatedLeaf, ScopeLeaf
from coterie.planning.plan import make_plan
from coterie.testing.scenarios import Scenario, scenario

SEEDS = range(700, 712)
NOW = datetime(2026, 11, 23, tzinfo=UTC)


def opened(drawn: Scenario) -> Engine:
    engine = coterie.open(":memory:", catalog=drawn.world.catalog, threads=1)
    for name, rows in drawn.world.tables.items():
        engine.load(name, rows)
    return engine


def leaves_in(drawn: Scenario, engine: Engine) -> list[Leaf]:
    """The leaves of all questions that can be asked, and those that scopes and lists of keys are."""
    found: dict[Leaf, None] = {ScopeLeaf(): None}
    for asked in drawn.questions:
        try:
            question = engine._desk.question(asked.definition, drawn.as_of, asked.zone, asked.segments)
        except coterie.DefinitionError:
            continue
        found.update(dict.fromkeys(make_plan(question, engine.catalog, fused=False).leaves()))
        found.update(dict.fromkeys(make_plan(question, engine.catalog, fused=True).leaves()))
    return list(found)


@pytest.mark.parametrize("seed", SEEDS)
def test_within_is_what_it_is_in_full_of_those_contacts(seed: int) -> None:
    drawn, rng = scenario(seed, 12), Random(seed)
    with closing(opened(drawn)) as engine:
        leaves, backend = leaves_in(drawn, engine), engine._backend
        size = len(backend.known_contacts())
        full = backend.evaluate(leaves)
        for share in (0.1, 0.5, 1.0):
            within = BitMap(ordinal for ordinal in range(size + 2) if rng.random() <= share)
            found = backend.evaluate(leaves, within=within)
            for leaf in leaves:
                assert found[leaf] == full[leaf] & within, (seed, leaf, within)


@pytest.mark.parametrize("seed", SEEDS)
def test_leaves_that_share_a_timeline_are_those_asked_one_by_one(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = scenario(seed, 12)
    with closing(opened(drawn)) as engine:
        leaves = [leaf for leaf in leaves_in(drawn, engine) if isinstance(leaf, InteractionLeaf)]
        monkeypatch.setattr(evaluation, "_SHARED", 1)
        shared = engine._backend.evaluate(leaves)
        monkeypatch.setattr(evaluation, "_SHARED", 1_000_000)
        assert engine._backend.evaluate(leaves) == shared


def test_the_scenarios_hold_leaves_of_every_kind() -> None:
    kinds: set[type] = set()
    for seed in SEEDS:
        drawn = scenario(seed, 12)
        with closing(opened(drawn)) as engine:
            kinds |= {type(leaf) for leaf in leaves_in(drawn, engine)}
    assert {InteractionLeaf, RelatedLeaf, ScopeLeaf, KeysLeaf} < kinds


# --- what is read ----------------------------------------------------------------------------------------------------

CATALOG: dict[str, Any] = {
    "contact": {"key": "id", "attributes": {"city": "text", "note": "text"}},
    "interactions": {"purchase": {"attributes": {"amount": "number", "product": "text"}}},
    "entities": {"friend": {"key": "friend_id", "attributes": {}}},
    "relations": {
        "friends": {"from": "contact", "to": "friend", "one_to_many": "id"},
        "friends.who": {"from": "friend", "to": "contact", "many_to_one": "who"},
    },
}

BIG = {
    "kind": "interaction",
    "interaction": "purchase",
    "measure": {"kind": "maximum", "attribute": "amount"},
    "operator": "at_least",
    "value": 250,
}
PARISIAN = {"attribute": "city", "operator": "is", "value": "Paris"}
OF_PARISIANS = {
    "relation": "friends",
    "quantifier": {"kind": "any"},
    "where": {"relation": "friends.who", "quantifier": {"kind": "any"}, "where": PARISIAN},
}


class Shop:
    """A hundred contacts with three purchases each; notes what its statements answer."""

    def __init__(self, engine: Engine) -> None:
        engine.load("contact", [{"id": f"c{n}", "city": "Paris"} for n in range(100)])
        engine.load("friend", [{"friend_id": "f", "id": "c5", "who": "c50"}])
        bought = [
            {"message_id": f"m{n}", "id": f"c{n % 100}", "occurred_at": "2026-11-20", "amount": n} for n in range(300)
        ]
        engine.load("purchase", bought)
        self.read: list[pa.Table] = []
        self._engine, self._backend = engine, engine._backend
        query = self._backend.query  # type: ignore[attr-defined]

        def noted(
            statement: str,
            parameters: Sequence[object] = (),
            tables: Mapping[str, pa.Table] | None = None,
        ) -> pa.Table:
            self.read.append(query(statement, parameters, tables))
            return self.read[-1]

        self._backend.query = noted  # type: ignore[attr-defined]

    @property
    def turn(self) -> Lock:
        """What those with many leaves take turns by."""
        return self._backend._turn  # type: ignore[attr-defined,no-any-return]

    def within(self, block: Mapping[str, Any], *contacts: int) -> BitMap:
        """The contacts of a block's one leaf, among these."""
        asked = self._engine._desk.question({"blocks": [{"block": block}]}, NOW, None, None)
        leaves = make_plan(asked, self._engine.catalog, fused=True).leaves()
        (leaf,) = {leaf for leaf in leaves if not isinstance(leaf, ScopeLeaf)}
        self.read.clear()
        return self._backend.evaluate([leaf], within=BitMap(contacts))[leaf]


@pytest.fixture
def shop() -> Iterator[Shop]:
    with coterie.open(":memory:", catalog=CATALOG, threads=1) as engine:
        yield Shop(engine)


def test_only_rows_and_columns_that_are_needed_are_read(shop: Shop) -> None:
    assert shop.within(BIG, 50, 51, 3) == BitMap([50, 51])
    assert sorted(table.num_rows for table in shop.read) == [9]  # three purchases of each, nothing of the contacts
    names = {name for table in shop.read for name in table.column_names}
    assert {name for name in names if "product" in name or "city" in name or "note" in name} == set()


def test_interactions_out_of_all_windows_are_not_read(shop: Shop) -> None:
    """
    All purchases were made on the 20th.
    """
    last = {"kind": "last", "unit": "days"}
    assert shop.within({**BIG, "window": {**last, "count": 3}}, 50, 51, 3) == BitMap([50, 51])
    assert [table.num_rows for table in shop.read] == [9]
    assert shop.within({**BIG, "window": {**last, "count": 2}}, 50, 51, 3) == BitMap()
    assert shop.within({**BIG, "window": {"kind": "until", "to": "2026-11-19"}}, 50, 51, 3) == BitMap()
    assert [table.num_rows for table in shop.read] == [0]


def test_a_question_does_not_wait_for_the_turn_of_a_refresh(shop: Shop) -> None:
    with shop.turn:
        assert shop.within(BIG, 50, 51, 3) == BitMap([50, 51])


def test_contacts_that_are_only_reached_are_read_but_never_answered(shop: Shop) -> None:
    """
    Contact 5 has a friend, 50, who is in Paris; 50 is read for it.
    """
    assert shop.within({"kind": "profile", "where": OF_PARISIANS}, 5, 6) == BitMap([5])
    assert shop.within({"kind": "profile", "where": OF_PARISIANS}, 50) == BitMap()
    assert shop.within({"kind": "profile", "where": PARISIAN}, 5, 6) == BitMap([5, 6])


def test_within_nobody_reads_nothing(shop: Shop) -> None:
    assert shop.within(BIG) == BitMap()
    assert shop.read == []


def test_contacts_that_nobody_knows_are_in_nothing(shop: Shop) -> None:
    assert shop.within(BIG, 50, 4_000_000) == BitMap([50])
