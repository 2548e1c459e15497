"""Records that the store could not take in, and what is done about them: tried again, or dropped."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max, QuerySet

from coterie_web.accounts.history import record
from coterie_web.accounts.models import Role, User
from coterie_web.catalogs.waking import wake
from coterie_web.ingest.contents import Record, records_of, sent, shown
from coterie_web.ingest.models import InboxBatch, SetAside
from coterie_web.ui.refusals import NotNow, demand

__all__ = [
    "Aside",
    "drop",
    "last_set_aside",
    "may_decide",
    "record_set_aside",
    "set_aside_count",
    "set_aside_records",
    "try_again",
]

_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """A record that was set aside, as people look at it."""

    batch: int
    position: int
    sender: str
    at: datetime
    problem: str
    record: str


def set_aside_count(*, last: int | None = None) -> int:
    """How many records are set aside; with `last` only those up to it."""
    return _up_to(last).count()


def last_set_aside() -> int:
    """What was set aside last, so that nobody decides about what came after they looked; 0 where nothing is."""
    return SetAside.objects.aggregate(last=Max("id"))["last"] or 0


def _up_to(last: int | None) -> QuerySet[SetAside]:
    return SetAside.objects.all() if last is None else SetAside.objects.filter(id__lte=last)


def set_aside_records(*, last: int) -> Sequence[Aside]:
    """The first of them, of those up to `last`."""
    found = list(_up_to(last).select_related("batch__sent_by")[:_SHOWN])
    sent_with = {batch.id: _sent_with(batch) for batch in {each.batch for each in found}}
    return [
        Aside(
            batch=each.batch_id,
            position=each.position,
            sender="–" if each.batch.sent_by is None else each.batch.sent_by.name,
            at=each.at,
            problem=each.problem,
            record=shown(json.dumps(sent_with[each.batch_id][each.position - 1], ensure_ascii=False)),
        )
        for each in found
    ]


def _sent_with(batch: InboxBatch) -> list[Record]:
    return records_of(sent(bytes(batch.records)))


def may_decide(user: User) -> bool:
    """Who may send records decides about them."""
    return user.unit_id is None and user.at_least(Role.ADMINISTRATOR)


@transaction.atomic
def try_again(*, last: int, acting_user: User, now: datetime) -> int:
    """Let all that was set aside up to the `last` wait to be applied again, with the ids it had; how many records.

    A batch of just these takes the place of each batch. Raises NotAllowed, and NotNow (`nothing_set_aside`).
    """
    places = _taken(last, acting_user)
    for batch in InboxBatch.objects.filter(id__in=places):
        _wait_again(batch, places[batch.id], now)
    _leave(places)
    wanted = sum(map(len, places.values()))
    _record("tried again what was set aside", wanted, acting_user, now)
    transaction.on_commit(wake)
    return wanted


@transaction.atomic
def drop(*, last: int, acting_user: User, now: datetime) -> int:
    """Let go of all that was set aside up to the `last`; how many records.

    Raises NotAllowed, and NotNow (`nothing_set_aside`).
    """
    places = _taken(last, acting_user)
    _leave(places)
    dropped = sum(map(len, places.values()))
    _record("dropped what was set aside", dropped, acting_user, now)
    return dropped


def _taken(last: int, user: User) -> dict[int, list[int]]:
    """The positions that were set aside, by batch: of those that are applied else, and of nobody any more.

    Those of one batch were set aside together.
    """
    demand(may_decide(user), "Records that were set aside are decided about by administrators of the organization.")
    places: dict[int, list[int]] = {}
    for each in SetAside.objects.select_for_update().filter(id__lte=last, batch__applied_at__isnull=False):
        places.setdefault(each.batch_id, []).append(each.position)
    if not places:
        raise NotNow("nothing_set_aside", "No record is set aside: somebody else may have decided about them.")
    return places


def _wait_again(batch: InboxBatch, positions: list[int], now: datetime) -> None:
    InboxBatch.objects.create(
        records=batch.records,
        positions=positions,
        record_count=len(positions),
        content_digest=batch.content_digest,
        id_prefix=batch.id_prefix,
        sent_by=batch.sent_by,
        received_at=now,
    )


def _leave(batches: Iterable[int]) -> None:
    """Nothing is set aside of these batches any more, nor are their records kept."""
    SetAside.objects.filter(batch__in=list(batches)).delete()
    InboxBatch.objects.filter(id__in=list(batches)).update(records=b"")


def record_set_aside(records: int, now: datetime) -> None:
    """Write down that the system set records aside, in the transaction that does it."""
    _record("set aside what cannot be taken in", records, None, now)


def _record(deed: str, records: int, user: User | None, now: datetime) -> None:
    record(deed, of=("records", "", "Records set aside"), acting_user=user, now=now, details={"records": records})
