"""Editing what is live, beside the version that serves on; and taking an edit back."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from coterie_web.accounts.history import record
from coterie_web.accounts.models import User
from coterie_web.segments.drafts import load_content
from coterie_web.segments.files import SegmentFile
from coterie_web.segments.lifecycle.holding import hold, subject
from coterie_web.segments.models import Segment
from coterie_web.ui.refusals import NotNow

__all__ = ["discard", "edit", "roll_back"]

_Status = Segment.Status


@transaction.atomic
def edit(segment: Segment, *, acting_user: User, now: datetime) -> None:
    """Begin to edit a live segment, from the version that is served; it goes on being served.

    Raises NotAllowed and NotNow (`not_live`, `going_live`, `already_editing`).
    """
    held = hold(segment, acting_user=acting_user)
    _begin(held, now)
    held.save()
    record("began to edit", of=subject(held), acting_user=acting_user, now=now)


_NOT_EDITED = {
    _Status.DRAFT: ("not_live", "is a draft: change it as it is."),
    _Status.GOING_LIVE: ("going_live", "is going live. Edit it as soon as it is."),
    _Status.EDITING: ("already_editing", "is being edited already."),
}


def _begin(held: Segment, now: datetime) -> None:
    refusal = _NOT_EDITED.get(_Status(held.status))
    if refusal is not None:
        code, reason = refusal
        raise NotNow(code, f"{held.name} {reason}")
    load_content(held, _served(held), now=now)
    held.status = _Status.EDITING


@transaction.atomic
def discard(segment: Segment, *, acting_user: User, now: datetime) -> None:
    """Drop the edit of a live segment: the draft says again what is served.

    Raises NotAllowed and NotNow (`not_editing`).
    """
    held = hold(segment, acting_user=acting_user)
    if held.status != _Status.EDITING:
        raise NotNow("not_editing", f"{held.name} is {held.status_words.lower()}: there is no edit to discard.")
    load_content(held, _served(held), now=now)
    held.status = _Status.ERROR if held.problems else _Status.LIVE
    held.save()
    record("discarded the edit", of=subject(held), acting_user=acting_user, now=now)


@transaction.atomic
def roll_back(segment: Segment, number: int, *, acting_user: User, now: datetime) -> None:
    """Load an earlier version into the draft; of a live segment, into an edit. Nothing is published by that.

    Raises NotAllowed and NotNow (`no_such_version`, `going_live`).
    """
    held = hold(segment, acting_user=acting_user)
    version = held.versions.filter(number=number).first()
    if version is None:
        raise NotNow("no_such_version", f"{held.name} has no version {number}.")
    if not held.is_editable:
        _begin(held, now)
    load_content(held, version.content, now=now)
    held.save()
    record("loaded a version", of=subject(held), acting_user=acting_user, now=now, details={"version": number})


def _served(held: Segment) -> SegmentFile:
    assert held.live_version is not None, "a live segment has a version"
    content: SegmentFile = held.live_version.content
    return content
