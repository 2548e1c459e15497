"""Signing in with a password, and out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth import authenticate
from django.db import transaction

from coterie_web.accounts.history import record
from coterie_web.accounts.models import User
from coterie_web.accounts.people import subject_of
from coterie_web.accounts.tries import Locked, begin_try

__all__ = ["Mismatch", "note_sign_in", "note_sign_out", "sign_in"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """E-mail and password do not go together, or belong to nobody who may come in: no answer tells which."""

    left: int


def sign_in(email: str, password: str, *, address: str, now: datetime) -> User | Mismatch | Locked:
    """Who has this e-mail and password. An unknown e-mail takes as long as a wrong password."""
    attempt = begin_try(email, address, now=now)
    if isinstance(attempt, Locked):
        return attempt
    user = authenticate(username=email.strip(), password=password)
    if not isinstance(user, User):
        return Mismatch(left=attempt.left)
    attempt.succeed()
    note_sign_in(user, way="password", now=now)
    return user


@transaction.atomic
def note_sign_in(user: User, *, way: str, now: datetime) -> None:
    """Write down that the person came in."""
    user.last_login = now
    user.save(update_fields=["last_login"])
    record("signed in", of=subject_of(user), acting_user=user, now=now, details={"with": way})


@transaction.atomic
def note_sign_out(user: User, *, now: datetime) -> None:
    """Write down that the person left."""
    record("signed out", of=subject_of(user), acting_user=user, now=now)
