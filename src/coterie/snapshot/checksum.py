"""The checksum of a set of ordinals: independent of their order, and patched when some enter and others leave.

It is the sum, modulo 2^64, of `mixed(ordinal)` over the members, where `mixed` is the output function of splitmix64
(all arithmetic modulo 2^64):

    z = ordinal + 0x9E3779B97F4A7C15
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB
    mixed = z ^ (z >> 31)

Nobody has checksum 0. Who enters is added, who leaves is subtracted.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

__all__ = ["checksum", "checksums", "patched"]

_MODULUS = 1 << 64
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_STEPS = (
    (np.uint64(30), np.uint64(0xBF58476D1CE4E5B9)),
    (np.uint64(27), np.uint64(0x94D049BB133111EB)),
)
_LAST_SHIFT = np.uint64(31)

_CHUNK = 1 << 14
"""Ordinals mixed at once: so few that all that is worked out on the way stays in the processor's cache."""

_SMALL = 1 << 10
"""Sets of up to so many members are mixed together."""


def checksum(members: BitMap) -> int:
    """The checksum of a set, from 0 to 2^64 - 1."""
    ordinals = np.asarray(members.to_array(), dtype=np.uint32)
    chunks = (ordinals[start : start + _CHUNK] for start in range(0, len(ordinals), _CHUNK))
    return sum(int(_mixed(chunk).sum(dtype=np.uint64)) for chunk in chunks) % _MODULUS


def checksums(sets: Sequence[BitMap]) -> list[int]:
    """The checksum of each of many sets: small ones are worked out together."""
    sizes = [len(members) for members in sets]
    small = [members.to_array() for members, size in zip(sets, sizes, strict=True) if size <= _SMALL]
    ordinals = np.frombuffer(b"".join(small), dtype=np.uint32) if small else np.zeros(0, np.uint32)
    ends = np.cumsum([0, *(len(members) for members in small)])
    running = np.zeros(len(ordinals) + 1, dtype=np.uint64)
    np.cumsum(_mixed(ordinals), out=running[1:])
    sums = iter((running[ends[1:]] - running[ends[:-1]]).tolist())
    return [next(sums) if size <= _SMALL else checksum(members) for members, size in zip(sets, sizes, strict=True)]


def patched(former: int, entered: BitMap, left: BitMap) -> int:
    """The checksum of a set whose checksum was `former`, after some (not in it) entered and some (in it) left."""
    return (former + checksum(entered) - checksum(left)) % _MODULUS


def _mixed(ordinals: NDArray[np.uint32]) -> NDArray[np.uint64]:
    mixed = ordinals.astype(np.uint64)
    mixed += _GOLDEN
    for shift, factor in _STEPS:
        mixed ^= mixed >> shift
        mixed *= factor
    mixed ^= mixed >> _LAST_SHIFT
    return mixed
