"""The first administrator, whom the server makes up, and who says then who they are."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.hashers import is_password_usable
from django.db import transaction

from coterie_web.accounts.history import record
from coterie_web.accounts.links import make_link
from coterie_web.accounts.models import Role, User
from coterie_web.accounts.people import subject_of

__all__ = ["first_link", "introduce", "is_made_up"]

_MADE_UP = "administrator@localhost"


@transaction.atomic
def first_link(now: datetime) -> str | None:
    """A secret that signs in the first administrator, who is made; None where an administrator can sign in already."""
    administrators = User.objects.filter(role=Role.ADMINISTRATOR, unit=None, is_active=True)
    if any(is_password_usable(password) for password in administrators.values_list("password", flat=True)):
        return None
    user = administrators.filter(email=_MADE_UP).first() or administrators.first() or _made_up(now)
    return make_link(user, now=now)


def _made_up(now: datetime) -> User:
    user = User(email=_MADE_UP, name="Administrator", role=Role.ADMINISTRATOR)
    user.set_unusable_password()
    user.save()
    record("joined", of=subject_of(user), acting_user=None, now=now)
    return user


def is_made_up(user: User) -> bool:
    """Whether the server made up their name and address."""
    email: str = user.email
    return email == _MADE_UP


@transaction.atomic
def introduce(user: User, *, name: str, email: str, now: datetime) -> None:
    """The first administrator says who they are."""
    user.name, user.email = name, email
    user.save(update_fields=["name", "email"])
    record("said who they are", of=subject_of(user), acting_user=user, now=now)
