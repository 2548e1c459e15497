"""Every segment that a person sees, as lightly as finding and sorting them needs."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple

from django.db.models import F

from coterie_web.accounts.models import User
from coterie_web.segments.models import LIVE_STATUSES, Reference, Segment
from coterie_web.segments.queries import visible_segments

__all__ = ["STOPPED", "Row", "rows_for", "users_of"]

STOPPED = "stopped"
"""What the list calls a draft that was live."""


class Row(NamedTuple):
    """A segment of the list. A thousand of them are read for one page, so they hold no definition."""

    id: uuid.UUID
    key: str
    name: str
    type: str
    own_status: str
    stopped_at: datetime | None
    owner_id: uuid.UUID
    owner_name: str
    scope: str
    tags: list[str]
    wording: str
    description: str
    external_source: str

    @property
    def status(self) -> str:
        """The status, or that it was stopped."""
        is_stopped = self.stopped_at is not None and self.own_status == Segment.Status.DRAFT
        return STOPPED if is_stopped else self.own_status

    @property
    def owner(self) -> str:
        """Who owns it, as addresses say it."""
        return str(self.owner_id)

    @property
    def text(self) -> str:
        """Where words are looked for."""
        parts = (self.name, self.key, *self.tags, self.wording, self.description, self.external_source)
        return " ".join(parts).casefold()


def rows_for(user: User) -> list[Row]:
    """The segments that the person sees, in no order."""
    columns = [{"own_status": "status", "owner_name": "owner__name"}.get(name, name) for name in Row._fields]
    return [Row(*values) for values in visible_segments(user).order_by().values_list(*columns)]


def users_of(visible: Collection[uuid.UUID]) -> Mapping[str, int]:
    """How many live segments, of these, refer to each key."""
    live = Reference.objects.filter(
        version__segment__status__in=LIVE_STATUSES, version=F("version__segment__live_version")
    )
    return Counter(key for key, segment in live.values_list("key", "version__segment_id") if segment in visible)
