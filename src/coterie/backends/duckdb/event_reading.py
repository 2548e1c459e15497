"""A contact's interactions of all kinds in one order: newest first.

What puts them in order is read of all; their attributes then of those on the page alone, in the short time that it
spans.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from coterie.backends.duckdb.naming import interaction_table, quoted
from coterie.backends.duckdb.python_values import moment_of
from coterie.backends.duckdb.shown_columns import ShownColumns
from coterie.backends.duckdb.source import Source
from coterie.planning.browsing import Event, EventPlace, EventSlice

__all__ = ["events_of"]


def events_of(
    contact: int, before: int, after: EventPlace | None, limit: int, interactions: Collection[str], source: Source
) -> EventSlice:
    """The first `limit` interactions of these kinds before an instant; of those after a place, where it is given."""
    names = sorted(interactions)
    if not names:
        return EventSlice((), 0, None)
    found = _times(contact, before, names, source)
    later = found if after is None else found.filter(_is_after(found, after, names))
    order = [("occurred_at", "descending"), ("kind", "ascending"), ("message_id", "ascending")]
    places = _places(later.sort_by(order).slice(0, limit), names)
    events = {name: _events(name, contact, [p for p in places if p.interaction == name], source) for name in names}
    return EventSlice(
        events=tuple(events[place.interaction][place.message_id] for place in places),
        total=found.num_rows,
        last=places[-1] if later.num_rows > len(places) else None,
    )


def _times(contact: int, before: int, names: Sequence[str], source: Source) -> pa.Table:
    parts = [
        f"SELECT {kind}::INTEGER AS kind, occurred_at, message_id FROM {quoted(interaction_table(name))} "
        "WHERE contact = $1 AND occurred_at < $2"
        for kind, name in enumerate(names)
    ]
    return source.query(" UNION ALL ".join(parts), [contact, before])


def _is_after(found: pa.Table, place: EventPlace, names: Sequence[str]) -> pa.ChunkedArray:
    """Which events come after a place; its own kind need not be among the names."""
    occurred, kind, message = (found.column(name) for name in ("occurred_at", "kind", "message_id"))
    same, next_kind = bisect_left(names, place.interaction), bisect_right(names, place.interaction)
    is_further = pc.greater_equal(kind, next_kind)
    if same < next_kind:
        is_next_message = pc.and_(pc.equal(kind, same), pc.greater(message, place.message_id))
        is_further = pc.or_(is_further, is_next_message)
    is_simultaneous = pc.equal(occurred, place.occurred_at)
    return pc.or_(pc.less(occurred, place.occurred_at), pc.and_(is_simultaneous, is_further))


def _places(page: pa.Table, names: Sequence[str]) -> list[EventPlace]:
    rows = zip(*(page.column(name).to_pylist() for name in ("occurred_at", "kind", "message_id")), strict=True)
    return [EventPlace(occurred, names[kind], message) for occurred, kind, message in rows]


def _events(name: str, contact: int, places: Sequence[EventPlace], source: Source) -> Mapping[str, Event]:
    """The interactions of one kind at these places (newest first), by message."""
    if not places:
        return {}
    shown = ShownColumns(interaction_table(name), list(source.catalog.interactions[name].attributes.values()))
    found = source.query(
        f"SELECT {', '.join(['occurred_at', 'message_id', *shown.listed])} FROM {quoted(shown.table)} "
        "WHERE contact = ? AND occurred_at BETWEEN ? AND ?",
        [contact, places[-1].occurred_at, places[0].occurred_at],
    )
    times, messages = (found.column(column).to_pylist() for column in ("occurred_at", "message_id"))
    return {
        message: Event(interaction=name, message_id=message, occurred_at=moment_of(time), values=values)
        for message, time, values in zip(messages, times, shown.values(found, source), strict=True)
    }
