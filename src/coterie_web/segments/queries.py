"""Which segments a person sees, may change, and what is live."""

from __future__ import annotations

import uuid

from django.db.models import Q, QuerySet
from django.http import Http404

from coterie import Membership, Published
from coterie_web.accounts.models import User
from coterie_web.accounts.permissions import may_change_segments_of
from coterie_web.accounts.units import reach_of
from coterie_web.catalogs.engine import engine
from coterie_web.segments.files import SegmentFile, live_file
from coterie_web.segments.models import LIVE_STATUSES, LiveSet, Segment

__all__ = [
    "live_files",
    "live_revision",
    "live_segments",
    "may_change",
    "newest_snapshot",
    "readable_segment",
    "visible_contacts",
    "visible_count",
    "visible_part",
    "visible_segments",
]


def visible_segments(user: User) -> QuerySet[Segment]:
    """The segments a person sees: of owners in their unit and below it, above it, and in no unit."""
    segments = Segment.objects.select_related("owner__unit", "live_version")
    reach = reach_of(user)
    if reach.below is None:
        return segments
    return segments.filter(Q(owner__unit=None) | Q(owner__unit__in=reach.below | reach.above))


def readable_segment(user: User, segment_id: uuid.UUID) -> Segment:
    """A segment that the person sees. One they do not is answered exactly as one that is not there."""
    try:
        return visible_segments(user).get(id=segment_id)  # `first` would put the one in order
    except Segment.DoesNotExist:
        raise Http404 from None


def may_change(user: User, segment: Segment) -> bool:
    """A marketer changes their own, managers and administrators those of their unit and below."""
    return may_change_segments_of(user, segment.owner, reach_of(user))


def visible_contacts(user: User) -> Membership | None:
    """The contacts a person may see; None: all of them."""
    reach = reach_of(user)
    return None if reach.keys is None else engine().contacts_of_units(reach.keys)


def live_segments() -> QuerySet[Segment]:
    """All that shall be live, whoever sees it."""
    return Segment.objects.filter(status__in=LIVE_STATUSES).select_related("owner__unit", "live_version")


def newest_snapshot(segment: Segment) -> Published | None:
    """What is published of a live segment; of one that is not live, what last was, to be looked at.

    None where there is nothing yet. So it is also while a segment that was stopped goes live again: nobody may take its
    last members for current ones (rule 30).
    """
    if segment.live_version_id is None:
        return None
    return engine().published.get(segment.key) if segment.is_live else engine().last_snapshot(segment.key)


def visible_part(members: Membership, visible: Membership | None) -> Membership:
    """Those of these contacts that somebody sees to whom `visible_contacts` said so."""
    return members if visible is None else members & visible


def visible_count(published: Published, user: User) -> int:
    """How many members of a published segment the person sees: the only number of them that they are told."""
    return len(visible_part(published.members, visible_contacts(user)))


def live_files() -> dict[str, SegmentFile]:
    """The files of all that shall be live, by key."""
    return {segment.key: live_file(segment) for segment in live_segments()}


def live_revision() -> int:
    """Which live set this is; another number where anything of it may have changed."""
    return LiveSet.objects.get_or_create(id=1)[0].revision
