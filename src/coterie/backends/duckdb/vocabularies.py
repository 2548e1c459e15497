"""Tests asked of values instead of rows: where few values occur in many rows, each is asked about once.

The values that occur of an attribute are numbered, and stay so while the store is open. A row then is a few small
numbers, and a test a flag for each of them: worked out by DuckDB, and remembered. A condition on several attributes is
a table of which combinations of their numbers satisfy it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import RLock

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from coterie.backends.duckdb.arrays import Flags
from coterie.backends.duckdb.flag_algebra import flags_of
from coterie.backends.duckdb.naming import attribute_columns, quoted, value_column
from coterie.backends.duckdb.printing import Printer, Records
from coterie.backends.duckdb.source import Source
from coterie.backends.duckdb.statements import Statement, answers
from coterie.catalog.model import AttributeType
from coterie.planning.leaves import AttributeTest, Predicate, Related, Test
from coterie.planning.reading import attributes_of, clauses, tests_of

__all__ = ["Coded", "Codes", "Joined", "Vocabularies", "attributes_in", "rows_passing"]

_WORDS = 40_000
"""So many different values of an attribute are numbered; with more it is no vocabulary."""

_COMBINATIONS = 1 << 18
"""So many combinations of values are looked at."""

_REMEMBERED = 1 << 26
"""Bytes of flags that are remembered."""

_UNKNOWN = -1
"""The code of a value that has none yet."""

_NONE: Flags = np.zeros(0, dtype=np.bool_)

Codes = NDArray[np.int32]
Place = tuple[str, str, int]
"""A table, an attribute of it, and the power of ten that its numbers are kept at."""


@dataclass(frozen=True, slots=True)
class _Vocabulary:
    """Values that occurred of an attribute, with what is kept beside them: row i has code i, and row 0 is missing."""

    place: Place
    values: pa.Table

    @property
    def size(self) -> int:
        return int(self.values.num_rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """How the rows of a table in the store are coded: columns named `code_…`, and what is joined for them, of `tables`.

    What is asked about these rows is asked of the vocabularies that they are coded by, whatever others learn meanwhile.
    """

    records: Records
    source: Source
    vocabularies: Mapping[str, _Vocabulary]
    columns: str
    joins: str
    tables: Mapping[str, pa.Table]

    def distinct(self, name: str, codes: Codes) -> NDArray[np.int64]:
        """Numbers for the values that have these codes, equal where the values differ in nothing but their case."""
        folded = self.vocabularies[name].values.column(_columns(self.records, name)[-1])
        alike = folded.combine_chunks().dictionary_encode().indices
        numbers: NDArray[np.int64] = pc.fill_null(alike, -1).to_numpy().astype(np.int64) + 1
        return numbers[codes]


@dataclass(frozen=True, slots=True)
class Coded:
    """A condition as a table: of each combination of the codes of its attributes, whether it satisfies it."""

    attributes: tuple[str, ...]
    sizes: tuple[int, ...]
    satisfying: Flags

    def combined(self, codes: Mapping[str, Codes]) -> Codes:
        """One number for each row: the place of its combination of codes among all."""
        combined = np.zeros(len(codes[self.attributes[0]]), dtype=np.int32)
        for name, size in zip(self.attributes, self.sizes, strict=True):
            combined *= np.int32(size)
            combined += codes[name]
        return combined


class Vocabularies:
    """The vocabularies of one open store, and what conditions say of them. Several threads may use them."""

    def __init__(self) -> None:
        self._held: dict[Place, _Vocabulary | None] = {}
        self._read_once: set[Place] = set()
        """Of which all values were read that the store had then."""
        self._passing: dict[tuple[Place, Test], Flags] = {}
        self._lock = RLock()

    # --- rows at hand

    def of_rows(
        self,
        table: pa.Table,
        records: Records,
        tests: Collection[AttributeTest],
        source: Source,
        printer: Callable[[], Printer],
    ) -> dict[AttributeTest, Flags]:
        """For each row of a table whether it passes; of those tests whose attribute has a vocabulary."""
        with self._lock:
            codes: dict[str, Codes] = {}
            held: dict[str, _Vocabulary] = {}
            for name in dict.fromkeys(test.attribute for test in tests):
                own = table.column(value_column(name)).combine_chunks()
                found = self._lookup(own, records, name, source)
                if found is not None and bool(pc.any(pc.and_(pc.is_valid(own), pc.is_null(found))).as_py()):
                    self._learn(table, records, name, source)
                    found = self._lookup(own, records, name, source)
                vocabulary = self._held[_place(records, name, source)]
                if found is not None and vocabulary is not None:
                    codes[name], held[name] = pc.fill_null(found, 0).to_numpy(), vocabulary
            passing = self._passing_by(held, records, tests, source, printer)
            return {test: flags[codes[test.attribute]] for test, flags in passing.items()}

    # --- rows in the store

    def read(
        self, records: Records, attributes: Collection[str], source: Source, rows_of: Callable[[Joined], pa.Table]
    ) -> tuple[pa.Table, Joined]:
        """What `rows_of` says of the store's rows with codes, by those of the attributes that have a vocabulary.

        Where a value has come since its vocabulary was read, that is read again, and then the rows are.
        """
        while True:
            joined = self._joined(records, attributes, source)
            rows = rows_of(joined)
            behind = [name for name in joined.vocabularies if _is_behind(rows.column(f"code_{name}"))]
            if not behind:
                return rows, joined
            for name in behind:
                self._read_whole(records, name, source)

    def _joined(self, records: Records, attributes: Iterable[str], source: Source) -> Joined:
        held: dict[str, _Vocabulary] = {}
        columns, joins, tables = [], [], {}
        for name in attributes:
            vocabulary = self._held_or_read(records, name, source)
            if vocabulary is None:
                continue
            own, alias = value_column(name), f"w{len(held)}"
            values = vocabulary.values.column(own)[1:]
            tables[f"words_{alias}"] = pa.table({"v": values, "code": pa.array(range(1, vocabulary.size), pa.int32())})
            joins.append(f"LEFT JOIN words_{alias} AS {alias} ON {records.column(own)} = {alias}.v")
            missing = f"CASE WHEN {records.column(own)} IS NULL THEN 0 ELSE {_UNKNOWN} END"
            columns.append(f"coalesce({alias}.code, {missing})::INTEGER AS {quoted(f'code_{name}')}")
            held[name] = vocabulary
        return Joined(
            records=records,
            source=source,
            vocabularies=held,
            columns=", ".join(columns),
            joins=" ".join(joins),
            tables=tables,
        )

    def _held_or_read(self, records: Records, name: str, source: Source) -> _Vocabulary | None:
        """The vocabulary of an attribute, with all values that the store had once; None where they are too many."""
        place = _place(records, name, source)
        with self._lock:
            if place in self._read_once or (place in self._held and self._held[place] is None):  # for good
                return self._held[place]
        return self._read_whole(records, name, source)

    def _read_whole(self, records: Records, name: str, source: Source) -> _Vocabulary | None:
        place = _place(records, name, source)
        named = ", ".join(map(quoted, _columns(records, name)))
        own = quoted(value_column(name))
        found = source.query(  # without the lock: it reads a whole column
            f"SELECT DISTINCT {named} FROM {quoted(records.table)} WHERE {own} IS NOT NULL LIMIT {_WORDS + 1}"
        )
        with self._lock:
            if found.num_rows > _WORDS:
                self._held[place] = None
            else:
                self._learn(found, records, name, source)
            self._read_once.add(place)
            return self._held[place]

    def passing(
        self, joined: Joined, tests: Iterable[AttributeTest], printer: Callable[[], Printer]
    ) -> dict[AttributeTest, Flags]:
        """What tests say of the values of their attributes, by code; of those whose attribute is coded."""
        with self._lock:
            return self._passing_by(joined.vocabularies, joined.records, tests, joined.source, printer)

    def coded(
        self, joined: Joined, predicates: Iterable[Predicate], printer: Callable[[], Printer]
    ) -> dict[Predicate, Coded]:
        """What the predicates say of the combinations of values that they test; of those that have few."""
        sizes: dict[Predicate, dict[str, int]] = {}
        for predicate in predicates:
            names = attributes_in([predicate])
            by_name = {name: joined.vocabularies[name].size for name in names if name in joined.vocabularies}
            is_coded = len(by_name) == len(names) > 0 and not any(clauses(predicate))
            if is_coded and math.prod(by_name.values()) <= _COMBINATIONS:
                sizes[predicate] = by_name
        tests = dict.fromkeys(test for predicate in sizes for test in tests_of(predicate))
        passing = self.passing(joined, tests, printer)
        return {
            predicate: Coded(tuple(by_name), tuple(by_name.values()), _table(predicate, by_name, passing))
            for predicate, by_name in sizes.items()
        }

    # --- with the lock held

    def _lookup(self, values: pa.Array, records: Records, name: str, source: Source) -> pa.Array | None:
        place = _place(records, name, source)
        if place not in self._held:
            self._held[place] = _Vocabulary(place, _missing(records, name, values.type))
        vocabulary = self._held[place]
        if vocabulary is None:
            return None
        known = vocabulary.values.column(value_column(name)).combine_chunks()
        if known.type != values.type:  # numbers that have become too large for 64 bits
            self._held[place] = None
            return None
        return pc.index_in(values, value_set=known, skip_nulls=True)

    def _learn(self, rows: pa.Table, records: Records, name: str, source: Source) -> None:
        """Number the values of an attribute in these rows that have no number yet: each once, as first folded."""
        place, columns = _place(records, name, source), _columns(records, name)
        rows = rows.select(columns)
        held = self._held.get(place, _Vocabulary(place, _missing(records, name, rows.schema.field(0).type)))
        if held is None:
            return
        own = rows.column(columns[0]).combine_chunks()
        known = held.values.column(columns[0]).combine_chunks()
        if known.type != own.type:
            self._held[place] = None
            return
        is_new = pc.and_(pc.is_valid(own), pc.is_null(pc.index_in(own, value_set=known, skip_nulls=True)))
        firsts = [(column, "first") for column in columns[1:]]
        new = rows.filter(is_new).group_by(columns[0], use_threads=False).aggregate(firsts).rename_columns(columns)
        if not new.num_rows and place in self._held:
            return
        grown = pa.concat_tables([held.values, new]).combine_chunks()
        self._held[place] = None if grown.num_rows > _WORDS else _Vocabulary(place, grown)

    def _passing_by(
        self,
        held: Mapping[str, _Vocabulary],
        records: Records,
        tests: Iterable[AttributeTest],
        source: Source,
        printer: Callable[[], Printer],
    ) -> dict[AttributeTest, Flags]:
        """What tests say of the values in the vocabularies of their attributes; of those tests that have one.

        Values that came since a test was last asked are asked about alone.
        """
        places = {test: held[test.attribute] for test in tests if test.attribute in held}
        behind: dict[tuple[str, int], list[AttributeTest]] = {}
        for test, vocabulary in places.items():
            begin = len(self._passing.get((vocabulary.place, test.test), _NONE))
            if begin < vocabulary.size:
                behind.setdefault((test.attribute, begin), []).append(test)
        for (name, begin), alike in behind.items():
            vocabulary = held[name]
            told = rows_passing(records, alike, vocabulary.values.slice(begin), source, printer)
            for test, flags in zip(alike, told, strict=True):
                known = self._passing.get((vocabulary.place, test.test), _NONE)
                self._passing[vocabulary.place, test.test] = np.concatenate((known, flags))
        names = {test: (vocabulary.place, test.test) for test, vocabulary in places.items()}
        found = {test: self._passing[names[test]][: places[test].size] for test in places}
        if sum(map(len, self._passing.values())) > _REMEMBERED:
            self._passing = {name: self._passing[name] for name in names.values()}
        return found


def _is_behind(codes: pa.ChunkedArray) -> bool:
    """Whether some row has a value without a code."""
    return bool(pc.min(codes).as_py() == _UNKNOWN)


def rows_passing(
    records: Records,
    tests: Sequence[AttributeTest],
    values: pa.Table,
    source: Source,
    printer: Callable[[], Printer],
) -> list[Flags]:
    """For each test a flag for each row of a table: whether it passes. Tests that are alike are asked together."""
    if not tests:
        return []
    columns = dict.fromkeys(column for test in tests for column in _columns(records, test.attribute))
    numbers = pa.array(np.arange(values.num_rows, dtype=np.uint32))
    asked = values.select(list(columns)).append_column("row", numbers)
    standing_in = replace(records, rows="asked")
    days: dict[tuple[str, str], NDArray[np.int64]] = {}  # of these values: others have other days
    statements = []
    for test in tests:
        asking = replace(printer(), sets=True, days=days, rows={"asked": asked})
        condition = asking.condition(test, standing_in)
        tables = {**asking.tables, "asked": asked}
        statements.append(
            Statement(standing_in.column("row"), standing_in.origin, condition, asking.parameters, tables)
        )
    found = []
    for answer in answers(statements, source):
        flags = np.zeros(values.num_rows, dtype=np.bool_)
        flags[answer.column(0).to_numpy()] = True
        found.append(flags)
    return found


def _table(predicate: Predicate, sizes: Mapping[str, int], passing: Mapping[AttributeTest, Flags]) -> Flags:
    """A flag for each combination of codes, in the order of `Coded.combined`: each attribute is an axis."""
    names = list(sizes)

    def told(part: AttributeTest | Related) -> Flags:
        assert isinstance(part, AttributeTest), "clauses on related records have no values"
        shape = [1] * len(names)
        shape[names.index(part.attribute)] = -1
        return passing[part].reshape(shape)

    return np.broadcast_to(flags_of(predicate, told), tuple(sizes.values())).reshape(-1)


def attributes_in(predicates: Iterable[Predicate]) -> list[str]:
    """The attributes that any of the predicates tests, each once."""
    return sorted({name for predicate in predicates for name in attributes_of(predicate)})


def _place(records: Records, name: str, source: Source) -> Place:
    is_number = records.attributes[name].type is AttributeType.NUMBER
    return records.table, name, source.number_scale(records.table, value_column(name)) if is_number else 0


def _columns(records: Records, name: str) -> tuple[str, ...]:
    """The physical columns of an attribute, its own first."""
    return attribute_columns(records.attributes[name])


def _missing(records: Records, name: str, type_: pa.DataType) -> pa.Table:
    return pa.table({column: pa.nulls(1, type_) for column in _columns(records, name)})
