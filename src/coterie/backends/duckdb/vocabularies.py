"""Conditions asked of values instead of rows: where few values occur in many rows, each combination is asked once.

The values that occur of an attribute are numbered, and stay so while the store is open. A row then is a few small
numbers, and a condition a table of which combinations of them satisfy it: worked out by DuckDB, and remembered.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import RLock

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from coterie.backends.duckdb.naming import folded_column, quoted, value_column
from coterie.backends.duckdb.printing import Printer, Records
from coterie.backends.duckdb.source import Source
from coterie.backends.duckdb.statements import Statement, answers
from coterie.catalog.model import AttributeType
from coterie.planning.leaves import Predicate
from coterie.planning.reading import attributes_of, clauses

__all__ = ["Coded", "Codes", "Vocabularies"]

_WORDS = 40_000
"""So many different values of an attribute are numbered; with more it is no vocabulary."""

_COMBINATIONS = 1 << 18
"""So many combinations of values are asked about."""

_REMEMBERED = 1 << 26
"""Bytes of tables of conditions that are remembered."""

_FOLDED = {AttributeType.TEXT, AttributeType.CHOICE, AttributeType.MULTI_CHOICE}

Codes = NDArray[np.int32]
Place = tuple[str, str, int]
"""A table, an attribute of it, and the power of ten that its numbers are kept at."""


@dataclass(frozen=True, slots=True)
class _Vocabulary:
    """Values that occurred of an attribute, with what is kept beside them: row i has code i, and row 0 is missing."""

    values: pa.Table

    @property
    def size(self) -> int:
        return int(self.values.num_rows)


@dataclass(frozen=True, slots=True)
class Coded:
    """A condition as a table: of each combination of the codes of its attributes, whether it satisfies it."""

    attributes: tuple[str, ...]
    sizes: tuple[int, ...]
    satisfying: NDArray[np.bool_]

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
        self._coded: dict[tuple[str, Predicate], Coded] = {}
        self._lock = RLock()

    # --- numbering rows

    def coded_rows(
        self, table: pa.Table, records: Records, predicates: Iterable[Predicate], source: Source
    ) -> dict[str, Codes]:
        """The codes of rows by attribute, of those attributes of the predicates that have a vocabulary."""
        with self._lock:
            codes: dict[str, Codes] = {}
            for name in _attributes(predicates):
                own = table.column(value_column(name)).combine_chunks()
                found = self._lookup(own, records, name, source)
                if found is not None and bool(pc.any(pc.and_(pc.is_valid(own), pc.is_null(found))).as_py()):
                    self._learn(table, records, name, source)
                    found = self._lookup(own, records, name, source)
                if found is not None:
                    codes[name] = pc.fill_null(found, 0).to_numpy()
            return codes

    def _lookup(self, values: pa.Array, records: Records, name: str, source: Source) -> pa.Array | None:
        place = _place(records, name, source)
        if place not in self._held:
            self._forget(records, name)
            self._held[place] = _Vocabulary(_missing(records, name, values.type))
        vocabulary = self._held[place]
        if vocabulary is None:
            return None
        known = vocabulary.values.column(value_column(name)).combine_chunks()
        if known.type != values.type:  # numbers that have become too large for 64 bits
            self._forget(records, name)
            self._held[place] = None
            return None
        return pc.index_in(values, value_set=known, skip_nulls=True)

    def joined(
        self, records: Records, predicates: Iterable[Predicate], source: Source
    ) -> tuple[list[str], str, str, dict[str, pa.Table]]:
        """How the store's rows are coded: attributes, columns named `code_…`, what is joined for them, its tables."""
        with self._lock:
            names: list[str] = []
            columns, joins, tables = [], [], {}
            for name in _attributes(predicates):
                vocabulary = self._read(records, name, source)
                if vocabulary is None:
                    continue
                own, alias = value_column(name), f"w{len(names)}"
                values = vocabulary.values.column(own)[1:]
                tables[f"words_{alias}"] = pa.table(
                    {"v": values, "code": pa.array(range(1, vocabulary.size), pa.int32())}
                )
                joins.append(f"LEFT JOIN words_{alias} AS {alias} ON {records.column(own)} = {alias}.v")
                columns.append(f"coalesce({alias}.code, 0)::INTEGER AS {quoted(f'code_{name}')}")
                names.append(name)
            return names, ", ".join(columns), " ".join(joins), tables

    def _read(self, records: Records, name: str, source: Source) -> _Vocabulary | None:
        """The vocabulary of an attribute with all values that the store has."""
        named = ", ".join(map(quoted, _columns(records, name)))
        own = quoted(value_column(name))
        found = source.query(
            f"SELECT DISTINCT {named} FROM {quoted(records.table)} WHERE {own} IS NOT NULL LIMIT {_WORDS + 1}"
        )
        self._learn(found, records, name, source)
        return self._held[_place(records, name, source)]

    def _learn(self, rows: pa.Table, records: Records, name: str, source: Source) -> None:
        """Number the values of an attribute in these rows that have no number yet."""
        place, columns = _place(records, name, source), _columns(records, name)
        rows = rows.select(columns)
        held = self._held.get(place, _Vocabulary(_missing(records, name, rows.schema.field(0).type)))
        if held is None:
            return
        own = rows.column(columns[0]).combine_chunks()
        known = held.values.column(columns[0]).combine_chunks()
        if known.type != own.type:
            self._forget(records, name)
            self._held[place] = None
            return
        is_new = pc.and_(pc.is_valid(own), pc.is_null(pc.index_in(own, value_set=known, skip_nulls=True)))
        new = rows.filter(is_new).group_by(columns, use_threads=False).aggregate([]).select(columns)
        if not new.num_rows and place in self._held:
            return
        grown = pa.concat_tables([held.values, new]).combine_chunks()
        self._held[place] = None if grown.num_rows > _WORDS else _Vocabulary(grown)
        self._forget(records, name)

    def _forget(self, records: Records, name: str) -> None:
        """Forget what is known of conditions on an attribute: its values have other numbers, or more of them."""
        for key in [key for key, coded in self._coded.items() if key[0] == records.table and name in coded.attributes]:
            del self._coded[key]

    # --- asking

    def coded(
        self, records: Records, predicates: Iterable[Predicate], source: Source, printer: Callable[[], Printer]
    ) -> dict[Predicate, Coded]:
        """What the predicates say of the combinations of values that they test; of those that have few."""
        with self._lock:
            known: dict[Predicate, Coded] = {}
            asked: dict[tuple[str, ...], list[Predicate]] = {}
            for predicate in predicates:
                names = tuple(_attributes([predicate]))
                if not names or any(clauses(predicate)) or not self._is_small(records, names, source):
                    continue
                found = self._coded.get((records.table, predicate))
                if found is None:
                    asked.setdefault(names, []).append(predicate)
                else:
                    known[predicate] = found
            for names, alike in asked.items():
                known.update(self._asked(records, names, alike, source, printer))
            self._remember(records.table, known)
            return known

    def _is_small(self, records: Records, names: Sequence[str], source: Source) -> bool:
        held = [self._held.get(_place(records, name, source)) for name in names]
        sizes = [vocabulary.size for vocabulary in held if vocabulary is not None]
        return len(sizes) == len(held) and math.prod(sizes) <= _COMBINATIONS

    def _asked(
        self,
        records: Records,
        names: tuple[str, ...],
        predicates: Sequence[Predicate],
        source: Source,
        printer: Callable[[], Printer],
    ) -> dict[Predicate, Coded]:
        held = [vocabulary for name in names if (vocabulary := self._held[_place(records, name, source)]) is not None]
        combinations = _combinations(held)
        standing_in = replace(records, rows="combinations")
        statements = []
        days: dict[tuple[str, str], NDArray[np.int64]] = {}
        for predicate in predicates:
            # The days that a test looks at are those of the values: the rows at hand may lack some of them.
            asking = replace(printer(), days=days, rows={"combinations": combinations})
            condition = asking.condition(predicate, standing_in)
            tables = {**asking.tables, "combinations": combinations}
            row = standing_in.column("row")
            statements.append(Statement(row, standing_in.origin, condition, asking.parameters, tables))
        coded = {}
        for predicate, found in zip(predicates, answers(statements, source), strict=True):
            satisfying = np.zeros(combinations.num_rows, dtype=np.bool_)
            satisfying[found.column(0).to_numpy()] = True
            coded[predicate] = Coded(names, tuple(vocabulary.size for vocabulary in held), satisfying)
        return coded

    def _remember(self, table: str, coded: Mapping[Predicate, Coded]) -> None:
        self._coded.update(((table, predicate), each) for predicate, each in coded.items())
        if sum(len(each.satisfying) for each in self._coded.values()) > _REMEMBERED:
            self._coded = {(table, predicate): each for predicate, each in coded.items()}


