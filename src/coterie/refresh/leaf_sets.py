"""The sets of all leaves in use, brought from one moment and version of the data to the next."""

from __future__ import annotations

import time
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from pyroaring import BitMap

from coterie.catalog.model import CONTACT, Catalog
from coterie.errors import CoterieError, Problem, StoreError
from coterie.planning.backend import Backend
from coterie.planning.leaves import ContactLeaf, InteractionLeaf, KeysLeaf, Leaf, RelatedLeaf, ScopeLeaf
from coterie.planning.reading import EntityRead, reads_of
from coterie.refresh.costs import Costs
from coterie.refresh.strips import Strip, Unmatched, strips
from coterie.refresh.touched import Touched

__all__ = ["LeafSets", "Moved"]

_NOBODY = BitMap()

_THREADS = 2
"""Kinds of leaves evaluated at the same time."""


@dataclass(frozen=True, slots=True)
class Patch:
    """Who entered the set of a leaf, and who left it, compared with the set of `base`."""

    base: Leaf
    entered: BitMap
    left: BitMap
    changed: BitMap

    @classmethod
    def of(cls, base: Leaf, entered: BitMap, left: BitMap) -> Patch:
        return cls(base, entered, left, entered | left)

    def applied(self, former: BitMap) -> BitMap:
        """The new set; the former one itself where nobody entered or left."""
        if not self.entered and not self.left:
            return former
        members = former.copy()
        members -= self.left
        members |= self.entered
        return members


@dataclass
class Moved:
    """What becomes of the leaves of one refresh: sets found in full, patches of former sets, and leaves that failed.

    `seconds` are what those that were evaluated took, each its share of what it was evaluated with.
    """

    former: Mapping[Leaf, BitMap]
    full: dict[Leaf, BitMap] = field(default_factory=dict)
    patches: dict[Leaf, Patch] = field(default_factory=dict)
    failed: dict[Leaf, Problem] = field(default_factory=dict)
    seconds: dict[Leaf, float] = field(default_factory=dict)
    _patched: dict[Leaf, BitMap] = field(default_factory=dict)

    def set_of(self, leaf: Leaf) -> BitMap:
        """The new set of a leaf that did not fail, whole."""
        if leaf in self.full:
            return self.full[leaf]
        if leaf not in self._patched:
            patch = self.patches[leaf]
            self._patched[leaf] = patch.applied(self.former[patch.base])
        return self._patched[leaf]

    def among(self, leaf: Leaf, contacts: BitMap) -> BitMap:
        """The new set of a leaf, of these contacts alone: without making the whole of it."""
        patch = self.patches.get(leaf)
        if patch is None:
            return self.full[leaf] & contacts
        found = self.former[patch.base] & contacts
        if patch.left:
            found -= patch.left
        if patch.entered:
            found |= patch.entered & contacts
        return found


@dataclass(frozen=True, slots=True)
class _Asked:
    """A leaf to be evaluated: the one it was before, and the contacts that may answer otherwise; None: anybody."""

    leaf: Leaf
    base: Leaf | None = None
    contacts: BitMap | None = None


