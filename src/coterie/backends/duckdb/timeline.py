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

from coterie.backends.duckdb.arrays import Flags, Ordinals
from coterie.backends.duckdb.measuring import owners_satisfying
from coterie.backends.duckdb.scanning import MeasuredColumns, Rows
from coterie.planning.leaves import InteractionLeaf, Leaf, Predicate

__all__ = ["Chosen", "Flagged", "Places", "Timeline"]

Places = NDArray[np.int64]


class Chosen(Protocol):
    """The rows for which one predicate is true."""

    def within(self, first: int, last: int) -> Places:
        """Their places from `first` to before `last`, in order."""
        ...


@dataclass(frozen=True, slots=True)
class Flagged:
    """Rows by a flag for each."""

    flags: Flags

    def within(self, first: int, last: int) -> Places:
        return np.flatnonzero(self.flags[first:last]) + first


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

        Those are numbered from `first`, which is told of them as 0, to before `last`.
        """
        size = last - first
        for leaf in leaves:
            rows = self._rows(leaf)
            if leaf in among:
                rows = self._of_contacts(rows, among[leaf], first, last)
            values, scale = self.measured.of(leaf.having)
            chosen = Rows(self.contacts[rows], None if values is None else values[rows], scale)
            owners, flags = owners_satisfying(leaf.having, chosen, size)
            yield leaf, owners, flags

    def _of_contacts(self, rows: Places | slice, contacts: BitMap, first: int, last: int) -> Places:
        """Those of the rows that are of these contacts."""
        ordinals = np.array(contacts.to_array(), dtype=np.int64)
        flags = np.zeros(last - first, dtype=np.bool_)
        flags[ordinals[(ordinals >= first) & (ordinals < last)] - first] = True
        chosen = flags[self.contacts[rows]]
        return rows[chosen] if not isinstance(rows, slice) else np.flatnonzero(chosen) + int(rows.start)

    def _rows(self, leaf: InteractionLeaf) -> Places | slice:
        """The places of the rows in the leaf's window for which its `where` is true."""
        start, end = leaf.window.start, leaf.window.end
        first = 0 if start is None else int(np.searchsorted(self.times, start))
        last = len(self.times) if end is None else int(np.searchsorted(self.times, end))
        last = max(first, last)
        return slice(first, last) if leaf.where is None else self.chosen[leaf.where].within(first, last)
