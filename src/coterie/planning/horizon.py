"""When time alone can change the answer for one contact.

The bounds of a relative window never move back as time goes on. So the instants at which a bound passes a date in the
contact's records are found by halving the time ahead; the days of anniversaries and partial dates, which recur, are
walked one by one. These are all the instants at which a condition may change, in order: whether the answer does is
asked of the evaluation itself.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol, assert_never
from zoneinfo import ZoneInfo

from coterie.catalog.model import CONTACT, Attribute, AttributeType, Catalog
from coterie.definition.nodes import (
    AllOf,
    AnniversaryInLast,
    AnniversaryInNext,
    AnniversaryInPeriod,
    AnniversaryOn,
    AnyOf,
    AttributeCondition,
    Current,
    Duration,
    Everyone,
    FirstAtMeasure,
    Group,
    InteractionBlock,
    LastAtMeasure,
    Node,
    Not,
    Operator,
    Partial,
    Period,
    ProfileBlock,
    RelationCondition,
    SegmentBlock,
    Step,
    Unit,
    Value,
)
from coterie.planning.backend import DateColumn
from coterie.planning.clock import ELAPSED, Between, Clock, add_days
from coterie.planning.conditions import attribute_condition, instant_condition
from coterie.planning.leaves import DateIn, DayParts, InstantIn, Test, YearlyDays
from coterie.values.times import DAY, FIRST_INSTANT, LAST_INSTANT, local_day, midnight

__all__ = [
    "Days",
    "Moving",
    "Stored",
    "Waiting",
    "bounds_of",
    "candidates",
    "first_passing",
    "is_relative",
    "moving_conditions",
    "next_change",
    "turns_before",
]

_FAR = 1 << 62
_MINUTE = 60_000

_CYCLE_YEARS = 41
"""A day, weekday and month come together again within 40 years, even around a year like 1900."""

_DAYS: Mapping[Unit, int] = {Unit.DAYS: 1, Unit.WEEKS: 7}
_MONTHS: Mapping[Unit, int] = {Unit.MONTHS: 1, Unit.QUARTERS: 3, Unit.YEARS: 12}

_DATED = (AttributeType.DATE, AttributeType.DATETIME)


@dataclass(frozen=True)
class Moving:
    """A condition on dates: which column it reads, and what it compares that with at a moment.

    `elapsed` is the length, in milliseconds, by which an anniversary's window reaches back (or ahead, where negative).
    `name` is equal for conditions that compare the same, in the same zone, with the same column; `value` is the
    constant, if there is one.
    """

    name: str
    column: DateColumn
    zone: ZoneInfo
    test_at: Callable[[Clock], Test | None]
    window_at: Callable[[Clock], Between[int]] | None = None
    elapsed: int = 0
    value: Value | None = None


def moving_conditions(steps: Sequence[Step], zone: ZoneInfo, catalog: Catalog) -> Iterator[Moving]:
    """Every condition on dates in a list of steps; not those of segments referred to."""
    for step in steps:
        match step.block:
            case ProfileBlock(where=where):
                yield from _of_node(where, (), CONTACT, zone, catalog)
            case InteractionBlock():
                yield from _of_interaction(step.block, zone, catalog)
            case Group(steps=inner):
                yield from moving_conditions(inner, zone, catalog)
            case SegmentBlock() | Everyone():
                pass
            case _:
                assert_never(step.block)


def _of_node(node: Node, relations: tuple[str, ...], entity: str, zone: ZoneInfo, catalog: Catalog) -> Iterator[Moving]:
    match node:
        case AttributeCondition():
            attribute = catalog.entities[entity].attributes[node.attribute]
            yield from _of_attribute(node, DateColumn(relations=relations, attribute=node.attribute), attribute, zone)
        case AllOf(nodes=nodes) | AnyOf(nodes=nodes):
            for inner in nodes:
                yield from _of_node(inner, relations, entity, zone, catalog)
        case Not(node=inner):
            yield from _of_node(inner, relations, entity, zone, catalog)
        case RelationCondition(relation=relation, where=where):
            if where is not None:
                target = catalog.relations[relation].target
                yield from _of_node(where, (*relations, relation), target, zone, catalog)
        case _:
            assert_never(node)


def _of_interaction(block: InteractionBlock, zone: ZoneInfo, catalog: Catalog) -> Iterator[Moving]:
    occurred_at = DateColumn(interaction=block.interaction)
    name = _name(block.interaction, block.window, zone)
    yield Moving(name, occurred_at, zone, lambda _: None, lambda clock: clock.window(block.window))
    if isinstance(block.measure, FirstAtMeasure | LastAtMeasure):
        yield Moving(
            _name(block.interaction, block.measure, block.operator, block.value, zone),
            occurred_at,
            zone,
            lambda clock: _first_or_last_test(block.operator, block.value, clock),
            elapsed=_elapsed(block.value),
            value=block.value,
        )
    if block.where is not None:
        yield from _of_interaction_node(block.where, block.interaction, zone, catalog)


def _name(*parts: object) -> str:
    return repr(parts)


def _first_or_last_test(operator: Operator, value: Value, clock: Clock) -> Test | None:
    if operator in (Operator.HAS_VALUE, Operator.HAS_NO_VALUE):
        return None
    return instant_condition(operator, value, clock).test


def _of_interaction_node(node: Node, interaction: str, zone: ZoneInfo, catalog: Catalog) -> Iterator[Moving]:
    match node:
        case AttributeCondition():
            attribute = catalog.interactions[interaction].attributes[node.attribute]
            column = DateColumn(interaction=interaction, attribute=node.attribute)
            yield from _of_attribute(node, column, attribute, zone)
        case AllOf(nodes=nodes) | AnyOf(nodes=nodes):
            for inner in nodes:
                yield from _of_interaction_node(inner, interaction, zone, catalog)
        case Not(node=inner):
            yield from _of_interaction_node(inner, interaction, zone, catalog)
        case RelationCondition():
            raise AssertionError("the definition has been checked")
        case _:
            assert_never(node)


def _of_attribute(
    condition: AttributeCondition, column: DateColumn, attribute: Attribute, zone: ZoneInfo
) -> Iterator[Moving]:
    if attribute.type in _DATED and is_relative(condition.value):
        yield Moving(
            _name(column, condition, zone),
            column,
            zone,
            lambda clock: attribute_condition(condition, attribute, clock).test,
            elapsed=_elapsed(condition.value),
            value=condition.value,
        )


def is_relative(value: Value) -> bool:
    """Whether what a date is compared with moves with time."""
    match value:
        case Duration() | Period() | AnniversaryInLast() | AnniversaryInNext() | AnniversaryInPeriod():
            return True
        case Partial():
            parts = (*value.days, *value.weekdays, *value.months, *value.years)
            return any(isinstance(part, Current) for part in parts)
        case _:
            return False


def _elapsed(value: Value) -> int:
    match value:
        case AnniversaryInLast(duration=duration) if duration.unit in ELAPSED:
            return duration.count * ELAPSED[duration.unit]
        case AnniversaryInNext(duration=duration) if duration.unit in ELAPSED:
            return -duration.count * ELAPSED[duration.unit]
        case _:
            return 0


# --- instants --------------------------------------------------------------------------------------------------------


def candidates(conditions: Sequence[tuple[Moving, Sequence[date] | Sequence[int]]], now: Clock) -> Iterator[int]:
    """The instants after `now` at which a condition may change for these dates, in order, each once."""
    last = now.as_of
    streams = [_of_condition(moving, dates, now) for moving, dates in conditions if dates]
    for instant in heapq.merge(*streams):
        if instant > last:
            yield instant
            last = instant


def _of_condition(moving: Moving, dates: Sequence[date] | Sequence[int], now: Clock) -> Iterator[int]:
    def clock(instant: int) -> Clock:
        return Clock(instant, moving.zone, now.organization)

    test = moving.test_at(clock(now.as_of))
    if isinstance(test, DayParts | YearlyDays):
        return _recurring(moving, _local_days(dates, moving.zone), clock, now.as_of)
    moments = sorted(day.toordinal() if isinstance(day, date) else day for day in dates)
    return _passings(lambda instant: bounds_of(moving, clock(instant)), moments, now.as_of)


def bounds_of(moving: Moving, clock: Clock) -> tuple[int, int]:
    """Start and end of what the condition compares with, in the units of the moments: days or milliseconds."""
    if moving.window_at is not None:
        return _numbers(moving.window_at(clock))
    match moving.test_at(clock):
        case DateIn(days=days):
            return _numbers(Between(_ordinal(days.start), _ordinal(days.end)))
        case InstantIn(instants=instants):
            return _numbers(instants)
        case _:
            return -_FAR, _FAR


def _ordinal(day: date | None) -> int | None:
    return None if day is None else day.toordinal()


def _numbers(between: Between[int]) -> tuple[int, int]:
    return (
        -_FAR if between.start is None else between.start,
        _FAR if between.end is None else between.end,
    )


def _passings(bounds_at: Callable[[int], tuple[int, int]], moments: list[int], start: int) -> Iterator[int]:
    """The instants after `start` at which a bound passes a moment, found by halving the time ahead, earliest first."""

    def passed(earlier: tuple[int, int], later: tuple[int, int]) -> bool:
        return any(bisect_left(moments, a) < bisect_left(moments, b) for a, b in zip(earlier, later, strict=True))

    ahead = [(start, bounds_at(start), LAST_INSTANT, bounds_at(LAST_INSTANT))]
    while ahead:
        low, at_low, high, at_high = ahead.pop()
        if not passed(at_low, at_high):
            continue
        if high - low == 1:
            yield high
            continue
        middle = (low + high) // 2
        at_middle = bounds_at(middle)
        ahead.append((middle, at_middle, high, at_high))
        ahead.append((low, at_low, middle, at_middle))


def _local_days(dates: Sequence[date] | Sequence[int], zone: ZoneInfo) -> set[date]:
    return {day if isinstance(day, date) else local_day(day, zone) for day in dates}


def _recurring(moving: Moving, days: set[date], clock: Callable[[int], Clock], start: int) -> Iterator[int]:
    """The instants after `start` at which a test of days begins or ceases to hold for one of `days`."""

    def holding(instant: int) -> frozenset[date]:
        test = moving.test_at(clock(instant))
        assert isinstance(test, DayParts | YearlyDays)
        return frozenset(day for day in days if test.holds(day))

    days = set(_undecided(moving.value, days, local_day(start, moving.zone)))
    if not days:
        return
    before = holding(start)
    for instant in _turns(moving, {day.year for day in days}, start):
        now = holding(instant)
        if now != before:
            yield instant
        before = now


def _undecided(value: Value | None, days: Iterable[date], today: date) -> Iterator[date]:
    """Those of `days` about which a later day than `today` may decide otherwise. For the rest no years are walked."""
    match value:
        case Partial():
            yield from (day for day in days if _may_turn(value, day, today))
        case AnniversaryOn():
            return
        case AnniversaryInPeriod(period=period) if period.value.endswith("year"):
            return
        case AnniversaryInLast(duration=duration) | AnniversaryInNext(duration=duration) if _takes_a_year(duration):
            return
        case _:
            yield from days


def _may_turn(partial: Partial, day: date, today: date) -> bool:
    """Whether `day` has the fixed parts, and some of what must be today's; a year that is over never is again."""
    parts = (
        (partial.days, day.day),
        (partial.weekdays, day.weekday()),
        (partial.months, day.month),
        (partial.years, day.year),
    )
    undecided = [allowed for allowed, own in parts if allowed and own not in allowed]
    if not undecided or any(Current.CURRENT not in allowed for allowed in undecided):
        return False
    is_over = day.year < today.year and bool(partial.years) and day.year not in partial.years
    return not is_over


