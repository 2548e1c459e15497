"""Whether one contact belongs: segment, steps, blocks, nodes and measures, asked one contact at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from typing import assert_never

from coterie.backends.reference.clock import Clock
from coterie.backends.reference.conditions import holds
from coterie.backends.reference.reading import Known, read_key
from coterie.backends.reference.words import folded
from coterie.backends.reference.world import Happening, Record, World
from coterie.catalog.model import CONTACT, Attribute, AttributeType
from coterie.definition.nodes import (
    Aggregate,
    AggregateMeasure,
    AggregateQuantifier,
    AllOf,
    AnyOf,
    AnyRecord,
    AttributeCondition,
    Block,
    Combine,
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
    Segment,
    SegmentBlock,
    StaticSegment,
    Step,
)

__all__ = ["Judge"]


@dataclass(frozen=True, kw_only=True)
class Judge:
    """Answers for one contact at a time. `clock` is that of the segment asked about, `clock_of` any other's."""

    world: World
    clock: Clock
    clock_of: Callable[[Segment], Clock]
    segments: Mapping[str, Segment]

    # --- segments and scopes (rules 23, 26, 27, 28) ---

    def belongs(self, asked: Definition | Segment, contact: Record) -> bool:
        """Whether a known contact is a member of what is `asked`."""
        if not self.in_scope(asked, contact):
            return False
        match asked:
            case Definition(steps=steps):
                return self.steps_hold(steps, contact)
            case StaticSegment(members=members):
                return is_among(contact, members)
            case DynamicSegment(definition=definition, pinned=pinned):
                if is_among(contact, pinned.keep_out):
                    return False
                return is_among(contact, pinned.keep_in) or self.steps_hold(definition.steps, contact)
            case _:
                assert_never(asked)

    def in_scope(self, asked: Definition | Segment, contact: Record) -> bool:
        unit_column = self.world.catalog.contact.business_unit
        if isinstance(asked, Definition) or asked.scope is Scope.ORGANIZATION or unit_column is None:
            return True
        unit = contact.keys.get(unit_column)
        return unit is not None and unit == read_key(asked.business_unit)

    # --- steps and blocks (rule 7) ---

    def steps_hold(self, steps: Sequence[Step], contact: Record) -> bool:
        """The steps folded first to last, without precedence."""
        so_far = False
        for step in steps:
            alone = self.block_holds(step.block, contact)
            match step.combine:
                case None:
                    so_far = alone
                case Combine.OR:
                    so_far = so_far or alone
                case Combine.AND_ALSO:
                    so_far = so_far and alone
                case Combine.BUT_NOT:
                    so_far = so_far and not alone
                case _:
                    assert_never(step.combine)
        return so_far

    def block_holds(self, block: Block, contact: Record) -> bool:
        match block:
            case ProfileBlock(where=where):
                return self.node_holds(where, contact, CONTACT)
            case InteractionBlock():
                return self.interaction_holds(block, contact)
            case SegmentBlock(segment=key):
                inner = self.segments[key]
                return replace(self, clock=self.clock_of(inner)).belongs(inner, contact)
            case Everyone():
                return True
            case Group(steps=steps):
                return self.steps_hold(steps, contact)
            case _:
                assert_never(block)

    # --- nodes, asked of one record of an entity (rules 7 to 11) ---

    def node_holds(self, node: Node, record: Record, entity: str) -> bool:
        match node:
            case AllOf(nodes=nodes):
                return all(self.node_holds(inner, record, entity) for inner in nodes)
            case AnyOf(nodes=nodes):
                return any(self.node_holds(inner, record, entity) for inner in nodes)
            case Not(node=inner):
                return not self.node_holds(inner, record, entity)
            case AttributeCondition(attribute=name):
                attribute = self.world.catalog.entities[entity].attributes[name]
                return self.condition_holds(node, attribute, record.values.get(name))
            case RelationCondition():
                return self.relation_holds(node, record)
            case _:
                assert_never(node)

    def condition_holds(self, condition: AttributeCondition, attribute: Attribute, value: Known | None) -> bool:
        return holds(
            condition.operator,
            value,
            condition.value,
            type_=attribute.type,
            clock=self.clock,
            match_case=condition.match_case,
        )

    def relation_holds(self, condition: RelationCondition, record: Record) -> bool:
        target = self.world.catalog.relations[condition.relation].target
        related = self.world.related(record, condition.relation)
        matching = [
            other for other in related if condition.where is None or self.node_holds(condition.where, other, target)
        ]
        return self.quantifier_holds(condition.quantifier, related, matching)

    def quantifier_holds(self, quantifier: Quantifier, related: list[Record], matching: list[Record]) -> bool:
        match quantifier:
            case AnyRecord():
                return len(matching) >= 1
            case NoRecord():
                return len(matching) == 0
            case EveryRecord():
                return len(related) >= 1 and len(matching) == len(related)
            case CountQuantifier(operator=operator, value=value):
                count = Fraction(len(matching))
                return holds(operator, count, value, type_=AttributeType.NUMBER, clock=self.clock)
            case AggregateQuantifier(aggregate=aggregate, attribute=name, operator=operator, value=value):
                amount = aggregated(aggregate, [other.values.get(name) for other in matching])
                return holds(operator, amount, value, type_=AttributeType.NUMBER, clock=self.clock)
            case _:
                assert_never(quantifier)

    # --- interactions (rules 12 to 15) ---

    def interaction_holds(self, block: InteractionBlock, contact: Record) -> bool:
        """Window and `where` choose the interactions, then the measure is taken."""
        chosen = [
            happening
            for happening in self.world.done_by(contact.key, block.interaction)
            if self.clock.sees(happening.at, block.window)
            and (block.where is None or self.happening_matches(block.where, happening, block.interaction))
        ]
        measured = self.measured(block.measure, chosen, block.interaction)
        at = isinstance(block.measure, FirstAtMeasure | LastAtMeasure)
        type_ = AttributeType.DATETIME if at else AttributeType.NUMBER
        return holds(block.operator, measured, block.value, type_=type_, clock=self.clock)

    def happening_matches(self, node: Node, happening: Happening, interaction: str) -> bool:
        match node:
            case AllOf(nodes=nodes):
                return all(self.happening_matches(inner, happening, interaction) for inner in nodes)
            case AnyOf(nodes=nodes):
                return any(self.happening_matches(inner, happening, interaction) for inner in nodes)
            case Not(node=inner):
                return not self.happening_matches(inner, happening, interaction)
            case AttributeCondition(attribute=name):
                attribute = self.world.catalog.interactions[interaction].attributes[name]
                return self.condition_holds(node, attribute, happening.values.get(name))
            case RelationCondition():
                raise ValueError("the conditions of an interaction take no relations")
            case _:
                assert_never(node)

    def measured(self, measure: Measure, chosen: list[Happening], interaction: str) -> Fraction | datetime | None:
        """The measure of the chosen interactions; None is missing (rule 14)."""
        match measure:
            case CountMeasure():
                return Fraction(len(chosen))
            case DaysMeasure():
                return Fraction(len({self.clock.day_of(happening.at) for happening in chosen}))
            case DistinctMeasure(attribute=name):
                is_text = self.world.catalog.interactions[interaction].attributes[name].type in TEXTS
                return Fraction(len(distinct([happening.values.get(name) for happening in chosen], is_text=is_text)))
            case AggregateMeasure(aggregate=aggregate, attribute=name):
                return aggregated(aggregate, [happening.values.get(name) for happening in chosen])
            case FirstAtMeasure():
                return min((happening.at for happening in chosen), default=None)
            case LastAtMeasure():
                return max((happening.at for happening in chosen), default=None)
            case _:
                assert_never(measure)


TEXTS = {AttributeType.TEXT, AttributeType.CHOICE}


def distinct(values: list[Known | None], *, is_text: bool) -> set[Known]:
    """The different values, missing ones left out; texts are the same when they fold to the same."""
    return {folded(str(value)) if is_text else value for value in values if value is not None}


def aggregated(aggregate: Aggregate, values: list[Known | None]) -> Fraction | None:
    """Exact, over the values that are there. Of none, a sum is 0 and all else is missing (rules 9, 14)."""
    numbers = [value for value in values if isinstance(value, Fraction)]
    if aggregate is Aggregate.SUM:
        return sum(numbers, Fraction(0))
    if not numbers:
        return None
    match aggregate:
        case Aggregate.AVERAGE:
            # A quotient of whole numbers, never rounded: comparing it is comparing the sum with value × count.
            return sum(numbers, Fraction(0)) / len(numbers)
        case Aggregate.MINIMUM:
            return min(numbers)
        case Aggregate.MAXIMUM:
            return max(numbers)
        case _:
            assert_never(aggregate)


def is_among(contact: Record, keys: Sequence[str]) -> bool:
    return any(contact.key == read_key(key) for key in keys)
