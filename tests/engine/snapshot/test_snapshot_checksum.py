"""The checksum of a set is the sum the documentation gives, and is patched as the set is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap

from coterie.snapshot import checksum, patched
from coterie.snapshot.checksum import checksums

ordinals = st.frozensets(st.integers(0, 300) | st.integers(0, 2**32 - 1), max_size=60)
M = 2**64


def mixed(ordinal: int) -> int:
    z = (ordinal + 0x9E3779B97F4A7C15) % M
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % M
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB % M
    return z ^ (z >> 31)


def test_it_mixes_as_splitmix64_does() -> None:
    assert checksum(BitMap([0])) == 0xE220A8397B1DCDAF  # the generator's first number, from seed 0


def test_nobody_has_checksum_zero() -> None:
    assert checksum(BitMap()) == 0
    assert checksums([]) == []
    assert checksums([BitMap(), BitMap()]) == [0, 0]


@given(ordinals)
def test_it_is_the_sum_over_the_members(members: frozenset[int]) -> None:
    assert checksum(BitMap(members)) == sum(map(mixed, members)) % M


@given(ordinals, ordinals)
def test_it_is_patched_by_who_enters_and_leaves(before: frozenset[int], after: frozenset[int]) -> None:
    entered, left = BitMap(after - before), BitMap(before - after)
    assert patched(checksum(BitMap(before)), entered, left) == checksum(BitMap(after))


@given(ordinals, ordinals)
def test_different_sets_differ(one: frozenset[int], other: frozenset[int]) -> None:
    assert (checksum(BitMap(one)) == checksum(BitMap(other))) == (one == other)


def test_many_sets_have_the_checksums_they_have_alone() -> None:
    sets = [BitMap(range(size)) for size in (3, 0, 2000, 1024, 1025, 0, 40_000)]
    assert checksums(sets) == [checksum(members) for members in sets]
    assert checksum(sets[-1]) == sum(map(mixed, range(40_000))) % M
