"""The members of a static draft, chosen by hand: who they are, who may become one, and what was done with each."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from coterie import Membership, StaticSegment
from coterie.values.text import is_storable, normalize
from coterie_web.catalogs.engine import engine
from coterie_web.segments.membership.keep import Keep
from coterie_web.segments.models import HandMark, Segment
from coterie_web.segments.queries import visible_part
from coterie_web.ui.clock import now

__all__ = ["ByHand", "by_hand", "clean_keys", "contacts_with", "in_scope", "marks_of", "removed_from"]

_known: Keep[tuple[uuid.UUID, int, int], Membership] = Keep(most=64, weight=20_000_000)
"""The known contacts among the members of a draft (told apart by a hash), at a version of the data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ByHand:
    """The members of a draft: known contacts in scope whom the person sees.

    Of those who see everything, it is told besides how many members are outside the segment's scope, and how many are
    no known contacts.
    """

    members: Membership
    outside: int = 0
    unknown: int = 0


def by_hand(segment: Segment, visible: Membership | None) -> ByHand:
    """The members of a static segment's draft, for a person who sees these contacts."""
    known = _known_members(segment)
    inside = visible_part(known, in_scope(segment))
    if visible is not None:
        return ByHand(members=inside & visible)
    return ByHand(members=inside, outside=len(known) - len(inside), unknown=len(segment.members) - len(known))


def in_scope(segment: Segment) -> Membership | None:
    """The contacts in the scope of a segment: those of its owner's unit; None: everybody (rule 28)."""
    if segment.scope == Segment.Scope.ORGANIZATION:
        return None
    unit = segment.owner.unit
    return engine().contacts_of_units([] if unit is None else [unit.key])


def contacts_with(keys: Collection[str]) -> Membership:
    """The known contacts with these keys."""
    members = tuple(clean_keys(keys))
    return engine().members(StaticSegment(key="by-hand", name="By hand", members=members), as_of=now())


def clean_keys(texts: Iterable[str]) -> list[str]:
    """Those of these texts that may be keys of contacts, as keys are written, each once."""
    possible = (normalize(text) for text in texts if is_storable(text) and "\0" not in text)
    return [key for key in dict.fromkeys(possible) if key]


def marks_of(segment: Segment, keys: Collection[str]) -> dict[str, HandMark]:
    """What was last done by hand with each of a page of contacts, by their keys."""
    marks = HandMark.objects.filter(segment=segment, contact_id__in=keys)
    return {mark.contact_id: mark for mark in marks}


def removed_from(segment: Segment) -> Membership:
    """Contacts that were removed by hand, and not added again: a query leaves them out (rule 27)."""
    removed = HandMark.objects.filter(segment=segment, is_added=False)
    return contacts_with(list(removed.values_list("contact_id", flat=True)))


def _known_members(segment: Segment) -> Membership:
    place = segment.id, hash(tuple(segment.members)), engine().data_version
    known = _known.get(place)
    if known is None:
        known = contacts_with(segment.members)
        _known.put(place, known, weight=len(known))
    return known
