"""What a refresh would do, told of an outcome that is dropped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pyroaring import BitMap

from coterie.engine.refreshed import Happening, PlannedSegment, RefreshPlan
from coterie.engine.view import View, moment_of
from coterie.membership import ContactDirectory, Membership
from coterie.refresh.live import LiveSegment
from coterie.refresh.refresher import Outcome

__all__ = ["refresh_plan"]


def refresh_plan(
    now: Mapping[str, LiveSegment],
    then: Mapping[str, LiveSegment],
    outcome: Outcome,
    view: View,
    directory: ContactDirectory,
) -> RefreshPlan:
    """What becomes of the segments that are live `now`, of which `view` is published, once those of `then` are."""
    return RefreshPlan(
        data_version=outcome.data_version,
        as_of=moment_of(outcome.as_of),
        segments={key: _planned(key, now, then, outcome, view, directory) for key in sorted({*now, *then})},
    )


def _planned(
    key: str,
    now: Mapping[str, LiveSegment],
    then: Mapping[str, LiveSegment],
    outcome: Outcome,
    view: View,
    directory: ContactDirectory,
) -> PlannedSegment:
    before = view[key].members if key in view else None
    changes = outcome.changes.get(key, ())
    after = before if key in then else None
    if key in outcome.members:
        after = Membership(outcome.members[key], directory)
    return PlannedSegment(
        key=key,
        name=(then if key in then else now)[key].segment.name,
        happens=_happening(key, now, then, outcome),
        before=before,
        after=after,
        entered=Membership(_joined(change.entered for change in changes), directory),
        left=Membership(_joined(change.left for change in changes), directory),
        problems=outcome.problems.get(key, ()),
    )


def _happening(
    key: str, now: Mapping[str, LiveSegment], then: Mapping[str, LiveSegment], outcome: Outcome
) -> Happening:
    if key not in then:
        return Happening.STOPS
    if key in outcome.problems:
        return Happening.FAILS
    if key not in now:
        return Happening.STARTS
    return Happening.UNCHANGED if now[key].version == then[key].version else Happening.EDITED


def _joined(parts: Iterable[BitMap]) -> BitMap:
    return BitMap.union(BitMap(), *parts)
