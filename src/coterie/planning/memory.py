"""What conditions came to at the moment before: what time cannot move is planned once.

A thousand segments are planned anew at every refresh, and most of what they ask is what it was: only the windows of
interactions end later.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
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
from coterie.planning.leaves import InteractionLeaf, Leaf, ScopeLeaf

__all__ = ["PlanMemory"]


Condition = InteractionBlock | AttributeCondition | RelationCondition


@dataclass(frozen=True, slots=True)
class _Planned:
    """A condition, and what it came to: None where time moves more of that than the `window` of interactions.

    What is remembered holds its condition and its leaves, so that no others can have their `id`.
    """

    condition: Condition
    expression: Expression | None
    window: Between[int] | None = None


class PlanMemory:
    """Remembers the conditions of the segments planned at one moment, for the next. Not for several threads at once."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._former: dict[tuple[int, str, str | None], _Planned] = {}
        self._planned: dict[tuple[int, str, str | None], _Planned] = {}
        self._begin(0)

    def turn_to(self, as_of: int) -> None:
        """From now on segments are planned at that moment; what the moment before did not need is dropped."""
        if self._planned:
            self._former, self._planned = self._planned, {}
        self._begin(as_of)

    def _begin(self, as_of: int) -> None:
        self._as_of = as_of
        self._clocks: dict[str, Clock] = {}
        self._windows: dict[tuple[str, Window | None], Between[int]] = {}
        self._leaves: dict[Leaf, Leaf] = {}
        self._moved: dict[tuple[int, Between[int]], LeafSet] = {}

    def clock(self, zone: ZoneInfo) -> Clock:
        """The clock of the moment in a zone."""
        found = self._clocks.get(zone.key)
        if found is None:
            found = self._clocks[zone.key] = Clock(self._as_of, zone, self._catalog.organization)
        return found

    def expression(
        self, condition: Condition, clock: Clock, scope: ScopeLeaf, plan: Callable[[], Expression]
    ) -> Expression:
        """What a condition comes to; it is planned where that does not follow from the moment before."""
        name = (id(condition), clock.zone.key, scope.business_unit)
        known = self._former.get(name)
        if known is None:
            known = self._first(condition, clock, plan)
        elif known.window is not None:
            known = self._at(clock, known)
        self._planned[name] = known
        return self._interned(plan()) if known.expression is None else known.expression

    def _first(self, condition: Condition, clock: Clock, plan: Callable[[], Expression]) -> _Planned:
        """A condition of which nothing is known."""
        if isinstance(condition, InteractionBlock):
            block: InteractionBlock | ProfileBlock = condition
            window, moves = self._window(condition.window, clock), 1
        else:
            block = ProfileBlock(where=condition)
            window, moves = None, 0
        moving = moving_conditions([Step(combine=None, block=block)], clock.zone, self._catalog)
        if sum(1 for _ in moving) > moves:
            return _Planned(condition, None)
        return _Planned(condition, self._interned(plan()), window)

    def _at(self, clock: Clock, known: _Planned) -> _Planned:
        """A condition on interactions as it is now."""
        assert isinstance(known.condition, InteractionBlock)
        assert known.expression is not None
        window = self._window(known.condition.window, clock)
        if window == known.window:
            return known
        return _Planned(known.condition, _mapped(known.expression, lambda leaf: self._moved_to(window, leaf)), window)

    def _window(self, window: Window | None, clock: Clock) -> Between[int]:
        name = (clock.zone.key, window)
        found = self._windows.get(name)
        if found is None:
            found = self._windows[name] = clock.window(window)
        return found

    def _moved_to(self, window: Between[int], leaf: Leaf) -> LeafSet:
        if not isinstance(leaf, InteractionLeaf):
            return LeafSet(leaf)
        name = (id(leaf), window)
        found = self._moved.get(name)
        if found is None:
            new = InteractionLeaf(leaf.interaction, window, leaf.where, leaf.having)
            found = self._moved[name] = LeafSet(self._leaves.setdefault(new, new))
        return found

    def _interned(self, expression: Expression) -> Expression:
        """With one object for equal leaves, of those planned at this moment; what is remembered keeps its own."""
        return _mapped(expression, lambda leaf: LeafSet(self._leaves.setdefault(leaf, leaf)))


def _mapped(expression: Expression, change: Callable[[Leaf], LeafSet]) -> Expression:
    match expression:
        case LeafSet(leaf=leaf):
            return change(leaf)
        case SegmentSet():
            return expression
        case Union(parts=parts):
            return Union(tuple([_mapped(part, change) for part in parts]))
        case Intersection(parts=parts):
            return Intersection(tuple([_mapped(part, change) for part in parts]))
        case Difference(kept=kept, removed=removed):
            return Difference(_mapped(kept, change), _mapped(removed, change))
        case _:
            assert_never(expression)
