"""Values beside operators, checked against the type of what they are compared with, and turned into it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import assert_never

from coterie.catalog.model import Attribute, AttributeType
from coterie.definition.constants import day_from_text
from coterie.definition.grammar import ELAPSED_UNITS, FORMS, OPERATORS, PRESENCE, ValueForm
from coterie.definition.nodes import (
    Aggregate,
    AnniversaryInLast,
    AnniversaryInNext,
    Duration,
    Operator,
    Scalar,
    Value,
)
from coterie.definition.paths import Path, shown
from coterie.definition.places import Findings, quoting_hint
from coterie.values.numbers import exact_number, number_from_text
from coterie.values.text import fold, normalize

__all__ = [
    "Compared",
    "aggregate_compared",
    "attribute_compared",
    "count_compared",
    "moment_compared",
    "type_comparison",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What a value is compared with: an attribute, a measure or an aggregate. `what` names it in messages."""

    what: str
    type: AttributeType
    operators: tuple[Operator, ...]
    choices: tuple[str, ...] = ()
    is_count: bool = False
    """Compared with whole numbers from 0 alone."""


def attribute_compared(attribute: Attribute) -> Compared:
    return Compared(
        what=f"{attribute.name!r} ({attribute.type})",
        type=attribute.type,
        operators=OPERATORS[attribute.type],
        choices=attribute.choices,
    )


_NEVER_MISSING: tuple[Operator, ...] = tuple(
    operator for operator in OPERATORS[AttributeType.NUMBER] if operator not in PRESENCE
)
"""The operators of what is never missing: counts and sums (semantics, rules 9 and 14)."""


def count_compared(what: str) -> Compared:
    """A number of interactions, days, distinct values or records."""
    return Compared(what=what, type=AttributeType.NUMBER, operators=_NEVER_MISSING, is_count=True)


def aggregate_compared(aggregate: Aggregate, attribute: str) -> Compared:
    """What an attribute of several records comes to. A sum is never missing: that of nothing is 0."""
    operators = _NEVER_MISSING if aggregate is Aggregate.SUM else OPERATORS[AttributeType.NUMBER]
    return Compared(what=f"The {aggregate} of {attribute!r}", type=AttributeType.NUMBER, operators=operators)


def moment_compared(what: str) -> Compared:
    """When an interaction was first or last."""
    return Compared(what=what, type=AttributeType.DATETIME, operators=OPERATORS[AttributeType.DATETIME])


def type_comparison(compared: Compared, operator: Operator, value: Value, path: Path, findings: Findings) -> Value:
    """`value` as `compared` is compared with it. What is wrong is added to `findings`, and stays as it was."""
    if operator not in compared.operators:
        findings.add(
            "operator_not_allowed",
            (*path, "operator"),
            f"{compared.what} cannot be compared with {operator.value!r}.",
            f"Possible: {', '.join(compared.operators)}.",
        )
        return value
    place = (*path, "value")
    match FORMS[operator]:
        case ValueForm.NOTHING | ValueForm.PERIOD | ValueForm.PARTIAL | ValueForm.PATTERN:
            return value
        case ValueForm.CONSTANT:
            assert isinstance(value, str | Decimal | bool | date)
            return _type_constant(compared, value, place, findings)
        case ValueForm.LIST:
            return _type_constants(compared, value, place, findings)
        case ValueForm.RANGE:
            return _type_range(compared, value, place, findings)
        case ValueForm.DURATION:
            assert isinstance(value, Duration)
            _check_unit(compared, value, place, findings)
            return value
        case ValueForm.ANNIVERSARY:
            _check_anniversary_unit(compared, value, place, findings)
            return value
        case form:
            assert_never(form)


def _type_constants(compared: Compared, value: Value, path: Path, findings: Findings) -> tuple[Scalar, ...]:
    assert isinstance(value, tuple)
    return tuple(_type_constant(compared, one, (*path, index), findings) for index, one in enumerate(value))


