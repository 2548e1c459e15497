"""Tells the worker of this process that there is something to do, and whether that bears a short rest before."""

from __future__ import annotations

from threading import Event

__all__ = ["is_hurried", "rest", "tell", "wait", "wake"]

_told = Event()
_hurried = Event()


def wake() -> None:
    """Let the worker look for something to do at once, though it rests."""
    _hurried.set()
    _told.set()


def is_hurried() -> bool:
    """Whether it was woken since it last rested or waited."""
    return _hurried.is_set()


def tell() -> None:
    """Let the worker look for something to do: at once where it waits, where it rests after its rest."""
    _told.set()


def wait(seconds: float) -> bool:
    """Sleep until there may be something to do, at most so long. True: the worker is to hurry."""
    _told.wait(seconds)
    _told.clear()
    return _take_hurry()


def rest(seconds: float) -> bool:
    """Sleep so long, or until the worker is to hurry, which is True then."""
    _hurried.wait(seconds)
    return _take_hurry()


def _take_hurry() -> bool:
    """Whether the worker is to hurry; one that comes at this very moment stays for the step that follows."""
    is_to_hurry = _hurried.is_set()
    if is_to_hurry:
        _hurried.clear()
    return is_to_hurry
