"""The sets of all leaves in use, brought from one moment and version of the data to the next."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from concurrent.futures import Executor, Future, wait
from dataclasses import dataclass, field

from pyroaring import BitMap

from coterie.catalog.model import Catalog
from coterie.errors import CoterieError, Problem, StoreError
from coterie.planning.backend import Backend
from coterie.planning.leaves import Leaf
from coterie.planning.reading import kind_of
from coterie.refresh.concerned import Concerned
from coterie.refresh.costs import Costs
from coterie.refresh.pace import FULL_SPEED, Pace
from coterie.refresh.touched import Touched
from coterie.values.pauses import Pause

__all__ = ["LeafSets", "Moved"]

_NOBODY = BitMap()


@dataclass(frozen=True, slots=True)
class Patch:
    """Who entered or left the set of a leaf, compared with the set of `base`: whoever is in one of the two alone."""

    base: Leaf
    changed: BitMap


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
            self._patched[leaf] = self.former[patch.base] ^ patch.changed
        return self._patched[leaf]

    def among(self, leaf: Leaf, contacts: BitMap) -> BitMap:
        """The new set of a leaf, of these contacts alone: without making the whole of it."""
        patch = self.patches.get(leaf)
        if patch is None or (self._patched and leaf in self._patched):
            return self.set_of(leaf) & contacts
        found = self.former[patch.base] & contacts
        if patch.changed:
            found ^= patch.changed & contacts
        return found

    def since(self, old: Leaf | None, new: Leaf) -> BitMap | None:
        """Who is in one alone of the former set of `old` and the new one of `new`; None where that is not known.

        Two leaves may come to have the same bounds, and so be one: its patch tells how it differs from one of them.
        """
        patch = self.patches.get(new)
        if patch is not None and (patch.base is old or patch.base == old):
            return patch.changed
        if old is None or old not in self.former or new in self.failed:
            return None
        return self.former[old] ^ self.set_of(new)

    def taken(self, leaves: Iterable[Leaf]) -> dict[Leaf, BitMap]:
        """The new sets of those leaves that did not fail, the former ones changed where they stand: they are gone then.

        Nobody else has these sets: those found in full may be the backend's own, and are copied.
        """
        wanted = [leaf for leaf in leaves if leaf not in self.failed]
        takers = Counter(self.patches[leaf].base for leaf in wanted if leaf not in self.full)
        for leaf in wanted:
            if leaf in self.full:
                self._patched[leaf] = self.full[leaf].copy()
                continue
            patch = self.patches[leaf]
            takers[patch.base] -= 1
            if leaf not in self._patched:
                self._patched[leaf] = _patched(self.former[patch.base], patch.changed, is_last=not takers[patch.base])
        return {leaf: self._patched[leaf] for leaf in wanted}


def _patched(former: BitMap, changed: BitMap, *, is_last: bool) -> BitMap:
    """A former set with what changed: the very same one where it `is_last` to be made of it."""
    if not is_last:
        return former ^ changed
    if changed:
        former ^= changed
    return former


@dataclass(frozen=True, slots=True)
class _Asked:
    """A leaf to be evaluated: the one it was before, and the contacts that may answer otherwise; None: anybody."""

    leaf: Leaf
    base: Leaf | None = None
    contacts: BitMap | None = None


class _Move:
    """What one thread does for a refresh: it notes in `moved` what it found, and how long it `paused` (seconds)."""

    def __init__(self, moved: Moved, pause: Pause) -> None:
        self.moved = moved
        self.paused = 0.0
        self.broken_off: BaseException | None = None
        """What a pause raised: no condition failed then, the whole refresh is to end."""
        self._pause = pause

    def pause(self) -> None:
        """Let others go before."""
        began = time.perf_counter()
        try:
            self._pause()
        except BaseException as error:
            self.broken_off = error
            raise
        finally:
            self.paused += time.perf_counter() - began


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
        """Take over the new sets of these leaves, and drop all others: the former sets are not any more."""
        former, self._sets = self._sets, {}  # should this be broken off, the next refresh evaluates in full
        assert moved.former is former, "they were moved from what is kept"
        self._sets = moved.taken(leaves)

    def move(
        self,
        leaves: Collection[Leaf],
        bases: Mapping[Leaf, Leaf],
        touched: Touched | None,
        *,
        pool: Executor,
        pace: Pace = FULL_SPEED,
    ) -> Moved:
        """The new sets of leaves. `bases` names the former leaf of one not known; `touched` None may be anybody.

        The threads of `pool` evaluate leaves of a kind each, with pauses. Where it raises, they have ended.
        """
        moved = Moved(self._sets)
        by_kind: dict[Hashable, list[Leaf]] = {}
        for leaf in leaves:
            by_kind.setdefault(kind_of(leaf, self._catalog), []).append(leaf)
        concerned = None if touched is None else Concerned(touched, self._backend)

        def move(kind: Hashable) -> None:
            pace.pause()
            self._move_alike(kind, by_kind[kind], bases, concerned, _Move(moved, pace.pause))

        # DuckDB and numpy let other threads run while they work.
        largest_first = sorted(by_kind, key=lambda kind: -len(by_kind[kind]))
        _all_of([pool.submit(move, kind) for kind in largest_first])
        return moved

    def _move_alike(
        self,
        kind: Hashable,
        leaves: Sequence[Leaf],
        bases: Mapping[Leaf, Leaf],
        concerned: Concerned | None,
        move: _Move,
    ) -> None:
        """Move leaves that read the same: those that concern nobody as they are, the others by evaluating them."""
        of_some: list[_Asked] = []
        in_full: list[_Asked] = []
        pairs = [(leaf if leaf in self._sets else bases.get(leaf), leaf) for leaf in leaves]
        if concerned is not None:
            concerned.foresee(pairs)
        for base, leaf in pairs:
            contacts = None if concerned is None else concerned.of(base, leaf)
            if base is None or contacts is None:
                in_full.append(_Asked(leaf, base))
            elif contacts:
                of_some.append(_Asked(leaf, base, contacts))
            else:
                move.moved.patches[leaf] = Patch(base, _NOBODY)
        if of_some:
            self._evaluate_some(kind, of_some, move)
        if in_full:
            self._evaluate_all(kind, in_full, move)

    # --- evaluating

    def _evaluate_some(self, kind: Hashable, asked: Sequence[_Asked], move: _Move) -> None:
        """Evaluate leaves for the contacts concerned: within those of all the leaves, or each among its own."""
        distinct = {id(each.contacts): each.contacts for each in asked if each.contacts is not None}
        contacts = BitMap.union(*distinct.values())
        known = len(self._backend.known_contacts())
        if self._costs.prefer_within(kind, len(asked), len(contacts), known):
            found, seconds = self._timed(asked, move, within=contacts)
            if len(found) == len(asked):  # what failed was tried more than once
                self._costs.measured_within(kind, len(contacts), seconds)
            self._patch(asked, found, move.moved, looked_at=contacts)
        else:
            among = {each.leaf: each.contacts for each in asked if each.contacts is not None}
            found, seconds = self._timed(asked, move, among=among)
            if len(found) == len(asked):
                self._costs.measured_in_full(kind, len(asked), seconds)
            self._patch(asked, found, move.moved)

    def _evaluate_all(self, kind: Hashable, asked: Sequence[_Asked], move: _Move) -> None:
        """Evaluate leaves for everybody."""
        found, seconds = self._timed(asked, move)
        if len(found) == len(asked):
            self._costs.measured_in_full(kind, len(asked), seconds)
        move.moved.full.update(found)
        self._patch(asked, found, move.moved)

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
            if looked_at is not None:
                changed = (former & looked_at) ^ members
            elif each.contacts is not None:
                changed = (members - former) | ((former & each.contacts) - members)
            else:
                changed = former ^ members
            moved.patches[each.leaf] = Patch(each.base, changed)

    def _timed(
        self,
        asked: Sequence[_Asked],
        move: _Move,
        *,
        within: BitMap | None = None,
        among: Mapping[Leaf, BitMap] | None = None,
    ) -> tuple[dict[Leaf, BitMap], float]:
        """The sets of leaves, and the seconds that finding them took."""
        started, paused = time.perf_counter(), move.paused
        found = self._evaluated([each.leaf for each in asked], move, within, among)
        seconds = time.perf_counter() - started - (move.paused - paused)
        move.moved.seconds.update((each.leaf, seconds / len(asked)) for each in asked)
        return found, seconds

    def _evaluated(
        self, leaves: list[Leaf], move: _Move, within: BitMap | None, among: Mapping[Leaf, BitMap] | None
    ) -> dict[Leaf, BitMap]:
        """The sets of leaves; those that cannot be evaluated are noted as failed, and hold up no other."""
        try:
            return dict(self._backend.evaluate(leaves, within=within, among=among, pause=move.pause))
        except Exception as error:
            if error is move.broken_off or (isinstance(error, StoreError) and error.code == "store_closed"):
                raise
            if len(leaves) == 1:
                move.moved.failed[leaves[0]] = _problem_of(error)
                return {}
        middle = len(leaves) // 2
        found = self._evaluated(leaves[:middle], move, within, among)
        return found | self._evaluated(leaves[middle:], move, within, among)


def _all_of(pieces: Sequence[Future[None]]) -> None:
    """Wait for all the pieces of a work. Should one fail, those not begun are left; none runs on behind the error."""
    try:
        for piece in pieces:
            piece.result()
    except BaseException:
        for piece in pieces:
            piece.cancel()
        wait(pieces)
        raise


def _problem_of(error: Exception) -> Problem:
    if isinstance(error, CoterieError):
        return error.problems[0]
    message = f"A condition could not be evaluated: {type(error).__name__}: {error}"
    return Problem(code="segment_failed", path="definition", message=message, hint="Nobody was entered or taken out.")
