"""What stands above every tab of a segment: its name and status, what may be done with it, and what else there is."""

from __future__ import annotations

from coterie_web.accounts.models import User
from coterie_web.accounts.permissions import may_make_segments
from coterie_web.segments.lifecycle.commands import Standing, commands_for
from coterie_web.segments.lifecycle.holding import who_may_change
from coterie_web.segments.lifecycle.stopping import why_not_stopped
from coterie_web.segments.models import Segment
from coterie_web.segments.queries import may_change, newest_snapshot, visible_count
from coterie_web.segments.references import users_seen_by

__all__ = ["heading"]


def heading(segment: Segment, user: User, *, tab: str) -> dict[str, object]:
    """The context of `segments/segment.html`, which the templates of all tabs extend."""
    is_theirs = may_change(user, segment)
    in_use = why_not_stopped(segment, user=user) if segment.is_live else None
    standing = Standing(
        refusal=None if is_theirs else who_may_change(segment),
        may_make=may_make_segments(user),
        in_use=in_use,
    )
    return {
        "segment": segment,
        "tab": tab,
        "may_change": is_theirs,
        "bar": commands_for(segment, standing),
        "member_count": _members(segment, user),
        "use_count": 0 if segment.is_live and in_use is None else users_seen_by(user, segment.key),
    }


def _members(segment: Segment, user: User) -> int | None:
    """How many members the person sees; of a stopped segment, of its last ones. None where there never were any."""
    published = newest_snapshot(segment)
    return None if published is None else visible_count(published, user)
