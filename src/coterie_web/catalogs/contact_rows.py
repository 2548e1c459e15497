"""Contacts in a list, as the API tells them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ninja import Schema

from coterie import ContactRow
from coterie.engine.plain_answers import Json, value_as_json

__all__ = ["ContactOut", "row_as_json"]


class ContactOut(Schema):
    """A contact: its key, what it is called, and the values of the columns asked for."""

    contact_id: str
    name: str
    email: str | None
    values: dict[str, Any]


def row_as_json(row: ContactRow) -> dict[str, Json]:
    """A contact as plain data: moments are ISO 8601 in UTC, decimals numbers where these are exact."""
    return {"contact_id": row.contact_id, "name": row.name, "email": row.email, "values": _values(row.values)}


def _values(values: Mapping[str, object]) -> Json:
    return {name: value_as_json(value) for name, value in values.items()}
