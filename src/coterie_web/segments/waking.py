"""Tells the worker that other segments are live, once that is committed."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F

from coterie_web.catalogs.waking import wake
from coterie_web.segments.models import LiveSet

__all__ = ["hold_live_set", "live_set_changed"]


def hold_live_set() -> None:
    """Let nobody else change what is live until this transaction ends: what is counted now stays so."""
    LiveSet.objects.get_or_create(id=1)
    LiveSet.objects.select_for_update().get(id=1)


def live_set_changed() -> None:
    """Say, in the transaction of a change, that other segments are live from then on, or others' files."""
    LiveSet.objects.get_or_create(id=1)
    LiveSet.objects.filter(id=1).update(revision=F("revision") + 1)
    transaction.on_commit(wake)
