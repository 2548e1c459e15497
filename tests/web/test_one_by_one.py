"""Answers are made one by one: in order, what only looks first, and nobody waits for ever."""

from __future__ import annotations

from threading import Event, Thread
from time import monotonic, sleep

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from coterie_web.catalogs import precedence
from coterie_web.catalogs.one_by_one import OneByOne
from coterie_web.catalogs.precedence import waiting_for_the_worker
from coterie_web.site import requests
from coterie_web.site.requests import EachRequest

LONG = 10.0
A_WAIT, A_TURN = 0.5, 0.3
"""Seconds after which who waits goes on all the same, and after which the next begins."""


class Answering:
    """A thread in a line, that has its turn until it is told to end."""

    def __init__(self, line: OneByOne, *, looks: bool = True, begun: list[Answering] | None = None) -> None:
        self._line, self._looks, self._begun = line, looks, begun
        self.has_begun, self._may_end = Event(), Event()
        self._thread = Thread(target=self._answer)
        self._thread.start()

    def _answer(self) -> None:
        with self._line.turn(looks=self._looks):
            if self._begun is not None:
                self._begun.append(self)
            self.has_begun.set()
            self._may_end.wait(LONG)

    def begins(self, within: float = 0.1) -> bool:
        return self.has_begun.wait(within)

    def end(self) -> None:
        self._may_end.set()
        self._thread.join(LONG)


def in_line(line: OneByOne, looks: list[bool], begun: list[Answering]) -> list[Answering]:
    """So many who wait, in this order."""
    waiting = []
    for each in looks:
        waiting.append(Answering(line, looks=each, begun=begun))
        sleep(0.02)
    return waiting


def test_the_next_begins_when_the_one_before_has_ended() -> None:
    line = OneByOne(1)
    first, second = Answering(line), Answering(line)
    assert first.begins() or second.begins()
    early, late = (first, second) if first.has_begun.is_set() else (second, first)
    assert not late.begins()
    early.end()
    assert late.begins()
    late.end()


@pytest.mark.parametrize("at_once", [2, 3])
def test_as_many_begin_at_once_as_are_let(at_once: int) -> None:
    line = OneByOne(at_once)
    first = [Answering(line) for _ in range(at_once)]
    assert all(each.begins() for each in first)
    another = Answering(line)
    assert not another.begins()
    for each in first:
        each.end()
    assert another.begins()
    another.end()


def test_in_the_order_of_asking_and_what_only_looks_before_what_changes() -> None:
    line, begun = OneByOne(1), list[Answering]()
    running = Answering(line)
    assert running.begins()
    waiting = in_line(line, [False, True, False, True], begun)
    running.end()
    while len(begun) < len(waiting):
        sleep(0.005)
        for each in [*begun]:
            each.end()
    assert begun == [waiting[1], waiting[3], waiting[0], waiting[2]]
    for each in waiting:
        each.end()


def test_a_turn_that_takes_long_lets_the_next_begin() -> None:
    line = OneByOne(1)
    slow = Answering(line)
    assert slow.begins()
    began = monotonic()
    following = Answering(line)
    assert following.begins(LONG)
    assert 0.5 * A_TURN < monotonic() - began < A_WAIT
    slow.end()
    following.end()


def test_nobody_waits_for_ever() -> None:
    line = OneByOne(1)
    first = Answering(line)
    assert first.begins()
    began = monotonic()
    others = [Answering(line) for _ in range(5)]
    assert all(each.begins(LONG) for each in others)
    assert monotonic() - began < A_WAIT + 0.5, "not one long turn after the other"
    for each in (first, *others):
        each.end()


def test_who_went_on_after_the_longest_wait_holds_up_nobody_later() -> None:
    line = OneByOne(1)
    slow = [Answering(line) for _ in range(6)]
    assert all(each.begins(LONG) for each in slow)
    sleep(A_TURN)
    quick = [Answering(line) for _ in range(2)]
    assert any(each.begins() for each in quick)
    for each in (*slow, *quick):
        each.end()


def test_a_turn_within_a_turn_leaves_the_outer_one() -> None:
    line = OneByOne(2)
    with line.turn(looks=True):
        with line.turn(looks=True):
            pass
        beside, following = Answering(line), list[Answering]()
        assert beside.begins()
        following.append(Answering(line))
        assert not following[0].begins(0.05)
        line.step_aside()
        assert following[0].begins(0.05)
    beside.end()
    following[0].end()


def test_who_steps_aside_lets_the_next_begin_at_once() -> None:
    line = OneByOne(1)
    with line.turn(looks=False):
        line.step_aside()
        following = Answering(line)
        assert following.begins()
    another = Answering(line)
    assert not another.begins(), "who stepped aside has no turn to end"
    following.end()
    another.end()


def test_an_error_ends_a_turn() -> None:
    line = OneByOne(1)
    with pytest.raises(ZeroDivisionError), line.turn(looks=True):
        raise ZeroDivisionError
    following = Answering(line)
    assert following.begins()
    following.end()


# --- requests


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> OneByOne:
    """A line of its own for the requests of this test."""
    own = OneByOne(1)
    monkeypatch.setattr(requests, "ANSWERS", own)
    monkeypatch.setattr(precedence, "ANSWERS", own)
    return own


def seconds_until_answered(path: str, *, method: str = "GET") -> float:
    began, answered = monotonic(), list[float]()

    def answer(_: HttpRequest) -> HttpResponse:
        answered.append(monotonic() - began)
        return HttpResponse()

    EachRequest(answer)(RequestFactory().generic(method, path))
    return answered[0]


@pytest.mark.parametrize("path", ["/api/v1/records", "/healthz", "/metrics", "/static/coterie/coterie.css"])
def test_what_programs_ask_waits_for_nobody(line: OneByOne, path: str) -> None:
    running = Answering(line)
    assert running.begins()
    assert seconds_until_answered(path) < 0.1
    running.end()


@pytest.mark.parametrize("path", ["/segments/", "/api/v1/segments", "/search/"])
def test_what_people_ask_waits_for_its_turn(line: OneByOne, path: str) -> None:
    running = Answering(line)
    assert running.begins()
    assert seconds_until_answered(path) > 0.5 * A_TURN
    running.end()


def test_who_looks_goes_before_who_changes(line: OneByOne) -> None:
    running, order = Answering(line), list[str]()
    assert running.begins()

    def answer(request: HttpRequest) -> HttpResponse:
        order.append(str(request.method))
        return HttpResponse()

    asking = [
        Thread(target=EachRequest(answer), args=(RequestFactory().generic(method, "/segments/"),))
        for method in ("POST", "GET")
    ]
    for thread in asking:
        thread.start()
        sleep(0.05)
    running.end()
    for thread in asking:
        thread.join(LONG)
    assert order == ["GET", "POST"]


def test_others_need_not_wait_for_who_waits_for_the_worker(line: OneByOne) -> None:
    with line.turn(looks=False), waiting_for_the_worker():
        following = Answering(line)
        assert following.begins()
    following.end()
