"""Making segments: each a draft with its first history entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from coterie_web.accounts.history import record
from coterie_web.accounts.models import User
from coterie_web.accounts.permissions import may_make_segments
from coterie_web.segments.details.values import cleaned
from coterie_web.segments.drafts import load_content
from coterie_web.segments.files import SegmentFile, content_of_draft
from coterie_web.segments.lifecycle.holding import subject
from coterie_web.segments.models import Segment
from coterie_web.segments.starting.naming import free_key, is_key, is_taken
from coterie_web.segments.waking import hold_live_set
from coterie_web.ui.refusals import demand

__all__ = ["Beginning", "create_segment", "duplicate", "require_free"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """As what a segment begins. Without a key it gets one made of its name."""

    type: str
    details: Mapping[str, object]
    """Its name, and perhaps description, time_zone, scope, tags, external_source and external_url."""
    key: str = ""
    content: SegmentFile = field(default_factory=dict)
    template: str = ""


@transaction.atomic
def create_segment(beginning: Beginning, *, acting_user: User, now: datetime) -> Segment:
    """A new draft of the person's own. Raises NotAllowed, and ValidationError by part."""
    demand(may_make_segments(acting_user), "Viewers look at segments; marketers make them.")
    hold_live_set()  # so that of two who want one key, one gets it
    kept = cleaned({"name": "", **beginning.details}, owner=acting_user)
    segment = Segment(
        type=_type(beginning.type),
        key=_key(beginning.key, str(kept["name"])),
        owner=acting_user,
        template=beginning.template,
        created_at=now,
        changed_at=now,
        **kept,
    )
    load_content(segment, beginning.content, now=now)
    segment.save()
    record("created", of=subject(segment), acting_user=acting_user, now=now, details={"key": segment.key})
    return segment


def duplicate(segment: Segment, *, acting_user: User, now: datetime) -> Segment:
    """A draft of the person's own that says what the other's draft says. Raises NotAllowed."""
    scope = segment.scope if acting_user.unit is not None else Segment.Scope.ORGANIZATION
    details = {
        "name": f"Copy of {segment.name}"[:300],
        "description": segment.description,
        "time_zone": segment.time_zone,
        "scope": scope,
        "tags": segment.tags,
    }
    beginning = Beginning(type=segment.type, details=details, content=content_of_draft(segment))
    return create_segment(beginning, acting_user=acting_user, now=now)


def _type(asked: str) -> str:
    if asked not in Segment.Type.values:
        raise ValidationError({"type": ValidationError("A segment is dynamic or static.", "invalid_value")})
    return asked


def _key(asked: str, name: str) -> str:
    if not asked:
        return free_key(name)
    if not is_key(asked):
        message = "A key is made of lower-case letters, digits and hyphens."
        raise ValidationError({"key": ValidationError(message, "invalid_value")})
    require_free(asked)
    return asked


def require_free(key: str) -> None:
    """Go on only where no segment has or had the key. Raises ValidationError."""
    if is_taken(key):
        message = f"Another segment has or had the key {key}. Choose another, or leave it empty."
        raise ValidationError({"key": ValidationError(message, "key_taken")})
