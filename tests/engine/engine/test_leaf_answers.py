"""What is kept of a condition is brought to the data and the moment of a question within those whom that concerns."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from engine_shop import NOW, bought, is_, last, opened, profile, related, steps, utc, where

from coterie import Engine
from coterie.planning.leaves import Leaf, ScopeLeaf
from coterie.refresh.costs import Costs

PARISIANS, ADULTS = is_("city", "is", "Paris"), is_("age", "at_least", 18)
WARM = profile(related("leads", where("score", "at_least", 50)))
BUYERS = bought(window=last(30, "days"))

ALL = steps(PARISIANS, ADULTS, WARM, BUYERS, combine="or")

CONTACT, LEAD, PURCHASE = "contact", "lead", "purchase"


class Asked:
    """The leaves that the engine has its backend evaluate, each with the contacts within whom, None for everybody."""

    def __init__(self, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
        self.engine = engine
        self._leaves: list[tuple[Leaf, list[str] | None]] = []
        backend: Any = engine._backend
        evaluate = backend.evaluate

        def noted(leaves: Collection[Leaf], *, within: Any = None, **more: Any) -> object:
            who = None if within is None else sorted(backend.contact_ids(_array(within)))
            self._leaves += [(leaf, who) for leaf in leaves]
            return evaluate(leaves, within=within, **more)

        monkeypatch.setattr(backend, "evaluate", noted)

    def take(self) -> list[tuple[str, list[str] | None]]:
        taken, self._leaves = self._leaves, []
        return sorted((type(leaf).__name__, who) for leaf, who in taken)


def _array(contacts: Any) -> Any:
    import numpy as np

    return np.array(contacts.to_array(), dtype=np.uint32)


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """With a hundred strangers: so that a few contacts are a small part of all, whatever it takes to look at them."""
    monkeypatch.setattr(Costs, "prefer_within", lambda *asked: asked[-2] * 20 <= asked[-1])
    with opened() as engine:
        engine.load("contact", [{"contact_id": f"stranger-{number}"} for number in range(100)])
        yield engine


@pytest.fixture
def asked(shop: Engine, monkeypatch: pytest.MonkeyPatch) -> Asked:
    shop.count(ALL, as_of=NOW)
    shop.breakdown(ALL, as_of=NOW)
    return Asked(shop, monkeypatch)


def upsert(entity: str, **record: object) -> dict[str, object]:
    return {"type": "upsert", "entity": entity, "record": record}


def purchase(contact: str, occurred_at: str, **more: object) -> dict[str, object]:
    record = {"contact_id": contact, "occurred_at": occurred_at, **more}
    return {"type": "interaction", "interaction": "purchase", "record": record}


def members(engine: Engine, *blocks: Any, as_of: datetime = NOW) -> list[str]:
    return list(engine.members(steps(*blocks, combine="or"), as_of=as_of))


# --- data ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        (upsert("contact", contact_id="bob", city="Paris"), [("ContactLeaf", ["bob"])]),
        (upsert("contact", contact_id="bob", born="2001-01-01"), []),
        (upsert("lead", lead_id="3", score=10), [("RelatedLeaf", ["bob"])]),
        (upsert("account", account_id="acme", name="Acme & sons"), []),
        (purchase("cleo", "2026-11-20T10:00Z"), [("InteractionLeaf", ["cleo"])]),
        (purchase("cleo", "2025-11-20T10:00Z"), []),
    ],
    ids=["attribute", "attribute not read", "related record", "entity not read", "interaction", "out of the window"],
)
def test_only_what_reads_a_change_is_asked_again_and_of_those_touched_alone(
    asked: Asked, operation: dict[str, object], expected: list[Any]
) -> None:
    asked.engine.ingest([operation])
    breakdown = asked.engine.breakdown(ALL, as_of=NOW)
    assert asked.take() == expected
    asked.engine.forget()
    assert asked.engine.breakdown(ALL, as_of=NOW) == breakdown


def test_a_contact_that_comes_or_goes_concerns_every_condition_on_contacts(asked: Asked) -> None:
    asked.engine.ingest([upsert("contact", contact_id="dan", city="Paris"), {**_gone("ann")}])
    assert members(asked.engine, PARISIANS, ADULTS, WARM, BUYERS) == ["bob", "cleo", "dan"]
    assert ("ContactLeaf", ["ann", "dan"]) in asked.take()


def _gone(contact: str) -> dict[str, object]:
    return {"type": "delete", "entity": "contact", "key": contact}


def test_what_many_versions_changed_is_caught_up_with_at_once(asked: Asked) -> None:
    for contact in ("bob", "cleo", "dan"):
        asked.engine.ingest([purchase(contact, "2026-11-21T10:00Z")])
    assert members(asked.engine, BUYERS) == ["ann", "bob", "cleo"]
    assert asked.take() == [("InteractionLeaf", ["bob", "cleo", "dan"])]


def test_what_was_patched_is_patched_again(asked: Asked) -> None:
    for contact, expected in (("bob", ["ann", "bob"]), ("cleo", ["ann", "bob", "cleo"])):
        asked.engine.ingest([purchase(contact, "2026-11-21T10:00Z")])
        assert members(asked.engine, BUYERS) == expected
        assert asked.take() == [("InteractionLeaf", [contact])]


def test_a_load_has_what_it_may_concern_asked_in_full(asked: Asked) -> None:
    asked.engine.load("purchase", [{"message_id": "m9", "contact_id": "cleo", "occurred_at": "2026-11-21T10:00Z"}])
    assert members(asked.engine, PARISIANS, BUYERS) == ["ann", "cleo"]
    assert asked.take() == [("InteractionLeaf", None)]


def test_who_is_in_scope_follows_the_data(asked: Asked) -> None:
    everybody = {"kind": "everyone"}
    assert asked.engine.count(steps(everybody), as_of=NOW) == 103
    asked.engine.ingest([upsert("contact", contact_id="dan"), _gone("ann")])
    assert "ann" not in members(asked.engine, everybody)
    assert asked.engine.count(steps(everybody), as_of=NOW) == 103
    assert ScopeLeaf.__name__ not in dict(asked.take())


def test_many_contacts_touched_have_it_asked_in_full(asked: Asked) -> None:
    strangers = [purchase(f"stranger-{number}", "2026-11-21T10:00Z") for number in range(90)]
    asked.engine.ingest(strangers)
    assert asked.engine.count(steps(BUYERS), as_of=NOW) == 91
    assert asked.take() == [("InteractionLeaf", None)]


# --- time ------------------------------------------------------------------------------------------------------------


def test_a_moment_later_nothing_is_asked_where_nothing_lies_between(asked: Asked) -> None:
    for seconds in (1, 2, 60):
        assert members(asked.engine, BUYERS, as_of=NOW + timedelta(seconds=seconds)) == ["ann"]
    assert asked.take() == []


def test_what_has_become_visible_is_asked_of_those_whose_it_is(asked: Asked) -> None:
    """
    The purchase was there before, but still to come.
    """
    asked.engine.ingest([purchase("cleo", "2026-11-23T12:00:30Z")])
    assert members(asked.engine, BUYERS) == ["ann"]
    asked.take()
    assert members(asked.engine, BUYERS, as_of=utc("2026-11-23T12:00:29.999")) == ["ann"]
    assert asked.take() == []
    assert members(asked.engine, BUYERS, as_of=utc("2026-11-23T12:00:30")) == ["ann", "cleo"]
    assert asked.take() == [("InteractionLeaf", ["cleo"])]


def test_what_was_visible_is_not_any_more_a_moment_earlier(asked: Asked) -> None:
    asked.engine.ingest([purchase("cleo", "2026-11-23T11:59:00Z")])
    assert members(asked.engine, BUYERS) == ["ann", "cleo"]
    assert members(asked.engine, BUYERS, as_of=utc("2026-11-23T11:58:59.999")) == ["ann"]
    assert members(asked.engine, BUYERS) == ["ann", "cleo"]


def test_both_ends_of_elapsed_time_move(asked: Asked) -> None:
    """
    Ann's purchases lie 26 and some 74 hours back.
    """
    within_26_hours = bought("at_least", 1, window=last(26, "hours"))
    assert members(asked.engine, within_26_hours) == ["ann"]
    asked.take()
    assert members(asked.engine, within_26_hours, as_of=NOW + timedelta(milliseconds=1)) == []
    assert asked.take() == [("InteractionLeaf", ["ann"])]
    assert members(asked.engine, within_26_hours) == ["ann"]


def test_hours_later_it_is_asked_in_full(asked: Asked) -> None:
    assert members(asked.engine, BUYERS, as_of=NOW + timedelta(hours=2)) == ["ann"]
    assert asked.take() == [("InteractionLeaf", None)]


def test_another_window_is_asked_in_full(asked: Asked) -> None:
    assert members(asked.engine, bought(window=last(2, "days"))) == ["ann"]
    assert asked.take() == [("InteractionLeaf", None)]


def test_data_and_time_that_both_moved_are_caught_up_with_together(asked: Asked) -> None:
    asked.engine.ingest([purchase("bob", "2026-11-23T12:00:10Z"), purchase("cleo", "2026-11-23T12:00:30Z")])
    assert members(asked.engine, BUYERS, as_of=utc("2026-11-23T12:00:20")) == ["ann", "bob"]
    assert asked.take() == [("InteractionLeaf", ["bob", "cleo"])]
    assert members(asked.engine, BUYERS, as_of=utc("2026-11-23T12:00:40")) == ["ann", "bob", "cleo"]
    assert asked.take() == [("InteractionLeaf", ["cleo"])]
