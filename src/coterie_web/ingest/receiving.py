"""Takes batches of records into the inbox: what is acknowledged is on the disk."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from http import HTTPStatus
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction

from coterie.records.operations import Unusable, read_operations
from coterie_web.accounts.models import ApiToken, User
from coterie_web.accounts.permissions import scopes_of
from coterie_web.catalogs.engine import engine
from coterie_web.catalogs.waking import tell
from coterie_web.ingest.contents import Record, kept, records_of, shown
from coterie_web.ingest.message_ids import lacks_id
from coterie_web.ingest.models import InboxBatch
from coterie_web.ingest.waiting import refuse_where_too_much_waits
from coterie_web.ui.refusals import NotNow, Refusal, demand

__all__ = ["MOST_RECORDS", "Receipt", "receive"]

MOST_RECORDS = 20_000
"""Records that a batch may have."""

_EXAMPLES = 20
_Scope = ApiToken.Scope


class UnreadableRecords(Refusal):
    """A batch of which nothing was taken in, for it is no series of records."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


@dataclass(frozen=True, slots=True)
class Receipt:
    """A batch in the inbox; `is_repeat` where it was there before this was sent."""

    batch: InboxBatch
    is_repeat: bool


def receive(content: bytes, *, idempotency_key: str | None, acting_user: User, now: datetime) -> Receipt:
    """Keep a batch of records, sent as a JSON array or JSON lines. On return it is committed to the disk.

    Raises NotAllowed, UnreadableRecords, NotNow (`idempotency_conflict`) and TooMuchWaiting; nothing was kept then.
    """
    demand(_Scope.RECORDS in scopes_of(acting_user), "Records are sent by administrators of the whole organization.")
    digest = sha256(content).hexdigest()
    earlier = _earlier(idempotency_key, digest, acting_user)
    if earlier is not None:
        return earlier
    records = _read(content)
    refuse_where_too_much_waits(len(records))
    batch = InboxBatch(
        records=kept(content),
        record_count=len(records),
        idempotency_key=idempotency_key,
        content_digest=digest,
        id_prefix=_id_prefix(acting_user, idempotency_key, digest),
        acknowledgement=_acknowledgement(records),
        sent_by=acting_user,
        received_at=now,
    )
    try:
        with transaction.atomic():
            batch.save()
    except IntegrityError:  # of two sent at once with one key, one came first
        earlier = _earlier(idempotency_key, digest, acting_user)
        if earlier is None:
            raise
        return earlier
    tell()
    return Receipt(batch, is_repeat=False)


def _earlier(idempotency_key: str | None, digest: str, user: User) -> Receipt | None:
    """The batch that the person sent with that key before. Raises NotNow where it had another content."""
    if idempotency_key is None:
        return None
    found = InboxBatch.objects.defer("records").filter(sent_by=user, idempotency_key=idempotency_key).first()
    if found is None:
        return None
    if found.content_digest != digest:
        message = f"Other records were sent with the idempotency key {idempotency_key!r}. Use a new key for these."
        raise NotNow("idempotency_conflict", message)
    return Receipt(found, is_repeat=True)


def _read(content: bytes) -> list[Record]:
    try:
        records = records_of(content)
    except ValueError as error:
        raise UnreadableRecords("unreadable_records", f"{error} Nothing was taken in.") from None
    if not records:
        raise UnreadableRecords("empty", "There is no record. Send a JSON array of records, or one on each line.")
    if len(records) > MOST_RECORDS:
        message = f"There are {len(records):,} records; a batch has {MOST_RECORDS:,} at most. Send them in parts."
        raise UnreadableRecords("limit_exceeded", message)
    return records


def _id_prefix(user: User, idempotency_key: str | None, digest: str) -> str:
    """What made message ids begin with: sent again with its key, even after years, a batch makes the same ones."""
    if idempotency_key is None:
        return secrets.token_hex(16)
    return sha256(f"{user.id}\n{idempotency_key}\n{digest}".encode()).hexdigest()[:32]


def _acknowledgement(records: list[Record]) -> dict[str, object]:
    """What the shape of the records tells before they are applied: which cannot be used, and will be kept aside."""
    catalog = engine().catalog
    read = read_operations(records, catalog, ZoneInfo(catalog.organization.time_zone))
    unusable = [operation for operation in read if isinstance(operation, Unusable)]
    return {
        "unusable": len(unusable),
        "examples": [_example(each) for each in unusable[:_EXAMPLES]],
        "made_ids": sum(map(lacks_id, records)),
    }


def _example(unusable: Unusable) -> dict[str, object]:
    return {
        "position": unusable.position,
        "code": unusable.code,
        "column": shown(unusable.column),
        "value": shown(unusable.value),
    }
