"""What stands above every tab of a segment."""

from __future__ import annotations

from coterie_web.accounts.models import User
from coterie_web.segments.models import Segment
from coterie_web.segments.queries import may_change

__all__ = ["heading"]


def heading(segment: Segment, user: User, *, tab: str) -> dict[str, object]:
    """The context of `segments/segment.html`, which the templates of all tabs extend."""
    return {"segment": segment, "tab": tab, "may_change": may_change(user, segment)}
