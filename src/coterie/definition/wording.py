"""Definitions in plain English: one sentence for a segment, a few words for the condition beside a count.

The words follow the meaning: a condition that holds on missing values or on nothing says so, groups stand in
parentheses wherever a sentence could be read in two ways, and two definitions that differ in meaning do not read alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import assert_never

from coterie.catalog.model import CONTACT, Attribute, AttributeType, Catalog, Interaction
from coterie.catalog.standard import standard_interactions, standard_phrases
from coterie.definition.nodes import (
    Aggregate,
    AggregateMeasure,
    AggregateQuantifier,
    AllOf,
    AnyOf,
    AnyRecord,
    AttributeCondition,
    BeforeLastWindow,
    BetweenWindow,
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
    LastWindow,
    Node,
    NoRecord,
    Not,
    Operator,
    PeriodWindow,
    Pinned,
    ProfileBlock,
    Quantifier,
    RelationCondition,
    Scope,
    SegmentBlock,
    SinceWindow,
    StaticSegment,
    Step,
    UntilWindow,
    Value,
    Window,
)
from coterie.definition.phrases import (
    article,
    attributes_of,
    capital,
    compared,
    constant_words,
    constants_in,
    day_words,
    duration_words,
    is_comparison,
    label_of,
    listed,
    noun_of,
    number_in,
    period_words,
    plural,
    quoted,
    related,
    spoken,
    time_words,
)

__all__ = ["HOLDS_ON_MISSING", "describe", "describe_block", "describe_node", "holds_for_none"]


def describe(parsed: Definition | DynamicSegment | StaticSegment, catalog: Catalog) -> str:
    """Say who belongs, in a sentence: "Contacts whose City is Paris, but not those who made a purchase at least once."

    Pinned contacts and a zone or scope of the segment's own follow in sentences of theirs. Names that the catalog lacks
    are said as they are, so a definition that was not checked can be described too.
    """
    match parsed:
        case StaticSegment(members=members, external=external):
            source = external.source if external else "hand"
            return f"Contacts chosen by {source} ({len(members)}){_scope(parsed)}."
        case DynamicSegment(definition=definition):
            sentence = _sentence(definition, catalog, _scope(parsed))
            zone = f" Days are those of {parsed.time_zone}." if parsed.time_zone else ""
            return f"{sentence}{zone}{_pins(parsed.pinned)}"
        case Definition():
            return _sentence(parsed, catalog, "")
        case _:
            assert_never(parsed)


def describe_block(block: Block, catalog: Catalog) -> str:
    """Say what a block asks, as a predicate of one contact: "opened an email at least 3 times in the last 30 days"."""
    return _Wording(catalog, _Voice.SHORT).block(block, alone=True)


def describe_node(node: Node, catalog: Catalog, *, entity: str = CONTACT) -> str:
    """Say what a node asks, in a few words: "City is New York". `entity` is what is asked: an entity or interaction."""
    return _Wording(catalog, _Voice.SHORT).node(node, entity, alone=True)


def _sentence(definition: Definition, catalog: Catalog, scope: str) -> str:
    wording = _Wording(catalog, _Voice.PEOPLE)
    everyone = isinstance(definition.steps[0].block, Everyone) if definition.steps else False
    words = wording.steps(definition.steps)
    people = _those(CONTACT, catalog)
    if everyone and words.startswith(_ANYONE):
        return f"All {people}{scope}{words.removeprefix(_ANYONE)}."
    return f"{capital(people)}{scope} {words}."


def _scope(segment: DynamicSegment | StaticSegment) -> str:
    match segment.scope:
        case Scope.ORGANIZATION:
            return ""
        case Scope.BUSINESS_UNIT:
            unit = f"the business unit {quoted(segment.business_unit)}" if segment.business_unit else None
            return f" of {unit or 'the owner’s business unit'}"
        case _:
            assert_never(segment.scope)


def _pins(pinned: Pinned) -> str:
    counted = [
        f"{len(keys)} contact{'s' * (len(keys) != 1)} {'is' if len(keys) == 1 else 'are'} always kept {where}"
        for keys, where in ((pinned.keep_in, "in"), (pinned.keep_out, "out"))
        if keys
    ]
    return f" By hand, {' and '.join(counted)}." if counted else ""


# --- blocks and nodes ------------------------------------------------------------------------------------------------


class _Voice(Enum):
    """Of whom a condition speaks: contacts ("who have"), a record ("that has"), or nobody by name ("has")."""

    PEOPLE = "who have", "for whom"
    RECORD = "that has", "for which"
    SHORT = "has", ""

    @property
    def whose(self) -> str:
        return "" if self is _Voice.SHORT else "whose "

    @property
    def who(self) -> str:
        return "" if self is _Voice.SHORT else f"{self.value[0].split()[0]} "

    @property
    def has(self) -> str:
        return self.value[0]

    def denial(self, words: str) -> str:
        return f"not ({words})" if self is _Voice.SHORT else f"{self.value[1]} it is not true that ({words})"


_ANYONE = "anyone at all"


@dataclass(frozen=True, slots=True)
class _Wording:
    """Says blocks and nodes in one voice. `alone` means that nothing stands beside it that it could run into."""

    catalog: Catalog
    voice: _Voice

    def steps(self, steps: Sequence[Step]) -> str:
        """The steps as they fold. What was said so far goes into parentheses where the next word could split it."""
        ors = any(step.combine is Combine.OR for step in steps)
        words, so_far = "", set[Combine]()
        for step in steps:
            closed = len(steps) > 1 and (ors or step.combine is Combine.BUT_NOT)
            enclosed = self.voice is _Voice.SHORT and step.combine is Combine.BUT_NOT  # by `_joined`
            said = self.block(step.block, alone=len(steps) == 1 or enclosed, closed=closed)
            if step.combine is None:
                words = said
                continue
            exclusion = step.combine is Combine.BUT_NOT and Combine.OR not in so_far
            if so_far and so_far != {step.combine} and not exclusion:
                words, so_far = f"({words})", set()
            so_far.add(step.combine)
            words = f"{words}, {self._joined(step.combine, said)}"
        return words

    def _joined(self, combine: Combine, said: str) -> str:
        match combine:
            case Combine.OR:
                return f"or {said}"
            case Combine.AND_ALSO:
                return f"and {said}"
            case Combine.BUT_NOT if said == _ANYONE:
                return f"but not {said}"
            case Combine.BUT_NOT:
                return f"but not ({said})" if self.voice is _Voice.SHORT else f"but not those {said}"
            case _:
                assert_never(combine)

    def block(self, block: Block, *, alone: bool, closed: bool = False) -> str:
        """`closed` asks for parentheses around several conditions, whatever joins them."""
        match block:
            case ProfileBlock(where=where):
                where = _without_shells(where)
                several = isinstance(where, AllOf | AnyOf)
                words = self.node(where, CONTACT, alone=alone)
                return f"({words})" if several and not alone and (closed or isinstance(where, AnyOf)) else words
            case InteractionBlock():
                return f"{self.voice.who}{_did(block, self.catalog)}"
            case SegmentBlock(segment=segment):
                return f"{self.voice.who}{'are ' if self.voice.who else ''}in the segment '{segment}'"
            case Everyone():
                return _ANYONE
            case Group(steps=steps) if len(steps) == 1:
                return self.block(steps[0].block, alone=alone, closed=closed)
            case Group(steps=steps):
                words = self.steps(steps)
                return words if alone else f"({words})"
            case _:
                assert_never(block)

    def node(self, node: Node, entity: str, *, alone: bool) -> str:
        node = _without_shells(node)
        match node:
            case AllOf(nodes=nodes):
                return " and ".join(self._member(child, entity) for child in nodes)
            case AnyOf(nodes=nodes):
                return " or ".join(self._member(child, entity) for child in nodes)
            case Not(node=denied):
                short = _Wording(self.catalog, _Voice.SHORT)
                return self.voice.denial(short.node(denied, entity, alone=True))
            case AttributeCondition():
                return f"{self.voice.whose}{_attribute_condition(node, entity, self.catalog)}"
            case RelationCondition():
                return self._relation(node, entity, alone=alone)
            case _:
                assert_never(node)

    def _member(self, node: Node, entity: str) -> str:
        words = self.node(node, entity, alone=False)
        return f"({words})" if isinstance(_without_shells(node), AllOf | AnyOf) else words

    def _relation(self, condition: RelationCondition, entity: str, *, alone: bool) -> str:
        target, noun = related(condition.relation, entity, self.catalog)
        where = ""
        if condition.where is not None:
            record = _Wording(self.catalog, _Voice.RECORD)
            inner = _without_shells(condition.where)
            words = record.node(inner, target, alone=True)
            plain = alone and isinstance(inner, AttributeCondition)
            where = f" {words}" if plain else f" ({words})"
        quantifier = _quantified(condition.quantifier, noun, where, attributes_of(target, self.catalog))
        return f"{self.voice.has} {quantifier}"


def _without_shells(node: Node) -> Node:
    """`node` without groups of one, which mean what is in them."""
    while isinstance(node, AllOf | AnyOf) and len(node.nodes) == 1:
        node = node.nodes[0]
    return node


def _quantified(quantifier: Quantifier, noun: str, where: str, attributes: Mapping[str, Attribute]) -> str:
    match quantifier:
        case AnyRecord():
            return f"{article(noun)} {noun}{where}"
        case NoRecord():
            return f"no {noun}{where}"
        case EveryRecord():
            return f"at least one {noun} and only {plural(noun)}{where}" if where else f"{article(noun)} {noun}"
        case CountQuantifier(operator=operator, value=value):
            counted = compared(operator, value, exactly="exactly ")
            one = number_in(value) == 1 and operator is not Operator.LESS_THAN
            return f"{counted} {noun if one else plural(noun)}{where}{_if_none(holds_for_none(operator, value))}"
        case AggregateQuantifier(aggregate=aggregate, attribute=attribute, operator=operator, value=value):
            amount = _aggregated(aggregate, label_of(attribute, attributes), operator, value)
            return f"{amount} across {plural(noun)}{where}{_if_none(_held_by_none(aggregate, operator, value))}"
        case _:
            assert_never(quantifier)


# --- interactions ----------------------------------------------------------------------------------------------------

_PURCHASE = "purchase"


def _did(block: InteractionBlock, catalog: Catalog) -> str:
    """What contacts did: the deed, which ones of it, how often or how much, and when."""
    attributes = attributes_of(block.interaction, catalog)
    where = ""
    if block.where is not None:
        where = f" (where {_Wording(catalog, _Voice.SHORT).node(block.where, block.interaction, alone=True)})"
    measured, none = _measured(block, attributes)
    window = _window(block.window) if block.window else ""
    if window and isinstance(block.measure, FirstAtMeasure | LastAtMeasure):
        window = f"(counting only those {window})"
    parts = (f"{_deed(block.interaction, catalog)}{where}", measured, window)
    return " ".join(filter(None, parts)) + _if_none(none)


def _deed(name: str, catalog: Catalog) -> str:
    known = catalog.interactions.get(name, Interaction(name=name))
    standard = standard_interactions(name).get(name)
    usual = standard.label if standard else spoken(_PURCHASE) if name == _PURCHASE else None
    if usual is not None and known.label in (None, usual):
        return standard_phrases()[name] if standard else "made a purchase"
    return f"did {quoted(label_of(name, catalog.interactions))}"


def _measured(block: InteractionBlock, attributes: Mapping[str, Attribute]) -> tuple[str, bool]:
    """How much is asked for, and whether contacts who did nothing of the kind are among those found."""
    operator, value = block.operator, block.value
    match block.measure:
        case CountMeasure():
            return _times(operator, value), holds_for_none(operator, value)
        case DaysMeasure():
            days = "day" if number_in(value) == 1 else "different days"
            return f"on {compared(operator, value, exactly='exactly ')} {days}", holds_for_none(operator, value)
        case DistinctMeasure(attribute=attribute):
            values = f"{'value' if number_in(value) == 1 else 'different values'} of {label_of(attribute, attributes)}"
            return f"with {compared(operator, value, exactly='exactly ')} {values}", holds_for_none(operator, value)
        case AggregateMeasure(aggregate=aggregate, attribute=attribute):
            amount = _aggregated(aggregate, label_of(attribute, attributes), operator, value)
            return f"with {amount}", _held_by_none(aggregate, operator, value)
        case FirstAtMeasure():
            return f"for the first time {_moment(operator, value)}", operator in HOLDS_ON_MISSING
        case LastAtMeasure():
            return f"for the last time {_moment(operator, value)}", operator in HOLDS_ON_MISSING
        case _:
            assert_never(block.measure)


def _times(operator: Operator, value: Value) -> str:
    words = compared(operator, value, exactly="exactly ")
    if number_in(value) == 1:
        return f"{words.removesuffix(' 1')} once"
    return f"{words} times"


def _moment(operator: Operator, value: Value) -> str:
    verb, words = time_words(operator, value)
    match operator:
        case Operator.HAS_VALUE:
            return "at any time"
        case Operator.HAS_NO_VALUE:
            return "at no time"
        case Operator.ANNIVERSARY if verb.startswith("has"):
            return f"with its anniversary {words}"
        case _:
            return words


def _window(window: Window) -> str:
    match window:
        case LastWindow(duration=duration):
            return f"in the last {duration_words(duration)}"
        case BeforeLastWindow(duration=duration):
            return f"before the last {duration_words(duration)}"
        case BetweenWindow(start=start, end=end):
            return f"between {day_words(start)} and {day_words(end)}"
        case SinceWindow(start=start):
            return f"since {day_words(start)}"
        case UntilWindow(end=end):
            return f"until {day_words(end)}"
        case PeriodWindow(period=period):
            return period_words(period).removeprefix("in ")
        case _:
            assert_never(window)


_AGGREGATES = {
    Aggregate.SUM: "a total",
    Aggregate.AVERAGE: "an average",
    Aggregate.MINIMUM: "a lowest",
    Aggregate.MAXIMUM: "a highest",
}


def _aggregated(aggregate: Aggregate, label: str, operator: Operator, value: Value) -> str:
    match operator:
        case Operator.HAS_VALUE:
            return f"{_AGGREGATES[aggregate]} {label} at all"
        case Operator.HAS_NO_VALUE:
            return f"no {_AGGREGATES[aggregate].split()[1]} {label}"
        case _:
            return f"{_AGGREGATES[aggregate]} {label} of {compared(operator, value, exactly='exactly ')}"


def _if_none(included: bool) -> str:
    return " (including none)" if included else ""


def _held_by_none(aggregate: Aggregate, operator: Operator, value: Value) -> bool:
    """Whether the condition holds where there is nothing to aggregate: a sum is 0 then, the others are missing."""
    return holds_for_none(operator, value) if aggregate is Aggregate.SUM else operator in HOLDS_ON_MISSING


def holds_for_none(operator: Operator, value: Value) -> bool:
    """Whether 0 satisfies the comparison."""
    numbers = [number_in(each) for each in value] if isinstance(value, tuple) else [number_in(value)]
    known = [number for number in numbers if number is not None]
    if not known or len(known) != len(numbers):
        return False
    first, last = known[0], known[-1]
    match operator:
        case Operator.IS | Operator.IS_IN:
            return 0 in known
        case Operator.IS_NOT | Operator.IS_NOT_IN:
            return 0 not in known
        case Operator.LESS_THAN:
            return first > 0
        case Operator.AT_MOST:
            return first >= 0
        case Operator.GREATER_THAN:
            return first < 0
        case Operator.AT_LEAST:
            return first <= 0
        case Operator.BETWEEN:
            return first <= 0 <= last
        case Operator.NOT_BETWEEN:
            return not first <= 0 <= last
        case _:
            return False


# --- conditions on an attribute --------------------------------------------------------------------------------------

HOLDS_ON_MISSING = frozenset(
    {
        Operator.HAS_NO_VALUE,
        Operator.IS_NOT,
        Operator.IS_NOT_IN,
        Operator.DOES_NOT_CONTAIN,
        Operator.DOES_NOT_BEGIN_WITH,
        Operator.DOES_NOT_END_WITH,
        Operator.DOES_NOT_MATCH,
        Operator.INCLUDES_NONE,
        Operator.DOES_NOT_INCLUDE_ALL,
        Operator.NOT_BETWEEN,
        Operator.NOT_ON,
        Operator.NOT_IN_LAST,
        Operator.NOT_IN_PERIOD,
    }
)
"""Operators that hold on a missing value."""

_TEXT_VERBS = {
    Operator.CONTAINS: "contains",
    Operator.DOES_NOT_CONTAIN: "does not contain",
    Operator.BEGINS_WITH: "begins with",
    Operator.DOES_NOT_BEGIN_WITH: "does not begin with",
    Operator.ENDS_WITH: "ends with",
    Operator.DOES_NOT_END_WITH: "does not end with",
    Operator.MATCHES: "matches the pattern",
    Operator.DOES_NOT_MATCH: "does not match the pattern",
}

_LIST_VERBS = {
    Operator.INCLUDES_ANY: ("includes any of", "or"),
    Operator.INCLUDES_NONE: ("includes none of", "or"),
    Operator.INCLUDES_ALL: ("includes all of", "and"),
    Operator.DOES_NOT_INCLUDE_ALL: ("does not include all of", "and"),
}


def _attribute_condition(condition: AttributeCondition, entity: str, catalog: Catalog) -> str:
    attributes = attributes_of(entity, catalog)
    attribute = attributes.get(condition.attribute)
    label = label_of(condition.attribute, attributes)
    words = f"{label} {_predicate(condition, attribute.type if attribute else None)}"
    remarks = []
    if condition.match_case:
        remarks.append("matching case")
    if condition.operator in HOLDS_ON_MISSING and condition.operator is not Operator.HAS_NO_VALUE:
        remarks.append(f"includes {_those(entity, catalog)} with no {label}")
    return f"{words} ({'; '.join(remarks)})" if remarks else words


def _predicate(condition: AttributeCondition, type_: AttributeType | None) -> str:
    operator, value = condition.operator, condition.value
    if operator is Operator.HAS_VALUE:
        return "has a value"
    if operator is Operator.HAS_NO_VALUE:
        return "has no value"
    if operator in _TEXT_VERBS:
        return f"{_TEXT_VERBS[operator]} {quoted(str(value))}"
    if operator in _LIST_VERBS:
        verb, last = _LIST_VERBS[operator]
        return f"{verb} {listed([constant_words(each, type_) for each in constants_in(value)], last)}"
    if is_comparison(operator, value, type_):
        return f"is {compared(operator, value, type_=type_)}"
    return " ".join(time_words(operator, value))


def _those(entity: str, catalog: Catalog) -> str:
    if entity in catalog.interactions:
        return "those"
    return plural(noun_of(entity, catalog))
