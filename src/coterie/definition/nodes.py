"""The definition as a typed, immutable tree: one class per kind, no field that only some kinds use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum, StrEnum

__all__ = [
    "Aggregate",
    "AggregateMeasure",
    "AggregateQuantifier",
    "AllOf",
    "Anniversary",
    "AnniversaryInLast",
    "AnniversaryInNext",
    "AnniversaryInPeriod",
    "AnniversaryOn",
    "AnyOf",
    "AnyRecord",
    "AttributeCondition",
    "BeforeLastWindow",
    "BetweenWindow",
    "Block",
    "Combine",
    "CountMeasure",
    "CountQuantifier",
    "Current",
    "DaysMeasure",
    "Definition",
    "DistinctMeasure",
    "Duration",
    "DynamicSegment",
    "EveryRecord",
    "Everyone",
    "External",
    "FirstAtMeasure",
    "Group",
    "InteractionBlock",
    "LastAtMeasure",
    "LastWindow",
    "Measure",
    "NoRecord",
    "Node",
    "Not",
    "Operator",
    "Partial",
    "Period",
    "PeriodWindow",
    "Pinned",
    "ProfileBlock",
    "Quantifier",
    "RelationCondition",
    "Scalar",
    "Scope",
    "Segment",
    "SegmentBlock",
    "SinceWindow",
    "StaticSegment",
    "Step",
    "Unit",
    "UntilWindow",
    "Value",
    "Window",
]


# --- words of the language -------------------------------------------------------------------------------------------


class Combine(StrEnum):
    OR = "or"
    AND_ALSO = "and_also"
    BUT_NOT = "but_not"


class Scope(StrEnum):
    ORGANIZATION = "organization"
    BUSINESS_UNIT = "business_unit"


class Operator(StrEnum):
    HAS_VALUE = "has_value"
    HAS_NO_VALUE = "has_no_value"
    IS = "is"
    IS_NOT = "is_not"
    IS_IN = "is_in"
    IS_NOT_IN = "is_not_in"
    CONTAINS = "contains"
    DOES_NOT_CONTAIN = "does_not_contain"
    BEGINS_WITH = "begins_with"
    DOES_NOT_BEGIN_WITH = "does_not_begin_with"
    ENDS_WITH = "ends_with"
    DOES_NOT_END_WITH = "does_not_end_with"
    MATCHES = "matches"
    DOES_NOT_MATCH = "does_not_match"
    INCLUDES_ANY = "includes_any"
    INCLUDES_NONE = "includes_none"
    INCLUDES_ALL = "includes_all"
    DOES_NOT_INCLUDE_ALL = "does_not_include_all"
    LESS_THAN = "less_than"
    AT_MOST = "at_most"
    GREATER_THAN = "greater_than"
    AT_LEAST = "at_least"
    BETWEEN = "between"
    NOT_BETWEEN = "not_between"
    ON = "on"
    NOT_ON = "not_on"
    BEFORE = "before"
    AFTER = "after"
    ON_OR_BEFORE = "on_or_before"
    ON_OR_AFTER = "on_or_after"
    IN_LAST = "in_last"
    NOT_IN_LAST = "not_in_last"
    BEFORE_LAST = "before_last"
    IN_NEXT = "in_next"
    AFTER_NEXT = "after_next"
    IN_PERIOD = "in_period"
    NOT_IN_PERIOD = "not_in_period"
    PARTIAL = "partial"
    ANNIVERSARY = "anniversary"


class Unit(StrEnum):
    MINUTES = "minutes"
    HOURS = "hours"
    ROLLING_DAYS = "rolling_days"
    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"
    QUARTERS = "quarters"
    YEARS = "years"


class Period(StrEnum):
    TODAY = "today"
    YESTERDAY = "yesterday"
    TOMORROW = "tomorrow"
    THIS_WEEK = "this_week"
    LAST_WEEK = "last_week"
    NEXT_WEEK = "next_week"
    THIS_MONTH = "this_month"
    LAST_MONTH = "last_month"
    NEXT_MONTH = "next_month"
    THIS_QUARTER = "this_quarter"
    LAST_QUARTER = "last_quarter"
    NEXT_QUARTER = "next_quarter"
    THIS_YEAR = "this_year"
    LAST_YEAR = "last_year"
    NEXT_YEAR = "next_year"
    THIS_FISCAL_QUARTER = "this_fiscal_quarter"
    LAST_FISCAL_QUARTER = "last_fiscal_quarter"
    NEXT_FISCAL_QUARTER = "next_fiscal_quarter"
    THIS_FISCAL_YEAR = "this_fiscal_year"
    LAST_FISCAL_YEAR = "last_fiscal_year"
    NEXT_FISCAL_YEAR = "next_fiscal_year"


class Aggregate(StrEnum):
    SUM = "sum"
    AVERAGE = "average"
    MINIMUM = "minimum"
    MAXIMUM = "maximum"


# --- values ----------------------------------------------------------------------------------------------------------


class Current(Enum):
    """The part of today's date a `Partial` may name: `today`, `this_month`, `this_year`."""

    CURRENT = "current"


