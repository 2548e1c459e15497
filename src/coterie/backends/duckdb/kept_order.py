"""All known contacts in one order, as it was at a version of the data."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyroaring import BitMap

from coterie.backends.duckdb.arrays import Flags, Ordinals
from coterie.backends.duckdb.naming import entity_table, quoted
from coterie.backends.duckdb.sort_columns import SortColumn
from coterie.backends.duckdb.source import Source
from coterie.catalog.model import CONTACT
from coterie.planning.browsing import Mark, OrderedContact
from coterie.records.arrays import one_array

__all__ = ["KeptOrder"]

_LOOKED_AT = 1 << 14
"""So many contacts are looked at together for those that are asked for."""


@dataclass(frozen=True, slots=True)
class KeptOrder:
    """Contacts by what they are sorted by, then by key, ascending: those that have it, then those that miss it.

    `values` are those of the first of them, all that have one.
    """

    version: int
    column: SortColumn
    ordinals: Ordinals
    values: pa.Array
    keys: Callable[[NDArray[np.uint32]], Sequence[str]]

    @classmethod
    def of(cls, column: SortColumn, source: Source, keys: Callable[[NDArray[np.uint32]], Sequence[str]]) -> KeptOrder:
        """The order as it is now."""
        version = source.data_version
        found = source.query(
            f"SELECT ordinal, {column.expression} AS value FROM {quoted(entity_table(CONTACT))} WHERE known "
            "ORDER BY value NULLS LAST, key"
        )
        values = found.column("value")
        there = one_array(values.slice(0, len(values) - values.null_count))
        return cls(version, column, found.column("ordinal").to_numpy(), there, keys)

    @property
    def nbytes(self) -> int:
        return int(self.ordinals.nbytes + self.values.nbytes)

    def stretch(
        self, chosen: BitMap, after: OrderedContact | None, limit: int, *, descending: bool
    ) -> list[OrderedContact]:
        """The first `limit` of the chosen contacts, after one if it is given; in the other direction, if it is asked.

        Missing values come last in both. Raises ValueError where `after` was sorted by something else.
        """
        is_chosen = np.zeros(int(self.ordinals.max()) + 1 if len(self.ordinals) else 0, np.bool_)
        ordinals = np.array(chosen.to_array(), dtype=np.int64)
        is_chosen[ordinals[ordinals < len(is_chosen)]] = True
        places = list(islice(self._places(is_chosen, after, descending), limit))
        contacts = self.ordinals[places] if places else self.ordinals[:0]
        return [
            OrderedContact(int(ordinal), self._mark(place), key)
            for place, ordinal, key in zip(places, contacts, self.keys(contacts), strict=True)
        ]

    def _mark(self, place: int) -> Mark:
        return self.column.mark(self._value(place)) if place < len(self.values) else None

    def _places(self, is_chosen: Flags, after: OrderedContact | None, descending: bool) -> Iterator[int]:
        """The places of chosen contacts after one, in their order."""
        there, missing = (0, len(self.values)), (len(self.values), len(self.ordinals))
        if after is not None and after.mark is None:
            there = 0, 0
            missing = self._beyond(missing, after.key, descending)
        elif after is not None and after.mark is not None:
            there = self._beyond_value(self.column.stored(after.mark), after.key, descending)
        for first, last in (there, missing):
            yield from self._chosen(is_chosen, first, last, descending)

    def _beyond_value(self, value: Any, key: str, descending: bool) -> tuple[int, int]:
        """The places with a value after that of a contact, or with the same and a key after its own."""
        places = range(len(self.values))
        same = bisect_left(places, value, key=self._value), bisect_right(places, value, key=self._value)
        first, last = self._beyond(same, key, descending)
        return (0, last) if descending else (first, len(places))

    def _beyond(self, among: tuple[int, int], key: str, descending: bool) -> tuple[int, int]:
        """Of places that are in the order of their keys those with a key after this one."""
        first, last = among
        places = range(len(self.ordinals))
        if descending:
            return first, bisect_left(places, key, first, last, key=self._key)
        return bisect_right(places, key, first, last, key=self._key), last

    def _value(self, place: int) -> Any:
        return self.values[place].as_py()

    def _key(self, place: int) -> str:
        return self.keys(self.ordinals[place : place + 1])[0]

    def _chosen(self, is_chosen: Flags, first: int, last: int, descending: bool) -> Iterator[int]:
        """The places of the chosen ones among some, from the first or from the last."""
        starts = range(first, last, _LOOKED_AT)
        for start in reversed(starts) if descending else starts:
            found = np.flatnonzero(is_chosen[self.ordinals[start : min(start + _LOOKED_AT, last)]]) + start
            yield from (found[::-1] if descending else found).tolist()
