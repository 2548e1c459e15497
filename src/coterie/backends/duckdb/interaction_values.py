"""How many interactions of one kind have each value of an attribute: counted once, then those that came are added.

Interactions never change, and new ones are stored after all others.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from pyroaring import BitMap

from coterie.backends.duckdb.naming import interaction_table, quoted, value_column
from coterie.backends.duckdb.numbered_values import MISSING, Codes, Counts, NumberedValues, ValueKind
from coterie.backends.duckdb.shown_columns import ordinal_table
from coterie.backends.duckdb.source import Source

__all__ = ["InteractionValues"]

_FEW = 500_000
"""So many new interactions are read one by one; where more came, all are counted again."""


class InteractionValues:
    """The counted values of one attribute, of the interactions of everybody or of some contacts.

    Not for several threads at once.
    """

    def __init__(self, interaction: str, attribute: str, within: BitMap | None, source: Source) -> None:
        self.within = within
        self._interaction = interaction
        self._attribute = attribute
        self._source = source
        self._table = interaction_table(interaction)
        self._column = quoted(value_column(attribute))
        self._kind = self._kind_now()
        self.values = NumberedValues(self._kind)
        self.counts: Counts = np.zeros(0, np.int64)
        self._rows = 0
        self._last = -1

    @property
    def nbytes(self) -> int:
        return self.values.nbytes + self.counts.nbytes

    def catch_up(self) -> None:
        """Hold what the data say now."""
        rows, last = self._extent()
        if rows == self._rows and self._kind == self._kind_now():
            return
        if not self._is_added(rows, last):
            self._count_all(last)
        self._rows, self._last = rows, last

    def _kind_now(self) -> ValueKind:
        attribute = self._source.catalog.interactions[self._interaction].attributes[self._attribute]
        return ValueKind.of(attribute, self._table, self._source)

    def _extent(self) -> tuple[int, int]:
        """How many rows there are, and the place of the last one."""
        found = self._source.query(f"SELECT count(*), coalesce(max(rowid), -1) FROM {quoted(self._table)}")
        return found.column(0)[0].as_py(), found.column(1)[0].as_py()

    def _is_added(self, rows: int, last: int) -> bool:
        """Add the rows that came since. False where it is not certain which ones those are."""
        new = rows - self._rows
        if not self._rows or not 0 <= new <= _FEW or self._kind != self._kind_now():
            return False
        found = self._source.query(
            f"SELECT contact, {self._column} AS value FROM {quoted(self._table)} WHERE rowid > ? AND rowid <= ?",
            [self._last, last],
        )
        if found.num_rows != new:  # DuckDB has moved rows into the places of others that were taken out
            return False
        if self.within is not None:
            is_within = [contact in self.within for contact in found.column("contact").to_pylist()]
            found = found.filter(pa.array(is_within, pa.bool_()))
        self._add(self.values.codes(found.column("value")), 1)
        return True

    def _count_all(self, last: int) -> None:
        self._kind = self._kind_now()
        self.values, self.counts = NumberedValues(self._kind), np.zeros(0, np.int64)
        condition, tables = f"{self._column} IS NOT NULL AND rowid <= ?", {}
        if self.within is not None:
            condition += " AND contact IN (SELECT v FROM within)"
            tables["within"] = ordinal_table(self.within)
        found = self._source.query(
            f"SELECT {self._column} AS value, count(*) AS n FROM {quoted(self._table)} WHERE {condition} GROUP BY ALL",
            [last],
            tables,
        )
        self._add(self.values.codes(found.column("value")), found.column("n").to_numpy())

    def _add(self, codes: Codes, records: int | Counts) -> None:
        """Add so many records for each code."""
        counts = np.zeros(len(self.values), np.int64)
        counts[: len(self.counts)] = self.counts
        is_there = codes != MISSING
        np.add.at(counts, codes[is_there], records if isinstance(records, int) else records[is_there])
        self.counts = counts
