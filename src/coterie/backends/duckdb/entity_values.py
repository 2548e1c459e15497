"""The value that each record of an entity has in one attribute, as a code; corrected by what changed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
from pyroaring import BitMap

from coterie.backends.duckdb.naming import entity_table, quoted, value_column
from coterie.backends.duckdb.numbered_values import MISSING, Codes, Counts, NumberedValues, ValueKind
from coterie.backends.duckdb.shown_columns import ordinal_table
from coterie.backends.duckdb.source import Source
from coterie.planning.backend import Changes, EntityChanges

__all__ = ["EntityValues"]

_SPARE = 10_000
"""Values that no record has any more are kept up to so many, and as many again as there are of others."""


class EntityValues:
    """The values of one attribute by record. Not for several threads at once."""

    def __init__(self, entity: str, attribute: str, source: Source) -> None:
        self._entity = entity
        self._attribute = attribute
        self._source = source
        self._table = entity_table(entity)
        self._column = value_column(attribute)
        self._version: int | None = None
        self._kind = self._kind_now()
        self.values = NumberedValues(self._kind)
        self._codes: Codes = np.empty(0, np.int32)

    @property
    def nbytes(self) -> int:
        return self.values.nbytes + self._codes.nbytes

    def catch_up(self, changes: Callable[[int], Changes | None]) -> None:
        """Hold what the data say now."""
        version = self._source.data_version
        if version == self._version:
            return
        since = None if self._version is None else changes(self._version)
        if since is None or self._entity in since.whole or self._kind != self._kind_now():
            self._read_all()
        elif self._entity in since.entities:
            self._correct(since.entities[self._entity])
        self._version = version

    def counts(self, records: BitMap | None) -> Counts:
        """By code how many records have a value; of those `records` alone, where they are given."""
        codes = self._codes
        if records is not None:
            ordinals = np.array(records.to_array(), dtype=np.int64)
            codes = codes[ordinals[ordinals < len(codes)]]
        return np.bincount(codes[codes != MISSING], minlength=len(self.values)).astype(np.int64)

    def _kind_now(self) -> ValueKind:
        attribute = self._source.catalog.entities[self._entity].attributes[self._attribute]
        return ValueKind.of(attribute, self._table, self._source)

    def _read_all(self) -> None:
        self._kind = self._kind_now()
        self.values = NumberedValues(self._kind)
        self._codes = np.empty(0, np.int32)
        self._take_over(self._rows("TRUE", {}))

    def _correct(self, changed: EntityChanges) -> None:
        if changed.columns is not None and self._attribute not in changed.columns:
            return
        ordinals = np.array(changed.records.to_array(), dtype=np.int64)
        self._codes[ordinals[ordinals < len(self._codes)]] = MISSING
        chosen = {"chosen": ordinal_table(changed.records)}
        self._take_over(self._rows("ordinal IN (SELECT v FROM chosen)", chosen))
        if len(self.values) > _SPARE + 2 * np.count_nonzero(self.counts(None)):
            self._read_all()

    def _rows(self, condition: str, tables: dict[str, pa.Table]) -> pa.Table:
        column = quoted(self._column)
        statement = (
            f"SELECT ordinal, {column} AS value FROM {quoted(self._table)} "
            f"WHERE known AND {column} IS NOT NULL AND {condition}"
        )
        return self._source.query(statement, (), tables)

    def _take_over(self, rows: pa.Table) -> None:
        if not rows.num_rows:
            return
        ordinals = rows.column("ordinal").to_numpy()
        beyond = int(ordinals.max()) + 1 - len(self._codes)
        if beyond > 0:
            self._codes = np.concatenate((self._codes, np.full(beyond, MISSING, np.int32)))
        self._codes[ordinals] = self.values.codes(rows.column("value"))
