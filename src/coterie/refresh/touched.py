"""Contacts whose answer a span of changes may have altered, leaf by leaf."""

from __future__ import annotations

from bisect import bisect_left

from pyroaring import BitMap

from coterie.catalog.model import Catalog, RelationKind
from coterie.planning.backend import Backend, Changes, EntityChanges
from coterie.planning.clock import Between
from coterie.planning.leaves import InteractionLeaf, Leaf
from coterie.planning.reading import EntityRead, InteractionRead, reads_of

__all__ = ["Touched"]


class Touched:
    """Follows changed records back to the contacts that reach them, before the change and after it.

    A record that led elsewhere before is itself changed, so with what it referred to formerly, the relations as they
    are now lead to everybody concerned.
    """

    def __init__(self, changes: Changes, backend: Backend, catalog: Catalog) -> None:
        self._changes = changes
        self._backend = backend
        self._catalog = catalog
        self._contacts: dict[tuple[str, ...], BitMap] = {}
        self._everybody = BitMap()

    @property
    def everybody(self) -> BitMap:
        """All contacts found so far."""
        return self._everybody

    def of(self, leaf: Leaf) -> BitMap | None:
        """The contacts of whom the leaf may answer otherwise; None where that may be anybody."""
        found = BitMap()
        for read in reads_of(leaf, self._catalog):
            match read:
                case InteractionRead(interaction=interaction):
                    if interaction in self._changes.whole:
                        return None
                    assert isinstance(leaf, InteractionLeaf)
                    if self._occurred_in(leaf.window, interaction):
                        found |= self._changes.interactions[interaction]
                case EntityRead():
                    if read.entity in self._changes.whole:
                        return None
                    changed = self._changes.entities.get(read.entity)
                    if changed is not None and (changed.columns is None or changed.columns & read.columns):
                        found |= self._reaching(read.path, changed)
        self._everybody |= found
        return found

    def _occurred_in(self, window: Between[int], interaction: str) -> bool:
        """Whether any new interaction can lie in the window."""
        if interaction not in self._changes.interactions:
            return False
        occurred = self._changes.occurred[interaction]
        first = 0 if window.start is None else bisect_left(occurred, window.start)
        return first < len(occurred) and (window.end is None or occurred[first] < window.end)

    def _reaching(self, path: tuple[str, ...], changed: EntityChanges) -> BitMap:
        if path not in self._contacts:
            contacts = self._backend.owners(path, changed.records)
            if path:
                relation = self._catalog.relations[path[-1]]
                former = changed.former.get(relation.column)
                if relation.kind is RelationKind.ONE_TO_MANY and former:
                    contacts = contacts | self._backend.owners(path[:-1], former)
            self._contacts[path] = contacts
        return self._contacts[path]
