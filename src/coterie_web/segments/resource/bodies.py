"""A segment as the OpenAPI document describes it."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from ninja import Field, Schema

from coterie_web.rest.problems import Flaw
from coterie_web.segments.models import Segment

__all__ = ["OwnerOut", "SegmentOut", "SummaryOut"]

_Type = Segment.Type
_Scope = Segment.Scope


class OwnerOut(Schema):
    """Whose a segment is."""

    id: uuid.UUID
    name: str


class SummaryOut(Schema):
    """A segment in a list. `members` and `as_of` are of what is published, as far as you see it; null if nothing is."""

    id: uuid.UUID
    key: str
    name: str
    type: _Type
    status: Segment.Status
    scope: _Scope
    owner: OwnerOut
    tags: list[str]
    stopped_at: datetime | None
    changed_at: datetime
    live_version: int | None
    members: int | None
    as_of: datetime | None


class SegmentOut(SummaryOut):
    """A segment, whole. `definition`, `pinned` and `chosen` are of the draft; of contacts those that you see."""

    description: str
    time_zone: str
    external_source: str
    external_url: str
    wording: str
    definition: dict[str, Any] | None
    pinned: dict[str, list[str]]
    chosen: list[str] | None = Field(description="The members of a static draft.")
    changed_since_live: bool
    problems: list[Flaw]
    created_at: datetime
    data_version: int | None
    next_evaluation: datetime | None
