"""Sends what customers do into the inbox, second by second, while the stream is on."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import datetime
from threading import Event

from django.db import close_old_connections

from coterie_web.accounts.models import User
from coterie_web.demo.customers import next_records
from coterie_web.demo.models import Demo
from coterie_web.demo.people import STREAM
from coterie_web.ingest.receiving import receive
from coterie_web.ingest.waiting import TooMuchWaiting
from coterie_web.ui.clock import now

__all__ = ["run_stream", "send_due"]

_log = logging.getLogger(__name__)
_SECOND = 1.0


def run_stream(ended: Callable[[], bool]) -> None:
    """Send a second's records every second, until the end. What fails is logged, and left out."""
    pause = Event()
    while not ended():
        pause.wait(_SECOND)
        try:
            close_old_connections()
            send_due(now())
        except TooMuchWaiting:
            _log.info("The demo's stream waits: the inbox is full.")
        except Exception:  # noqa: BLE001 - the demo goes on
            _log.exception("The demo's stream failed for a second.")


def send_due(moment: datetime) -> int:
    """Send what customers did in the second before, as their shop would by the API; how many records."""
    demo = Demo.objects.filter(filled_at__isnull=False, stream_until__gt=moment).first()
    if demo is None:
        return 0
    records = next_records(contacts=demo.contacts, at=moment, count=demo.stream_rate)
    sender = User.objects.get(email=STREAM)
    receive(json.dumps(records).encode(), idempotency_key=None, acting_user=sender, now=moment)
    return len(records)
