"""What is loaded, what waits, what came last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from coterie_web.accounts.models import User
from coterie_web.catalogs.engine import engine
from coterie_web.ingest.models import InboxBatch
from coterie_web.ingest.waiting import waiting

__all__ = ["Arrived", "Loaded", "last_arrived", "loaded", "may_see_data", "visible_version", "waiting"]

_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """An entity or an interaction, and how many records of it there are."""

    name: str
    kind: str
    label: str
    records: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A batch of records, and what became of it. `aside` counts what could not be used; None until it is applied."""

    number: int
    sender: str
    received_at: datetime
    records: int
    seconds: float | None
    data_version: int | None
    aside: int | None


def may_see_data(user: User) -> bool:
    """Numbers of all records are for who belongs to the whole organization."""
    return user.unit_id is None


def loaded() -> Sequence[Loaded]:
    """Every entity and interaction of the catalog, the contact first."""
    catalog, counts = engine().catalog, engine().record_counts()
    kinds = dict.fromkeys(catalog.entities, "Entity") | dict.fromkeys(catalog.interactions, "Interaction")
    return [
        Loaded(name=name, kind=kinds[name], label=_label(name), records=records) for name, records in counts.items()
    ]


def _label(name: str) -> str:
    """A catalog's name as people read it: `email_opened` is Email opened."""
    return name.replace("_", " ").capitalize()


def last_arrived() -> Sequence[Arrived]:
    """The last batches that were acknowledged, the newest first."""
    batches = InboxBatch.objects.select_related("sent_by").defer("records").order_by("-id")[:_SHOWN]
    return [_arrived(batch) for batch in batches]


def _arrived(batch: InboxBatch) -> Arrived:
    took = None if batch.applied_at is None else (batch.applied_at - batch.received_at).total_seconds()
    return Arrived(
        number=batch.id,
        sender="–" if batch.sent_by is None else batch.sent_by.name,
        received_at=batch.received_at,
        records=batch.record_count,
        seconds=took,
        data_version=batch.data_version,
        aside=batch.acknowledgement.get("unusable"),
    )


def visible_version() -> int | None:
    """The version of the data that the published segments show; None where none is published."""
    return min((published.data_version for published in engine().published.values()), default=None)
