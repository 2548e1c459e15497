"""From a contact to the segments it is in: a row of bits per contact, kept beside the sets.

Asking each of ten thousand bitmaps in turn costs a handful of cache misses each; the bits of one contact lie together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from pyroaring import BitMap

from coterie.snapshot import Change

__all__ = ["Lookup"]

_SPARE_ROWS = 1 / 8
_SPARE_BYTES = 8


class Lookup:
    """One bit per contact and segment. One thread at a time changes it; any may ask, and is never kept waiting."""

    def __init__(self, sets: Mapping[str, BitMap], contacts: int) -> None:
        self._keys = sorted(sets)
        self._place = {key: place for place, key in enumerate(self._keys)}
        rows = contacts + int(contacts * _SPARE_ROWS) + 1
        self._bits = np.zeros((rows, -(-len(self._keys) // 8) + _SPARE_BYTES), dtype=np.uint8)
        self._turn = 0
        for first in range(0, len(self._keys), 8):
            self._fill(first, [sets[key] for key in self._keys[first : first + 8]])

    @staticmethod
    def size(segments: int, contacts: int) -> int:
        """The bytes that a lookup of so many takes, roughly."""
        return contacts * (segments // 8 + _SPARE_BYTES)

    def follow(self, sets: Mapping[str, BitMap], changes: Mapping[str, Iterable[Change]]) -> bool:
        """Take over a publication with these sets, which `changes` led to. False where it has to be made anew.

        So it has to where this was broken off before: until then it says nothing.
        """
        if self._turn % 2:
            return False
        new = [key for key in sets if key not in self._place]
        gone = [key for key in self._place if key not in sets]
        rows, width = self._bits.shape
        reach = max((members.max() for members in sets.values() if members), default=0)
        if gone or reach >= rows or len(self._keys) + len(new) > 8 * width:
            return False
        self._turn += 1  # odd: what is read now is no publication
        for key in new:
            self._place[key] = len(self._keys)
            self._keys.append(key)
            self._set(key, sets[key])
        for key, parts in changes.items():
            if key not in new:
                for change in parts:
                    self._set(key, change.entered)
                    self._clear(key, change.left)
        self._turn += 1
        return True

    def keys_of(self, ordinal: int) -> tuple[str, ...] | None:
        """The segments of a contact, in alphabetical order; None while a publication is being taken over."""
        turn = self._turn
        bits = self._bits
        if turn % 2 or ordinal >= len(bits):
            return None if turn % 2 else ()
        row = bits[ordinal].copy()
        if self._turn != turn:
            return None
        places = np.flatnonzero(np.unpackbits(row, bitorder="little"))
        return tuple(sorted([self._keys[place] for place in places.tolist()]))

    def _fill(self, first: int, sets: Iterable[BitMap]) -> None:
        """Set the byte that eight segments share. Put together beside, it stays in the nearest cache."""
        byte, flags = np.zeros(len(self._bits), dtype=np.uint8), np.zeros(len(self._bits), dtype=np.uint8)
        for bit, members in enumerate(sets):
            flags[:] = 0
            flags[members.to_array()] = 1 << bit
            byte |= flags
        self._bits[:, first // 8] = byte

    def _set(self, key: str, members: BitMap) -> None:
        byte, bit = divmod(self._place[key], 8)
        self._bits[members.to_array(), byte] |= np.uint8(1 << bit)

    def _clear(self, key: str, members: BitMap) -> None:
        byte, bit = divmod(self._place[key], 8)
        self._bits[members.to_array(), byte] &= np.uint8(0xFF ^ (1 << bit))
