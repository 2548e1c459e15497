"""Sets of leaves, kept within a memory budget; the least recently used go first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from threading import RLock

from pyroaring import BitMap

from coterie.planning.leaves import InteractionLeaf, Leaf

__all__ = ["Kept", "LeafCache"]


@dataclass(frozen=True, slots=True)
class Kept:
    """The contacts of a leaf on one version of the data."""

    leaf: Leaf
    members: BitMap
    data_version: int


class LeafCache:
    """Holds the sets of leaves, each as it was last told, of at most `budget` bytes in all. Any thread may use it."""

    def __init__(self, budget: int) -> None:
        self._budget = budget
        self._held: OrderedDict[Leaf, tuple[Kept, int]] = OrderedDict()
        self._alike: dict[Hashable, dict[Leaf, None]] = {}
        self._bytes = 0
        self._lock = RLock()

    @property
    def bytes_held(self) -> int:
        return self._bytes

    def __len__(self) -> int:
        return len(self._held)

    def get(self, leaf: Leaf) -> Kept | None:
        with self._lock:
            held = self._held.get(leaf)
            if held is None:
                return None
            self._held.move_to_end(leaf)
            return held[0]

    def alike(self, leaf: Leaf) -> tuple[Kept, ...]:
        """What is held of leaves that differ from this one, of interactions, in nothing but when; the latest first."""
        if not isinstance(leaf, InteractionLeaf):
            return ()
        with self._lock:
            return tuple(self._held[other][0] for other in reversed(self._alike.get(_but_for_time(leaf), {})))

    def put(self, kept: Kept, *, in_place_of: Leaf | None = None) -> None:
        """Keep a set, unless it alone exceeds the budget; in place of the one of another leaf, which is dropped."""
        size = _bytes_of(kept.members)
        with self._lock:
            self._drop(kept.leaf)
            if in_place_of is not None:
                self._drop(in_place_of)
            if size > self._budget:
                return
            self._held[kept.leaf] = (kept, size)
            self._bytes += size
            if isinstance(kept.leaf, InteractionLeaf):
                self._alike.setdefault(_but_for_time(kept.leaf), {})[kept.leaf] = None
            while self._bytes > self._budget:
                self._drop(next(iter(self._held)))

    def clear(self) -> None:
        with self._lock:
            self._held.clear()
            self._alike.clear()
            self._bytes = 0

    def _drop(self, leaf: Leaf) -> None:
        held = self._held.pop(leaf, None)
        if held is None:
            return
        self._bytes -= held[1]
        if isinstance(leaf, InteractionLeaf):
            name = _but_for_time(leaf)
            del self._alike[name][leaf]
            if not self._alike[name]:
                del self._alike[name]


def _but_for_time(leaf: InteractionLeaf) -> Hashable:
    return leaf.interaction, leaf.where, leaf.having


def _bytes_of(members: BitMap) -> int:
    """What the containers take, and what Python and the leaf itself take, roughly."""
    told = members.get_statistics()
    containers = told["n_bytes_array_containers"] + told["n_bytes_bitset_containers"] + told["n_bytes_run_containers"]
    return int(containers) + 512
