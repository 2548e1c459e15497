"""When the worker has done all that was due: for who changes something, and waits until that is seen."""

from __future__ import annotations

from threading import Condition

__all__ = ["begun", "found_nothing", "wait_until_done"]

_moved = Condition()
_last_begun = [0]
_last_idle = [0]


def begun() -> int:
    """A step of the worker begins; its number."""
    with _moved:
        _last_begun[0] += 1
        return _last_begun[0]


def found_nothing(step: int) -> None:
    """That step found nothing to do: all that was due when it began is done."""
    with _moved:
        _last_idle[0] = step
        _moved.notify_all()


def wait_until_done(*, seconds: float) -> bool:
    """Wait until all is done that is due now. False: so many seconds were not enough."""
    with _moved:
        next_step = _last_begun[0] + 1  # the one that runs may have looked before what changed
        return _moved.wait_for(lambda: _last_idle[0] >= next_step, timeout=seconds)
