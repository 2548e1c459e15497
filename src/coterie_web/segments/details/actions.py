"""Changing what is said of a segment, and giving it to another owner."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from coterie_web.accounts.history import record
from coterie_web.accounts.models import Role, User
from coterie_web.accounts.permissions import may_give_away_segments
from coterie_web.accounts.units import reach_of
from coterie_web.segments.details.values import cleaned
from coterie_web.segments.drafts import wording_of
from coterie_web.segments.lifecycle.holding import hold, subject
from coterie_web.segments.lifecycle.locks import why_locked
from coterie_web.segments.models import Segment
from coterie_web.ui.refusals import NotNow, demand

__all__ = ["change_details", "possible_owners", "transfer"]


@transaction.atomic
def change_details(segment: Segment, given: Mapping[str, object], *, acting_user: User, now: datetime) -> list[str]:
    """Change what is given and differs; which parts did. All of them, or none.

    Raises NotAllowed, NotNow (`locked`), and ValidationError by part.
    """
    held = hold(segment, acting_user=acting_user)
    kept = cleaned(given, owner=held.owner)
    changed = {part: value for part, value in kept.items() if getattr(held, part) != value}
    if not changed:
        return []
    _require_open(held, changed)
    for part, value in changed.items():
        setattr(held, part, value)
    held.wording, held.changed_at = wording_of(held), now
    held.save()
    record("changed details", of=subject(held), acting_user=acting_user, now=now, details={"parts": sorted(changed)})
    return sorted(changed)


@transaction.atomic
def transfer(segment: Segment, owner: User, *, acting_user: User, now: datetime) -> None:
    """Give a segment to another owner: a manager's deed.

    Raises NotAllowed and NotNow (`locked`, `no_such_owner`, `scope`).
    """
    held = hold(segment, acting_user=acting_user)
    demand(may_give_away_segments(acting_user), "Managers give segments to other owners. Ask one of them.")
    if held.owner_id == owner.id:
        return
    _require_open(held, {"owner"})
    if owner not in possible_owners(acting_user):
        raise NotNow("no_such_owner", "The new owner must make segments, and belong to your unit or one below it.")
    if held.scope == Segment.Scope.BUSINESS_UNIT and owner.unit is None:
        raise NotNow(
            "scope", f"{owner.name} belongs to no business unit, and the segment is of its owner's. Change that."
        )
    before = held.owner.name
    held.owner, held.changed_at = owner, now
    held.wording = wording_of(held)
    held.save()
    details: dict[str, object] = {"from": before, "to": owner.name}
    record("changed owner", of=subject(held), acting_user=acting_user, now=now, details=details)


def possible_owners(user: User) -> list[User]:
    """To whom the person may give segments: who makes some, in their unit or below it."""
    people = User.objects.filter(is_active=True).exclude(role=Role.VIEWER).select_related("unit")
    reach = reach_of(user)
    return list(people if reach.below is None else people.filter(unit__in=reach.below))


def _require_open(held: Segment, parts: Mapping[str, object] | set[str]) -> None:
    reason = why_locked(held, set(parts))
    if reason is not None:
        raise NotNow("locked", reason)
