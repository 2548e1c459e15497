"""Which rows of a small table satisfy predicates: tests are asked of values, all else is algebra on flags.

A predicate is either true or not, its negation is the exact complement (see `printing`): so flags combine like sets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import reduce
from typing import assert_never

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from coterie.backends.duckdb.printing import Printer, Records
from coterie.backends.duckdb.source import Source
from coterie.backends.duckdb.vocabularies import Vocabularies, rows_passing
from coterie.planning.leaves import All, Any, AttributeTest, Negation, Predicate, Related
from coterie.planning.reading import tests_of

__all__ = ["RowFlags"]

Flags = NDArray[np.bool_]


class RowFlags:
    """The rows of one table, which has all columns that the predicates test.

    `related` answers a clause on related records, for these rows.
    """

    def __init__(
        self,
        table: pa.Table,
        records: Records,
        words: Vocabularies,
        source: Source,
        printer: Callable[[], Printer],
        related: Callable[[Related], Flags],
    ) -> None:
        self.table = table
        self.records = records
        self._words = words
        self._source = source
        self._printer = printer
        self._related = related
        self._found: dict[Predicate, Flags] = {}

    def ask(self, predicates: Iterable[Predicate]) -> None:
        """Ask the tests of all these predicates together: one by one, each would cost a statement."""
        tests = [test for predicate in predicates for test in tests_of(predicate)]
        tests = [test for test in dict.fromkeys(tests) if test not in self._found]
        names = dict.fromkeys(test.attribute for test in tests)
        codes = self._words.coded_rows(self.table, self.records, names, self._source)
        coded = [test for test in tests if test.attribute in codes]
        passing = self._words.passing(self.records, coded, self._source, self._printer)
        self._found.update((test, flags[codes[test.attribute]]) for test, flags in passing.items())
        others = [test for test in tests if test not in passing]
        told = rows_passing(self.records, others, self.table, self._source, self._printer)
        self._found.update(zip(others, told, strict=True))

    def of(self, predicate: Predicate) -> Flags:
        """For each row, whether it satisfies the predicate, which has been asked about. Not to be written to."""
        if predicate not in self._found:
            self._found[predicate] = self._combined(predicate)
        return self._found[predicate]

    def _combined(self, predicate: Predicate) -> Flags:
        match predicate:
            case All(predicates=predicates):
                return reduce(np.logical_and, map(self.of, predicates))
            case Any(predicates=predicates):
                return reduce(np.logical_or, map(self.of, predicates))
            case Negation(predicate=inner):
                return ~self.of(inner)
            case Related():
                return self._related(predicate)
            case AttributeTest():
                raise AssertionError("tests are asked together, before")
            case _:
                assert_never(predicate)
