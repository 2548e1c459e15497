"""Inviting people, changing them, letting them in and keeping them out: each with its history entry."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from coterie_web.accounts.history import differences, record
from coterie_web.accounts.links import make_link, void_links
from coterie_web.accounts.models import BusinessUnit, Role, User
from coterie_web.accounts.permissions import may_give_role, may_invite, may_manage, may_move_to
from coterie_web.accounts.scopes import scopes_changed
from coterie_web.accounts.sessions import end_sessions
from coterie_web.accounts.tokens import end_tokens
from coterie_web.accounts.units import reach_of
from coterie_web.ui.refusals import NotNow, demand

__all__ = ["change", "deactivate", "invite", "new_link", "prefer", "reactivate", "subject_of"]

_ASK = "Ask an administrator of the whole organization."


def subject_of(person: User) -> tuple[str, str, str]:
    """How the history names a person."""
    return "person", str(person.id), person.name


@transaction.atomic
def invite(
    email: str, *, name: str, role: Role, unit: BusinessUnit | None, acting_user: User, now: datetime
) -> tuple[User, str]:
    """A new person, and the secret of the link with which they come in for the first time."""
    demand(may_invite(acting_user), f"Only an administrator of the whole organization invites people. {_ASK}")
    person = User(email=email, name=name, role=role, unit=unit)
    person.set_unusable_password()
    try:
        with transaction.atomic():
            person.save()
    except IntegrityError:
        raise NotNow("email_taken", f"{email} belongs to somebody already. Give them a new sign-in link.") from None
    record("invited", of=subject_of(person), acting_user=acting_user, now=now, details=_place(role, unit))
    return person, make_link(person, now=now)


def _place(role: str, unit: BusinessUnit | None) -> dict[str, object]:
    return {"role": Role(role).label, "unit": "Organization" if unit is None else unit.name}


@transaction.atomic
def change(person: User, *, name: str, role: Role, unit: BusinessUnit | None, acting_user: User, now: datetime) -> User:
    """Give the person this name, role and unit. Their segments are those of their unit from then on."""
    person = _managed(person, acting_user)
    before = {"name": person.name, **_place(person.role, person.unit)}
    if role != person.role:
        demand(may_give_role(acting_user, role), "Nobody gives a role that is more than their own.")
    unit_id = None if unit is None else unit.id
    is_moved = unit_id != person.unit_id
    if is_moved:
        demand(
            may_move_to(acting_user, unit_id, reach_of(acting_user)),
            f"You put people into your unit and those below it alone. {_ASK}",
        )
    if role != Role.ADMINISTRATOR or unit is not None:
        _keep_an_administrator(person)
    person.name, person.role, person.unit = name, role, unit
    person.save(update_fields=["name", "role", "unit"])
    after = {"name": name, **_place(role, unit)}
    changes = differences(before, after)
    if changes:
        record("changed", of=subject_of(person), acting_user=acting_user, now=now, details=changes)
    if is_moved:
        scopes_changed()
    return person


def _managed(person: User, acting_user: User) -> User:
    """The person, locked, where the acting one manages them."""
    person = User.objects.select_for_update(of=("self",)).select_related("unit").get(id=person.id)
    demand(
        may_manage(acting_user, person, reach_of(acting_user)),
        f"{person.name} is managed by administrators of {person.unit_words}. {_ASK}",
    )
    return person


def _keep_an_administrator(person: User) -> None:
    """Somebody must be left who administers the organization. Of two who leave at once, one is refused."""
    administrators = User.objects.filter(role=Role.ADMINISTRATOR, unit=None, is_active=True)
    left = list(administrators.select_for_update().order_by("id"))
    if left == [person]:
        raise NotNow(
            "last_administrator",
            f"{person.name} is the last administrator of the organization. Make somebody else one first.",
        )


@transaction.atomic
def deactivate(person: User, *, acting_user: User, now: datetime) -> None:
    """Keep the person out: their sessions, links and tokens end, for good. Their segments stay."""
    person = _managed(person, acting_user)
    if not person.is_active:
        raise NotNow("not_active", f"{person.name} is deactivated already.")
    _keep_an_administrator(person)
    person.is_active = False
    person.save(update_fields=["is_active"])
    end_sessions(person)
    end_tokens(person, now=now)
    void_links(person, now=now)
    record("deactivated", of=subject_of(person), acting_user=acting_user, now=now)


@transaction.atomic
def reactivate(person: User, *, acting_user: User, now: datetime) -> None:
    """Let the person sign in again, with the password they had."""
    person = _managed(person, acting_user)
    if person.is_active:
        raise NotNow("active", f"{person.name} is active already.")
    person.is_active = True
    person.save(update_fields=["is_active"])
    record("reactivated", of=subject_of(person), acting_user=acting_user, now=now)


@transaction.atomic
def new_link(person: User, *, acting_user: User, now: datetime) -> str:
    """The secret of a link that signs the person in once, to set a password; links made before are void."""
    person = _managed(person, acting_user)
    if not person.is_active:
        raise NotNow("not_active", f"{person.name} is deactivated. Reactivate them first.")
    void_links(person, now=now)
    record("made a sign-in link for", of=subject_of(person), acting_user=acting_user, now=now)
    return make_link(person, now=now)


@transaction.atomic
def prefer(user: User, *, name: str, time_zone: str, now: datetime) -> None:
    """What people decide about themselves: what they are called, and in which zone moments are shown to them."""
    changes = differences({"name": user.name}, {"name": name})
    user.name, user.time_zone = name, time_zone
    user.save(update_fields=["name", "time_zone"])
    if changes:
        record("changed", of=subject_of(user), acting_user=user, now=now, details=changes)
