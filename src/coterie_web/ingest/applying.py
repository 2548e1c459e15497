"""Moves batches from the inbox into the insights store, in order, each exactly once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from coterie import IngestReport
from coterie.values.numbers import decimal_of_json
from coterie_web.catalogs.engine import engine
from coterie_web.ingest.contents import Record, records_of, sent, shown
from coterie_web.ingest.message_ids import with_ids
from coterie_web.ingest.models import InboxBatch
from coterie_web.ui.clock import now

__all__ = ["apply_waiting", "forget_applied"]

_AT_ONCE = 20_000
"""Records that are applied together at most, unless one batch alone has more."""

_BATCHES_AT_ONCE = 200


def apply_waiting() -> bool:
    """Apply the batches that wait, some thousand records of them. False: none waits.

    Which ones are applied together is written down first. Where a crash comes between the commit of the store and the
    mark that they are applied, just these are applied again as one batch, with the same message ids, before all others:
    a batch that is applied again changes nothing.
    """
    batches = _begun() or _begin()
    if not batches:
        return False
    report = engine().ingest([record for batch in batches for record in _records(batch)])
    _finish(batches, report, now())
    return True


def _begun() -> list[InboxBatch]:
    """The batches that were to be applied together, and are not known to be."""
    return list(InboxBatch.objects.filter(applied_at=None, together__isnull=False))


@transaction.atomic
def _begin() -> list[InboxBatch]:
    """The first of those that wait, written down as to be applied together."""
    chosen, records = list[int](), 0
    waiting = InboxBatch.objects.filter(applied_at=None).values_list("id", "record_count")
    for batch, count in waiting[:_BATCHES_AT_ONCE]:
        if chosen and records + count > _AT_ONCE:
            break
        chosen.append(batch)
        records += count
    if chosen:
        InboxBatch.objects.filter(id__in=chosen).update(together=chosen[0])
    return list(InboxBatch.objects.filter(id__in=chosen))


def _records(batch: InboxBatch) -> list[Record]:
    return with_ids(records_of(sent(bytes(batch.records)), number=decimal_of_json), batch.id_prefix)


@transaction.atomic
def _finish(batches: Sequence[InboxBatch], report: IngestReport, moment: datetime) -> None:
    """Mark the batches as applied, each with what is to be told of it; their records are in the store's archive now."""
    first = 0
    for batch in batches:
        batch.applied_at, batch.data_version, batch.records = moment, report.data_version, b""
        batch.report = _report(report, len(batches), first, batch.record_count)
        first += batch.record_count
    InboxBatch.objects.bulk_update(batches, ["applied_at", "data_version", "records", "report"])


def _report(report: IngestReport, batches: int, first: int, count: int) -> dict[str, object]:
    """The figures of all that was applied together; of the examples those of one batch, with the numbers of its own."""
    told = asdict(report)
    told["batches"] = batches
    told["examples"] = [
        {"position": each.line - first, "code": each.code, "column": shown(each.column), "value": shown(each.value)}
        for each in report.examples
        if each.line is not None and first < each.line <= first + count
    ]
    return told


def forget_applied(before: datetime) -> int:
    """Drop what is known of batches that were applied before a moment, their idempotency keys too; how many."""
    return InboxBatch.objects.filter(applied_at__lt=before).delete()[0]
