"""The answer to "who is in?": an immutable set of contacts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

__all__ = ["ContactDirectory", "Membership"]

_PAGE = 65_536
"""Contacts whose keys are looked up at once while iterating."""


class ContactDirectory(Protocol):
    """Knows which contact key has which ordinal. Both are permanent."""

    def ordinal_of(self, contact_id: str) -> int | None:
        """The ordinal of a contact key, None where it was never seen."""
        ...

    def contact_ids(self, ordinals: NDArray[np.uint32]) -> Sequence[str]:
        """The keys of these ordinals, in the same order."""
        ...


class Membership:
    """Contacts, as a roaring bitmap of their ordinals.

    `len()` is the exact count; `contact_id in membership` asks for one contact; iteration yields contact ids in the
    order of ordinals, which is the order in which the contacts first became known. `&`, `|` and `-` are intersection,
    union and difference. Two memberships are equal when they hold the same contacts.
    """

    __slots__ = ("_directory", "_ordinals")

    def __init__(self, ordinals: BitMap, directory: ContactDirectory) -> None:
        self._ordinals = ordinals
        self._directory = directory

    @property
    def ordinals(self) -> BitMap:
        """A copy of the bitmap of ordinals."""
        return self._ordinals.copy()

    def __len__(self) -> int:
        return len(self._ordinals)

    def __contains__(self, contact_id: object) -> bool:
        if not isinstance(contact_id, str):
            return False
        ordinal = self._directory.ordinal_of(contact_id)
        return ordinal is not None and ordinal in self._ordinals

    def __iter__(self) -> Iterator[str]:
        ordinals = np.array(self._ordinals.to_array(), dtype=np.uint32)
        for start in range(0, len(ordinals), _PAGE):
            yield from self._directory.contact_ids(ordinals[start : start + _PAGE])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Membership) and self._ordinals == other._ordinals

    def __hash__(self) -> int:
        return hash((len(self._ordinals), self._ordinals[0] if self._ordinals else None))

    def __and__(self, other: Membership) -> Membership:
        return Membership(self._ordinals & other._ordinals, self._directory)

    def __or__(self, other: Membership) -> Membership:
        return Membership(self._ordinals | other._ordinals, self._directory)

    def __sub__(self, other: Membership) -> Membership:
        return Membership(self._ordinals - other._ordinals, self._directory)

    def __repr__(self) -> str:
        return f"<Membership of {len(self):,} contacts>"
