"""Answers of leaves on unchanged data, kept within a memory budget; the least recently used go first."""

from __future__ import annotations

from collections import OrderedDict
from threading import RLock

from pyroaring import BitMap

from coterie.planning.leaves import Leaf

__all__ = ["LeafCache"]


class LeafCache:
    """Holds bitmaps of one data version, of at most `budget` bytes in all. Any thread may use it."""

    def __init__(self, budget: int) -> None:
        self._budget = budget
        self._held: OrderedDict[Leaf, tuple[BitMap, int]] = OrderedDict()
        self._bytes = 0
        self._data_version = -1
        self._lock = RLock()

    @property
    def bytes_held(self) -> int:
        return self._bytes

    def __len__(self) -> int:
        return len(self._held)

    def at(self, data_version: int) -> None:
        """Answer from now on for that version of the data: what is held of another is dropped."""
        with self._lock:
            if data_version != self._data_version:
                self.clear()
                self._data_version = data_version

    def get(self, leaf: Leaf) -> BitMap | None:
        with self._lock:
            held = self._held.get(leaf)
            if held is None:
                return None
            self._held.move_to_end(leaf)
            return held[0]

    def put(self, leaf: Leaf, members: BitMap) -> None:
        """Keep an answer, unless it alone exceeds the budget."""
        size = int(members.get_statistics()["n_bytes_array_containers"]) + _other_bytes(members)
        with self._lock:
            if size > self._budget or leaf in self._held:
                return
            self._held[leaf] = (members, size)
            self._bytes += size
            while self._bytes > self._budget:
                _, (_, dropped) = self._held.popitem(last=False)
                self._bytes -= dropped

    def clear(self) -> None:
        with self._lock:
            self._held.clear()
            self._bytes = 0


def _other_bytes(members: BitMap) -> int:
    """Bit set and run containers, and what Python and the leaf itself take, roughly."""
    statistics = members.get_statistics()
    return int(statistics["n_bytes_bitset_containers"] + statistics["n_bytes_run_containers"]) + 512
