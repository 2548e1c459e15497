"""Tests of numbers and instants, which are integers: exact, whatever their size.

Numbers are kept multiplied by a power of ten, instants as milliseconds since 1970 UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias, TypeGuard, assert_never

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from coterie.backends.duckdb.arrays import Flags, Integers, Places
from coterie.backends.duckdb.naming import value_column
from coterie.backends.duckdb.printing import Records, scaled_bounds, scaled_values
from coterie.backends.duckdb.source import Source
from coterie.catalog.model import AttributeType
from coterie.planning.leaves import InstantIn, NumberIn, NumberRange, NumberTest, Test
from coterie.records.arrays import as_flags

__all__ = ["ComparedTest", "Numbers", "integers_of", "is_compared", "numbers_passing"]

ComparedTest: TypeAlias = NumberTest | InstantIn

_ALL = slice(None)


@dataclass(frozen=True, slots=True)
class Numbers:
    """A column of numbers or instants: integers multiplied by 10^scale, and whether each is there at all."""

    integers: Integers
    present: Flags
    scale: int

    @classmethod
    def of(cls, column: pa.ChunkedArray, records: Records, attribute: str, source: Source) -> Numbers:
        is_number = records.attributes[attribute].type is AttributeType.NUMBER
        scale = source.number_scale(records.table, value_column(attribute)) if is_number else 0
        return cls(integers_of(column), as_flags(column.is_valid()), scale)

    def passing(self, test: ComparedTest, rows: Places | slice = _ALL) -> Flags:
        """Which of the numbers in these rows pass; one that is missing does not."""
        integers, present = self.integers[rows], self.present[rows]
        if isinstance(test, InstantIn):
            return present & _at_least(integers, test.instants.start) & ~_from(integers, test.instants.end)
        return present & numbers_passing(test, integers, self.scale)


def is_compared(test: Test) -> TypeGuard[ComparedTest]:
    """Whether the test compares integers, and so needs no other form of the values."""
    return isinstance(test, NumberRange | NumberIn | InstantIn)


def integers_of(column: pa.ChunkedArray) -> Integers:
    """The values of a column of whole numbers; 0 where one is missing."""
    column = pc.fill_null(column, 0)
    if pa.types.is_int64(column.type):
        integers: NDArray[np.int64] = column.to_numpy()
        return integers
    # HUGEINT comes as decimal(38, 0), for which numpy has no exact type.
    return np.array([int(text) for text in pc.cast(column, pa.string()).to_pylist()], dtype=object)


def numbers_passing(test: NumberTest, integers: Integers, scale: int) -> Flags:
    """Which of the numbers pass, each an integer multiplied by 10^scale."""
    match test:
        case NumberRange():
            low, high = scaled_bounds(test, scale)
            if high is None:
                return _at_least(integers, low)
            within = ~_at_least(integers, high + 1)
            return within if low is None else within & _at_least(integers, low)
        case NumberIn():
            flags = np.zeros(len(integers), dtype=np.bool_)
            for value in scaled_values(test, scale):
                flags |= _at_least(integers, value) & ~_at_least(integers, value + 1)
            return flags
        case _:
            assert_never(test)


def _from(integers: Integers, end: int | None) -> Flags:
    """Where the integers reach `end`; nowhere where there is none."""
    return np.zeros(len(integers), dtype=np.bool_) if end is None else _at_least(integers, end)


def _at_least(integers: Integers, bound: int | None) -> Flags:
    """Where the integers reach `bound`; everywhere where there is none."""
    if bound is None:
        return np.ones(len(integers), dtype=np.bool_)
    if integers.dtype != object and abs(bound) >= 1 << 63:
        return np.full(len(integers), bound < 0)
    flags: Flags = np.asarray(integers >= bound, dtype=np.bool_)
    return flags