def _attributes(predicates: Iterable[Predicate]) -> list[str]:
    return sorted({name for predicate in predicates for name in attributes_of(predicate)})


def _place(records: Records, name: str, source: Source) -> Place:
    is_number = records.attributes[name].type is AttributeType.NUMBER
    return records.table, name, source.number_scale(records.table, value_column(name)) if is_number else 0


def _columns(records: Records, name: str) -> list[str]:
    """The physical columns of an attribute, its own first."""
    folded = [folded_column(name)] if records.attributes[name].type in _FOLDED else []
    return [value_column(name), *folded]


def _missing(records: Records, name: str, type_: pa.DataType) -> pa.Table:
    return pa.table({column: pa.nulls(1, type_) for column in _columns(records, name)})


def _combinations(held: Sequence[_Vocabulary]) -> pa.Table:
    """All combinations of values, in the order of their combined codes."""
    total = math.prod(vocabulary.size for vocabulary in held)
    columns: dict[str, pa.ChunkedArray | pa.Array] = {"row": pa.array(np.arange(total, dtype=np.uint32))}
    later = total
    for vocabulary in held:
        later //= vocabulary.size
        places = pa.array(np.arange(total) // later % vocabulary.size)
        for name in vocabulary.values.column_names:
            columns[name] = vocabulary.values.column(name).take(places)
    return pa.table(columns)
