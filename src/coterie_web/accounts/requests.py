"""Who asks."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest

from coterie_web.accounts.models import User

__all__ = ["user_of"]


def user_of(request: HttpRequest) -> User:
    """The person who has signed in; pages are shown to nobody else."""
    assert request.user.is_authenticated
    return cast("User", request.user)
