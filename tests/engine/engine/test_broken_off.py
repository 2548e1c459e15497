"""What is broken off, wherever that is, leaves an engine that answers as one that was opened again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest
from engine_shop import NOW, is_, segment, static

import coterie
from coterie import Engine, StoreError
from coterie.backends.duckdb import store as store_module
from coterie.backends.duckdb.change_log import ChangeLog
from coterie.backends.duckdb.key_directory import KeyDirectories, KeyDirectory
from coterie.backends.duckdb.message_index import MessageIndex
from coterie.backends.duckdb.store import Store
from coterie.engine.keeping import Keeping
from coterie.engine.lookup import Lookup
from coterie.refresh.leaf_sets import LeafSets, Moved
from coterie.refresh.refresher import Refresher
from coterie.snapshot import Journal

CATALOG: dict[str, Any] = {
    "coterie": 1,
    "contact": {"key": "id", "attributes": {"city": "text", "n": "number"}},
    "interactions": {"visit": {"attributes": {}}},
}
FILES = {
    "rome": segment("rome", is_("city", "is", "Rome")),
    "many": segment("many", is_("n", "at_least", 5)),
    "chosen": static("chosen", "b", "c"),
}
BEFORE = {"rome": [], "many": ["b"], "chosen": ["b"]}
AFTER = {"rome": ["a"], "many": ["b", "c"], "chosen": ["b", "c"]}


def upsert(contact: str, **columns: object) -> dict[str, object]:
    return {"type": "upsert", "entity": "contact", "record": {"id": contact, **columns}}


BATCH = [
    upsert("a", city="Rome"),
    upsert("c", n="7.5"),  # which no column of whole numbers holds
    {
        "type": "interaction",
        "interaction": "visit",
        "record": {"message_id": "m", "id": "c", "occurred_at": "2026-11-20T10:00Z"},
    },
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "shop.duckdb"


def opened(path: Path) -> Engine:
    return coterie.open(path, CATALOG, threads=1)


@pytest.fixture
def shop(path: Path) -> Iterator[Engine]:
    """A store in a file, with its segments live; everything there is to remember has been asked about."""
    with opened(path) as engine:
        engine.ingest([upsert("a", city="Paris", n=1), upsert("b", city="Paris", n=9)])
        engine.refresh(FILES, as_of=NOW)
        assert answers(engine) == {"version": 1, "asked": BEFORE, "published": BEFORE}
        for _ in range(3):
            assert engine.segments_of("b") == ("chosen", "many")
        yield engine


def asked(engine: Engine) -> dict[str, list[str]]:
    return {key: list(engine.members(file, as_of=NOW)) for key, file in FILES.items()}


def published(engine: Engine) -> dict[str, list[str]]:
    engine.refresh(as_of=NOW)
    return {key: list(each.members) for key, each in engine.published.items()}


def answers(engine: Engine) -> dict[str, object]:
    return {"version": engine.data_version, "asked": asked(engine), "published": published(engine)}


# --- a change of the data --------------------------------------------------------------------------------------------


def interrupted(whole: Callable[..., object], is_done: bool) -> Callable[..., object]:
    def broken(*arguments: object, **more: object) -> None:
        if is_done:
            whole(*arguments, **more)
        raise KeyboardInterrupt

    return broken


def break_off(engine: Engine, step: Any, is_done: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ingest the batch, interrupted at a step, before or after that is done."""
    commit = Store.commit

    def committing(store: Store) -> None:
        execute = interrupted(store.connection.execute, is_done)
        with monkeypatch.context() as patch:
            patch.setattr(store, "connection", SimpleNamespace(execute=execute))
            commit(store)

    with monkeypatch.context() as patch:
        owner, name = step
        is_statement = step == STEPS["commit"]
        patch.setattr(owner, name, committing if is_statement else interrupted(getattr(owner, name), is_done))
        with pytest.raises(KeyboardInterrupt):
            engine.ingest(BATCH)


