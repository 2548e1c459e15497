"""A question is given up from another thread: what runs for it is stopped, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from coterie.errors import CoterieError, Problem, QuestionCancelled
from coterie.planning.cancellation import Cancellation

SOON = 10


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as threads:
        yield threads


class Statement:
    """Runs until it is stopped; a stop that comes too early, or is deaf to, is lost."""

    def __init__(self, *, misses: int = 0) -> None:
        self._misses = misses
        self.begun, self._stopped = Event(), Event()
        self.stops = 0

    def run(self) -> None:
        self.begun.set()
        assert self._stopped.wait(SOON)
        raise CoterieError(Problem(code="store_failed", path="store", message="Interrupted."))

    def stop(self) -> None:
        self.stops += 1
        if self.stops > self._misses:
            self._stopped.set()


def run(statement: Statement, cancellation: Cancellation) -> None:
    with cancellation.stopping(statement.stop):
        statement.run()


def test_what_nobody_cancels_is_not_cancelled() -> None:
    cancellation = Cancellation()
    cancellation.check()
    with cancellation.stopping(Statement().stop):
        pass
    assert not cancellation.cancelled


def test_a_statement_that_runs_is_stopped(pool: ThreadPoolExecutor) -> None:
    statement, cancellation = Statement(), Cancellation()
    running = pool.submit(run, statement, cancellation)
    assert statement.begun.wait(SOON)
    cancellation.cancel()
    with pytest.raises(QuestionCancelled) as caught:
        running.result(SOON)
    assert (caught.value.code, cancellation.cancelled) == ("cancelled", True)


def test_a_stop_that_came_too_early_is_repeated(pool: ThreadPoolExecutor) -> None:
    statement, cancellation = Statement(misses=3), Cancellation()
    running = pool.submit(run, statement, cancellation)
    assert statement.begun.wait(SOON)
    cancellation.cancel()
    with pytest.raises(QuestionCancelled):
        running.result(SOON)


def test_a_statement_that_cannot_be_stopped_keeps_nobody_waiting(pool: ThreadPoolExecutor) -> None:
    statement, cancellation = Statement(misses=1000), Cancellation()
    running = pool.submit(run, statement, cancellation)
    assert statement.begun.wait(SOON)
    cancellation.cancel()
    assert statement.stops > 1
    statement._stopped.set()
    with pytest.raises(QuestionCancelled):
        running.result(SOON)


def test_no_statement_begins_once_it_is_cancelled() -> None:
    statement, cancellation = Statement(), Cancellation()
    cancellation.cancel()
    with pytest.raises(QuestionCancelled):
        run(statement, cancellation)
    with pytest.raises(QuestionCancelled):
        cancellation.check()
    assert not statement.begun.is_set()


def test_a_statement_that_is_done_is_not_stopped() -> None:
    statement, cancellation = Statement(), Cancellation()
    with cancellation.stopping(statement.stop):
        pass
    cancellation.cancel()
    assert statement.stops == 0


def test_a_failure_of_a_question_that_goes_on_is_told_as_it_is() -> None:
    statement, cancellation = Statement(), Cancellation()
    statement.stop()
    with pytest.raises(CoterieError, match=r"Interrupted\."):
        run(statement, cancellation)
