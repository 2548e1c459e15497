"""The JSON Schema of segment files and bare definitions, made of the tables that the parser reads.

`python -m coterie.definition.schema` writes it to a file. A schema cannot say everything: what it
accepts, `parse` may still refuse (limits of nesting, ends before starts, regular expressions), never the reverse.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import assert_never

from coterie.definition.grammar import (
    ANNIVERSARIES,
    BLOCKS,
    DYNAMIC_KEYS,
    EXTERNAL,
    FORMS,
    LONGEST,
    MAXIMUM_PATTERN,
    MAXIMUM_VALUES,
    MEASURES,
    NODES,
    PARTS,
    PINNED,
    QUANTIFIERS,
    SEGMENT_KEY,
    STATIC_KEYS,
    STEP,
    VERSION,
    WINDOWS,
    Keys,
    Part,
    ValueForm,
)
from coterie.definition.nodes import Combine, Operator, Period, Scope, Unit
from coterie.definition.writing import JsonValue

__all__ = ["json_schema"]

_Schema = dict[str, JsonValue]


def json_schema() -> dict[str, JsonValue]:
    """The JSON Schema (draft 2020-12) of what `parse` reads, once YAML or JSON has become plain data."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Coterie segment",
        "description": "A segment file, or a definition alone.",
        "anyOf": [_ref("dynamic_segment"), _ref("static_segment"), _ref("definition")],
        "$defs": {**_files(), **_blocks(), **_nodes(), **_values()},
    }


# --- building stones -------------------------------------------------------------------------------------------------


def _ref(name: str) -> _Schema:
    return {"$ref": f"#/$defs/{name}"}


def _list_of(element: JsonValue, *, may_be_empty: bool = False, most: int | None = None) -> _Schema:
    return {
        "type": "array",
        "items": element,
        **({} if may_be_empty else {"minItems": 1}),
        **({} if most is None else {"maxItems": most}),
    }


def _words(words: Iterable[str]) -> _Schema:
    return {"enum": list(words)}


def _when(condition: _Schema, then: _Schema) -> _Schema:
    return {"if": condition, "then": then}


def _is(key: str, values: _Schema) -> _Schema:
    """The condition that `key` is there and one of `values`."""
    return {"properties": {key: values}, "required": [key]}


def _kinds(kinds: Mapping[str, Keys], properties: Mapping[str, JsonValue]) -> _Schema:
    """One of several mappings, told apart by their `kind`."""
    cases: list[JsonValue] = []
    for kind, keys in kinds.items():
        said: dict[str, JsonValue] = {**properties, "kind": {"const": kind}}
        cases.append(_when(_is("kind", {"const": kind}), _object(keys, said)))
    return {"type": "object", **_is("kind", _words(kinds)), "allOf": cases}


def _object(keys: Keys, properties: Mapping[str, JsonValue], *, without: tuple[str, ...] = ()) -> _Schema:
    """A mapping of exactly those keys, but those in `without`. An operator says what its value is, a unit how many."""
    there = [key for key in keys.every if key not in without]
    known = {**properties, "operator": _words(Operator), "value": True, **_DURATION}
    schema: _Schema = {
        "type": "object",
        "properties": {key: known[key] for key in there},
        "required": [key for key in keys.required if key not in without],
        "additionalProperties": False,
    }
    rules: list[JsonValue] = [_ref(name) for key, name in _RULES.items() if key in there]
    return {**schema, "allOf": rules} if rules else schema


def _value_by_operator(form: ValueForm) -> _Schema:
    operators = _words(operator for operator in Operator if FORMS[operator] is form)
    value = _is("value", _ref(f"value_{form.name.lower()}"))
    return _when(_is("operator", operators), {"not": {"required": ["value"]}} if form is ValueForm.NOTHING else value)


def _count_by_unit(unit: Unit, longest: int) -> _Schema:
    return _when(_is("unit", {"const": unit.value}), {"properties": {"count": {"maximum": longest}}})


_RULES = {"operator": "value_by_operator", "unit": "count_by_unit"}
"""What the value of a key says about the others, by that key."""

_DURATION: dict[str, JsonValue] = {"count": {"type": "integer", "minimum": 1}, "unit": _words(LONGEST)}


# --- files -----------------------------------------------------------------------------------------------------------


_CONTACTS = _list_of({"type": "string", "minLength": 1}, may_be_empty=True)
_TEXT: _Schema = {"type": "string"}
_NAME: _Schema = {"type": "string", "minLength": 1}


