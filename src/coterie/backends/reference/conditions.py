"""One operator on one value: the table of operators, one type after the other (rules 1, 2, 4 to 6, 16, 17, 19, 20)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import assert_never, cast

from coterie.backends.reference.clock import Clock
from coterie.backends.reference.reading import Known, read_number
from coterie.backends.reference.words import folded, matches_pattern, trimmed
from coterie.catalog.model import AttributeType
from coterie.definition.nodes import Anniversary, Duration, Operator, Partial, Period, Value

__all__ = ["holds"]

POSITIVE_OF = {
    Operator.HAS_NO_VALUE: Operator.HAS_VALUE,
    Operator.IS_NOT: Operator.IS,
    Operator.IS_NOT_IN: Operator.IS_IN,
    Operator.DOES_NOT_CONTAIN: Operator.CONTAINS,
    Operator.DOES_NOT_BEGIN_WITH: Operator.BEGINS_WITH,
    Operator.DOES_NOT_END_WITH: Operator.ENDS_WITH,
    Operator.DOES_NOT_MATCH: Operator.MATCHES,
    Operator.INCLUDES_NONE: Operator.INCLUDES_ANY,
    Operator.DOES_NOT_INCLUDE_ALL: Operator.INCLUDES_ALL,
    Operator.NOT_BETWEEN: Operator.BETWEEN,
    Operator.NOT_ON: Operator.ON,
    Operator.NOT_IN_LAST: Operator.IN_LAST,
    Operator.NOT_IN_PERIOD: Operator.IN_PERIOD,
}
"""Each negative operator and the one it is the exact complement of."""


def holds(
    operator: Operator,
    value: Known | None,
    constant: Value,
    *,
    type_: AttributeType,
    clock: Clock,
    match_case: bool = False,
) -> bool:
    """Whether `value operator constant` is true. A missing value (None) makes positive operators false."""
    if operator in POSITIVE_OF:
        positive = POSITIVE_OF[operator]
        return not holds(positive, value, constant, type_=type_, clock=clock, match_case=match_case)
    if value is None:
        return False
    if operator is Operator.HAS_VALUE:
        return True
    match type_:
        case AttributeType.TEXT:
            return text_holds(operator, cast("str", value), constant, match_case=match_case)
        case AttributeType.CHOICE:
            return text_holds(operator, cast("str", value), constant, match_case=False)
        case AttributeType.MULTI_CHOICE:
            return choices_hold(operator, cast("frozenset[str]", value), constant)
        case AttributeType.NUMBER:
            return number_holds(operator, cast("Fraction", value), constant)
        case AttributeType.BOOLEAN:
            return boolean_holds(operator, cast("bool", value), constant)
        case AttributeType.DATE:
            return date_holds(operator, cast("date", value), constant, clock)
        case AttributeType.DATETIME:
            return datetime_holds(operator, cast("datetime", value), constant, clock)
        case _:
            assert_never(type_)


def text_holds(operator: Operator, value: str, constant: Value, *, match_case: bool) -> bool:
    as_compared = trimmed if match_case else folded
    text = as_compared(value)
    match operator:
        case Operator.IS:
            return text == as_compared(a_text(constant))
        case Operator.IS_IN:
            return any(text == as_compared(a_text(element)) for element in several(constant))
        case Operator.CONTAINS:
            return as_compared(a_text(constant)) in text
        case Operator.BEGINS_WITH:
            return text.startswith(as_compared(a_text(constant)))
        case Operator.ENDS_WITH:
            return text.endswith(as_compared(a_text(constant)))
        case Operator.MATCHES:
            return matches_pattern(a_text(constant), value, match_case=match_case)
        case _:
            raise not_for(operator, "text")


def choices_hold(operator: Operator, value: frozenset[str], constant: Value) -> bool:
    chosen = {folded(choice) for choice in value}
    asked = {folded(a_text(choice)) for choice in several(constant)}
    match operator:
        case Operator.INCLUDES_ANY:
            return any(choice in chosen for choice in asked)
        case Operator.INCLUDES_ALL:
            return all(choice in chosen for choice in asked)
        case _:
            raise not_for(operator, "multi_choice")


def number_holds(operator: Operator, value: Fraction, constant: Value) -> bool:
    match operator:
        case Operator.IS:
            return value == a_number(constant)
        case Operator.IS_IN:
            return any(value == a_number(element) for element in several(constant))
        case Operator.LESS_THAN:
            return value < a_number(constant)
        case Operator.AT_MOST:
            return value <= a_number(constant)
        case Operator.GREATER_THAN:
            return value > a_number(constant)
        case Operator.AT_LEAST:
            return value >= a_number(constant)
        case Operator.BETWEEN:
            lowest, highest = several(constant)
            return a_number(lowest) <= value <= a_number(highest)
        case _:
            raise not_for(operator, "number")


def boolean_holds(operator: Operator, value: bool, constant: Value) -> bool:
    if operator is not Operator.IS:
        raise not_for(operator, "boolean")
    assert isinstance(constant, bool), constant
    return value == constant


def date_holds(operator: Operator, value: date, constant: Value, clock: Clock) -> bool:
    """Days are compared with days: `last` ends with today, `next` begins with it."""
    match operator:
        case Operator.ON:
            return value == a_day(constant)
        case Operator.BEFORE:
            return value < a_day(constant)
        case Operator.AFTER:
            return value > a_day(constant)
        case Operator.ON_OR_BEFORE:
            return value <= a_day(constant)
        case Operator.ON_OR_AFTER:
            return value >= a_day(constant)
        case Operator.BETWEEN:
            first, last = several(constant)
            return a_day(first) <= value <= a_day(last)
        case Operator.IN_LAST:
            return clock.day_back(a_duration(constant)) <= value <= clock.today
        case Operator.BEFORE_LAST:
            return value < clock.day_back(a_duration(constant))
        case Operator.IN_NEXT:
            return clock.today <= value <= clock.day_ahead(a_duration(constant))
        case Operator.AFTER_NEXT:
            return value > clock.day_ahead(a_duration(constant))
        case Operator.IN_PERIOD:
            first_day, last_day = clock.days_of(a_period(constant))
            return first_day <= value <= last_day
        case _:
            return parts_hold(operator, value, constant, clock)


def datetime_holds(operator: Operator, value: datetime, constant: Value, clock: Clock) -> bool:
    """Instants are compared with the beginnings and ends of local days, and with `as_of`."""
    match operator:
        case Operator.ON:
            return clock.start(a_day(constant)) <= value < clock.end(a_day(constant))
        case Operator.BEFORE:
            return value < clock.start(a_day(constant))
        case Operator.AFTER:
            return value >= clock.end(a_day(constant))
        case Operator.ON_OR_BEFORE:
            return value < clock.end(a_day(constant))
        case Operator.ON_OR_AFTER:
            return value >= clock.start(a_day(constant))
        case Operator.BETWEEN:
            first, last = several(constant)
            return clock.start(a_day(first)) <= value < clock.end(a_day(last))
        case Operator.IN_LAST:
            return clock.is_in_last(value, a_duration(constant))
        case Operator.BEFORE_LAST:
            return clock.is_before_last(value, a_duration(constant))
        case Operator.IN_NEXT:
            return clock.is_in_next(value, a_duration(constant))
        case Operator.AFTER_NEXT:
            return clock.is_after_next(value, a_duration(constant))
        case Operator.IN_PERIOD:
            first_day, last_day = clock.days_of(a_period(constant))
            return clock.start(first_day) <= value < clock.end(last_day)
        case _:
            return parts_hold(operator, clock.day_of(value), constant, clock)


def parts_hold(operator: Operator, day: date, constant: Value, clock: Clock) -> bool:
    match operator:
        case Operator.PARTIAL:
            assert isinstance(constant, Partial), constant
            return clock.has_parts(day, constant)
        case Operator.ANNIVERSARY:
            assert isinstance(constant, Anniversary), constant
            return clock.has_anniversary(day, constant)
        case _:
            raise not_for(operator, "date")


# --- constants, each of the form its operator takes ------------------------------------------------------------------


def several(constant: Value) -> tuple[Value, ...]:
    assert isinstance(constant, tuple), constant
    return constant


def a_text(constant: Value) -> str:
    assert isinstance(constant, str), constant
    return constant


def a_number(constant: Value) -> Fraction:
    assert isinstance(constant, Decimal), constant
    number = read_number(constant)
    assert number is not None, constant
    return number


def a_day(constant: Value) -> date:
    assert isinstance(constant, date), constant
    return constant


def a_duration(constant: Value) -> Duration:
    assert isinstance(constant, Duration), constant
    return constant


def a_period(constant: Value) -> Period:
    assert isinstance(constant, Period), constant
    return constant


def not_for(operator: Operator, type_: str) -> ValueError:
    return ValueError(f"{operator} is no operator of {type_}")
