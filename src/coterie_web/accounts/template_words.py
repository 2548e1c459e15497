"""Filters of the pages of accounts."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser

from coterie_web.accounts.models import User

__all__ = ["FILTERS"]


def lacks_password(user: AbstractBaseUser | AnonymousUser) -> bool:
    """Whether the person could not sign in again, and shall be told so."""
    if settings.LINKS_ARE_ENOUGH or not isinstance(user, User):
        return False
    return not user.has_usable_password()


def changes(details: Mapping[str, object]) -> str:
    """The details of a deed in words: `role: Viewer → Manager, version: 3`."""
    return ", ".join(f"{name}: {_words(value)}" for name, value in details.items())


def _words(value: object) -> str:
    """Of a change, what was and what is; of anything else, itself."""
    match value:
        case {"from": old, "to": new}:
            return f"{_word(old)} → {_word(new)}"
        case list():
            return ", ".join(map(_word, value))
        case _:
            return _word(value)


def _word(value: object) -> str:
    return "–" if value is None or value == "" else str(value)


FILTERS = {"changes": changes, "lacks_password": lacks_password}
