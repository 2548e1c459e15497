"""What a process keeps for who goes on with it: the pages of a snapshot, what was found and not added yet."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Generic, TypeVar

__all__ = ["Keep"]

K = TypeVar("K")
V = TypeVar("V")


class Keep(Generic[K, V]):
    """The things used last, at most so many, and together of at most so much weight. Any thread may ask."""

    def __init__(self, *, most: int, weight: int) -> None:
        self._most = most
        self._weight = weight
        self._held: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._total = 0
        self._lock = Lock()

    def get(self, key: K) -> V | None:
        """What is kept under a key; None where nothing is, or not any more."""
        with self._lock:
            held = self._held.get(key)
            if held is None:
                return None
            self._held.move_to_end(key)
            return held[0]

    def put(self, key: K, value: V, *, weight: int) -> None:
        """Keep it, and let go of what was used longest ago. The newest is kept whatever it weighs."""
        with self._lock:
            self._drop(key)
            self._held[key] = value, weight
            self._total += weight
            while len(self._held) > 1 and (len(self._held) > self._most or self._total > self._weight):
                self._drop(next(iter(self._held)))

    def clear(self) -> None:
        """Let go of everything."""
        with self._lock:
            self._held.clear()
            self._total = 0

    def _drop(self, key: K) -> None:
        held = self._held.pop(key, None)
        if held is not None:
            self._total -= held[1]
