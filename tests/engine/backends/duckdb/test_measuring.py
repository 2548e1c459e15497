"""Sums, averages and distinct counts are exact, however large their numbers are."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from coterie.backends.duckdb.measuring import owners_satisfying
from coterie.backends.duckdb.scanning import Rows
from coterie.planning.leaves import (
    AverageOf,
    CountDistinct,
    CountRecords,
    Having,
    MaximumOf,
    MinimumOf,
    NumberIn,
    NumberRange,
    SumOf,
)

HUGE = Decimal(9999999999999999999999999999)
SIZE = 4
"""Possible owners: 0 to 3."""


def rows(*pairs: tuple[int, int], scale: int = 0) -> Rows:
    """Rows as pairs of owner and unscaled value."""
    values = [value for _, value in pairs]
    wide = any(abs(value) >= 1 << 63 for value in values)
    return Rows(
        np.array([owner for owner, _ in pairs], dtype=np.uint32),
        np.array(values, dtype=object if wide else np.int64),
        scale,
    )


def satisfying(having: Having, chosen: Rows) -> set[int]:
    owners, flags = owners_satisfying(having, chosen, SIZE)
    found = np.flatnonzero(flags) if owners is None else owners[flags]
    return set(map(int, found))


@pytest.mark.parametrize("having", [AverageOf, SumOf, MinimumOf, MaximumOf])
def test_nothing_chosen_satisfies_nothing_even_beside_a_constant_that_fits_no_machine_word(having: type) -> None:
    """
    Found by a campaign: a constant of 28 digits and not a single row.
    """
    assert satisfying(having("x", NumberRange(low=-HUGE, high=HUGE)), rows()) == set()
    assert satisfying(having("x", NumberIn((HUGE,))), rows()) == set()


def test_a_sum_beyond_64_bits_is_exact() -> None:
    most = (1 << 63) - 1
    chosen = rows((0, most), (0, most), (1, most))
    assert satisfying(SumOf("x", NumberRange(low=Decimal(most) + 1)), chosen) == {0}
    assert satisfying(SumOf("x", NumberIn((Decimal(2) * most,))), chosen) == {0}


def test_a_sum_of_numbers_beyond_64_bits_is_exact() -> None:
    chosen = rows((0, 10**37), (0, 1), (1, 10**37))
    assert satisfying(SumOf("x", NumberRange(low=Decimal(10**37), low_included=False)), chosen) == {0}


def test_an_average_is_compared_without_dividing() -> None:
    """
    10 / 3 is not 3.3333333333, but lies above it.
    """
    chosen = rows((0, 3), (0, 3), (0, 4), (1, 3))
    third = Decimal("3.3333333333")
    assert satisfying(AverageOf("x", NumberIn((third,))), chosen) == set()
    assert satisfying(AverageOf("x", NumberRange(low=third, low_included=False)), chosen) == {0}
    assert satisfying(AverageOf("x", NumberRange(high=third)), chosen) == {1}


def test_scaled_values_are_compared_at_their_scale() -> None:
    chosen = rows((0, 105), (1, 110), scale=1)
    assert satisfying(MaximumOf("x", NumberRange(low=Decimal("10.55"))), chosen) == {1}
    assert satisfying(MinimumOf("x", NumberIn((Decimal("10.5"),))), chosen) == {0}
    assert satisfying(MinimumOf("x", NumberIn((Decimal("10.55"),))), chosen) == set()


def test_distinct_values_are_counted_once_each() -> None:
    chosen = rows((0, 7), (0, 7), (0, 9), (1, 7), (2, 9), (2, 7), (2, 5))
    assert satisfying(CountDistinct("x", NumberRange(low=Decimal(2))), chosen) == {0, 2}
    assert satisfying(CountDistinct("x", NumberIn((Decimal(1), Decimal(3)))), chosen) == {1, 2}


def test_many_different_values_are_counted_as_few_are() -> None:
    """
    A pair of owner and value is sorted as one number, of 32 bits where all pairs fit.
    """
    chosen = rows((0, 3_000_000_000), (0, 3_000_000_000), (0, 1), (1, 3_000_000_000))
    assert satisfying(CountDistinct("x", NumberRange(low=Decimal(2))), chosen) == {0}
    assert satisfying(CountDistinct("x", NumberRange(low=Decimal(1), high=Decimal(1))), chosen) == {1}


def test_few_rows_among_many_owners_are_found_by_their_ordinals() -> None:
    chosen = Rows(np.array([900_000, 5, 900_000], dtype=np.uint32), None, 0)
    owners, flags = owners_satisfying(CountRecords(NumberRange(low=Decimal(2))), chosen, 1_000_000)
    assert owners is not None
    assert list(owners[flags]) == [900_000]
