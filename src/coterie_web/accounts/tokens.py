"""API tokens: made for a person, shown once, and taken by the API in place of a sign-in."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from coterie_web.accounts.history import record
from coterie_web.accounts.links import digest_of
from coterie_web.accounts.models import ApiToken, User

__all__ = ["end_tokens", "make_token", "revoke_token", "token_of"]

_PREFIX = "coterie_"
"""What every secret begins with: programs that look for secrets in what is published know it by that."""

_SHOWN = 12
"""Characters of the secret that are kept, so that people can tell their tokens apart."""

_USE_NOTED_EVERY = timedelta(minutes=1)


@transaction.atomic
def make_token(
    user: User, name: str, scopes: Iterable[str], expires_at: datetime, now: datetime
) -> tuple[ApiToken, str]:
    """A new token of the person, and its secret, which is told here and never again."""
    secret = f"{_PREFIX}{secrets.token_urlsafe(32)}"
    token = ApiToken.objects.create(
        user=user,
        name=name,
        beginning=secret[:_SHOWN],
        digest=digest_of(secret),
        scopes=sorted({ApiToken.Scope(scope).value for scope in scopes}),
        created_at=now,
        expires_at=expires_at,
    )
    record("made a token", of=_subject(token), acting_user=user, now=now, details={"scopes": token.scopes})
    return token, secret


@transaction.atomic
def revoke_token(token: ApiToken, *, acting_user: User, now: datetime) -> bool:
    """End a token, from now on and for good. False: it was ended already."""
    if ApiToken.objects.filter(id=token.id, revoked_at=None).update(revoked_at=now) != 1:
        return False
    record("revoked a token", of=_subject(token), acting_user=acting_user, now=now)
    return True


def end_tokens(user: User, *, now: datetime) -> None:
    """End all tokens of the person, for good."""
    ApiToken.objects.filter(user=user, revoked_at=None).update(revoked_at=now)


def token_of(secret: str, *, now: datetime) -> ApiToken | None:
    """The token whose secret this is, with its person; None where it is none, has ended, or its person may not come.

    That it is used is noted once a minute, for a note at each request would cost more than most requests.
    """
    found = ApiToken.objects.select_related("user__unit").filter(
        digest=digest_of(secret), revoked_at=None, expires_at__gt=now, user__is_active=True
    )
    token = found.first()
    if token is not None and (token.last_used_at is None or now - token.last_used_at >= _USE_NOTED_EVERY):
        noted_long_ago = Q(last_used_at=None) | Q(last_used_at__lte=now - _USE_NOTED_EVERY)
        ApiToken.objects.filter(noted_long_ago, id=token.id).update(last_used_at=now)
    return token


def _subject(token: ApiToken) -> tuple[str, str, str]:
    return "token", str(token.id), token.name
