"""Conditions of live segments, remembered: planned once, and then only moved from moment to moment.

What time moves of a plan is which leaves stand in some of its slots, and of most of those only where a window begins
and ends. So a thousand segments need not be planned anew at every refresh.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import assert_never
from zoneinfo import ZoneInfo

from coterie.catalog.model import Catalog
from coterie.definition.nodes import InteractionBlock, ProfileBlock, Step, Window
from coterie.planning.clock import Between, Clock
from coterie.planning.expressions import Difference, Expression, Intersection, LeafSet, SegmentSet, Union
from coterie.planning.horizon import moving_conditions
from coterie.planning.leaves import InteractionLeaf, KeysLeaf, Leaf, ScopeLeaf
from coterie.planning.records import ContactCondition, condition_set

__all__ = ["PlanMemory", "Slot", "Slotted"]


@dataclass(eq=False, slots=True)
class Slot:
    """Where a leaf stands, in the plans of all segments that ask the same: `leaf`, at the moment last turned to."""

    leaf: Leaf
    _of: _Remembered | None = field(default=None, repr=False)

    @property
    def is_left(self) -> bool:
        """Whether time has made another expression of the condition, which has slots of its own."""
        return self._of is not None and self not in self._of.form.slots


@dataclass(frozen=True, slots=True)
class Slotted(LeafSet):
    """The set of whichever leaf stands in `slot`: which one, time may change. `leaf` is the first that did."""

    slot: Slot


@dataclass(frozen=True, slots=True, eq=False)
class _Form:
    """What a condition comes to, and the slots in that: both change at once, whatever a refresh is broken off by."""

    expression: Expression
    slots: tuple[Slot, ...]


@dataclass(eq=False, slots=True)
class _Remembered:
    """A condition, and what it comes to.

    Where it `moves`, `window` is that of its interactions, if time moves nothing else; without one, the condition has
    to be planned anew for another moment.
    """

    condition: ContactCondition
    zone: ZoneInfo
    scope: ScopeLeaf
    moves: bool
    form: _Form = field(init=False)
    window: Between[int] | None = None


class PlanMemory:
    """What conditions come to, each known by what it asks, in which zone and scope. Not for several threads at once."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._known: dict[tuple[ContactCondition, str, ScopeLeaf], _Remembered] = {}
        self._still: dict[Leaf, Slot] = {}
        self.turn_to(0)

    def turn_to(self, as_of: int) -> None:
        """From now on leaves are those of that moment (milliseconds since 1970 UTC)."""
        self._as_of = as_of
        self._clocks: dict[str, Clock] = {}
        self._windows: dict[tuple[str, Window | None], Between[int]] = {}
        self._leaves: dict[Leaf, Leaf] = {}
        for known in self._known.values():
            if known.moves:
                self._move(known)

    def clock(self, zone: ZoneInfo) -> Clock:
        """The clock of the moment in a zone."""
        found = self._clocks.get(zone.key)
        if found is None:
            found = self._clocks[zone.key] = Clock(self._as_of, zone, self._catalog.organization)
        return found

    def expression(self, condition: ContactCondition, zone: ZoneInfo, scope: ScopeLeaf) -> Expression:
        """What a condition comes to, with slots for its leaves."""
        name = (condition, zone.key, scope)
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = self._first(condition, zone, scope)
        return known.form.expression

    def slot_of(self, leaf_set: LeafSet) -> Slot:
        """Where the leaf of a set stands."""
        return leaf_set.slot if isinstance(leaf_set, Slotted) else self._still_in(leaf_set.leaf)

    def keep(self, slots: Collection[Slot]) -> None:
        """Forget the conditions that have others than these slots."""
        self._known = {
            name: known for name, known in self._known.items() if all(slot in slots for slot in known.form.slots)
        }
        self._still = {leaf: slot for leaf, slot in self._still.items() if slot in slots}

    # --- moving

    def _first(self, condition: ContactCondition, zone: ZoneInfo, scope: ScopeLeaf) -> _Remembered:
        """A condition of which nothing is known."""
        clock = self.clock(zone)
        if isinstance(condition, InteractionBlock):
            block: InteractionBlock | ProfileBlock = condition
        else:
            block = ProfileBlock(where=condition)
        moving = list(moving_conditions([Step(combine=None, block=block)], zone, self._catalog))
        known = _Remembered(condition, zone, scope, moves=bool(moving))
        if isinstance(condition, InteractionBlock) and [each.window_at is not None for each in moving] == [True]:
            known.window = self._window(condition.window, clock)
        known.form = self._form_of(known, condition_set(condition, clock, scope, self._catalog))
        return known

    def _move(self, known: _Remembered) -> None:
        """Bring what stands in the slots of a condition to this moment.

        Should that be broken off, it is done again: nothing says that it was done before it is.
        """
        clock = self.clock(known.zone)
        if known.window is None:
            self._plan_anew(known, clock)
            return
        assert isinstance(known.condition, InteractionBlock)
        window = self._window(known.condition.window, clock)
        if window != known.window:
            for slot in known.form.slots:
                assert isinstance(slot.leaf, InteractionLeaf)
                slot.leaf = self._one(slot.leaf.moved_to(window))
            known.window = window

    def _plan_anew(self, known: _Remembered, clock: Clock) -> None:
        expression = condition_set(known.condition, clock, known.scope, self._catalog)
        found = list[tuple[Slot, Leaf]]()
        if _match(known.form.expression, expression, found):
            for slot, leaf in found:
                slot.leaf = self._one(leaf)
        else:
            known.form = self._form_of(known, expression)

    def _window(self, window: Window | None, clock: Clock) -> Between[int]:
        name = (clock.zone.key, window)
        found = self._windows.get(name)
        if found is None:
            found = self._windows[name] = clock.window(window)
        return found

    def _form_of(self, known: _Remembered, expression: Expression) -> _Form:
        """With slots of its own for every leaf that may move; those that do not have one for each leaf."""
        slots = list[Slot]()

        def slotted(leaf_set: LeafSet) -> LeafSet:
            leaf = leaf_set.leaf
            if isinstance(leaf, ScopeLeaf | KeysLeaf):
                return leaf_set
            slots.append(Slot(self._one(leaf), known) if known.moves else self._still_in(leaf))
            return Slotted(leaf, slots[-1])

        return _Form(_mapped(expression, slotted), tuple(slots))

    def _still_in(self, leaf: Leaf) -> Slot:
        return self._still.setdefault(leaf, Slot(leaf))

    def _one(self, leaf: Leaf) -> Leaf:
        """The one object for equal leaves, of those that moved to this moment."""
        return self._leaves.setdefault(leaf, leaf)


