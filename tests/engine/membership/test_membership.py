"""A membership counts, asks for one contact, lists contact ids in the order of ordinals, and combines."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from pyroaring import BitMap

from coterie.membership import Membership


class Directory:
    """Contact `c7` has the ordinal 7. Remembers how many keys were looked up at once."""

    def __init__(self) -> None:
        self.pages: list[int] = []

    def ordinal_of(self, contact_id: str) -> int | None:
        return int(contact_id[1:]) if contact_id.startswith("c") else None

    def contact_ids(self, ordinals: NDArray[np.uint32]) -> Sequence[str]:
        self.pages.append(len(ordinals))
        return [f"c{ordinal}" for ordinal in ordinals.tolist()]


@pytest.fixture
def directory() -> Directory:
    return Directory()


def test_it_counts_its_contacts(directory: Directory) -> None:
    assert len(Membership(BitMap(), directory)) == 0
    assert len(Membership(BitMap([5, 1, 70_000]), directory)) == 3


def test_it_knows_who_is_in(directory: Directory) -> None:
    members = Membership(BitMap([0, 7]), directory)
    assert "c7" in members
    assert "c0" in members
    assert "c8" not in members
    assert "nobody" not in members
    assert 7 not in members
    assert None not in members


def test_contact_ids_come_in_the_order_of_ordinals(directory: Directory) -> None:
    assert list(Membership(BitMap([9, 2, 70_000]), directory)) == ["c2", "c9", "c70000"]
    assert list(Membership(BitMap(), directory)) == []


def test_contact_ids_are_looked_up_page_by_page(directory: Directory) -> None:
    size = 65_536 * 2 + 1
    assert list(Membership(BitMap(range(size)), directory)) == [f"c{ordinal}" for ordinal in range(size)]
    assert directory.pages == [65_536, 65_536, 1]


def test_memberships_are_intersected_united_and_subtracted(directory: Directory) -> None:
    left, right = Membership(BitMap([1, 2, 3]), directory), Membership(BitMap([3, 4]), directory)
    assert list(left & right) == ["c3"]
    assert list(left | right) == ["c1", "c2", "c3", "c4"]
    assert list(left - right) == ["c1", "c2"]
    assert list(left) == ["c1", "c2", "c3"]


def test_memberships_with_the_same_contacts_are_equal(directory: Directory) -> None:
    one, same = Membership(BitMap([1, 2]), directory), Membership(BitMap([2, 1]), directory)
    assert one == same
    assert hash(one) == hash(same)
    assert one != Membership(BitMap([1, 3]), directory)
    assert one != BitMap([1, 2])
    assert one != {"c1", "c2"}
    assert {one, same} == {one}
    assert hash(Membership(BitMap(), directory)) == hash(Membership(BitMap(), directory))


def test_its_ordinals_are_a_copy(directory: Directory) -> None:
    members = Membership(BitMap([1]), directory)
    members.ordinals.add(2)
    assert members.ordinals == BitMap([1])
    assert len(members) == 1


def test_it_is_shown_by_its_size(directory: Directory) -> None:
    assert repr(Membership(BitMap(range(1234)), directory)) == "<Membership of 1,234 contacts>"