def _files() -> _Schema:
    common: dict[str, JsonValue] = {
        "coterie": {"const": VERSION},
        "segment": _ref("segment_key"),
        "name": _NAME,
        "time_zone": _NAME,
        "scope": _words(Scope),
        "business_unit": _NAME,
        "description": _TEXT,
        "owner": _NAME,
        "tags": _list_of(_NAME, may_be_empty=True),
    }
    pinned = _object(PINNED, {"keep_in": _CONTACTS, "keep_out": _CONTACTS})
    external = _object(EXTERNAL, {"source": _NAME, "url": _NAME})
    dynamic: dict[str, JsonValue] = {"type": {"const": "dynamic"}, "definition": _ref("definition"), "pinned": pinned}
    static: dict[str, JsonValue] = {"type": {"const": "static"}, "members": _CONTACTS, "external": external}
    return {
        "dynamic_segment": _object(DYNAMIC_KEYS, {**common, **dynamic}),
        "static_segment": _object(STATIC_KEYS, {**common, **static}),
        "segment_key": {"type": "string", "pattern": f"^{SEGMENT_KEY.pattern}$"},
        "definition": _object(Keys(("blocks",)), {"blocks": _ref("steps")}),
    }


# --- blocks ----------------------------------------------------------------------------------------------------------


def _blocks() -> _Schema:
    step: dict[str, JsonValue] = {"block": _ref("block"), "combine": _words(Combine)}
    first = _object(STEP, step, without=("combine",))
    other = _object(Keys((*STEP.required, *STEP.optional)), step)
    return {
        "steps": {"type": "array", "minItems": 1, "prefixItems": [first], "items": other},
        "block": _kinds(
            BLOCKS,
            {
                "where": _ref("node"),
                "interaction": _NAME,
                "window": _ref("window"),
                "measure": _ref("measure"),
                "segment": _ref("segment_key"),
                "blocks": _ref("steps"),
            },
        ),
        "window": _kinds(WINDOWS, {"from": _ref("day"), "to": _ref("day"), "period": _words(Period)}),
        "measure": _kinds(MEASURES, {"attribute": _NAME}),
    }


# --- nodes -----------------------------------------------------------------------------------------------------------


def _nodes() -> _Schema:
    properties: dict[str, JsonValue] = {
        "all": _list_of(_ref("node")),
        "any": _list_of(_ref("node")),
        "not": _ref("node"),
        "attribute": _NAME,
        "match_case": {"type": "boolean"},
        "relation": _NAME,
        "quantifier": _ref("quantifier"),
        "where": _ref("node"),
    }
    cases: list[JsonValue] = [_when({"required": [key]}, _object(keys, properties)) for key, keys in NODES.items()]
    some: list[JsonValue] = [{"required": [key]} for key in NODES]
    return {
        "node": {"type": "object", "anyOf": some, "allOf": cases},
        "quantifier": _kinds(QUANTIFIERS, {"attribute": _NAME}),
    }


# --- values ----------------------------------------------------------------------------------------------------------


def _values() -> _Schema:
    forms: _Schema = {f"value_{form.name.lower()}": _value(form) for form in ValueForm if form is not ValueForm.NOTHING}
    return {
        **forms,
        "value_by_operator": {"allOf": [_value_by_operator(form) for form in ValueForm]},
        "count_by_unit": {"allOf": [_count_by_unit(unit, longest) for unit, longest in LONGEST.items()]},
        "constant": {"type": ["string", "number", "boolean"]},
        "day": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
        "duration": _object(Keys(("count", "unit")), {}),
    }


def _value(form: ValueForm) -> _Schema:
    match form:
        case ValueForm.NOTHING:
            return {"type": "null"}
        case ValueForm.CONSTANT:
            return _ref("constant")
        case ValueForm.PATTERN:
            return {"type": "string", "minLength": 1, "maxLength": MAXIMUM_PATTERN}
        case ValueForm.LIST:
            return _list_of(_ref("constant"), most=MAXIMUM_VALUES)
        case ValueForm.RANGE:
            return {"type": "array", "items": _ref("constant"), "minItems": 2, "maxItems": 2}
        case ValueForm.DURATION:
            return _ref("duration")
        case ValueForm.PERIOD:
            return _words(Period)
        case ValueForm.PARTIAL:
            parts: dict[str, JsonValue] = {
                name: _list_of(_part(part), most=MAXIMUM_VALUES) for name, part in PARTS.items()
            }
            return {**_object(Keys((), tuple(PARTS)), parts), "minProperties": 1}
        case ValueForm.ANNIVERSARY:
            return _anniversary()
        case _:
            assert_never(form)


def _part(part: Part) -> _Schema:
    if part.names:
        return _words((*part.names, part.current))
    number: _Schema = {"type": "integer", "minimum": part.first, "maximum": part.last}
    return {"anyOf": [number, {"const": part.current}]}


def _anniversary() -> _Schema:
    properties: dict[str, JsonValue] = {
        "in_last": _ref("duration"),
        "in_next": _ref("duration"),
        "in_period": _words(Period),
        "month": _part_number("months"),
        "day": _part_number("days"),
    }
    return {"anyOf": [_object(keys, properties) for keys in dict.fromkeys(ANNIVERSARIES.values())]}


def _part_number(name: str) -> _Schema:
    return {"type": "integer", "minimum": PARTS[name].first, "maximum": PARTS[name].last}