class LeafSets:
    """Knows the set of every leaf in use, and how to bring them up to date at the least cost."""

    def __init__(self, backend: Backend, catalog: Catalog) -> None:
        self._backend = backend
        self._catalog = catalog
        self._sets: dict[Leaf, BitMap] = {}
        self._costs = Costs()

    def __contains__(self, leaf: Leaf) -> bool:
        return leaf in self._sets

    def clear(self) -> None:
        """Forget everything: the next refresh evaluates in full."""
        self._sets.clear()

    def keep(self, moved: Moved, leaves: Iterable[Leaf]) -> None:
        """Take over the new sets of these leaves, and drop all others."""
        self._sets = {leaf: moved.set_of(leaf) for leaf in leaves if leaf not in moved.failed}

    def move(self, leaves: Collection[Leaf], bases: Mapping[Leaf, Leaf], touched: Touched | None) -> Moved:
        """The new sets of leaves. `bases` names the former leaf of one not known; `touched` None may be anybody."""
        moved = Moved(self._sets)
        by_kind: dict[Hashable, list[Leaf]] = {}
        for leaf in leaves:
            by_kind.setdefault(self._kind(leaf), []).append(leaf)
        held: dict[Strip, BitMap] = {}

        def move(kind: Hashable) -> None:
            self._move_alike(kind, by_kind[kind], bases, touched, held, moved)

        # DuckDB and numpy let other threads run while they work.
        with ThreadPoolExecutor(_THREADS) as pool:
            largest_first = sorted(by_kind, key=lambda kind: -len(by_kind[kind]))
            for _ in pool.map(move, largest_first):
                pass
        return moved

    def _move_alike(
        self,
        kind: Hashable,
        leaves: Sequence[Leaf],
        bases: Mapping[Leaf, Leaf],
        touched: Touched | None,
        held: dict[Strip, BitMap],
        moved: Moved,
    ) -> None:
        """Move leaves that read the same: those that concern nobody as they are, the others by evaluating them."""
        concerned: list[_Asked] = []
        in_full: list[_Asked] = []
        for leaf in leaves:
            base = leaf if leaf in self._sets else bases.get(leaf)
            contacts = None
            if base is not None and touched is not None:
                contacts = self._concerned(base, leaf, touched, held)
            if base is None or contacts is None:
                in_full.append(_Asked(leaf, base))
            elif contacts:
                concerned.append(_Asked(leaf, base, contacts))
            else:
                moved.patches[leaf] = Patch.of(base, _NOBODY, _NOBODY)
        if concerned:
            self._evaluate_some(kind, concerned, moved)
        if in_full:
            self._evaluate_all(kind, in_full, moved)

    def _concerned(self, base: Leaf, leaf: Leaf, touched: Touched, held: dict[Strip, BitMap]) -> BitMap | None:
        """The contacts whose answer data or time may have altered; None where that may be anybody."""
        contacts = touched.of(leaf)
        if contacts is None or base == leaf:
            return contacts
        try:
            passed = list(strips(base, leaf))
        except Unmatched:
            return None
        for strip in passed:
            if strip not in held:
                held[strip] = self._backend.holding(strip.column, strip.start, strip.end)
            if held[strip]:
                contacts = contacts | held[strip]
        return contacts

    def _kind(self, leaf: Leaf) -> Hashable:
        """Equal for leaves that read the same tables."""
        match leaf:
            case InteractionLeaf(interaction=interaction):
                return interaction
            case RelatedLeaf():
                reads = reads_of(leaf, self._catalog)
                return frozenset(read.entity for read in reads if isinstance(read, EntityRead))
            case ContactLeaf() | ScopeLeaf() | KeysLeaf():
                return CONTACT

    # --- evaluating

    def _evaluate_some(self, kind: Hashable, asked: Sequence[_Asked], moved: Moved) -> None:
        """Evaluate leaves for the contacts concerned: within those of all the leaves, or each among its own."""
        contacts = BitMap.union(*(each.contacts for each in asked if each.contacts is not None))
        known = len(self._backend.known_contacts())
        if self._costs.prefer_within(kind, len(asked), len(contacts), known):
            found, seconds = self._timed(asked, moved, within=contacts)
            if len(found) == len(asked):  # what failed was tried more than once
                self._costs.measured_within(kind, len(contacts), seconds)
            self._patch(asked, found, moved, looked_at=contacts)
        else:
            among = {each.leaf: each.contacts for each in asked if each.contacts is not None}
            found, seconds = self._timed(asked, moved, among=among)
            if len(found) == len(asked):
                self._costs.measured_in_full(kind, len(asked), seconds)
            self._patch(asked, found, moved)

    def _evaluate_all(self, kind: Hashable, asked: Sequence[_Asked], moved: Moved) -> None:
        """Evaluate leaves for everybody."""
        found, seconds = self._timed(asked, moved)
        if len(found) == len(asked):
            self._costs.measured_in_full(kind, len(asked), seconds)
        moved.full.update(found)
        self._patch(asked, found, moved)

    def _patch(
        self,
        asked: Sequence[_Asked],
        found: Mapping[Leaf, BitMap],
        moved: Moved,
        looked_at: BitMap | None = None,
    ) -> None:
        """Note who entered and who left, of those looked at; by default the contacts that each leaf concerns."""
        for each in asked:
            if each.base is None or each.leaf not in found:
                continue
            members, former = found[each.leaf], self._sets[each.base]
            contacts = each.contacts if looked_at is None else looked_at
            before = former if contacts is None else former & contacts
            moved.patches[each.leaf] = Patch.of(each.base, members - former, before - members)

    def _timed(
        self,
        asked: Sequence[_Asked],
        moved: Moved,
        *,
        within: BitMap | None = None,
        among: Mapping[Leaf, BitMap] | None = None,
    ) -> tuple[dict[Leaf, BitMap], float]:
        """The sets of leaves, and the seconds that finding them took."""
        started = time.perf_counter()
        found = self._evaluated([each.leaf for each in asked], moved, within, among)
        seconds = time.perf_counter() - started
        moved.seconds.update((each.leaf, seconds / len(asked)) for each in asked)
        return found, seconds

    def _evaluated(
        self, leaves: list[Leaf], moved: Moved, within: BitMap | None, among: Mapping[Leaf, BitMap] | None
    ) -> dict[Leaf, BitMap]:
        """The sets of leaves; those that cannot be evaluated are noted as failed, and hold up no other."""
        try:
            return dict(self._backend.evaluate(leaves, within=within, among=among))
        except Exception as error:
            if isinstance(error, StoreError) and error.code == "store_closed":
                raise
            if len(leaves) == 1:
                moved.failed[leaves[0]] = _problem_of(error)
                return {}
        middle = len(leaves) // 2
        found = self._evaluated(leaves[:middle], moved, within, among)
        return found | self._evaluated(leaves[middle:], moved, within, among)


def _problem_of(error: Exception) -> Problem:
    if isinstance(error, CoterieError):
        return error.problems[0]
    message = f"A condition could not be evaluated: {type(error).__name__}: {error}"
    return Problem(code="segment_failed", path="definition", message=message, hint="Nobody was entered or taken out.")
