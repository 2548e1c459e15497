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

LONG = 20.0
A_MOMENT = 0.1
"""Seconds in which who need not wait would have begun, had there been no line."""


def patient(at_once: int = 1) -> OneByOne:
    """A line in which nothing comes to its end by itself."""
    return OneByOne(at_once, longest_wait=LONG, longest_turn=LONG)


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

    def begins(self) -> bool:
        return self.has_begun.wait(LONG / 2)

    def waits(self) -> bool:
        return not self.has_begun.wait(A_MOMENT)

    def end(self) -> None:
        self._may_end.set()
        self._thread.join(LONG)


def in_line(line: OneByOne, looks: list[bool], begun: list[Answering]) -> list[Answering]:
    """So many who wait, in this order."""
    waiting = []
    for each in looks:
        waiting.append(Answering(line, looks=each, begun=begun))
        sleep(A_MOMENT)
    return waiting


def test_the_next_begins_when_the_one_before_has_ended() -> None:
    line = patient()
    first = Answering(line)
    assert first.begins()
    second = Answering(line)
    assert second.waits()
    first.end()
    assert second.begins()
    second.end()


@pytest.mark.parametrize("at_once", [2, 3])
def test_as_many_begin_at_once_as_are_let(at_once: int) -> None:
    line = patient(at_once)
    first = [Answering(line) for _ in range(at_once)]
    assert all(each.begins() for each in first)
    another = Answering(line)
    assert another.waits()
    first[0].end()
    assert another.begins()
    for each in (*first, another):
        each.end()


def test_in_the_order_of_asking_and_what_only_looks_before_what_changes() -> None:
    line, begun = patient(), list[Answering]()
    running = Answering(line)
    assert running.begins()
    waiting = in_line(line, [False, True, False, True], begun)
    running.end()
    for each in (expected := [waiting[1], waiting[3], waiting[0], waiting[2]]):
        assert each.begins()
        each.end()
    assert begun == expected


def test_a_turn_that_takes_long_lets_the_next_begin() -> None:
    line = OneByOne(1, longest_wait=LONG, longest_turn=0.2)
    slow = Answering(line)
    assert slow.begins()
    following = Answering(line)
    assert following.begins()
    slow.end()
    following.end()


def test_nobody_waits_for_ever() -> None:
    line = OneByOne(1, longest_wait=0.2, longest_turn=LONG)
    others = [Answering(line) for _ in range(6)]
    assert all(each.begins() for each in others)
    for each in others:
        each.end()


def test_who_went_on_after_the_longest_wait_holds_up_nobody_later() -> None:
    line = OneByOne(1, longest_wait=0.5, longest_turn=LONG)
    first = Answering(line)
    assert first.begins()
    slow = [Answering(line) for _ in range(6)]
    assert all(each.begins() for each in slow)
    first.end()
    began = monotonic()
    quick = Answering(line)
    assert quick.begins()
    assert monotonic() - began < 0.4, "it had its turn at once"
    for each in (*slow, quick):
        each.end()


def test_a_turn_within_a_turn_leaves_the_outer_one() -> None:
    line = patient(2)
    with line.turn(looks=True):
        with line.turn(looks=True):
            pass
        beside = Answering(line)
        assert beside.begins()
        following = Answering(line)
        assert following.waits()
        line.step_aside()
        assert following.begins()
    beside.end()
    following.end()


def test_who_steps_aside_lets_the_next_begin_at_once() -> None:
    line = patient()
    with line.turn(looks=False):
        line.step_aside()
        following = Answering(line)
        assert following.begins()
    another = Answering(line)
    assert another.waits(), "who stepped aside has no turn to end"
    following.end()
    assert another.begins()
    another.end()


def test_an_error_ends_a_turn() -> None:
    line = patient()
    with pytest.raises(ZeroDivisionError), line.turn(looks=True):
        raise ZeroDivisionError
    following = Answering(line)
    assert following.begins()
    following.end()


# --- requests


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> OneByOne:
    """A line of its own for the requests of this test."""
    own = patient()
    monkeypatch.setattr(requests, "ANSWERS", own)
    monkeypatch.setattr(precedence, "ANSWERS", own)
    return own


class Request:
    """A request in a thread of its own; `answered` takes it in when it is."""

    def __init__(self, path: str, *, method: str = "GET", answered: list[Request] | None = None) -> None:
        self._answered = [] if answered is None else answered
        self._request = RequestFactory().generic(method, path)
        self.is_answered = Event()
        self.thread = Thread(target=EachRequest(self._answer), args=(self._request,))
        self.thread.start()

    def _answer(self, _: HttpRequest) -> HttpResponse:
        self._answered.append(self)
        self.is_answered.set()
        return HttpResponse()


@pytest.mark.parametrize("path", ["/api/v1/records", "/healthz", "/metrics", "/static/coterie/coterie.css"])
def test_what_programs_ask_waits_for_nobody(line: OneByOne, path: str) -> None:
    running = Answering(line)
    assert running.begins()
    request = Request(path)
    assert request.is_answered.wait(LONG / 2)
    running.end()
    request.thread.join(LONG)


@pytest.mark.parametrize("path", ["/segments/", "/api/v1/segments", "/search/"])
def test_what_people_ask_waits_for_its_turn(line: OneByOne, path: str) -> None:
    running = Answering(line)
    assert running.begins()
    request = Request(path)
    assert not request.is_answered.wait(A_MOMENT)
    running.end()
    assert request.is_answered.wait(LONG)
    request.thread.join(LONG)


def test_who_looks_goes_before_who_changes(line: OneByOne) -> None:
    running, answered = Answering(line), list[Request]()
    assert running.begins()
    changing = Request("/segments/", method="POST", answered=answered)
    sleep(A_MOMENT)
    looking = Request("/segments/", answered=answered)
    sleep(A_MOMENT)
    running.end()
    for each in (changing, looking):
        each.thread.join(LONG)
    assert answered == [looking, changing]


def test_others_need_not_wait_for_who_waits_for_the_worker(line: OneByOne) -> None:
    with line.turn(looks=False), waiting_for_the_worker():
        following = Answering(line)
        assert following.begins()
    following.end()
