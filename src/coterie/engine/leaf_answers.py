"""The sets of leaves that questions ask for: kept from question to question, and brought up to date at little cost.

A designer asks the same conditions again and again, one of them changed each time, while batches arrive several times a
second and the clock moves on. What is kept of a leaf is patched within the contacts that this concerns, by the very
code that keeps live segments current.
"""

from __future__ import annotations

import time
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from pyroaring import BitMap

from coterie.catalog.model import Catalog
from coterie.engine.leaf_cache import Kept, LeafCache
from coterie.planning.backend import Backend
from coterie.planning.cancellation import Cancellation
from coterie.planning.leaves import Leaf, ScopeLeaf
from coterie.planning.reading import kind_of
from coterie.refresh.concerned import Concerned
from coterie.refresh.costs import Costs
from coterie.refresh.strips import Unmatched, strips
from coterie.refresh.touched import Touched

__all__ = ["LeafAnswers"]

_EVERYBODY = ScopeLeaf()

_NOBODY = BitMap()

_NEAR = 15 * 60_000
"""Milliseconds that the bounds of a leaf may have moved on: further, too many contacts lie between."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A leaf to be answered: what is kept of it, and the contacts of whom that may be another now; None: anybody."""

    leaf: Leaf
    base: Kept | None = None
    contacts: BitMap | None = None


class LeafAnswers:
    """Answers leaves on the data as they are. Any thread may ask, as long as nobody changes them meanwhile.

    At most `memory` bytes of sets are kept.
    """

    def __init__(self, backend: Backend, catalog: Catalog, memory: int) -> None:
        self._backend = backend
        self._catalog = catalog
        self._cache = LeafCache(memory)
        self._costs = Costs()

    def forget(self) -> None:
        """Drop what is kept."""
        self._cache.clear()

    def of(self, leaves: Iterable[Leaf], cancellation: Cancellation | None = None) -> dict[Leaf, BitMap]:
        """The contacts of every leaf. What has been found stays kept where the rest is cancelled."""
        present = _Present(self._backend, self._catalog)
        answers: dict[Leaf, BitMap] = {}
        by_kind: dict[Hashable, list[_Asked]] = {}
        for leaf in leaves:
            asked = self._asked(leaf, present)
            if leaf == _EVERYBODY:
                answers[leaf] = self._backend.known_contacts()
            elif asked.base is not None and asked.contacts is not None and not asked.contacts:
                answers[leaf] = self._kept(asked, asked.base.members, present)
            else:
                by_kind.setdefault(kind_of(leaf, self._catalog), []).append(asked)
        for kind, alike in by_kind.items():
            answers.update(self._evaluated(kind, alike, present, cancellation))
        return answers

    def _asked(self, leaf: Leaf, present: _Present) -> _Asked:
        kept = self._cache.get(leaf)
        bases = (kept,) if kept is not None else self._cache.alike(leaf)
        for base in bases:
            if base is kept or _are_near(base.leaf, leaf):
                contacts = present.concerned(base, leaf)
                if contacts is not None:
                    return _Asked(leaf, base, contacts)
        return _Asked(leaf)

    def _kept(self, asked: _Asked, members: BitMap, present: _Present) -> BitMap:
        base = asked.base
        if base is None or base.leaf != asked.leaf or base.data_version != present.data_version:
            former = None if base is None else base.leaf
            self._cache.put(Kept(asked.leaf, members, present.data_version), in_place_of=former)
        return members

    # --- evaluating

    def _evaluated(
        self, kind: Hashable, alike: Sequence[_Asked], present: _Present, cancellation: Cancellation | None
    ) -> Iterator[tuple[Leaf, BitMap]]:
        """Leaves that read the same: patched where few contacts are concerned, all others in full."""
        patched = [each for each in alike if each.contacts is not None]
        in_full = [each for each in alike if each.contacts is None]
        contacts = BitMap.union(_NOBODY, *(each.contacts for each in patched if each.contacts is not None))
        known = len(self._backend.known_contacts())
        if patched and not self._costs.prefer_within(kind, len(patched), len(contacts), known):
            patched, in_full = [], list(alike)
        if patched:
            yield from self._patched(kind, patched, contacts, present, cancellation)
        if in_full:
            yield from self._in_full(kind, in_full, present, cancellation)

    def _patched(
        self,
        kind: Hashable,
        alike: Sequence[_Asked],
        contacts: BitMap,
        present: _Present,
        cancellation: Cancellation | None,
    ) -> Iterator[tuple[Leaf, BitMap]]:
        started = time.perf_counter()
        leaves = [each.leaf for each in alike]
        found = self._backend.evaluate(leaves, within=contacts, cancellation=cancellation)
        self._costs.measured_within(kind, len(contacts), time.perf_counter() - started)
        for each in alike:
            assert each.base is not None
            yield each.leaf, self._kept(each, (each.base.members - contacts) | found[each.leaf], present)

    def _in_full(
        self, kind: Hashable, alike: Sequence[_Asked], present: _Present, cancellation: Cancellation | None
    ) -> Iterator[tuple[Leaf, BitMap]]:
        started = time.perf_counter()
        found = self._backend.evaluate([each.leaf for each in alike], cancellation=cancellation)
        self._costs.measured_in_full(kind, len(alike), time.perf_counter() - started)
        for each in alike:
            yield each.leaf, self._kept(each, found[each.leaf], present)


class _Present:
    """The data as they are while one question is answered, and what led to them."""

    def __init__(self, backend: Backend, catalog: Catalog) -> None:
        self._backend = backend
        self._catalog = catalog
        self.data_version = backend.data_version
        self._since: dict[int, Concerned | None] = {}

    def concerned(self, base: Kept, leaf: Leaf) -> BitMap | None:
        """Who may be in one of the two sets alone, that of `base` then and that of `leaf` now; None: anybody."""
        if base.data_version == self.data_version and base.leaf == leaf:
            return _NOBODY
        since = base.data_version
        if since not in self._since:
            changes = self._backend.changes(since)
            touched = None if changes is None else Touched(changes, self._backend, self._catalog)
            self._since[since] = None if touched is None else Concerned(touched, self._backend)
        concerned = self._since[since]
        return None if concerned is None else concerned.of(base.leaf, leaf)


def _are_near(base: Leaf, leaf: Leaf) -> bool:
    """Whether only a little time lies between the windows of two leaves of interactions, and nothing else."""
    try:
        return all(strip.column.attribute is None and strip.end - strip.start <= _NEAR for strip in strips(base, leaf))
    except Unmatched:
        return False
