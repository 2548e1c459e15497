"""What a person may know of a contact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from django.http import Http404

from coterie import Profile, QuestionError, Timeline
from coterie.definition.phrases import label_of
from coterie_web.accounts.models import User
from coterie_web.catalogs.engine import engine
from coterie_web.segments.models import LIVE_STATUSES, Segment
from coterie_web.segments.queries import visible_contacts, visible_segments

__all__ = [
    "CheckableSegment",
    "CheckableSegments",
    "InSegment",
    "InSegments",
    "Kinds",
    "checkable_segments",
    "kinds_of",
    "readable_contact",
    "segments_with",
    "timeline_of",
]

_EVENTS = 25
_CHECKABLE = 50
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_TOLD = ("id", "key", "name", "type", "status", "external_source")
"""Of a segment that a contact is in, in the order of the model: there may be hundreds, of which few are made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InSegment:
    """A segment that a contact is in, and since when; None: longer than was looked back."""

    segment: Segment
    since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InSegments:
    """Segments that a contact is in, the last entered first; `total` is in how many."""

    segments: tuple[InSegment, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Kinds:
    """The kinds of interactions, with what they are called, and those that are chosen; none chosen: all are shown."""

    labels: Mapping[str, str]
    chosen: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckableSegment:
    """A live segment, and whether a contact is in as it is published; None: nothing is."""

    segment: Segment
    is_in: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckableSegments:
    """The first live segments that match, by name; `total` is how many do."""

    segments: tuple[CheckableSegment, ...]
    total: int


def readable_contact(user: User, key: str) -> Profile:
    """A contact whom the person sees. Who lies outside their units is answered exactly as who is not there."""
    try:
        return engine().profile(key, within=visible_contacts(user))
    except QuestionError as error:
        if error.problems[0].code != "unknown_contact":
            raise
        raise Http404 from None


def kinds_of(chosen: list[str]) -> Kinds:
    """All kinds of interactions; of those chosen, the ones that there are."""
    interactions = engine().catalog.interactions
    labels = {name: label_of(name, interactions) for name in interactions}
    return Kinds(labels, tuple(name for name in dict.fromkeys(chosen) if name in labels))


def timeline_of(key: str, *, before: datetime, after: str | None, kinds: Kinds) -> Timeline:
    """A page of what a contact did; a cursor that is none leads to the first."""
    chosen = kinds.chosen or None
    try:
        return engine().timeline(key, before=before, after=after, limit=_EVENTS, interactions=chosen)
    except QuestionError as error:
        match error.problems[0].code:
            case "unknown_contact":  # it was deleted a moment ago
                raise Http404 from None
            case "invalid_cursor":
                return engine().timeline(key, before=before, limit=_EVENTS, interactions=chosen)
            case _:
                raise


def segments_with(user: User, key: str, *, most: int | None = None) -> InSegments:
    """The segments that the person sees, of those that the contact is in; at most so many are told."""
    since = engine().entered_of(key)
    live = visible_segments(user).filter(key__in=engine().segments_of(key), status__in=LIVE_STATUSES)
    rows = live.select_related(None).values_list(*_TOLD)
    latest_first = sorted(rows, key=lambda row: since.get(row[1], _LONG_AGO), reverse=True)  # the others stay by name
    told = (Segment.from_db(live.db, _TOLD, row) for row in latest_first[:most])
    shown = tuple(InSegment(segment=each, since=since.get(each.key)) for each in told)
    return InSegments(segments=shown, total=len(latest_first))


def checkable_segments(user: User, key: str, *, search: str) -> CheckableSegments:
    """The live segments that the person sees whose names hold a text, and whether the contact is in."""
    live = visible_segments(user).filter(status__in=LIVE_STATUSES, name__icontains=search)
    inside, published = frozenset(engine().segments_of(key)), engine().published
    return CheckableSegments(
        segments=tuple(
            CheckableSegment(segment=each, is_in=each.key in inside if each.key in published else None)
            for each in live[:_CHECKABLE]
        ),
        total=live.count(),
    )
