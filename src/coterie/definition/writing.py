"""From the typed tree back to what `parse` reads: a plain mapping, and YAML text in one canonical layout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TypeAlias, assert_never

from coterie.definition.grammar import PARTS, VERSION, WEEKDAYS
from coterie.definition.nodes import (
    AggregateMeasure,
    AggregateQuantifier,
    AllOf,
    AnniversaryInLast,
    AnniversaryInNext,
    AnniversaryInPeriod,
    AnniversaryOn,
    AnyOf,
    AnyRecord,
    AttributeCondition,
    BeforeLastWindow,
    BetweenWindow,
    Block,
    CountMeasure,
    CountQuantifier,
    Current,
    DaysMeasure,
    Definition,
    DistinctMeasure,
    Duration,
    DynamicSegment,
    Everyone,
    EveryRecord,
    FirstAtMeasure,
    Group,
    InteractionBlock,
    LastAtMeasure,
    LastWindow,
    Measure,
    Node,
    NoRecord,
    Not,
    Operator,
    Partial,
    Period,
    PeriodWindow,
    Pinned,
    ProfileBlock,
    Quantifier,
    RelationCondition,
    Segment,
    SegmentBlock,
    SinceWindow,
    StaticSegment,
    Step,
    UntilWindow,
    Value,
    Window,
)
from coterie.definition.parsing import Parsed
from coterie.definition.yaml_layout import write_yaml
from coterie.values.documents import Tree

__all__ = ["JsonValue", "json_number", "to_mapping", "write"]

JsonValue: TypeAlias = "dict[str, JsonValue] | list[JsonValue] | str | int | float | bool | None"

_Mapping: TypeAlias = dict[str, Tree]


def write(parsed: Parsed) -> str:
    """`parsed` as YAML, in one canonical layout: `parse(write(x)) == x`, and the same text comes out again."""
    return write_yaml(_tree(parsed))


def to_mapping(parsed: Parsed) -> dict[str, JsonValue]:
    """`parsed` as a mapping for JSON. Days are text; a number that no float equals exactly is text of it."""
    mapping = _json(_tree(parsed))
    assert isinstance(mapping, dict)
    return mapping


def _json(tree: Tree) -> JsonValue:
    match tree:
        case dict():
            return {key: _json(value) for key, value in tree.items()}
        case list():
            return [_json(value) for value in tree]
        case Decimal():
            return json_number(tree)
        case date():
            return tree.isoformat()
        case _:
            return tree


_LONGEST_WHOLE_NUMBER = 40
"""Digits of a number that JSON is given as a whole number: more than any number may have."""


def json_number(number: Decimal) -> JsonValue:
    """A number as JSON has it: exactly, else as text of it."""
    if number.adjusted() < _LONGEST_WHOLE_NUMBER and number == number.to_integral_value():
        return int(number)
    as_float = float(number)
    return as_float if Decimal(repr(as_float)) == number else str(number)


# --- files -----------------------------------------------------------------------------------------------------------


def _tree(parsed: Parsed) -> _Mapping:
    match parsed:
        case Definition(steps=steps):
            return {"blocks": _steps(steps)}
        case DynamicSegment():
            return (
                _common(parsed) | {"definition": {"blocks": _steps(parsed.definition.steps)}} | _pinned(parsed.pinned)
            )
        case StaticSegment():
            return _common(parsed) | {"members": list(parsed.members)} | _external(parsed)
        case _:
            assert_never(parsed)


def _given(**keys: Tree) -> _Mapping:
    """The keys that have something to say: not None, and not empty."""
    return {key: value for key, value in keys.items() if value is not None and value != []}


def _common(segment: Segment) -> _Mapping:
    return {
        "coterie": VERSION,
        "segment": segment.key,
        "name": segment.name,
        "type": "static" if isinstance(segment, StaticSegment) else "dynamic",
        **_given(time_zone=segment.time_zone),
        "scope": segment.scope.value,
        **_given(
            business_unit=segment.business_unit,
            description=segment.description,
            owner=segment.owner,
            tags=list(segment.tags),
        ),
    }


def _pinned(pinned: Pinned) -> _Mapping:
    keys = _given(keep_in=list(pinned.keep_in), keep_out=list(pinned.keep_out))
    return {"pinned": keys} if keys else {}


def _external(segment: StaticSegment) -> _Mapping:
    external = segment.external
    return {} if external is None else {"external": {"source": external.source, "url": external.url}}


# --- steps and blocks ------------------------------------------------------------------------------------------------


def _steps(steps: tuple[Step, ...]) -> Tree:
    return [{**_given(combine=step.combine and step.combine.value), "block": _block(step.block)} for step in steps]


def _block(block: Block) -> Tree:
    match block:
        case ProfileBlock(where=where):
            return {"kind": "profile", "where": _node(where)}
        case InteractionBlock():
            return _interaction(block)
        case SegmentBlock(segment=key):
            return {"kind": "segment", "segment": key}
        case Everyone():
            return {"kind": "everyone"}
        case Group(steps=steps):
            return {"kind": "group", "blocks": _steps(steps)}
        case _:
            assert_never(block)


def _interaction(block: InteractionBlock) -> Tree:
    return {
        "kind": "interaction",
        "interaction": block.interaction,
        **_given(
            where=None if block.where is None else _node(block.where),
            window=None if block.window is None else _window(block.window),
            measure=None if block.measure == CountMeasure() else _measure(block.measure),
        ),
        **_comparison(block.operator, block.value),
    }


def _window(window: Window) -> Tree:
    match window:
        case LastWindow(duration=duration):
            return {"kind": "last", **_duration(duration)}
        case BeforeLastWindow(duration=duration):
            return {"kind": "before_last", **_duration(duration)}
        case BetweenWindow(start=start, end=end):
            return {"kind": "between", "from": start, "to": end}
        case SinceWindow(start=start):
            return {"kind": "since", "from": start}
        case UntilWindow(end=end):
            return {"kind": "until", "to": end}
        case PeriodWindow(period=period):
            return {"kind": "period", "period": period.value}
        case _:
            assert_never(window)


def _measure(measure: Measure) -> Tree:
    match measure:
        case CountMeasure():
            return {"kind": "count"}
        case DaysMeasure():
            return {"kind": "days"}
        case DistinctMeasure(attribute=attribute):
            return {"kind": "distinct", "attribute": attribute}
        case AggregateMeasure(aggregate=aggregate, attribute=attribute):
            return {"kind": aggregate.value, "attribute": attribute}
        case FirstAtMeasure():
            return {"kind": "first_at"}
        case LastAtMeasure():
            return {"kind": "last_at"}
        case _:
            assert_never(measure)


# --- nodes -----------------------------------------------------------------------------------------------------------


def _node(node: Node) -> Tree:
    match node:
        case AllOf(nodes=nodes):
            return {"all": [_node(inside) for inside in nodes]}
        case AnyOf(nodes=nodes):
            return {"any": [_node(inside) for inside in nodes]}
        case Not(node=inside):
            return {"not": _node(inside)}
        case AttributeCondition():
            comparison = _comparison(node.operator, node.value)
            return {"attribute": node.attribute, **comparison, **_given(match_case=node.match_case or None)}
        case RelationCondition():
            where = None if node.where is None else _node(node.where)
            return {"relation": node.relation, "quantifier": _quantifier(node.quantifier), **_given(where=where)}
        case _:
            assert_never(node)


def _quantifier(quantifier: Quantifier) -> Tree:
    match quantifier:
        case AnyRecord():
            return {"kind": "any"}
        case NoRecord():
            return {"kind": "none"}
        case EveryRecord():
            return {"kind": "all"}
        case CountQuantifier(operator=operator, value=value):
            return {"kind": "count", **_comparison(operator, value)}
        case AggregateQuantifier(aggregate=aggregate, attribute=attribute, operator=operator, value=value):
            return {"kind": aggregate.value, "attribute": attribute, **_comparison(operator, value)}
        case _:
            assert_never(quantifier)


# --- values ----------------------------------------------------------------------------------------------------------


def _comparison(operator: Operator, value: Value) -> _Mapping:
    return {"operator": operator.value, **_given(value=_value(value))}


def _value(value: Value) -> Tree:
    match value:
        case Period():
            return value.value
        case None | str() | bool() | Decimal() | date():
            return value
        case tuple():
            return list(value)
        case Duration():
            return dict(_duration(value))
        case Partial():
            return {name: _part(name, getattr(value, name)) for name in PARTS if getattr(value, name)}
        case AnniversaryInLast(duration=duration):
            return {"in_last": dict(_duration(duration))}
        case AnniversaryInNext(duration=duration):
            return {"in_next": dict(_duration(duration))}
        case AnniversaryInPeriod(period=period):
            return {"in_period": period.value}
        case AnniversaryOn(month=month, day=day):
            return {"month": month, "day": day}
        case _:
            assert_never(value)


def _duration(duration: Duration) -> Mapping[str, Tree]:
    return {"count": duration.count, "unit": duration.unit.value}


def _part(name: str, values: Sequence[int | Current]) -> Tree:
    names = WEEKDAYS if name == "weekdays" else None
    return [PARTS[name].current if value is Current.CURRENT else names[value] if names else value for value in values]
