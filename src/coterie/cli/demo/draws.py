"""Random draws that are the same on every machine, for ever.

Only the raw 64-bit stream of PCG64 is taken from numpy, which promises to keep it; what is made of it is whole-number
arithmetic written here. No floating point, so nothing depends on a processor or on a library's version.
"""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import NDArray

__all__ = ["Draws", "Flags", "Whole"]

Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]

_HALF = np.uint64(32)


class Draws:
    """One stream of draws. Each `name` under a seed is a stream of its own: a new table disturbs no other."""

    def __init__(self, seed: int, name: str) -> None:
        self._bits = np.random.PCG64(np.random.SeedSequence([seed, zlib.crc32(name.encode())]))

    def below(self, bound: int | Whole, size: int) -> Whole:
        """`size` whole numbers from 0 to below `bound` (one for all, or one each), which is at most 2^32."""
        half = self._raw(size) >> _HALF
        return ((half * np.asarray(bound).astype(np.uint64)) >> _HALF).astype(np.int64)

    def between(self, low: int, high: int, size: int) -> Whole:
        """`size` whole numbers from `low` to `high`, both included."""
        return self.below(high - low + 1, size) + low

    def small(self, bound: int, size: int) -> Whole:
        """Like `below`, but the smaller of two draws: low numbers come up more often."""
        return np.minimum(self.below(bound, size), self.below(bound, size))

    def middling(self, bound: int, size: int) -> Whole:
        """Like `below`, but the mean of two draws: numbers in the middle come up more often."""
        return (self.below(bound, size) + self.below(bound, size)) // 2

    def chance(self, per_mille: int, size: int) -> Flags:
        """`size` flags, each true `per_mille` times of a thousand."""
        return self.below(1000, size) < per_mille

    def weighted(self, weights: Whole | list[int], size: int) -> Whole:
        """`size` positions in `weights`, each drawn in proportion to its weight."""
        cumulated = np.cumsum(np.asarray(weights, dtype=np.int64))
        return np.searchsorted(cumulated, self.below(int(cumulated[-1]), size), side="right").astype(np.int64)

    def ranks(self, size: int) -> Whole:
        """The numbers 0 to below `size`, shuffled."""
        ranks = np.empty(size, dtype=np.int64)
        ranks[np.argsort(self._raw(size), kind="stable")] = np.arange(size)
        return ranks

    def _raw(self, size: int) -> NDArray[np.uint64]:
        return self._bits.random_raw(size)