def _takes_a_year(duration: Duration) -> bool:
    """Whether every month and day lies within the duration, wherever it begins. Both of its days count."""
    if duration.unit in ELAPSED:  # 365 times 24 hours lack a day where clocks were set on the way
        return duration.count * ELAPSED[duration.unit] >= 366 * DAY
    return duration.count * _DAYS.get(duration.unit, 0) >= 365 or duration.count * _MONTHS.get(duration.unit, 0) >= 12


def _turns(moving: Moving, years: Collection[int], start: int) -> Iterator[int]:
    """The instants after `start` at which either end of a window reaches another local day, in order.

    In a full cycle of the calendar, and in and after the `years` of the days that are asked about.
    """
    ends = {0, moving.elapsed}
    return heapq.merge(*(_midnights(moving.zone, years, start, shift) for shift in ends))


def _midnights(zone: ZoneInfo, years: Collection[int], start: int, shift: int) -> Iterator[int]:
    """The instants after `start` that lie `shift` milliseconds after a local midnight, in order."""
    first = local_day(min(max(start - shift, FIRST_INSTANT), LAST_INSTANT), zone)
    near = range(first.year, first.year + _CYCLE_YEARS)
    for year in sorted({*near, *(year + more for year in years for more in (0, 1))}):
        if not first.year <= year <= date.max.year:
            continue
        day = max(date(year, 1, 1), first)
        while day.year == year:
            if start < (instant := midnight(day, zone) + shift) <= LAST_INSTANT:
                yield instant
            if day == date.max:
                return
            day = add_days(day, 1)


