"""Roaring bitmaps from what scans yield: ordinals, or one flag per ordinal.

Above a few per cent of the contacts it is faster to write the portable serialized form from packed bits and have it
read (RoaringFormatSpec, "no run containers") than to add ordinals one by one.
"""

from __future__ import annotations

import array

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

__all__ = ["from_bits", "from_flags", "from_ordinals"]

_COOKIE = 12346
_CHUNK_BYTES = (1 << 16) // 8
_ARRAY_LIMIT = 4096
"""Containers with up to so many members have to be arrays, others bit sets."""

_SPARSE = 1 / 16
"""Below this share of the contacts, adding ordinals is faster."""


def from_ordinals(ordinals: NDArray[np.uint32], size: int) -> BitMap:
    """The set of these ordinals (in any order, repeats allowed), all of them below `size`."""
    if len(ordinals) <= size * _SPARSE:
        return BitMap(array.array("I", ordinals.tobytes()))
    flags = np.zeros(size, dtype=np.bool_)
    flags[ordinals] = True
    return from_flags(flags)


def from_flags(flags: NDArray[np.bool_]) -> BitMap:
    """The set of the positions at which `flags` is true."""
    return from_bits(np.packbits(flags, bitorder="little"))


def from_bits(bits: NDArray[np.uint8]) -> BitMap:
    """The set of the positions at which a bit is set, counted from the lowest bit of the first byte."""
    words = np.zeros(-(-len(bits) // _CHUNK_BYTES) * _CHUNK_BYTES, dtype=np.uint8)
    words[: len(bits)] = bits
    chunks = words.reshape(-1, _CHUNK_BYTES)
    sizes = np.bitwise_count(chunks.view(np.uint64)).sum(axis=1, dtype=np.int64)
    present = np.flatnonzero(sizes)
    bodies = [_container(chunks[index], int(sizes[index])) for index in present]
    heads = np.stack((present, sizes[present] - 1), axis=1).astype("<u2")
    lengths = np.array([0, *map(len, bodies)], dtype=np.int64)
    offsets = 8 + 8 * len(present) + np.cumsum(lengths)[:-1]
    cookie = np.array([_COOKIE, len(present)], dtype="<u4")
    parts = [cookie.tobytes(), heads.tobytes(), offsets.astype("<u4").tobytes()]
    return BitMap.deserialize(b"".join(parts + bodies))


def _container(chunk: NDArray[np.uint8], size: int) -> bytes:
    if size > _ARRAY_LIMIT:
        return chunk.tobytes()
    # As booleans: numpy finds those much faster than numbers that are not zero.
    return np.flatnonzero(np.unpackbits(chunk, bitorder="little").view(np.bool_)).astype("<u2").tobytes()
