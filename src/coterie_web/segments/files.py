"""A segment as the segment file that the engine understands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from coterie import Membership
from coterie_web.segments.models import Segment

__all__ = ["content_of_draft", "draft_file", "listed", "live_file", "with_listed"]

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


def with_listed(content: Mapping[str, object], visible: Membership | None) -> SegmentFile:
    """A file, or what a version keeps, for somebody who sees these contacts: it lists no others."""
    told = dict(content)
    if isinstance(members := told.get("members"), list):
        told["members"] = listed(members, visible)
    if isinstance(pinned := told.get("pinned"), Mapping):
        told["pinned"] = {side: listed(keys, visible) for side, keys in pinned.items()}
    return told


def listed(keys: Iterable[str], visible: Membership | None) -> list[str]:
    """Those of these contacts whom somebody sees; of who sees everything also keys of nobody known."""
    return [*keys] if visible is None else [key for key in keys if key in visible]


def _file(segment: Segment, content: SegmentFile) -> SegmentFile:
    """The owner's unit is today's: when the owner moves, membership follows (rule 28)."""
    file: SegmentFile = {"coterie": 1, "segment": segment.key, "name": segment.name, "type": segment.type}
    if segment.time_zone:
        file["time_zone"] = segment.time_zone
    file["scope"] = segment.scope
    if segment.scope == Segment.Scope.BUSINESS_UNIT and segment.owner.unit is not None:
        file["business_unit"] = segment.owner.unit.key
    return {**file, **content}
