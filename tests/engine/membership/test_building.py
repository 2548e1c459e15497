"""Bitmaps built from ordinals, flags or bits hold exactly those positions, at every border of their containers."""

from __future__ import annotations

import numpy as np
import pytest
from pyroaring import BitMap

from coterie.membership import from_bits, from_flags, from_ordinals

BORDER = 1 << 16
"""Ordinals of one container."""

SETS: dict[str, tuple[int, list[int]]] = {
    "nobody of nobody": (0, []),
    "nobody": (10, []),
    "one": (1, [0]),
    "the first and the last": (10, [0, 9]),
    "everyone": (1000, list(range(1000))),
    "around a border": (2 * BORDER, [0, BORDER - 1, BORDER, BORDER + 1, 2 * BORDER - 1]),
    "a container to its end": (BORDER, [BORDER - 1]),
    "the first of the next": (BORDER + 1, [BORDER]),
    "a container left out": (3 * BORDER, [5, 2 * BORDER + 5]),
    "an array at its limit": (BORDER, list(range(0, 8192, 2))),
    "one more than an array": (BORDER, list(range(0, 8194, 2))),
    "a full container": (BORDER, list(range(BORDER))),
    "a full container and one": (BORDER + 1, list(range(BORDER + 1))),
    "arrays beside bit sets": (
        3 * BORDER,
        [*range(4096), *range(BORDER, BORDER + 4097), *range(2 * BORDER, 2 * BORDER + 3)],
    ),
}


@pytest.fixture(params=SETS.values(), ids=SETS.keys())
def case(request: pytest.FixtureRequest) -> tuple[int, list[int]]:
    found: tuple[int, list[int]] = request.param
    return found


def flags_of(size: int, members: list[int]) -> np.ndarray:
    flags = np.zeros(size, dtype=np.bool_)
    flags[members] = True
    return flags


def test_a_set_of_flags_holds_the_true_ones(case: tuple[int, list[int]]) -> None:
    size, members = case
    assert from_flags(flags_of(size, members)) == BitMap(members)


def test_a_set_of_bits_counts_from_the_lowest_bit(case: tuple[int, list[int]]) -> None:
    size, members = case
    bits = np.packbits(flags_of(size, members), bitorder="little")
    assert list(from_bits(bits)) == members


def test_a_set_of_ordinals_holds_them_in_any_order_and_once(case: tuple[int, list[int]]) -> None:
    size, members = case
    shuffled = np.array(members[::-1] + members[:3], dtype=np.uint32)
    assert from_ordinals(shuffled, size) == BitMap(members)


def test_few_ordinals_of_many_are_as_exact() -> None:
    members = [3, BORDER, 999_999]
    for share in (members, list(range(0, 1_000_000, 16)), list(range(0, 1_000_000, 17))):
        assert from_ordinals(np.array(share, dtype=np.uint32), 1_000_000) == BitMap(share)


def test_what_is_built_can_be_combined_and_written() -> None:
    left, right = from_flags(flags_of(BORDER + 9, [1, 2, BORDER])), from_ordinals(np.array([2, 3], dtype=np.uint32), 9)
    assert left & right == BitMap([2])
    assert left | right == BitMap([1, 2, 3, BORDER])
    assert BitMap.deserialize(left.serialize()) == left


def test_single_bits_are_where_they_are() -> None:
    assert list(from_bits(np.array([0b1000_0001, 0, 0b10], dtype=np.uint8))) == [0, 7, 17]
