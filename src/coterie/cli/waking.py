"""The clock of `coterie watch`, and its sleep, which a signal to end breaks off."""

from __future__ import annotations

import select
import signal
import socket
from datetime import datetime
from types import FrameType, TracebackType
from typing import Self

from coterie.cli.inputs import moment

__all__ = ["Waking"]

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Waking:
    """Tells the time and sleeps. Within its `with`, Ctrl-C and SIGTERM set `ended` and break off a sleep, so that the
    running step is ended first; the second one breaks off whatever runs (KeyboardInterrupt).
    """

    def __init__(self) -> None:
        self.ended = False
        # A pipe, not a lock: a signal that arrives just before the sleep begins ends it all the same.
        self._asleep, self._awake = socket.socketpair()
        self._awake.setblocking(False)
        self._former: dict[signal.Signals, signal._HANDLER] = {}

    def __enter__(self) -> Self:
        self._former = {number: signal.signal(number, self._end) for number in _SIGNALS}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._former.items():
            signal.signal(number, handler)
        self._asleep.close()
        self._awake.close()

    def now(self) -> datetime:
        """The moment that it is."""
        return moment(None)

    def sleep(self, seconds: float) -> None:
        """Let so much time pass; less, once it shall end."""
        select.select([self._asleep], [], [], seconds)

    def _end(self, _signal: int, _frame: FrameType | None) -> None:
        if self.ended:
            raise KeyboardInterrupt
        self.ended = True
        self._awake.send(b".")
