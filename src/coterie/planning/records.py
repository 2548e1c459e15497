"""Conditions on the contact's own record, on related ones and on interactions, as sets of contacts."""

from __future__ import annotations

from typing import TypeAlias, assert_never

from coterie.catalog.model import CONTACT, Catalog
from coterie.definition.nodes import (
    AttributeCondition,
    FirstAtMeasure,
    InteractionBlock,
    LastAtMeasure,
    Operator,
    RelationCondition,
)
from coterie.planning.clock import Between, Clock
from coterie.planning.conditions import Condition, instant_condition
from coterie.planning.expressions import Difference, Expression, Intersection, LeafSet, Union
from coterie.planning.leaves import (
    ContactLeaf,
    Exists,
    Having,
    InstantIn,
    InteractionLeaf,
    Predicate,
    Related,
    RelatedLeaf,
    ScopeLeaf,
)
from coterie.planning.predicates import Predicates
from coterie.planning.quantities import Algebra, measured, quantified

__all__ = ["ContactCondition", "condition_set"]

ContactCondition: TypeAlias = InteractionBlock | AttributeCondition | RelationCondition
"""What is asked of a contact by itself, and becomes leaves."""


def condition_set(condition: ContactCondition, clock: Clock, scope: ScopeLeaf, catalog: Catalog) -> Expression:
    """The contacts for whom a condition holds."""
    match condition:
        case InteractionBlock():
            return _interaction_set(condition, clock, scope, catalog)
        case RelationCondition():
            return _relation_set(condition, clock, scope, catalog)
        case AttributeCondition():
            return _attribute_set(condition, clock, scope, catalog)
        case _:
            assert_never(condition)


def _attribute_set(condition: AttributeCondition, clock: Clock, scope: ScopeLeaf, catalog: Catalog) -> Expression:
    """The contacts whose own attribute satisfies the condition."""
    predicate, negated = Predicates(clock, catalog).attribute(condition, CONTACT)
    return _sets(scope).negated_if(negated, LeafSet(ContactLeaf(predicate)))


def _relation_set(condition: RelationCondition, clock: Clock, scope: ScopeLeaf, catalog: Catalog) -> Expression:
    """The contacts whose related records satisfy the condition."""

    def atom(having: Having, where: Predicate | None) -> Expression:
        return LeafSet(RelatedLeaf(Related(condition.relation, where, having)))

    where = Predicates(clock, catalog).related_where(condition)
    return quantified(condition.quantifier, where, atom, _sets(scope))


def _interaction_set(block: InteractionBlock, clock: Clock, scope: ScopeLeaf, catalog: Catalog) -> Expression:
    """The contacts whose interactions satisfy the block."""
    window = clock.window(block.window)

    def atom(having: Having, where: Predicate | None) -> Expression:
        return LeafSet(InteractionLeaf(block.interaction, window, where, having))

    where = None
    if block.where is not None:
        where = Predicates(clock, catalog).of_interaction(block.where, block.interaction)
    sets = _sets(scope)
    if (moment := _moment(block, clock)) is not None:
        first = isinstance(block.measure, FirstAtMeasure)
        found = _first_or_last_in(moment.test.instants, window, first, block.interaction, where)
        return sets.negated_if(moment.negated, found)
    return measured(block, where, clock, atom, sets)


def _moment(block: InteractionBlock, clock: Clock) -> Condition[InstantIn] | None:
    """The interval that a block asks the first or last moment to lie in; None where it asks something else."""
    if not isinstance(block.measure, FirstAtMeasure | LastAtMeasure):
        return None
    if block.operator in (Operator.HAS_VALUE, Operator.HAS_NO_VALUE):
        return None
    moment = instant_condition(block.operator, block.value, clock)
    return Condition(moment.test, moment.negated) if isinstance(moment.test, InstantIn) else None


def _first_or_last_in(
    interval: Between[int], window: Between[int], first: bool, interaction: str, where: Predicate | None
) -> Expression:
    """The first lies in `[start, end)` where one is before `end` and none before `start`; the last, mirrored.

    So no moment has to be worked out for anybody, and only the rows of two windows are read.
    """
    if first:
        reached, beyond = Between(None, interval.end), Between(None, interval.start)
    else:
        reached, beyond = Between(interval.start, None), Between(interval.end, None)

    def occurred(between: Between[int]) -> Expression:
        return LeafSet(InteractionLeaf(interaction, _common(window, between), where, Exists()))

    unbounded = beyond.start is None and beyond.end is None
    if unbounded or _is_empty(_common(window, beyond)):
        return occurred(reached)
    return Difference(occurred(reached), occurred(beyond))


def _common(left: Between[int], right: Between[int]) -> Between[int]:
    starts = [start for start in (left.start, right.start) if start is not None]
    ends = [end for end in (left.end, right.end) if end is not None]
    return Between(max(starts, default=None), min(ends, default=None))


def _is_empty(between: Between[int]) -> bool:
    return between.start is not None and between.end is not None and between.start >= between.end


def _sets(scope: ScopeLeaf) -> Algebra[Expression]:
    return Algebra(all=Intersection, any=Union, negation=lambda expression: Difference(LeafSet(scope), expression))
