"""Setting a password: the rules, and what ends with the old one."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from coterie_web.accounts.history import record
from coterie_web.accounts.links import void_links
from coterie_web.accounts.models import User
from coterie_web.accounts.people import subject_of

__all__ = ["problems_of", "rules", "set_password"]


def rules() -> list[str]:
    """What a password must be, in words: shown before somebody chooses one."""
    return [str(text) for text in password_validators_help_texts()]


def problems_of(password: str, user: User) -> list[str]:
    """What keeps it from being the person's password."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        return list(error.messages)
    return []


@transaction.atomic
def set_password(user: User, password: str, *, now: datetime) -> None:
    """Make it the person's password, who chose it. All their other sessions end, and links to sign in are void."""
    assert not problems_of(password, user), "the form has asked already"
    user.set_password(password)
    user.save(update_fields=["password"])
    void_links(user, now=now)
    record("set a password", of=subject_of(user), acting_user=user, now=now)
