"""Ending the sessions of a person."""

from __future__ import annotations

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session

from coterie_web.accounts.models import User

__all__ = ["end_sessions"]


def end_sessions(user: User) -> None:
    """Sign the person out everywhere, for good. Every session is looked into: none says outside whose it is."""
    theirs = [each.pk for each in Session.objects.iterator() if each.get_decoded().get(SESSION_KEY) == str(user.id)]
    Session.objects.filter(pk__in=theirs).delete()
