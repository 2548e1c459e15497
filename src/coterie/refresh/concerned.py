"""Whose answer data or time may have altered since the set of a leaf was found."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from pyroaring import BitMap

from coterie.planning.backend import Backend, DateColumn
from coterie.planning.clock import Between
from coterie.planning.leaves import InteractionLeaf, Leaf
from coterie.refresh.strips import Strip, Unmatched, strips
from coterie.refresh.touched import Touched

__all__ = ["Concerned"]

_Windows: TypeAlias = tuple[str, Between[int], Between[int]]
"""An interaction, and a window of it before and now."""

_NOBODY = BitMap()


class Concerned:
    """Follows leaves from one moment and version of the data to the next. What `touched` tells of leads to the latter.

    Sets that are joined of the same ones are the very same: most leaves need the same.
    """

    def __init__(self, touched: Touched, backend: Backend) -> None:
        self._touched = touched
        self._backend = backend
        self._in_strips: dict[Strip, BitMap] = {}
        self._joined: dict[tuple[int, ...], tuple[list[BitMap], BitMap]] = {}
        self._in_windows: dict[_Windows, BitMap | None] = {}

    def foresee(self, leaves: Iterable[tuple[Leaf | None, Leaf]]) -> None:
        """Find whom the strips of these leaves hold, each with the one before: it costs less than one by one."""
        unknown: dict[DateColumn, dict[Strip, None]] = {}
        looked_at: set[_Windows] = set()
        for base, leaf in leaves:
            windows = _windows_of(base, leaf)
            if windows not in looked_at:
                looked_at.update(() if windows is None else (windows,))
                for strip in self._passed(base, leaf) or ():
                    if strip not in self._in_strips:
                        unknown.setdefault(strip.column, {})[strip] = None
        for column, alike in unknown.items():
            held = self._backend.holding(column, [(strip.start, strip.end) for strip in alike])
            self._in_strips.update(zip(alike, held, strict=True))

    def of(self, base: Leaf | None, leaf: Leaf) -> BitMap | None:
        """Who may be in the set of `leaf` now and was not in that of `base` then, or the other way round.

        A superset, not to be changed; None where it may be anybody.
        """
        windows = _windows_of(base, leaf)
        if windows is None:
            return self._of(base, leaf)
        if windows not in self._in_windows:
            self._in_windows[windows] = self._of(base, leaf)
        return self._in_windows[windows]

    def _of(self, base: Leaf | None, leaf: Leaf) -> BitMap | None:
        contacts = self._touched.of(leaf)  # also of a leaf that is new: by who was touched causes are told apart
        passed = None if contacts is None else self._passed(base, leaf)
        if contacts is None or passed is None:
            return None
        return self._union([contacts, *map(self._holding, passed)])

    def _passed(self, base: Leaf | None, leaf: Leaf) -> list[Strip] | None:
        """The strips that bounds have passed over; None where no strips tell whom it concerns."""
        if base is None:
            return None
        if base is leaf or base == leaf:
            return []
        if self._touched.of(leaf) is None:
            return None
        try:
            return list(strips(base, leaf))
        except Unmatched:
            return None

    def _holding(self, strip: Strip) -> BitMap:
        """The contacts of whom a value lies in the strip."""
        found = self._in_strips.get(strip)
        if found is None:
            (found,) = self._backend.holding(strip.column, [(strip.start, strip.end)])
            self._in_strips[strip] = found
        return found

    def _union(self, sets: Iterable[BitMap]) -> BitMap:
        parts = [each for each in sets if each]
        if len(parts) <= 1:
            return parts[0] if parts else _NOBODY
        names = tuple(map(id, parts))
        if names not in self._joined:
            self._joined[names] = parts, BitMap.union(*parts)  # kept with its parts, so that no other has their names
        return self._joined[names][1]


def _windows_of(base: Leaf | None, leaf: Leaf) -> _Windows | None:
    """What has moved, where it is a window alone: whom that concerns is the same for many leaves."""
    if not isinstance(leaf, InteractionLeaf) or not leaf.differs_in_window_alone(base):
        return None
    return leaf.interaction, base.window, leaf.window
