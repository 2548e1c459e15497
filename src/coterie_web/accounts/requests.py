"""Who asks."""

from __future__ import annotations

from django.http import HttpRequest

from coterie_web.accounts.models import User

__all__ = ["BY_LINK", "came_by_link", "user_of"]

BY_LINK = "signed_in_by_link"
"""In the session of who came by a link: they may set a password without knowing the one before."""


def user_of(request: HttpRequest) -> User:
    """The person who has signed in; pages are shown to nobody else."""
    assert request.user.is_authenticated
    return request.user


def came_by_link(request: HttpRequest) -> bool:
    """Whether the person came by a link, and has set no password since."""
    return bool(request.session.get(BY_LINK))
