"""Members of a segment, read and put in, who entered and left, and how segments stand, over the API."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from itertools import islice
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema
from pydantic import ConfigDict, model_validator

from coterie import Cause, Entered, LogLine, Membership, Problem, SegmentState, SegmentStatus
from coterie.engine.plain_answers import Json
from coterie.engine.plain_currency import status_as_json
from coterie_web.accounts.models import User
from coterie_web.accounts.requests import user_of
from coterie_web.catalogs.contact_rows import ContactOut, row_as_json
from coterie_web.catalogs.engine import engine
from coterie_web.ingest.set_aside import set_aside_count
from coterie_web.ingest.waiting import waiting, why_it_stands_still
from coterie_web.rest.asking import READING, WRITING
from coterie_web.rest.moments import Moment
from coterie_web.rest.paging import cursor, place_of
from coterie_web.rest.problems import Flaw, ProblemDetails, RefusedRequest
from coterie_web.segments.lifecycle.settling import HELD
from coterie_web.segments.membership.by_hand import clean_keys
from coterie_web.segments.membership.filling import Keys, fill
from coterie_web.segments.membership.snapshots import Kind, Shown, mark_of, newest, shown_at, shown_by_mark
from coterie_web.segments.models import LIVE_STATUSES, Segment
from coterie_web.segments.queries import readable_segment, visible_contacts, visible_part, visible_segments
from coterie_web.ui.clock import now
from coterie_web.ui.refusals import NotNow

__all__ = ["router"]

router = Router(tags=["members"], auth=READING)

_MOST_NAMED = 1_000


# --- members ---------------------------------------------------------------------------------------------------------


class _MembersAsked(Schema):
    """Which members, and how they are told."""

    at: Moment | None = Field(None, description="A past moment; without it, those that are published now.")
    columns: list[str] = Field([], max_length=100)
    search: str | None = Field(None, max_length=300)
    sort: str | None = Field(None, max_length=200, description="An attribute, `name` or `key`.")
    descending: bool = False
    after: str | None = Field(None, max_length=10_000, description="`next` of the page before: of the same snapshot.")
    limit: int = Field(50, ge=1, le=1_000)


class MemberOut(ContactOut):
    """A member, and since when it is one; null where that is longer ago than was looked back (`since_before`)."""

    since: datetime | None


class MembersOut(Schema):
    """A page of members of one snapshot, of those that you see. `total` is how many match in all.

    Members without `since` entered before `since_before`.
    """

    segment: str
    kind: Kind
    as_of: datetime
    data_version: int | None
    next_evaluation: datetime | None
    total: int
    since_before: datetime | None
    items: list[MemberOut]
    next: str | None


@router.get(
    "/segments/{uuid:segment_id}/members",
    response={200: MembersOut, 404: ProblemDetails, 409: ProblemDetails, 410: ProblemDetails},
    operation_id="listMembers",
    summary="List members",
)
def members(request: HttpRequest, segment_id: UUID, asked: Query[_MembersAsked]) -> dict[str, object]:
    """The published members, page by page; all pages are of the snapshot with which the first began."""
    user = user_of(request)
    segment, visible = readable_segment(user, segment_id), visible_contacts(user)
    shown, after = _snapshot(segment, asked, visible)
    page = engine().contacts(
        shown.members,
        columns=asked.columns,
        search=asked.search,
        sort=asked.sort,
        descending=asked.descending,
        after=after,
        limit=asked.limit,
    )
    since = _since(segment, shown, [row.contact_id for row in page.contacts])
    return {
        "segment": segment.key,
        "kind": shown.kind,
        "as_of": shown.as_of,
        "data_version": shown.data_version,
        "next_evaluation": shown.next_evaluation,
        "total": page.total,
        "since_before": since.before,
        "items": [{**row_as_json(row), "since": since.at.get(row.contact_id)} for row in page.contacts],
        "next": None if page.next is None else cursor([str(shown.mark or ""), page.next]),
    }


def _snapshot(segment: Segment, asked: _MembersAsked, visible: Membership | None) -> tuple[Shown, str | None]:
    """The snapshot that is meant, and the place in it. Raises NotNow and RefusedRequest."""
    mark, after = ("", None) if asked.after is None else place_of(asked.after, [str, str])
    if asked.at is not None:
        shown = shown_at(segment, asked.at, visible)
        why = f"Nothing that was published of {segment.key!r} at that moment is kept."
    elif mark:
        found = mark_of(str(mark))
        shown = None if found is None else shown_by_mark(segment, found, visible)
        why = "The snapshot of these pages is not kept any more. Begin anew, without `after`."
    else:
        shown, why = newest(segment, visible), ""
    if shown is not None:
        return shown, None if after is None else str(after)
    if why:
        raise RefusedRequest(HTTPStatus.GONE, Problem(code="snapshot_gone", path="query", message=why))
    if segment.is_live:
        raise NotNow("not_published", f"{segment.name} goes live: it has no members yet. Ask again in a moment.")
    raise NotNow("never_live", f"{segment.name} never was live: it has no members yet.")


def _since(segment: Segment, shown: Shown, keys: Sequence[str]) -> Entered:
    is_published = shown.kind in {Kind.CURRENT, Kind.FAILING} and segment.key in engine().published
    return engine().entered(segment.key, keys) if is_published and keys else Entered(at={}, before=None)


# --- members put in --------------------------------------------------------------------------------------------------

_Keys = Annotated[list[Annotated[str, Field(max_length=1_000)]], Field(max_length=1_000_000)]


class MembersIn(Schema):
    """Who shall be in, by key: just those in `members`, or besides those who are, `add`, and not `remove`."""

    model_config = ConfigDict(extra="forbid")

    members: _Keys | None = None
    add: _Keys = Field(default_factory=list)
    remove: _Keys = Field(default_factory=list)

    @model_validator(mode="after")
    def _says_one_thing(self) -> MembersIn:
        if self.members is not None and (self.add or self.remove):
            raise ValueError("give members, or add and remove, not both")
        if not set(clean_keys(self.add)).isdisjoint(clean_keys(self.remove)):
            raise ValueError("a contact cannot be added and removed at once")
        return self


class FilledOut(Schema):
    """What was done. `refused` are no contacts in the segment's scope whom you see; at most 1,000 are named."""

    segment: str
    added: int
    removed: int
    refused: int
    refused_contacts: list[str]


