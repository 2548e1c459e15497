"""Values beside operators: from what inputs hold to what the language writes, and back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import assert_never

from coterie.catalog.model import AttributeType
from coterie.definition.grammar import FORMS, PARTS, ValueForm
from coterie.definition.writing import JsonValue, json_number
from coterie.values.numbers import number_from_text
from coterie.values.text import normalize
from coterie_web.segments.designer.tree import Held, held

__all__ = ["ANNIVERSARY_PARTS", "INPUTS", "form_of", "held_of", "span_of", "value_of", "window_of"]

INPUTS: Mapping[ValueForm, tuple[str, ...]] = {
    ValueForm.NOTHING: (),
    ValueForm.CONSTANT: ("value",),
    ValueForm.PATTERN: ("value",),
    ValueForm.LIST: ("values",),
    ValueForm.RANGE: ("from", "to"),
    ValueForm.DURATION: ("count", "unit"),
    ValueForm.PERIOD: ("period",),
    ValueForm.PARTIAL: tuple(PARTS),
    ValueForm.ANNIVERSARY: ("anniversary", "count", "unit", "period", "month", "day"),
}
"""The inputs that a value may have, by its form."""

ANNIVERSARY_PARTS: Mapping[str, tuple[str, ...]] = {
    "in_last": ("count", "unit"),
    "in_next": ("count", "unit"),
    "in_period": ("period",),
    "on": ("month", "day"),
}
"""The inputs of an anniversary, by which it is."""

_FORMS: Mapping[str, ValueForm] = {operator.value: form for operator, form in FORMS.items()}

_WHOLE = re.compile(r"[0-9]{1,12}")


def form_of(operator: str) -> ValueForm:
    """What stands beside an operator; one that the language does not know is taken to compare with a constant."""
    return _FORMS.get(operator, ValueForm.CONSTANT)


# --- from inputs to the language -------------------------------------------------------------------------------------


def value_of(operator: str, inputs: Held, type_: AttributeType | None) -> JsonValue:
    """The value as the language writes it; None where nothing is given yet."""
    match form_of(operator):
        case ValueForm.NOTHING:
            return None
        case ValueForm.CONSTANT | ValueForm.PATTERN:
            return _constant(_first(inputs, "value"), type_)
        case ValueForm.LIST:
            return [_constant(text, type_) for text in inputs.get("values", ())] or None
        case ValueForm.RANGE:
            ends = [_constant(_first(inputs, part), type_) for part in ("from", "to")]
            return None if None in ends else ends
        case ValueForm.DURATION:
            return _duration(inputs)
        case ValueForm.PERIOD:
            return _first(inputs, "period") or None
        case ValueForm.PARTIAL:
            parts: dict[str, JsonValue] = {
                name: [_whole(text) for text in inputs[name]] for name in PARTS if name in inputs
            }
            return parts or None
        case ValueForm.ANNIVERSARY:
            return _anniversary(inputs)
        case form:
            assert_never(form)


def window_of(kind: str, inputs: Held) -> JsonValue:
    """The window of an interaction as the language writes it, in which what is not given yet is left out."""
    given: dict[str, JsonValue] = {"kind": kind}
    given |= {part: inputs[part][0] for part in ("unit", "from", "to", "period") if part in inputs}
    if "count" in inputs:
        given["count"] = _whole(inputs["count"][0])
    return given


def _first(inputs: Held, part: str) -> str:
    return next(iter(inputs.get(part, ())), "")


def _constant(text: str, type_: AttributeType | None) -> JsonValue:
    """Text that is no constant of the type stays text: the language says what is wrong with it."""
    if not text:
        return None
    match type_:
        case AttributeType.NUMBER:
            return text if number_from_text(text) is None else json_number(Decimal(normalize(text)))
        case AttributeType.BOOLEAN if text in ("true", "false"):
            return text == "true"
        case _:
            return text


def _whole(text: str) -> JsonValue:
    return int(text) if _WHOLE.fullmatch(text) else text


def _duration(inputs: Held) -> JsonValue:
    given: dict[str, JsonValue] = {}
    if "count" in inputs:
        given["count"] = _whole(inputs["count"][0])
    if "unit" in inputs:
        given["unit"] = inputs["unit"][0]
    return given or None


def _anniversary(inputs: Held) -> JsonValue:
    match _first(inputs, "anniversary"):
        case "in_last" | "in_next" as kind:
            return {kind: _duration(inputs) or {}}
        case "in_period":
            return {"in_period": _first(inputs, "period")} if "period" in inputs else None
        case "on":
            return {part: _whole(inputs[part][0]) for part in ("month", "day") if part in inputs} or None
        case _:
            return None


# --- from the language to inputs -------------------------------------------------------------------------------------


def held_of(operator: str, value: object) -> Held:
    """What the inputs hold for a value as the language writes it; what does not fit the operator is dropped."""
    match form_of(operator):
        case ValueForm.NOTHING:
            return {}
        case ValueForm.CONSTANT | ValueForm.PATTERN:
            return held(value=_text(value))
        case ValueForm.LIST:
            return held(values=_texts(value))
        case ValueForm.RANGE:
            ends = _texts(value)
            return held(**{"from": ends[0], "to": ends[1]}) if len(ends) == 2 else {}
        case ValueForm.DURATION:
            return _held_parts(value, ("count", "unit"))
        case ValueForm.PERIOD:
            return held(period=_text(value))
        case ValueForm.PARTIAL:
            return held(**{name: _texts(part) for name, part in _mapping(value).items() if name in PARTS})
        case ValueForm.ANNIVERSARY:
            return _held_anniversary(value)
        case form:
            assert_never(form)


def span_of(window: Mapping[str, object]) -> Held:
    """What the inputs of a window hold."""
    return _held_parts(window, ("count", "unit", "from", "to", "period"))


def _held_parts(value: object, names: tuple[str, ...]) -> Held:
    return held(**{name: _text(part) for name, part in _mapping(value).items() if name in names})


def _held_anniversary(value: object) -> Held:
    given = _mapping(value)
    for kind in ("in_last", "in_next"):
        if kind in given:
            return {**held(anniversary=kind), **_held_parts(given[kind], ("count", "unit"))}
    if "in_period" in given:
        return held(anniversary="in_period", period=_text(given["in_period"]))
    return {**held(anniversary="on"), **_held_parts(given, ("month", "day"))} if given else {}


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _texts(value: object) -> tuple[str, ...]:
    return tuple(map(_text, value)) if isinstance(value, list | tuple) else ()


def _text(value: object) -> str:
    """A constant as it is typed."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case int():
            return str(value)
        case float() | Decimal():
            return _digits(value if isinstance(value, Decimal) else Decimal(repr(value)))
        case date():
            return value.isoformat()
        case _:
            return ""


_LONGEST_WRITTEN_OUT = 40


def _digits(number: Decimal) -> str:
    if abs(number.adjusted()) > _LONGEST_WRITTEN_OUT:
        return str(number)
    digits = format(number, "f")
    return (digits.rstrip("0").rstrip(".") or "0") if "." in digits else digits
