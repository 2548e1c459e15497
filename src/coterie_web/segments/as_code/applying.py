"""Makes segments what their files say: all of them in one transaction, or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from django.db import transaction

from coterie import DefinitionError, Problem
from coterie_web.accounts.models import User
from coterie_web.segments.as_code.files import SentFile, says_the_same
from coterie_web.segments.details.actions import change_details
from coterie_web.segments.files import live_file
from coterie_web.segments.lifecycle import edit, go_live, publish, stop
from coterie_web.segments.models import LIVE_STATUSES, Segment
from coterie_web.segments.queries import visible_contacts, visible_segments
from coterie_web.segments.references import referred_keys
from coterie_web.segments.resource.changing import change_definition, change_members
from coterie_web.segments.sight import warnings_of
from coterie_web.segments.starting.creating import Beginning, create_segment
from coterie_web.segments.waking import hold_live_set
from coterie_web.ui.refusals import NotNow

__all__ = ["Deed", "applied_warnings", "apply_files", "missing"]


class Deed(StrEnum):
    """What was done to a segment."""

    STARTED = "started"
    EDITED = "edited"
    UNCHANGED = "unchanged"
    STOPPED = "stopped"


@transaction.atomic
def apply_files(files: Sequence[SentFile], *, stop_missing: bool, acting_user: User, now: datetime) -> dict[str, Deed]:
    """Make the segments of these files, change them, and take them live; stop the person's own that have none.

    What was done, by key. The worker serves it from its next refresh on. Raises NotAllowed, NotNow, ValidationError and
    DefinitionError; then nothing was done.
    """
    hold_live_set()
    gone = missing(files, acting_user) if stop_missing else []
    done = {file.key: _apply(file, acting_user, now) for file in files}
    for segment in gone:
        stop(segment, acting_user=acting_user, now=now)
    return done | {segment.key: Deed.STOPPED for segment in gone}


def applied_warnings(files: Sequence[SentFile], user: User) -> list[Problem]:
    """What the author of these files should know of their segments, each below `segments.KEY`."""
    segments = visible_segments(user).filter(key__in=[file.key for file in files]).order_by("key")
    return [
        replace(warning, path=f"segments.{segment.key}.{warning.path}")
        for segment in segments
        for warning in warnings_of(segment, user=user)
    ]


def missing(files: Sequence[SentFile], user: User) -> list[Segment]:
    """The person's own live segments without a file; those that refer to others before those they refer to."""
    keys = {file.key for file in files}
    own = Segment.objects.filter(owner=user, status__in=LIVE_STATUSES).select_related("live_version").order_by("-id")
    return _users_first([segment for segment in own if segment.key not in keys])


def _users_first(segments: Sequence[Segment]) -> list[Segment]:
    """In an order in which each can be stopped: while nothing that is live refers to it."""
    left, ordered = {segment.key: segment for segment in segments}, list[Segment]()
    while left:
        needed = {key for segment in left.values() for key in referred_keys(live_file(segment)) if key != segment.key}
        free = [key for key in left if key not in needed] or list(left)
        ordered += [left.pop(key) for key in free]
    return ordered


def _apply(file: SentFile, acting_user: User, now: datetime) -> Deed:
    segment = visible_segments(acting_user).filter(key=file.key).first()
    if segment is None:
        return _start(file, acting_user, now)
    if segment.type != file.plain["type"]:
        raise NotNow("wrong_type", f"{segment.name} is {segment.type}, and its file says {file.plain['type']}.")
    change_details(segment, file.details, acting_user=acting_user, now=now)
    if not segment.is_live:
        _change(segment, file, acting_user, now)
        _refuse(go_live(segment, acting_user=acting_user, now=now))
        return Deed.STARTED
    if says_the_same(segment, file, visible_contacts(acting_user)):
        return Deed.UNCHANGED
    edit(segment, acting_user=acting_user, now=now)
    _change(segment, file, acting_user, now)
    _refuse(publish(segment, acting_user=acting_user, now=now))
    return Deed.EDITED


def _start(file: SentFile, acting_user: User, now: datetime) -> Deed:
    beginning = Beginning(type=str(file.plain["type"]), key=file.key, details=file.details)
    segment = create_segment(beginning, acting_user=acting_user, now=now)
    _change(segment, file, acting_user, now)
    _refuse(go_live(segment, acting_user=acting_user, now=now))
    return Deed.STARTED


def _change(segment: Segment, file: SentFile, acting_user: User, now: datetime) -> None:
    content = file.content
    if segment.type == Segment.Type.STATIC:
        keys = content["members"]
        assert isinstance(keys, list), "a static file has members"
        change_members(segment, keys, acting_user=acting_user, now=now)
        return
    definition, pinned = content["definition"], content.get("pinned", {})
    assert isinstance(definition, dict), "a dynamic file has a definition"
    assert isinstance(pinned, dict), "pins are lists by name"
    change_definition(segment, definition=definition, pinned=pinned, acting_user=acting_user, now=now)


def _refuse(problems: Sequence[Problem]) -> None:
    if problems:
        raise DefinitionError(*problems)
