"""Any definition, checked, described, counted, listed and explained."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TypedDict

from django.http import HttpRequest
from ninja import Router

from coterie import Cancellation, Membership
from coterie.engine.plain_answers import (
    Json,
    breakdown_as_json,
    count_as_json,
    explanation_as_json,
    problem_as_json,
)
from coterie_web.accounts.requests import user_of
from coterie_web.catalogs.contact_rows import row_as_json
from coterie_web.catalogs.engine import engine
from coterie_web.rest.asking import READING
from coterie_web.rest.problems import ProblemDetails
from coterie_web.segments.evaluating.asking import bounded, files_for
from coterie_web.segments.evaluating.bodies import (
    BreakdownOut,
    CountOut,
    DefinitionIn,
    DescribedOut,
    ExplainIn,
    ExplanationOut,
    FoundMembersIn,
    FoundMembersOut,
    Question,
    ValidatedOut,
)
from coterie_web.segments.files import SegmentFile
from coterie_web.segments.queries import visible_contacts
from coterie_web.ui.clock import now

__all__ = ["router"]

router = Router(tags=["evaluate"], auth=READING)

_SLOW = {503: ProblemDetails}


class _Asked(TypedDict):
    """What is the same of every question."""

    as_of: datetime
    time_zone: str | None
    segments: Mapping[str, SegmentFile]
    within: Membership | None
    cancellation: Cancellation


@contextmanager
def _asking(request: HttpRequest, body: Question) -> Iterator[_Asked]:
    """A question of whoever sends it: about the contacts whom they see, given up when its time is over.

    The moment asked about is to the millisecond, so that what is answered can be asked again.
    """
    user, moment = user_of(request), body.as_of or now()
    with bounded(body.timeout) as cancellation:
        yield _Asked(
            as_of=moment.replace(microsecond=moment.microsecond // 1_000 * 1_000),
            time_zone=body.time_zone,
            segments=files_for(user, body.definition, pause=cancellation.check),
            within=visible_contacts(user),
            cancellation=cancellation,
        )


@router.post(
    "/evaluate/validate",
    response={200: ValidatedOut, **_SLOW},
    operation_id="validate",
    summary="Check a definition",
)
def validate(request: HttpRequest, body: DefinitionIn) -> dict[str, object]:
    """Every problem of a definition, with its place, its line and a hint. That there are some is no failure."""
    with bounded(body.timeout) as cancellation:
        files = files_for(user_of(request), body.definition, pause=cancellation.check)
        problems = engine().validate(body.definition, segments=files, cancellation=cancellation)
    return {"valid": not problems, "problems": list(map(problem_as_json, problems))}


@router.post(
    "/evaluate/describe",
    response={200: DescribedOut, **_SLOW},
    operation_id="describe",
    summary="Describe a definition",
)
def describe(request: HttpRequest, body: DefinitionIn) -> dict[str, str]:
    """Whom a definition means, in plain English."""
    with bounded(body.timeout) as cancellation:
        return {"wording": engine().describe(body.definition, cancellation=cancellation)}


@router.post("/evaluate/count", response={200: CountOut, **_SLOW}, operation_id="count", summary="Count members")
def count(request: HttpRequest, body: Question) -> Json:
    """How many contacts a definition means, exactly. 503 (`took_too_long`) where that takes too long."""
    with _asking(request, body) as asked:
        total = engine().count(body.definition, **asked)
    return count_as_json(total, asked["as_of"])


@router.post(
    "/evaluate/breakdown", response={200: BreakdownOut, **_SLOW}, operation_id="breakdown", summary="Count every part"
)
def breakdown(request: HttpRequest, body: Question) -> Json:
    """How many each step, block, group and condition means, and how many are left after each step."""
    with _asking(request, body) as asked:
        counts = engine().breakdown(body.definition, **asked)
    return breakdown_as_json(counts, asked["as_of"])


@router.post(
    "/evaluate/explain",
    response={200: ExplanationOut, 404: ProblemDetails, **_SLOW},
    operation_id="explain",
    summary="Say why a contact is in or out",
)
def explain(request: HttpRequest, body: ExplainIn) -> Json:
    """Each condition, the rows that decided it, and when time alone changes the answer."""
    with _asking(request, body) as asked:
        reasons = engine().explain(body.definition, body.contact_id, **asked)
    return explanation_as_json(reasons, asked["as_of"])


@router.post(
    "/evaluate/members", response={200: FoundMembersOut, **_SLOW}, operation_id="members", summary="List members"
)
def members(request: HttpRequest, body: FoundMembersIn) -> Json:
    """Whom a definition means, page by page. Each page is found anew, on the data as they are then."""
    with _asking(request, body) as asked:
        found = engine().members(body.definition, **asked)
    page = engine().contacts(
        found,
        columns=body.columns,
        search=body.search,
        sort=body.sort,
        descending=body.descending,
        after=body.after,
        limit=body.limit,
    )
    rows: list[Json] = [row_as_json(row) for row in page.contacts]
    return {"as_of": asked["as_of"].isoformat(), "total": page.total, "items": rows, "next": page.next}