# --- for all records at once -----------------------------------------------------------------------------------------


class Stored(Protocol):
    """The dates of all records."""

    def least(self, column: DateColumn, at_or_after: int) -> int | None:
        """The least value of a column that is not before: milliseconds, or days by ordinal."""
        ...

    def days(self, column: DateColumn, zone: ZoneInfo) -> Days:
        """The days that occur in a column."""
        ...


@dataclass(frozen=True, slots=True)
class Days:
    """Days that occur, and what of them is asked for most: their years, and their (month, day) pairs."""

    days: Collection[date]
    years: frozenset[int]
    pairs: frozenset[tuple[int, int]]

    @classmethod
    def of(cls, days: Collection[date]) -> Days:
        return cls(days, frozenset(day.year for day in days), frozenset((day.month, day.day) for day in days))


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the next change of a condition waits for.

    Per bound that moves (start, end) the value that it passes next, None where there is none yet; `turns` where a test
    of days is waited for instead, and `turning` a day, by ordinal, for which it turns then.
    """

    moving: tuple[bool, bool] = (False, False)
    at: tuple[int | None, int | None] = (None, None)
    turns: bool = False
    turning: int | None = None

    def values(self) -> set[int]:
        """The values waited at: while these occur, and nothing new comes before, the next change stays the same."""
        return {value for value in (*self.at, self.turning) if value is not None}

    def with_bounds(self, bounds: tuple[int, int]) -> Iterator[tuple[int, int | None]]:
        """The bounds that move, each with the value that it waits at."""
        for moves, bound, value in zip(self.moving, bounds, self.at, strict=True):
            if moves:
                yield bound, value


def next_change(moving: Moving, now: Clock, stored: Stored, known: Waiting | None) -> tuple[int | None, Waiting]:
    """The next instant at which the condition can hold or cease to hold for any record, None where there is none.

    It stays the next instant until a value comes to lie before those waited at, or one of these goes. `known` is what
    was waited for before, where neither has happened since.
    """

    def bounds_at(instant: int) -> tuple[int, int]:
        return bounds_of(moving, Clock(instant, moving.zone, now.organization))

    if isinstance(moving.test_at(Clock(now.as_of, moving.zone, now.organization)), DayParts | YearlyDays):
        return _next_turn(moving, stored.days(moving.column, moving.zone), now)
    present, last = bounds_at(now.as_of), bounds_at(LAST_INSTANT)
    moves = (present[0] < last[0], present[1] < last[1])
    former = (None, None) if known is None else known.at
    start, end = (
        _awaited(moving.column, bound, stored, value, known is not None) if does else None
        for bound, does, value in zip(present, moves, former, strict=True)
    )
    waiting = Waiting(moves, (start, end))
    reached = [
        None if value is None or value >= final else value for value, final in zip(waiting.at, last, strict=True)
    ]

    def passed(instant: int) -> bool:
        return any(
            value is not None and bound > value for bound, value in zip(bounds_at(instant), reached, strict=True)
        )

    if reached == [None, None]:
        return None, waiting
    ahead = min((value for value in reached if value is not None and now.as_of < value), default=None)
    if ahead is not None and ahead <= LAST_INSTANT and passed(ahead) and not passed(ahead - 1):
        return ahead, waiting  # as where something comes to be seen
    return first_passing(passed, now.as_of), waiting


def _awaited(column: DateColumn, bound: int, stored: Stored, known: int | None, is_known: bool) -> int | None:
    """The least value that a bound has not passed: the one known, as long as it has not."""
    if is_known and (known is None or known >= bound):
        return known
    return stored.least(column, bound)


def turns_before(moving: Moving, now: Clock, days: Days, until: int | None) -> bool:
    """Whether a test of days begins or ceases to hold for one of them before `until`; None: ever."""
    return next(_turnings(moving, days, now, until), None) is not None


def _next_turn(moving: Moving, occurring: Days, now: Clock) -> tuple[int | None, Waiting]:
    """The first instant at which a test of days begins or ceases to hold for one that occurs."""
    for instant, day in _turnings(moving, occurring, now, None):
        return instant, Waiting(turns=True, turning=day.toordinal())
    return None, Waiting(turns=True)


def _turnings(moving: Moving, days: Days, now: Clock, until: int | None) -> Iterator[tuple[int, date]]:
    """The instants after now, and before `until`, at which a test turns for some of the days; with one of these."""
    if next(_undecided(moving.value, days.days, local_day(now.as_of, moving.zone)), None) is None:
        return
    before = moving.test_at(Clock(now.as_of, moving.zone, now.organization))
    for instant in _turns(moving, days.years, now.as_of):
        if until is not None and instant >= until:
            return
        after = moving.test_at(Clock(instant, moving.zone, now.organization))
        if after != before and (day := _turning(before, after, days)) is not None:
            yield instant, day
        before = after


def _turning(before: Test | None, now: Test | None, days: Days) -> date | None:
    """One of the days for which the two tests differ."""
    if isinstance(before, YearlyDays) and isinstance(now, YearlyDays):
        pairs = days.pairs & (set(before.days) ^ set(now.days))
        return next((day for day in days.days if (day.month, day.day) in pairs), None) if pairs else None
    assert isinstance(before, DayParts)
    assert isinstance(now, DayParts)
    return next((day for day in days.days if before.holds(day) != now.holds(day)), None)


def first_passing(passed: Callable[[int], bool], after: int) -> int:
    """The first instant after `after` of which it is true, as it is of the last, and of all that follow."""
    step, high = _MINUTE, min(after + _MINUTE, LAST_INSTANT)
    low = after
    while not passed(high):
        low, step = high, step * 4
        high = min(high + step, LAST_INSTANT)
    while high - low > 1:
        middle = (low + high) // 2
        if passed(middle):
            high = middle
        else:
            low = middle
    return high
