"""A definition held against a catalog: names that are not there, operators and constants of the wrong type.

One walk checks and types: what it returns has every constant in the type of what it is compared with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import assert_never

from coterie.catalog.model import CONTACT, Attribute, AttributeType, Catalog, Relation
from coterie.definition.nodes import (
    Aggregate,
    AggregateMeasure,
    AggregateQuantifier,
    AllOf,
    AnyOf,
    AnyRecord,
    AttributeCondition,
    Block,
    CountMeasure,
    CountQuantifier,
    DaysMeasure,
    Definition,
    DistinctMeasure,
    DynamicSegment,
    Everyone,
    EveryRecord,
    FirstAtMeasure,
    Group,
    InteractionBlock,
    LastAtMeasure,
    Measure,
    Node,
    NoRecord,
    Not,
    ProfileBlock,
    Quantifier,
    RelationCondition,
    Scope,
    SegmentBlock,
    StaticSegment,
    Step,
)
from coterie.definition.parsing import Parsed
from coterie.definition.paths import Path, shown
from coterie.definition.places import Findings
from coterie.definition.typed_values import (
    Compared,
    aggregate_compared,
    attribute_compared,
    count_compared,
    moment_compared,
    type_comparison,
)

__all__ = ["CheckReference", "type_against"]


CheckReference = Callable[[str, Path, Findings], None]
"""Reports why the segment of that key, referred to at that path, cannot be used."""


def type_against(
    parsed: Parsed, catalog: Catalog, findings: Findings, check_reference: CheckReference, *, owner_unit_known: bool
) -> Parsed:
    """`parsed` with every constant of its attribute's type. What does not fit `catalog` is added to `findings`."""
    typing = _Typing(catalog, findings, check_reference)
    if not isinstance(parsed, Definition) and not owner_unit_known:
        typing.check_unit(parsed.scope, parsed.business_unit)
    match parsed:
        case Definition(steps=steps):
            return Definition(steps=typing.steps(steps, ("blocks",)))
        case DynamicSegment(definition=definition):
            steps = typing.steps(definition.steps, ("definition", "blocks"))
            return replace(parsed, definition=Definition(steps=steps))
        case StaticSegment():
            return parsed
        case _:
            assert_never(parsed)


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """What a node can speak of: the attributes of the record one stands on, and the relations from there."""

    name: str
    attributes: Mapping[str, Attribute]
    relations: Mapping[str, Relation]

    @property
    def what(self) -> str:
        return self.name[:1].upper() + self.name[1:]


