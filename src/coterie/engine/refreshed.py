"""What keeping segments current answers: what a refresh did, what is published, and how each segment stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from coterie.errors import Problem
from coterie.membership import Membership
from coterie.snapshot import Cause

__all__ = [
    "Delta",
    "DeltaPart",
    "Entered",
    "Happening",
    "LogLine",
    "PlannedSegment",
    "Published",
    "Refresh",
    "RefreshPlan",
    "SegmentState",
    "SegmentStatus",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeltaPart:
    """Who entered and who left for one cause: `data`, `time` or `definition`."""

    cause: Cause
    entered: Membership
    left: Membership


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta:
    """Who entered a segment and who left it with one publication; `parts` by cause."""

    entered: Membership
    left: Membership
    parts: tuple[DeltaPart, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """Since when members of a segment are in: the moments (UTC) as of which they last entered, by contact, in `at`.

    Who is in and left out there entered before the moment `before`: it lies beyond what is kept, or so many changes ago
    that nobody looked. Where even that is not known it is None.
    """

    at: Mapping[str, datetime]
    before: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refresh:
    """What a refresh did. All that is live stands at one `data_version` and one `as_of`.

    `deltas` are of the segments whose members changed. `failed` says why a segment could not be evaluated: it keeps its
    last good members, and so do those `held` because they refer to it. `may_recover` are those of the failed whose
    files are in order: every refresh tries them again. `next_evaluation` is the next instant at which time alone can
    change an answer, None where there is none. `evaluated_in_full` counts the conditions that were evaluated for
    everybody; `seconds` is what finding the members took, `publishing_seconds` what keeping them did.
    """

    publication: int
    data_version: int
    as_of: datetime
    deltas: Mapping[str, Delta]
    failed: Mapping[str, tuple[Problem, ...]]
    held: frozenset[str]
    may_recover: frozenset[str]
    next_evaluation: datetime | None
    evaluated_in_full: int
    seconds: float
    publishing_seconds: float


class Happening(StrEnum):
    """What a refresh would do to a segment: begin to keep it, go on with its file edited or as it is, or end it.

    One that `fails` would keep its last good members, if it has any.
    """

    STARTS = "starts"
    EDITED = "edited"
    UNCHANGED = "unchanged"
    STOPS = "stops"
    FAILS = "fails"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedSegment:
    """What a refresh would do to one segment, exactly.

    `before` and `after` are its members as published now and then; None where it is not live, or never could be
    evaluated. `entered` and `left` are what the refresh would log: of a segment that was stopped and starts again,
    since then; of one that stops, nobody leaves, for its last snapshot stays to be looked at (rule 30).
    """

    key: str
    name: str
    happens: Happening
    before: Membership | None
    after: Membership | None
    entered: Membership
    left: Membership
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshPlan:
    """What a refresh would do to each segment, in the order of their keys. Nothing of it was done."""

    data_version: int
    as_of: datetime
    segments: Mapping[str, PlannedSegment]

    @property
    def is_empty(self) -> bool:
        """Whether every segment would go on with its file and its members as they are; one that fails does not."""
        return all(
            planned.happens is Happening.UNCHANGED and not planned.entered and not planned.left
            for planned in self.segments.values()
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A segment as it is published: an immutable snapshot (rule 29).

    Where it could not be evaluated, `problems` say why, and all else is of its last good snapshot. `checksum` is
    described in docs/snapshot-format.md. `contact_id in published` asks for one contact.
    """

    key: str
    name: str
    definition_version: int
    publication: int
    data_version: int
    as_of: datetime
    members: Membership
    count: int
    checksum: int
    next_evaluation: datetime | None
    problems: tuple[Problem, ...] = ()

    def __contains__(self, contact_id: object) -> bool:
        return contact_id in self.members


class SegmentState(StrEnum):
    """Live and current; or failing: held at its last good members, if it had any since it was last started."""

    LIVE = "live"
    FAILING = "failing"


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentStatus:
    """How a segment stands. `count`, `data_version` and `as_of` are None where nothing is published of it.

    That is so where it could not be evaluated since it was last started.

    `behind` is the number of data versions that its members do not heed yet. `seconds` is what its conditions took in
    the last refresh, those that it shares with others included.
    """

    key: str
    name: str
    state: SegmentState
    count: int | None
    data_version: int | None
    behind: int
    as_of: datetime | None
    next_evaluation: datetime | None
    problems: tuple[Problem, ...]
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """Who entered and left a segment with one publication, for one cause."""

    publication: int
    as_of: datetime
    data_version: int
    definition_version: int
    cause: Cause
    entered: Membership
    left: Membership
