"""From chosen rows to the owners whose rows together satisfy a condition. All arithmetic is on exact integers."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import assert_never, cast
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from coterie.backends.duckdb.arrays import Flags, Integers, Ordinals
from coterie.backends.duckdb.days import days_passing, local_day_numbers
from coterie.backends.duckdb.number_tests import numbers_passing
from coterie.backends.duckdb.scanning import Rows
from coterie.planning.leaves import (
    AverageOf,
    CountDays,
    CountDistinct,
    CountRecords,
    DayTest,
    Exists,
    FirstAt,
    Having,
    LastAt,
    MaximumOf,
    MinimumOf,
    NumberIn,
    NumberRange,
    NumberTest,
    SumOf,
)

__all__ = ["owners_satisfying"]

_DENSE = 1 / 32
"""From this many rows per possible owner on, arrays over all ordinals are faster than sorting the owners."""

_SAFE = 1 << 62


def owners_satisfying(having: Having, rows: Rows, size: int) -> tuple[Ordinals | None, Flags]:
    """Who satisfies `having`, of owners below `size`.

    Returns ordinals and one flag for each of them; None for the ordinals stands for all of 0 to size - 1.
    """
    if len(rows.owners) >= size * _DENSE:
        return None, _satisfying(having, rows, rows.owners, size)
    owners, places = np.unique(rows.owners, return_inverse=True)
    return owners, _satisfying(having, rows, places, len(owners))


def _satisfying(having: Having, rows: Rows, places: NDArray[np.integer], size: int) -> Flags:
    """One flag per place; a place without rows is false."""
    match having:
        case Exists():
            return _present(places, size)
        case CountRecords(test=test):
            return _counted(test, np.bincount(places, minlength=size))
        case CountDistinct(test=test):
            return _distinct(test, places, _in_64_bits(rows), size)
        case CountDays(test=test, zone=zone):
            return _distinct(test, places, _day_codes(_in_64_bits(rows), ZoneInfo(zone)), size)
        case SumOf(test=test):
            flags = numbers_passing(test, _sums(places, rows, size), rows.scale)
            return flags & _present(places, size) if test.holds(0) else flags
        case AverageOf(test=test):
            return _average(test, places, rows, size)
        case MinimumOf(test=test):
            least = _extremes(np.minimum, places, _values(rows), size)
            return numbers_passing(test, least, rows.scale) & _present(places, size)
        case MaximumOf(test=test):
            greatest = _extremes(np.maximum, places, _values(rows), size)
            return numbers_passing(test, greatest, rows.scale) & _present(places, size)
        case FirstAt(test=test):
            return _on_day(test, np.minimum, places, _in_64_bits(rows), size)
        case LastAt(test=test):
            return _on_day(test, np.maximum, places, _in_64_bits(rows), size)
        case _:
            assert_never(having)


def _counted(test: NumberTest, counts: NDArray[np.int64]) -> Flags:
    flags = numbers_passing(test, counts, 0)
    return flags & (counts > 0) if test.holds(0) else flags


def _values(rows: Rows) -> Integers:
    assert rows.values is not None
    return rows.values


def _in_64_bits(rows: Rows) -> NDArray[np.int64]:
    """Instants and codes, which always fit."""
    values = _values(rows)
    assert values.dtype == np.int64
    return cast("NDArray[np.int64]", values)


def _present(places: NDArray[np.integer], size: int) -> Flags:
    flags = np.zeros(size, dtype=np.bool_)
    flags[places] = True
    return flags


# --- sums and averages -----------------------------------------------------------------------------------------------


def _sums(places: NDArray[np.integer], rows: Rows, size: int) -> Integers:
    """Exact: as int64 where no sum can overflow it, else as Python's integers."""
    values = _values(rows)
    fits = values.dtype != object and (not len(values) or _largest(values) * len(values) < _SAFE)
    sums: Integers = np.zeros(size, dtype=np.int64 if fits else object)
    np.add.at(sums, places, values if fits else values.astype(object))
    return sums


def _largest(integers: Integers) -> int:
    return max(abs(int(integers.min())), abs(int(integers.max())))


