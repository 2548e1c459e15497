"""The interactions of one kind, read out of the store once for many leaves.

What leaves ask of rows is asked of their values: texts come as codes, numbers as they are, and only of what is left do
rows come with a flag that DuckDB has worked out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyroaring import BitMap

from coterie.backends.duckdb.arrays import Flags, Places
from coterie.backends.duckdb.flag_algebra import flags_of
from coterie.backends.duckdb.naming import quoted, value_column
from coterie.backends.duckdb.number_tests import Numbers, is_compared
from coterie.backends.duckdb.printing import Printer, Records
from coterie.backends.duckdb.scanning import MeasuredColumns, measured_column
from coterie.backends.duckdb.source import Source
from coterie.backends.duckdb.statements import Statement
from coterie.backends.duckdb.timeline import Chosen, Flagged, Timeline
from coterie.backends.duckdb.vocabularies import Codes, Joined, Vocabularies
from coterie.catalog.model import CONTACT
from coterie.membership import from_flags, from_ordinals
from coterie.planning.clock import Between, spanning
from coterie.planning.leaves import (
    AttributeTest,
    CountDistinct,
    Having,
    InteractionLeaf,
    Leaf,
    Predicate,
    Related,
)
from coterie.planning.reading import tests_of
from coterie.records.arrays import as_flags

__all__ = ["StoredTimelines"]

_ROWS = 24_000_000
"""Rows held at once; a longer table is read by ranges of contacts."""

_CHUNK = 1 << 16
"""Ranges of contacts begin at multiples of this, where a bitmap has a seam."""


@dataclass(frozen=True)
class StoredTimelines:
    """The rows of one interaction in the store."""

    source: Source
    records: Records
    printer: Callable[[], Printer]
    words: Vocabularies

    def sets(self, leaves: Sequence[InteractionLeaf], among: Mapping[Leaf, BitMap]) -> dict[InteractionLeaf, BitMap]:
        """The contacts of leaves that read this interaction.

        Of a leaf that `among` names, only rows of its contacts are measured.
        """
        size = self.source.entity_size(CONTACT)
        found = {leaf: BitMap() for leaf in leaves}
        for first, last in self._ranges(size):
            timeline = self._read(leaves, None if last - first == size else (first, last))
            for leaf, owners, flags in timeline.satisfying(leaves, among, first, last):
                members = from_flags(flags) if owners is None else from_ordinals(owners[flags], last - first)
                found[leaf] |= members.shift(first) if first else members
        return found

    def _ranges(self, size: int) -> Iterator[tuple[int, int]]:
        """Ranges of contact ordinals with few enough rows each, on average."""
        rows = self.source.query(f"SELECT count(*) FROM {self.records.origin}").column(0)[0].as_py()
        parts = -(-rows // _ROWS) or 1
        length = -(-size // parts // _CHUNK) * _CHUNK if parts > 1 else size
        for first in range(0, size, max(length, 1)):
            yield first, min(first + length, size)

    def _read(self, leaves: Sequence[InteractionLeaf], contacts: tuple[int, int] | None) -> Timeline:
        measures = tuple(dict.fromkeys(leaf.having for leaf in leaves))
        wheres = tuple(dict.fromkeys(leaf.where for leaf in leaves if leaf.where is not None))
        tests = tuple(dict.fromkeys(test for where in wheres for test in tests_of(where)))
        span = spanning(leaf.window for leaf in leaves)
        table, joined, flagged = self._rows(measures, tests, span, contacts)
        times = table.column("occurred_at").to_numpy()
        is_sorted = not len(times) or bool((times[1:] >= times[:-1]).all())
        order = None if is_sorted else np.argsort(times, kind="stable")

        def in_order(column: NDArray[Any]) -> NDArray[Any]:
            return column if order is None else column[order]

        codes = {name: in_order(table.column(f"code_{name}").to_numpy()) for name in joined.vocabularies}
        asked = _AskedColumns(
            codes=codes,
            passing=self.words.passing(joined, tests, self.printer),
            numbers={
                name: self._numbers(table, name, order)
                for name in dict.fromkeys(test.attribute for test in tests if is_compared(test.test))
                if name not in codes
            },
            flagged={test: in_order(as_flags(table.column(name))) for test, name in flagged.items()},
        )
        owners = in_order(table.column("contact").to_numpy()) - np.uint32(0 if contacts is None else contacts[0])
        counted = {having.attribute for having in measures if isinstance(having, CountDistinct)}
        same = {name: joined.distinct(name, codes[name]) for name in counted & codes.keys()}
        measured = MeasuredColumns(table, self.records, self.source, order, same)
        return Timeline(owners, in_order(times), measured, self._chosen(wheres, asked, joined))

    def _numbers(self, table: pa.Table, name: str, order: Places | None) -> Numbers:
        numbers = Numbers.of(table.column(value_column(name)), self.records, name, self.source)
        if order is None:
            return numbers
        return Numbers(numbers.integers[order], numbers.present[order], numbers.scale)

    def _chosen(self, wheres: Sequence[Predicate], asked: _AskedColumns, joined: Joined) -> dict[Predicate, Chosen]:
        """Predicates that test values with codes by the combinations of these; the others test by test."""
        coded = self.words.coded(joined, wheres, self.printer)
        combined = {each.attributes: each for each in coded.values()}
        numbers = {names: each.combined(asked.codes) for names, each in combined.items()}
        chosen: dict[Predicate, Chosen] = {}
        for where in wheres:
            each = coded.get(where)
            if each is not None:
                chosen[where] = _ByCode(numbers[each.attributes], each.satisfying)
            elif where in asked.flagged:
                chosen[where] = Flagged(asked.flagged[where])
            else:
                chosen[where] = _ByTests(where, asked)
        return chosen

    def _rows(
        self,
        measures: Sequence[Having],
        tests: Sequence[AttributeTest],
        span: Between[int],
        contacts: tuple[int, int] | None,
    ) -> tuple[pa.Table, Joined, dict[Predicate, str]]:
        """Every row with what is measured and tested; how it is coded; the names of columns of flags.

        Of what is counted by its distinct values, the codes are enough.
        """
        distinct = {having.attribute for having in measures if isinstance(having, CountDistinct)}
        attributes = sorted({*(test.attribute for test in tests), *distinct})

        def rows_of(joined: Joined) -> pa.Table:
            return self._asked(measures, tests, span, contacts, joined)

        table, joined = self.words.read(self.records, attributes, self.source, rows_of)
        return table, joined, _flagged(tests, joined)

    def _asked(
        self,
        measures: Sequence[Having],
        tests: Sequence[AttributeTest],
        span: Between[int],
        contacts: tuple[int, int] | None,
        joined: Joined,
    ) -> pa.Table:
        """All in one statement: rows that are joined come in any order, which the next one would not repeat."""
        records, names = self.records, joined.vocabularies
        measured = (
            measured_column(having, records)
            for having in measures
            if not (isinstance(having, CountDistinct) and having.attribute in names)
        )
        numbers = (
            value_column(test.attribute) for test in tests if test.attribute not in names and is_compared(test.test)
        )
        columns = dict.fromkeys(filter(None, ["contact", "occurred_at", *measured, *numbers]))
        named = ", ".join(f"{records.column(name)} AS {quoted(name)}" for name in columns)
        printer = self.printer()
        flags = [
            f"({printer.condition(test, records)}) IS TRUE AS {name}" for test, name in _flagged(tests, joined).items()
        ]
        selected = ", ".join(filter(None, [named, joined.columns, *flags]))
        within = self._within(printer, span, contacts)
        given = {**printer.tables, **joined.tables}
        statement = Statement(selected, f"{records.origin} {joined.joins}", within, printer.parameters, given)
        return statement.answer(self.source)

    def _within(self, printer: Printer, span: Between[int], contacts: tuple[int, int] | None) -> str:
        parts = [printer.window(self.records.column("occurred_at"), span)]
        if contacts is not None:
            contact = self.records.column("contact")
            first, last = map(printer.bound, contacts)
            parts.append(f"{contact} >= {first} AND {contact} < {last}")
        return " AND ".join(parts)


def _flagged(tests: Sequence[AttributeTest], joined: Joined) -> dict[Predicate, str]:
    """The tests that only DuckDB can answer row by row, with the names of the columns that it answers them in."""
    others = (test for test in tests if test.attribute not in joined.vocabularies and not is_compared(test.test))
    return {test: f"flag_{place}" for place, test in enumerate(others)}


@dataclass(frozen=True, slots=True)
class _ByCode:
    """Rows whose combination of values satisfies the predicate: `combined` numbers that of each row."""

    combined: Codes
    satisfying: Flags

    def flags(self, rows: Places | slice) -> Flags:
        return self.satisfying[self.combined[rows]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _AskedColumns:
    """The columns that predicates test, in order of time: as codes, as numbers, or as a flag for each test."""

    codes: Mapping[str, Codes]
    passing: Mapping[AttributeTest, Flags]
    numbers: Mapping[str, Numbers]
    flagged: Mapping[Predicate, Flags]

    def flags_of(self, test: AttributeTest, rows: Places | slice) -> Flags:
        """Which of the rows pass."""
        if test in self.passing:
            return self.passing[test][self.codes[test.attribute][rows]]
        if is_compared(test.test):
            return self.numbers[test.attribute].passing(test.test, rows)
        return self.flagged[test][rows]


@dataclass(frozen=True, slots=True)
class _ByTests:
    """Rows by a predicate, test by test."""

    predicate: Predicate
    asked: _AskedColumns

    def flags(self, rows: Places | slice) -> Flags:
        def told(part: AttributeTest | Related) -> Flags:
            assert isinstance(part, AttributeTest), "interactions have no relations"
            return self.asked.flags_of(part, rows)

        return flags_of(self.predicate, told)
