"""Stopping: back to draft, marked stopped, where no live segment needs it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from coterie_web.accounts.history import record
from coterie_web.accounts.models import User
from coterie_web.segments.lifecycle.holding import hold, subject
from coterie_web.segments.models import LIVE_STATUSES, Segment
from coterie_web.segments.queries import visible_segments
from coterie_web.segments.references import live_users_of
from coterie_web.segments.waking import hold_live_set, live_set_changed
from coterie_web.ui.refusals import NotNow

__all__ = ["named", "stop", "why_not_stopped"]

_MOST_NAMES = 5


@transaction.atomic
def stop(segment: Segment, *, acting_user: User, now: datetime) -> None:
    """Put a live segment back to draft, marked stopped; its last members stay to be looked at (rule 30).

    Raises NotAllowed and NotNow (`not_live`, `in_use`).
    """
    hold_live_set()
    held = hold(segment, acting_user=acting_user)
    if held.status not in LIVE_STATUSES:
        raise NotNow("not_live", f"{held.name} is not live.")
    reason = why_not_stopped(held, user=acting_user)
    if reason is not None:
        raise NotNow("in_use", reason)
    held.status, held.stopped_at, held.changed_at = Segment.Status.DRAFT, now, now
    held.problems = []
    held.save()
    record("stopped", of=subject(held), acting_user=acting_user, now=now)
    live_set_changed()


def why_not_stopped(segment: Segment, *, user: User) -> str | None:
    """Which live segments need this one, in words for the person; None: none does."""
    users = live_users_of(segment.key)
    if not users:
        return None
    what = (
        "Stop it first, or take the block out of it." if len(users) == 1 else "Stop them first, or take it out of them."
    )
    return f"{segment.name} is used by {named(users, user=user)}. {what}"


def named(segments: Sequence[Segment], *, user: User) -> str:
    """Live segments by name, as far as the person sees them: "2 live segments: A, B"."""
    seen = set(visible_segments(user).filter(id__in=[each.id for each in segments]).values_list("id", flat=True))
    names = [each.name for each in segments if each.id in seen][:_MOST_NAMES]
    others = len(segments) - len(names)
    count = "1 live segment" if len(segments) == 1 else f"{len(segments):,} live segments"
    if not names:
        return f"{count} of other business units"
    return f"{count}: {', '.join(names)}{f' and {others:,} more' if others else ''}"
