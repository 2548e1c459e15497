"""Keys and ordinals from memory: as the store has them, also while it is written."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest

from coterie.backends.duckdb import key_directory
from coterie.backends.duckdb.key_directory import KeyDirectory
from coterie.backends.duckdb.store import Store
from coterie.catalog import parse_catalog

CATALOG = {
    "coterie": 1,
    "organization": {"time_zone": "UTC"},
    "contact": {"key": "id", "attributes": {"city": "text"}},
    "entities": {"lead": {"key": "lead_id", "attributes": {}}},
    "relations": {"leads": {"from": "contact", "to": "lead", "one_to_many": "id"}},
    "interactions": {"visit": {"attributes": {}}},
}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(tmp_path / "shop.duckdb", parse_catalog(CATALOG), time_zone="UTC", threads=1)
    yield store
    store.close()


def visits(store: Store, *keys: str) -> None:
    store.load("visit", [{"message_id": f"{store.data_version}-{n}", "id": key, "occurred_at": "2026-01-01"}
                         for n, key in enumerate(keys)])  # fmt: skip


def truth(store: Store, table: str = "entity_contact") -> dict[str, int]:
    return dict(store.connection.execute(f"SELECT key, ordinal FROM {table}").fetchall())


def agrees(store: Store, entity: str = "contact") -> None:
    """Every key has its ordinal, and every ordinal its key, one by one and all at once; others have none."""
    held, keys = truth(store, f"entity_{entity}"), store.keys(entity)
    assert keys.size == len(held)
    asked = [*held, "nobody", "", "Ärger"]
    assert keys.ordinals(asked).tolist() == [held.get(key, -1) for key in asked]
    assert [keys.ordinal(key) for key in asked] == [held.get(key) for key in asked]
    by_ordinal = {ordinal: key for key, ordinal in held.items()}
    ordinals = np.array([*sorted(by_ordinal), *by_ordinal], np.uint32)
    assert keys.keys(ordinals) == [by_ordinal[ordinal] for ordinal in ordinals.tolist()]


def test_an_empty_store_has_no_keys(store: Store) -> None:
    agrees(store)


@pytest.mark.parametrize("few", [0, 5, 10_000])
def test_keys_are_as_in_the_store_after_every_load(store: Store, monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    """
    Whether what is new stands in the dict still or in the arrays already; and whoever brought it.
    """
    monkeypatch.setattr(key_directory, "_FEW", few)
    rng = random.Random(few)
    for _ in range(12):
        keys = [f"key {rng.randrange(300)} é" for _ in range(rng.choice([1, 3, 40]))]
        match rng.randrange(3):
            case 0:
                visits(store, *keys)
            case 1:
                store.load("contact", [{"id": key} for key in keys])
            case _:
                store.load("lead", [{"lead_id": f"{key} lead", "id": key} for key in keys])
        agrees(store)
        agrees(store, "lead")


def test_a_load_that_is_undone_leaves_the_keys_as_they_were(store: Store) -> None:
    def failing(message: str) -> Iterator[dict[str, object]]:
        for n in range(3000):
            yield {"message_id": f"{message}{n}", "id": f"new {n}", "occurred_at": "2026-01-01"}
        raise RuntimeError("the caller's own")

    visits(store, "ann", "bob")
    agrees(store)
    for message in "abcd":
        with pytest.raises(RuntimeError):
            store.load("visit", failing(message))
        agrees(store)
    visits(store, "carol", "new 7")
    agrees(store)
    assert store.keys("contact").ordinal("carol") == 2


def test_small_loads_find_the_contacts_of_earlier_batches_of_theirs(store: Store) -> None:
    for load in range(5):
        records = [{"message_id": f"{load}-{n}", "id": f"c{n % 4000}", "occurred_at": "2026-01-01"}
                   for n in range(9_000)]  # fmt: skip
        store.load("visit", records)
    assert truth(store) == {f"c{n}": n for n in range(4000)}
    agrees(store)


def test_keys_whose_hashes_collide_are_told_apart(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        key_directory, "_hashes", lambda keys: np.array([len(key) % 4 for key in keys], np.int64).view(np.uint64)
    )
    monkeypatch.setattr(key_directory, "_hash", lambda key: np.uint64(len(key) % 4))
    monkeypatch.setattr(key_directory, "_FEW", 0)
    visits(store, *[f"k{n}" for n in range(50)])
    agrees(store)
    visits(store, *[f"k{n}" for n in range(200)])
    agrees(store)


def test_readers_never_wait_for_a_statement_that_is_running(store: Store) -> None:
    """
    While a load is under way, and its connection busy, another thread's questions are answered; and never by half.
    """
    visits(store, "ann", "bob")
    keys, inside, asked = store.keys("contact"), Event(), Event()
    assert keys.ordinal("ann") == 0

    def slow() -> Iterator[dict[str, object]]:
        yield {"message_id": "x", "id": "carol", "occurred_at": "2026-01-01"}
        inside.set()
        assert asked.wait(20)

    with ThreadPoolExecutor(1) as pool:
        loading = pool.submit(store.load, "visit", slow())
        assert inside.wait(20)
        assert (keys.ordinal("bob"), keys.ordinal("carol"), keys.size) == (1, None, 2)
        asked.set()
        loading.result()
    assert keys.ordinal("carol") == 2


def test_threads_that_ask_while_keys_come_get_the_right_answers(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_directory, "_FEW", 100)
    visits(store, *[f"c{n}" for n in range(500)])
    keys: KeyDirectory = store.keys("contact")
    done = Event()

    def ask(seed: int) -> int:
        rng, answers = random.Random(seed), 0
        while not done.is_set():
            size = keys.size
            wanted = [rng.randrange(size) for _ in range(20)]
            assert keys.ordinals([f"c{n}" for n in wanted]).tolist() == wanted
            assert keys.keys(np.array(wanted, np.uint32)) == [f"c{n}" for n in wanted]
            answers += 1
        return answers

    with ThreadPoolExecutor(2) as pool:
        asking = [pool.submit(ask, seed) for seed in range(2)]
        try:
            for load in range(30):
                visits(store, *[f"c{n}" for n in range(500 + load * 30, 530 + load * 30)])
        finally:
            done.set()
        assert all(answered.result() for answered in asking)
    agrees(store)


def test_one_that_is_filled_while_a_load_is_committed_has_its_keys(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.ingest([{"type": "upsert", "entity": "contact", "record": {"id": "ann"}}])
    directory, read, go_on = store.keys("contact"), Event(), Event()
    fetch = key_directory.keys_from

    def slowly(*arguments: Any) -> Any:
        keys = fetch(*arguments)
        read.set()
        assert go_on.wait(30)
        return keys

    with ThreadPoolExecutor(2) as pool, monkeypatch.context() as patched:
        patched.setattr(key_directory, "keys_from", slowly)
        asked = pool.submit(directory.ordinal, "ann")
        assert read.wait(30)
        patched.setattr(key_directory, "keys_from", fetch)
        loaded = pool.submit(store.load, "contact", [{"id": "bob"}])
        time.sleep(0.2)  # long enough to be committed, if it does not wait
        go_on.set()
        assert asked.result(30) == 0
        loaded.result(30)
    assert (directory.ordinal("bob"), directory.size) == (1, 2)
