"""Lets who waits for an answer go before the worker: one thread at a time runs Python."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition, get_ident
from time import monotonic

from coterie_web.catalogs.one_by_one import ANSWERS
from coterie_web.catalogs.waking import is_hurried

__all__ = ["Precedence", "waiting_for_an_answer", "waiting_for_the_worker"]

_LONGEST = 0.25
"""Seconds that one pause lasts at most: what takes longer to answer does not hold up the worker as long."""

_SOON = 1.0
"""Seconds for which somebody is let go before: what takes longer, or never ends, waits with the worker."""

_moved = Condition()
_since: dict[int, float] = {}
"""By thread, since when somebody waits for what it does."""
_for_the_worker: set[int] = set()
"""The threads that wait for the worker."""


@contextmanager
def waiting_for_an_answer() -> Iterator[None]:
    """While inside, somebody waits for what this thread does."""
    thread = get_ident()
    with _moved:
        before = _since.get(thread)
        _since[thread] = monotonic()
    try:
        yield
    finally:
        with _moved:
            del _since[thread]
            if before is not None:
                _since[thread] = before
            _moved.notify_all()


@contextmanager
def waiting_for_the_worker() -> Iterator[None]:
    """While inside, this thread itself waits until the worker is done: nobody goes before the worker then.

    Other answers need not wait for this one meanwhile.
    """
    ANSWERS.step_aside()
    thread = get_ident()
    with _moved:
        _for_the_worker.add(thread)
        _moved.notify_all()
    try:
        yield
    finally:
        with _moved:
            _for_the_worker.discard(thread)


def _goes_on() -> bool:
    """Whether nobody is to be let go before the worker."""
    if not _since or _for_the_worker or is_hurried():
        return True
    soon = monotonic() - _SOON
    return all(since < soon for since in _since.values())


class Precedence:
    """What one step of the worker gives to others: pauses of so many seconds in all, at most."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.given = 0.0

    def give(self) -> None:
        """Return when nobody is to be let go before, or enough was given."""
        if not _since:
            return
        with _moved:
            left = self._seconds - self.given
            if left > 0 and not _goes_on():
                began = monotonic()
                _moved.wait_for(_goes_on, min(left, _LONGEST))
                self.given += monotonic() - began
