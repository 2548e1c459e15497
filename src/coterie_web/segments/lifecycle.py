"""Going live, stopping, and what the worker says of it: each a guarded change with its history entry."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from coterie import DefinitionError, Problem, Refresh
from coterie_web.accounts.history import record
from coterie_web.accounts.models import User
from coterie_web.catalogs.engine import engine
from coterie_web.segments.files import content_of_draft, draft_file
from coterie_web.segments.models import LIVE_STATUSES, Segment, SegmentVersion
from coterie_web.segments.queries import referable_files
from coterie_web.segments.waking import live_set_changed

__all__ = ["NotNow", "check", "go_live", "settle", "stop", "subject"]

_Status = Segment.Status


class NotNow(Exception):  # noqa: N818 - what it says to people: not now
    """An act that is not possible as things are; the message says why, and what to do."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


def subject(segment: Segment) -> tuple[str, str, str]:
    """How the history names a segment."""
    return "segment", str(segment.id), segment.name


def check(segment: Segment, *, acting_user: User) -> list[Problem]:
    """Everything that keeps the draft from going live."""
    try:
        return engine().validate(draft_file(segment), segments=referable_files(acting_user))
    except DefinitionError as error:
        return list(error.problems)


@transaction.atomic
def go_live(segment: Segment, *, acting_user: User, now: datetime) -> list[Problem]:
    """Publish the draft as a new version, which the worker takes live. Problems: what keeps it from that."""
    segment = Segment.objects.select_for_update().get(id=segment.id)
    problems = check(segment, acting_user=acting_user)
    if problems:
        return problems
    if segment.status not in {_Status.DRAFT, _Status.EDITING, _Status.ERROR}:
        raise NotNow("already_live", f"{segment.name} is {segment.status_words.lower()}.")
    segment.live_version = _new_version(segment, acting_user, now)
    segment.status = _Status.GOING_LIVE
    segment.changed_since_live, segment.stopped_at, segment.problems = False, None, []
    segment.changed_at = now
    segment.save()
    record(
        "went live",
        of=subject(segment),
        acting_user=acting_user,
        now=now,
        details={"version": segment.live_version.number},
    )
    live_set_changed()
    return []


def _new_version(segment: Segment, acting_user: User, now: datetime) -> SegmentVersion:
    content = content_of_draft(segment)
    last = segment.versions.first()
    return SegmentVersion.objects.create(
        segment=segment,
        number=1 if last is None else last.number + 1,
        content=content,
        wording=segment.wording,
        published_at=now,
        published_by=acting_user,
        published_by_name=acting_user.name,
    )


@transaction.atomic
def stop(segment: Segment, *, acting_user: User, now: datetime) -> None:
    """Put a live segment back to draft, marked stopped; its last members stay to be looked at (rule 30)."""
    segment = Segment.objects.select_for_update().get(id=segment.id)
    if segment.status not in LIVE_STATUSES:
        raise NotNow("not_live", f"{segment.name} is not live.")
    segment.status, segment.stopped_at, segment.changed_at = _Status.DRAFT, now, now
    segment.problems = []
    segment.save()
    record("stopped", of=subject(segment), acting_user=acting_user, now=now)
    live_set_changed()


@transaction.atomic
def settle(refresh: Refresh, revision_versions: dict[str, int]) -> None:
    """Say of each segment how it stands after a refresh of these versions: live, or in error with its problems.

    One that was changed meanwhile is left to the next refresh.
    """
    for segment in Segment.objects.filter(status__in=LIVE_STATUSES).select_related("live_version"):
        version = segment.live_version
        if version is None or revision_versions.get(segment.key) != version.number:
            continue
        problems = [_as_json(problem) for problem in refresh.failed.get(segment.key, ())]
        status = _settled(segment, is_failing=bool(problems) or segment.key in refresh.held)
        if status != segment.status or problems != segment.problems:
            guarded = Segment.objects.filter(id=segment.id, status=segment.status, live_version=version)
            guarded.update(status=status, problems=problems)


def _settled(segment: Segment, *, is_failing: bool) -> str:
    if is_failing:
        return _Status.ERROR
    return _Status.EDITING if segment.changed_since_live else _Status.LIVE


def _as_json(problem: Problem) -> dict[str, str]:
    return {"code": problem.code, "path": problem.path, "message": problem.message, "hint": problem.hint}
