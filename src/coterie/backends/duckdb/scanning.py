"""The rows that a clause chooses: who owns each, and the value that is measured on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from coterie.backends.duckdb.arrays import Integers, Ordinals
from coterie.backends.duckdb.naming import folded_column, quoted, reference_column, value_column
from coterie.backends.duckdb.number_tests import integers_of
from coterie.backends.duckdb.printing import Printer, Records
from coterie.backends.duckdb.source import Source
from coterie.backends.duckdb.statements import Statement
from coterie.catalog.model import AttributeType, RelationKind
from coterie.planning.leaves import (
    AverageOf,
    CountDays,
    CountDistinct,
    CountRecords,
    Exists,
    FirstAt,
    Having,
    InteractionLeaf,
    LastAt,
    MaximumOf,
    MinimumOf,
    Related,
    SumOf,
)

__all__ = ["MeasuredColumns", "RowQuestion", "Rows", "interaction_rows", "measured_column", "related_rows"]

_DISTINCT_TYPES = {AttributeType.TEXT, AttributeType.CHOICE}


@dataclass(frozen=True, slots=True)
class Rows:
    """Chosen rows: the ordinal of each one's owner, and its value as an integer where one is measured.

    `values` are int64, or Python integers where one does not fit; `scale` is their power of ten. Of what is counted by
    its distinct values they are codes.
    """

    owners: Ordinals
    values: Integers | None
    scale: int


@dataclass(frozen=True, slots=True)
class RowQuestion:
    """A statement for the rows that a clause chooses, and how its answer is read."""

    statement: Statement
    having: Having
    records: Records

    def rows(self, table: pa.Table, source: Source) -> Rows:
        """The rows in the answer of the statement."""
        owners = table.column("owner").to_numpy()
        if "measured" not in table.column_names:
            return Rows(owners, None, 0)
        values, scale = _measured_values(self.having, table.column("measured"), self.records, source)
        return Rows(owners, values, scale)


def interaction_rows(leaf: InteractionLeaf, printer: Printer) -> RowQuestion:
    """The interactions in the leaf's window for which its `where` is true."""
    records = Records.of_interaction(printer.source, leaf.interaction, "t0")
    occurred_at = records.column("occurred_at")
    parts = []
    if leaf.window.start is not None or leaf.window.end is not None:
        parts.append(printer.window(occurred_at, leaf.window))
    if leaf.where is not None:
        parts.append(printer.condition(leaf.where, records))
    condition = " AND ".join(parts) or "true"
    return _rows(printer, leaf.having, records, records.column("contact"), records.origin, condition)


def related_rows(related: Related, entity: str, printer: Printer) -> RowQuestion:
    """The records reached from `entity` for which `where` is true; owned by the record they are reached from."""
    relation = printer.source.catalog.relations[related.relation]
    target = Records.of_entity(printer.source, relation.target, "t0")
    link = quoted(reference_column(relation.column))
    if relation.kind is RelationKind.ONE_TO_MANY:
        owner = f"t0.{link}"
        return _rows(
            printer, related.having, target, owner, target.origin, printer.chosen(related.where, target, owner)
        )
    here = Records.of_entity(printer.source, entity, "t1")
    origin = f"{here.origin} JOIN {target.origin} ON t1.{link} = t0.ordinal"
    chosen = printer.chosen(related.where, target, f"t1.{link}")
    return _rows(printer, related.having, target, "t1.ordinal", origin, chosen)


def _rows(printer: Printer, having: Having, records: Records, owner: str, origin: str, condition: str) -> RowQuestion:
    value = measured_column(having, records)
    columns = f"{owner} AS owner" if value is None else f"{owner} AS owner, {records.column(value)} AS measured"
    statement = Statement(columns, origin, condition, printer.parameters, printer.tables)
    return RowQuestion(statement, having, records)


class MeasuredColumns:
    """The columns of one table as what conditions measure on its rows, taken in `order`; each worked out once.

    `codes` are equal numbers for equal values, of attributes of which the table need not hold the values themselves.
    """

    def __init__(
        self,
        table: pa.Table,
        records: Records,
        source: Source,
        order: NDArray[np.int64] | None = None,
        codes: Mapping[str, NDArray[np.int64]] | None = None,
    ) -> None:
        self._table = table
        self._records = records
        self._source = source
        self._order = order
        self._codes = codes or {}
        self._found: dict[tuple[str, bool], tuple[Integers, int]] = {}

    def of(self, having: Having) -> tuple[Integers | None, int]:
        """The integer that `having` measures on each row, and their power of ten; None where it measures none."""
        name = measured_column(having, self._records)
        if name is None:
            return None, 0
        if isinstance(having, CountDistinct) and having.attribute in self._codes:
            return self._codes[having.attribute], 0
        kind = (name, isinstance(having, CountDistinct))
        if kind not in self._found:
            values, scale = _measured_values(having, self._table.column(name), self._records, self._source)
            self._found[kind] = (values if self._order is None else values[self._order], scale)
        return self._found[kind]


def _measured_values(having: Having, column: pa.ChunkedArray, records: Records, source: Source) -> tuple[Integers, int]:
    """What is measured as integers, and their power of ten."""
    if isinstance(having, CountDistinct):
        return _codes(column), 0
    scale = 0
    if isinstance(having, SumOf | AverageOf | MinimumOf | MaximumOf):
        scale = source.number_scale(records.table, value_column(having.attribute))
    return integers_of(column), scale


def measured_column(having: Having, records: Records) -> str | None:
    """The name of the column that is measured; None where the rows themselves are."""
    match having:
        case Exists() | CountRecords():
            return None
        case CountDays() | FirstAt() | LastAt():
            return "occurred_at"
        case CountDistinct(attribute=attribute):
            folded = records.attributes[attribute].type in _DISTINCT_TYPES
            return folded_column(attribute) if folded else value_column(attribute)
        case SumOf() | AverageOf() | MinimumOf() | MaximumOf():
            return value_column(having.attribute)
        case _:
            assert_never(having)


def _codes(column: pa.ChunkedArray) -> NDArray[np.int64]:
    """Equal numbers for equal values, counted from 0: what is distinct is only counted."""
    encoded = column.combine_chunks().dictionary_encode()
    codes: NDArray[np.int64] = pc.fill_null(encoded.indices, 0).to_numpy().astype(np.int64)
    return codes
