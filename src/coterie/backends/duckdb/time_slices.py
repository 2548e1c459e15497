"""When interactions occurred, and whose they are: spans of time kept in memory, for bounds that move on with the clock.

A window's bound passes a little more of the table with every refresh. What lies ahead of it is read by one statement,
and then answered from memory until the bound has come through.
"""

from __future__ import annotations

import threading
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coterie.backends.duckdb.arrays import Ordinals
from coterie.backends.duckdb.dated import holders
from coterie.backends.duckdb.naming import interaction_table, quoted
from coterie.backends.duckdb.source import Source
from coterie.planning.backend import Changes, DateColumn

__all__ = ["TimeSlices"]

_ROWS = 16_384
"""A slice holds so many rows at most: a statement that reads them takes hardly longer than one that reads a few."""

_BYTES = 64_000_000
_OVERHEAD = 500  # bytes, of a slice without rows

_MINUTE = 60_000
_HOUR = 3_600_000
_LONGEST = 30 * 24 * _HOUR
_END = 1 << 62
"""Later than anything that can occur."""

Instants = NDArray[np.int64]

_NONE: Instants = np.empty(0, np.int64)


@dataclass(slots=True)
class _Slice:
    """All that occurred in `[start, end)`, in order, and whose it was. `used` grows with each use of any slice."""

    start: int
    end: int
    times: Instants
    contacts: Ordinals
    used: int

    def between(self, start: int, end: int) -> _Slice:
        """The part in `[start, end)`, in memory of its own."""
        first, last = _first_from(self.times, start), _first_from(self.times, end)
        return _Slice(start, end, self.times[first:last].copy(), self.contacts[first:last].copy(), self.used)

    def contacts_between(self, start: int, end: int) -> Ordinals:
        return self.contacts[_first_from(self.times, start) : _first_from(self.times, end)]

    @property
    def bytes(self) -> int:
        return self.times.nbytes + self.contacts.nbytes + _OVERHEAD


def _first_from(times: Instants, at: int) -> int:
    """The place of the first that is not before. Unlike numpy's own search it lets no other thread in between."""
    return bisect_left(times, at)


