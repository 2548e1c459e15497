"""A segment, and what is asked of it, as the OpenAPI document describes them."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated, Any

from ninja import Field, Schema
from pydantic import ConfigDict

from coterie_web.rest.problems import Flaw
from coterie_web.segments.models import Segment

__all__ = ["CreateIn", "OwnerOut", "PatchIn", "SegmentOut", "SummaryOut"]

_Type = Segment.Type
_Scope = Segment.Scope

_Text = Annotated[str, Field(max_length=10_000)]
_DefinitionObject = Annotated[
    dict[str, Any], Field(description="`{blocks: [...]}`, as docs/conditions.md describes it; it may be incomplete.")
]
_Keys = Annotated[list[Annotated[str, Field(max_length=1_000)]], Field(max_length=100_000)]


class PinnedIn(Schema):
    """Contacts kept in or out by hand, by their keys."""

    model_config = ConfigDict(extra="forbid")

    keep_in: _Keys = Field(default_factory=list)
    keep_out: _Keys = Field(default_factory=list)


class _Parts(Schema):
    """What may be said of a segment."""

    model_config = ConfigDict(extra="forbid")

    description: _Text | None = None
    time_zone: _Text | None = None
    scope: _Scope | None = None
    tags: Annotated[list[_Text], Field(max_length=100)] | None = None
    external_source: _Text | None = None
    external_url: _Text | None = None
    definition: _DefinitionObject | None = None
    pinned: PinnedIn | None = None
    members: _Keys | None = None


class CreateIn(_Parts):
    """A new draft. Without `key` one is made of the name; `members` are those of a static one."""

    name: _Text
    key: _Text | None = None
    type: _Type = _Type.DYNAMIC


class PatchIn(_Parts):
    """What is to change; what is not given stays as it is."""

    name: _Text | None = None
    owner: uuid.UUID | None = Field(None, description="The id of the person whose it shall be.")


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
    warnings: list[Flaw] = Field(description="What its author should know of the draft; it keeps it from nothing.")
    created_at: datetime
    data_version: int | None
    next_evaluation: datetime | None
