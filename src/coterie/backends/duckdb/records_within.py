"""The records that belong to some contacts: those that the shortest ways over relations lead to.

Longer ways lead back to what belongs to others: from a contact over the event it registered for to whoever else did.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from pyroaring import BitMap

from coterie.backends.duckdb.reaching import reached_from
from coterie.backends.duckdb.source import Source
from coterie.catalog.model import CONTACT, Catalog, Relation
from coterie.membership import from_ordinals
from coterie.planning.backend import Changes

__all__ = ["RecordsWithin"]


@dataclass(slots=True)
class _Found:
    """What was found for some contacts, at a version of the data."""

    contacts: BitMap
    version: int
    records: BitMap


class RecordsWithin:
    """Remembers, by entity, the last answer. Not for several threads at once."""

    def __init__(self, source: Source, changes: Callable[[int], Changes | None]) -> None:
        self._source = source
        self._changes = changes
        self._found: dict[str, _Found] = {}

    def of(self, entity: str, contacts: BitMap) -> BitMap:
        """The records of an entity that belong to these contacts; of contacts themselves, these."""
        if entity == CONTACT:
            return contacts
        found, version = self._found.get(entity), self._source.data_version
        ways = _shortest_ways(entity, self._source.catalog)
        if found is None or found.contacts != contacts or self._has_changed(found.version, ways):
            found = self._found[entity] = _Found(contacts, version, self._reached(contacts, ways))
        found.version = version
        return found.records

    def _has_changed(self, version: int, ways: list[list[Relation]]) -> bool:
        """Whether a record of an entity that the ways lead over may have changed since."""
        if version == self._source.data_version:
            return False
        changes = self._changes(version)
        passed = {name for level in ways for relation in level for name in (relation.source, relation.target)}
        return changes is None or not passed.isdisjoint({*changes.whole, *changes.entities})

    def _reached(self, contacts: BitMap, ways: list[list[Relation]]) -> BitMap:
        """What the relations lead to, level by level, from the contacts."""
        here = {CONTACT: contacts}
        records = BitMap()
        for level in ways:
            there: dict[str, BitMap] = {}
            for relation in level:
                start = np.array(here.get(relation.source, BitMap()).to_array(), dtype=np.uint32)
                ordinals = reached_from(start, relation, self._source)
                reached = from_ordinals(ordinals, int(ordinals[-1]) + 1 if len(ordinals) else 0)
                there[relation.target] = there.get(relation.target, BitMap()) | reached
                records = there[relation.target]
            here = there
        return records


def _shortest_ways(entity: str, catalog: Catalog) -> list[list[Relation]]:
    """The relations that the shortest ways from contact to an entity take, by level; none where no way leads there."""
    levels: list[list[Relation]] = []
    seen = {CONTACT}
    while entity not in seen:
        ends = {CONTACT} if not levels else {relation.target for relation in levels[-1]}
        level = [each for each in catalog.relations.values() if each.source in ends and each.target not in seen]
        if not level:
            return []
        levels.append(level)
        seen |= {relation.target for relation in level}
    for place in range(len(levels) - 1, -1, -1):
        wanted = {entity} if place == len(levels) - 1 else {relation.source for relation in levels[place + 1]}
        levels[place] = [relation for relation in levels[place] if relation.target in wanted]
    return levels
