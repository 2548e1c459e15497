"""Tells the worker of this process that there is something to do."""

from __future__ import annotations

from threading import Event

__all__ = ["wait", "wake"]

_awake = Event()


def wake() -> None:
    """Let the worker look for something to do at once."""
    _awake.set()


def wait(seconds: float) -> None:
    """Sleep until there may be something to do, at most so long."""
    _awake.wait(seconds)
    _awake.clear()
