"""The sets of all leaves in use, brought from one moment and version of the data to the next."""

from __future__ import annotations

import time
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
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


@dataclass(frozen=True, slots=True)
class Patch:
    """Who entered the set of a leaf, and who left it, compared with the set of `base`."""

    base: Leaf
    entered: BitMap
    left: BitMap

    @property
    def changed(self) -> BitMap:
        return self.entered | self.left

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

    def set_of(self, leaf: Leaf) -> BitMap:
        """The new set of a leaf that did not fail, whole."""
        if leaf not in self.full:
            patch = self.patches[leaf]
            self.full[leaf] = patch.applied(self.former[patch.base])
        return self.full[leaf]

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


@dataclass
class _Group:
    """Leaves that read the same, to be looked at within the same contacts."""

    leaves: list[tuple[Leaf, Leaf]] = field(default_factory=list)
    contacts: BitMap = field(default_factory=BitMap)


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
        groups: dict[Hashable, _Group] = {}
        asked: list[tuple[Leaf, Leaf | None]] = []
        strips_held: dict[Strip, BitMap] = {}
        for leaf in leaves:
            base = leaf if leaf in self._sets else bases.get(leaf)
            contacts = None
            if base is not None and touched is not None:
                contacts = self._concerned(base, leaf, touched, strips_held)
            if base is None or contacts is None:
                asked.append((leaf, base))
            elif not contacts:
                moved.patches[leaf] = Patch(base, BitMap(), BitMap())
            else:
                group = groups.setdefault(self._kind(leaf), _Group())
                group.leaves.append((leaf, base))
                group.contacts |= contacts
        for kind, group in groups.items():
            if self._within_is_cheaper(kind, group):
                self._evaluate_within(kind, group, moved)
            else:
                asked += group.leaves
        self._evaluate_in_full(asked, moved)
        return moved

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

    def _within_is_cheaper(self, kind: Hashable, group: _Group) -> bool:
        known = len(self._backend.known_contacts())
        return self._costs.prefer_within(kind, len(group.leaves), len(group.contacts), known)

    def _evaluate_within(self, kind: Hashable, group: _Group, moved: Moved) -> None:
        found, seconds = self._timed(group.leaves, group.contacts, moved)
        self._costs.measured_within(kind, len(group.contacts), seconds)
        for leaf, base in group.leaves:
            if leaf in found:
                former = self._sets[base]
                moved.patches[leaf] = Patch(base, found[leaf] - former, (former & group.contacts) - found[leaf])

    def _evaluate_in_full(self, asked: Iterable[tuple[Leaf, Leaf | None]], moved: Moved) -> None:
        by_kind: dict[Hashable, list[tuple[Leaf, Leaf | None]]] = {}
        for leaf, base in asked:
            by_kind.setdefault(self._kind(leaf), []).append((leaf, base))
        for kind, alike in by_kind.items():
            found, seconds = self._timed(alike, None, moved)
            self._costs.measured_in_full(kind, len(alike), seconds)
            for leaf, base in alike:
                if leaf in found:
                    moved.full[leaf] = found[leaf]
                    if base is not None:
                        former = self._sets[base]
                        moved.patches[leaf] = Patch(base, found[leaf] - former, former - found[leaf])

    def _timed(
        self, asked: Sequence[tuple[Leaf, Leaf | None]], within: BitMap | None, moved: Moved
    ) -> tuple[dict[Leaf, BitMap], float]:
        """The sets of leaves, and the seconds that finding them took."""
        started = time.perf_counter()
        found = self._evaluated([leaf for leaf, _ in asked], within, moved)
        seconds = time.perf_counter() - started
        moved.seconds.update((leaf, seconds / len(asked)) for leaf, _ in asked)
        return found, seconds

    def _evaluated(self, leaves: list[Leaf], within: BitMap | None, moved: Moved) -> dict[Leaf, BitMap]:
        """The sets of leaves; those that cannot be evaluated are noted as failed, and hold up no other."""
        try:
            return dict(self._backend.evaluate(leaves, within=within))
        except Exception as error:
            if isinstance(error, StoreError) and error.code == "store_closed":
                raise
            if len(leaves) == 1:
                moved.failed[leaves[0]] = _problem_of(error)
                return {}
        middle = len(leaves) // 2
        found = self._evaluated(leaves[:middle], within, moved)
        return found | self._evaluated(leaves[middle:], within, moved)


def _problem_of(error: Exception) -> Problem:
    if isinstance(error, CoterieError):
        return error.problems[0]
    message = f"A condition could not be evaluated: {type(error).__name__}: {error}"
    return Problem(code="segment_failed", path="definition", message=message, hint="Nobody was entered or taken out.")