@router.put(
    "/segments/{uuid:segment_id}/members",
    auth=WRITING,
    response={200: FilledOut, 404: ProblemDetails, 409: ProblemDetails},
    operation_id="putMembers",
    summary="Fill a static segment",
)
def put(request: HttpRequest, segment_id: UUID, body: MembersIn) -> dict[str, object]:
    """Let a static segment have these members. Sending the same again changes nothing.

    A segment with an external source may be live: then it is served so from the next refresh on. Others are filled as
    drafts, or while they are edited. Members whom you do not see stay.
    """
    user = user_of(request)
    segment = readable_segment(user, segment_id)
    keys = Keys(add=body.add, remove=body.remove) if body.members is None else Keys(add=body.members, remove=None)
    filled = fill(segment, keys, acting_user=user, now=now())
    return {
        "segment": segment.key,
        "added": filled.added,
        "removed": filled.removed,
        "refused": len(filled.refused),
        "refused_contacts": filled.refused[:_MOST_NAMED],
    }


# --- who entered and left --------------------------------------------------------------------------------------------


class LineOut(Schema):
    """Who entered and left with one publication, for one cause, of those that you see; at most 1,000 are named."""

    publication: int
    as_of: datetime
    data_version: int
    definition_version: int
    cause: Cause
    entered: int
    left: int
    entered_contacts: list[str] | None
    left_contacts: list[str] | None


class LogOut(Schema):
    """Changes, the newest first. `next` is passed as `before`; null where nothing older is kept."""

    segment: str
    log: list[LineOut]
    next: int | None


class _LogAsked(Schema):
    since: Moment | None = None
    before: int | None = Field(None, ge=0, lt=1 << 62)
    limit: int = Field(50, ge=1, le=1_000)
    contacts: bool = Field(False, description="Name the contacts, besides counting them.")