@dataclass(frozen=True, slots=True, kw_only=True)
class Duration:
    count: int
    unit: Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Partial:
    """Parts of a date that must all hold; an empty part is not asked about. `weekdays` count from Monday = 0."""

    days: tuple[int | Current, ...] = ()
    weekdays: tuple[int | Current, ...] = ()
    months: tuple[int | Current, ...] = ()
    years: tuple[int | Current, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AnniversaryInLast:
    duration: Duration


@dataclass(frozen=True, slots=True, kw_only=True)
class AnniversaryInNext:
    duration: Duration


@dataclass(frozen=True, slots=True, kw_only=True)
class AnniversaryInPeriod:
    period: Period


@dataclass(frozen=True, slots=True, kw_only=True)
class AnniversaryOn:
    month: int
    day: int


Anniversary = AnniversaryInLast | AnniversaryInNext | AnniversaryInPeriod | AnniversaryOn

Scalar = str | Decimal | bool | date
"""A constant. As parsed: as written. Once checked against a catalog: of the attribute's type (a choice is text)."""

Value = Scalar | tuple[Scalar, ...] | Duration | Period | Partial | Anniversary | None
"""What an operator compares with: nothing, one constant, several, or a form of time."""


# --- nodes inside a profile block, and inside `where` of a relation or an interaction --------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class AllOf:
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyOf:
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    node: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeCondition:
    attribute: str
    operator: Operator
    value: Value = None
    match_case: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyRecord:
    """At least one record matches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoRecord:
    """No record matches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EveryRecord:
    """There is a record, and every record matches (`kind: all`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CountQuantifier:
    operator: Operator
    value: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class AggregateQuantifier:
    aggregate: Aggregate
    attribute: str
    operator: Operator
    value: Value = None


Quantifier = AnyRecord | NoRecord | EveryRecord | CountQuantifier | AggregateQuantifier


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationCondition:
    relation: str
    quantifier: Quantifier
    where: Node | None = None


Node = AllOf | AnyOf | Not | AttributeCondition | RelationCondition


# --- windows and measures of an interaction --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class LastWindow:
    duration: Duration


@dataclass(frozen=True, slots=True, kw_only=True)
class BeforeLastWindow:
    duration: Duration


@dataclass(frozen=True, slots=True, kw_only=True)
class BetweenWindow:
    start: date
    end: date


@dataclass(frozen=True, slots=True, kw_only=True)
class SinceWindow:
    start: date


@dataclass(frozen=True, slots=True, kw_only=True)
class UntilWindow:
    end: date


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodWindow:
    period: Period


Window = LastWindow | BeforeLastWindow | BetweenWindow | SinceWindow | UntilWindow | PeriodWindow


@dataclass(frozen=True, slots=True, kw_only=True)
class CountMeasure:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class DaysMeasure:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class DistinctMeasure:
    attribute: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AggregateMeasure:
    aggregate: Aggregate
    attribute: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstAtMeasure:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class LastAtMeasure:
    pass


Measure = CountMeasure | DaysMeasure | DistinctMeasure | AggregateMeasure | FirstAtMeasure | LastAtMeasure


# --- blocks and steps ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileBlock:
    where: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractionBlock:
    interaction: str
    operator: Operator
    value: Value = None
    where: Node | None = None
    window: Window | None = None
    measure: Measure = CountMeasure()


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentBlock:
    segment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Everyone:
    """Every contact in scope."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Parentheses around a list of steps."""

    steps: tuple[Step, ...]


Block = ProfileBlock | InteractionBlock | SegmentBlock | Everyone | Group


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A block and how it joins the result so far. Only the first step of a list has no `combine`."""

    block: Block
    combine: Combine | None = None


# --- definitions and segment files -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """The logic of a dynamic segment: steps folded first to last, without precedence."""

    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinned:
    """Contact keys kept in or out by hand; keeping out wins."""

    keep_in: tuple[str, ...] = ()
    keep_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class External:
    """The other system that fills a static segment."""

    source: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _SegmentFile:
    """What every segment file says. `time_zone` None means the organization's."""

    key: str
    name: str
    time_zone: str | None = None
    scope: Scope = Scope.ORGANIZATION
    business_unit: str | None = None
    description: str | None = None
    tags: tuple[str, ...] = ()
    owner: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamicSegment(_SegmentFile):
    """A segment file whose members are found by its definition, contacts pinned by hand aside."""

    definition: Definition
    pinned: Pinned = Pinned()


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticSegment(_SegmentFile):
    """A segment file that lists its members by their contact keys."""

    members: tuple[str, ...]
    external: External | None = None


Segment = DynamicSegment | StaticSegment
