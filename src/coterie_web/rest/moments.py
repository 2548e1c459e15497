"""Moments and zones as requests name them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from ninja import Field
from pydantic import BeforeValidator

__all__ = ["Moment", "ZoneName"]


def _moment(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("must be text, such as 2026-11-23T12:00:00Z")
    moment = datetime.fromisoformat(value.strip())
    if moment.utcoffset() is None:
        raise ValueError("does not say where it is that time; add Z, or an offset such as +01:00")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("lies outside the years 1 to 9999 in UTC") from None


Moment = Annotated[
    datetime,
    BeforeValidator(_moment),
    Field(description="An ISO 8601 instant with its offset: `2026-11-23T12:00:00Z`."),
]

ZoneName = Annotated[str, Field(max_length=64, description="An IANA time zone: `Europe/Paris`.")]
