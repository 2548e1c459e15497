"""What was acknowledged is applied once, wherever a crash comes, in whichever order the batches came."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import permutations

import pytest

import coterie
from coterie import Engine
from coterie_web.accounts.models import User
from coterie_web.catalogs.engine import provide, withdraw
from coterie_web.ingest import applying
from coterie_web.ingest.applying import apply_waiting
from coterie_web.ingest.models import InboxBatch
from coterie_web.ingest.receiving import receive
from coterie_web.ui.clock import TestClock

pytestmark = pytest.mark.django_db(transaction=True)

CATALOG = """
coterie: 1
contact: {key: contact_id, attributes: {city: text, age: number}}
interactions: {purchase: {attributes: {amount: number}}}
"""


def upsert(contact: str, changed_at: str | None = None, **more: object) -> dict[str, object]:
    dated = {} if changed_at is None else {"changed_at": f"2026-11-23T{changed_at}Z"}
    return {"type": "upsert", "entity": "contact", "record": {"contact_id": contact, **more}, **dated}


def delete(contact: str, changed_at: str | None = None) -> dict[str, object]:
    dated = {} if changed_at is None else {"changed_at": f"2026-11-23T{changed_at}Z"}
    return {"type": "delete", "entity": "contact", "key": contact, **dated}


def bought(contact: str, amount: int) -> dict[str, object]:
    """A purchase without a message id: told from others like it by nothing but its place."""
    record = {"contact_id": contact, "occurred_at": "2026-11-23T10:00Z", "amount": amount}
    return {"type": "interaction", "interaction": "purchase", "record": record}


BATCHES = [
    [upsert("ann", city="Paris", age=30), bought("ann", 5), bought("ann", 5), {"type": "nonsense"}],
    [upsert("ann", city="Rome", changed_at="10:00"), upsert("bob", city="Bern"), bought("bob", 7)],
    [delete("ann"), upsert("ann", age=31), bought("ann", 5), upsert("bob", age="old")],
    [upsert("bob", city="Oslo", changed_at="09:00"), delete("bob", changed_at="09:30"), upsert("bob", city="Kiel")],
]


@pytest.fixture
def empty() -> Iterator[Engine]:
    """The engine of the process, with no contact yet."""
    with coterie.open(":memory:", catalog=CATALOG, threads=1) as engine:
        provide(engine)
        yield engine
        withdraw()


def contents(engine: Engine, clock: TestClock) -> object:
    """All that questions can tell of the data: who is known, each value, and how often each bought for how much."""
    everyone = {"blocks": [{"block": {"kind": "everyone"}}]}
    return {
        contact: [_asked(engine, clock, contact, leaf) for leaf in _LEAVES]
        for contact in engine.members(everyone, as_of=clock.now())
    }


_LEAVES = [
    {"kind": "profile", "where": {"attribute": "city", "operator": "has_value"}},
    {"kind": "profile", "where": {"attribute": "age", "operator": "has_value"}},
    {"kind": "interaction", "interaction": "purchase", "operator": "at_least", "value": 1},
]


def _asked(engine: Engine, clock: TestClock, contact: str, leaf: dict[str, object]) -> object:
    explained = engine.explain({"blocks": [{"block": leaf}]}, contact, as_of=clock.now())
    [step] = explained.steps
    rows = [{name: value for name, value in row.items() if name != "message_id"} for row in step.node.evidence]
    return explained.member, sorted(map(repr, rows))


@pytest.mark.parametrize("order", list(permutations(range(len(BATCHES)))), ids=lambda order: "".join(map(str, order)))
def test_applying_again_after_a_crash_changes_nothing(
    order: tuple[int, ...],
    empty: Engine,
    clock: TestClock,
    person: Callable[..., User],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """
    The store has committed, and the process ends before the inbox is marked: once for each two batches.
    """
    monkeypatch.setattr(applying, "_BATCHES_AT_ONCE", 2)
    for number in order:
        receive(
            json.dumps(BATCHES[number]).encode(),
            idempotency_key=None,
            acting_user=person("administrator"),
            now=clock.now(),
        )
    finish = applying._finish
    for _ in range(2):
        monkeypatch.setattr(applying, "_finish", _killed)
        with pytest.raises(KeyboardInterrupt):
            apply_waiting()
        applied, version = contents(empty, clock), empty.data_version
        receive(b'[{"type": "late"}]', idempotency_key=None, acting_user=person("administrator"), now=clock.now())
        monkeypatch.setattr(applying, "_finish", finish)
        assert apply_waiting()
        assert (contents(empty, clock), empty.data_version) == (applied, version)
    while apply_waiting():
        pass
    assert not InboxBatch.objects.filter(applied_at=None).exists()
    assert contents(empty, clock) == _at_once(order, clock)


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


def _at_once(order: tuple[int, ...], clock: TestClock) -> object:
    """What the data are where nothing ever fails: each record applied by itself, in the order of acknowledgement."""
    with coterie.open(":memory:", catalog=CATALOG, threads=1) as engine:
        for number in order:
            for position, record in enumerate(BATCHES[number]):
                given = dict(record)
                if given["type"] == "interaction":
                    inner = given["record"]
                    assert isinstance(inner, dict)
                    given["record"] = {**inner, "message_id": f"{number}-{position}"}
                engine.ingest([given])
        return contents(engine, clock)


def test_a_batch_with_its_key_makes_the_same_ids_when_it_was_forgotten_and_comes_again(
    empty: Engine, clock: TestClock, person: Callable[..., User]
) -> None:
    content = json.dumps([bought("ann", 5), bought("ann", 5), upsert("ann")]).encode()
    for _ in range(2):
        receive(content, idempotency_key="daily", acting_user=person("administrator"), now=clock.now())
        apply_waiting()
        InboxBatch.objects.all().delete()
    twice = {"kind": "interaction", "interaction": "purchase", "operator": "is", "value": 2}
    assert list(empty.members({"blocks": [{"block": twice}]}, as_of=clock.now())) == ["ann"]


@pytest.mark.parametrize("message_id", ["true", "1.5", "[7]", "{}", "1e9999999999999999999", '" "', "null"])
def test_an_interaction_whose_message_id_is_no_key_counts_once_too(
    empty: Engine, clock: TestClock, person: Callable[..., User], monkeypatch: pytest.MonkeyPatch, message_id: str
) -> None:
    content = json.dumps([bought("ann", 5), upsert("ann")]).replace('"amount"', f'"message_id": {message_id}, "amount"')
    receipt = receive(content.encode(), idempotency_key=None, acting_user=person("administrator"), now=clock.now())
    assert receipt.batch.acknowledgement["made_ids"] == 1
    with monkeypatch.context() as crash:
        crash.setattr(applying, "_finish", _killed)
        with pytest.raises(KeyboardInterrupt):
            apply_waiting()
    assert apply_waiting()
    once = {"kind": "interaction", "interaction": "purchase", "operator": "is", "value": 1}
    assert list(empty.members({"blocks": [{"block": once}]}, as_of=clock.now())) == ["ann"]