class _Known:
    """What is known of one interaction: slices that do not overlap, in order.

    Of instants at which something occurred since they were read it is known that something did, not whose it was.
    """

    def __init__(self, most_rows: int) -> None:
        self._most_rows = most_rows
        self._slices: list[_Slice] = []
        self._renewed = _NONE

    @property
    def slices(self) -> list[_Slice]:
        return self._slices

    def note_occurred(self, times: Instants) -> None:
        """Something new occurred at each of these instants, in order."""
        starts = np.array([each.start for each in self._slices], np.int64)
        ends = np.array([each.end for each in self._slices], np.int64)
        places = np.searchsorted(starts, times, "right") - 1
        held = times[(places >= 0) & (times < ends[places])] if len(starts) else _NONE
        if len(held):
            self._renewed = np.union1d(self._renewed, held)
        if len(self._renewed) > self._most_rows:
            self.clear()

    def clear(self) -> None:
        self._slices.clear()
        self._renewed = _NONE

    def unknown_from(self, start: int, end: int, used: int) -> int:
        """The first instant in `[start, end)` of which it is not known whose it was; `end` where there is none."""
        at = start
        while at < end and (slice_ := self._at(at)) is not None:
            slice_.used = used
            at = slice_.end
        place = _first_from(self._renewed, start)
        if place < len(self._renewed):
            at = min(at, int(self._renewed[place]))
        return min(at, end)

    def contacts(self, start: int, end: int) -> Ordinals:
        """Of what occurred in `[start, end)`, all of which is known, whose it was: in no order, with repeats."""
        parts = [np.empty(0, np.uint32)]
        while start < end:
            slice_ = self._at(start)
            assert slice_ is not None
            parts.append(slice_.contacts_between(start, end))
            start = slice_.end
        return np.concatenate(parts)

    def next(self, at: int, used: int) -> tuple[int | None, int]:
        """The first instant not before `at` at which something occurred; and up to where that is known."""
        while (slice_ := self._at(at)) is not None:
            slice_.used = used
            firsts = [times[_first_from(times, at) :][:1] for times in (slice_.times, self._renewed)]
            found = min((int(first[0]) for first in firsts if len(first)), default=_END)
            if found < slice_.end:
                return found, at
            at = slice_.end
        return None, at

    def reach(self, at: int) -> int:
        """How far ahead of `at` a slice should go: by how far others just before it do."""
        before = self._at(at - 1)
        if before is None:
            return _HOUR
        span, rows = before.end - before.start, max(len(before.times), 1)
        return max(min(span * min(4 * rows, self._most_rows) // rows, _LONGEST), _MINUTE)

    def put(self, new: _Slice) -> None:
        """Take in what was read of a span of time, in place of what was known of it."""
        self._cut(new.start, new.end)
        place = self._place(new.start) + 1
        self._slices.insert(place, new)
        self._join(place)
        self._join(place - 1)

    def drop(self, slice_: _Slice) -> None:
        self._cut(slice_.start, slice_.end)

    def _place(self, at: int) -> int:
        """The place of the last slice that begins at `at` or before; -1 where none does."""
        return bisect_right(self._slices, at, key=lambda each: each.start) - 1

    def _at(self, at: int) -> _Slice | None:
        place = self._place(at)
        return self._slices[place] if place >= 0 and at < self._slices[place].end else None

    def _cut(self, start: int, end: int) -> None:
        """Forget what is known of `[start, end)`."""
        first = self._place(start)
        if first < 0 or self._slices[first].end <= start:
            first += 1
        last = first
        while last < len(self._slices) and self._slices[last].start < end:
            last += 1
        kept = []
        for each in self._slices[first:last]:
            if each.start < start:
                kept.append(each.between(each.start, start))
            if end < each.end:
                kept.append(each.between(end, each.end))
        self._slices[first:last] = kept
        renewed = self._renewed
        self._renewed = renewed[(renewed < start) | (renewed >= end)]

    def _join(self, place: int) -> None:
        """Make the slice at `place` and the next one into one, where they touch and it does not become too large."""
        if not 0 <= place < len(self._slices) - 1:
            return
        one, other = self._slices[place : place + 2]
        if one.end == other.start and len(one.times) + len(other.times) <= self._most_rows:
            times = np.concatenate([one.times, other.times])
            contacts = np.concatenate([one.contacts, other.contacts])
            self._slices[place : place + 2] = [_Slice(one.start, other.end, times, contacts, max(one.used, other.used))]


class TimeSlices:
    """Answers from memory what has been read, and is still so; the rest by statements. Any thread may ask.

    `changes` tells what came after a data version. At most `most_bytes` are kept, those used least recently go first.
    """

    def __init__(
        self,
        source: Source,
        changes: Callable[[int], Changes | None],
        *,
        most_rows: int = _ROWS,
        most_bytes: int = _BYTES,
    ) -> None:
        self._source = source
        self._changes = changes
        self._most_rows = most_rows
        self._most_bytes = most_bytes
        self._known: dict[str, _Known] = {}
        self._version = source.data_version
        self._uses = 0
        self._at_most = 0
        """Bytes, no less than what is kept: what there was when it was counted, and what was put in since."""
        self._lock = threading.Lock()

    @property
    def bytes(self) -> int:
        """What is kept, in bytes."""
        with self._lock:
            return sum(each.bytes for known in self._known.values() for each in known.slices)

    def holding(self, interaction: str, spans: Sequence[tuple[int, int]]) -> Sequence[Ordinals]:
        """For each span `[start, end)` the contacts with such an interaction in it: in no order, with repeats."""
        clipped = [(max(start, -_END), min(end, _END)) for start, end in spans]
        found = [self._held(interaction, start, end) for start, end in clipped]
        far = [span for span, contacts in zip(clipped, found, strict=True) if contacts is None]
        read = iter(holders(DateColumn(interaction=interaction), far, self._source))
        return [next(read) if contacts is None else contacts for contacts in found]

    def _held(self, interaction: str, start: int, end: int) -> Ordinals | None:
        """The contacts of one span; None where that is too long to be kept."""
        with self._lock:
            known, version = self._at_hand(interaction)
            unknown = max(known.unknown_from(start, end, self._uses), start)
            if unknown >= end:
                return known.contacts(start, end)
            reach = known.reach(unknown)
            contacts = known.contacts(start, unknown)
        if end - unknown <= reach:
            read, _ = self._read(interaction, version, unknown, min(unknown + reach, _END))
            if end <= read.end:
                return np.concatenate([contacts, read.contacts_between(unknown, end)])
        return None

    def least(self, interaction: str, at_or_after: int) -> int | None:
        """The first instant that is not before at which such an interaction occurred."""
        at = max(at_or_after, -_END)
        with self._lock:
            known, version = self._at_hand(interaction)
            found, at = known.next(at, self._uses)
            reach = known.reach(at)
        if found is not None or at >= _END:
            return found
        read, first = self._read(interaction, version, at, min(at + reach, _END))
        return self._next_far(interaction, version, read.end) if first is None else first

    def _next_far(self, interaction: str, version: int, at: int) -> int | None:
        """The first instant not before `at`, however far; up to there nothing is read again."""
        statement = f"SELECT min(occurred_at) FROM {quoted(interaction_table(interaction))} WHERE occurred_at >= ?"
        found: int | None = self._source.query(statement, [at]).column(0)[0].as_py()
        end = _END if found is None else found
        if at < end:
            self._keep(interaction, version, _Slice(at, end, _NONE, np.empty(0, np.uint32), 0))
        return found

    def _read(self, interaction: str, version: int, start: int, end: int) -> tuple[_Slice, int | None]:
        """The slice of `[start, end)`, ending earlier where that is too much, and the first instant in the whole."""
        statement = (
            f"SELECT occurred_at, contact FROM {quoted(interaction_table(interaction))} "
            "WHERE occurred_at >= ? AND occurred_at < ? ORDER BY occurred_at LIMIT ?"
        )
        found = self._source.query(statement, [start, end, self._most_rows + 1])
        times: Instants = found.column(0).to_numpy()
        first = int(times[0]) if len(times) else None
        if len(times) > self._most_rows:
            end = int(times[-1])  # there may be more that occurred just then
        read = _Slice(start, end, times, found.column(1).to_numpy(), 0).between(start, end)
        if start < end:
            self._keep(interaction, version, read)
        return read, first

    # --- with the lock held, or to take it

    def _at_hand(self, interaction: str) -> tuple[_Known, int]:
        """What is known of the interaction at the data version that there is."""
        self._notice_changes()
        self._uses += 1
        return self._known.setdefault(interaction, _Known(self._most_rows)), self._version

    def _keep(self, interaction: str, version: int, read: _Slice) -> None:
        """Keep what was read at that data version, unless there has been another since."""
        with self._lock:
            known, present = self._at_hand(interaction)
            if present == version:
                read.used = self._uses
                known.put(read)
                self._at_most += read.bytes + _OVERHEAD  # it may cut another in two
                if self._at_most > self._most_bytes:
                    self._make_room()

    def _notice_changes(self) -> None:
        """Drop, or take note of, what is not so any more. Interactions never go, and never change."""
        version = self._source.data_version
        if version == self._version:
            return
        changes = self._changes(self._version) if self._known else None
        self._version = version
        if changes is None:
            self._known.clear()
            return
        for name, known in self._known.items():
            if name in changes.whole:
                known.clear()
            elif name in changes.occurred:
                known.note_occurred(np.array(changes.occurred[name], np.int64))

    def _make_room(self) -> None:
        """Drop what was used least recently of more than may be kept, and some more: not to have to do it each time."""
        kept = [(each.used, each, known) for known in self._known.values() for each in known.slices]
        size = sum(each.bytes for _, each, _ in kept)
        if size > self._most_bytes:
            for _, each, known in sorted(kept, key=lambda entry: entry[0]):
                if size <= self._most_bytes * 7 // 8:
                    break
                known.drop(each)
                size -= each.bytes
        self._at_most = size
