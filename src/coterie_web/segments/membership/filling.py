"""Members of a static segment given as lists of keys: by a program, or by the other system that fills an external one.

What another system says needs no review: where the segment is live, it is served at once. Saying the same again changes
nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from coterie import DefinitionError
from coterie_web.accounts.models import User
from coterie_web.segments.lifecycle.checking import check
from coterie_web.segments.lifecycle.holding import hold
from coterie_web.segments.lifecycle.publishing import serve
from coterie_web.segments.membership.by_hand import clean_keys, contacts_with, in_scope
from coterie_web.segments.membership.choosing import How, demand_room, why_closed, write_members
from coterie_web.segments.models import Segment
from coterie_web.segments.queries import visible_contacts, visible_part
from coterie_web.segments.waking import hold_live_set
from coterie_web.ui.refusals import NotNow

__all__ = ["Filled", "Keys", "fill", "put_members"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """Who is to be a member, and who not any more; None: all whom `add` does not name."""

    add: Sequence[str]
    remove: Sequence[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What was done. `refused` are the keys of no contacts in the segment's scope whom the person sees."""

    added: int
    removed: int
    refused: tuple[str, ...]


@transaction.atomic
def fill(segment: Segment, keys: Keys, *, acting_user: User, now: datetime) -> Filled:
    """Put keys into a static segment, and serve that where another system fills it and it is live.

    Raises NotAllowed, NotNow (`wrong_type`, `locked`, `too_many_members`), and DefinitionError where it cannot be
    served.
    """
    hold_live_set()
    held = hold(segment, acting_user=acting_user)
    if held.type != Segment.Type.STATIC:
        raise NotNow("wrong_type", f"{held.name} is dynamic: its definition says who belongs.")
    closed = None if held.external_source else why_closed(held)
    if closed is not None:
        raise NotNow("locked", closed)
    is_served_at_once = held.is_live and bool(held.external_source)
    if is_served_at_once:
        assert held.live_version is not None, "what is live is served in a version"
        # The other system speaks of what is served: an edit that is under way is overtaken.
        held.members = list(held.live_version.content["members"])
    filled = put_members(held, keys, acting_user=acting_user, now=now)
    if is_served_at_once and (filled.added or filled.removed):
        if problems := check(held, acting_user=acting_user):
            raise DefinitionError(*problems)
        serve(held, acting_user=acting_user, now=now, note=f"From {held.external_source}")
    return filled


def put_members(held: Segment, keys: Keys, *, acting_user: User, now: datetime) -> Filled:
    """Put keys into a draft that the transaction holds. Whom the person does not see stays. Raises NotNow."""
    visible = visible_contacts(acting_user)
    former, wanted = set(held.members), clean_keys(keys.add)
    possible = set(visible_part(visible_part(contacts_with(wanted), in_scope(held)), visible))
    new = [key for key in wanted if key in possible and key not in former]
    dropped = former - set(wanted) if keys.remove is None else set(clean_keys(keys.remove))
    gone = {key for key in held.members if key in dropped and (visible is None or key in visible)}
    demand_room(len(former) - len(gone) + len(new))
    held.members = [*(key for key in held.members if key not in gone), *new]
    how = None if held.external_source else How.BY_HAND
    for changed, is_added in ((sorted(gone), False), (new, True)):
        if changed:
            write_members(held, changed, is_added=is_added, how=how, acting_user=acting_user, now=now)
    # Who sees everything may go on to name a member who is no known contact any more.
    strangers = (key for key in wanted if key not in possible and (visible is not None or key not in former))
    blank = dict.fromkeys(key for key in keys.add if not clean_keys([key]))
    return Filled(added=len(new), removed=len(gone), refused=(*blank, *strangers))
