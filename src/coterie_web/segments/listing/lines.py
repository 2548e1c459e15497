"""The lines of one page of the list, with all that is shown of each segment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from coterie_web.accounts.models import User
from coterie_web.segments.growth import Growth
from coterie_web.segments.listing.facts import Facts
from coterie_web.segments.listing.rows import Row
from coterie_web.segments.models import Segment
from coterie_web.segments.queries import visible_segments

__all__ = ["Line", "lines_of"]

_NOT_SHOWN = ("definition", "pinned", "members")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A segment as the list shows it."""

    segment: Segment
    words: str
    members: int | None
    evaluated: datetime | None
    uses: int | None
    growth: Growth | None


def lines_of(rows: Sequence[Row], user: User, facts: Facts, uses: Mapping[str, int]) -> Iterator[Line]:
    """The rows of a page, in their order. One that was deleted since they were read is left out."""
    seen = visible_segments(user).select_related(None).select_related("owner").defer(*_NOT_SHOWN)
    segments = seen.in_bulk([row.id for row in rows])
    for row in rows:
        segment = segments.get(UUID(row.id))
        if segment is not None:
            yield Line(
                segment=segment,
                words=_words(segment),
                members=facts.members(row),
                evaluated=facts.evaluated(row),
                uses=uses.get(row.key),
                growth=facts.growth(row),
            )


def _words(segment: Segment) -> str:
    """What stands below the name: what is wrong, else what the segment says, else what people wrote of it."""
    if segment.problems:
        kept = " The last good members are kept." if segment.is_live else ""
        return f"{segment.problems[0]['message']}{kept}"
    return segment.wording or segment.description
