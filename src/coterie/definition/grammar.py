"""The grammar of the definition language as tables: what `parse` accepts and `json_schema` publishes.

Both read these tables and nothing else, so the schema cannot drift from the parser.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

from coterie.catalog.model import AttributeType
from coterie.definition.nodes import Operator, Unit

__all__ = [
    "ANNIVERSARIES",
    "BLOCKS",
    "DYNAMIC_KEYS",
    "ELAPSED_UNITS",
    "EXTERNAL",
    "FILE_KEYS",
    "FORMS",
    "LONGEST",
    "MAXIMUM_CONDITIONS",
    "MAXIMUM_LEVELS",
    "MAXIMUM_PATTERN",
    "MAXIMUM_PROBLEMS",
    "MAXIMUM_REFERENCED",
    "MAXIMUM_REFERENCE_DEPTH",
    "MAXIMUM_VALUES",
    "MEASURES",
    "NODES",
    "OPERATORS",
    "PARTS",
    "PINNED",
    "PRESENCE",
    "QUANTIFIERS",
    "SEGMENT_KEY",
    "SEGMENT_TYPES",
    "STATIC_KEYS",
    "STEP",
    "VERSION",
    "WEEKDAYS",
    "WINDOWS",
    "Keys",
    "Part",
    "ValueForm",
]

# --- limits ----------------------------------------------------------------------------------------------------------

MAXIMUM_LEVELS = 16
"""Groups, parentheses (`all`, `any`, `not`) and relations inside one another."""

MAXIMUM_CONDITIONS = 500
"""Attribute conditions, relations, and blocks that are neither a profile nor a group."""

MAXIMUM_VALUES = 10_000
MAXIMUM_PATTERN = 256
MAXIMUM_REFERENCE_DEPTH = 8
MAXIMUM_REFERENCED = 64

MAXIMUM_PROBLEMS = 1_000
"""Problems reported of one definition: more are of no use to anyone, and hostile input has millions."""

LONGEST: Mapping[Unit, int] = {
    Unit.MINUTES: 36_525 * 24 * 60,
    Unit.HOURS: 36_525 * 24,
    Unit.ROLLING_DAYS: 36_525,
    Unit.DAYS: 36_525,
    Unit.WEEKS: 36_525 // 7,
    Unit.MONTHS: 1_200,
    Unit.QUARTERS: 400,
    Unit.YEARS: 100,
}
"""100 years in every unit."""

ELAPSED_UNITS = frozenset({Unit.MINUTES, Unit.HOURS, Unit.ROLLING_DAYS})
"""Units of elapsed time, for datetimes only; the others are of the calendar."""


# --- operators -------------------------------------------------------------------------------------------------------


class ValueForm(Enum):
    """What stands in `value` beside an operator."""

    NOTHING = auto()
    CONSTANT = auto()
    PATTERN = auto()
    LIST = auto()
    RANGE = auto()
    DURATION = auto()
    PERIOD = auto()
    PARTIAL = auto()
    ANNIVERSARY = auto()


FORMS: Mapping[Operator, ValueForm] = {
    Operator.HAS_VALUE: ValueForm.NOTHING,
    Operator.HAS_NO_VALUE: ValueForm.NOTHING,
    Operator.IS: ValueForm.CONSTANT,
    Operator.IS_NOT: ValueForm.CONSTANT,
    Operator.IS_IN: ValueForm.LIST,
    Operator.IS_NOT_IN: ValueForm.LIST,
    Operator.CONTAINS: ValueForm.CONSTANT,
    Operator.DOES_NOT_CONTAIN: ValueForm.CONSTANT,
    Operator.BEGINS_WITH: ValueForm.CONSTANT,
    Operator.DOES_NOT_BEGIN_WITH: ValueForm.CONSTANT,
    Operator.ENDS_WITH: ValueForm.CONSTANT,
    Operator.DOES_NOT_END_WITH: ValueForm.CONSTANT,
    Operator.MATCHES: ValueForm.PATTERN,
    Operator.DOES_NOT_MATCH: ValueForm.PATTERN,
    Operator.INCLUDES_ANY: ValueForm.LIST,
    Operator.INCLUDES_NONE: ValueForm.LIST,
    Operator.INCLUDES_ALL: ValueForm.LIST,
    Operator.DOES_NOT_INCLUDE_ALL: ValueForm.LIST,
    Operator.LESS_THAN: ValueForm.CONSTANT,
    Operator.AT_MOST: ValueForm.CONSTANT,
    Operator.GREATER_THAN: ValueForm.CONSTANT,
    Operator.AT_LEAST: ValueForm.CONSTANT,
    Operator.BETWEEN: ValueForm.RANGE,
    Operator.NOT_BETWEEN: ValueForm.RANGE,
    Operator.ON: ValueForm.CONSTANT,
    Operator.NOT_ON: ValueForm.CONSTANT,
    Operator.BEFORE: ValueForm.CONSTANT,
    Operator.AFTER: ValueForm.CONSTANT,
    Operator.ON_OR_BEFORE: ValueForm.CONSTANT,
    Operator.ON_OR_AFTER: ValueForm.CONSTANT,
    Operator.IN_LAST: ValueForm.DURATION,
    Operator.NOT_IN_LAST: ValueForm.DURATION,
    Operator.BEFORE_LAST: ValueForm.DURATION,
    Operator.IN_NEXT: ValueForm.DURATION,
    Operator.AFTER_NEXT: ValueForm.DURATION,
    Operator.IN_PERIOD: ValueForm.PERIOD,
    Operator.NOT_IN_PERIOD: ValueForm.PERIOD,
    Operator.PARTIAL: ValueForm.PARTIAL,
    Operator.ANNIVERSARY: ValueForm.ANNIVERSARY,
}

PRESENCE = (Operator.HAS_VALUE, Operator.HAS_NO_VALUE)

_EQUALITY = (Operator.IS, Operator.IS_NOT)
_LISTS = (Operator.IS_IN, Operator.IS_NOT_IN)
_TIMES = (
    Operator.ON,
    Operator.NOT_ON,
    Operator.BEFORE,
    Operator.AFTER,
    Operator.ON_OR_BEFORE,
    Operator.ON_OR_AFTER,
    Operator.BETWEEN,
    Operator.NOT_BETWEEN,
    Operator.IN_LAST,
    Operator.NOT_IN_LAST,
    Operator.BEFORE_LAST,
    Operator.IN_NEXT,
    Operator.AFTER_NEXT,
    Operator.IN_PERIOD,
    Operator.NOT_IN_PERIOD,
    Operator.PARTIAL,
    Operator.ANNIVERSARY,
)

OPERATORS: Mapping[AttributeType, tuple[Operator, ...]] = {
    AttributeType.TEXT: (
        *_EQUALITY,
        *_LISTS,
        Operator.CONTAINS,
        Operator.DOES_NOT_CONTAIN,
        Operator.BEGINS_WITH,
        Operator.DOES_NOT_BEGIN_WITH,
        Operator.ENDS_WITH,
        Operator.DOES_NOT_END_WITH,
        Operator.MATCHES,
        Operator.DOES_NOT_MATCH,
        *PRESENCE,
    ),
    AttributeType.CHOICE: (*_EQUALITY, *_LISTS, *PRESENCE),
    AttributeType.MULTI_CHOICE: (
        Operator.INCLUDES_ANY,
        Operator.INCLUDES_NONE,
        Operator.INCLUDES_ALL,
        Operator.DOES_NOT_INCLUDE_ALL,
        *PRESENCE,
    ),
    AttributeType.NUMBER: (
        *_EQUALITY,
        Operator.LESS_THAN,
        Operator.AT_MOST,
        Operator.GREATER_THAN,
        Operator.AT_LEAST,
        Operator.BETWEEN,
        Operator.NOT_BETWEEN,
        *_LISTS,
        *PRESENCE,
    ),
    AttributeType.BOOLEAN: (*_EQUALITY, *PRESENCE),
    AttributeType.DATE: (*_TIMES, *PRESENCE),
    AttributeType.DATETIME: (*_TIMES, *PRESENCE),
}
"""The operators of every attribute type."""


# --- keys ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys a mapping must and may have."""

    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()

    @property
    def every(self) -> tuple[str, ...]:
        return self.required + self.optional


