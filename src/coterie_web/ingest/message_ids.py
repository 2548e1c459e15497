"""Ids for interactions that come without one: made once, so that applying a batch again counts nothing twice."""

from __future__ import annotations

from coterie.records.scalars import key_of
from coterie_web.ingest.contents import Record

__all__ = ["lacks_id", "with_ids"]

_ID = "message_id"


def lacks_id(record: Record) -> bool:
    """Whether it is an interaction that has no `message_id`, or one that is no key: the store would make up another."""
    inner = record.get("record")
    return (
        record.get("type") == "interaction" and isinstance(inner, dict) and not isinstance(key_of(inner.get(_ID)), str)
    )


def with_ids(records: list[Record], prefix: str) -> list[Record]:
    """The records of a batch. An interaction without an id is to be given one of `prefix` and its number."""
    return [
        {"made_id": f"{prefix}-{position}", **record} if lacks_id(record) else record
        for position, record in enumerate(records, 1)
    ]
