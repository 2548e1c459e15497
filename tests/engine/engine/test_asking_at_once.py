"""Questions are answered beside a refresh, a load and each other, each on the data of one version."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import Any

import pytest
from engine_shop import EVERYONE, NOW, bought, is_, segment, steps

from coterie import Engine, StoreError
from coterie.testing.answers import step_counts

SOON = 20
"""Seconds in which what must happen has happened."""

A_MOMENT = 0.05
"""Seconds in which what must not happen would have happened."""

PARISIANS = is_("city", "is", "Paris")
FILES = {"paris": segment("paris", PARISIANS)}
DAN = [{"type": "upsert", "entity": "contact", "record": {"contact_id": "dan", "city": "Paris"}}]


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as threads:
        yield threads


class Held:
    """Calls of a method that come to a stop until they are let go; those of threads that `pass_by` do not."""

    def __init__(self, owner: Any, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self._begun, self._go_on = Event(), Event()
        self._passing = threading.local()
        method = getattr(owner, name)

        def held(*arguments: Any, **more: Any) -> Any:
            if not hasattr(self._passing, "by"):
                self._begun.set()
                assert self._go_on.wait(SOON)
            return method(*arguments, **more)

        monkeypatch.setattr(owner, name, held)

    def wait_until_begun(self) -> None:
        assert self._begun.wait(SOON)

    def let_go(self) -> None:
        self._go_on.set()

    def pass_by(self, ask: Callable[[], Any]) -> Any:
        self._passing.by = True
        return ask()


@pytest.fixture
def refreshing(
    shop: Engine, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Held, Callable[[], Any]]]:
    """A refresh that has come to its conditions and stays there; and how to end it."""
    held = Held(shop._backend, "evaluate", monkeypatch)
    running = pool.submit(shop.refresh, FILES, as_of=NOW)

    def end() -> Any:
        held.let_go()
        return running.result(SOON)

    held.wait_until_begun()
    yield held, end
    end()


def test_a_question_is_answered_while_a_refresh_runs(
    shop: Engine, refreshing: tuple[Held, Callable[[], Any]], pool: ThreadPoolExecutor
) -> None:
    held, end = refreshing

    def ask() -> tuple[object, ...]:
        definition = steps(PARISIANS, bought())
        return (
            shop.count(definition, as_of=NOW),
            shop.breakdown(definition, as_of=NOW).total,
            shop.explain(definition, "ann", as_of=NOW).member,
            shop.validate(definition),
        )

    assert pool.submit(held.pass_by, ask).result(SOON) == (1, 1, True, [])
    assert list(end().deltas["paris"].entered) == ["ann", "cleo"]


def test_a_batch_waits_for_a_refresh_and_questions_wait_for_neither(
    shop: Engine, refreshing: tuple[Held, Callable[[], Any]], pool: ThreadPoolExecutor
) -> None:
    held, end = refreshing

    def count() -> int:
        return shop.count(steps(PARISIANS), as_of=NOW)

    ingesting = pool.submit(shop.ingest, DAN)
    for _ in range(3):
        assert pool.submit(held.pass_by, count).result(SOON) == 2
        assert not ingesting.done()
    before = end().data_version
    assert ingesting.result(SOON).data_version == before + 1
    assert pool.submit(held.pass_by, count).result(SOON) == 3
    assert shop.published["paris"].data_version == before


def test_questions_are_answered_while_a_load_is_under_way(shop: Engine, pool: ThreadPoolExecutor) -> None:
    """
    What has been read of the source by then is not seen yet.
    """
    begun, go_on = Event(), Event()

    def rows() -> Iterator[dict[str, object]]:
        yield {"contact_id": "dan", "city": "Paris"}
        begun.set()
        assert go_on.wait(SOON)
        yield {"contact_id": "eve", "city": "Paris"}

    loading = pool.submit(shop.load, "contact", rows())
    assert begun.wait(SOON)
    assert shop.count(steps(PARISIANS), as_of=NOW) == 2
    shop.forget()
    assert shop.count(steps(EVERYONE), as_of=NOW) == 3
    assert shop.refresh(FILES, as_of=NOW).data_version == shop.data_version
    go_on.set()
    assert loading.result(SOON).added == 2
    assert shop.count(steps(PARISIANS), as_of=NOW) == 4


def test_a_load_may_ask_questions_of_the_data_before_it(shop: Engine) -> None:
    counts = []
    shop.load(
        "contact",
        [{"contact_id": "dan"}],
        progress=lambda *_: counts.append(shop.count(steps(EVERYONE), as_of=NOW)),
    )
    assert counts
    assert set(counts) == {3}
    assert shop.count(steps(EVERYONE), as_of=NOW) == 4


def test_all_conditions_of_a_question_see_one_version(
    shop: Engine, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A batch arrives between two statements of a question: it waits, and the question sees nothing of it.
    """
    definition = steps(PARISIANS, is_("city", "has_value"), bought("is", 0))
    before = step_counts(shop.breakdown(definition, as_of=NOW))
    shop.forget()
    first = Event()
    query = shop._backend.query  # type: ignore[attr-defined]
    asker = threading.get_ident()
    ingesting: list[Any] = []

    def asked(*arguments: Any, **more: Any) -> Any:
        answer = query(*arguments, **more)
        if threading.get_ident() == asker and not first.is_set():
            first.set()
            ingesting.append(pool.submit(shop.ingest, DAN))
            with pytest.raises(TimeoutError):
                ingesting[0].result(A_MOMENT)
        return answer

    monkeypatch.setattr(shop._backend, "query", asked)
    assert step_counts(shop.breakdown(definition, as_of=NOW)) == before
    ingesting[0].result(SOON)
    assert step_counts(shop.breakdown(definition, as_of=NOW)) != before


