"""What time it is: the machine's time, or that of a test clock which stands until somebody advances it."""

from __future__ import annotations

from datetime import UTC, datetime
from threading import Lock
from typing import Protocol

__all__ = ["Clock", "MachineClock", "TestClock", "now", "set_clock", "test_clock"]


class Clock(Protocol):
    """Tells the time of every answer."""

    def now(self) -> datetime: ...


class MachineClock:
    """The time of the machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)  # noqa: TID251 - the one place of the application that reads the clock


class TestClock:
    """Stands at an instant, until it is advanced. Never goes back: what was published stays published."""

    __test__ = False  # not a test, though named so

    def __init__(self, start: datetime) -> None:
        self._now = start
        self._moving = Lock()

    def now(self) -> datetime:
        return self._now

    def advance(self, to: datetime) -> bool:
        """Go on to that instant. False where it lies before the present one."""
        with self._moving:
            if to < self._now:
                return False
            self._now = to
            return True


_clock: list[Clock] = [MachineClock()]


def set_clock(clock: Clock) -> None:
    """Tell the time by this clock from now on."""
    _clock[0] = clock


def now() -> datetime:
    """The present moment, in UTC."""
    return _clock[0].now()


def test_clock() -> TestClock | None:
    """The test clock, where the server was started with one."""
    clock = _clock[0]
    return clock if isinstance(clock, TestClock) else None