def _type_range(compared: Compared, value: Value, path: Path, findings: Findings) -> tuple[Scalar, ...]:
    assert isinstance(value, tuple)
    ends = _type_constants(compared, value, path, findings)
    match ends:
        case (Decimal() as start, Decimal() as end) if end < start:
            pass
        case (date() as start, date() as end) if end < start:
            pass
        case _:
            return ends
    message = f"The range ends ({shown(value[1])}) before it starts ({shown(value[0])})."
    findings.add("invalid_range", path, message, "Write [from, to].")
    return ends


# --- units -----------------------------------------------------------------------------------------------------------


def _check_unit(compared: Compared, duration: Duration, path: Path, findings: Findings) -> None:
    if duration.unit in ELAPSED_UNITS and compared.type is not AttributeType.DATETIME:
        message = f"{compared.what} has days without a time: {duration.unit.value!r} cannot be told from it."
        findings.add("operator_not_allowed", (*path, "unit"), message, "Use days, weeks, months, quarters or years.")


def _check_anniversary_unit(compared: Compared, value: Value, path: Path, findings: Findings) -> None:
    match value:
        case AnniversaryInLast(duration=duration):
            _check_unit(compared, duration, (*path, "in_last"), findings)
        case AnniversaryInNext(duration=duration):
            _check_unit(compared, duration, (*path, "in_next"), findings)
        case _:
            pass


# --- constants -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fault:
    """Why a constant cannot be used."""

    message: str
    hint: str = ""
    code: str = "invalid_value"
    close_to: tuple[str, Sequence[str]] | None = None


def _type_constant(compared: Compared, constant: Scalar, path: Path, findings: Findings) -> Scalar:
    typed = _converted(compared, constant)
    if not isinstance(typed, _Fault):
        return typed
    findings.add(typed.code, path, typed.message, typed.hint, close_to=typed.close_to)
    return constant


def _converted(compared: Compared, constant: Scalar) -> Scalar | _Fault:
    match compared.type:
        case AttributeType.TEXT:
            return _text(compared, constant)
        case AttributeType.CHOICE | AttributeType.MULTI_CHOICE:
            return _choice(compared, constant)
        case AttributeType.NUMBER:
            return _number(compared, constant)
        case AttributeType.BOOLEAN:
            return _boolean(compared, constant)
        case AttributeType.DATE | AttributeType.DATETIME:
            return _day(compared, constant)
        case _:
            assert_never(compared.type)


def _text(compared: Compared, constant: Scalar) -> str | _Fault:
    if not isinstance(constant, str):
        message = f"{compared.what} is compared with text, not {shown(constant)}."
        return _Fault(message=message, hint=quoting_hint(constant))
    hint = f"To ask whether there is a value, use {PRESENCE[0]} or {PRESENCE[1]}."
    return normalize(constant) or _Fault(message="The text is blank.", hint=hint)


def _choice(compared: Compared, constant: Scalar) -> str | _Fault:
    choice = _text(compared, constant)
    if isinstance(choice, _Fault) or not compared.choices or fold(choice) in _folded(compared.choices):
        return choice
    message = f"{compared.what} has no choice {shown(choice)}."
    return _Fault(code="unknown_choice", message=message, close_to=(choice, compared.choices))


@lru_cache(maxsize=64)
def _folded(choices: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(fold, choices))


def _number(compared: Compared, constant: Scalar) -> Decimal | _Fault:
    number = None
    if isinstance(constant, str):
        number = number_from_text(constant)
    elif isinstance(constant, Decimal):
        number = exact_number(constant)
    if number is None:
        return _Fault(message=f"{compared.what} is compared with a number, not {shown(constant)}.")
    if compared.is_count and (number < 0 or number != number.to_integral_value()):
        return _Fault(message=f"{compared.what} is compared with whole numbers from 0, not {shown(constant)}.")
    return number


def _boolean(compared: Compared, constant: Scalar) -> bool | _Fault:
    if isinstance(constant, bool):
        return constant
    message = f"{compared.what} is compared with true or false, not {shown(constant)}."
    return _Fault(message=message, hint="Write true or false, without quotes.")


def _day(compared: Compared, constant: Scalar) -> date | _Fault:
    day = day_from_text(normalize(constant)) if isinstance(constant, str) else constant
    if isinstance(day, date):
        return day
    message = f"{compared.what} is compared with a day, not {shown(constant)}."
    return _Fault(message=message, hint="A day is written 2026-11-23, without a time.")