STEP = Keys(("block",), ("combine",))

BLOCKS: Mapping[str, Keys] = {
    "profile": Keys(("kind", "where")),
    "interaction": Keys(("kind", "interaction", "operator"), ("where", "window", "measure", "value")),
    "segment": Keys(("kind", "segment")),
    "everyone": Keys(("kind",)),
    "group": Keys(("kind", "blocks")),
}

NODES: Mapping[str, Keys] = {
    "all": Keys(("all",)),
    "any": Keys(("any",)),
    "not": Keys(("not",)),
    "attribute": Keys(("attribute", "operator"), ("value", "match_case")),
    "relation": Keys(("relation", "quantifier"), ("where",)),
}
"""The keys of a node, by the one that says which node it is."""

_AGGREGATE_QUANTIFIER = Keys(("kind", "attribute", "operator"), ("value",))
QUANTIFIERS: Mapping[str, Keys] = {
    "any": Keys(("kind",)),
    "none": Keys(("kind",)),
    "all": Keys(("kind",)),
    "count": Keys(("kind", "operator"), ("value",)),
    "sum": _AGGREGATE_QUANTIFIER,
    "average": _AGGREGATE_QUANTIFIER,
    "minimum": _AGGREGATE_QUANTIFIER,
    "maximum": _AGGREGATE_QUANTIFIER,
}

