"""Expressions computed from the sets of their leaves."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import assert_never

from pyroaring import BitMap

from coterie.planning.expressions import Difference, Expression, Intersection, LeafSet, SegmentSet, Union
from coterie.planning.leaves import Leaf
from coterie.planning.plan import Plan

__all__ = ["Algebra"]


class Algebra:
    """Computes the expressions of one plan, each once.

    Results are remembered by the identity of the expression, which the plan keeps alive: one shared by several steps is
    computed once, and nothing large is hashed. Where only some contacts may be seen, they are those `within`.
    """

    def __init__(self, plan: Plan, leaves: Mapping[Leaf, BitMap], within: BitMap | None = None) -> None:
        self._plan = plan
        self._leaves = leaves
        self._within = within
        scope = leaves[plan.scope]
        self._seen = scope if within is None else scope & within
        self._done: dict[int, BitMap] = {}
        self._segments: dict[str, BitMap] = {}
        for key, expression in plan.segments.items():  # in dependency order
            self._segments[key] = self.set_of(expression)

    def set_of(self, expression: Expression) -> BitMap:
        """The contacts of an expression, as ordinals."""
        if isinstance(expression, LeafSet):
            return self._leaves[expression.leaf]
        found = self._done.get(id(expression))
        if found is None:
            found = self._done[id(expression)] = self._computed(expression)
        return found

    def _computed(self, expression: SegmentSet | Union | Intersection | Difference) -> BitMap:
        match expression:
            case SegmentSet(key=key):
                return self._segments[key]
            case Union(parts=parts):
                return BitMap.union(*map(self.set_of, parts))
            case Intersection(parts=parts):
                return reduce(lambda left, right: left & right, map(self.set_of, parts))
            case Difference(kept=kept, removed=removed):
                return self.set_of(kept) - self.set_of(removed)
            case _:
                assert_never(expression)

    def total(self) -> BitMap:
        """The answer: the members that may be seen."""
        members = self.set_of(self._plan.total)
        return members if self._within is None else members & self._within

    @property
    def size_of_scope(self) -> int:
        """How many contacts the question's scope holds, of those that may be seen."""
        return len(self._seen)

    def in_scope(self, expression: Expression) -> BitMap:
        """The contacts of an expression that the question's scope holds, and that may be seen."""
        return self.set_of(expression) & self._seen

    def count_in_scope(self, expression: Expression) -> int:
        """How many contacts of an expression the question's scope holds, of those that may be seen."""
        return self.set_of(expression).intersection_cardinality(self._seen)
