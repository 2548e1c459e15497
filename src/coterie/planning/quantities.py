"""What records have to satisfy together: quantifiers and measures as sets or predicates over *existing* records.

A leaf only ever finds what has a record. So a condition that holds without any record (`count is 0`, `none`, `sum at
most 5`) becomes the complement of one that needs a record, or is joined with "has no record" (semantics, rules 9, 14).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, TypeVar, assert_never

from coterie.definition.nodes import (
    Aggregate,
    AggregateMeasure,
    AggregateQuantifier,
    AnyRecord,
    CountMeasure,
    CountQuantifier,
    DaysMeasure,
    DistinctMeasure,
    EveryRecord,
    FirstAtMeasure,
    InteractionBlock,
    LastAtMeasure,
    NoRecord,
    Operator,
    Quantifier,
    Value,
)
from coterie.planning.clock import Clock
from coterie.planning.conditions import Condition, instant_condition, number_condition
from coterie.planning.leaves import (
    All,
    AttributeTest,
    AverageOf,
    CountDays,
    CountDistinct,
    CountRecords,
    Exists,
    FirstAt,
    HasValue,
    Having,
    InstantIn,
    LastAt,
    MaximumOf,
    MinimumOf,
    Negation,
    NumberIn,
    NumberRange,
    NumberTest,
    Predicate,
    SumOf,
)

__all__ = ["Algebra", "Atom", "measured", "quantified"]

S = TypeVar("S")

Atom = Callable[[Having, Predicate | None], S]
"""Makes what stands for "the records for which the predicate is true satisfy `Having` together"."""


@dataclass(frozen=True)
class Algebra(Generic[S]):
    """How to combine atoms: as sets of contacts, or as predicates on a record."""

    all: Callable[[tuple[S, ...]], S]
    any: Callable[[tuple[S, ...]], S]
    negation: Callable[[S], S]

    def negated_if(self, negated: bool, part: S) -> S:
        return self.negation(part) if negated else part


def quantified(quantifier: Quantifier, where: Predicate | None, atom: Atom[S], algebra: Algebra[S]) -> S:
    """The related records for which `where` is true, as `quantifier` asks of them (rule 9)."""
    match quantifier:
        case AnyRecord():
            return atom(Exists(), where)
        case NoRecord():
            return algebra.negation(atom(Exists(), where))
        case EveryRecord():
            if where is None:
                return atom(Exists(), None)
            return algebra.all((atom(Exists(), None), algebra.negation(atom(Exists(), Negation(where)))))
        case CountQuantifier(operator=operator, value=value):
            return _counted(number_condition(operator, value), CountRecords, where, atom, algebra)
        case AggregateQuantifier(aggregate=aggregate, attribute=attribute, operator=operator, value=value):
            return _aggregated(aggregate, attribute, operator, value, where, atom, algebra)
        case _:
            assert_never(quantifier)


def measured(block: InteractionBlock, where: Predicate | None, clock: Clock, atom: Atom[S], algebra: Algebra[S]) -> S:
    """The chosen interactions, as the block's measure asks of them (rule 14)."""
    operator, value = block.operator, block.value
    match block.measure:
        case CountMeasure():
            return _counted(number_condition(operator, value), CountRecords, where, atom, algebra)
        case DaysMeasure():
            zone = clock.zone.key
            condition = number_condition(operator, value)
            return _counted(condition, lambda test: CountDays(test, zone), where, atom, algebra)
        case DistinctMeasure(attribute=attribute):
            condition = number_condition(operator, value)
            given = _with_value(attribute, where)
            return _counted(condition, lambda test: CountDistinct(attribute, test), given, atom, algebra)
        case AggregateMeasure(aggregate=aggregate, attribute=attribute):
            return _aggregated(aggregate, attribute, operator, value, where, atom, algebra)
        case FirstAtMeasure() | LastAtMeasure():
            if operator in (Operator.HAS_VALUE, Operator.HAS_NO_VALUE):
                return algebra.negated_if(operator is Operator.HAS_NO_VALUE, atom(Exists(), where))
            moment = instant_condition(operator, value, clock)
            assert not isinstance(moment.test, InstantIn), "an interval is asked with Exists: see planning.records"
            first = isinstance(block.measure, FirstAtMeasure)
            having = FirstAt(moment.test) if first else LastAt(moment.test)
            return algebra.negated_if(moment.negated, atom(having, where))
        case _:
            assert_never(block.measure)


