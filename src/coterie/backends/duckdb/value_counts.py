"""How many records have each value of an attribute: counted once, then corrected by what came since.

Of an entity's records the code of each one's value is kept, for records change, and may be asked about in part.
Interactions never change: only how many have each value is kept, and the rows that came since are added.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import Lock
from typing import TypeAlias

from pyroaring import BitMap

from coterie.backends.duckdb.entity_values import EntityValues
from coterie.backends.duckdb.interaction_values import InteractionValues
from coterie.backends.duckdb.records_within import RecordsWithin
from coterie.backends.duckdb.source import Source
from coterie.planning.backend import Changes
from coterie.planning.browsing import ValueCount

__all__ = ["ValueCounts"]

_REMEMBERED = 1 << 28
"""Bytes that counted values may take; those not asked about for longest are let go of."""


class ValueCounts:
    """The counted values of one store. Several threads may ask."""

    def __init__(self, source: Source, changes: Callable[[int], Changes | None]) -> None:
        self._source = source
        self._changes = changes
        self._within = RecordsWithin(source, changes)
        self._kept: OrderedDict[_Place, EntityValues | InteractionValues] = OrderedDict()
        self._lock = Lock()

    def most_frequent(
        self, name: str, attribute: str, *, containing: str, limit: int, within: BitMap | None
    ) -> Sequence[ValueCount]:
        """See `RecordReader.value_counts`."""
        with self._lock:
            if name in self._source.catalog.entities:
                return self._of_entity(name, attribute, containing, limit, within)
            return self._of_interaction(name, attribute, containing, limit, within)

    def _of_entity(
        self, entity: str, attribute: str, containing: str, limit: int, within: BitMap | None
    ) -> Sequence[ValueCount]:
        place = entity, attribute, None
        counted = self._kept.pop(place, None)  # to be kept again once it has caught up: what is broken off is not
        if not isinstance(counted, EntityValues):
            counted = EntityValues(entity, attribute, self._source)
        counted.catch_up(self._changes)
        self._keep(place, counted)
        records = None if within is None else self._within.of(entity, within)
        return counted.values.most_frequent(counted.counts(records), containing=containing, limit=limit)

    def _of_interaction(
        self, interaction: str, attribute: str, containing: str, limit: int, within: BitMap | None
    ) -> Sequence[ValueCount]:
        place = interaction, attribute, None if within is None else _fingerprint(within)
        counted = self._kept.pop(place, None)  # likewise
        if not isinstance(counted, InteractionValues) or counted.within != within:
            counted = InteractionValues(interaction, attribute, within, self._source)
        counted.catch_up()
        self._keep(place, counted)
        return counted.values.most_frequent(counted.counts, containing=containing, limit=limit)

    def _keep(self, place: _Place, counted: EntityValues | InteractionValues) -> None:
        self._kept[place] = counted
        taken = sum(each.nbytes for each in self._kept.values())
        while taken > _REMEMBERED:
            taken -= self._kept.popitem(last=False)[1].nbytes


_Place: TypeAlias = tuple[str, str, int | None]
"""An entity or interaction, an attribute of it, and a fingerprint of the contacts whose interactions are counted."""


def _fingerprint(contacts: BitMap) -> int:
    return hash((len(contacts), contacts[0] if contacts else None, contacts[-1] if contacts else None))
