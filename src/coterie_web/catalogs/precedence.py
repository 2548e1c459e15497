"""Lets who waits for an answer go before the worker: one thread at a time runs Python."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock, local
from time import monotonic

__all__ = ["Precedence", "waiting_for_an_answer", "waiting_for_the_worker"]

_LONGEST = 0.25
"""Seconds that one pause lasts: what takes longer to answer does not hold up the worker as long."""

_counting = Lock()
_nobody_waits = Event()
_nobody_waits.set()
_waiting = 0


class _Thread(local):
    """What is of one thread: whether it is counted among those for whom somebody waits."""

    is_counted = False


_thread = _Thread()


@contextmanager
def waiting_for_an_answer() -> Iterator[None]:
    """While inside, somebody waits for what this thread does."""
    _count(waits=True)
    try:
        yield
    finally:
        _count(waits=False)


@contextmanager
def waiting_for_the_worker() -> Iterator[None]:
    """While inside, this thread itself waits until the worker is done: nothing is gained by letting it go before."""
    was_counted = _thread.is_counted
    _count(waits=False)
    try:
        yield
    finally:
        _count(waits=was_counted)


def _count(*, waits: bool) -> None:
    global _waiting  # noqa: PLW0603 - of the one process
    with _counting:
        _waiting += waits - _thread.is_counted
        _thread.is_counted = waits
        if _waiting:
            _nobody_waits.clear()
        else:
            _nobody_waits.set()


class Precedence:
    """What one step of the worker gives to others: pauses of so many seconds in all, at most. For several threads."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.given = 0.0

    def give(self) -> None:
        """Return when nobody waits for an answer, or enough was given."""
        left = self._seconds - self.given
        if left > 0 and not _nobody_waits.is_set():
            began = monotonic()
            _nobody_waits.wait(min(left, _LONGEST))
            self.given += monotonic() - began
