"""Records in: sent in batches, acknowledged when they are on the disk, applied in their order."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from django.http import Http404, HttpRequest
from ninja import Header, Path, Router, Schema, Status

from coterie.errors import Problem
from coterie_web.accounts.requests import user_of
from coterie_web.ingest.contents import unzipped
from coterie_web.ingest.models import InboxBatch
from coterie_web.ingest.receiving import MOST_RECORDS, receive
from coterie_web.rest.asking import SENDING
from coterie_web.rest.problems import ProblemDetails, RefusedRequest
from coterie_web.ui.clock import now

__all__ = ["router"]

router = Router(tags=["records"], auth=SENDING)

_LARGEST = 32 * 1024 * 1024
"""Bytes of a body, unpacked."""

_RECORD = {
    "type": "object",
    "required": ["type"],
    "properties": {"type": {"enum": ["upsert", "delete", "interaction"]}},
    "description": "An operation, as docs/api.md describes it.",
}
_BODY = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {"type": "array", "items": _RECORD, "minItems": 1, "maxItems": MOST_RECORDS},
        },
        "application/x-ndjson": {"schema": {"type": "string", "description": "A record on each line."}},
    },
}


class UnusableOut(Schema):
    """A value for which a record cannot be used, or only without it: `position` counts the records from 1."""

    position: int
    code: str
    column: str
    value: str


class AcknowledgementOut(Schema):
    """Records that are on the disk, and will be applied.

    `unusable` counts those that will be kept aside, as far as their shape tells; `made_ids` the interactions that came
    without `message_id`. Sent again with its `Idempotency-Key`, a batch is answered what it was answered first.
    """

    batch: int
    records: int
    unusable: int
    made_ids: int
    examples: list[UnusableOut]


class ReportOut(Schema):
    """What applying did: `batches` were applied together, and the figures are of all of them; the examples are not."""

    batches: int
    read: int
    added: int
    updated: int
    deleted: int
    repeated: int
    refused: int
    made_ids: int
    data_version: int
    touched: int
    counts: dict[str, int]
    examples: list[UnusableOut]


class BatchOut(Schema):
    """A batch: whether it was applied, and from which version of the data on it counts.

    `set_aside` counts the records that the store could not take in, though nothing was wrong with their shape: they
    are kept until an administrator decides about them.
    """

    batch: int
    records: int
    received_at: datetime
    applied_at: datetime | None
    data_version: int | None
    set_aside: int
    report: ReportOut | None


@router.post(
    "/records",
    response={202: AcknowledgementOut, 409: ProblemDetails, 413: ProblemDetails, 429: ProblemDetails},
    operation_id="sendRecords",
    summary="Send records",
    openapi_extra={"requestBody": _BODY},
)
def send(
    request: HttpRequest,
    idempotency_key: Annotated[str | None, Header(alias="Idempotency-Key", max_length=200)] = None,
) -> Status[dict[str, object]]:
    """Take in a JSON array of records, or one on each line; `Content-Encoding: gzip` is understood.

    The answer comes when they are on the disk. They are applied in the order in which they were acknowledged, each
    exactly once, also where the server is killed meanwhile. 429 where too much waits: send again after `Retry-After`.
    """
    receipt = receive(_content(request), idempotency_key=idempotency_key, acting_user=user_of(request), now=now())
    batch = receipt.batch
    return Status(HTTPStatus.ACCEPTED, {"batch": batch.id, "records": batch.record_count, **batch.acknowledgement})


def _content(request: HttpRequest) -> bytes:
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding in {"", "identity"}:
        return request.body
    if encoding != "gzip":
        message = f"Content-Encoding {encoding!r} is not understood."
        raise _refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported_encoding", message, "Use gzip, or none.")
    try:
        content = unzipped(request.body, limit=_LARGEST)
    except ValueError as error:
        raise _refused(HTTPStatus.BAD_REQUEST, "unreadable_records", str(error), "Nothing was taken in.") from None
    if content is None:
        message = f"Unpacked, the body has more than {_LARGEST:,} bytes."
        raise _refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", message, "Send it in parts.")
    return content


def _refused(status: HTTPStatus, code: str, message: str, hint: str) -> RefusedRequest:
    return RefusedRequest(status, Problem(code=code, path="body", message=message, hint=hint))


@router.get(
    "/records/{batch_id}",
    response={200: BatchOut, 404: ProblemDetails},
    operation_id="getBatch",
    summary="What became of records",
)
def batch(request: HttpRequest, batch_id: Annotated[int, Path(ge=1, lt=1 << 63)]) -> dict[str, object]:
    """Whether a batch was applied, and what that did. Known for a week; only who sent a batch can ask for it."""
    found = InboxBatch.objects.defer("records").filter(id=batch_id, sent_by=user_of(request)).first()
    if found is None:
        raise Http404
    return {
        "batch": found.id,
        "records": found.record_count,
        "received_at": found.received_at,
        "applied_at": found.applied_at,
        "data_version": found.data_version,
        "set_aside": found.set_aside.count(),
        "report": found.report,
    }
