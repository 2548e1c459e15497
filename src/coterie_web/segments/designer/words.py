"""What the designer calls the words of the language, in the order in which they are offered."""

from __future__ import annotations

from collections.abc import Mapping

from coterie.catalog.model import AttributeType
from coterie.definition.grammar import PARTS, WEEKDAYS
from coterie.definition.nodes import Operator, Period, Unit

__all__ = [
    "ANNIVERSARIES",
    "BOOLEANS",
    "GROUPS",
    "JOINTS",
    "MEASURES",
    "PARTS_OF_DATES",
    "PERIODS",
    "QUANTIFIERS",
    "RELATED_GROUPS",
    "UNITS",
    "WINDOWS",
    "operator_words",
    "place_words",
]

_OPERATORS: Mapping[Operator, str] = {
    Operator.HAS_VALUE: "has a value",
    Operator.HAS_NO_VALUE: "has no value",
    Operator.IS: "is",
    Operator.IS_NOT: "is not",
    Operator.IS_IN: "is one of",
    Operator.IS_NOT_IN: "is none of",
    Operator.CONTAINS: "contains",
    Operator.DOES_NOT_CONTAIN: "does not contain",
    Operator.BEGINS_WITH: "begins with",
    Operator.DOES_NOT_BEGIN_WITH: "does not begin with",
    Operator.ENDS_WITH: "ends with",
    Operator.DOES_NOT_END_WITH: "does not end with",
    Operator.MATCHES: "matches the pattern",
    Operator.DOES_NOT_MATCH: "does not match the pattern",
    Operator.INCLUDES_ANY: "includes any of",
    Operator.INCLUDES_NONE: "includes none of",
    Operator.INCLUDES_ALL: "includes all of",
    Operator.DOES_NOT_INCLUDE_ALL: "does not include all of",
    Operator.LESS_THAN: "less than",
    Operator.AT_MOST: "at most",
    Operator.GREATER_THAN: "more than",
    Operator.AT_LEAST: "at least",
    Operator.BETWEEN: "between",
    Operator.NOT_BETWEEN: "not between",
    Operator.ON: "on",
    Operator.NOT_ON: "not on",
    Operator.BEFORE: "before",
    Operator.AFTER: "after",
    Operator.ON_OR_BEFORE: "on or before",
    Operator.ON_OR_AFTER: "on or after",
    Operator.IN_LAST: "in the last",
    Operator.NOT_IN_LAST: "not in the last",
    Operator.BEFORE_LAST: "before the last",
    Operator.IN_NEXT: "in the next",
    Operator.AFTER_NEXT: "after the next",
    Operator.IN_PERIOD: "in the period",
    Operator.NOT_IN_PERIOD: "not in the period",
    Operator.PARTIAL: "falls on",
    Operator.ANNIVERSARY: "has its anniversary",
}

_OF_COUNTS: Mapping[Operator, str] = {
    Operator.IS: "exactly",
    Operator.IS_NOT: "not exactly",
    Operator.IS_IN: "exactly one of",
    Operator.IS_NOT_IN: "none of",
}
"""What is said otherwise of counts and amounts."""


def operator_words(operator: Operator, type_: AttributeType | None, *, is_amount: bool = False) -> str:
    """An operator as it is offered. `is_amount`: it compares a count, a sum or the like."""
    if is_amount and type_ is AttributeType.NUMBER and operator in _OF_COUNTS:
        return _OF_COUNTS[operator]
    return _OPERATORS[operator]


UNITS: Mapping[str, str] = {
    Unit.DAYS.value: "days",
    Unit.WEEKS.value: "weeks",
    Unit.MONTHS.value: "months",
    Unit.QUARTERS.value: "quarters",
    Unit.YEARS.value: "years",
    Unit.HOURS.value: "hours",
    Unit.MINUTES.value: "minutes",
    Unit.ROLLING_DAYS.value: "days of 24 hours",
}

PERIODS: Mapping[str, str] = {period.value: period.value.replace("_", " ") for period in Period}

BOOLEANS: Mapping[str, str] = {"true": "yes", "false": "no"}

GROUPS: Mapping[str, str] = {
    "all": "All of these",
    "any": "Any of these",
    "none": "None of these",
    "not_all": "Not all of these",
}

RELATED_GROUPS: Mapping[str, str] = {kind: words[:1].lower() + words[1:] for kind, words in GROUPS.items()}

JOINTS: Mapping[str, str] = {"or": "or", "and_also": "and also", "but_not": "but not"}

QUANTIFIERS: Mapping[str, str] = {
    "any": "at least one",
    "none": "none",
    "all": "all, and at least one",
    "count": "number of them",
    "sum": "sum of",
    "average": "average of",
    "minimum": "smallest",
    "maximum": "largest",
}

MEASURES: Mapping[str, str] = {
    "count": "times",
    "days": "different days",
    "distinct": "different values of",
    "sum": "sum of",
    "average": "average of",
    "minimum": "smallest",
    "maximum": "largest",
    "first_at": "for the first time",
    "last_at": "for the last time",
}

WINDOWS: Mapping[str, str] = {
    "": "ever",
    "last": "in the last",
    "before_last": "before the last",
    "period": "in the period",
    "between": "between",
    "since": "since",
    "until": "until",
}

ANNIVERSARIES: Mapping[str, str] = {
    "in_next": "in the next",
    "in_last": "in the last",
    "in_period": "in the period",
    "on": "on the day",
}

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

PARTS_OF_DATES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "days": ("day", {PARTS["days"].current: "today’s"}),
    "weekdays": (
        "weekday",
        {**{name: name.capitalize() for name in WEEKDAYS}, PARTS["weekdays"].current: "today’s"},
    ),
    "months": (
        "month",
        {**{str(number): name for number, name in enumerate(_MONTHS, 1)}, PARTS["months"].current: "this month"},
    ),
    "years": ("year", {PARTS["years"].current: "this year"}),
}
"""The parts of a date: what each is called, and what can be chosen of it; days and years can be typed besides."""


def place_words(zone: str) -> str:
    """A time zone as people say it: `America/New_York` → `New York`."""
    return zone.rpartition("/")[2].replace("_", " ")