@router.get(
    "/segments/{uuid:segment_id}/log",
    response={200: LogOut, 404: ProblemDetails},
    operation_id="getLog",
    summary="Who entered and left",
)
def log(request: HttpRequest, segment_id: UUID, asked: Query[_LogAsked]) -> dict[str, object]:
    """Who entered a segment and who left it, and whether data, time or an edit was the cause."""
    user = user_of(request)
    segment, visible = readable_segment(user, segment_id), visible_contacts(user)
    if segment.live_version is None:
        return {"segment": segment.key, "log": [], "next": None}
    lines = engine().changes_of(segment.key, since=asked.since, before=asked.before, limit=asked.limit + len(Cause))
    shown, following = _whole(lines, asked.limit)
    told = [_line(line, visible, named=asked.contacts) for line in shown]
    seen = [line for line in told if line["entered"] or line["left"]]
    return {"segment": segment.key, "log": seen, "next": following}


def _whole(lines: Sequence[LogLine], limit: int) -> tuple[Sequence[LogLine], int | None]:
    """About `limit` lines, so that those of one publication stay together, and the publication to go on behind."""
    if len(lines) <= limit:
        return lines, None
    cut = lines[limit].publication
    kept = [line for line in lines[:limit] if line.publication != cut]
    kept = kept or [line for line in lines if line.publication == cut]
    return kept, kept[-1].publication


def _line(line: LogLine, visible: Membership | None, *, named: bool) -> dict[str, object]:
    entered, left = visible_part(line.entered, visible), visible_part(line.left, visible)
    return {
        "publication": line.publication,
        "as_of": line.as_of,
        "data_version": line.data_version,
        "definition_version": line.definition_version,
        "cause": line.cause,
        "entered": len(entered),
        "left": len(left),
        "entered_contacts": list(islice(entered, _MOST_NAMED)) if named else None,
        "left_contacts": list(islice(left, _MOST_NAMED)) if named else None,
    }


# --- how they stand --------------------------------------------------------------------------------------------------


class StatusOut(Schema):
    """How a live segment stands: `behind` counts versions of the data that its members do not heed yet."""

    segment: str
    name: str
    state: SegmentState
    members: int | None
    data_version: int | None
    behind: int
    as_of: datetime | None
    lag_seconds: float | None
    next_evaluation: datetime | None
    cost_ms: float | None
    problems: list[Flaw]


class InboxOut(Schema):
    """How records arrive: how many wait, why they cannot be applied, and how many were set aside one by one."""

    waiting_records: int
    waiting_since: datetime | None
    problem: str | None
    set_aside_records: int


class StatusesOut(Schema):
    """How the live segments that you see stand now."""

    now: datetime
    segments: list[StatusOut]


class StatusOfAllOut(StatusesOut):
    """The same of all, and of the inbox: null for who sees one unit only."""

    inbox: InboxOut | None


@router.get("/status", response=StatusOfAllOut, operation_id="getStatus", summary="How live segments stand")
def status(request: HttpRequest) -> dict[str, object]:
    """Of each live segment its members, its lag, when it is evaluated next, and why it could not be; and the inbox."""
    user = user_of(request)
    live = visible_segments(user).filter(status__in=LIVE_STATUSES)
    standing = _standing(list(live.values_list("key", flat=True)), user)
    return {**standing, "inbox": None if user.unit_id is not None else _inbox()}


def _inbox() -> dict[str, object]:
    found = waiting()
    return {
        "waiting_records": found.records,
        "waiting_since": found.since,
        "problem": why_it_stands_still() or None,
        "set_aside_records": set_aside_count(),
    }


@router.get(
    "/segments/{uuid:segment_id}/status",
    response={200: StatusesOut, 404: ProblemDetails},
    operation_id="getSegmentStatus",
    summary="How a segment stands",
)
def segment_status(request: HttpRequest, segment_id: UUID) -> dict[str, Json]:
    """The same of one segment; none is told of one that is not live."""
    user = user_of(request)
    return _standing([readable_segment(user, segment_id).key], user)


def _standing(keys: Sequence[str], user: User) -> dict[str, Json]:
    visible, published = visible_contacts(user), engine().published

    def seen(status: SegmentStatus) -> SegmentStatus:
        if visible is None:
            return status
        status = replace(status, problems=tuple(HELD if each.code == HELD.code else each for each in status.problems))
        if status.key not in published:
            return status
        return replace(status, count=len(visible_part(published[status.key].members, visible)))

    return status_as_json([seen(status) for status in engine().status(keys)], now())
