"""A segment as the segment file that the engine understands."""

from __future__ import annotations

from coterie_web.segments.models import Segment

__all__ = ["content_of_draft", "draft_file", "live_file"]

SegmentFile = dict[str, object]


def content_of_draft(segment: Segment) -> SegmentFile:
    """What a version keeps of the draft: a definition and pins, or members."""
    if segment.type == Segment.Type.STATIC:
        return {"members": segment.members}
    pinned = {name: keys for name, keys in segment.pinned.items() if keys}
    return {"definition": segment.definition or {"blocks": []}, **({"pinned": pinned} if pinned else {})}


def draft_file(segment: Segment) -> SegmentFile:
    """The segment file of what people work on."""
    return _file(segment, content_of_draft(segment))


def live_file(segment: Segment) -> SegmentFile:
    """The segment file of what is served."""
    assert segment.live_version is not None, "a live segment has a version"
    return _file(segment, segment.live_version.content)


def _file(segment: Segment, content: SegmentFile) -> SegmentFile:
    """The owner's unit is today's: when the owner moves, membership follows (rule 28)."""
    file: SegmentFile = {"coterie": 1, "segment": segment.key, "name": segment.name, "type": segment.type}
    if segment.time_zone:
        file["time_zone"] = segment.time_zone
    file["scope"] = segment.scope
    if segment.scope == Segment.Scope.BUSINESS_UNIT and segment.owner.unit is not None:
        file["business_unit"] = segment.owner.unit.key
    return {**file, **content}
