"""Who waits for an answer goes before the worker: it pauses for them, but not for ever."""

from __future__ import annotations

import json
from collections.abc import Callable
from threading import Event, Thread
from time import monotonic, sleep

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory

from coterie import Engine
from coterie_web.accounts.models import User
from coterie_web.catalogs import precedence
from coterie_web.catalogs.engine import engine as engine_of_the_process
from coterie_web.catalogs.precedence import Precedence, waiting_for_an_answer, waiting_for_the_worker
from coterie_web.catalogs.waking import wait, wake
from coterie_web.ingest.receiving import receive
from coterie_web.segments.lifecycle.dry_run import dry_run_of
from coterie_web.segments.models import Segment
from coterie_web.site.requests import EachRequest
from coterie_web.ui.clock import TestClock
from coterie_web.worker import keeper as keepers
from coterie_web.worker.keeper import Keeper

LONG = 20.0


@pytest.fixture(autouse=True)
def nobody_is_in_a_hurry() -> None:
    """Whatever the tests before have told the worker is forgotten."""
    wait(0)


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
    assert not paused, "somebody waits still"
    second.answer()
    worker.join(LONG)
    assert 0 < others.given < 0.3
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


def test_nobody_goes_before_a_worker_that_somebody_waits_for() -> None:
    asking = Asking()
    with waiting_for_an_answer():
        with waiting_for_the_worker():
            assert pause() < 0.05
        assert pause() > 0.2
    with waiting_for_the_worker():
        assert pause() < 0.05
    asking.answer()


def test_nobody_goes_before_a_worker_that_is_to_hurry() -> None:
    asking = Asking()
    wake()
    assert pause() < 0.05
    wait(0)
    assert pause() > 0.2
    asking.answer()


def test_a_request_that_never_ends_is_let_go_before_for_a_moment_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precedence, "_SOON", 0.1)
    asking = Asking()
    assert pause() > 0
    sleep(0.1)
    assert pause() < 0.05
    asking.answer()


def test_what_waits_within_what_waits_leaves_it_waiting() -> None:
    with waiting_for_an_answer():
        with waiting_for_an_answer():
            pass
        assert pause() > 0.2
    assert pause() < 0.05


@pytest.mark.parametrize("path", ["/healthz", "/metrics", "/static/app.css", "/api/v1/records"])
def test_programs_that_look_or_send_are_not_let_go_before(path: str) -> None:
    within = list[float]()

    def answer(_: object) -> HttpResponse:
        within.append(pause())
        return HttpResponse()

    EachRequest(answer)(RequestFactory().get(path))
    assert within[0] < 0.05


def test_every_other_request_is_let_go_before_until_it_is_answered_or_fails() -> None:
    within = list[float]()

    def answer(_: object) -> HttpResponse:
        within.append(pause())
        return HttpResponse()

    def fail(_: object) -> HttpResponse:
        raise OSError("broken")

    request = RequestFactory().get("/segments/")
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
    wait(0)  # its hurry is over
    planned = Engine.plan

    def plan(*arguments: object, **more: object) -> object:
        within.append(pause())
        return planned(*arguments, **more)

    monkeypatch.setattr(Engine, "plan", plan)
    with waiting_for_an_answer():
        dry_run_of(segment, person("administrator"), now=clock.now())
    assert within[0] < 0.05


def arrives(contact: str, person: Callable[..., User], clock: TestClock) -> None:
    """A record for the worker to apply."""
    sent = [{"type": "upsert", "entity": "contact", "record": {"contact_id": contact, "city": "Oslo"}}]
    receive(json.dumps(sent).encode(), idempotency_key=None, acting_user=person("administrator"), now=clock.now())


@pytest.mark.django_db
def test_a_step_pauses_for_others_again_and_again(
    live: Callable[..., Segment], keeper: Keeper, person: Callable[..., User], clock: TestClock
) -> None:
    live("Everybody")
    wait(0)  # its hurry is over
    arrives("7", person, clock)
    with waiting_for_an_answer():
        assert keeper.step()
    assert 0.5 < keeper._others.given < 1.5
    assert engine_of_the_process().last_snapshot("everybody").count == 7


@pytest.mark.django_db
def test_a_step_that_is_waited_for_pauses_for_nobody(
    live: Callable[..., Segment],
    keeper: Keeper,
    person: Callable[..., User],
    clock: TestClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """
    It was woken while it rested, and is not told again while it works.
    """
    live("Everybody")
    monkeypatch.setattr(keepers, "close_old_connections", lambda: None)  # the test's own is in a transaction
    arrives("7", person, clock)
    wake()
    keeper._turn()
    arrives("8", person, clock)
    with waiting_for_an_answer():
        assert keeper.step()
    assert keeper._others.given == 0


@pytest.mark.django_db
def test_a_worker_that_is_behind_pauses_for_nobody(
    live: Callable[..., Segment],
    keeper: Keeper,
    person: Callable[..., User],
    clock: TestClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    live("Everybody")
    wait(0)  # its hurry is over
    monkeypatch.setattr(keepers, "_BACKLOG", 1)
    arrives("7", person, clock)
    with waiting_for_an_answer():
        assert keeper.step()
    assert keeper._others.given == 0


@pytest.mark.django_db
def test_a_test_clock_is_advanced_while_the_worker_waits_for_nobody(
    client: Client, person: Callable[..., User], engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    within = list[float]()

    def wait_until_done(*, seconds: float) -> bool:
        within.append(pause())
        return True

    monkeypatch.setattr("coterie_web.api.clock.wait_until_done", wait_until_done)
    monkeypatch.setattr("coterie_web.api.clock.wake", lambda: None)
    client.force_login(person("administrator"))
    client.post("/api/v1/clock", {"now": "2026-11-24T12:00:00Z"}, content_type="application/json")
    assert within, "the clock was advanced"
    assert within[0] < 0.05
