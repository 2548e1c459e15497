"""From draft to live and back, over the API."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Router, Schema
from pydantic import ConfigDict

from coterie import Problem
from coterie_web.accounts.requests import user_of
from coterie_web.rest.asking import READING, WRITING
from coterie_web.rest.moments import Moment
from coterie_web.rest.problems import ProblemDetails, RefusedRequest
from coterie_web.segments import lifecycle
from coterie_web.segments.lifecycle.dry_run import Move, dry_run_of
from coterie_web.segments.queries import readable_segment
from coterie_web.segments.resource.bodies import SegmentOut
from coterie_web.segments.resource.telling import Telling
from coterie_web.ui.clock import now
from coterie_web.ui.refusals import NotNow

__all__ = ["router"]

router = Router(tags=["lifecycle"], auth=WRITING)

_ANSWERS = {200: SegmentOut, 404: ProblemDetails, 409: ProblemDetails}

Told = dict[str, object]


@router.post(
    "/segments/{uuid:segment_id}/go-live", response=_ANSWERS, operation_id="goLive", summary="Take a draft live"
)
def go_live(request: HttpRequest, segment_id: UUID) -> Told:
    """Publish a draft: `going_live` until the worker has found its members. 422 with all that keeps it from that."""
    user = user_of(request)
    segment = readable_segment(user, segment_id)
    _refuse(lifecycle.go_live(segment, acting_user=user, now=now()))
    return Telling(user).whole(readable_segment(user, segment_id))


@router.post("/segments/{uuid:segment_id}/edit", response=_ANSWERS, operation_id="edit", summary="Begin an edit")
def edit(request: HttpRequest, segment_id: UUID) -> Told:
    """Begin to edit a live segment, whose served version serves on."""
    user = user_of(request)
    lifecycle.edit(readable_segment(user, segment_id), acting_user=user, now=now())
    return Telling(user).whole(readable_segment(user, segment_id))


@router.post("/segments/{uuid:segment_id}/discard", response=_ANSWERS, operation_id="discard", summary="Drop an edit")
def discard(request: HttpRequest, segment_id: UUID) -> Told:
    """Drop the edit of a live segment."""
    user = user_of(request)
    lifecycle.discard(readable_segment(user, segment_id), acting_user=user, now=now())
    return Telling(user).whole(readable_segment(user, segment_id))


class PublishIn(Schema):
    """Why, and what was looked at: an edit that was changed after `reviewed` (its `changed_at`) is not published."""

    model_config = ConfigDict(extra="forbid")

    note: str = Field("", max_length=500)
    reviewed: Moment | None = None


@router.post(
    "/segments/{uuid:segment_id}/publish", response=_ANSWERS, operation_id="publish", summary="Publish an edit"
)
def publish(request: HttpRequest, segment_id: UUID, body: PublishIn) -> Told:
    """Let the edit take the place of the version that is served. 422 with all that keeps it from that."""
    user = user_of(request)
    segment = readable_segment(user, segment_id)
    _refuse(lifecycle.publish(segment, acting_user=user, now=now(), note=body.note, reviewed=body.reviewed))
    return Telling(user).whole(readable_segment(user, segment_id))


@router.post("/segments/{uuid:segment_id}/stop", response=_ANSWERS, operation_id="stop", summary="Stop a segment")
def stop(request: HttpRequest, segment_id: UUID) -> Told:
    """Put a live segment back to draft. 409 where a live segment refers to it."""
    user = user_of(request)
    lifecycle.stop(readable_segment(user, segment_id), acting_user=user, now=now())
    return Telling(user).whole(readable_segment(user, segment_id))


class MoveOut(Schema):
    """Who would enter and leave a segment, of the contacts that you see."""

    segment: str
    before: int
    after: int
    entered: int
    left: int


class DryRunOut(Schema):
    """What publishing the edit would do to the segment, and to those that refer to it. Nothing was done.

    `reviewed` is to be passed to publish, so that nothing else is published. `broken` are segments that could not be
    evaluated any more.
    """

    data_version: int
    as_of: datetime
    reviewed: str
    move: MoveOut
    felt: list[MoveOut]
    broken: list[str]


@router.get(
    "/segments/{uuid:segment_id}/dry-run",
    auth=READING,
    response={200: DryRunOut, 404: ProblemDetails, 409: ProblemDetails},
    operation_id="dryRun",
    summary="See what publishing would do",
)
def dry_run(request: HttpRequest, segment_id: UUID) -> Told:
    """Who would enter and leave if the edit were published now."""
    user = user_of(request)
    segment = readable_segment(user, segment_id)
    if segment.status != segment.Status.EDITING:
        raise NotNow("not_editing", f"{segment.name} is {segment.status_words.lower()}: there is no edit to publish.")
    _refuse(lifecycle.check(segment, acting_user=user))
    found = dry_run_of(segment, user, now=now())
    return {
        "data_version": found.data_version,
        "as_of": found.as_of,
        "reviewed": segment.changed_at.isoformat(),
        "move": _move(found.move),
        "felt": [_move(move) for move in found.felt],
        "broken": list(found.broken),
    }


def _move(move: Move) -> Told:
    figures = {name: getattr(move, name) for name in ("before", "after", "entered", "left")}
    return {"segment": move.segment.key, **figures}


def _refuse(problems: list[Problem]) -> None:
    if problems:
        raise RefusedRequest(HTTPStatus.UNPROCESSABLE_ENTITY, *problems)
