"""The versions of a segment over the API."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import Http404, HttpRequest
from ninja import Field, Path, Router, Schema

from coterie_web.accounts.requests import user_of
from coterie_web.rest.asking import READING, WRITING
from coterie_web.rest.paging import Page, cursor, place_of
from coterie_web.rest.problems import ProblemDetails
from coterie_web.segments.lifecycle import roll_back
from coterie_web.segments.models import SegmentVersion
from coterie_web.segments.queries import readable_segment
from coterie_web.segments.resource.bodies import SegmentOut
from coterie_web.segments.resource.telling import Telling
from coterie_web.ui.clock import now

__all__ = ["router"]

router = Router(tags=["versions"])

_Number = Annotated[int, Path(ge=1, lt=1 << 31)]


class VersionOut(Schema):
    """What a segment was from one moment on."""

    number: int
    wording: str
    note: str
    published_at: datetime
    published_by: str


class WholeVersionOut(VersionOut):
    """A version with its definition and pinned contacts, or its members; of contacts those that you see."""

    content: dict[str, Any]


@router.get(
    "/segments/{uuid:segment_id}/versions",
    auth=READING,
    response={200: Page[VersionOut], 404: ProblemDetails},
    operation_id="listVersions",
    summary="List versions",
)
def versions(
    request: HttpRequest,
    segment_id: UUID,
    after: Annotated[str | None, Field(max_length=2_000)] = None,
    limit: Annotated[int, Field(ge=1, le=1_000)] = 50,
) -> dict[str, object]:
    """All versions of a segment, the newest first."""
    found = readable_segment(user_of(request), segment_id).versions.order_by("-number")
    if after is not None:
        found = found.filter(number__lt=place_of(after, [int])[0])
    page = list(found[: limit + 1])
    following = cursor([page[limit - 1].number]) if len(page) > limit else None
    return {"items": [_version(each) for each in page[:limit]], "next": following}


@router.get(
    "/segments/{uuid:segment_id}/versions/{number}",
    auth=READING,
    response={200: WholeVersionOut, 404: ProblemDetails},
    operation_id="getVersion",
    summary="Read a version",
)
def version(request: HttpRequest, segment_id: UUID, number: _Number) -> dict[str, object]:
    """One version, with what it says."""
    user = user_of(request)
    found = readable_segment(user, segment_id).versions.filter(number=number).first()
    if found is None:
        raise Http404
    return {**_version(found), "content": Telling(user).content(found.content)}


@router.post(
    "/segments/{uuid:segment_id}/versions/{number}/load",
    auth=WRITING,
    response={200: SegmentOut, 404: ProblemDetails, 409: ProblemDetails},
    operation_id="loadVersion",
    summary="Load a version into the draft",
)
def load(request: HttpRequest, segment_id: UUID, number: _Number) -> dict[str, object]:
    """Let the draft say what a version said; of a live segment, an edit. Nothing is published by that."""
    user = user_of(request)
    roll_back(readable_segment(user, segment_id), number, acting_user=user, now=now())
    return Telling(user).whole(readable_segment(user, segment_id))


def _version(version: SegmentVersion) -> dict[str, object]:
    return {
        "number": version.number,
        "wording": version.wording,
        "note": version.note,
        "published_at": version.published_at,
        "published_by": version.published_by_name,
    }
