"""Refreshes and batches pause between pieces of their work: others ask meanwhile, and are answered as before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from engine_shop import NOW, is_, opened, segment, steps

from coterie import Engine

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


def test_work_that_is_broken_off_in_a_pause_has_changed_nothing(engine: Engine) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        engine.ingest(RECORDS, pause=stop)
    assert engine.count(steps(IN_LYON), as_of=NOW) == 1
    engine.ingest(RECORDS)
    with pytest.raises(KeyboardInterrupt):
        engine.refresh(as_of=NOW, pause=stop)
    assert published(engine) == ["bob"]
    engine.refresh(as_of=NOW)
    assert published(engine) == ["ann", "bob"]
