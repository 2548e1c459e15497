"""Who waits for an answer goes before the worker: it pauses for them, but not for ever."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread
from time import monotonic

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from coterie import Engine
from coterie_web.accounts.models import User
from coterie_web.catalogs.engine import engine as engine_of_the_process
from coterie_web.catalogs.precedence import Precedence, waiting_for_an_answer, waiting_for_the_worker
from coterie_web.ingest.receiving import receive
from coterie_web.segments.lifecycle.dry_run import dry_run_of
from coterie_web.segments.models import Segment
from coterie_web.site.requests import EachRequest
from coterie_web.ui.clock import TestClock
from coterie_web.worker.keeper import Keeper

LONG = 20.0


def pause(others: Precedence | None = None) -> float:
    """How long the worker pauses at this moment."""
    began = monotonic()
    (others or Precedence(LONG)).give()
    return monotonic() - began


class Asking:
    """A thread for which somebody waits until it is told that the answer is there."""

    def __init__(self) -> None:
        self._begun, self._answered = Event(), Event()
        self._thread = Thread(target=self._ask)
        self._thread.start()
        self._begun.wait(LONG)

    def _ask(self) -> None:
        with waiting_for_an_answer():
            self._begun.set()
            self._answered.wait(LONG)

    def answer(self) -> None:
        self._answered.set()
        self._thread.join()


def test_where_nobody_waits_there_is_no_pause() -> None:
    assert pause() < 0.05


def test_a_pause_ends_when_the_last_who_waits_has_an_answer() -> None:
    first, second = Asking(), Asking()
    paused, others = list[float](), Precedence(LONG)
    worker = Thread(target=lambda: paused.append(pause(others)))
    worker.start()
    first.answer()
    worker.join(0.1)
    assert worker.is_alive(), "somebody waits still"
    second.answer()
    worker.join(LONG)
    assert paused == [pytest.approx(others.given, abs=0.01)]
    assert pause(others) < 0.05


def test_an_answer_that_takes_long_holds_up_one_piece_of_the_work_for_a_moment_only() -> None:
    asking = Asking()
    assert 0.2 < pause() < 1.0
    asking.answer()


def test_no_more_is_given_than_what_a_step_has_to_give() -> None:
    asking, others = Asking(), Precedence(0.3)
    for _ in range(10):
        others.give()
    assert 0.3 <= others.given < 0.6
    assert pause(others) < 0.05
    asking.answer()


def test_who_waits_for_the_worker_is_not_let_go_before_it() -> None:
    with waiting_for_an_answer():
        with waiting_for_the_worker():
            assert pause() < 0.05
        assert pause() > 0.2
    with waiting_for_the_worker():  # nobody waits for what this thread does
        assert pause() < 0.05
    assert pause() < 0.05


def test_every_request_is_waited_for_until_it_is_answered_or_fails() -> None:
    within = list[float]()

    def answer(_: object) -> HttpResponse:
        within.append(pause())
        return HttpResponse()

    def fail(_: object) -> HttpResponse:
        raise OSError("broken")

    request = RequestFactory().get("/healthz")
    EachRequest(answer)(request)
    with pytest.raises(OSError, match="broken"):
        EachRequest(fail)(request)
    assert within[0] > 0.2
    assert pause() < 0.05


@pytest.mark.django_db
def test_a_dry_run_does_not_wait_for_a_worker_that_waits_for_it(
    engine: Engine,
    live: Callable[..., Segment],
    person: Callable[..., User],
    monkeypatch: pytest.MonkeyPatch,
    clock: TestClock,
) -> None:
    segment, within = live("Everybody"), list[float]()
    planned = Engine.plan

    def plan(*arguments: object, **more: object) -> object:
        within.append(pause())
        return planned(*arguments, **more)

    monkeypatch.setattr(Engine, "plan", plan)
    with waiting_for_an_answer():
        dry_run_of(segment, person("administrator"), now=clock.now())
    assert within[0] < 0.05


@pytest.mark.django_db
def test_a_step_pauses_for_others_again_and_again(
    live: Callable[..., Segment], keeper: Keeper, person: Callable[..., User], clock: TestClock
) -> None:
    live("Everybody")
    sent = b'[{"type": "upsert", "entity": "contact", "record": {"contact_id": "7", "city": "Oslo"}}]'
    receive(sent, idempotency_key=None, acting_user=person("administrator"), now=clock.now())
    began = monotonic()
    with waiting_for_an_answer():
        assert keeper.step()
    assert 1.0 < monotonic() - began < 5.0
    assert engine_of_the_process().last_snapshot("everybody").count == 7
