"""Switching the stream on and off."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction

from coterie_web.accounts.history import record
from coterie_web.accounts.models import Role, User
from coterie_web.demo.models import Demo

__all__ = ["RATES", "STREAM_HOURS", "may_switch", "start_stream", "switch_off", "switch_on"]

RATES = (5, 20, 100, 500)
"""Records a second that the stream may send."""

STREAM_HOURS = 1
"""After so many hours the stream ends by itself: a demo that was forgotten fills no disk."""


def may_switch(user: User) -> bool:
    """Who sees the data of the whole organization, and may change segments, may let it flow."""
    return user.unit_id is None and user.at_least(Role.MARKETER)


@transaction.atomic
def switch_on(rate: int, *, acting_user: User, now: datetime) -> None:
    """Let `rate` records a second come, for an hour from now."""
    _check(acting_user)
    assert rate in RATES, "the form offers no other"
    Demo.objects.update(stream_rate=rate)
    start_stream(now)
    _record("switched the stream on", acting_user, now, {"records a second": rate})


def start_stream(now: datetime) -> None:
    """Let it flow for an hour from now, as it did last."""
    Demo.objects.update(stream_until=now + timedelta(hours=STREAM_HOURS))


@transaction.atomic
def switch_off(*, acting_user: User, now: datetime) -> None:
    """Let no more records come."""
    _check(acting_user)
    if Demo.objects.exclude(stream_until=None).update(stream_until=None):
        _record("switched the stream off", acting_user, now, {})


def _check(user: User) -> None:
    if not may_switch(user):
        raise PermissionDenied


def _record(deed: str, user: User, now: datetime, details: dict[str, object]) -> None:
    record(deed, of=("demo", "1", "Demo"), acting_user=user, now=now, details=details)
