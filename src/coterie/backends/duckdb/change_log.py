"""What each version of the data changed, kept in memory: the answer to "what has changed since?"."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence

from pyroaring import BitMap

from coterie.planning.backend import Changes, EntityChanges

__all__ = ["NOTHING", "ChangeLog", "merged"]

_VERSIONS = 1_000
_ORDINALS = 20_000_000

NOTHING = Changes(entities={}, interactions={}, occurred={}, whole=frozenset())
"""A span in which nothing changed."""


class ChangeLog:
    """The changes of the last data versions, from the one at hand when it was made. Older ones are let go of.

    Of what led to `known_from` nothing is known, though that come after the version at hand. At most `versions` are
    kept, and of these so many that they name no more than `ordinals` records.
    """

    def __init__(
        self,
        version: int,
        *,
        known_from: int | None = None,
        versions: int = _VERSIONS,
        ordinals: int = _ORDINALS,
    ) -> None:
        self.version = version
        self._oldest = version if known_from is None else known_from
        self._most_versions = versions
        self._most_ordinals = ordinals
        self._kept: deque[tuple[int, Changes, int]] = deque()
        self._ordinals = 0
        self._silent: list[Changes] = []

    def append(self, version: int, changes: Changes) -> None:
        """Note what led to `version`. What raised no version (keys that were only named) goes with the next one."""
        if version == self.version:
            self._silent.append(changes)
            return
        if self._silent:
            changes = merged([*self._silent, changes])
            self._silent.clear()
        weight = _weight(changes)
        self._kept.append((version, changes, weight))
        self._ordinals += weight
        self.version = version
        while self._kept and (len(self._kept) > self._most_versions or self._ordinals > self._most_ordinals):
            self._oldest, _, weight = self._kept.popleft()
            self._ordinals -= weight

    def since(self, version: int) -> Changes | None:
        """What changed after `version`; None where that is not known (any more)."""
        if not self._oldest <= version <= self.version:
            return None
        return merged([changes for later, changes, _ in self._kept if later > version])


def _weight(changes: Changes) -> int:
    entities = changes.entities.values()
    return sum(
        map(
            len,
            [
                *changes.interactions.values(),
                *(entity.records for entity in entities),
                *(former for entity in entities for former in entity.former.values()),
            ],
        )
    )


def merged(spans: Sequence[Changes]) -> Changes:
    """The changes of several spans as those of one."""
    entities: dict[str, list[EntityChanges]] = {}
    for span in spans:
        for name, changes in span.entities.items():
            entities.setdefault(name, []).append(changes)
    return Changes(
        entities={name: _merged_entity(parts) for name, parts in entities.items()},
        interactions=_unions(span.interactions for span in spans),
        occurred=_in_order(span.occurred for span in spans),
        whole=frozenset().union(*(span.whole for span in spans)),
    )


def _merged_entity(parts: Sequence[EntityChanges]) -> EntityChanges:
    columns: set[str] | None = set()
    for part in parts:
        columns = None if columns is None or part.columns is None else columns | part.columns
    return EntityChanges(
        records=BitMap.union(*(part.records for part in parts)),
        columns=None if columns is None else frozenset(columns),
        former=_unions(part.former for part in parts),
    )


def _unions(parts: Iterable[Mapping[str, BitMap]]) -> dict[str, BitMap]:
    unions: dict[str, BitMap] = {}
    for part in parts:
        for name, ordinals in part.items():
            unions[name] = unions[name] | ordinals if name in unions else ordinals.copy()
    return unions


def _in_order(parts: Iterable[Mapping[str, tuple[int, ...]]]) -> dict[str, tuple[int, ...]]:
    times: dict[str, list[int]] = {}
    for part in parts:
        for name, occurred in part.items():
            times.setdefault(name, []).extend(occurred)
    return {name: tuple(sorted(each)) for name, each in times.items()}
