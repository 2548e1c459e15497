"""Taking members out as a file: who may, what is written down of it, and the file itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from django.db import transaction

from coterie_web.accounts.history import record
from coterie_web.accounts.models import Role, User
from coterie_web.catalogs.engine import engine
from coterie_web.segments.lifecycle import subject
from coterie_web.segments.membership.csv_export import csv_chunks
from coterie_web.segments.membership.parquet_export import parquet_chunks
from coterie_web.segments.membership.snapshots import Shown
from coterie_web.segments.models import Segment
from coterie_web.ui.refusals import demand

__all__ = ["ExportFile", "Format", "export_members", "may_export"]

_ROWS_AT_ONCE = 50_000


class Format(StrEnum):
    """What a file is written as. The mark is for spreadsheets, which else take UTF-8 for something else."""

    CSV = "csv"
    MARKED_CSV = "csv-with-mark"
    PARQUET = "parquet"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFile:
    """A file to be sent as it is written."""

    name: str
    content_type: str
    chunks: Iterator[bytes]


def may_export(user: User) -> bool:
    """Whether the person takes contacts out of Coterie: a viewer only looks at them."""
    return user.at_least(Role.MARKETER)


@transaction.atomic
def export_members(
    segment: Segment, shown: Shown, *, columns: Sequence[str], written_as: Format, acting_user: User, now: datetime
) -> ExportFile:
    """The members of a snapshot whom the person sees, with their keys and some attributes. Raises NotAllowed."""
    demand(may_export(acting_user), "Viewers look at members, and do not export them. Ask a marketer.")
    facts = _facts(segment, shown)
    details: dict[str, object] = {**facts, "format": written_as.value, "columns": list(columns)}
    record("exported members", of=subject(segment), acting_user=acting_user, now=now, details=details)
    batches = engine().contact_batches(shown.members, columns=columns, batch_size=_ROWS_AT_ONCE)
    name = "_".join(filter(None, (segment.key, f"{shown.as_of.astimezone(UTC):%Y%m%dT%H%M%SZ}", _number(shown))))
    if written_as is Format.PARQUET:
        chunks = parquet_chunks(batches, facts)
        return ExportFile(name=f"{name}.parquet", content_type="application/vnd.apache.parquet", chunks=chunks)
    chunks = csv_chunks(batches, with_mark=written_as is Format.MARKED_CSV)
    return ExportFile(name=f"{name}.csv", content_type="text/csv; charset=utf-8", chunks=chunks)


def _facts(segment: Segment, shown: Shown) -> dict[str, str]:
    """Which snapshot it is, and how many of it are seen."""
    facts = {"segment": segment.key, "as_of": shown.as_of.astimezone(UTC).isoformat(), "count": str(shown.count)}
    if shown.mark is not None:
        facts["publication"] = str(shown.mark.publication)
    if shown.data_version is not None:
        facts["data_version"] = str(shown.data_version)
    return facts


def _number(shown: Shown) -> str:
    return "" if shown.mark is None else f"p{shown.mark.publication}"
