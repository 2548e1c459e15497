"""The values that occur in the data, for programs that build definitions."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from coterie.engine.plain_answers import value_as_json
from coterie_web.accounts.requests import user_of
from coterie_web.catalogs.engine import engine
from coterie_web.rest.asking import READING
from coterie_web.segments.queries import visible_contacts

__all__ = ["router"]

router = Router(tags=["catalog"], auth=READING)


class _Asked(Schema):
    """Of which attribute values are wanted, and which of them."""

    name: str = Field(max_length=200, description="An entity or interaction of the catalog; `contact` is one.")
    attribute: str = Field(max_length=200)
    containing: str = Field("", max_length=300, description="A text that they hold, whatever its case.")
    limit: int = Field(20, ge=1, le=1_000)


class ValueOut(Schema):
    """A value, and how many records have it."""

    value: Any
    count: int


class ValuesOut(Schema):
    """Values that occur of an attribute, those of most records first."""

    name: str
    attribute: str
    values: list[ValueOut]


@router.get("/catalog/values", response=ValuesOut, operation_id="listValues", summary="Which values occur")
def values(request: HttpRequest, asked: Query[_Asked]) -> dict[str, object]:
    """The values that occur of an attribute, counted among the contacts that you see and what is related to them.

    Those that begin with `containing` come before those that hold it elsewhere. Of a list each choice is counted.
    """
    found = engine().values(
        asked.name,
        asked.attribute,
        containing=asked.containing,
        limit=asked.limit,
        within=visible_contacts(user_of(request)),
    )
    told = [{"value": value_as_json(each.value), "count": each.count} for each in found]
    return {"name": asked.name, "attribute": asked.attribute, "values": told}