WINDOWS: Mapping[str, Keys] = {
    "last": Keys(("kind", "count", "unit")),
    "before_last": Keys(("kind", "count", "unit")),
    "between": Keys(("kind", "from", "to")),
    "since": Keys(("kind", "from")),
    "until": Keys(("kind", "to")),
    "period": Keys(("kind", "period")),
}

MEASURES: Mapping[str, Keys] = {
    "count": Keys(("kind",)),
    "days": Keys(("kind",)),
    "distinct": Keys(("kind", "attribute")),
    "sum": Keys(("kind", "attribute")),
    "average": Keys(("kind", "attribute")),
    "minimum": Keys(("kind", "attribute")),
    "maximum": Keys(("kind", "attribute")),
    "first_at": Keys(("kind",)),
    "last_at": Keys(("kind",)),
}

ANNIVERSARIES: Mapping[str, Keys] = {
    "in_last": Keys(("in_last",)),
    "in_next": Keys(("in_next",)),
    "in_period": Keys(("in_period",)),
    "month": Keys(("month", "day")),
    "day": Keys(("month", "day")),
}
"""The keys of an anniversary, by the one that says which it is."""


# --- parts of a date -------------------------------------------------------------------------------------------------

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
"""From Monday = 0."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a date: whole numbers from `first` to `last`, or names counted from `first`; `current` is today's."""

    first: int
    last: int
    current: str
    names: tuple[str, ...] = ()


PARTS: Mapping[str, Part] = {
    "days": Part(1, 31, "today"),
    "weekdays": Part(0, 6, "today", WEEKDAYS),
    "months": Part(1, 12, "this_month"),
    "years": Part(1, 9999, "this_year"),
}


# --- segment files ---------------------------------------------------------------------------------------------------

VERSION = 1

SEGMENT_KEY = re.compile(r"[a-z0-9-]+")

SEGMENT_TYPES = ("dynamic", "static")

_FILE = ("coterie", "segment", "name", "type")
_FILE_OPTIONAL = ("time_zone", "scope", "business_unit", "description", "owner", "tags")
DYNAMIC_KEYS = Keys((*_FILE, "definition"), (*_FILE_OPTIONAL, "pinned"))
STATIC_KEYS = Keys((*_FILE, "members"), (*_FILE_OPTIONAL, "external"))
FILE_KEYS = frozenset(DYNAMIC_KEYS.every + STATIC_KEYS.every)
PINNED = Keys((), ("keep_in", "keep_out"))
EXTERNAL = Keys(("source", "url"))
