"""The order of the list, and pages of it by a cursor that names a place, so that what comes and goes shifts nothing."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import TypeAlias

from coterie_web.segments.listing.rows import Row

__all__ = ["Page", "ordered", "page_of"]

SortValue: TypeAlias = int | str | None


_Place: TypeAlias = tuple[SortValue, str, str]
"""Where a row stands: by the value it is sorted by, then by name, then by key, which no two share.

A plain tuple: to make a thousand with names took as long as sorting them.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some rows in order; `first` counts from 1. The cursors are None where nothing comes before or after."""

    rows: tuple[Row, ...]
    first: int
    total: int
    before: str | None
    after: str | None

    @property
    def last(self) -> int:
        """The number of the last row shown."""
        return self.first + len(self.rows) - 1


def ordered(rows: Sequence[Row], value_of: Callable[[Row], SortValue], *, descending: bool = False) -> list[Row]:
    """The rows in order. Those without a value come last either way; equal ones by name, then by key."""
    placed = _placed(rows, value_of)
    return [placed[place] for place in _in_order(list(placed), descending=descending)]


def _placed(rows: Sequence[Row], value_of: Callable[[Row], SortValue]) -> dict[_Place, Row]:
    """The rows by their places, a thousand in passing."""
    names, keys = [row.name.casefold() for row in rows], [row.key for row in rows]
    return dict(zip(zip(map(value_of, rows), names, keys, strict=True), rows, strict=True))


def _in_order(places: Sequence[_Place], *, descending: bool) -> list[_Place]:
    by_name = sorted(places, key=itemgetter(1, 2))
    with_value = [place for place in by_name if place[0] is not None]
    with_value.sort(key=itemgetter(0), reverse=descending)
    return with_value + [place for place in by_name if place[0] is None]


def page_of(
    rows: Sequence[Row],
    value_of: Callable[[Row], SortValue],
    *,
    descending: bool = False,
    after: str = "",
    before: str = "",
    size: int = 25,
) -> Page:
    """The rows after or before a cursor; the first ones without a cursor, or with one that is none of this order."""
    placed = _placed(rows, value_of)
    places = _in_order(list(placed), descending=descending)
    start = 0
    if (mark := _mark(after, places)) is not None:
        start = _in_order([*places, mark], descending=descending).index(mark) + (mark in placed)
    elif (mark := _mark(before, places)) is not None:
        start = max(_in_order([*places, mark], descending=descending).index(mark) - size, 0)
    shown = places[start : start + size]
    return Page(
        rows=tuple(placed[place] for place in shown),
        first=start + 1 if shown else 0,
        total=len(places),
        before=_cursor(shown[0]) if shown and start else None,
        after=_cursor(shown[-1]) if start + size < len(places) else None,
    )


def _cursor(place: _Place) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def _mark(cursor: str, places: Sequence[_Place]) -> _Place | None:
    """The place that a cursor names; None where it is none, or of another order than this one's."""
    try:
        match json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))):
            case [None | int() | str() as value, str(name), str(key)]:
                kinds = {type(place[0]) for place in places}
                return (value, name, key) if value is None or kinds <= {type(value), type(None)} else None
            case _:
                return None
    except (ValueError, binascii.Error, RecursionError):
        return None
