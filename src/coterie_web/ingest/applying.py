"""Moves batches from the inbox into the insights store, in order."""

from __future__ import annotations

import json
from dataclasses import asdict

from coterie_web.catalogs.engine import engine
from coterie_web.ingest.models import InboxBatch
from coterie_web.ui.clock import now

__all__ = ["apply_waiting"]

_AT_ONCE = 20_000
"""Records that are applied together at most, unless one batch alone has more."""


def apply_waiting() -> bool:
    """Apply the batches that wait, some thousand records of them. False: none waits.

    What was applied, but not marked before a crash, is applied once more, which changes nothing: every record in the
    inbox has its own message id, or the moment of its change.
    """
    batches, records = list[InboxBatch](), list[dict[str, object]]()
    for batch in InboxBatch.objects.filter(applied_at=None).order_by("id")[:200]:
        if batches and len(records) + batch.record_count > _AT_ONCE:
            break
        batches.append(batch)
        records += json.loads(bytes(batch.records))
    if not batches:
        return False
    report = engine().ingest(records)
    done = InboxBatch.objects.filter(id__in=[batch.id for batch in batches])
    done.update(applied_at=now(), data_version=engine().data_version, records=b"")
    InboxBatch.objects.filter(id=batches[-1].id).update(report=json.loads(json.dumps(asdict(report), default=str)))
    return True
