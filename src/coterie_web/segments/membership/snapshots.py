"""Which members a page shows: those of one snapshot, whole or the part that a person sees."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from coterie import Membership, Problem, Published, QuestionError
from coterie_web.catalogs.engine import engine
from coterie_web.segments.membership.keep import Keep
from coterie_web.segments.models import Segment
from coterie_web.segments.queries import newest_snapshot, visible_part

__all__ = ["Kind", "Shown", "SnapshotMark", "mark_of", "newest", "shown_at", "shown_by_mark"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)

_snapshots: Keep[tuple[str, int], Published] = Keep(most=512, weight=50_000_000)
"""Snapshots that somebody looks at, weighed by their members: their pages go on showing them."""


class Kind(StrEnum):
    """What the members are: current; the last good ones of a segment in error, or last ones of a stopped one; or past.

    Superseded ones are those that somebody began to look at before they changed.
    """

    CURRENT = "current"
    FAILING = "failing"
    STOPPED = "stopped"
    SUPERSEDED = "superseded"
    PAST = "past"


@dataclass(frozen=True, slots=True)
class SnapshotMark:
    """Names a snapshot in an address: the publication, and the moment as of which it was made."""

    publication: int
    as_of: datetime

    def __str__(self) -> str:
        return f"{self.publication}-{(self.as_of - _EPOCH) // _MS}"


def mark_of(text: str) -> SnapshotMark | None:
    """The snapshot that an address names; None where it names none."""
    publication, _, as_of = text.partition("-")
    if not all(part.isascii() and part.isdecimal() and len(part) < 15 for part in (publication, as_of)):
        return None
    return SnapshotMark(int(publication), _EPOCH + int(as_of) * _MS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Members as a page shows them: the part of a snapshot that a person sees. Facts that are not known are None."""

    kind: Kind
    members: Membership
    as_of: datetime
    mark: SnapshotMark | None = None
    data_version: int | None = None
    next_evaluation: datetime | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def count(self) -> int:
        return len(self.members)


def newest(segment: Segment, visible: Membership | None) -> Shown | None:
    """The members that are published or, of a segment that was stopped, last were; None where there are none yet.

    They are kept for who goes on to their next page.
    """
    published = newest_snapshot(segment)
    if published is None:
        return None
    _snapshots.put((segment.key, published.publication), published, weight=published.count)
    return _shown(published, visible, _kind(segment, published))


def shown_by_mark(segment: Segment, mark: SnapshotMark, visible: Membership | None) -> Shown | None:
    """The members of a snapshot that was shown before; None where it is kept no more.

    It is the current one still where nobody entered or left since.
    """
    current = newest(segment, visible)
    kept = _snapshots.get((segment.key, mark.publication))
    if current is not None and kept is not None:
        former = _shown(kept, visible, Kind.SUPERSEDED)
        return current if former.members == current.members else former
    past = None if current is None else shown_at(segment, mark.as_of, visible)
    if past is None or current is None or past.members == current.members:
        return None if past is None else current
    return Shown(kind=Kind.SUPERSEDED, members=past.members, as_of=mark.as_of, mark=mark)


def shown_at(segment: Segment, moment: datetime, visible: Membership | None) -> Shown | None:
    """The members that were published at a past moment; None where the segment was not live then, or none are kept."""
    if segment.live_version_id is None:
        return None
    try:
        members = engine().members_at(segment.key, moment)
    except QuestionError as error:
        if error.problems[0].code != "unknown_segment":
            raise
        return None
    return Shown(kind=Kind.PAST, members=visible_part(members, visible), as_of=moment)


def _kind(segment: Segment, published: Published) -> Kind:
    if not segment.is_live:
        return Kind.STOPPED
    return Kind.FAILING if published.problems else Kind.CURRENT


def _shown(published: Published, visible: Membership | None, kind: Kind) -> Shown:
    return Shown(
        kind=kind,
        members=visible_part(published.members, visible),
        as_of=published.as_of,
        mark=SnapshotMark(published.publication, published.as_of),
        data_version=published.data_version,
        next_evaluation=published.next_evaluation,
        problems=published.problems,
    )
