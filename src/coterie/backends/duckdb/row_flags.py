"""Which rows of a small table satisfy predicates: tests are asked of values, all else is algebra on flags."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pyarrow as pa

from coterie.backends.duckdb.arrays import Flags
from coterie.backends.duckdb.flag_algebra import flags_of
from coterie.backends.duckdb.naming import value_column
from coterie.backends.duckdb.number_tests import Numbers, is_compared
from coterie.backends.duckdb.printing import Printer, Records
from coterie.backends.duckdb.source import Source
from coterie.backends.duckdb.vocabularies import Vocabularies, rows_passing
from coterie.planning.leaves import AttributeTest, Predicate, Related
from coterie.planning.reading import tests_of

__all__ = ["RowFlags"]


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
        tests = dict.fromkeys(test for predicate in predicates for test in tests_of(predicate))
        self._found.update(self._compared(tests))
        others = [test for test in tests if test not in self._found]
        self._found.update(self._words.of_rows(self.table, self.records, others, self._source, self._printer).items())
        others = [test for test in others if test not in self._found]
        told = rows_passing(self.records, others, self.table, self._source, self._printer)
        self._found.update(zip(others, told, strict=True))

    def _compared(self, tests: Iterable[AttributeTest]) -> Iterable[tuple[AttributeTest, Flags]]:
        numbers: dict[str, Numbers] = {}
        for test in tests:
            if is_compared(test.test):
                name = test.attribute
                if name not in numbers:
                    numbers[name] = Numbers.of(self.table.column(value_column(name)), self.records, name, self._source)
                yield test, numbers[name].passing(test.test)

    def of(self, predicate: Predicate) -> Flags:
        """For each row, whether it satisfies the predicate, which has been asked about. Not to be written to."""
        if predicate not in self._found:
            self._found[predicate] = flags_of(predicate, self._told)
        return self._found[predicate]

    def _told(self, part: AttributeTest | Related) -> Flags:
        if part not in self._found:
            assert isinstance(part, Related), "tests are asked together, before"
            self._found[part] = self._related(part)
        return self._found[part]
