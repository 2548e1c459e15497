"""API tokens: whom they let in, until when, and what is kept of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from coterie_web.accounts.models import ApiToken, HistoryEntry, User
from coterie_web.accounts.tokens import make_token, revoke_token, token_of
from coterie_web.ui.clock import TestClock

pytestmark = pytest.mark.django_db


@pytest.fixture
def made(clock: TestClock, person: Callable[..., User]) -> tuple[ApiToken, str]:
    """A token of a marketer that reads, for a day."""
    now = clock.now()
    return make_token(person("marketer"), "Nightly export", ["read"], now + timedelta(days=1), now)


def test_a_token_is_found_by_its_secret_alone(clock: TestClock, made: tuple[ApiToken, str]) -> None:
    token, secret = made
    assert token_of(secret, now=clock.now()) == token
    assert token_of(secret[:-1], now=clock.now()) is None
    assert token_of("", now=clock.now()) is None


def test_the_secret_is_kept_nowhere(made: tuple[ApiToken, str]) -> None:
    token, secret = made
    kept = repr(ApiToken.objects.filter(id=token.id).values().get()) + repr(HistoryEntry.objects.values().get())
    assert secret not in kept
    assert secret.startswith(token.beginning)


def test_a_token_ends_when_its_time_is_over(clock: TestClock, made: tuple[ApiToken, str]) -> None:
    clock.advance(clock.now() + timedelta(days=1) - timedelta(milliseconds=1))
    assert token_of(made[1], now=clock.now()) is not None
    clock.advance(clock.now() + timedelta(milliseconds=1))
    assert token_of(made[1], now=clock.now()) is None


def test_a_revoked_token_is_none(clock: TestClock, made: tuple[ApiToken, str], person: Callable[..., User]) -> None:
    token, secret = made
    assert revoke_token(token, acting_user=person("administrator"), now=clock.now())
    assert not revoke_token(token, acting_user=person("administrator"), now=clock.now()), "once"
    assert token_of(secret, now=clock.now()) is None
    assert list(HistoryEntry.objects.values_list("deed", flat=True)) == ["revoked a token", "made a token"]


def test_a_token_of_who_may_not_come_any_more_is_none(clock: TestClock, made: tuple[ApiToken, str]) -> None:
    User.objects.update(is_active=False)
    assert token_of(made[1], now=clock.now()) is None


def test_its_use_is_noted_once_a_minute(clock: TestClock, made: tuple[ApiToken, str]) -> None:
    token, secret = made
    first = clock.now()
    token_of(secret, now=first)
    token_of(secret, now=first + timedelta(seconds=59))
    token.refresh_from_db()
    assert token.last_used_at == first
    token_of(secret, now=first + timedelta(seconds=60))
    token.refresh_from_db()
    assert token.last_used_at == first + timedelta(seconds=60)
