"""Links that sign a person in once: for the first administrator, for who is invited, and who forgot their password."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from coterie_web.accounts.models import SignInLink, User

__all__ = ["digest_of", "is_valid", "make_link", "use_link", "void_links"]

VALID_FOR = timedelta(days=2)


def digest_of(secret: str) -> str:
    """What is kept of a secret that has more entropy than anybody can try."""
    return hashlib.sha256(secret.encode()).hexdigest()


def make_link(user: User, *, now: datetime) -> str:
    """A new secret that signs the person in once, within two days. It is told here, and never again."""
    secret = secrets.token_urlsafe(32)
    SignInLink.objects.create(digest=digest_of(secret), user=user, expires_at=now + VALID_FOR)
    return secret


def is_valid(secret: str, *, now: datetime) -> bool:
    """Whether the secret would sign somebody in."""
    return SignInLink.objects.filter(
        digest=digest_of(secret), used_at=None, expires_at__gt=now, user__is_active=True
    ).exists()


def use_link(secret: str, *, now: datetime) -> User | None:
    """The person whom the secret signs in, from now on nobody; None where it was used, is too old, or is none."""
    links = SignInLink.objects.filter(digest=digest_of(secret), used_at=None, expires_at__gt=now)
    if links.update(used_at=now) != 1:  # compare and set: of two who come with it, one gets in
        return None
    return User.objects.filter(sign_in_links__digest=digest_of(secret), is_active=True).first()


def void_links(user: User, *, now: datetime) -> None:
    """Let no link sign the person in any more."""
    SignInLink.objects.filter(user=user, used_at=None).update(used_at=now)
