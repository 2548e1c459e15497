"""The two sides of a comparison: versions, and the draft."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from coterie import Membership
from coterie_web.segments.exporting import yaml_of
from coterie_web.segments.files import SegmentFile, content_of_draft, with_listed
from coterie_web.segments.models import Segment, SegmentVersion

__all__ = ["DRAFT", "Side", "Sides", "sides_of"]

DRAFT = "draft"
"""How addresses call what is worked on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What is compared: the name that the address has for it, its words, its text and what it says."""

    name: str
    words: str
    text: str
    wording: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """All that may be compared, the oldest first, the draft last."""

    all: tuple[Side, ...]

    def asked(self, before: str, after: str) -> tuple[Side, Side]:
        """The sides that the address names; where it names none, the last one and the one before."""
        named = {side.name: side for side in self.all}
        last = named.get(after, self.all[-1])
        return named.get(before, self.all[max(self.all.index(last) - 1, 0)]), last


def sides_of(segment: Segment, versions: Sequence[SegmentVersion], visible: Membership | None) -> Sides:
    """The versions, and the draft where people may work on it, for somebody who sees these contacts."""
    told = [(str(version.number), version.content, version.wording) for version in reversed(versions)]
    if segment.is_editable or not told:
        told.append((DRAFT, content_of_draft(segment), segment.wording))
    return Sides(all=tuple(_side(segment, name, with_listed(content, visible), words) for name, content, words in told))


def _side(segment: Segment, name: str, content: SegmentFile, wording: str) -> Side:
    words = f"Version {name}" if name != DRAFT else "The edit" if segment.is_live else "The draft"
    whole: SegmentFile = {"coterie": 1, "segment": segment.key, "name": segment.name, "type": segment.type, **content}
    lines = yaml_of(whole).splitlines()
    told = next((place for place, line in enumerate(lines) if line.startswith(("definition", "members", "pinned"))), 0)
    return Side(name=name, words=words, text="\n".join(lines[told:]), wording=wording)
