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
from coterie.definition.nodes import Combine, Operator, Period, Scope
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


def _object(keys: Keys, properties: Mapping[str, JsonValue], *, without: tuple[str, ...] = ()) -> _Schema:
    """A mapping of exactly those keys, but those in `without`."""
    return {
        "type": "object",
        "properties": {key: properties[key] for key in keys.every if key not in without},
        "required": [key for key in keys.required if key not in without],
        "additionalProperties": False,
    }


def _list_of(element: JsonValue, *, may_be_empty: bool = False, most: int | None = None) -> _Schema:
    return {
        "type": "array",
        "items": element,
        **({} if may_be_empty else {"minItems": 1}),
        **({} if most is None else {"maxItems": most}),
    }


def _words(words: Iterable[str]) -> _Schema:
    return {"enum": list(words)}


def _kinds(kinds: Mapping[str, Keys], properties: Mapping[str, JsonValue]) -> _Schema:
    """One of several mappings, told apart by their `kind`. Those with an operator are split by its form of value."""
    variants: list[JsonValue] = []
    for kind, keys in kinds.items():
        said: dict[str, JsonValue] = {**properties, "kind": {"const": kind}}
        variants += _compared(keys, said) if "operator" in keys.every else [_object(keys, said)]
    return {"oneOf": variants}


def _compared(keys: Keys, properties: Mapping[str, JsonValue]) -> list[JsonValue]:
    """The mappings of those keys, one for each form that a value may have, with the operators that take it."""
    variants: list[JsonValue] = []
    for form in ValueForm:
        operators = _words(operator for operator in Operator if FORMS[operator] is form)
        if form is ValueForm.NOTHING:
            variants.append(_object(keys, {**properties, "operator": operators}, without=("value",)))
        else:
            needed = Keys((*keys.required, "value"), tuple(key for key in keys.optional if key != "value"))
            value = _ref(f"value_{form.name.lower()}")
            variants.append(_object(needed, {**properties, "operator": operators, "value": value}))
    return variants


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
        "window": _window(),
        "measure": _kinds(MEASURES, {"attribute": _NAME}),
    }


def _window() -> _Schema:
    properties: dict[str, JsonValue] = {"from": _ref("day"), "to": _ref("day"), "period": _words(Period)}
    variants: list[JsonValue] = []
    for kind, keys in WINDOWS.items():
        said: dict[str, JsonValue] = {**properties, "kind": {"const": kind}}
        variants += _durations(keys, said) if "count" in keys.every else [_object(keys, said)]
    return {"oneOf": variants}


def _durations(keys: Keys, properties: Mapping[str, JsonValue]) -> list[JsonValue]:
    """Mappings with a length of time among their keys, one for each unit: each has a longest count of its own."""
    return [
        _object(
            keys,
            {
                **properties,
                "unit": {"const": unit.value},
                "count": {"type": "integer", "minimum": 1, "maximum": longest},
            },
        )
        for unit, longest in LONGEST.items()
    ]


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
    variants: list[JsonValue] = []
    for keys in NODES.values():
        variants += _compared(keys, properties) if "operator" in keys.every else [_object(keys, properties)]
    return {"node": {"oneOf": variants}, "quantifier": _kinds(QUANTIFIERS, {"attribute": _NAME})}


# --- values ----------------------------------------------------------------------------------------------------------


def _values() -> _Schema:
    forms: _Schema = {f"value_{form.name.lower()}": _value(form) for form in ValueForm if form is not ValueForm.NOTHING}
    return {
        **forms,
        "constant": {"type": ["string", "number", "boolean"]},
        "day": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
        "duration": {"oneOf": _durations(Keys(("count", "unit")), {})},
    }


def _value(form: ValueForm) -> _Schema:
    match form:
        case ValueForm.NOTHING:
            return {"not": {}}
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
    variants = dict.fromkeys(ANNIVERSARIES.values())
    return {"oneOf": [_object(keys, properties) for keys in variants]}


def _part_number(name: str) -> _Schema:
    return {"type": "integer", "minimum": PARTS[name].first, "maximum": PARTS[name].last}