def test_questions_are_answered_beside_each_other(
    shop: Engine, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Neither goes on before both have begun.
    """
    both = Barrier(2)
    evaluate = shop._backend.evaluate

    def met(*arguments: Any, **more: Any) -> Any:
        both.wait(SOON)
        return evaluate(*arguments, **more)

    monkeypatch.setattr(shop._backend, "evaluate", met)
    asked = [pool.submit(shop.count, steps(is_("city", "is", city)), as_of=NOW) for city in ("Paris", "Lyon")]
    assert [each.result(SOON) for each in asked] == [2, 1]


def test_contacts_that_were_only_named_are_heeded_by_whoever_asked_meanwhile(
    shop: Engine, pool: ThreadPoolExecutor
) -> None:
    """
    A repeated message raises no version, though it names a contact that nobody knew: the next question has to know.
    """
    version = shop.data_version
    begun, go_on = Event(), Event()

    def records() -> Iterator[dict[str, object]]:
        begun.set()
        assert go_on.wait(SOON)
        repeated = {"message_id": "m1", "contact_id": "zoe", "occurred_at": "2026-11-20T10:00Z"}
        yield {"type": "interaction", "interaction": "purchase", "record": repeated}

    ingesting = pool.submit(shop.ingest, records())
    assert begun.wait(SOON)
    assert shop.count(steps(EVERYONE), as_of=NOW) == 3
    go_on.set()
    assert ingesting.result(SOON).repeated == 1
    assert shop.data_version == version
    many = [is_("age", "at_least", age) for age in range(20)]  # so many that all rows are read at once
    assert shop.count(steps(EVERYONE, *many, combine="or"), as_of=NOW) == 3


def test_closing_waits_for_whoever_asks(
    shop: Engine, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(shop._backend, "evaluate", monkeypatch)
    asking = pool.submit(shop.count, steps(PARISIANS), as_of=NOW)
    held.wait_until_begun()
    closing = pool.submit(shop.close)
    with pytest.raises(TimeoutError):
        closing.result(A_MOMENT)
    held.let_go()
    assert asking.result(SOON) == 2
    closing.result(SOON)
    with pytest.raises(StoreError):
        shop.count(steps(EVERYONE), as_of=NOW)
