"""What applying files would do, exactly, as far as one person sees it. Nothing is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from coterie import Happening, Membership, PlannedSegment, Problem
from coterie.engine.plain_answers import Json, problem_as_json
from coterie_web.accounts.models import User
from coterie_web.catalogs.engine import engine
from coterie_web.catalogs.precedence import waiting_for_the_worker
from coterie_web.segments.as_code.applying import missing
from coterie_web.segments.as_code.files import SentFile
from coterie_web.segments.files import SegmentFile
from coterie_web.segments.lifecycle.settling import HELD
from coterie_web.segments.models import Segment
from coterie_web.segments.queries import live_files, visible_contacts, visible_part, visible_segments
from coterie_web.segments.starting.creating import require_free

__all__ = ["plan_files"]


def plan_files(files: Sequence[SentFile], *, stop_missing: bool, user: User, now: datetime) -> Json:
    """Who would enter and leave which segment, in the form of `coterie plan --json`.

    Raises ValidationError (`key_taken`), as applying would.
    """
    visible_keys = set(visible_segments(user).values_list("key", flat=True))
    for file in files:
        if file.key not in visible_keys:
            require_free(file.key)
    gone = {segment.key for segment in missing(files, user)} if stop_missing else set()
    wanted = {key: file for key, file in live_files().items() if key not in gone}
    wanted |= {file.key: _as_served(file, user) for file in files}
    with waiting_for_the_worker():
        plan = engine().plan(wanted, as_of=now)
    visible = visible_contacts(user)
    concerned = {file.key for file in files} | gone
    seen = concerned | visible_keys
    told = [_told(each, visible) for each in plan.segments.values() if each.key in seen]
    shown = [each for each in told if each["segment"] in concerned or _changes(each)]
    return {
        "as_of": plan.as_of.isoformat(),
        "data_version": plan.data_version,
        "changes": any(map(_changes, shown)),
        "segments": [*shown],
    }


def _as_served(file: SentFile, user: User) -> SegmentFile:
    """The file as it would be served: of a business unit, of that of its owner."""
    owner = Segment.objects.select_related("owner__unit").filter(key=file.key).first()
    unit = user.unit if owner is None else owner.owner.unit
    served = {name: value for name, value in file.plain.items() if name != "business_unit"}
    return served if unit is None or served.get("scope") != "business_unit" else {**served, "business_unit": unit.key}


def _told(planned: PlannedSegment, visible: Membership | None) -> dict[str, Json]:
    def size(members: Membership | None) -> int | None:
        return None if members is None else len(visible_part(members, visible))

    problems = planned.problems if visible is None else map(_without_whose, planned.problems)
    return {
        "segment": planned.key,
        "name": planned.name,
        "happens": planned.happens.value,
        "before": size(planned.before),
        "after": size(planned.after),
        "entered": size(planned.entered),
        "left": size(planned.left),
        "problems": list(map(problem_as_json, problems)),
    }


def _without_whose(problem: Problem) -> Problem:
    """What is told of a problem to who may not see the segment that has it."""
    return replace(HELD, path=problem.path) if problem.code == HELD.code else problem


def _changes(told: dict[str, Json]) -> bool:
    return told["happens"] != Happening.UNCHANGED.value or bool(told["entered"]) or bool(told["left"])
