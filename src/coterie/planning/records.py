"""Related records and interactions of contacts, as sets of contacts."""

from __future__ import annotations

from coterie.catalog.model import Catalog
from coterie.definition.nodes import InteractionBlock, RelationCondition
from coterie.planning.clock import Clock
from coterie.planning.expressions import Difference, Expression, Intersection, LeafSet, Union
from coterie.planning.leaves import Having, InteractionLeaf, Predicate, Related, RelatedLeaf, ScopeLeaf
from coterie.planning.predicates import Predicates
from coterie.planning.quantities import Algebra, measured, quantified

__all__ = ["interaction_set", "relation_set"]


def relation_set(condition: RelationCondition, clock: Clock, scope: ScopeLeaf, catalog: Catalog) -> Expression:
    """The contacts whose related records satisfy the condition."""

    def atom(having: Having, where: Predicate | None) -> Expression:
        return LeafSet(RelatedLeaf(Related(condition.relation, where, having)))

    where = Predicates(clock, catalog).related_where(condition)
    return quantified(condition.quantifier, where, atom, _sets(scope))


def interaction_set(block: InteractionBlock, clock: Clock, scope: ScopeLeaf, catalog: Catalog) -> Expression:
    """The contacts whose interactions satisfy the block."""
    window = clock.window(block.window)

    def atom(having: Having, where: Predicate | None) -> Expression:
        return LeafSet(InteractionLeaf(block.interaction, window, where, having))

    where = None
    if block.where is not None:
        where = Predicates(clock, catalog).of_interaction(block.where, block.interaction)
    return measured(block, where, clock, atom, _sets(scope))


def _sets(scope: ScopeLeaf) -> Algebra[Expression]:
    return Algebra(all=Intersection, any=Union, negation=lambda expression: Difference(LeafSet(scope), expression))
