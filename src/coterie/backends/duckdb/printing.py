"""Predicates as SQL conditions. Values are always bound; names come from the catalog.

A printed condition is true where the predicate is; elsewhere it is false or NULL, which `WHERE`, `AND` and `OR` treat
alike. `IS NOT TRUE` makes the exact complement.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import assert_never
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from coterie.backends.duckdb.days import EPOCH_ORDINAL, days_passing, intervals_within
from coterie.backends.duckdb.naming import (
    entity_table,
    folded_column,
    interaction_table,
    quoted,
    reference_column,
    value_column,
)
from coterie.backends.duckdb.source import Source
from coterie.backends.duckdb.statements import GIVEN, OneOf, bound_column
from coterie.catalog.model import Attribute, RelationKind
from coterie.planning.clock import Between
from coterie.planning.leaves import (
    All,
    Any,
    AttributeTest,
    BooleanIs,
    DateIn,
    DayParts,
    Exists,
    HasValue,
    InstantIn,
    ListIncludesAll,
    ListIncludesAny,
    Negation,
    NumberIn,
    NumberRange,
    Place,
    Predicate,
    Related,
    Test,
    TextIn,
    TextMatches,
    TextPart,
    YearlyDays,
)
from coterie.values.text import SEPARATOR, list_element
from coterie.values.times import DAY

__all__ = ["Printer", "Records", "scaled_bounds", "scaled_values"]

_INLINE = 16
"""Longer lists of values are joined as a table: a long IN list takes DuckDB seconds to plan."""

_LARGEST_SET = 1 << 15
"""So many values are bound as `OneOf` them; more are a table of their own."""

_SHIFT = 800_000 * DAY
"""Added before dividing by a day, so that days before 1970 are rounded down too (year 1 is 719,162 days before)."""

_PLACES = {Place.BEGINNING: "starts_with", Place.ANYWHERE: "contains", Place.END: "suffix"}


@dataclass(frozen=True, slots=True)
class Records:
    """The rows a predicate speaks of: an entity's or an interaction's table, under an alias.

    `rows` names a table that stands in for it, with some of its columns.
    """

    table: str
    alias: str
    attributes: Mapping[str, Attribute]
    entity: str | None
    rows: str | None = None

    @staticmethod
    def of_entity(source: Source, entity: str, alias: str) -> Records:
        return Records(entity_table(entity), alias, source.catalog.entities[entity].attributes, entity)

    @staticmethod
    def of_interaction(source: Source, interaction: str, alias: str) -> Records:
        attributes = source.catalog.interactions[interaction].attributes
        return Records(interaction_table(interaction), alias, attributes, None)

    def column(self, name: str) -> str:
        return f"{self.alias}.{quoted(name)}"

    @property
    def origin(self) -> str:
        return f"{quoted(self.rows or self.table)} AS {self.alias}"


@dataclass
class Printer:
    """Prints the predicates of one statement, gathering its bound values and the tables it joins.

    `related_set` answers a nested clause that needs arithmetic with the ordinals of the records that satisfy it. With
    `sets` one test is printed, alone: that a value is among several is an equality with `OneOf` them, so statements
    that differ in their lists are alike. `days` is shared by printers of the same records; `rows` are the tables that
    stand in for some (see `Records.rows`).
    """

    source: Source
    related_set: Callable[[Related, str], pa.Table]
    parameters: list[object] = field(default_factory=list)
    tables: dict[str, pa.Table] = field(default_factory=dict)
    sets: bool = False
    days: dict[tuple[str, str], NDArray[np.int64]] = field(default_factory=dict)
    rows: Mapping[str, pa.Table] = field(default_factory=dict)
    _aliases: int = 1

    def bound(self, value: object) -> str:
        self.parameters.append(value)
        return "?"

    def table(self, table: pa.Table) -> str:
        name = f"{GIVEN}{len(self.tables)}"
        self.tables[name] = table
        return name

    def alias(self) -> str:
        self._aliases += 1
        return f"t{self._aliases}"

    def condition(self, predicate: Predicate, records: Records) -> str:
        assert isinstance(predicate, AttributeTest) or not self.sets, "a set is of a test alone"
        match predicate:
            case AttributeTest(attribute=attribute, test=test):
                return self._test(test, attribute, records)
            case All(predicates=predicates):
                return "(" + " AND ".join(self.condition(part, records) for part in predicates) + ")"
            case Any(predicates=predicates):
                return "(" + " OR ".join(self.condition(part, records) for part in predicates) + ")"
            case Negation(predicate=inner):
                return f"(({self.condition(inner, records)}) IS NOT TRUE)"
            case Related():
                return self._related(predicate, records)
            case _:
                assert_never(predicate)

    # --- related records

    def _related(self, related: Related, records: Records) -> str:
        assert records.entity is not None, "interactions have no relations"
        if not isinstance(related.having, Exists):
            ordinals = self.table(self.related_set(related, records.entity))
            return f"{records.column('ordinal')} IN (SELECT ordinal FROM {ordinals})"
        relation = self.source.catalog.relations[related.relation]
        target = Records.of_entity(self.source, relation.target, self.alias())
        link = quoted(reference_column(relation.column))
        if relation.kind is RelationKind.MANY_TO_ONE:
            here, there = f"{records.alias}.{link}", target.column("ordinal")
        else:
            here, there = records.column("ordinal"), f"{target.alias}.{link}"
        return f"{here} IN (SELECT {there} FROM {target.origin} WHERE {self.chosen(related.where, target, there)})"

    def chosen(self, where: Predicate | None, target: Records, link: str) -> str:
        """The condition that a row of `target` is a known record, linked, and satisfies `where`."""
        parts = [target.column("known"), f"{link} IS NOT NULL"]
        if where is not None:
            parts.append(self.condition(where, target))
        return " AND ".join(parts)

    # --- tests of a value

    def _test(self, test: Test, attribute: str, records: Records) -> str:
        column = records.column(value_column(attribute))
        match test:
            case HasValue():
                return f"{column} IS NOT NULL"
            case TextIn(values=values, match_case=match_case):
                return self._in(column if match_case else records.column(folded_column(attribute)), values)
            case TextPart(part=part, place=place, match_case=match_case):
                text = column if match_case else records.column(folded_column(attribute))
                return f"{_PLACES[place]}({text}, {self.bound(part)})"
            case TextMatches(pattern=pattern, match_case=match_case):
                known = self.bound(_with_named_groups(pattern))
                return f"regexp_matches({column}, {known}, '{'c' if match_case else 'i'}')"
            case ListIncludesAny(values=values):
                return self._includes(records.column(folded_column(attribute)), values, "OR", "list_has_any")
            case ListIncludesAll(values=values):
                return self._includes(records.column(folded_column(attribute)), values, "AND", "list_has_all")
            case NumberRange():
                low, high = scaled_bounds(test, self.source.number_scale(records.table, value_column(attribute)))
                return self._range(column, low, high)
            case NumberIn():
                scale = self.source.number_scale(records.table, value_column(attribute))
                return self._in(column, scaled_values(test, scale))
            case BooleanIs(value=value):
                return column if value else f"NOT {column}"
            case DateIn(days=days):
                return self._between(column, days)
            case InstantIn(instants=instants):
                return self._between(column, instants)
            case DayParts(zone=zone) | YearlyDays(zone=zone):
                return self._on_days(test, column, records, zone)
            case _:
                assert_never(test)

    def _in(self, column: str, values: Sequence[object]) -> str:
        if not values:
            return "false"
        if len(values) == 1:
            return f"{column} = {self.bound(values[0])}"
        if self.sets and len(values) <= _LARGEST_SET:
            return f"{column} = {self.bound(OneOf(values))}"
        if len(values) <= _INLINE:
            return f"{column} IN ({', '.join(self.bound(value) for value in values)})"
        return f"{column} IN (SELECT v FROM {self.table(pa.table({'v': bound_column(values)}))})"

    def _includes(self, column: str, values: Sequence[str], joint: str, function: str) -> str:
        """A list is kept as one text, in which DuckDB finds a few elements many times faster than in a list."""
        elements = [list_element(value) for value in values]
        if len(values) <= _INLINE:
            return "(" + f" {joint} ".join(f"contains({column}, {self.bound(e)})" for e in elements) + ")"
        bare = [element[1:-1] for element in elements]
        return f"{function}(string_split({column}, {self.bound(SEPARATOR)}), {self.bound(bare)}::VARCHAR[])"

    def _range(self, column: str, low: int | None, high: int | None) -> str:
        """Both ends included."""
        parts = [f"{column} >= {self.bound(low)}"] if low is not None else []
        if high is not None:
            parts.append(f"{column} <= {self.bound(high)}")
        return f"({' AND '.join(parts)})" if parts else f"{column} IS NOT NULL"

    def _between(self, column: str, between: Between[int] | Between[date]) -> str:
        parts = [f"{column} >= {self.bound(between.start)}"] if between.start is not None else []
        if between.end is not None:
            parts.append(f"{column} < {self.bound(between.end)}")
        return f"({' AND '.join(parts)})" if parts else f"{column} IS NOT NULL"

    def window(self, column: str, window: Between[int]) -> str:
        """The condition that an interaction, which always has its time, lies in a window."""
        return self._between(column, window)

    def _on_days(self, test: DayParts | YearlyDays, column: str, records: Records, zone: str | None) -> str:
        if zone is None:
            return self._among_days(test, column, records)
        # Instants have local days only by bounds: those of the days of UTC that occur in the column.
        number = f"(({column} + {_SHIFT}) // {DAY})"
        statement = f"SELECT DISTINCT {number} AS day FROM {records.origin} WHERE {column} IS NOT NULL"
        occurring = self.source.query(statement, (), self.rows)
        utc_days = [day - _SHIFT // DAY for day in occurring.column("day").to_pylist()]
        found = list(intervals_within(utc_days, test.holds, ZoneInfo(zone)))
        days, starts, ends = zip(*found, strict=True) if found else ((), (), ())
        intervals = pa.table(
            {
                "day": pa.array([day + _SHIFT // DAY for day in days], pa.int64()),
                "start_at": pa.array(starts, pa.int64()),
                "end_at": pa.array(ends, pa.int64()),
            }
        )
        name = self.table(intervals)
        return (
            f"EXISTS (SELECT 1 FROM {name} WHERE {name}.day = {number}"
            f" AND {column} >= {name}.start_at AND {column} < {name}.end_at)"
        )

    def _days_between(self, column: str, records: Records) -> NDArray[np.int64]:
        """The days from the first to the last of a column, in days since 1970-01-01."""
        statement = f"SELECT min({column}) AS first, max({column}) AS last FROM {records.origin}"
        ends = self.source.query(statement, (), self.rows)
        first, last = ends.column("first")[0].as_py(), ends.column("last")[0].as_py()
        if first is None:
            return np.zeros(0, dtype=np.int64)
        return np.arange(first.toordinal(), last.toordinal() + 1) - EPOCH_ORDINAL

    def _among_days(self, test: DayParts | YearlyDays, column: str, records: Records) -> str:
        """Joins the days of the column's range that pass: several times faster than taking each value apart."""
        if (records.table, column) not in self.days:
            self.days[records.table, column] = self._days_between(column, records)
        numbers = self.days[records.table, column]
        passing = numbers[days_passing(test, numbers)]
        if not len(passing):
            return "false"
        days = pa.array(passing.astype(np.int32)).cast(pa.date32())
        if self.sets and len(days) <= _LARGEST_SET:
            return f"{column} = {self.bound(OneOf(days))}"
        return f"{column} IN (SELECT v FROM {self.table(pa.table({'v': days}))})"


