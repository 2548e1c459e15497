"""Refreshes and batches pause between pieces of their work: others ask meanwhile, and are answered as before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from time import sleep

import pytest
from engine_shop import NOW, is_, opened, segment, steps

from coterie import Engine
from coterie.refresh.costs import Costs

IN_LYON = is_("city", "is", "Lyon")
FILES = {"lyon": segment("lyon", IN_LYON)}
RECORDS = [
    {"type": "upsert", "entity": "contact", "record": {"contact_id": "ann", "city": "Lyon"}},
    {"type": "interaction", "interaction": "purchase", "record": {"contact_id": "ann", "occurred_at": NOW}},
]


@pytest.fixture
def engine() -> Iterator[Engine]:
    with opened() as engine:
        engine.refresh(FILES, as_of=NOW)
        yield engine


def found_in_pauses(engine: Engine, work: Callable[[Callable[[], None]], object]) -> list[int]:
    """How many are in Lyon, asked from another thread in each pause of the work."""
    found = list[int]()
    with ThreadPoolExecutor(1) as others:

        def pause() -> None:
            found.append(others.submit(engine.count, steps(IN_LYON), as_of=NOW).result(timeout=20))

        work(pause)
    return found


def published(engine: Engine) -> list[str]:
    return sorted(engine.published["lyon"].members)


def test_a_batch_pauses_and_is_seen_when_it_is_whole(engine: Engine) -> None:
    found = found_in_pauses(engine, lambda pause: engine.ingest(RECORDS, pause=pause))
    assert len(found) >= 2
    assert set(found) == {1}
    assert engine.count(steps(IN_LYON), as_of=NOW) == 2


@pytest.mark.parametrize("threads", [1, 2])
def test_a_refresh_pauses_and_publishes_what_it_would_without(engine: Engine, threads: int) -> None:
    engine.ingest(RECORDS)
    found = found_in_pauses(engine, lambda pause: engine.refresh(as_of=NOW, threads=threads, pause=pause))
    assert len(found) >= 2
    assert set(found) == {2}
    assert published(engine) == ["ann", "bob"]


class OutOfPatienceError(Exception):
    """Of no kind that the engine knows."""


def stops_at(wanted: int) -> Callable[[], None]:
    """A pause that goes on until it was called so often."""
    pauses = count(1)

    def pause() -> None:
        if next(pauses) == wanted:
            raise OutOfPatienceError

    return pause


def broken_off(work: Callable[[Callable[[], None]], object], unchanged: Callable[[], bool]) -> int:
    """How often work can be broken off, each time in a later pause, before it comes to its end."""
    for wanted in count(1):
        try:
            work(stops_at(wanted))
        except OutOfPatienceError:
            assert unchanged(), f"in pause {wanted}"
        else:
            return wanted - 1
    raise AssertionError("it comes to an end")


def test_a_batch_that_is_broken_off_in_any_pause_has_changed_nothing(engine: Engine) -> None:
    def is_as_before() -> bool:
        return engine.count(steps(IN_LYON), as_of=NOW) == 1

    assert broken_off(lambda pause: engine.ingest(RECORDS, pause=pause), is_as_before) >= 2
    assert engine.count(steps(IN_LYON), as_of=NOW) == 2


def test_a_refresh_that_is_broken_off_in_any_pause_has_changed_nothing(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pauses there are before and after plans, before a kind, a table of it and its turn, a segment and publishing."""
    monkeypatch.setattr(Costs, "prefer_within", lambda *_: True)
    engine.ingest(RECORDS)

    def refresh(pause: Callable[[], None]) -> None:
        engine.refresh(as_of=NOW, pause=pause)

    assert broken_off(refresh, lambda: published(engine) == ["bob"]) == 7
    assert published(engine) == ["ann", "bob"]


def test_what_is_waited_in_pauses_is_no_cost_of_conditions(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Costs, "prefer_within", lambda *_: True)
    engine.ingest(RECORDS)
    engine.refresh(as_of=NOW, pause=lambda: sleep(0.5))
    (status,) = engine.status()
    assert status.seconds < 0.5
