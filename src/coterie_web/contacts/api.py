"""Contacts over the API: the list, and everything of one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Field, Path, Query, Router, Schema

from coterie import AttributeValue, Event, RelatedRecord, RelatedRecords
from coterie.engine.plain_answers import value_as_json
from coterie_web.accounts.requests import user_of
from coterie_web.catalogs.contact_rows import ContactOut, row_as_json
from coterie_web.catalogs.engine import engine
from coterie_web.contacts.queries import readable_contact, segments_with
from coterie_web.rest.asking import READING
from coterie_web.rest.moments import Moment
from coterie_web.rest.problems import ProblemDetails
from coterie_web.segments.queries import visible_contacts
from coterie_web.ui.clock import now

__all__ = ["router"]

router = Router(tags=["contacts"], auth=READING)

_Key = Annotated[str, Path(max_length=1_000, description="The contact's key; it ends the address, and may hold `/`.")]

Told = dict[str, object]


class _ListAsked(Schema):
    columns: list[str] = Field([], max_length=100)
    search: str | None = Field(None, max_length=300, description="The beginning of a key, a part of a name or e-mail.")
    sort: str | None = Field(None, max_length=200, description="An attribute, `name` or `key`.")
    descending: bool = False
    after: str | None = Field(None, max_length=10_000)
    limit: int = Field(50, ge=1, le=1_000)


class ContactsOut(Schema):
    """A page of contacts. `total` is how many match in all."""

    total: int
    items: list[ContactOut]
    next: str | None


@router.get("/contacts", response=ContactsOut, operation_id="listContacts", summary="List contacts")
def contacts(request: HttpRequest, asked: Query[_ListAsked]) -> Told:
    """The contacts that you see."""
    page = engine().contacts(visible_contacts(user_of(request)), **asked.model_dump())
    return {"total": page.total, "items": [row_as_json(row) for row in page.contacts], "next": page.next}


class RecordOut(Schema):
    """A related record, with those that it belongs to itself."""

    key: str
    values: dict[str, Any]
    related: list[RelatedOut]


class RelatedOut(Schema):
    """The records that a relation leads to, at most twenty of `total`."""

    relation: str
    entity: str
    total: int
    records: list[RecordOut]


class ProfileOut(ContactOut):
    """A contact with all its attributes and related records."""

    related: list[RelatedOut]


@router.get(
    "/contacts/{path:contact_id}",
    response={200: ProfileOut, 404: ProblemDetails},
    operation_id="getContact",
    summary="Read a contact",
)
def contact(request: HttpRequest, contact_id: _Key) -> Told:
    """All attributes of a contact, and its related records."""
    user = user_of(request)
    profile = readable_contact(user, contact_id)
    return {
        "contact_id": profile.contact_id,
        "name": profile.name,
        "email": profile.email,
        "values": _values(profile.values),
        "related": list(map(_related, profile.related)),
    }


def _values(values: tuple[AttributeValue, ...]) -> Told:
    return {value.name: value_as_json(value.value) for value in values}


def _related(related: RelatedRecords) -> Told:
    told = list(map(_record, related.records))
    return {"relation": related.relation, "entity": related.entity, "total": related.total, "records": told}


def _record(record: RelatedRecord) -> Told:
    return {"key": record.key, "values": _values(record.values), "related": list(map(_related, record.related))}


class EventOut(Schema):
    """Something that a contact did."""

    interaction: str
    occurred_at: datetime
    values: dict[str, Any]


class TimelineOut(Schema):
    """A page of what a contact did, the newest first."""

    contact_id: str
    total: int
    items: list[EventOut]
    next: str | None


class _TimelineAsked(Schema):
    before: Moment | None = Field(None, description="What happened later is not told. Without it: now.")
    interactions: list[str] = Field([], max_length=100)
    after: str | None = Field(None, max_length=10_000)
    limit: int = Field(50, ge=1, le=1_000)


@router.get(
    "/timeline/{path:contact_id}",
    response={200: TimelineOut, 404: ProblemDetails},
    operation_id="getTimeline",
    summary="What a contact did",
)
def timeline(request: HttpRequest, contact_id: _Key, asked: Query[_TimelineAsked]) -> Told:
    """The interactions of a contact, of all kinds or some."""
    profile = readable_contact(user_of(request), contact_id)
    found = engine().timeline(
        profile.contact_id,
        before=asked.before or now(),
        after=asked.after,
        limit=asked.limit,
        interactions=asked.interactions or None,
    )
    events = [_event(event) for event in found.events]
    return {"contact_id": profile.contact_id, "total": found.total, "items": events, "next": found.next}


def _event(event: Event) -> Told:
    return {"interaction": event.interaction, "occurred_at": event.occurred_at, "values": _plain(event.values)}


def _plain(values: Mapping[str, object]) -> Told:
    return {name: value_as_json(value) for name, value in values.items()}


class InSegmentOut(Schema):
    """A live segment that a contact is in, and since when; null where that is longer ago than what is kept."""

    id: str
    segment: str
    name: str
    since: datetime | None


class MembershipsOut(Schema):
    """The live segments that you see, of those that a contact is in."""

    contact_id: str
    segments: list[InSegmentOut]


@router.get(
    "/memberships/{path:contact_id}",
    response={200: MembershipsOut, 404: ProblemDetails},
    operation_id="getMemberships",
    summary="Which segments a contact is in",
)
def memberships(request: HttpRequest, contact_id: _Key) -> Told:
    """The segments of a contact as they are published, from memory."""
    user = user_of(request)
    profile = readable_contact(user, contact_id)
    found = sorted(segments_with(user, profile.contact_id).segments, key=lambda each: each.segment.key)
    told = [
        {"id": str(each.segment.id), "segment": each.segment.key, "name": each.segment.name, "since": each.since}
        for each in found
    ]
    return {"contact_id": profile.contact_id, "segments": told}
