"""Segments as code: what the files of a folder would do, and doing it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from django.http import HttpRequest
from ninja import Field, Router, Schema
from pydantic import ConfigDict

from coterie import Happening
from coterie.engine.plain_answers import Json, problem_as_json
from coterie_web.accounts.permissions import may_make_segments
from coterie_web.accounts.requests import user_of
from coterie_web.rest.asking import READING, WRITING
from coterie_web.rest.problems import Flaw, ProblemDetails
from coterie_web.segments.as_code.applying import Deed, applied_warnings, apply_files
from coterie_web.segments.as_code.files import read_files
from coterie_web.segments.as_code.planning import plan_files
from coterie_web.segments.evaluating.bodies import SubjectIn
from coterie_web.ui.clock import now
from coterie_web.ui.refusals import demand

__all__ = ["router"]

router = Router(tags=["as code"])


class FilesIn(Schema):
    """Segment files. With `stop_missing`, your own live segments that have none are stopped."""

    model_config = ConfigDict(extra="forbid")

    segments: Annotated[list[SubjectIn], Field(max_length=10_000)]
    stop_missing: bool = False


class PlannedOut(Schema):
    """What would happen to a segment; figures are of the contacts that you see."""

    segment: str
    name: str
    happens: Happening
    before: int | None
    after: int | None
    entered: int
    left: int
    problems: list[Flaw]


class PlanOut(Schema):
    """What applying the files would do: to their segments, and to others that would change by that."""

    as_of: datetime
    data_version: int
    changes: bool
    segments: list[PlannedOut]


class AppliedOut(Schema):
    """What was done to each segment, by key. The worker serves it from its next refresh on.

    `warnings` keep from nothing: their author should know of them.
    """

    done: dict[str, Deed]
    warnings: list[Flaw]


@router.post("/plan", auth=READING, response=PlanOut, operation_id="plan", summary="See what files would do")
def plan(request: HttpRequest, body: FilesIn) -> Json:
    """Who would enter and leave which segment, exactly. Nothing is changed."""
    user = user_of(request)
    demand(may_make_segments(user), "Viewers look at segments; marketers make them.")
    files = read_files(body.segments, acting_user=user)
    return plan_files(files, stop_missing=body.stop_missing, user=user, now=now())


@router.post(
    "/apply",
    auth=WRITING,
    response={200: AppliedOut, 409: ProblemDetails},
    operation_id="apply",
    summary="Make segments what files say",
)
def apply(request: HttpRequest, body: FilesIn) -> dict[str, object]:
    """Make the segments of the files, or change them, and take them live: all of them, or none."""
    user = user_of(request)
    demand(may_make_segments(user), "Viewers look at segments; marketers make them.")
    files = read_files(body.segments, acting_user=user)
    done = apply_files(files, stop_missing=body.stop_missing, acting_user=user, now=now())
    return {"done": done, "warnings": list(map(problem_as_json, applied_warnings(files, user)))}
