"""Which segments to write in full once more, though their deltas would do.

A segment is due when its deltas since the last full one have become many, or large beside it. Who is due when is spread
out by key, and what one publication writes for that follows what it writes anyway.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable

from coterie.snapshot.publication import Standing

__all__ = ["Due", "chosen", "lateness"]

MOST_DELTAS = 64
LARGEST_SHARE = 0.25
_SLACK = 4096
"""Bytes of deltas that are never too large, however small the segment."""

_LEAST_BUDGET = 1 << 20
_BUDGET = 4
"""Bytes spent on full ones in one publication, per byte of deltas."""

_OVERDUE = 2.0
"""From here on the budget does not matter: reading is never much dearer than it should be."""

Due = tuple[float, int, str]
"""How late, bytes a full one takes, key."""


def lateness(key: str, standing: Standing, delta_bytes: int) -> float:
    """From 1 on a segment is due, when `delta_bytes` have been added to its deltas."""
    spread = 0.75 + (zlib.crc32(key.encode()) & 0xFFFF) / 0x20000
    share = (standing.delta_bytes + delta_bytes) / (standing.full_bytes * LARGEST_SHARE + _SLACK)
    return max((standing.deltas + 1) / MOST_DELTAS, share) / spread


def chosen(due: Iterable[Due], delta_bytes: int) -> set[str]:
    """The keys to write in full in a publication that has so many bytes of deltas."""
    budget = max(_LEAST_BUDGET, _BUDGET * delta_bytes)
    keys: set[str] = set()
    for late, size, key in sorted(due, reverse=True):
        if late < _OVERDUE and budget < size:
            continue
        keys.add(key)
        budget -= size
    return keys
