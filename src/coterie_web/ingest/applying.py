"""Moves batches from the inbox into the insights store, in order, each exactly once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from coterie import IngestReport
from coterie.values.numbers import decimal_of_json
from coterie.values.pauses import Pause, go_on
from coterie_web.catalogs.engine import engine
from coterie_web.ingest.contents import Record, records_of, sent, shown
from coterie_web.ingest.isolating import culprits, is_of_the_store, told
from coterie_web.ingest.message_ids import with_ids
from coterie_web.ingest.models import InboxBatch, SetAside
from coterie_web.ingest.set_aside import record_set_aside
from coterie_web.ui.clock import now

__all__ = ["apply_waiting", "forget_applied"]

_AT_ONCE = 20_000
"""Records that are applied together at most, unless one batch alone has more."""

_BATCHES_AT_ONCE = 200
_PATIENCE = 2
"""So often batches are to fail before their records are looked at."""


@dataclass(frozen=True, slots=True)
class _Placed:
    """A record, and where it stands: its batch, and its number there, from 1."""

    batch: int
    position: int
    record: Record


def apply_waiting(pause: Pause = go_on) -> bool:
    """Apply the batches that wait, some thousand records of them, with a pause again and again. False: none waits.

    Which ones are applied together is written down first. Where a crash comes between the commit of the store and the
    mark that they are applied, just these are applied again as one batch, with the same message ids, before all others:
    a batch that is applied again changes nothing.

    Where they cannot be applied again and again, and it is not the store's fault, the records to blame are set aside,
    and what is left is applied the next time. Raises what the engine raised otherwise.
    """
    batches = _begun() or _begin()
    if not batches:
        return False
    placed = list[_Placed]()
    try:
        placed += _placed(batches)
        report = engine().ingest([each.record for each in placed], pause=pause)
    except Exception as error:
        _note_failure(batches, error)
        if is_of_the_store(error) or batches[0].failures < _PATIENCE or not _set_aside(placed):
            raise
        return True
    _finish(batches, placed, report, now())
    return True


def _note_failure(batches: Sequence[InboxBatch], error: Exception) -> None:
    for batch in batches:
        batch.failures, batch.problem = batch.failures + 1, told(error)
    InboxBatch.objects.bulk_update(batches, ["failures", "problem"])


def _set_aside(placed: Sequence[_Placed]) -> bool:
    """Set those aside that the engine raises for, before anything of their batches is applied. False: for none alone.

    So a crash at any moment changes nothing: whichever are set aside already are left out from then on.
    """
    to_blame = culprits([each.record for each in placed], engine().catalog, engine().rehearse)
    places, moment = [placed[each.place] for each in to_blame], now()
    with transaction.atomic():
        SetAside.objects.bulk_create(
            SetAside(batch_id=place.batch, position=place.position, problem=told(each.problem), at=moment)
            for place, each in zip(places, to_blame, strict=True)
        )
        if places:
            record_set_aside(len(places), moment)
    return bool(places)


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


def _placed(batches: Sequence[InboxBatch]) -> Iterator[_Placed]:
    """The records of the batches that are to be applied: those that are meant, without those that were set aside."""
    aside = set(SetAside.objects.filter(batch__in=batches).values_list("batch_id", "position"))
    for batch in batches:
        records = with_ids(records_of(sent(bytes(batch.records)), number=decimal_of_json), batch.id_prefix)
        for position in batch.positions or range(1, len(records) + 1):
            if (batch.id, position) not in aside:
                yield _Placed(batch.id, position, records[position - 1])


@transaction.atomic
def _finish(batches: Sequence[InboxBatch], placed: Sequence[_Placed], report: IngestReport, moment: datetime) -> None:
    """Mark the batches as applied, each with what is to be told of it; their records are in the store's archive now.

    Where some are set aside, they are nowhere else.
    """
    keeping = set(SetAside.objects.filter(batch__in=batches).values_list("batch_id", flat=True))
    for batch in batches:
        batch.applied_at, batch.data_version, batch.problem = moment, report.data_version, ""
        batch.records = batch.records if batch.id in keeping else b""
        batch.report = _report(report, len(batches), batch, placed)
    InboxBatch.objects.bulk_update(batches, ["applied_at", "data_version", "problem", "records", "report"])


def _report(report: IngestReport, batches: int, batch: InboxBatch, placed: Sequence[_Placed]) -> dict[str, object]:
    """The figures of all that was applied together; of the examples those of one batch, with the numbers of its own."""
    figures = asdict(report)
    figures["batches"] = batches
    figures["examples"] = [
        {"position": place.position, "code": each.code, "column": shown(each.column), "value": shown(each.value)}
        for each in report.examples
        if each.line is not None and (place := placed[each.line - 1]).batch == batch.id
    ]
    return figures


def forget_applied(before: datetime) -> int:
    """Drop what is known of batches that were applied before a moment, their idempotency keys too; how many.

    Not of those of which records are set aside.
    """
    return InboxBatch.objects.filter(applied_at__lt=before, set_aside=None).delete()[0]
