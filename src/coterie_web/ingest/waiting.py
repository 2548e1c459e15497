"""How much waits in the inbox, and when that is too much: who sends more then is told to come back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from django.db.models import Count, Min, Sum

from coterie_web.ingest.models import InboxBatch
from coterie_web.ui.refusals import Refusal

__all__ = ["MOST_WAITING", "TooMuchWaiting", "Waiting", "refuse_where_too_much_waits", "waiting", "why_it_stands_still"]

MOST_WAITING = 200_000
"""Records that may wait. What is sent beyond is not acknowledged, so that it cannot fill the disk."""

_RETRY_SECONDS = 5


class TooMuchWaiting(Refusal):
    """The inbox is full for now. `retry_seconds` says when to send again."""

    status = HTTPStatus.TOO_MANY_REQUESTS
    retry_seconds = _RETRY_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What was acknowledged and is not applied yet; `since` when the oldest of it came."""

    batches: int
    records: int
    since: datetime | None


def waiting() -> Waiting:
    """What waits in the inbox."""
    found = InboxBatch.objects.filter(applied_at=None).aggregate(
        batches=Count("id"), records=Sum("record_count", default=0), since=Min("received_at")
    )
    return Waiting(**found)


def why_it_stands_still() -> str:
    """Why what waits cannot be applied, where that failed more than once; empty where it goes on."""
    failing = InboxBatch.objects.filter(applied_at=None, failures__gt=1).values_list("problem", flat=True)
    return failing.first() or ""


def refuse_where_too_much_waits(coming: int) -> None:
    """Go on only where there is room for so many records more; a batch always has room in an empty inbox.

    Raises TooMuchWaiting.
    """
    records = waiting().records
    if records and records + coming > MOST_WAITING:
        message = f"{records:,} records wait to be applied. Send this batch again in {_RETRY_SECONDS} seconds."
        raise TooMuchWaiting("too_much_waiting", message)
