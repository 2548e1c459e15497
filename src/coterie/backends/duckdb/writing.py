"""What every load needs while it writes: the connection, scales of numbers, the report, what is kept aside."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import duckdb
import numpy as np
import pyarrow as pa

from coterie.backends.duckdb.key_directory import KeyDirectories
from coterie.backends.duckdb.layouts import Layouts
from coterie.backends.duckdb.message_index import MessageIndex
from coterie.backends.duckdb.naming import quoted
from coterie.backends.duckdb.schema import KEPT_ASIDE
from coterie.catalog import Catalog
from coterie.errors import did_you_mean
from coterie.records.columns import TypedColumn
from coterie.records.number_columns import ScaledNumbers
from coterie.records.operations import spelled
from coterie.records.raw import RawBatch, Source
from coterie.records.report import ReportBuilder
from coterie.records.time_columns import LocalClock

__all__ = ["FIRST_APPENDED", "Writing", "batches_of"]

FIRST_APPENDED = 36_028_797_018_960_000
"""The rows of a table that the running transaction has appended carry row ids from here on."""

_NUMBERS = itertools.count()
_KEPT_COLUMNS = "name, source, line, column_name, code, value, record"
_INT64 = 2**63 - 1


@dataclass(slots=True)
class Writing:
    """One load under way, inside its transaction.

    `changed`: data differ; `keeping`: something is being kept aside; `kept`: rows of it that are new to the store.
    `kept_now` names the table that it is gathered in; several may write in one transaction.
    `noted`: what data do not show differs, such as when they changed.
    """

    connection: duckdb.DuckDBPyConnection
    catalog: Catalog
    clock: LocalClock
    scales: dict[tuple[str, str], int]
    report: ReportBuilder
    number: int
    messages: MessageIndex
    keys: KeyDirectories
    layouts: Layouts
    changed: bool = False
    noted: bool = False
    kept: int = 0
    keeping: bool = False
    kept_now: str = field(default_factory=lambda: f"kept_now_{next(_NUMBERS)}")
    _unknown_columns: set[str] = field(default_factory=set)

    @property
    def lasting(self) -> bool:
        """Whether there is anything to commit."""
        return self.changed or self.noted or self.kept > 0

    # --- statements -----------------------------------------------------------------------------------------------

    def run(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[object, ...]]:
        """Run a statement and fetch all that it answers."""
        rows: list[tuple[object, ...]] = self.connection.execute(sql, list(parameters)).fetchall()
        return rows

    def figure(self, sql: str, parameters: Sequence[object] = ()) -> int:
        """The one whole number that a query answers; 0 for NULL."""
        ((value,),) = self.run(sql, parameters)
        assert value is None or isinstance(value, int)
        return value or 0

    def run_over(self, batch: pa.Table, sql: str) -> duckdb.DuckDBPyConnection:
        """Run a statement that reads `batch` under that name, and return its result.

        DuckDB finds the variable by its name. A registered view would hold its table until the transaction ends.
        """
        assert batch.num_columns
        return self.connection.execute(sql)

    def table_over(self, batch: pa.Table, sql: str) -> pa.Table:
        """The answer of a query that reads `batch` under that name."""
        assert batch.num_columns
        return self.connection.sql(sql).to_arrow_table()

    # --- numbers --------------------------------------------------------------------------------------------------

    def fitted(self, table: str, column: str, numbers: ScaledNumbers, *, also: Sequence[str] = ()) -> pa.Array:
        """`numbers` × 10^scale of the column, which is widened first (in the tables `also`, too) where it must be."""
        place = (table, column)
        held = self.scales[place]
        scale = max(held, numbers.scale)
        if scale > held:
            self._rescale(place, (table, *also), 10 ** (scale - held))
            self.scales[place] = scale
        huge = self._is_huge(table, column)
        if not huge and numbers.largest * 10 ** (scale - numbers.scale) > _INT64:
            for name in (table, *also):
                self._alter(name, column, "HUGEINT")
            huge = True
        return numbers.at(scale, huge=huge)

    def _rescale(self, place: tuple[str, str], tables: Sequence[str], factor: int) -> None:
        """Multiply a column of numbers, in integers that hold the greatest of them."""
        column = quoted(place[1])
        largest = max(self.figure(f"SELECT max(abs({column}::HUGEINT)) FROM {quoted(name)}") for name in tables)
        type_ = "HUGEINT" if self._is_huge(*place) or largest * factor > _INT64 else "BIGINT"
        for name in tables:
            self._alter(name, place[1], type_, f" USING {column}::{type_} * {factor}::{type_}")

    def _alter(self, table: str, column: str, type_: str, using: str = "") -> None:
        self.run(f"ALTER TABLE {quoted(table)} ALTER COLUMN {quoted(column)} TYPE {type_}{using}")
        self.layouts.altered(table)

    def _is_huge(self, table: str, column: str) -> bool:
        return self.layouts.types(table)[column] == "HUGEINT"

    # --- what is reported and kept aside ----------------------------------------------------------------------------

    def note_columns(self, batch: RawBatch, known: Sequence[str]) -> None:
        """Report the columns of `batch` that the catalog does not know, each once in a load."""
        for name in batch.columns:
            if name not in known and name not in self._unknown_columns:
                self._unknown_columns.add(name)
                self.report.count("unknown_column", name, 1, [(None, did_you_mean(name, known))])

    def note_cells(self, batch: RawBatch, column: str, typed: TypedColumn) -> None:
        """Report the ill-typed and unlisted cells of a column, and keep the ill-typed ones aside."""
        raw = batch.columns[column]

        def shown(rows: np.ndarray) -> Iterator[tuple[int | None, str]]:
            return ((batch.line(int(row)), spelled(raw.cell(int(row)))) for row in rows)

        self.report.count("unlisted_choice", column, len(typed.unlisted), shown(typed.unlisted))
        self.report.count("ill_typed", column, len(typed.ill), shown(typed.ill))
        if len(typed.ill):
            lines, values = zip(*shown(typed.ill), strict=True)
            self.keep_aside(column, "ill_typed", lines, values, None)

    def refuse(self, batch: RawBatch, column: str, code: str, rows: np.ndarray) -> None:
        """Report records that cannot be used, and keep them aside whole."""
        if not len(rows):
            return
        raw = batch.columns.get(column)
        lines = [batch.line(int(row)) for row in rows]
        values = ["" if raw is None else spelled(raw.cell(int(row))) for row in rows]
        records = [json.dumps(batch.record(int(row)), default=spelled, ensure_ascii=True) for row in rows]
        self.report.refused += len(rows)
        self.report.count(code, column, len(rows), zip(lines, values, strict=True))
        self.keep_aside(column, code, lines, values, records)

    def keep_aside(
        self, column: str, code: str, lines: Sequence[int | None], values: Sequence[str], records: Sequence[str] | None
    ) -> None:
        """Keep values, or whole records, as received."""
        rows = len(lines)
        table = pa.table(
            {
                "name": pa.array([self.report.name] * rows, pa.string()),
                "source": pa.array([spelled(self.report.source)] * rows, pa.string()),
                "line": pa.array(lines, pa.int64()),
                "column_name": pa.array([column] * rows, pa.string()),
                "code": pa.array([code] * rows, pa.string()),
                "value": pa.array(values, pa.string()),
                "record": pa.array(records if records is not None else [None] * rows, pa.string()),
            }
        )
        if self.keeping:
            self.run_over(table, f"INSERT INTO {self.kept_now} FROM batch")
        else:
            self.run_over(table, f"CREATE TEMP TABLE {self.kept_now} AS FROM batch")
            self.keeping = True

    def store_kept(self) -> None:
        """Add what was kept aside to the store, but for what an earlier load of the same source kept already."""
        if not self.keeping:
            return
        self.kept += self.figure(
            f"INSERT INTO {KEPT_ASIDE} SELECT ?, * FROM "
            f"(SELECT {_KEPT_COLUMNS} FROM {self.kept_now} "
            f"EXCEPT SELECT {_KEPT_COLUMNS} FROM {KEPT_ASIDE}) ORDER BY line",
            [self.number],
        )
        self.run(f"DROP TABLE {self.kept_now}")
        self.keeping = False


def batches_of(
    source: Source, report: ReportBuilder, progress: Callable[[int, float | None], None] | None
) -> Iterator[RawBatch]:
    """The batches of `source`, counted in `report`, with `progress` told after each has been dealt with."""
    for batch in source.batches:
        report.read += batch.rows
        yield batch
        if progress is not None:
            progress(report.read, source.fraction())
