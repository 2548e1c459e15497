"""Questions that nobody waits for any more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Condition

from coterie.errors import CoterieError, QuestionCancelled

__all__ = ["Cancellation"]

_ATTEMPTS = 20
_PAUSE = 0.005
"""Seconds between attempts."""


class Cancellation:
    """Gives up the questions that it was passed to; they raise `QuestionCancelled`. One that was used stays so.

    Any thread may cancel, as often as it likes: the one of a timer, or of whoever asks the next question. What is
    running in the database for these questions is broken off; no other question is.
    """

    def __init__(self) -> None:
        self._moved = Condition()
        self._cancelled = False
        self._running: dict[object, Callable[[], object]] = {}

    @property
    def cancelled(self) -> bool:
        """Whether it has been cancelled."""
        return self._cancelled

    def cancel(self) -> None:
        """Give up; at once, or where the database cannot be broken off at once, when it is done with its statement."""
        with self._moved:
            self._cancelled = True
            # A statement that is about to begin is not stopped yet: then again.
            for _ in range(_ATTEMPTS):
                for stop in self._running.values():
                    stop()
                if self._moved.wait_for(lambda: not self._running, timeout=_PAUSE):
                    return

    def check(self) -> None:
        """Raise QuestionCancelled where it has been cancelled."""
        if self._cancelled:
            raise QuestionCancelled

    @contextmanager
    def stopping(self, stop: Callable[[], object]) -> Iterator[None]:
        """While inside, `cancel` calls `stop`. Raises QuestionCancelled where that has been, whatever stopping led to.

        Once it is left, `stop` is not called any more.
        """
        mine = object()
        try:
            with self._moved:
                self.check()
                self._running[mine] = stop
            yield
        except CoterieError:
            self.check()
            raise
        finally:
            with self._moved:
                self._running.pop(mine, None)
                self._moved.notify_all()