def _match(old: Expression, new: Expression, found: list[tuple[Slot, Leaf]]) -> bool:
    """Whether two expressions differ only in the leaves in slots of the old one; `found` gets those of the new one."""
    match old, new:
        case Slotted(slot=slot), LeafSet(leaf=leaf):
            found.append((slot, leaf))
            return True
        case LeafSet(leaf=one), LeafSet(leaf=other):
            return one == other
        case (Union(parts=before), Union(parts=after)) | (Intersection(parts=before), Intersection(parts=after)):
            return len(before) == len(after) and all(_match(*each, found) for each in zip(before, after, strict=True))
        case Difference(), Difference():
            return _match(old.kept, new.kept, found) and _match(old.removed, new.removed, found)
        case _:
            return False


def _mapped(expression: Expression, change: Callable[[LeafSet], LeafSet]) -> Expression:
    match expression:
        case LeafSet():
            return change(expression)
        case SegmentSet():
            return expression
        case Union(parts=parts):
            return Union(tuple(_mapped(part, change) for part in parts))
        case Intersection(parts=parts):
            return Intersection(tuple(_mapped(part, change) for part in parts))
        case Difference(kept=kept, removed=removed):
            return Difference(_mapped(kept, change), _mapped(removed, change))
        case _:
            assert_never(expression)
