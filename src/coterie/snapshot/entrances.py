"""Since when contacts are in a segment: who entered with each publication, looked through from the newest back.

What was read of a segment is remembered as its trail. A new publication is read before it; what it leads to then is
there already.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import TypeAlias

from pyroaring import BitMap

from coterie.snapshot.history import Entrance, History

__all__ = ["Entrances", "Found"]

_Step: TypeAlias = tuple[int, BitMap]
"""A moment, and who entered as of it."""

_REMEMBERED = 200_000
"""So many entries are remembered of all segments; those of segments not asked about for longest are let go of."""


@dataclass(slots=True)
class Found:
    """When members entered, by segment; and those of whom that is not known yet, though more can be read.

    `back` is the moment back to which a segment was looked through: who is wanted, and not known, entered before it.
    """

    entered: dict[str, dict[int, int]] = field(default_factory=dict)
    missing: dict[str, BitMap] = field(default_factory=dict)
    back: dict[str, int] = field(default_factory=dict)

    def take(self, key: str, steps: Iterable[_Step]) -> None:
        """Look through what is known further of a segment for those who are missing."""
        missing = self.missing[key]
        for as_of, entered in steps:
            if not missing:
                break
            self.back[key] = as_of
            if found := entered & missing:
                self.entered[key].update(dict.fromkeys(found, as_of))
                missing = missing - found
        self.missing[key] = missing


@dataclass(slots=True)
class _Trail:
    """What was read of a segment, newest first.

    `newest` is the publication it begins with, `further` the one to be read next, None at the end; at the newest one of
    `older` that goes on.
    """

    newest: int
    further: int | None
    steps: list[_Step] = field(default_factory=list)
    older: _Trail | None = None

    def append(self, entrance: Entrance) -> list[_Step]:
        """Take in the entry that was to be read; what is known further by that."""
        new = [(entrance.as_of, entrance.entered)] if entrance.entered else []
        further, older = entrance.previous, self.older
        if older is not None and older.newest == further:
            new += older.steps
            further, older = older.further, None
        # First what was read, then that it was: where this is broken off it is read twice, which does no harm.
        self.steps += new
        self.further, self.older = further, older
        return new


class Entrances:
    """The trails of one history. One thread at a time may use them."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._trails: OrderedDict[str, _Trail] = OrderedDict()

    def found(self, wanted: Mapping[str, BitMap], last: Mapping[str, int]) -> Found:
        """What is known of these members; `last` is the publication of each segment's last entry."""
        found = Found({key: {} for key in wanted}, dict(wanted))
        for key in wanted:
            trail = self._trail(key, last[key])
            found.take(key, trail.steps)
            if not found.missing[key] or trail.further is None:
                del found.missing[key]
        return found

    def read_on(self, found: Found, most: int) -> int:
        """Read up to so many entries for those who are missing; how many. Each file is opened once."""
        ahead: list[tuple[int, str]] = []
        for key in [*found.missing]:
            self._go_on(key, found, ahead)
        read = 0
        while ahead and read < most:
            number, key = heappop(ahead)
            found.take(key, self._trails[key].append(self._history.entrance(key, -number)))
            self._go_on(key, found, ahead)
            read += 1
        self._let_go()
        return read

    def _go_on(self, key: str, found: Found, ahead: list[tuple[int, str]]) -> None:
        """Note what is to be read next of a segment, the newest first; or that nobody is to be looked for any more."""
        trail = self._trails.get(key)  # forgotten, perhaps, since this was begun
        further = None if trail is None else trail.further
        if further is None or not found.missing[key]:
            del found.missing[key]
        else:
            heappush(ahead, (-further, key))

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
