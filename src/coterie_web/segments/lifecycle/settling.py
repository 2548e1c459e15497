"""What the worker says of live segments after a refresh."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q

from coterie import Problem, Refresh
from coterie_web.segments.models import LIVE_STATUSES, Segment

__all__ = ["HELD", "settle"]

_Status = Segment.Status

HELD = Problem(
    code="segment_failed",
    path="",
    message="A segment that this one refers to could not be evaluated, so that this one is held at its last members.",
    hint="Mend the other: see Related.",
)
"""Says which one to nobody: not all who read it see that."""


@transaction.atomic
def settle(refresh: Refresh, revision_versions: dict[str, int]) -> None:
    """Say of each segment how it stands after a refresh of these versions: live, or in error with its problems.

    One that was changed meanwhile is left to the next refresh. It runs after every refresh, so it looks only at those
    of which there may be something to say: that are not simply live, or fail now.
    """
    failing = {*refresh.failed, *refresh.held}
    unsettled = Segment.objects.filter(Q(status__in=LIVE_STATUSES - {_Status.LIVE}) | Q(key__in=failing))
    rows = unsettled.values_list("id", "key", "status", "problems", "live_version_id", "live_version__number")
    for identity, key, status, said, version_id, number in rows:
        if status not in LIVE_STATUSES or revision_versions.get(key) != number:
            continue
        problems = [_as_json(problem) for problem in refresh.failed.get(key, ())] or _held(key, refresh)
        then = _settled(_Status(status), is_failing=key in failing)
        if (then, problems) != (status, said):
            guarded = Segment.objects.filter(id=identity, status=status, live_version_id=version_id)
            guarded.update(status=then, problems=problems)


def _settled(status: Segment.Status, *, is_failing: bool) -> Segment.Status:
    """An edit of a failing segment stays an edit, so that it can be mended; its problems are said beside it."""
    if status == _Status.EDITING:
        return status
    return _Status.ERROR if is_failing else _Status.LIVE


def _held(key: str, refresh: Refresh) -> list[dict[str, str]]:
    """Why a segment with nothing wrong itself is not refreshed: one that it refers to fails (rule 31)."""
    if key not in refresh.held:
        return []
    return [_as_json(HELD)]


def _as_json(problem: Problem) -> dict[str, str]:
    return {"code": problem.code, "path": problem.path, "message": problem.message, "hint": problem.hint}
