"""Segments over the API: listed and read."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from coterie_web.accounts.models import User
from coterie_web.accounts.requests import user_of
from coterie_web.rest.asking import READING
from coterie_web.rest.paging import Page, cursor, place_of
from coterie_web.rest.problems import ProblemDetails
from coterie_web.segments.models import Segment
from coterie_web.segments.queries import readable_segment, visible_segments
from coterie_web.segments.resource.bodies import SegmentOut, SummaryOut
from coterie_web.segments.resource.telling import Telling

__all__ = ["router"]

router = Router(tags=["segments"])


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


def _whole(user: User, segment_id: UUID) -> dict[str, object]:
    return Telling(user).whole(readable_segment(user, segment_id))
