"""Pages of lists: a cursor names the last thing that was shown, so that what comes and goes moves nothing."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated, Generic, TypeVar

from ninja import Field, Schema

from coterie.errors import Problem
from coterie.values.text import is_storable
from coterie_web.rest.problems import RefusedRequest

__all__ = ["After", "Limit", "Page", "cursor", "place_of"]

T = TypeVar("T")

Limit = Annotated[int, Field(ge=1, le=1_000, description="At most so many.")]

After = Annotated[
    str | None, Field(max_length=2_000, description="`next` of the page before; without it, the first page.")
]


class Page(Schema, Generic[T]):
    """Some of a list, and how to go on: `next` is passed as `after`; null where this is the last page."""

    items: list[T]
    next: str | None


def cursor(place: Sequence[str | int]) -> str:
    """The place behind which the next page begins, as an opaque text."""
    return base64.urlsafe_b64encode(json.dumps(list(place)).encode()).decode().rstrip("=")


def place_of(text: str, kinds: Sequence[type]) -> list[str | int]:
    """The place that `cursor` wrote, of parts of these types. Raises RefusedRequest (`invalid_cursor`)."""
    try:
        place = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        place = None
    if not isinstance(place, list) or [type(part) for part in place] != list(kinds) or not all(map(_is_sound, place)):
        message, hint = "This is no cursor of this list.", "Pass `next` of the page before, as it is."
        problem = Problem(code="invalid_cursor", path="query.after", message=message, hint=hint)
        raise RefusedRequest(HTTPStatus.UNPROCESSABLE_ENTITY, problem)
    return place


def _is_sound(part: str | int) -> bool:
    """Whether a database can be asked for it."""
    return abs(part) < 1 << 63 if isinstance(part, int) else "\0" not in part and is_storable(part)
