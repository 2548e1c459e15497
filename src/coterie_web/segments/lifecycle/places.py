"""How many places for live segments are taken, and which of them could be freed."""

from __future__ import annotations

from django.conf import settings
from django.db.models import Exists, F, OuterRef

from coterie_web.accounts.models import User
from coterie_web.segments.lifecycle.quota import Quota
from coterie_web.segments.models import LIVE_STATUSES, Reference, Segment
from coterie_web.segments.queries import visible_segments

__all__ = ["present_quota", "unused_names"]

_MOST_NAMES = 3


def present_quota() -> Quota:
    """The live segments of the whole organization against the setting."""
    return Quota(live=Segment.objects.filter(status__in=LIVE_STATUSES).count(), most=settings.LIVE_QUOTA)


def unused_names(user: User) -> list[str]:
    """Names of live segments that no live one refers to: the person's own first, longest unchanged before others."""
    uses = Reference.objects.filter(
        key=OuterRef("key"), version__segment__status__in=LIVE_STATUSES, version=F("version__segment__live_version")
    )
    unused = visible_segments(user).filter(~Exists(uses), status__in=LIVE_STATUSES)
    found = unused.order_by("changed_at", "key").values_list("name", "owner_id")
    return [name for name, owner in sorted(found, key=lambda row: row[1] != user.id)[:_MOST_NAMES]]
