"""What was found by a query or in a file, and is not added or removed yet: it waits for who goes on with it."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from coterie import Membership
from coterie_web.accounts.models import User
from coterie_web.segments.membership.choosing import How
from coterie_web.segments.membership.keep import Keep
from coterie_web.segments.models import Segment

__all__ = ["FileReport", "Found", "Purpose", "found_by", "keep_found"]


class Purpose(StrEnum):
    """What is to be done with those who are found."""

    ADD = "add"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReport:
    """What was in a file: how many rows, which column named contacts, and what of it names nobody.

    `repeats` are rows that name who was named before; `shared` are e-mail addresses that several contacts have.
    """

    name: str
    column: str
    rows: int
    repeats: int
    blank: int
    shared: int
    not_found: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Contacts that were found at a moment, for a purpose: by a query, or in a file."""

    segment_id: uuid.UUID
    user_id: uuid.UUID
    purpose: Purpose
    members: Membership
    at: datetime
    wording: str = ""
    report: FileReport | None = None
    token: str = field(default_factory=lambda: secrets.token_urlsafe(12))

    @property
    def how(self) -> How:
        """How they are chosen who are taken from it."""
        return How.BY_QUERY if self.report is None else How.FROM_FILE


_waiting: Keep[str, Found] = Keep(most=256, weight=50_000_000)


def keep_found(found: Found) -> None:
    """Keep it for its person, as long as not too much else is found."""
    _waiting.put(found.token, found, weight=len(found.members) + _length_of_report(found))


def found_by(user: User, segment: Segment, token: str) -> Found | None:
    """What this person found for this segment; None where it is not kept any more, or is another's."""
    found = _waiting.get(token)
    is_theirs = found is not None and (found.user_id, found.segment_id) == (user.id, segment.id)
    return found if is_theirs else None


def _length_of_report(found: Found) -> int:
    return 0 if found.report is None else len(found.report.not_found)
