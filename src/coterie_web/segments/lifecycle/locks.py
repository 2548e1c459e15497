"""Which parts of a segment may be changed in which status: a pure table.

A draft that was never live is open. Of a stopped one only who belongs may be changed, so that what others know of it
stays true; of a live one only while it is edited. Tags are notes of who works with segments, not parts of one: always.
"""

from __future__ import annotations

from collections.abc import Collection

from coterie_web.segments.models import Segment

__all__ = ["CONTENT", "DETAILS", "TAGS", "open_parts", "why_locked"]

CONTENT = "content"
"""The definition with its pinned contacts, or the chosen members."""

TAGS = "tags"

_WORDS = {"time_zone": "time zone", "external_source": "external source", "external_url": "address there"}

DETAILS = frozenset({"name", "description", "time_zone", "scope", "owner", "external_source", "external_url"})


def open_parts(segment: Segment) -> frozenset[str]:
    """What may be changed now; the type and the key never."""
    if segment.status == Segment.Status.EDITING:
        return frozenset({CONTENT, TAGS})
    if segment.status != Segment.Status.DRAFT:
        return frozenset({TAGS})
    return frozenset({CONTENT, TAGS} if segment.stopped_at is not None else {CONTENT, TAGS, *DETAILS})


def why_locked(segment: Segment, parts: Collection[str]) -> str | None:
    """Why not all of these parts may be changed now; None: they may."""
    locked = sorted(set(parts) - open_parts(segment))
    if not locked:
        return None
    status = segment.status_words.lower()
    if CONTENT in locked:
        return f"{segment.name} is {status}, and served as it is. Press Edit first."
    what = "this stays" if len(locked) == 1 else "these stay"
    names = ", ".join(_WORDS.get(part, part) for part in locked)
    return f"While {segment.name} is {status}, {what} as it was when it went live: {names}. Duplicate it to begin anew."
