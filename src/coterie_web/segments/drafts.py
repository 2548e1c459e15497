"""Putting other content into a draft as a whole: from a version, a template, a file."""

from __future__ import annotations

from datetime import datetime

from coterie import CoterieError
from coterie_web.catalogs.engine import engine
from coterie_web.segments.files import SegmentFile, content_of_draft, draft_file
from coterie_web.segments.models import Segment

__all__ = ["load_content", "wording_of"]


def load_content(segment: Segment, content: SegmentFile, *, now: datetime) -> None:
    """Let the draft say this, as a version keeps it: a definition and pins, or members. It is saved by who calls.

    The designer takes it for a step of its own, from which undo leads back.
    """
    if segment.type == Segment.Type.STATIC:
        segment.members = content.get("members", [])
    else:
        segment.definition, segment.pinned = content.get("definition"), content.get("pinned", {})
    served = segment.live_version
    segment.changed_since_live = served is not None and content_of_draft(segment) != served.content
    segment.wording, segment.changed_at = wording_of(segment), now


def wording_of(segment: Segment) -> str:
    """The draft in plain English; empty while it is incomplete."""
    try:
        return engine().describe(draft_file(segment))
    except CoterieError:
        return ""
