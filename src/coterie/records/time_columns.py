"""Whole columns of days and instants; the usual ISO spellings by arithmetic, the rest once per distinct value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from coterie.records.arrays import as_flags, character_data, true_rows
from coterie.records.scalars import date_of, instant_of
from coterie.values.times import DAY, FIRST_INSTANT, LAST_INSTANT, instant_from_date, instant_from_datetime

__all__ = ["LocalClock", "days_from_text", "instants_from_days", "instants_from_text", "instants_from_timestamps"]

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - local times have no zone until one is given
_MILLISECOND = timedelta(milliseconds=1)
_MONTH_LENGTHS = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


@dataclass(slots=True)
class LocalClock:
    """Local times of one zone → instants, day by day: nearly every day has one offset throughout."""

    zone: ZoneInfo
    _offsets: dict[int, int | None] = field(default_factory=dict)

    def instants(self, local: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Instants of local times (ms since 1970 local), and which of them lie within the years 1 to 9999."""
        days, positions = np.unique(local // DAY, return_inverse=True)
        known = [self._offset_of(int(day)) for day in days]
        uneven = np.array([offset is None for offset in known], dtype=bool)[positions]
        offsets = np.array([offset or 0 for offset in known], dtype=np.int64)[positions]
        instants = local - offsets
        inside = (instants >= FIRST_INSTANT) & (instants <= LAST_INSTANT)
        for row in true_rows(uneven):
            instant = self._instant_of(int(local[row]))
            inside[row] = instant is not None
            instants[row] = instant or 0
        return instants, inside

    def _instant_of(self, local: int) -> int | None:
        if not FIRST_INSTANT <= local <= LAST_INSTANT:
            return None
        return instant_from_datetime(_EPOCH + local * _MILLISECOND, self.zone)

    def midnight(self, day: int) -> int | None:
        """The instant at which the local day `day` (since 1970) begins; None outside the years 1 to 9999."""
        ordinal = day + _EPOCH.toordinal()
        if not 1 <= ordinal <= date.max.toordinal():
            return None
        return instant_from_date(date.fromordinal(ordinal), self.zone)

    def _offset_of(self, day: int) -> int | None:
        """The offset (ms) of the whole local day `day` (since 1970); None where it has several, or is out of reach."""
        if day not in self._offsets:
            hours = [day * DAY + hour * (DAY // 24) for hour in range(25)]
            inside = hours[0] >= FIRST_INSTANT + DAY and hours[-1] <= LAST_INSTANT - DAY
            offsets = {hour - (self._instant_of(hour) or 0) for hour in hours} if inside else set()
            self._offsets[day] = offsets.pop() if len(offsets) == 1 else None
        return self._offsets[day]


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows of text of one length, as a matrix of characters."""

    rows: np.ndarray
    characters: np.ndarray

    def where(self, mask: np.ndarray) -> _Rows:
        return self if mask.all() else _Rows(self.rows[mask], self.characters[mask])

    def spelled(self, position: int, allowed: bytes) -> np.ndarray:
        column = self.characters[:, position]
        return np.asarray(np.logical_or.reduce([column == character for character in allowed]))

    def digits(self, *positions: int) -> np.ndarray:
        """Whether all of `positions` hold digits."""
        columns = self.characters[:, list(positions)]
        return np.asarray(((columns >= 48) & (columns <= 57)).all(axis=1))

    def number(self, start: int, end: int) -> np.ndarray:
        total = np.zeros(len(self.rows), np.int64)
        for position in range(start, end):
            total = total * 10 + (self.characters[:, position].astype(np.int64) - 48)
        return total


def _by_length(strings: pa.StringArray, lengths: tuple[int, ...]) -> Iterator[_Rows]:
    """The rows of each of these lengths (in bytes)."""
    data, offsets = character_data(strings)
    sizes = np.diff(offsets)
    sizes = np.where(as_flags(strings.is_valid()), sizes, -1)
    for length in lengths:
        rows = true_rows(sizes == length)
        if len(rows) == len(sizes) and len(rows) and offsets[-1] - offsets[0] == length * len(rows):
            yield _Rows(rows, data[offsets[0] : offsets[-1]].reshape(-1, length))
        elif len(rows):
            starts = offsets[:-1][rows].astype(np.int64)
            yield _Rows(rows, data[starts[:, None] + np.arange(length)])


def _days(text: _Rows) -> tuple[_Rows, np.ndarray]:
    """The rows that begin with a day of the calendar, and that day (since 1970)."""
    text = text.where(text.digits(0, 1, 2, 3, 5, 6, 8, 9) & text.spelled(4, b"-") & text.spelled(7, b"-"))
    year, month, day = text.number(0, 4), text.number(5, 7), text.number(8, 10)
    leap = (month == 2) & (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    possible = (month >= 1) & (month <= 12)
    last = _MONTH_LENGTHS[np.where(possible, month, 0)] + leap
    valid = (year >= 1) & (day >= 1) & (day <= last)
    months = (year[valid] - 1970) * 12 + month[valid] - 1
    first = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    return text.where(valid), first + day[valid] - 1


def days_from_text(strings: pa.StringArray) -> tuple[pa.Array, np.ndarray]:
    """Days as date32, and the rows that hold text which is no day."""
    days, done = np.zeros(len(strings), np.int32), np.zeros(len(strings), bool)
    for group in _by_length(strings, (10,)):
        text, found = _days(group)
        days[text.rows], done[text.rows] = found, True
    rest = as_flags(strings.is_valid()) & ~done
    for rows, text_value in _distinct(strings, rest):
        day = date_of(text_value)
        if isinstance(day, date):
            days[rows], done[rows] = day.toordinal() - _EPOCH.toordinal(), True
    ill = as_flags(strings.is_valid()) & ~done
    return pa.array(days, mask=~done).cast(pa.date32()), ill


def _distinct(strings: pa.StringArray, rest: np.ndarray) -> Iterator[tuple[np.ndarray, str]]:
    """The distinct texts of the rows of `rest`, each with its rows."""
    rows = true_rows(rest)
    if not len(rows):
        return
    encoded = strings.take(pa.array(rows)).dictionary_encode()
    codes = encoded.indices.to_numpy(zero_copy_only=False)
    order = np.argsort(codes, kind="stable")
    bounds = np.searchsorted(codes[order], np.arange(len(encoded.dictionary) + 1))
    for text, (start, end) in zip(encoded.dictionary.to_pylist(), pairwise(bounds), strict=True):
        yield rows[order[start:end]], text


_LAYOUTS: dict[int, tuple[int, str]] = {
    19: (0, ""),
    20: (0, "Z"),
    23: (3, ""),
    24: (3, "Z"),
    25: (0, "+"),
    26: (6, ""),
    27: (6, "Z"),
    29: (3, "+"),
    32: (6, "+"),
}
"""Length of a text → digits of its fraction, and whether an offset (`Z` or `+hh:mm`) ends it."""


def instants_from_text(strings: pa.StringArray, clock: LocalClock) -> tuple[pa.Array, np.ndarray]:
    """Instants (int64, ms), and the rows that hold text which is none."""
    instants, done = np.zeros(len(strings), np.int64), np.zeros(len(strings), bool)
    for group in _by_length(strings, tuple(_LAYOUTS)):
        text, found = _laid_out(group, *_LAYOUTS[group.characters.shape[1]], clock)
        instants[text.rows], done[text.rows] = found, True
    rest = as_flags(strings.is_valid()) & ~done
    for rows, text_value in _distinct(strings, rest):
        instant = instant_of(text_value, clock.zone)
        if isinstance(instant, int):
            instants[rows], done[rows] = instant, True
    return pa.array(instants, mask=~done), as_flags(strings.is_valid()) & ~done


def _laid_out(text: _Rows, places: int, offset: str, clock: LocalClock) -> tuple[_Rows, np.ndarray]:
    """The rows laid out as their length promises, and their instants. Others are left to the exact reading."""
    shape = text.digits(11, 12, 14, 15, 17, 18) & text.spelled(10, b"T ")
    text, days = _days(text.where(shape & text.spelled(13, b":") & text.spelled(16, b":")))
    hour, minute, second = text.number(11, 13), text.number(14, 16), text.number(17, 19)
    local = days * DAY + hour * 3_600_000 + minute * 60_000 + second * 1000
    valid = (hour < 24) & (minute < 60) & (second < 60)
    if places:
        valid &= text.digits(*range(20, 20 + places)) & text.spelled(19, b".")
        local = local + text.number(20, 23)
    if offset == "":
        instants, inside = clock.instants(np.where(valid, local, 0))
    else:
        shift, known = _offsets(text, 19 + (places and places + 1), offset)
        instants, inside = local - shift, known
    valid &= inside & (instants >= FIRST_INSTANT) & (instants <= LAST_INSTANT)
    return text.where(valid), instants[valid]


def _offsets(text: _Rows, position: int, offset: str) -> tuple[np.ndarray, np.ndarray]:
    """The offsets (ms) spelled at `position`, and which of them are ones."""
    if offset == "Z":
        return np.zeros(len(text.rows), np.int64), text.spelled(position, b"Z")
    known = text.digits(position + 1, position + 2, position + 4, position + 5)
    known &= text.spelled(position, b"+-") & text.spelled(position + 3, b":")
    hours, minutes = text.number(position + 1, position + 3), text.number(position + 4, position + 6)
    size = hours * 3_600_000 + minutes * 60_000
    return np.where(text.spelled(position, b"-"), -size, size), known & (hours < 24) & (minutes < 60)


def instants_from_timestamps(timestamps: pa.Array, clock: LocalClock) -> tuple[pa.Array, np.ndarray]:
    """Typed timestamps of any unit, cut to the millisecond; without a zone they are local."""
    valid = as_flags(timestamps.is_valid())
    units = np.asarray(pc.fill_null(timestamps.cast(pa.int64()), 0).to_numpy(zero_copy_only=False))
    limit = LAST_INSTANT // 1000
    match timestamps.type.unit:
        case "s":
            reachable = (units >= -2 * limit) & (units <= 2 * limit)
            local = np.where(reachable, units, 2 * limit) * 1000
        case "ms":
            local = units
        case "us":
            local = units // 1000
        case _:
            local = units // 1_000_000
    return _placed(local, valid, clock if timestamps.type.tz is None else None)


def instants_from_days(days: pa.Array, clock: LocalClock) -> tuple[pa.Array, np.ndarray]:
    """Typed days: the instants of their midnights."""
    valid = as_flags(days.is_valid())
    numbers = np.asarray(pc.fill_null(days.cast(pa.int32()), 0).to_numpy(zero_copy_only=False)).astype(np.int64)
    distinct, positions = np.unique(numbers, return_inverse=True)
    midnights = [clock.midnight(int(number)) for number in distinct]
    inside = valid & np.array([instant is not None for instant in midnights], dtype=bool)[positions]
    instants = np.array([instant or 0 for instant in midnights], dtype=np.int64)[positions]
    return pa.array(instants, mask=~inside), valid & ~inside


def _placed(times: np.ndarray, valid: np.ndarray, clock: LocalClock | None) -> tuple[pa.Array, np.ndarray]:
    inside = valid & (times >= FIRST_INSTANT - DAY) & (times <= LAST_INSTANT + DAY)
    if clock is None:
        instants = times
    else:
        inside &= (times >= FIRST_INSTANT) & (times <= LAST_INSTANT)
        instants, reached = clock.instants(np.where(inside, times, 0))
        inside &= reached
    inside &= (instants >= FIRST_INSTANT) & (instants <= LAST_INSTANT)
    return pa.array(instants, mask=~inside), valid & ~inside
