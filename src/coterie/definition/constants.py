"""Values beside operators as they are written: constants, lists, ranges, forms of time, by the operator's form."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import assert_never

from coterie.definition.grammar import (
    ANNIVERSARIES,
    FORMS,
    LONGEST,
    MAXIMUM_PATTERN,
    PARTS,
    Keys,
    Part,
    ValueForm,
)
from coterie.definition.nodes import (
    Anniversary,
    AnniversaryInLast,
    AnniversaryInNext,
    AnniversaryInPeriod,
    AnniversaryOn,
    Current,
    Duration,
    Operator,
    Partial,
    Period,
    Scalar,
    Unit,
    Value,
)
from coterie.definition.paths import shown
from coterie.definition.places import Place

__all__ = ["Comparison", "day_from_text", "parse_comparison", "parse_day", "parse_duration", "parse_period"]

Comparison = tuple[Operator, Value]

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def parse_comparison(place: Place) -> Comparison | None:
    """The `operator` and `value` of the mapping at `place`; None where they cannot be read."""
    if not place.has("operator"):
        return None
    word = place.at("operator").word(tuple(Operator), "unknown_operator", "operator")
    if word is None:
        return None
    operator = Operator(word)
    value = place.at("value")
    if FORMS[operator] is ValueForm.NOTHING:
        if not place.has("value"):
            return operator, None
        value.report("unknown_key", f"{word!r} takes no value.", "Leave 'value' out.")
        return None
    if not place.has("value"):
        value.report("missing_key", f"{word!r} needs 'value'.")
        return None
    parsed = _parse_value(value, FORMS[operator])
    return None if parsed is None else (operator, parsed)


def _parse_value(place: Place, form: ValueForm) -> Value:
    match form:
        case ValueForm.NOTHING:
            return None
        case ValueForm.CONSTANT:
            return _parse_constant(place)
        case ValueForm.PATTERN:
            return _parse_pattern(place)
        case ValueForm.LIST:
            return _parse_list(place)
        case ValueForm.RANGE:
            return _parse_range(place)
        case ValueForm.DURATION:
            return parse_duration(place)
        case ValueForm.PERIOD:
            return parse_period(place)
        case ValueForm.PARTIAL:
            return _parse_partial(place)
        case ValueForm.ANNIVERSARY:
            return _parse_anniversary(place)
        case _:
            assert_never(form)


# --- constants -------------------------------------------------------------------------------------------------------


def _parse_constant(place: Place) -> Scalar | None:
    match place.value:
        case bool() | str() | Decimal() | date():
            return place.value
        case int():
            return Decimal(place.value)
        case None:
            place.report("invalid_value", "A value is missing here (null).", 'Text that says so is quoted: "null".')
        case dict() | list():
            place.report("invalid_value", "One constant stands here, no list and no mapping.")
    return None


def _parse_pattern(place: Place) -> str | None:
    """A regular expression, as written: RE2, and short enough that nobody has to wait for it."""
    pattern = place.text("A regular expression")
    if pattern is None:
        return None
    if len(pattern) > MAXIMUM_PATTERN:
        message = f"The regular expression has {len(pattern):,} characters; {MAXIMUM_PATTERN} are possible."
        place.report("limit_exceeded", message)
        return None
    fault = _pattern_fault(pattern)
    if fault is not None:
        place.report("invalid_pattern", f"{shown(pattern)} is no regular expression (RE2): {fault}.")
        return None
    return pattern


def _pattern_fault(pattern: str) -> str | None:
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        pc.match_substring_regex(pa.array([""]), pattern)
    except pa.ArrowInvalid as error:
        return str(error).removeprefix("Invalid regular expression: ")
    return None


def _parse_list(place: Place) -> tuple[Scalar, ...] | None:
    elements = place.elements("The list of values")
    if elements is None:
        return None
    constants = [_parse_constant(element) for element in elements]
    known = tuple(constant for constant in constants if constant is not None)
    return known if len(known) == len(constants) else None


def _parse_range(place: Place) -> tuple[Scalar, ...] | None:
    if not isinstance(place.value, list) or len(place.value) != 2:
        place.report("invalid_value", "A range is a list of two: [from, to].")
        return None
    ends = _parse_list(place)
    if ends is None:
        return None
    match ends:
        case (Decimal() as start, Decimal() as end) if end < start:
            _report_reversed(place, start, end)
        case (date() as start, date() as end) if end < start:
            _report_reversed(place, start, end)
        case _:
            return ends
    return None


def _report_reversed(place: Place, start: object, end: object) -> None:
    place.report("invalid_range", f"The range ends ({end}) before it starts ({start}).", "Write [from, to].")


def parse_day(place: Place) -> date | None:
    """A day, `2026-11-23`, quoted or not."""
    day = day_from_text(place.value) if isinstance(place.value, str) else place.value
    if isinstance(day, date):
        return day
    place.report("invalid_value", f"{shown(place.value)} is not a day.", "A day is written 2026-11-23.")
    return None


def day_from_text(text: str) -> date | None:
    """The day that `text` spells as `2026-11-23`; None for anything else, an instant too."""
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


# --- forms of time ---------------------------------------------------------------------------------------------------

_DURATION = Keys(("count", "unit"))


def parse_duration(place: Place, keys: Keys = _DURATION) -> Duration | None:
    """`{count: 30, unit: days}`, perhaps beside the other `keys`; at most 100 years."""
    if not place.is_mapping("A length of time"):
        return None
    place.check_keys(keys, "A length of time")
    word = place.at("unit").word(tuple(Unit), "invalid_value", "unit") if place.has("unit") else None
    unit = None if word is None else Unit(word)
    count = _parse_count(place.at("count"), unit) if place.has("count") else None
    return None if count is None or unit is None else Duration(count=count, unit=unit)


def _parse_count(place: Place, unit: Unit | None) -> int | None:
    longest = LONGEST[unit or Unit.MINUTES]
    if isinstance(place.value, int | Decimal) and not isinstance(place.value, bool) and place.value > longest:
        hint = f"At most {longest:,} {unit}." if unit else ""
        place.report("limit_exceeded", f"{shown(place.value)} is more than 100 years.", hint)
        return None
    return place.whole_number("The count", 1, longest)


def parse_period(place: Place) -> Period | None:
    word = place.word(tuple(Period), "invalid_value", "period")
    return None if word is None else Period(word)


def _parse_partial(place: Place) -> Partial | None:
    if not place.is_mapping("A partial date"):
        return None
    place.check_keys(Keys((), tuple(PARTS)), "A partial date")
    if not place.value:
        place.report("empty", "No part of a date is named.", f"Name one or more of {', '.join(PARTS)}.")
        return None
    parts = {name: _parse_part(place.at(name), name, part) for name, part in PARTS.items() if place.has(name)}
    known = {name: values for name, values in parts.items() if values is not None}
    return Partial(**known) if known and len(known) == len(parts) else None


def _parse_part(place: Place, name: str, part: Part) -> tuple[int | Current, ...] | None:
    elements = place.elements(f"The list of {name}")
    if elements is None:
        return None
    values = [_parse_part_value(element, name, part) for element in elements]
    known = tuple(value for value in values if value is not None)
    return known if len(known) == len(values) else None


def _parse_part_value(place: Place, name: str, part: Part) -> int | Current | None:
    if place.value == part.current:
        return Current.CURRENT
    if part.names:
        word = place.word((*part.names, part.current), "invalid_value", "weekday")
        return None if word is None else part.first + part.names.index(word)
    if isinstance(place.value, str):
        place.word((part.current,), "invalid_value", f"name among {name}")
        return None
    return place.whole_number(f"Each of the {name}", part.first, part.last)


def _parse_anniversary(place: Place) -> Anniversary | None:
    if not place.is_mapping("An anniversary"):
        return None
    assert isinstance(place.value, dict)
    kind = next((key for key in place.value if key in ANNIVERSARIES), None)
    if kind is None:
        place.check_keys(Keys((), tuple(ANNIVERSARIES)), "An anniversary")
        place.report("empty", "No anniversary is named.", f"Name one of {', '.join(ANNIVERSARIES)}.")
        return None
    place.check_keys(ANNIVERSARIES[kind], f"An anniversary with {kind!r}")
    if not all(place.has(key) for key in ANNIVERSARIES[kind].required):
        return None
    return _parse_anniversary_kind(place, kind)


def _parse_anniversary_kind(place: Place, kind: str) -> Anniversary | None:
    match kind:
        case "in_last":
            duration = parse_duration(place.at(kind))
            return None if duration is None else AnniversaryInLast(duration=duration)
        case "in_next":
            duration = parse_duration(place.at(kind))
            return None if duration is None else AnniversaryInNext(duration=duration)
        case "in_period":
            period = parse_period(place.at(kind))
            return None if period is None else AnniversaryInPeriod(period=period)
        case _:
            return _parse_month_and_day(place)


_DAYS_OF_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
"""The most days that each month has: 29 February is an anniversary."""


def _parse_month_and_day(place: Place) -> Anniversary | None:
    month = place.at("month").whole_number("The month", 1, 12)
    day = place.at("day").whole_number("The day", 1, _DAYS_OF_MONTHS[month - 1] if month else 31)
    return None if month is None or day is None else AnniversaryOn(month=month, day=day)