class _Typing:
    """One method per kind: it returns its argument typed, and reports what is wrong at the path it is given."""

    def __init__(self, catalog: Catalog, findings: Findings, check_reference: CheckReference) -> None:
        self._catalog = catalog
        self._findings = findings
        self._check_reference = check_reference

    def check_unit(self, scope: Scope, business_unit: str | None) -> None:
        # Without units in the catalog, every scope is the organization (semantics, rule 28).
        if scope is Scope.BUSINESS_UNIT and business_unit is None and self._catalog.contact.business_unit is not None:
            message = "The scope is a business unit, but it is not said which."
            self._findings.add("missing_key", ("business_unit",), message, "Add business_unit: the owner's unit.")

    # --- steps and blocks --------------------------------------------------------------------------------------------

    def steps(self, steps: tuple[Step, ...], path: Path) -> tuple[Step, ...]:
        return tuple(
            replace(step, block=self._block(step.block, (*path, index, "block"))) for index, step in enumerate(steps)
        )

    def _block(self, block: Block, path: Path) -> Block:
        match block:
            case ProfileBlock(where=where):
                return ProfileBlock(where=self._node(where, self._entity(CONTACT), (*path, "where")))
            case InteractionBlock():
                return self._interaction(block, path)
            case Group(steps=steps):
                return Group(steps=self.steps(steps, (*path, "blocks")))
            case SegmentBlock(segment=key):
                self._check_reference(key, (*path, "segment"), self._findings)
                return block
            case Everyone():
                return block
            case _:
                assert_never(block)

    def _entity(self, name: str) -> _Surroundings:
        attributes = self._catalog.entities[name].attributes
        return _Surroundings(name, attributes, self._catalog.relations_from(name))

    def _interaction(self, block: InteractionBlock, path: Path) -> Block:
        interaction = self._catalog.interactions.get(block.interaction)
        if interaction is None:
            message = f"There is no interaction {shown(block.interaction)}."
            known = tuple(self._catalog.interactions)
            place = (*path, "interaction")
            self._findings.add("unknown_interaction", place, message, close_to=(block.interaction, known))
            return block
        around = _Surroundings(interaction.name, interaction.attributes, {})
        where = None if block.where is None else self._node(block.where, around, (*path, "where"))
        compared = self._measure(block.measure, around, (*path, "measure"))
        value = block.value
        if compared is not None:
            value = type_comparison(compared, block.operator, value, path, self._findings)
        return replace(block, where=where, value=value)

    def _measure(self, measure: Measure, around: _Surroundings, path: Path) -> Compared | None:
        """What the value of an interaction block is compared with; None where that cannot be told."""
        match measure:
            case CountMeasure():
                return count_compared("The count")
            case DaysMeasure():
                return count_compared("The number of days")
            case DistinctMeasure(attribute=name):
                attribute = self._attribute(name, around, (*path, "attribute"))
                if attribute is not None and attribute.type is AttributeType.MULTI_CHOICE:
                    message = f"{name!r} holds several choices at once: its distinct values cannot be counted."
                    self._findings.add("operator_not_allowed", (*path, "attribute"), message)
                return count_compared("The number of distinct values")
            case AggregateMeasure(aggregate=aggregate, attribute=name):
                return self._aggregate(aggregate, name, around, path)
            case FirstAtMeasure():
                return moment_compared("The first time")
            case LastAtMeasure():
                return moment_compared("The last time")
            case _:
                assert_never(measure)

    def _aggregate(self, aggregate: Aggregate, name: str, around: _Surroundings, path: Path) -> Compared:
        attribute = self._attribute(name, around, (*path, "attribute"))
        if attribute is not None and attribute.type is not AttributeType.NUMBER:
            message = f"{name!r} is of the type {attribute.type}: the {aggregate} is of numbers."
            self._findings.add("operator_not_allowed", (*path, "attribute"), message)
        return aggregate_compared(aggregate, name)

    # --- nodes -------------------------------------------------------------------------------------------------------

    def _node(self, node: Node, around: _Surroundings, path: Path) -> Node:
        match node:
            case AllOf(nodes=nodes):
                return AllOf(nodes=self._nodes(nodes, around, (*path, "all")))
            case AnyOf(nodes=nodes):
                return AnyOf(nodes=self._nodes(nodes, around, (*path, "any")))
            case Not(node=inside):
                return Not(node=self._node(inside, around, (*path, "not")))
            case AttributeCondition():
                return self._condition(node, around, path)
            case RelationCondition():
                return self._relation(node, around, path)
            case _:
                assert_never(node)

    def _nodes(self, nodes: tuple[Node, ...], around: _Surroundings, path: Path) -> tuple[Node, ...]:
        return tuple(self._node(node, around, (*path, index)) for index, node in enumerate(nodes))

    def _condition(self, condition: AttributeCondition, around: _Surroundings, path: Path) -> Node:
        self._findings.pause()
        attribute = self._attribute(condition.attribute, around, (*path, "attribute"))
        if attribute is None:
            return condition
        compared = attribute_compared(attribute)
        value = type_comparison(compared, condition.operator, condition.value, path, self._findings)
        if condition.match_case and attribute.type is not AttributeType.TEXT:
            message = f"{compared.what} is no text: 'match_case' says nothing about it."
            self._findings.add("operator_not_allowed", (*path, "match_case"), message, "Leave 'match_case' out.")
        return replace(condition, value=value)

    def _attribute(self, name: str, around: _Surroundings, path: Path) -> Attribute | None:
        attribute = around.attributes.get(name)
        if attribute is None:
            message = f"{around.what} has no attribute {shown(name)}."
            self._findings.add("unknown_attribute", path, message, close_to=(name, tuple(around.attributes)))
        return attribute

    def _relation(self, condition: RelationCondition, around: _Surroundings, path: Path) -> Node:
        relation = around.relations.get(condition.relation)
        if relation is None:
            message = f"{around.what} has no relation {shown(condition.relation)}."
            known = tuple(around.relations)
            self._findings.add("unknown_relation", (*path, "relation"), message, close_to=(condition.relation, known))
            return condition
        target = self._entity(relation.target)
        quantifier = self._quantifier(condition.quantifier, target, (*path, "quantifier"))
        where = None if condition.where is None else self._node(condition.where, target, (*path, "where"))
        return replace(condition, quantifier=quantifier, where=where)

    def _quantifier(self, quantifier: Quantifier, around: _Surroundings, path: Path) -> Quantifier:
        match quantifier:
            case AnyRecord() | NoRecord() | EveryRecord():
                return quantifier
            case CountQuantifier(operator=operator, value=value):
                compared = count_compared("The number of records")
            case AggregateQuantifier(operator=operator, value=value):
                compared = self._aggregate(quantifier.aggregate, quantifier.attribute, around, path)
            case _:
                assert_never(quantifier)
        return replace(quantifier, value=type_comparison(compared, operator, value, path, self._findings))
