"""Slows down who guesses passwords: so many failures in a sliding window, for each e-mail and each network address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.crypto import salted_hmac

from coterie_web.accounts.models import SignInAttempt

__all__ = ["PER_ADDRESS", "PER_EMAIL", "WINDOW", "Locked", "Try", "begin_try"]

WINDOW = timedelta(minutes=15)
PER_EMAIL, PER_ADDRESS = 5, 50
"""Failures within the window. Many people share a network address; an e-mail is one person's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """No password is looked at before that moment."""

    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """A try that was counted as a failure before its password is looked at."""

    email: str
    numbers: tuple[int, ...]
    left: int
    """How many more there are for this e-mail, where this one fails."""

    def succeed(self) -> None:
        """It was none of who guesses: the failures with the e-mail are forgotten, and this one at the address."""
        SignInAttempt.objects.filter(subject=self.email).delete()
        SignInAttempt.objects.filter(id__in=self.numbers).delete()


def begin_try(email: str, address: str, *, now: datetime) -> Try | Locked:
    """Count a try. Where there were too many, nothing is counted, and no password may be looked at.

    It is counted first, each row committed by itself: of many tries at once, the n-th sees at least n, so that no more
    get through together than one after the other.
    """
    limits = {_digest("email", email.strip().lower()): PER_EMAIL, _digest("address", address): PER_ADDRESS}
    SignInAttempt.objects.filter(at__lte=now - WINDOW).delete()
    counted = [SignInAttempt.objects.create(subject=subject, at=now) for subject in limits]
    numbers = tuple(attempt.id for attempt in counted)
    free: list[datetime] = []
    left: list[int] = []
    for subject, most in limits.items():
        recent = SignInAttempt.objects.filter(subject=subject, at__gt=now - WINDOW).order_by("-at", "-id")
        times = list(recent.values_list("at", flat=True)[: most + 1])
        left.append(most - len(times))
        if len(times) > most:
            free.append(times[most] + WINDOW)
    if free:
        SignInAttempt.objects.filter(id__in=numbers).delete()
        return Locked(until=max(free))
    return Try(email=next(iter(limits)), numbers=numbers, left=left[0])


def _digest(kind: str, text: str) -> str:
    """Under the server's own key: a network address could be found by trying all there are."""
    return salted_hmac(f"coterie.sign-in.{kind}", text, algorithm="sha256").hexdigest()