_PATTERN_TOKEN = re.compile(r"\\Q.*?(?:\\E|\Z)|\\.|\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\]|\(\?<", re.DOTALL)
"""What is written for itself (quoted, escaped, a class of characters), and the beginning of a named group."""


def _with_named_groups(pattern: str) -> str:
    """The same pattern with `(?<name>` written `(?P<name>`, which is the one way that DuckDB's RE2 knows."""
    return _PATTERN_TOKEN.sub(lambda token: "(?P<" if token[0] == "(?<" else token[0], pattern)


def scaled_bounds(test: NumberRange, scale: int) -> tuple[int | None, int | None]:
    """The range as integers multiplied by 10^scale, both ends included."""
    low = high = None
    if test.low is not None:
        low = _ceiling(test.low, scale)
        if not test.low_included and low == _times(test.low, scale):
            low += 1
    if test.high is not None:
        high = -_ceiling(test.high.copy_negate(), scale)  # unary minus would round
        if not test.high_included and high == _times(test.high, scale):
            high -= 1
    return low, high


def scaled_values(test: NumberIn, scale: int) -> list[int]:
    """The values that an integer multiplied by 10^scale can equal."""
    scaled = [_times(value, scale) for value in test.values]
    return [int(value) for value in scaled if value == value.to_integral_value()]


def _times(number: Decimal, scale: int) -> Decimal:
    sign, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    return Decimal((sign, digits, exponent + scale))


def _ceiling(number: Decimal, scale: int) -> int:
    return math.ceil(_times(number, scale))
