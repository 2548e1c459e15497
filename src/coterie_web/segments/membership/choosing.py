"""Adding and removing members of a static segment by hand, by query or from a file: done once, and recorded."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from coterie import Membership
from coterie_web.accounts.history import record
from coterie_web.accounts.models import User
from coterie_web.segments.lifecycle.holding import hold, subject, who_may_change
from coterie_web.segments.membership.by_hand import clean_keys, contacts_with, in_scope
from coterie_web.segments.models import HandMark, Segment
from coterie_web.segments.queries import may_change, visible_contacts, visible_part
from coterie_web.ui.refusals import NotNow, demand

__all__ = [
    "Added",
    "How",
    "add_members",
    "demand_open",
    "demand_room",
    "is_open",
    "remove_members",
    "why_closed",
    "write_members",
]

How = HandMark.How

_MOST_MEMBERS = 2_000_000
_MARKS_AT_ONCE = 10_000
_NAMED = 20
_PUSHED = "pushed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """What adding did. `refused` are no contacts in the segment's scope whom the person sees."""

    added: int
    already: int
    refused: int


def is_open(segment: Segment, user: User) -> bool:
    """Whether this person may change the members of the draft now."""
    return why_closed(segment) is None and may_change(user, segment)


def why_closed(segment: Segment) -> str | None:
    """Why members may not be changed by hand as things are, and what to do; None: they may."""
    if segment.type != Segment.Type.STATIC:
        return f"{segment.name} is dynamic: its definition says who belongs. Change that, or pin contacts to it."
    if segment.external_source:
        return f"{segment.name} is filled by {segment.external_source}. Change its members there."
    if not segment.is_editable:
        return f"{segment.name} is {segment.status_words.lower()}, and served as it is. Press Edit first."
    return None


def demand_open(segment: Segment, user: User) -> None:
    """Go on only where this person may change the members now. Raises NotAllowed and NotNow (`locked`)."""
    demand(may_change(user, segment), who_may_change(segment))
    closed = why_closed(segment)
    if closed is not None:
        raise NotNow("locked", closed)


@transaction.atomic
def add_members(
    segment: Segment, chosen: Membership | Collection[str], *, how: How, acting_user: User, now: datetime
) -> Added:
    """Add contacts to the draft; adding twice is one member. Who is out of scope, or not seen, is refused.

    Raises NotAllowed and NotNow (`locked`, `too_many_members`).
    """
    held = _held(segment, acting_user)
    asked, wanted = (
        (len(chosen), chosen) if isinstance(chosen, Membership) else (len(set(chosen)), contacts_with(chosen))
    )
    possible = visible_part(visible_part(wanted, in_scope(held)), visible_contacts(acting_user))
    members = set(held.members)
    new = [key for key in possible if key not in members]
    demand_room(len(members) + len(new))
    result = Added(added=len(new), already=len(possible) - len(new), refused=asked - len(possible))
    if new:
        held.members = [*held.members, *new]
        write_members(held, new, is_added=True, how=how, acting_user=acting_user, now=now)
    return result


@transaction.atomic
def remove_members(
    segment: Segment, chosen: Membership | Collection[str], *, how: How, acting_user: User, now: datetime
) -> int:
    """Take contacts out of the draft; how many. No query adds them again. Who is not seen stays.

    Raises NotAllowed and NotNow (`locked`).
    """
    held = _held(segment, acting_user)
    visible = visible_contacts(acting_user)
    seen = chosen if visible is None else visible_part(_membership(chosen), visible)
    keys = set(clean_keys(seen))
    gone = [key for key in held.members if key in keys]
    if gone:
        held.members = [key for key in held.members if key not in keys]
        write_members(held, gone, is_added=False, how=how, acting_user=acting_user, now=now)
    return len(gone)


def demand_room(count: int) -> None:
    """Go on only where a static segment may have so many members. Raises NotNow (`too_many_members`)."""
    if count > _MOST_MEMBERS:
        raise NotNow("too_many_members", f"A static segment has at most {_MOST_MEMBERS:,} members. Nobody was added.")


def _membership(chosen: Membership | Collection[str]) -> Membership:
    return chosen if isinstance(chosen, Membership) else contacts_with(chosen)


def _held(segment: Segment, acting_user: User) -> Segment:
    """The segment as it is now, which nobody else changes until the end of this transaction."""
    held = hold(segment, acting_user=acting_user)
    demand_open(held, acting_user)
    return held


def write_members(
    held: Segment, keys: list[str], *, is_added: bool, how: How | None, acting_user: User, now: datetime
) -> None:
    """Save the members, what was done with each of these contacts, and the history.

    `how` is None where another system says who they are: perhaps a million, every day, so that nothing is kept one by
    one.
    """
    held.changed_at = now
    held.changed_since_live = held.status == Segment.Status.EDITING
    held.save(update_fields=["members", "changed_at", "changed_since_live"])
    if how is not None:
        HandMark.objects.bulk_create(
            _marks(held, keys, is_added=is_added, how=how, acting_user=acting_user, now=now),
            batch_size=_MARKS_AT_ONCE,
            update_conflicts=True,
            unique_fields=["segment", "contact_id"],
            update_fields=["is_added", "how", "at", "by_name"],
        )
    deed = "added members" if is_added else "removed members"
    details: dict[str, object] = {
        "how": _PUSHED if how is None else how.value,
        "count": len(keys),
        "contacts": keys[:_NAMED],
    }
    record(deed, of=subject(held), acting_user=acting_user, now=now, details=details)


def _marks(
    held: Segment, keys: list[str], *, is_added: bool, how: How, acting_user: User, now: datetime
) -> Iterable[HandMark]:
    for key in keys:
        yield HandMark(segment=held, contact_id=key, is_added=is_added, how=how, at=now, by_name=acting_user.name)
