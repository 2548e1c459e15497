"""Deleting a draft."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from coterie_web.accounts.history import record
from coterie_web.accounts.models import User
from coterie_web.segments.lifecycle.holding import hold, subject
from coterie_web.segments.models import Segment
from coterie_web.segments.references import draft_users_of
from coterie_web.segments.waking import hold_live_set
from coterie_web.ui.refusals import NotNow

__all__ = ["delete"]


@transaction.atomic
def delete(segment: Segment, *, acting_user: User, now: datetime, warned: bool = False) -> None:
    """Delete a draft with its versions; the history keeps what was done. `warned`: that drafts refer to it was read.

    Raises NotAllowed and NotNow (`is_live`, `used_by_drafts`).
    """
    hold_live_set()
    held = hold(segment, acting_user=acting_user)
    if held.status != Segment.Status.DRAFT:
        raise NotNow("is_live", f"{held.name} is {held.status_words.lower()}. Stop it first: only drafts are deleted.")
    users = [] if warned else draft_users_of(held.key, user=acting_user)
    if users:
        names = ", ".join(user.name for user in users[:5])
        raise NotNow("used_by_drafts", f"{held.name} is named in drafts that could then not go live: {names}.")
    details: dict[str, object] = {"key": held.key, "was_live": held.live_version_id is not None}
    record("deleted", of=subject(held), acting_user=acting_user, now=now, details=details)
    held.live_version = None
    held.save(update_fields=["live_version"])
    held.delete()
