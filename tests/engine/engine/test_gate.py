"""Many read at once, one changes alone, and everybody has a turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from threading import Event

import pytest

from coterie.engine.gate import Gate

SOON = 10
"""Seconds in which what must happen has happened; nothing here takes so long that works."""

A_MOMENT = 0.05
"""Seconds in which what must not happen would have happened."""

Enter = Callable[[], AbstractContextManager[None]]


class Inside:
    """A thread on its way in, which stays inside until it is told to leave."""

    def __init__(self, pool: ThreadPoolExecutor, enter: Enter) -> None:
        self._is_in, self._leaves = Event(), Event()
        self._done = pool.submit(self._stay, enter)

    def _stay(self, enter: Enter) -> None:
        with enter():
            self._is_in.set()
            assert self._leaves.wait(SOON)

    def comes_in(self) -> bool:
        return self._is_in.wait(SOON)

    def is_kept_out(self) -> bool:
        return not self._is_in.wait(A_MOMENT)

    def may_leave(self) -> None:
        self._leaves.set()

    def leave(self) -> None:
        self.may_leave()
        self._done.result(SOON)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as threads:
        yield threads


@pytest.fixture
def gate() -> Gate:
    return Gate(patience=0.01)


def long(gate: Gate) -> Enter:
    return lambda: gate.reading(long=True)


def test_many_read_at_the_same_time(gate: Gate, pool: ThreadPoolExecutor) -> None:
    readers = [Inside(pool, enter) for enter in (gate.reading, gate.reading, long(gate), long(gate))]
    assert all(reader.comes_in() for reader in readers)
    for reader in readers:
        reader.leave()


@pytest.mark.parametrize("is_long", [False, True], ids=["question", "refresh"])
def test_a_writer_waits_for_whoever_reads(gate: Gate, pool: ThreadPoolExecutor, is_long: bool) -> None:
    reader = Inside(pool, long(gate) if is_long else gate.reading)
    assert reader.comes_in()
    writer = Inside(pool, gate.writing)
    assert writer.is_kept_out()
    reader.leave()
    assert writer.comes_in()
    writer.leave()


def test_nobody_reads_or_writes_beside_a_writer(gate: Gate, pool: ThreadPoolExecutor) -> None:
    writer = Inside(pool, gate.writing)
    assert writer.comes_in()
    others = [Inside(pool, enter) for enter in (gate.reading, long(gate), gate.writing)]
    assert all(other.is_kept_out() for other in others)
    writer.leave()
    for other in others:
        assert other.comes_in()
        other.leave()


def test_questions_come_in_while_a_writer_waits_for_a_refresh(gate: Gate, pool: ThreadPoolExecutor) -> None:
    refresh = Inside(pool, long(gate))
    assert refresh.comes_in()
    writer = Inside(pool, gate.writing)
    assert writer.is_kept_out()
    question = Inside(pool, gate.reading)
    assert question.comes_in()
    question.leave()
    refresh.leave()
    assert writer.comes_in()
    writer.leave()


def test_questions_that_keep_coming_do_not_keep_a_writer_out(gate: Gate, pool: ThreadPoolExecutor) -> None:
    """
    There is always one inside: the next comes in before the last one leaves.
    """
    written = Event()

    def ask_again_and_again() -> None:
        question = Inside(pool, gate.reading)
        while not written.is_set():
            other = Inside(pool, gate.reading)
            other._is_in.wait(A_MOMENT)
            question.leave()
            question = other
        question.leave()

    asking = pool.submit(ask_again_and_again)
    writer = Inside(pool, gate.writing)
    assert writer.comes_in()
    written.set()
    writer.leave()
    asking.result(SOON)


def test_a_writer_waits_a_little_for_a_moment_without_questions(pool: ThreadPoolExecutor) -> None:
    patient = Gate(patience=SOON)
    first = Inside(pool, patient.reading)
    assert first.comes_in()
    writer = Inside(pool, patient.writing)
    assert writer.is_kept_out()
    second = Inside(pool, patient.reading)
    assert second.comes_in()
    first.leave()
    assert writer.is_kept_out()
    second.leave()
    assert writer.comes_in()
    writer.leave()


def test_a_refresh_lets_a_waiting_writer_go_first(gate: Gate, pool: ThreadPoolExecutor) -> None:
    refresh = Inside(pool, long(gate))
    assert refresh.comes_in()
    writer = Inside(pool, gate.writing)
    assert writer.is_kept_out()
    following = Inside(pool, long(gate))
    assert following.is_kept_out()
    refresh.leave()
    assert writer.comes_in()
    assert following.is_kept_out()
    writer.leave()
    assert following.comes_in()
    following.leave()


def test_writers_that_keep_coming_do_not_keep_a_refresh_out(gate: Gate, pool: ThreadPoolExecutor) -> None:
    """
    There is always one waiting: of two writers the second waits while the first is inside.
    """
    first = Inside(pool, gate.writing)
    assert first.comes_in()
    writers = [Inside(pool, gate.writing) for _ in range(3)]
    refresh = Inside(pool, long(gate))
    assert refresh.is_kept_out()
    question = Inside(pool, gate.reading)
    first.leave()
    assert question.comes_in()  # so no writer has its turn before the refresh
    assert refresh.comes_in()
    question.leave()
    refresh.leave()
    for writer in writers:  # in whatever order they have come in
        writer.may_leave()
    for writer in writers:
        writer.leave()


# --- broken off ------------------------------------------------------------------------------------------------------


@contextmanager
def interrupted(monkeypatch: pytest.MonkeyPatch, gate: Gate, after: int) -> Iterator[None]:
    """The wait of that number is broken off."""
    waits = iter(range(100))
    wait_for = gate._moved.wait_for

    def waiting(*arguments: object, **more: object) -> object:
        if next(waits) == after:
            raise KeyboardInterrupt
        return wait_for(*arguments, **more)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(gate._moved, "wait_for", waiting)
        yield


def is_free(gate: Gate, pool: ThreadPoolExecutor) -> bool:
    def passes(enter: Enter) -> bool:
        with enter():
            return True

    entered: list[Future[bool]] = [pool.submit(passes, enter) for enter in (gate.reading, long(gate), gate.writing)]
    return all(each.result(SOON) for each in entered)


@pytest.mark.parametrize(("name", "waits"), [("reading", 1), ("writing", 3)])
def test_who_gives_up_waiting_leaves_the_gate_as_it_was(
    gate: Gate, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch, name: str, waits: int
) -> None:
    for after in range(waits):
        with interrupted(monkeypatch, gate, after), pytest.raises(KeyboardInterrupt), getattr(gate, name)():
            raise AssertionError("it was not to come in")
        assert is_free(gate, pool)


@pytest.mark.parametrize("name", ["reading", "writing"])
def test_who_fails_inside_leaves_the_gate_as_it_was(gate: Gate, pool: ThreadPoolExecutor, name: str) -> None:
    with pytest.raises(ZeroDivisionError), getattr(gate, name)():
        _ = 1 / 0
    assert is_free(gate, pool)
