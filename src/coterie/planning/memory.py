"""Conditions of live segments, remembered: planned once, and then only moved from moment to moment.

What time moves of a plan is which leaves stand at some of its places, and of most of those only where a window begins
and ends. So a thousand segments need not be planned anew at every refresh.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import assert_never
from zoneinfo import ZoneInfo

from coterie.catalog.model import Catalog
from coterie.definition.nodes import (
    AttributeCondition,
    InteractionBlock,
    ProfileBlock,
    RelationCondition,
    Step,
    Window,
)
from coterie.planning.clock import Between, Clock
from coterie.planning.expressions import Difference, Expression, Intersection, LeafSet, SegmentSet, Union
from coterie.planning.horizon import moving_conditions
from coterie.planning.leaves import InteractionLeaf, KeysLeaf, Leaf, ScopeLeaf
from coterie.planning.records import condition_set

__all__ = ["Place", "Placed", "PlanMemory"]


Condition = InteractionBlock | AttributeCondition | RelationCondition


@dataclass(eq=False, slots=True)
class Place:
    """Where a leaf stands, in the plans of all segments that ask the same: `leaf`, at the moment last turned to.

    It `is_left` where time has made another expression of the condition, which has places of its own.
    """

    leaf: Leaf
    is_left: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Placed(LeafSet):
    """The set of whichever leaf stands at `place`: which one, time may change. `leaf` is the first that did."""

    place: Place


@dataclass(eq=False, slots=True)
class _Remembered:
    """A condition, what it comes to, and the places in that.

    Where it `moves`, `window` is that of its interactions, if time moves nothing else; without one, the condition has
    to be planned anew for another moment.
    """

    condition: Condition
    zone: ZoneInfo
    scope: ScopeLeaf
    expression: Expression
    moves: bool = False
    window: Between[int] | None = None
    places: list[Place] = field(default_factory=list[Place])


class PlanMemory:
    """What conditions come to, each known by what it asks, in which zone and scope. Not for several threads at once."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._known: dict[tuple[Condition, str, ScopeLeaf], _Remembered] = {}
        self._still: dict[Leaf, Place] = {}
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

    def expression(self, condition: Condition, zone: ZoneInfo, scope: ScopeLeaf) -> Expression:
        """What a condition comes to, with places for its leaves."""
        name = (condition, zone.key, scope)
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = self._first(condition, zone, scope)
        return known.expression

    def place_of(self, leaf_set: LeafSet) -> Place:
        """Where the leaf of a set stands."""
        return leaf_set.place if isinstance(leaf_set, Placed) else self._still_at(leaf_set.leaf)

    def keep(self, places: Collection[Place]) -> None:
        """Forget the conditions that have none of these places."""
        self._known = {
            name: known for name, known in self._known.items() if any(place in places for place in known.places)
        }
        self._still = {leaf: place for leaf, place in self._still.items() if place in places}

    # --- moving

    def _first(self, condition: Condition, zone: ZoneInfo, scope: ScopeLeaf) -> _Remembered:
        """A condition of which nothing is known."""
        clock = self.clock(zone)
        known = _Remembered(condition, zone, scope, condition_set(condition, clock, scope, self._catalog))
        if isinstance(condition, InteractionBlock):
            block: InteractionBlock | ProfileBlock = condition
        else:
            block = ProfileBlock(where=condition)
        moving = sum(1 for _ in moving_conditions([Step(combine=None, block=block)], zone, self._catalog))
        if isinstance(condition, InteractionBlock) and moving == 1:
            known.window = self._window(condition.window, clock)
        known.moves = moving > 0
        self._give_places(known)
        return known

    def _move(self, known: _Remembered) -> None:
        """Bring what stands at the places of a condition to this moment."""
        clock = self.clock(known.zone)
        if known.window is None:
            self._plan_anew(known, clock)
            return
        assert isinstance(known.condition, InteractionBlock)
        window = self._window(known.condition.window, clock)
        if window != known.window:
            known.window = window
            for place in known.places:
                assert isinstance(place.leaf, InteractionLeaf)
                place.leaf = self._one(place.leaf.moved_to(window))

    def _plan_anew(self, known: _Remembered, clock: Clock) -> None:
        expression = condition_set(known.condition, clock, known.scope, self._catalog)
        found = list[tuple[Place, Leaf]]()
        if _match(known.expression, expression, found):
            for place, leaf in found:
                place.leaf = self._one(leaf)
            return
        for place in known.places:
            place.is_left = True
        known.expression, known.places = expression, []
        self._give_places(known)

    def _window(self, window: Window | None, clock: Clock) -> Between[int]:
        name = (clock.zone.key, window)
        found = self._windows.get(name)
        if found is None:
            found = self._windows[name] = clock.window(window)
        return found

    def _give_places(self, known: _Remembered) -> None:
        """Places of its own for every leaf that may move; those that do not have one for each leaf."""

        def placed(leaf_set: LeafSet) -> LeafSet:
            leaf = leaf_set.leaf
            if isinstance(leaf, ScopeLeaf | KeysLeaf):
                return leaf_set
            place = Place(self._one(leaf)) if known.moves else self._still_at(leaf)
            known.places.append(place)
            return Placed(leaf, place)

        known.expression = _mapped(known.expression, placed)

    def _still_at(self, leaf: Leaf) -> Place:
        return self._still.setdefault(leaf, Place(leaf))

    def _one(self, leaf: Leaf) -> Leaf:
        """The one object for equal leaves, of those that moved to this moment."""
        return self._leaves.setdefault(leaf, leaf)


def _match(old: Expression, new: Expression, found: list[tuple[Place, Leaf]]) -> bool:
    """Whether two expressions differ only in the leaves at places of the old one; `found` gets those of the new one."""
    match old, new:
        case Placed(place=place), LeafSet(leaf=leaf):
            found.append((place, leaf))
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
