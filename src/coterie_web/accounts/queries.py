"""Which people and units a person sees."""

from __future__ import annotations

import uuid

from django.db.models import Q, QuerySet
from django.http import Http404

from coterie_web.accounts.models import ApiToken, BusinessUnit, HistoryEntry, Role, User
from coterie_web.accounts.permissions import may_manage_people
from coterie_web.accounts.units import reach_of

__all__ = [
    "administrators_of",
    "readable_person",
    "readable_token",
    "readable_unit",
    "visible_history",
    "visible_people",
    "visible_tokens",
    "visible_units",
]


def visible_people(user: User) -> QuerySet[User]:
    """The people a person sees, as with segments: of their unit and below it, above it, and of the organization."""
    people = User.objects.select_related("unit")
    reach = reach_of(user)
    if reach.below is None:
        return people
    return people.filter(Q(unit=None) | Q(unit__in=reach.below | reach.above))


def readable_person(user: User, person_id: uuid.UUID) -> User:
    """A person that this one sees. One they do not is answered exactly as one that is not there."""
    person = visible_people(user).filter(id=person_id).first()
    if person is None:
        raise Http404
    return person


def visible_units(user: User) -> QuerySet[BusinessUnit]:
    """The units a person sees: theirs, below it, and above it."""
    units = BusinessUnit.objects.select_related("parent")
    reach = reach_of(user)
    return units if reach.below is None else units.filter(id__in=reach.below | reach.above)


def readable_unit(user: User, unit_id: uuid.UUID) -> BusinessUnit:
    """A unit that the person sees. One they do not is answered exactly as one that is not there."""
    unit = visible_units(user).filter(id=unit_id).first()
    if unit is None:
        raise Http404
    return unit


def visible_tokens(user: User) -> QuerySet[ApiToken]:
    """The person's own tokens; for an administrator those of all people they manage."""
    tokens = ApiToken.objects.select_related("user__unit")
    if not may_manage_people(user):
        return tokens.filter(user=user)
    reach = reach_of(user)
    return tokens if reach.below is None else tokens.filter(Q(user=user) | Q(user__unit__in=reach.below))


def readable_token(user: User, token_id: uuid.UUID) -> ApiToken:
    """A token that the person sees. One they do not is answered exactly as one that is not there."""
    token = visible_tokens(user).filter(id=token_id).first()
    if token is None:
        raise Http404
    return token


def visible_history(user: User) -> QuerySet[HistoryEntry]:
    """What was done by people of the person's unit and below it, newest first."""
    entries = HistoryEntry.objects.select_related("acting_user").order_by("-id")
    reach = reach_of(user)
    return entries if reach.below is None else entries.filter(acting_unit__in=reach.below)


def administrators_of(user: User) -> QuerySet[User]:
    """Whom the person may ask for what they may not do."""
    return visible_people(user).filter(role=Role.ADMINISTRATOR, is_active=True)
