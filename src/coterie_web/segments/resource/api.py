"""Segments over the API: listed, made, read, changed, deleted."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status

from coterie_web.accounts.models import User
from coterie_web.accounts.requests import user_of
from coterie_web.rest.asking import READING, WRITING
from coterie_web.rest.paging import Page, cursor, place_of
from coterie_web.rest.problems import ProblemDetails
from coterie_web.segments.details.actions import change_details, transfer
from coterie_web.segments.lifecycle import delete as delete_segment
from coterie_web.segments.models import Segment
from coterie_web.segments.queries import readable_segment, visible_segments
from coterie_web.segments.resource.bodies import CreateIn, PatchIn, SegmentOut, SummaryOut
from coterie_web.segments.resource.changing import change_definition, change_members
from coterie_web.segments.resource.telling import Telling
from coterie_web.segments.starting.creating import Beginning, create_segment
from coterie_web.ui.clock import now

__all__ = ["router"]

router = Router(tags=["segments"])

_DETAILS = ("name", "description", "time_zone", "scope", "tags", "external_source", "external_url")
_REFUSED = {404: ProblemDetails, 409: ProblemDetails}


class _Filters(Schema):
    """Which segments are wanted, and which page of them."""

    q: str = Field("", max_length=300, description="A part of the name or the key.")
    key: str | None = Field(None, max_length=300)
    type: Segment.Type | None = None
    status: Segment.Status | None = None
    scope: Segment.Scope | None = None
    owner: UUID | None = None
    tag: str | None = Field(None, max_length=100)
    after: str | None = Field(None, max_length=2_000, description="`next` of the page before.")
    limit: int = Field(50, ge=1, le=1_000)


@router.get("/segments", auth=READING, response=Page[SummaryOut], operation_id="listSegments", summary="List segments")
def segments(request: HttpRequest, filters: Query[_Filters]) -> dict[str, object]:
    """The segments that you see, in the order of their keys."""
    user = user_of(request)
    found = _chosen(visible_segments(user), filters).order_by("key")
    if filters.after is not None:
        found = found.filter(key__gt=place_of(filters.after, [str])[0])
    page, telling = list(found[: filters.limit + 1]), Telling(user)
    shown = page[: filters.limit]
    following = cursor([shown[-1].key]) if len(page) > filters.limit else None
    return {"items": [telling.summary(segment) for segment in shown], "next": following}


def _chosen(found: QuerySet[Segment], filters: _Filters) -> QuerySet[Segment]:
    exact = {name: getattr(filters, name) for name in ("key", "type", "status", "scope", "owner")}
    found = found.filter(**{name: value for name, value in exact.items() if value is not None})
    if filters.q:
        found = found.filter(Q(name__icontains=filters.q) | Q(key__icontains=filters.q))
    if filters.tag is not None:
        tagged = [each for each, tags in found.values_list("id", "tags") if filters.tag in tags]
        found = found.filter(id__in=tagged)
    return found


@router.post(
    "/segments",
    auth=WRITING,
    response={201: SegmentOut, 409: ProblemDetails},
    operation_id="createSegment",
    summary="Make a segment",
)
def create(request: HttpRequest, body: CreateIn) -> Status[Any]:
    """A new draft, which is yours."""
    user, moment = user_of(request), now()
    with transaction.atomic():
        details = {name: value for name in _DETAILS if (value := getattr(body, name)) is not None}
        beginning = Beginning(type=body.type, key=body.key or "", details=details)
        segment = create_segment(beginning, acting_user=user, now=moment)
        _change_content(segment, body, user, moment)
    return Status(201, _whole(user, segment.id))


@router.get(
    "/segments/{uuid:segment_id}",
    auth=READING,
    response={200: SegmentOut, 404: ProblemDetails},
    operation_id="getSegment",
    summary="Read a segment",
)
def segment(request: HttpRequest, segment_id: UUID) -> dict[str, object]:
    """A segment with its draft, and how it stands."""
    return _whole(user_of(request), segment_id)


@router.patch(
    "/segments/{uuid:segment_id}",
    auth=WRITING,
    response={200: SegmentOut, **_REFUSED},
    operation_id="changeSegment",
    summary="Change a segment",
)
def change(request: HttpRequest, segment_id: UUID, body: PatchIn) -> dict[str, object]:
    """Change what is given, all of it or nothing.

    Of a live segment only its edit may be changed, of a stopped one only who belongs.
    """
    user, moment = user_of(request), now()
    held = readable_segment(user, segment_id)
    given = body.model_dump(exclude_unset=True)
    with transaction.atomic():
        details = {name: given[name] for name in _DETAILS if given.get(name) is not None}
        if details:
            change_details(held, details, acting_user=user, now=moment)
        _change_content(held, body, user, moment)
        if body.owner is not None:
            # Who is not there is refused in the words in which who may not have it is.
            owner = User.objects.select_related("unit").filter(id=body.owner).first() or User(id=body.owner)
            transfer(held, owner, acting_user=user, now=moment)
    return _whole(user, segment_id)


def _change_content(segment: Segment, body: CreateIn | PatchIn, user: User, moment: datetime) -> None:
    if body.definition is not None or body.pinned is not None:
        pinned = None if body.pinned is None else body.pinned.model_dump()
        change_definition(segment, definition=body.definition, pinned=pinned, acting_user=user, now=moment)
    if body.members is not None:
        change_members(segment, body.members, acting_user=user, now=moment)


@router.delete(
    "/segments/{uuid:segment_id}",
    auth=WRITING,
    response={204: None, **_REFUSED},
    operation_id="deleteSegment",
    summary="Delete a draft",
)
def delete(request: HttpRequest, segment_id: UUID, warned: bool = False) -> Status[None]:
    """Delete a draft with its versions. `warned`: even where other drafts refer to it."""
    user = user_of(request)
    delete_segment(readable_segment(user, segment_id), acting_user=user, now=now(), warned=warned)
    return Status(204, None)


def _whole(user: User, segment_id: UUID) -> dict[str, object]:
    return Telling(user).whole(readable_segment(user, segment_id))
