"""Contacts whose answer a span of changes may have altered, leaf by leaf."""

from __future__ import annotations

from bisect import bisect_left

from pyroaring import BitMap

from coterie.catalog.model import Catalog, RelationKind
from coterie.planning.backend import Backend, Changes, EntityChanges
from coterie.planning.clock import Between
from coterie.planning.leaves import InteractionLeaf, Leaf
from coterie.planning.reading import EntityRead, reads_of

__all__ = ["Touched"]

_NOBODY = BitMap()


class Touched:
    """Follows changed records back to the contacts that reach them, before the change and after it.

    A record that led elsewhere before is itself changed, so with what it referred to formerly, the relations as they
    are now lead to everybody concerned.
    """

    def __init__(self, changes: Changes, backend: Backend, catalog: Catalog) -> None:
        self._changes = changes
        self._backend = backend
        self._catalog = catalog
        self._reached: dict[tuple[str, ...], BitMap] = {}
        self._occurred: dict[str, BitMap] = {}
        self._joined: dict[tuple[tuple[str, ...], ...], BitMap] = {}

    @property
    def everybody(self) -> BitMap:
        """All contacts found so far."""
        return BitMap.union(_NOBODY, *self._joined.values(), *self._occurred.values())

    def of(self, leaf: Leaf) -> BitMap | None:
        """The contacts of whom the leaf may answer otherwise; None where that may be anybody.

        For leaves that the same changes concern it is the same bitmap, which is not to be changed.
        """
        if isinstance(leaf, InteractionLeaf):
            return self._with_interaction(leaf)
        paths: list[tuple[str, ...]] = []
        for read in reads_of(leaf, self._catalog):
            assert isinstance(read, EntityRead), "only leaves of interactions read those"
            if read.entity in self._changes.whole:
                return None
            changed = self._changes.entities.get(read.entity)
            if changed is not None and (changed.columns is None or changed.columns & read.columns):
                self._reach(read.path, changed)
                paths.append(read.path)
        return self._reached_over(tuple(paths))

    def _with_interaction(self, leaf: InteractionLeaf) -> BitMap | None:
        interaction = leaf.interaction
        if interaction in self._changes.whole:
            return None
        if not self._occurred_in(leaf.window, interaction):
            return _NOBODY
        return self._occurred.setdefault(interaction, self._changes.interactions[interaction])

    def _occurred_in(self, window: Between[int], interaction: str) -> bool:
        """Whether any new interaction can lie in the window."""
        if interaction not in self._changes.interactions:
            return False
        occurred = self._changes.occurred[interaction]
        first = 0 if window.start is None else bisect_left(occurred, window.start)
        return first < len(occurred) and (window.end is None or occurred[first] < window.end)

    def _reached_over(self, paths: tuple[tuple[str, ...], ...]) -> BitMap:
        if not paths:
            return _NOBODY
        if paths not in self._joined:
            self._joined[paths] = BitMap.union(*(self._reached[path] for path in paths))
        return self._joined[paths]

    def _reach(self, path: tuple[str, ...], changed: EntityChanges) -> None:
        if path not in self._reached:
            contacts = self._backend.owners(path, changed.records)
            if path:
                relation = self._catalog.relations[path[-1]]
                former = changed.former.get(relation.column)
                if relation.kind is RelationKind.ONE_TO_MANY and former:
                    contacts = contacts | self._backend.owners(path[:-1], former)
            self._reached[path] = contacts
