"""A contact's interactions of all kinds in one order: newest first.

Each kind's table is asked once, and gives all of the contact's.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from heapq import merge
from itertools import islice
from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

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
    """How many interactions of a kind there are, and the first so many after a place.

    All of the contact's are read, and put in order here: to let DuckDB do that took twice as long as reading them.
    """
    shown = ShownColumns(interaction_table(name), list(source.catalog.interactions[name].attributes.values()))
    known = index.of(name, contact)
    if known is not None and not len(known):
        return 0, ()
    own = f"contact = {contact}" if known is None else "rowid IN (SELECT v FROM known)"
    listed = ", ".join(["occurred_at", "message_id", *shown.listed])
    statement = f"SELECT {listed} FROM {quoted(shown.table)} WHERE {own}"
    found = source.query(statement, (), {} if known is None else {"known": pa.table({"v": known})})
    found = found.filter(pc.less(found.column("occurred_at"), before))
    total = found.num_rows
    if after is not None:
        found = found.filter(_comes_after(found, name, after))
    order = [("occurred_at", "descending"), ("message_id", "ascending")]
    first = found.take(pc.sort_indices(found, order).slice(0, limit))
    return total, _placed_events(name, first, shown, source)


def _comes_after(found: pa.Table, name: str, place: EventPlace) -> pa.ChunkedArray:
    """Which interactions of a kind come after a place; of one moment they are by kind."""
    times = found.column("occurred_at")
    is_earlier, is_then = pc.less(times, place.occurred_at), pc.equal(times, place.occurred_at)
    if name < place.interaction:
        return is_earlier
    if name == place.interaction:
        is_then = pc.and_(is_then, pc.greater(found.column("message_id"), place.message_id))
    return pc.or_(is_earlier, is_then)


def _placed_events(name: str, found: pa.Table, shown: ShownColumns, source: Source) -> Sequence[_Placed]:
    times, messages = (found.column(column).to_pylist() for column in ("occurred_at", "message_id"))
    return [
        (
            EventPlace(time, name, message),
            Event(interaction=name, message_id=message, occurred_at=moment_of(time), values=values),
        )
        for time, message, values in zip(times, messages, shown.values(found, source), strict=True)
    ]
