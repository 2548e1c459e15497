"""Segments that refer to one another, as one person sees them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from coterie_web.accounts.models import User
from coterie_web.segments.models import Segment
from coterie_web.segments.queries import visible_segments
from coterie_web.segments.references import draft_users_of, live_users_of, referred_keys

__all__ = ["Link", "links_from", "links_to"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A segment at the other end, and in which of its two forms the referring one names the other.

    `segment` is None for a key that names nothing the person sees.
    """

    key: str
    segment: Segment | None
    in_live: bool
    in_draft: bool


def links_from(segment: Segment, user: User) -> list[Link]:
    """The segments that it refers to, as it is served and as it is worked on."""
    version = segment.live_version
    live = referred_keys(version.content) if version is not None and segment.is_live else []
    draft = referred_keys({"definition": segment.definition}) if segment.is_editable else []
    keys = dict.fromkeys((*live, *draft))
    named = {other.key: other for other in visible_segments(user).filter(key__in=keys)}
    return [Link(key=key, segment=named.get(key), in_live=key in live, in_draft=key in draft) for key in keys]


def links_to(segment: Segment, user: User) -> list[Link]:
    """The segments that refer to it, as they are served or worked on, as far as the person sees them."""
    live, draft = _by_key(live_users_of(segment.key)), _by_key(draft_users_of(segment.key, user=user))
    seen = visible_segments(user).defer("definition", "live_version__content").filter(key__in={*live, *draft})
    return [
        Link(key=other.key, segment=other, in_live=other.key in live, in_draft=other.key in draft) for other in seen
    ]


def _by_key(segments: Iterable[Segment]) -> set[str]:
    return {segment.key for segment in segments}
