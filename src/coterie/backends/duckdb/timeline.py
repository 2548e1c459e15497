"""The interactions of one kind in order of time, for many leaves.

A window is a range of places, and each leaf only measures the rows it chooses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from coterie.backends.duckdb.arrays import Flags, Ordinals, Places
from coterie.backends.duckdb.measuring import owners_satisfying
from coterie.backends.duckdb.scanning import MeasuredColumns, Rows
from coterie.planning.clock import Between
from coterie.planning.leaves import InteractionLeaf, Leaf, Predicate

__all__ = ["Chosen", "Flagged", "Timeline"]


class Chosen(Protocol):
    """What one predicate says of rows."""

    def flags(self, rows: Places | slice) -> Flags:
        """For which of these rows it is true."""
        ...


@dataclass(frozen=True, slots=True)
class Flagged:
    """Rows by a flag for each."""

    all_flags: Flags

    def flags(self, rows: Places | slice) -> Flags:
        return self.all_flags[rows]


@dataclass(frozen=True)
class Timeline:
    """Rows by place, which is their place in the order of time: what is measured, and what each predicate chooses."""

    contacts: Ordinals
    times: NDArray[np.int64]
    measured: MeasuredColumns
    chosen: Mapping[Predicate, Chosen]

    def satisfying(
        self, leaves: Iterable[InteractionLeaf], among: Mapping[Leaf, BitMap], first: int, last: int
    ) -> Iterator[tuple[InteractionLeaf, Ordinals | None, Flags]]:
        """Who satisfies each leaf, as `owners_satisfying` has it, of the contacts that the timeline is of.

        Those are numbered from `first`, which is told of them as 0, to before `last`. Of leaves that look at the same
        rows these are found once: those of the contacts asked about first, for they are few.
        """
        alike: dict[tuple[Between[int], int], list[InteractionLeaf]] = {}
        for leaf in leaves:
            alike.setdefault((leaf.window, id(among.get(leaf))), []).append(leaf)
        for (window, _), group in alike.items():
            rows: Places | slice = self._in_window(window)
            if (contacts := among.get(group[0])) is not None:
                rows = self._of_contacts(rows, contacts, first, last)
            for leaf in group:
                owners, flags = self._satisfying(leaf, rows, last - first)
                yield leaf, owners, flags

    def _satisfying(self, leaf: InteractionLeaf, rows: Places | slice, size: int) -> tuple[Ordinals | None, Flags]:
        if leaf.where is not None:
            rows = _those(rows, self.chosen[leaf.where].flags(rows))
        values, scale = self.measured.of(leaf.having)
        chosen = Rows(self.contacts[rows], None if values is None else values[rows], scale)
        return owners_satisfying(leaf.having, chosen, size)

    def _in_window(self, window: Between[int]) -> slice:
        first = 0 if window.start is None else int(np.searchsorted(self.times, window.start))
        last = len(self.times) if window.end is None else int(np.searchsorted(self.times, window.end))
        return slice(first, max(first, last))

    def _of_contacts(self, rows: Places | slice, contacts: BitMap, first: int, last: int) -> Places:
        """Those of the rows that are of these contacts."""
        ordinals = np.array(contacts.to_array(), dtype=np.int64)
        flags = np.zeros(last - first, dtype=np.bool_)
        flags[ordinals[(ordinals >= first) & (ordinals < last)] - first] = True
        return _those(rows, flags[self.contacts[rows]])


def _those(rows: Places | slice, flags: Flags) -> Places:
    """The places of those rows that have a flag."""
    return np.flatnonzero(flags) + int(rows.start) if isinstance(rows, slice) else rows[flags]
