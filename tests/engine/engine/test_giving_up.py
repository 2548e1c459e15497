"""A question that nobody waits for any more is broken off, and harms no other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Event, Timer
from typing import Any

import pytest
from engine_shop import CATALOG, NOW, bought, is_, last, profile, related, steps

import coterie
from coterie import Cancellation, Engine, QuestionCancelled

SOON = 20

DEFINITION = steps(
    is_("city", "is", "Paris"), bought(window=last(30, "days")), profile(related("leads", None)), combine="or"
)

Ask = Callable[[Engine, Cancellation], object]

QUESTIONS: dict[str, Ask] = {
    "members": lambda engine, given_up: engine.members(DEFINITION, as_of=NOW, cancellation=given_up),
    "count": lambda engine, given_up: engine.count(DEFINITION, as_of=NOW, cancellation=given_up),
    "breakdown": lambda engine, given_up: engine.breakdown(DEFINITION, as_of=NOW, cancellation=given_up),
    "explain": lambda engine, given_up: engine.explain(DEFINITION, "ann", as_of=NOW, cancellation=given_up),
}


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as threads:
        yield threads


def statements(engine: Engine, monkeypatch: pytest.MonkeyPatch, before: Callable[[int], None]) -> list[str]:
    """The statements that are run from now on; `before` each it is called with how many were."""
    run: list[str] = []
    query = engine._backend.query  # type: ignore[attr-defined]

    def noted(statement: str, *arguments: Any, **more: Any) -> Any:
        before(len(run))
        run.append(statement)
        return query(statement, *arguments, **more)

    monkeypatch.setattr(engine._backend, "query", noted)
    return run


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_that_was_given_up_before_it_is_asked_runs_no_statement(
    shop: Engine, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    shop.segments_of("ann")
    given_up = Cancellation()
    given_up.cancel()
    run = statements(shop, monkeypatch, lambda _: None)
    with pytest.raises(QuestionCancelled):
        QUESTIONS[name](shop, given_up)
    assert not [statement for statement in run if "purchase" in statement or "lead" in statement]


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_may_be_given_up_between_any_two_statements(
    shop: Engine, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """
    Nothing that was not found is remembered: asked again it is answered as if nothing had been.
    """
    expected = QUESTIONS[name](shop, Cancellation())
    whole = statements(shop, monkeypatch, lambda _: None)
    shop.forget()
    assert QUESTIONS[name](shop, Cancellation()) == expected
    monkeypatch.undo()
    for place in range(1, len(whole)):
        shop.forget()
        given_up = Cancellation()
        with monkeypatch.context() as patch:
            run = statements(shop, patch, partial(_cancel_at, place, given_up))
            with pytest.raises(QuestionCancelled) as caught:
                QUESTIONS[name](shop, given_up)
        assert caught.value.code == "cancelled"
        assert len(run) == place + 1
        assert QUESTIONS[name](shop, Cancellation()) == expected


def _cancel_at(place: int, cancellation: Cancellation, number: int) -> None:
    if number == place:
        cancellation.cancel()


def test_conditions_that_were_found_are_not_asked_again(shop: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The interactions come after the contact's own attributes; giving up there keeps what those said.
    """
    definition = steps(is_("city", "is", "Paris"), bought(window=last(30, "days")))
    given_up = Cancellation()
    evaluate = shop._backend.evaluate
    asked: list[str] = []

    def noted(leaves: Any, **more: Any) -> Any:
        asked.extend(type(leaf).__name__ for leaf in leaves)
        if asked[-1] == "InteractionLeaf":
            given_up.cancel()
        return evaluate(leaves, **more)

    monkeypatch.setattr(shop._backend, "evaluate", noted)
    with pytest.raises(QuestionCancelled):
        shop.count(definition, as_of=NOW, cancellation=given_up)
    shop.count(definition, as_of=NOW)
    assert asked == ["ContactLeaf", "InteractionLeaf", "InteractionLeaf"]


# --- a statement that runs -------------------------------------------------------------------------------------------


@pytest.fixture
def busy(shop: Engine, monkeypatch: pytest.MonkeyPatch) -> Event:
    """Every statement that reads purchases is one that takes minutes; set as soon as one has begun."""
    begun = Event()
    query = shop._backend.query  # type: ignore[attr-defined]

    def slow(statement: str, *arguments: Any, **more: Any) -> Any:
        if "interaction_purchase" in statement:
            begun.set()
            statement = "SELECT sum(a.range * b.range) FROM range(10_000_000) a, range(1_000_000) b"
            return query(statement, (), None, arguments[2] if len(arguments) > 2 else more["cancellation"])
        return query(statement, *arguments, **more)

    monkeypatch.setattr(shop._backend, "query", slow)
    return begun


def test_a_statement_that_runs_is_broken_off(shop: Engine, busy: Event, pool: ThreadPoolExecutor) -> None:
    given_up = Cancellation()
    asking = pool.submit(shop.breakdown, DEFINITION, as_of=NOW, cancellation=given_up)
    assert busy.wait(SOON)
    given_up.cancel()
    with pytest.raises(QuestionCancelled):
        asking.result(SOON)


def test_a_timer_gives_up(shop: Engine, busy: Event) -> None:
    assert not busy.is_set()
    given_up = Cancellation()
    timer = Timer(0.05, given_up.cancel)
    timer.start()
    with pytest.raises(QuestionCancelled):
        shop.count(DEFINITION, as_of=NOW, cancellation=given_up)
    timer.join()


def test_others_who_ask_at_the_same_time_are_unharmed(shop: Engine, busy: Event, pool: ThreadPoolExecutor) -> None:
    """
    One of the two statements that run is broken off; the connection serves others from then on.
    """
    one, other = Cancellation(), Cancellation()
    asking = [pool.submit(shop.count, DEFINITION, as_of=NOW, cancellation=each) for each in (one, other)]
    assert busy.wait(SOON)
    one.cancel()
    with pytest.raises(QuestionCancelled):
        asking[0].result(SOON)
    assert not asking[1].done()
    assert [shop.count(steps(is_("city", "is", "Lyon")), as_of=NOW) for _ in range(5)] == [1] * 5
    other.cancel()
    with pytest.raises(QuestionCancelled):
        asking[1].result(SOON)


def test_who_gives_up_lets_a_batch_through(shop: Engine, busy: Event, pool: ThreadPoolExecutor) -> None:
    given_up = Cancellation()
    asking = pool.submit(shop.count, DEFINITION, as_of=NOW, cancellation=given_up)
    assert busy.wait(SOON)
    ingesting = pool.submit(shop.load, "contact", [{"contact_id": "dan"}])
    given_up.cancel()
    assert ingesting.result(SOON).added == 1
    assert isinstance(asking.exception(SOON), QuestionCancelled)


def test_a_cancellation_that_is_not_used_changes_nothing() -> None:
    with coterie.open(":memory:", catalog=CATALOG, threads=1) as engine:
        assert engine.count(DEFINITION, as_of=NOW, cancellation=Cancellation()) == 0
