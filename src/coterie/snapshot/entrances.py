"""Since when contacts are in a segment: who entered with each publication, looked through from the newest back.

What was read of a segment is remembered as its trail. A new publication is read before it; what it leads to then is
there already.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from pyroaring import BitMap

from coterie.snapshot.history import History

__all__ = ["Entrances", "Found"]

_REMEMBERED = 200_000
"""So many entries are remembered of all segments; those of segments not asked about for longest are let go of."""


class Found(NamedTuple):
    """When members entered, by segment; and those of whom that is not known yet, though more can be read."""

    entered: dict[str, dict[int, int]]
    missing: dict[str, BitMap]


@dataclass(slots=True)
class _Trail:
    """What was read of a segment, newest first: moments with who entered.

    `newest` is the publication it begins with, `further` the one to be read next, None at the end; at the newest one of
    `older` that goes on.
    """

    newest: int
    further: int | None
    steps: list[tuple[int, BitMap]] = field(default_factory=list)
    older: _Trail | None = None

    def append(self, as_of: int, entered: BitMap, previous: int | None) -> BitMap:
        """Take in the entry that was to be read; who entered in all that is known by that."""
        if entered:
            self.steps.append((as_of, entered))
        self.further = previous
        if self.older is None or previous != self.older.newest:
            return entered
        older, self.older = self.older, None
        self.steps += older.steps
        self.further = older.further
        return BitMap.union(entered, *(step for _, step in older.steps))

    def entered(self, wanted: BitMap) -> dict[int, int]:
        """When each last entered, of those who did in what was read."""
        found: dict[int, int] = {}
        for as_of, entered in self.steps:
            if not wanted:
                break
            if not entered.isdisjoint(wanted):
                found.update(dict.fromkeys(entered & wanted, as_of))
                wanted = wanted - entered
        return found


class Entrances:
    """The trails of one history. One thread at a time may use them."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._trails: OrderedDict[str, _Trail] = OrderedDict()

    def found(self, wanted: Mapping[str, BitMap], last: Mapping[str, int]) -> Found:
        """What is known of these members; `last` is the publication of each segment's last entry."""
        found = Found({}, {})
        for key, members in wanted.items():
            trail = self._trail(key, last[key])
            found.entered[key] = trail.entered(members)
            missing = members - BitMap(found.entered[key])
            if missing and trail.further is not None:
                found.missing[key] = missing
        return found

    def read(self, missing: Mapping[str, BitMap], most: int) -> int:
        """Read up to so many entries more, until nobody is missing; how many. Each file is opened once."""
        left = {key: members.copy() for key, members in missing.items()}
        ahead = [(-further, key) for key in left if (further := self._trails[key].further) is not None]
        heapify(ahead)
        read = 0
        while ahead and read < most:
            number, key = heappop(ahead)
            trail = self._trails[key]
            left[key] -= trail.append(*self._history.entrance(key, -number))
            read += 1
            if left[key] and trail.further is not None:
                heappush(ahead, (-trail.further, key))
        self._let_go()
        return read

    def forget(self) -> None:
        """Files were dropped: read again what is left."""
        self._trails.clear()

    def _trail(self, key: str, last: int) -> _Trail:
        """The trail that begins with a segment's last entry."""
        trail = self._trails.get(key)
        if trail is None or trail.newest != last:
            # One that was never followed to the older one leads to it all the same, by a longer way.
            trail = self._trails[key] = _Trail(newest=last, further=last, older=trail and (trail.older or trail))
        self._trails.move_to_end(key)
        return trail

    def _let_go(self) -> None:
        remembered = sum(len(trail.steps) for trail in self._trails.values())
        while remembered > _REMEMBERED and len(self._trails) > 1:
            remembered -= len(self._trails.popitem(last=False)[1].steps)
