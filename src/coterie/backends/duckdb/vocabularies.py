"""Conditions asked of values instead of rows: where few values occur in many rows, each combination is asked once.

The values that occur of an attribute are numbered; a row then is a few small numbers, and a condition is a table of
which combinations of them satisfy it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from coterie.backends.duckdb.naming import folded_column, quoted, value_column
from coterie.backends.duckdb.printing import Printer, Records
from coterie.backends.duckdb.source import Source
from coterie.backends.duckdb.statements import Statement, answers
from coterie.catalog.model import Attribute, AttributeType
from coterie.planning.leaves import Predicate
from coterie.planning.reading import attributes_of, clauses

__all__ = ["Coded", "Vocabularies"]

_WORDS = 20_000
"""So many different values of an attribute are numbered; with more it is no vocabulary."""

_COMBINATIONS = 1 << 18
"""So many combinations of values are asked about."""

_FOLDED = {AttributeType.TEXT, AttributeType.CHOICE, AttributeType.MULTI_CHOICE}

Codes = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class _Vocabulary:
    """The values of an attribute that occur: row i has code i, the last one is that of a missing value."""

    attribute: Attribute
    values: pa.Table

    @property
    def size(self) -> int:
        return int(self.values.num_rows)


@dataclass(frozen=True, slots=True)
class Coded:
    """A condition on a row as a table: of each combination of the codes of its attributes, whether it satisfies it."""

    attributes: tuple[str, ...]
    satisfying: NDArray[np.bool_]


class Vocabularies:
    """The vocabularies of one table, of the attributes that some of the predicates test."""

    def __init__(self, records: Records, predicates: Iterable[Predicate], source: Source) -> None:
        self._records = records
        self._source = source
        self._held: dict[str, _Vocabulary | None] = {}
        names = {name for predicate in predicates for name in attributes_of(predicate)}
        for name in sorted(names):
            self._held[name] = self._read(records.attributes[name])

    def _read(self, attribute: Attribute) -> _Vocabulary | None:
        columns = [value_column(attribute.name)]
        if attribute.type in _FOLDED:
            columns.append(folded_column(attribute.name))
        named = ", ".join(map(quoted, columns))
        found = self._source.query(
            f"SELECT DISTINCT {named} FROM {quoted(self._records.table)} "
            f"WHERE {quoted(columns[0])} IS NOT NULL LIMIT {_WORDS + 1}"
        )
        if found.num_rows > _WORDS:
            return None
        missing = pa.table({name: pa.nulls(1, found.schema.field(name).type) for name in columns})
        return _Vocabulary(attribute, pa.concat_tables([found, missing]).combine_chunks())

    def covers(self, predicate: Predicate) -> bool:
        """Whether a predicate can be asked of combinations of values."""
        held = [self._held[name] for name in set(attributes_of(predicate))]
        sizes = [vocabulary.size for vocabulary in held if vocabulary is not None]
        return len(sizes) == len(held) and math.prod(sizes) <= _COMBINATIONS and not any(clauses(predicate))

    # --- reading rows as codes

    def columns(self, names: Iterable[str]) -> tuple[str, str, dict[str, pa.Table]]:
        """Columns of codes, named `code_` and the attribute; what is joined for them; and the tables for that."""
        columns, joins, tables = [], [], {}
        for place, name in enumerate(names):
            vocabulary = self._held[name]
            assert vocabulary is not None
            own = value_column(name)
            values = vocabulary.values.column(own)[:-1]
            tables[f"words_{place}"] = pa.table({"v": values, "code": pa.array(range(len(values)), pa.int32())})
            alias = f"w{place}"
            joins.append(f"LEFT JOIN words_{place} AS {alias} ON {self._records.column(own)} = {alias}.v")
            columns.append(f"coalesce({alias}.code, {len(values)}) AS {quoted(f'code_{name}')}")
        return ", ".join(columns), " ".join(joins), tables

    def combined(self, names: Sequence[str], codes: Mapping[str, Codes]) -> Codes:
        """One number for each row: the place of its combination of codes among all."""
        combined = np.zeros(len(codes[names[0]]), dtype=np.int32)
        for name in names:
            vocabulary = self._held[name]
            assert vocabulary is not None
            combined *= np.int32(vocabulary.size)
            combined += codes[name]
        return combined

    # --- asking

    def coded(self, predicates: Iterable[Predicate], printer: Callable[[], Printer]) -> dict[Predicate, Coded]:
        """What each predicate, all of which are covered, says of the combinations of the values that it tests."""
        by_attributes: dict[tuple[str, ...], list[Predicate]] = {}
        for predicate in predicates:
            by_attributes.setdefault(tuple(sorted(set(attributes_of(predicate)))), []).append(predicate)
        coded: dict[Predicate, Coded] = {}
        for names, alike in by_attributes.items():
            combinations = self._combinations(names)
            records = replace(self._records, rows="combinations")
            statements = []
            for predicate in alike:
                asking = printer()
                condition = asking.condition(predicate, records)
                tables = {**asking.tables, "combinations": combinations}
                statements.append(Statement("t0.row", records.origin, condition, asking.parameters, tables))
            for predicate, found in zip(alike, answers(statements, self._source), strict=True):
                satisfying = np.zeros(combinations.num_rows, dtype=np.bool_)
                satisfying[found.column(0).to_numpy()] = True
                coded[predicate] = Coded(names, satisfying)
        return coded

    def _combinations(self, names: Sequence[str]) -> pa.Table:
        """All combinations of values, in the order of their combined codes."""
        held = [vocabulary for name in names if (vocabulary := self._held[name]) is not None]
        total = math.prod(vocabulary.size for vocabulary in held)
        columns: dict[str, pa.ChunkedArray | pa.Array] = {"row": pa.array(np.arange(total, dtype=np.uint32))}
        later = total
        for vocabulary in held:
            later //= vocabulary.size
            places = pa.array(np.arange(total) // later % vocabulary.size)
            for name in vocabulary.values.column_names:
                columns[name] = vocabulary.values.column(name).take(places)
        return pa.table(columns)
