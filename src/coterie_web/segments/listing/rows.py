"""Every segment that a person sees, as lightly as finding and sorting them needs."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from django.db.models import F, TextField
from django.db.models.functions import Cast

from coterie_web.accounts.models import User
from coterie_web.segments.models import LIVE_STATUSES, Reference, Segment
from coterie_web.segments.queries import visible_segments

__all__ = ["STOPPED", "Row", "rows_for", "users_of"]

STOPPED = "stopped"
"""What the list calls a draft that was live."""


class Row(NamedTuple):
    """A segment of the list. A thousand of them are read for one page, so they hold no definition.

    `id`, `owner_id` and `tags_text` (JSON) are texts as the database has them: to make UUIDs and lists of a thousand
    took longer than all else.
    """

    id: str
    key: str
    name: str
    type: str
    own_status: str
    stopped_at: datetime | None
    owner_id: str
    owner_name: str
    scope: str
    tags_text: str
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
        return _spelled(self.owner_id)

    @property
    def tags(self) -> tuple[str, ...]:
        """The words it is tagged with."""
        return _tags(self.tags_text)

    @property
    def text(self) -> str:
        """Where words are looked for."""
        parts = (self.name, self.key, *self.tags, self.wording, self.description, self.external_source)
        return " ".join(parts).casefold()


@lru_cache(maxsize=1024)
def _spelled(text: str) -> str:
    """An id as addresses and forms have it, however the database spells it."""
    return str(uuid.UUID(text))


@lru_cache(maxsize=1024)
def _tags(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))


_COLUMNS: Mapping[str, str | Cast] = {
    "id": Cast("id", TextField()),
    "own_status": "status",
    "owner_id": Cast("owner_id", TextField()),
    "owner_name": "owner__name",
    "tags_text": Cast("tags", TextField()),
}


def rows_for(user: User) -> list[Row]:
    """The segments that the person sees, in no order."""
    columns = [_COLUMNS.get(name, name) for name in Row._fields]
    return [Row(*values) for values in visible_segments(user).order_by().values_list(*columns)]


def users_of(visible: Collection[str]) -> Mapping[str, int]:
    """How many live segments, of these, refer to each key."""
    live = Reference.objects.filter(
        version__segment__status__in=LIVE_STATUSES, version=F("version__segment__live_version")
    )
    referring = live.values_list("key", Cast("version__segment_id", TextField()))
    return Counter(key for key, segment in referring if segment in visible)
