"""Answers are made one by one: one thread at a time runs Python, and two that share it both take twice as long."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock, local
from time import monotonic

__all__ = ["ANSWERS", "OneByOne"]

_LONGEST_WAIT = 0.5
"""Seconds after which who waits goes on beside the others: nobody waits for ever."""

_LONGEST_TURN = 0.3
"""Seconds after which the next begins, though the answer before it is not there yet: it may take minutes."""


class _Turn:
    """One answer: it has its turn from when it was `given` one, `since` that moment of the clock, until it ends."""

    def __init__(self) -> None:
        self.given = Event()
        self.since = 0.0


class OneByOne:
    """A line in which answers wait for their turn: in the order in which they were asked, what only looks first.

    So many `at_once` have their turn. Who waited for the `longest_wait` (seconds), takes more than the `longest_turn`,
    or steps aside, goes on without one.
    """

    def __init__(
        self, at_once: int, *, longest_wait: float = _LONGEST_WAIT, longest_turn: float = _LONGEST_TURN
    ) -> None:
        self._at_once = at_once
        self._longest_wait = longest_wait
        self._longest_turn = longest_turn
        self._changing = Lock()
        self._looking: deque[_Turn] = deque()
        self._others: deque[_Turn] = deque()
        self._given: list[_Turn] = []
        self._of_thread = local()

    @contextmanager
    def turn(self, *, looks: bool) -> Iterator[None]:
        """Begin when it is this thread's turn; `looks`: what is asked changes nothing, and is soon done."""
        before, mine = getattr(self._of_thread, "turn", None), _Turn()
        self._of_thread.turn = mine
        try:
            with self._changing:
                (self._looking if looks else self._others).append(mine)
                self._give()
            self._wait(mine, monotonic() + self._longest_wait)
            yield
        finally:
            self._end(mine)
            self._of_thread.turn = before

    def step_aside(self) -> None:
        """Let the next begin: this thread is about to wait for something else."""
        mine = getattr(self._of_thread, "turn", None)
        if mine is not None:
            self._end(mine)

    def _wait(self, mine: _Turn, deadline: float) -> None:
        """Until it has its turn, or was in the line for long enough: then it leaves the line, and needs none."""
        while not mine.given.is_set() and (left := deadline - monotonic()) > 0:
            with self._changing:
                self._give()
                soonest = min((turn.since + self._longest_turn for turn in self._given), default=deadline) - monotonic()
            mine.given.wait(min(left, max(soonest, 0.001)))
        if not mine.given.is_set():
            self._end(mine)

    def _give(self) -> None:
        """Give turns to the first of the line, as far as there are any."""
        now = monotonic()
        self._given = [turn for turn in self._given if now - turn.since < self._longest_turn]
        while (self._looking or self._others) and len(self._given) < self._at_once:
            first = (self._looking or self._others).popleft()
            first.since = now
            self._given.append(first)
            first.given.set()

    def _end(self, mine: _Turn) -> None:
        with self._changing:
            for line in (self._looking, self._others, self._given):
                if mine in line:
                    line.remove(mine)
            self._give()


def _cores() -> int:
    """Those that this process may use, where that can be told."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


ANSWERS = OneByOne(at_once=max(_cores() // 2, 1))
"""Those that people wait for. What Python leaves to DuckDB runs beside it: on many cores, more is worth beginning."""
