"""The test clock, where the server was started with one: tests tell the time, and see what time does."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus

from django.http import Http404, HttpRequest
from ninja import Router, Schema
from pydantic import ConfigDict

from coterie.errors import Problem
from coterie_web.accounts.models import Role
from coterie_web.accounts.requests import user_of
from coterie_web.catalogs.engine import engine
from coterie_web.catalogs.precedence import waiting_for_the_worker
from coterie_web.catalogs.waking import wake
from coterie_web.rest.asking import READING, WRITING
from coterie_web.rest.moments import Moment
from coterie_web.rest.problems import ProblemDetails, RefusedRequest
from coterie_web.ui.clock import TestClock, test_clock
from coterie_web.ui.refusals import NotNow, demand
from coterie_web.worker.progress import wait_until_done

__all__ = ["router"]

router = Router(tags=["clock"])

_LONGEST = 60.0
"""Seconds that an advance may take until all that it makes due is done."""


class ClockOut(Schema):
    """What time it is, by the test clock; and the version of the data that is published."""

    now: datetime
    data_version: int


class AdvanceIn(Schema):
    """The moment to go on to; the present one does what is due by now."""

    model_config = ConfigDict(extra="forbid")

    now: Moment


@router.get(
    "/clock", auth=READING, response={200: ClockOut, 404: ProblemDetails}, operation_id="getClock", summary="Test clock"
)
def clock(request: HttpRequest) -> dict[str, object]:
    """What time it is. 404 where the server was started without `--test-clock`."""
    return _told(_clock())


@router.post(
    "/clock",
    auth=WRITING,
    response={200: ClockOut, 404: ProblemDetails, 409: ProblemDetails, 503: ProblemDetails},
    operation_id="advanceClock",
    summary="Advance the test clock",
)
def advance(request: HttpRequest, body: AdvanceIn) -> dict[str, object]:
    """Let time go on, apply the records that wait, refresh what is due, and answer when that is done."""
    standing = _clock()
    user = user_of(request)
    demand(user.at_least(Role.ADMINISTRATOR) and user.unit_id is None, "Administrators advance the clock.")
    if not standing.advance(body.now):
        raise NotNow("clock_goes_on", f"It is {standing.now().isoformat()} already, and time never goes back.")
    wake()
    with waiting_for_the_worker():
        is_done = wait_until_done(seconds=_LONGEST)
    if not is_done:
        message, hint = "The worker is not done yet.", "Advance to the same moment again."
        problem = Problem(code="took_too_long", path="", message=message, hint=hint)
        raise RefusedRequest(HTTPStatus.SERVICE_UNAVAILABLE, problem)
    return _told(standing)


def _clock() -> TestClock:
    standing = test_clock()
    if standing is None:
        raise Http404
    return standing


def _told(standing: TestClock) -> dict[str, object]:
    return {"now": standing.now(), "data_version": engine().data_version}
