"""Segments as plain data: what of them, of their members above all, one person sees."""

from __future__ import annotations

from collections.abc import Mapping

from coterie import Membership, Published
from coterie.engine.plain_answers import problem_as_json
from coterie_web.accounts.models import User
from coterie_web.catalogs.engine import engine
from coterie_web.segments.files import listed, with_listed
from coterie_web.segments.models import Segment
from coterie_web.segments.queries import visible_contacts, visible_part
from coterie_web.segments.sight import warnings_of

__all__ = ["Telling"]

Told = dict[str, object]


class Telling:
    """Tells one person of segments, as they are published at one moment."""

    def __init__(self, user: User) -> None:
        self._user = user
        self._visible: Membership | None = visible_contacts(user)
        self._published: Mapping[str, Published] = engine().published

    def summary(self, segment: Segment) -> Told:
        """What a list tells of a segment."""
        published = self._published.get(segment.key) if segment.is_live else None
        version = segment.live_version
        return {
            "id": segment.id,
            "key": segment.key,
            "name": segment.name,
            "type": segment.type,
            "status": segment.status,
            "scope": segment.scope,
            "owner": {"id": segment.owner.id, "name": segment.owner.name},
            "tags": segment.tags,
            "stopped_at": segment.stopped_at,
            "changed_at": segment.changed_at,
            "live_version": None if version is None else version.number,
            "members": None if published is None else len(visible_part(published.members, self._visible)),
            "as_of": None if published is None else published.as_of,
        }

    def whole(self, segment: Segment) -> Told:
        """All of a segment."""
        published = self._published.get(segment.key) if segment.is_live else None
        is_static = segment.type == Segment.Type.STATIC
        return self.summary(segment) | {
            "description": segment.description,
            "time_zone": segment.time_zone,
            "external_source": segment.external_source,
            "external_url": segment.external_url,
            "wording": segment.wording,
            "definition": segment.definition,
            "pinned": {side: listed(keys, self._visible) for side, keys in segment.pinned.items()},
            "chosen": listed(segment.members, self._visible) if is_static else None,
            "changed_since_live": segment.changed_since_live,
            "problems": [{"line": None, **problem} for problem in segment.problems],
            "warnings": [problem_as_json(warning) for warning in warnings_of(segment, user=self._user)],
            "created_at": segment.created_at,
            "data_version": None if published is None else published.data_version,
            "next_evaluation": None if published is None else published.next_evaluation,
        }

    def content(self, content: Mapping[str, object]) -> Told:
        """What a version keeps, with the contacts that the person sees."""
        return with_listed(content, self._visible)
