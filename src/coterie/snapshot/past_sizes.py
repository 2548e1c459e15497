"""How many members a segment had with past publications, for pictures of its growth."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from sys import intern

from coterie.snapshot.history import History

__all__ = ["PastSizes"]

_PUBLICATIONS = 64
"""So many publications are remembered with where the last entry of every segment was: those of many pictures alike."""

_SIZES = 100_000
"""So many sizes are remembered."""


class PastSizes:
    """Sizes by segment and publication: none of them ever changes. One thread at a time may ask."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._places: OrderedDict[int, Mapping[str, int]] = OrderedDict()
        self._sizes: OrderedDict[tuple[str, int], int | None] = OrderedDict()

    def size(self, key: str, number: int) -> int | None:
        """The members of a segment with a publication; None where it was not published then."""
        place = self._places_at(number).get(key)
        if place is None:
            return None
        if (key, place) not in self._sizes:
            entry = self._history.file(place).entry(key)
            is_published = entry.state.is_published and entry.snapshot_version is not None
            self._sizes[key, place] = entry.size if is_published else None
            if len(self._sizes) > _SIZES:
                self._sizes.popitem(last=False)
        return self._sizes[key, place]

    def forget(self) -> None:
        """Files were dropped: what was in them is said by others."""
        self._places.clear()
        self._sizes.clear()

    def _places_at(self, number: int) -> Mapping[str, int]:
        """The publication of the last entry of every segment."""
        if number not in self._places:
            places = self._history.last_entries(number)
            self._places[number] = {intern(key): place for key, place in places.items()}
            if len(self._places) > _PUBLICATIONS:
                self._places.popitem(last=False)
        self._places.move_to_end(number)
        return self._places[number]