def _average(test: NumberTest, places: NDArray[np.integer], rows: Rows, size: int) -> Flags:
    """Compares the sum with constant × count, so that nothing is divided (rule 5)."""
    counts = np.bincount(places, minlength=size)
    sums = _sums(places, rows, size)

    def reaches(bound: Decimal | None, compare: Callable[..., object], *, missing: bool) -> Flags:
        if bound is None:
            return np.full(size, missing)
        left, right = _comparable(sums, rows.scale, bound, counts)
        return np.asarray(compare(left, right), dtype=np.bool_)

    match test:
        case NumberRange(low=low, high=high, low_included=low_included, high_included=high_included):
            above = reaches(low, np.greater_equal if low_included else np.greater, missing=True)
            below = reaches(high, np.less_equal if high_included else np.less, missing=True)
            flags = above & below
        case NumberIn(values=values):
            flags = np.zeros(size, dtype=np.bool_)
            for value in values:
                flags |= reaches(value, np.equal, missing=False)
        case _:
            assert_never(test)
    return flags & (counts > 0)


def _comparable(sums: Integers, scale: int, bound: Decimal, counts: NDArray[np.int64]) -> tuple[Integers, Integers]:
    """Both sides of "sum against bound × count", multiplied by the same power of ten until they are whole."""
    sign, digits, exponent = bound.as_tuple()
    assert isinstance(exponent, int)
    places = max(0, -exponent)
    whole = int(Decimal((sign, digits, exponent + places)))  # `scaleb` would round to the context's precision
    common = max(scale, places)
    left_factor, right_factor = 10 ** (common - scale), whole * 10 ** (common - places)
    largest = max(left_factor, abs(right_factor))  # even where there is nothing to multiply, numpy has to hold these
    if len(sums):
        largest = max(largest, _largest(sums) * left_factor, abs(right_factor) * int(counts.max()))
    if sums.dtype == object or largest >= _SAFE:
        return sums.astype(object) * left_factor, counts.astype(object) * right_factor
    return sums * left_factor, counts * right_factor


# --- extremes and moments --------------------------------------------------------------------------------------------


def _extremes(pick: np.ufunc, places: NDArray[np.integer], values: Integers, size: int) -> Integers:
    """The smallest or largest value of each place; places without rows hold what no value reaches."""
    if values.dtype == object:
        start: int = 10**39 if pick is np.minimum else -(10**39)
    else:
        start = int(np.iinfo(np.int64).max if pick is np.minimum else np.iinfo(np.int64).min)
    extremes = cast("Integers", np.full(size, start, dtype=values.dtype))
    pick.at(extremes, places, values)
    return extremes


def _on_day(
    test: DayTest, pick: np.ufunc, places: NDArray[np.integer], instants: NDArray[np.int64], size: int
) -> Flags:
    assert test.zone is not None, "interactions occur at instants"
    present = np.flatnonzero(_present(places, size))
    found = cast("NDArray[np.int64]", _extremes(pick, places, instants, size)[present])
    days = local_day_numbers(found, ZoneInfo(test.zone))
    flags = np.zeros(size, dtype=np.bool_)
    flags[present[days_passing(test, days)]] = True
    return flags


# --- distinct values -------------------------------------------------------------------------------------------------


def _distinct(test: NumberTest, places: NDArray[np.integer], codes: NDArray[np.int64], size: int) -> Flags:
    """Whose number of different codes passes; a place without rows is false. Codes count from 0."""
    return _counted(test, _distinct_counts(places, codes, size))


def _distinct_counts(places: NDArray[np.integer], codes: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """Sorts pairs of place and code as one number each: numpy sorts these several times faster than it groups them."""
    if not len(codes):
        return np.zeros(size, dtype=np.int64)
    different = int(codes.max()) + 1
    pairs: NDArray[np.unsignedinteger]
    if size * different < 1 << 32:
        pairs = places.astype(np.uint32) * np.uint32(different) + codes.astype(np.uint32)
    else:
        pairs = places.astype(np.uint64) * np.uint64(different) + codes.astype(np.uint64)
    pairs.sort()
    is_first = np.ones(len(pairs), dtype=np.bool_)
    np.not_equal(pairs[1:], pairs[:-1], out=is_first[1:])
    return np.bincount((pairs[is_first] // different).astype(np.int64), minlength=size)


def _day_codes(instants: NDArray[np.int64], zone: ZoneInfo) -> NDArray[np.int64]:
    """Local days, counted from the first."""
    days = local_day_numbers(instants, zone)
    return days - days.min() if len(days) else days
