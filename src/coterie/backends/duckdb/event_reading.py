"""A contact's interactions of all kinds in one order: newest first.

Each kind's table is asked once, and gives the first of the page and how many there are in all.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from heapq import merge
from itertools import islice
from typing import TypeAlias

import pyarrow as pa

from coterie.backends.duckdb.contact_index import ContactIndex
from coterie.backends.duckdb.naming import interaction_table, quoted
from coterie.backends.duckdb.python_values import moment_of
from coterie.backends.duckdb.shown_columns import ShownColumns
from coterie.backends.duckdb.source import Source
from coterie.planning.browsing import Event, EventPlace, EventSlice

__all__ = ["events_of"]

_Placed: TypeAlias = tuple[EventPlace, Event]


def events_of(
    contact: int,
    before: int,
    after: EventPlace | None,
    limit: int,
    interactions: Collection[str],
    source: Source,
    index: ContactIndex,
) -> EventSlice:
    """The first `limit` interactions of these kinds before an instant; of those after a place, where it is given."""
    total, of_kinds = 0, list[Sequence[_Placed]]()
    for name in interactions:
        count, first = _first_events(name, contact, before, after, limit + 1, source, index)
        total += count
        of_kinds.append(first)
    found = list(islice(merge(*of_kinds, key=_in_order), limit + 1))
    page = found[:limit]
    return EventSlice(
        events=tuple(event for _, event in page), total=total, last=page[-1][0] if len(found) > len(page) else None
    )


def _in_order(placed: _Placed) -> tuple[int, str, str]:
    place = placed[0]
    return -place.occurred_at, place.interaction, place.message_id


def _first_events(
    name: str,
    contact: int,
    before: int,
    after: EventPlace | None,
    limit: int,
    source: Source,
    index: ContactIndex,
) -> tuple[int, Sequence[_Placed]]:
    """How many interactions of a kind there are, and the first so many after a place."""
    shown = ShownColumns(interaction_table(name), list(source.catalog.interactions[name].attributes.values()))
    listed = ", ".join(["occurred_at", "message_id", *shown.listed])
    condition, values = _comes_after(name, after)
    known = index.of(name, contact)
    if known is not None and not len(known):
        return 0, ()
    is_own = f"contact = {contact}" if known is None else "rowid IN (SELECT v FROM known)"
    found = source.query(
        f"WITH own AS MATERIALIZED (SELECT {listed} FROM {quoted(shown.table)} WHERE {is_own} AND occurred_at < ?) "
        f"SELECT * FROM (SELECT count(*) AS total FROM own) LEFT JOIN (FROM own WHERE {condition} "
        "ORDER BY occurred_at DESC, message_id LIMIT ?) ON true ORDER BY occurred_at DESC, message_id",
        [before, *values, limit],
        {} if known is None else {"known": pa.table({"v": known})},
    )
    total: int = found.column("total")[0].as_py()
    return total, _placed_events(name, found.filter(found.column("message_id").is_valid()), shown, source)


def _comes_after(name: str, place: EventPlace | None) -> tuple[str, Sequence[object]]:
    """What tells interactions of a kind that come after a place, and its values; of one moment they are by kind."""
    if place is None:
        return "true", ()
    if name != place.interaction:
        return f"occurred_at {'<=' if name > place.interaction else '<'} ?", (place.occurred_at,)
    is_after = "(occurred_at < ? OR (occurred_at = ? AND message_id > ?))"
    return is_after, (place.occurred_at, place.occurred_at, place.message_id)


def _placed_events(name: str, found: pa.Table, shown: ShownColumns, source: Source) -> Sequence[_Placed]:
    times, messages = (found.column(column).to_pylist() for column in ("occurred_at", "message_id"))
    return [
        (
            EventPlace(time, name, message),
            Event(interaction=name, message_id=message, occurred_at=moment_of(time), values=values),
        )
        for time, message, values in zip(times, messages, shown.values(found, source), strict=True)
    ]
