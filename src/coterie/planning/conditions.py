"""From an operator and its constants to the test of a value, with absolute bounds.

Every condition becomes a positive test and whether it is negated: a negative operator is the exact complement of its
positive one (semantics, rule 1).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal
from typing import Generic, TypeVar, assert_never, cast

from coterie.catalog.model import Attribute, AttributeType
from coterie.definition.nodes import (
    Anniversary,
    AttributeCondition,
    Current,
    Duration,
    Operator,
    Partial,
    Period,
    Value,
)
from coterie.planning.clock import Between, Clock
from coterie.planning.leaves import (
    BooleanIs,
    DateIn,
    DayParts,
    HasValue,
    InstantIn,
    InstantTest,
    ListIncludesAll,
    ListIncludesAny,
    NumberIn,
    NumberRange,
    NumberTest,
    Place,
    Test,
    TextIn,
    TextMatches,
    TextPart,
    YearlyDays,
)
from coterie.values.numbers import PLACES, WHOLE_DIGITS
from coterie.values.text import fold, normalize

__all__ = ["POSITIVE_OF", "Condition", "attribute_condition", "instant_condition", "number_condition"]

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
"""The negative operators, each with the positive one whose complement it is."""

_PLACES = {
    Operator.CONTAINS: Place.ANYWHERE,
    Operator.BEGINS_WITH: Place.BEGINNING,
    Operator.ENDS_WITH: Place.END,
}

_EXACT = Context(prec=WHOLE_DIGITS + PLACES)

T = TypeVar("T")
Point = TypeVar("Point", date, int)


@dataclass(frozen=True, slots=True)
class Condition(Generic[T]):
    """A positive test, and whether what is asked for is its complement."""

    test: T
    negated: bool


def attribute_condition(condition: AttributeCondition, attribute: Attribute, clock: Clock) -> Condition[Test]:
    """The test of `attribute` that a condition asks for. The condition's constants are of the attribute's type."""
    operator = POSITIVE_OF.get(condition.operator, condition.operator)
    test = _test(operator, condition.value, condition.match_case, attribute.type, clock)
    return Condition(test, negated=operator is not condition.operator)


def number_condition(operator: Operator, value: Value) -> Condition[NumberTest]:
    """The test of a count, a sum, an average, a minimum or a maximum."""
    positive = POSITIVE_OF.get(operator, operator)
    return Condition(_number_test(positive, value), negated=positive is not operator)


def instant_condition(operator: Operator, value: Value, clock: Clock) -> Condition[InstantTest]:
    """The test of `first_at` and `last_at`."""
    positive = POSITIVE_OF.get(operator, operator)
    return Condition(_instant_test(positive, value, clock), negated=positive is not operator)


def _test(operator: Operator, value: Value, match_case: bool, kind: AttributeType, clock: Clock) -> Test:
    if operator is Operator.HAS_VALUE:
        return HasValue()
    match kind:
        case AttributeType.TEXT | AttributeType.CHOICE:
            return _text_test(operator, value, match_case)
        case AttributeType.MULTI_CHOICE:
            values = _texts(cast("tuple[str, ...]", value), match_case=False)
            return ListIncludesAny(values) if operator is Operator.INCLUDES_ANY else ListIncludesAll(values)
        case AttributeType.NUMBER:
            return _number_test(operator, value)
        case AttributeType.BOOLEAN:
            return BooleanIs(cast("bool", value))
        case AttributeType.DATE:
            return _date_test(operator, value, clock)
        case AttributeType.DATETIME:
            return _instant_test(operator, value, clock)
        case _:
            assert_never(kind)


# --- text and numbers ------------------------------------------------------------------------------------------------


def _text_test(operator: Operator, value: Value, match_case: bool) -> Test:
    if operator is Operator.MATCHES:
        return TextMatches(cast("str", value), match_case)
    if operator in _PLACES:
        return TextPart(_text(cast("str", value), match_case), _PLACES[operator], match_case)
    values = cast("tuple[str, ...]", value) if isinstance(value, tuple) else (cast("str", value),)
    return TextIn(_texts(values, match_case), match_case)


def _text(value: str, match_case: bool) -> str:
    return normalize(value) if match_case else fold(value)


def _texts(values: Iterable[str], match_case: bool) -> tuple[str, ...]:
    return tuple(sorted({_text(value, match_case) for value in values}))


def _number_test(operator: Operator, value: Value) -> NumberTest:
    if operator is Operator.IS_IN:
        return NumberIn(_numbers(cast("tuple[Decimal, ...]", value)))
    if operator is Operator.BETWEEN:
        low, high = cast("tuple[Decimal, Decimal]", value)
        return NumberRange(_plain(low), _plain(high))
    number = _plain(cast("Decimal", value))
    match operator:
        case Operator.IS:
            return NumberIn((number,))
        case Operator.LESS_THAN:
            return NumberRange(high=number, high_included=False)
        case Operator.AT_MOST:
            return NumberRange(high=number)
        case Operator.GREATER_THAN:
            return NumberRange(low=number, low_included=False)
        case _:
            assert operator is Operator.AT_LEAST, operator
            return NumberRange(low=number)


def _plain(number: Decimal) -> Decimal:
    """The one spelling of a number, so that equal constants make equal leaves with equal fingerprints."""
    return number.normalize(_EXACT)


def _numbers(values: Iterable[Decimal]) -> tuple[Decimal, ...]:
    return tuple(sorted({_plain(value) for value in values}))


# --- dates and datetimes ---------------------------------------------------------------------------------------------


def _date_test(operator: Operator, value: Value, clock: Clock) -> Test:
    if (parts := _day_test(operator, value, clock, zone=None)) is not None:
        return parts
    if (named := _named_days(operator, value, clock)) is not None:
        return DateIn(named)
    duration = cast("Duration", value)
    match operator:
        case Operator.IN_LAST:
            return DateIn(clock.last_days(duration))
        case Operator.BEFORE_LAST:
            return DateIn(Between(None, clock.last_days(duration).start))
        case Operator.IN_NEXT:
            return DateIn(clock.next_days(duration))
        case _:
            assert operator is Operator.AFTER_NEXT, operator
            return DateIn(_after(clock.next_days(duration)))


def _instant_test(operator: Operator, value: Value, clock: Clock) -> InstantTest:
    if (parts := _day_test(operator, value, clock, zone=clock.zone.key)) is not None:
        return parts
    if (named := _named_days(operator, value, clock)) is not None:
        return InstantIn(clock.instants(named))
    duration = cast("Duration", value)
    match operator:
        case Operator.IN_LAST:
            return InstantIn(clock.last_instants(duration))
        case Operator.BEFORE_LAST:
            return InstantIn(Between(None, clock.last_instants(duration).start))
        case Operator.IN_NEXT:
            return InstantIn(clock.next_instants(duration))
        case _:
            assert operator is Operator.AFTER_NEXT, operator
            return InstantIn(_after(clock.next_instants(duration)))


def _after(between: Between[Point]) -> Between[Point]:
    """What lies past the end. Where there is no end, nothing does: an interval that starts where it ends."""
    return Between(between.end, None) if between.end is not None else Between(between.start, between.start)


def _named_days(operator: Operator, value: Value, clock: Clock) -> Between[date] | None:
    """The days of an operator that names days or a period; None for the others."""
    match operator:
        case Operator.IN_PERIOD:
            return clock.period(cast("Period", value))
        case Operator.BETWEEN:
            first, last = cast("tuple[date, date]", value)
            return clock.through(first, last)
        case Operator.ON:
            return clock.through(cast("date", value), cast("date", value))
        case Operator.BEFORE:
            return Between(None, cast("date", value))
        case Operator.ON_OR_BEFORE:
            return clock.through(None, cast("date", value))
        case Operator.ON_OR_AFTER:
            return clock.through(cast("date", value), None)
        case Operator.AFTER:
            return _after(clock.through(cast("date", value), cast("date", value)))
        case _:
            return None


def _day_test(operator: Operator, value: Value, clock: Clock, *, zone: str | None) -> DayParts | YearlyDays | None:
    """The test of an operator that looks at parts of a day; None for the others."""
    if operator is Operator.PARTIAL:
        return _parts(cast("Partial", value), clock.today, zone)
    if operator is Operator.ANNIVERSARY:
        anniversary = cast("Anniversary", value)
        days = clock.anniversary_days(anniversary)
        return YearlyDays(tuple(sorted(days)), zone)
    return None


def _parts(partial: Partial, today: date, zone: str | None) -> DayParts:
    def resolved(parts: tuple[int | Current, ...], current: int) -> tuple[int, ...]:
        return tuple(sorted({current if isinstance(part, Current) else part for part in parts}))

    return DayParts(
        days=resolved(partial.days, today.day),
        weekdays=resolved(partial.weekdays, today.weekday()),
        months=resolved(partial.months, today.month),
        years=resolved(partial.years, today.year),
        zone=zone,
    )