STEPS: dict[str, Any] = {
    "commit": (Store, "commit"),
    "messages": (MessageIndex, "committed"),
    "directories": (KeyDirectories, "committed"),
    "keys": (KeyDirectory, "catch_up"),
    "changes": (ChangeLog, "append"),
    "noted": (Store, "_committed"),
}
EARLIER: dict[str, Any] = {
    "begin": (store_module._Transaction, "__enter__"),
    "recorded": (Store, "_record"),
    "end": (store_module._Transaction, "__exit__"),
}


@pytest.mark.parametrize("is_done", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_a_change_that_is_broken_off_once_it_is_committed_counts_at_once(
    path: Path, shop: Engine, step: str, is_done: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_off(shop, STEPS[step], is_done, monkeypatch)
    is_committed = (step, is_done) != ("commit", False)
    members = AFTER if is_committed else BEFORE
    found = answers(shop)
    assert found == {"version": 1 + is_committed, "asked": members, "published": members}
    assert shop.segments_of("c") == (("chosen", "many") if is_committed else ())
    shop.close()
    with opened(path) as again:
        assert answers(again) == found


@pytest.mark.parametrize("is_done", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", [*EARLIER, *STEPS])
def test_what_comes_after_a_change_that_was_broken_off_is_archived_as_it_is(
    path: Path, shop: Engine, step: str, is_done: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_off(shop, {**EARLIER, **STEPS}[step], is_done, monkeypatch)
    version = shop.data_version
    assert shop.ingest([upsert("d", city="Rome", n="0.25")]).data_version == version + 1
    assert published(shop) == asked(shop)
    assert shop.ingest(BATCH).data_version == (version + 1 if version == 2 else version + 2)
    assert answers(shop)["asked"] == {**AFTER, "rome": ["a", "d"]}
    shop.close()
    assert coterie.check(path, CATALOG).differences == ()
    with opened(path) as again:
        assert again.ingest(BATCH).repeated == len(BATCH)


def test_keys_that_were_named_by_a_change_that_was_broken_off_are_evaluated(
    shop: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    They alone raise no data version: that there was a change cannot be told by it.
    """
    store: Store = shop._backend._store  # type: ignore[attr-defined]
    version = store.data_version
    with monkeypatch.context() as patch:
        patch.setattr(Store, "_committed", interrupted(Store._committed, False))
        with pytest.raises(KeyboardInterrupt):
            shop.ingest([{"type": "delete", "entity": "contact", "key": "c", "changed_at": "2020-01-01"}])
    assert store.data_version == version
    assert store.changes(version) is None


@pytest.mark.parametrize("fails", [duckdb.IOException("No disk"), KeyboardInterrupt()], ids=["disk", "interrupt"])
def test_where_nobody_can_tell_what_became_of_a_change_nothing_is_answered_until_the_store_is_opened_again(
    path: Path, shop: Engine, fails: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> None:
        raise fails

    with monkeypatch.context() as patch:
        patch.setattr(store_module, "number_scales", failing)
        break_off(shop, STEPS["messages"], False, monkeypatch)
    doors: list[Callable[[], object]] = [
        lambda: shop.data_version,
        lambda: asked(shop),
        lambda: shop.refresh(as_of=NOW),
        lambda: list(shop.published["many"].members),
        lambda: shop.segments_of("b"),
        lambda: shop.ingest(BATCH),
        lambda: shop.load("contact", [{"id": "e"}]),
    ]
    for door in doors:
        with pytest.raises(StoreError, match="open it again") as raised:
            door()
        assert raised.value.code == "store_failed"
    shop.close()
    with opened(path) as again:
        assert answers(again) == {"version": 2, "asked": AFTER, "published": AFTER}


def test_after_a_batch_that_fails_by_itself_nothing_is_evaluated_anew(shop: Engine) -> None:
    with pytest.raises(coterie.ReadError):
        shop.ingest([upsert("a", city="Rome"), "no record"])  # type: ignore[list-item]
    refresh = shop.refresh(as_of=NOW)
    assert (refresh.data_version, refresh.evaluated_in_full) == (1, 0)


# --- a refresh -------------------------------------------------------------------------------------------------------

TAKING_OVER: dict[str, Any] = {
    "published": (Journal, "publish"),
    "refresher": (Refresher, "take_over"),
    "sets": (LeafSets, "keep"),
    "new sets": (Moved, "taken"),
    "lookup": (Lookup, "follow"),
    "bits": (Lookup, "_set"),
    "view": (Keeping, "_viewed"),
}
EDITED = {**FILES, "many": segment("many", is_("n", "at_least", 7)), "lyon": segment("lyon", is_("city", "is", "Lyon"))}
REACHED = {"rome": ["a"], "many": ["b"], "chosen": ["b"], "lyon": ["b"]}


def break_off_refresh(engine: Engine, step: str, is_done: bool, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Refresh, interrupted once at a step, before or after that is done. Whether the publication was made."""
    owner, name = TAKING_OVER[step]
    broken = interrupted(getattr(owner, name), is_done)

    def once(*arguments: object, **more: object) -> None:
        monkeypatch.undo()
        broken(*arguments, **more)

    monkeypatch.setattr(owner, name, once)
    with pytest.raises(KeyboardInterrupt):
        engine.refresh(EDITED, as_of=NOW)
    return (step, is_done) != ("published", False)


def standing(engine: Engine) -> dict[str, list[str]]:
    return {key: list(each.members) for key, each in engine.published.items()}


def assert_looked_up(engine: Engine, members: dict[str, list[str]]) -> None:
    for contact in ("a", "b", "c"):
        assert engine.segments_of(contact) == tuple(sorted(key for key in members if contact in members[key]))


@pytest.mark.parametrize("is_done", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", TAKING_OVER)
def test_a_refresh_that_is_broken_off_once_it_is_published_is_gone_on_from(
    path: Path, shop: Engine, step: str, is_done: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    As many enter as leave: counts alone would tell nothing.
    """
    shop.ingest([upsert("a", city="Rome"), upsert("b", city="Rome"), upsert("c", n=1)])
    shop.refresh(as_of=NOW)
    shop.ingest([upsert("b", city="Lyon"), upsert("c", city="Rome", n=8)])
    is_published = break_off_refresh(shop, step, is_done, monkeypatch)
    reached = {"rome": ["a", "c"], "many": ["b", "c"], "chosen": ["b", "c"], "lyon": ["b"]}
    former = {"rome": ["a", "b"], "many": ["b"], "chosen": ["b", "c"]}
    assert standing(shop) == (reached if is_published else former)
    assert_looked_up(shop, reached if is_published else former)
    assert {status.key for status in shop.status()} == set(reached if is_published else former)

    shop.ingest([upsert("a", city="Lyon"), upsert("b", city="Rome")])
    shop.refresh(None if is_published else EDITED, as_of=NOW)
    last = {**reached, "rome": ["b", "c"], "lyon": ["a"]}
    assert standing(shop) == last
    assert_looked_up(shop, last)
    assert shop.published["many"].definition_version == 2
    shop.close()
    with opened(path) as again:
        assert standing(again) == last
        assert again.refresh(as_of=NOW).deltas == {}


def test_a_refresh_that_is_broken_off_twice_is_gone_on_from_by_the_next(
    path: Path, shop: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.ingest([upsert("a", city="Rome"), upsert("b", city="Lyon")])
    with monkeypatch.context() as patch:
        patch.setattr(Moved, "taken", interrupted(Moved.taken, False))
        patch.setattr(Keeping, "_restore", interrupted(Keeping._restore, False))
        with pytest.raises(KeyboardInterrupt):
            shop.refresh(EDITED, as_of=NOW)
    assert shop.refresh(as_of=NOW).deltas == {}
    assert standing(shop) == REACHED
    assert_looked_up(shop, REACHED)
    shop.close()
    with opened(path) as again:
        assert standing(again) == REACHED
