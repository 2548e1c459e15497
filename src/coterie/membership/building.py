"""Roaring bitmaps from what scans yield: ordinals, or one flag per ordinal.

Above a few per cent of the contacts it is faster to write the portable serialized form from packed bits and have it
read (RoaringFormatSpec, "no run containers") than to add ordinals one by one.
"""

from __future__ import annotations

import array

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

__all__ = ["from_flags", "from_ordinals"]

_COOKIE = 12346
_CHUNK = 1 << 16
_ARRAY_LIMIT = 4096
"""Containers with up to so many members have to be arrays, others bit sets."""

_SPARSE = 1 / 64
"""Below this share of the contacts, adding ordinals is faster (`bench/membership.py`)."""


def from_ordinals(ordinals: NDArray[np.uint32], size: int) -> BitMap:
    """The set of these ordinals (in any order, repeats allowed), all of them below `size`."""
    if len(ordinals) < size * _SPARSE:
        return BitMap(array.array("I", ordinals.tobytes()))
    flags = np.zeros(size, dtype=np.bool_)
    flags[ordinals] = True
    return _from_dense(flags)


def from_flags(flags: NDArray[np.bool_]) -> BitMap:
    """The set of the positions at which `flags` is true."""
    if np.count_nonzero(flags) < len(flags) * _SPARSE:
        return BitMap(array.array("I", np.flatnonzero(flags).astype(np.uint32).tobytes()))
    return _from_dense(flags)


def _from_dense(flags: NDArray[np.bool_]) -> BitMap:
    chunks = [flags[start : start + _CHUNK] for start in range(0, len(flags), _CHUNK)]
    sizes = [int(np.count_nonzero(chunk)) for chunk in chunks]
    present = [index for index, size in enumerate(sizes) if size]
    bodies = [_container(chunks[index], sizes[index]) for index in present]
    count = len(present)
    heads = np.array([(index, sizes[index] - 1) for index in present], dtype="<u2").reshape(-1, 2)
    first = 8 + 8 * count
    offsets = first + np.cumsum([0, *map(len, bodies[:-1])]) if count else np.zeros(0)
    parts = [np.array([_COOKIE, count], dtype="<u4").tobytes(), heads.tobytes(), offsets.astype("<u4").tobytes()]
    return BitMap.deserialize(b"".join(parts + bodies))


def _container(flags: NDArray[np.bool_], size: int) -> bytes:
    if size <= _ARRAY_LIMIT:
        return np.flatnonzero(flags).astype("<u2").tobytes()
    bits = np.zeros(_CHUNK // 8, dtype=np.uint8)
    packed = np.packbits(flags, bitorder="little")
    bits[: len(packed)] = packed
    return bits.tobytes()