def _with_value(attribute: str, where: Predicate | None) -> Predicate:
    """Missing values are skipped: only records that have one are chosen."""
    given = AttributeTest(attribute, HasValue())
    return given if where is None else All((where, given))


# --- whole numbers of records ----------------------------------------------------------------------------------------


def _counted(
    condition: Condition[NumberTest],
    having: Callable[[NumberTest], Having],
    where: Predicate | None,
    atom: Atom[S],
    algebra: Algebra[S],
) -> S:
    """A count is never missing: without a record it is 0."""
    test = _whole(condition.test)
    match test:
        case NumberRange() if test.holds(0):
            if test.high is None:  # at least 0: everyone, which is what not having a negative number of records is
                counted = algebra.negation(atom(having(NumberIn(())), where))
            else:
                more = NumberRange(low=test.high + 1)
                counted = algebra.negation(_positive(more, having, where, atom))
        case NumberIn() if test.holds(0):
            some = NumberIn(tuple(value for value in test.values if value != 0))
            none = algebra.negation(atom(Exists(), where))
            counted = algebra.any((none, _positive(some, having, where, atom))) if some.values else none
        case _:
            counted = _positive(test, having, where, atom)
    return algebra.negated_if(condition.negated, counted)


def _positive(test: NumberTest, having: Callable[[NumberTest], Having], where: Predicate | None, atom: Atom[S]) -> S:
    if isinstance(test, NumberRange) and test.high is None and test.low == 1:
        return atom(Exists(), where)  # "at least one" of anything that is counted is that there is one
    return atom(having(test), where)


def _whole(test: NumberTest) -> NumberTest:
    """The same test on whole numbers from 0: bounds that are whole and included, so that equal tests are equal."""
    if isinstance(test, NumberIn):
        return test
    low = Decimal(0) if test.low is None else _next_whole(test.low, test.low_included)
    high = None if test.high is None else -_next_whole(-test.high, test.high_included)
    return NumberRange(low=max(low, Decimal(0)), high=high)


def _next_whole(bound: Decimal, included: bool) -> Decimal:
    whole = Decimal(math.ceil(bound))
    return whole + 1 if whole == bound and not included else whole


# --- sums, averages, extremes ----------------------------------------------------------------------------------------


def _aggregated(
    aggregate: Aggregate,
    attribute: str,
    operator: Operator,
    value: Value,
    where: Predicate | None,
    atom: Atom[S],
    algebra: Algebra[S],
) -> S:
    given = _with_value(attribute, where)
    if operator in (Operator.HAS_VALUE, Operator.HAS_NO_VALUE):
        return algebra.negated_if(operator is Operator.HAS_NO_VALUE, atom(Exists(), given))
    condition = number_condition(operator, value)
    part = atom(_aggregate(aggregate, attribute, condition.test), given)
    if aggregate is Aggregate.SUM and condition.test.holds(0):
        part = algebra.any((part, algebra.negation(atom(Exists(), given))))  # the sum of nothing is 0
    return algebra.negated_if(condition.negated, part)


def _aggregate(aggregate: Aggregate, attribute: str, test: NumberTest) -> Having:
    match aggregate:
        case Aggregate.SUM:
            return SumOf(attribute, test)
        case Aggregate.AVERAGE:
            return AverageOf(attribute, test)
        case Aggregate.MINIMUM:
            return MinimumOf(attribute, test)
        case Aggregate.MAXIMUM:
            return MaximumOf(attribute, test)
        case _:
            assert_never(aggregate)
