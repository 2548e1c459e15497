"""How every deed on a segment begins: whether the person may, and that nobody else changes it meanwhile."""

from __future__ import annotations

from coterie_web.accounts.models import User
from coterie_web.segments.models import Segment
from coterie_web.segments.queries import may_change
from coterie_web.ui.refusals import NotNow, demand

__all__ = ["hold", "subject", "who_may_change"]


def subject(segment: Segment) -> tuple[str, str, str]:
    """How the history names a segment."""
    return "segment", str(segment.id), segment.name


def who_may_change(segment: Segment) -> str:
    """Who changes a segment, for those who do not."""
    owner = segment.owner
    managers = "managers" if owner.unit is None else f"managers of {owner.unit.name}"
    return f"{segment.name} is changed by its owner, {owner.name}, by {managers} and by administrators."


def hold(segment: Segment, *, acting_user: User) -> Segment:
    """The segment as it is now; nobody else changes it until this transaction ends.

    Raises NotAllowed, and NotNow (`gone`) where it was deleted meanwhile.
    """
    segments = Segment.objects.select_related("owner__unit", "live_version")
    held = segments.select_for_update(of=("self",)).filter(id=segment.id).first()
    if held is None:
        raise NotNow("gone", f"{segment.name} was deleted meanwhile.")
    demand(may_change(acting_user, held), who_may_change(held))
    return held
