"""Tells the worker of this process that there is something to do, once it is committed."""

from __future__ import annotations

from threading import Event

from django.db import transaction
from django.db.models import F

from coterie_web.segments.models import LiveSet

__all__ = ["live_set_changed", "wait", "wake"]

_awake = Event()


def live_set_changed() -> None:
    """Say, in the transaction of a change, that other segments are live from then on, or others' files."""
    LiveSet.objects.get_or_create(id=1)
    LiveSet.objects.filter(id=1).update(revision=F("revision") + 1)
    transaction.on_commit(wake)


def wake() -> None:
    """Let the worker look for something to do at once."""
    _awake.set()


def wait(seconds: float) -> None:
    """Sleep until there may be something to do, at most so long."""
    _awake.wait(seconds)
    _awake.clear()
