"""Every segment that a person sees, as lightly as finding and sorting them needs."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import NamedTuple

from django.db.models import Case, F, TextField, Value, When
from django.db.models.functions import Cast

from coterie_web.accounts.models import User
from coterie_web.segments.models import LIVE_STATUSES, Reference, Segment
from coterie_web.segments.queries import visible_segments

__all__ = ["STOPPED", "Row", "owner_of", "rows_for", "tags_of", "users_of"]

STOPPED = "stopped"
"""What the list calls a draft that was live."""


class Row(NamedTuple):
    """A segment of the list. A thousand of them are read for one page, so they hold no definition.

    `id`, `owner_id` and `tags_text` (JSON) are texts as the database has them: to make UUIDs and lists of a thousand
    took longer than all else. `status` is the segment's, or that it was stopped.
    """

    id: str
    key: str
    name: str
    type: str
    status: str
    owner_id: str
    owner_name: str
    scope: str
    tags_text: str
    wording: str
    description: str
    external_source: str

    @property
    def owner(self) -> str:
        """Who owns it, as addresses say it."""
        return owner_of(self.owner_id)

    @property
    def tags(self) -> tuple[str, ...]:
        """The words it is tagged with."""
        return tags_of(self.tags_text)

    @property
    def text(self) -> str:
        """Where words are looked for."""
        parts = (self.name, self.key, *self.tags, self.wording, self.description, self.external_source)
        return " ".join(parts).casefold()


@lru_cache(maxsize=1024)
def owner_of(text: str) -> str:
    """An owner's id as addresses and forms have it, however the database spells it."""
    return str(uuid.UUID(text))


@lru_cache(maxsize=1024)
def tags_of(text: str) -> tuple[str, ...]:
    """Tags that the database has as a text."""
    return tuple(json.loads(text))


_COLUMNS: Mapping[str, str | Cast | Case] = {
    "id": Cast("id", TextField()),
    "status": Case(
        When(status=Segment.Status.DRAFT, stopped_at__isnull=False, then=Value(STOPPED)),
        default="status",
        output_field=TextField(),
    ),
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
