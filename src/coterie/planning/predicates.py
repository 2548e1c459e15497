"""What a single record has to satisfy: nodes of `where` as predicates with absolute bounds (rules 8 to 10)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

from coterie.catalog.model import Attribute, Catalog
from coterie.definition.nodes import AllOf, AnyOf, AttributeCondition, Node, Not, RelationCondition
from coterie.planning.clock import Clock
from coterie.planning.conditions import attribute_condition
from coterie.planning.leaves import All, Any, AttributeTest, Negation, Predicate, Related
from coterie.planning.quantities import Algebra, quantified

__all__ = ["Predicates"]


PREDICATES: Algebra[Predicate] = Algebra(all=All, any=Any, negation=Negation)


@dataclass(frozen=True)
class Predicates:
    """Turns nodes into predicates at one moment."""

    clock: Clock
    catalog: Catalog

    def of(self, node: Node, entity: str) -> Predicate:
        """The predicate on a record of `entity`; relations start there."""
        match node:
            case AttributeCondition():
                predicate, negated = self.attribute(node, entity)
                return Negation(predicate) if negated else predicate
            case AllOf(nodes=nodes):
                return All(tuple(self.of(inner, entity) for inner in nodes))
            case AnyOf(nodes=nodes):
                return Any(tuple(self.of(inner, entity) for inner in nodes))
            case Not(node=inner):
                return Negation(self.of(inner, entity))
            case RelationCondition(relation=relation, quantifier=quantifier):
                where = self.related_where(node)
                return quantified(
                    quantifier, where, lambda having, chosen: Related(relation, chosen, having), PREDICATES
                )
            case _:
                assert_never(node)

    def related_where(self, condition: RelationCondition) -> Predicate | None:
        """The predicate on the records that a relation condition speaks of; None where every record matches."""
        if condition.where is None:
            return None
        return self.of(condition.where, self.catalog.relations[condition.relation].target)

    def of_interaction(self, node: Node, interaction: str) -> Predicate:
        """The predicate on a record of an interaction, whose `where` has no relations."""
        match node:
            case AttributeCondition():
                attributes = self.catalog.interactions[interaction].attributes
                predicate, negated = self._tested(node, attributes)
                return Negation(predicate) if negated else predicate
            case AllOf(nodes=nodes):
                return All(tuple(self.of_interaction(inner, interaction) for inner in nodes))
            case AnyOf(nodes=nodes):
                return Any(tuple(self.of_interaction(inner, interaction) for inner in nodes))
            case Not(node=inner):
                return Negation(self.of_interaction(inner, interaction))
            case RelationCondition():
                raise AssertionError("the definition has been checked")
            case _:
                assert_never(node)

    def attribute(self, condition: AttributeCondition, entity: str) -> tuple[AttributeTest, bool]:
        """The positive test of an attribute of `entity`, and whether its complement is meant."""
        return self._tested(condition, self.catalog.entities[entity].attributes)

    def _tested(self, condition: AttributeCondition, attributes: Mapping[str, Attribute]) -> tuple[AttributeTest, bool]:
        tested = attribute_condition(condition, attributes[condition.attribute], self.clock)
        return AttributeTest(condition.attribute, tested.test), tested.negated
