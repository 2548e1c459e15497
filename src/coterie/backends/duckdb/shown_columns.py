"""Attributes of stored rows as a reader is shown them: under the catalog's names, with Python's values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from pyroaring import BitMap

from coterie.backends.duckdb.arrays import Ordinals
from coterie.backends.duckdb.naming import quoted, value_column
from coterie.backends.duckdb.python_values import python_value
from coterie.backends.duckdb.source import Source
from coterie.catalog.model import Attribute, AttributeType

__all__ = ["ShownColumns", "ordinal_table"]


@dataclass(frozen=True, slots=True)
class ShownColumns:
    """Some attributes of one table."""

    table: str
    attributes: Sequence[Attribute]

    @property
    def listed(self) -> Sequence[str]:
        """The columns that hold their values, quoted; each once."""
        return [quoted(value_column(attribute.name)) for attribute in self.attributes]

    def values(self, found: pa.Table, source: Source) -> list[dict[str, object]]:
        """The values of each row of an answer, by name; lists as tuples."""
        columns = [self._column(found, attribute, source) for attribute in self.attributes]
        names = [attribute.name for attribute in self.attributes]
        if not columns:
            return [{} for _ in range(found.num_rows)]
        return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]

    def _column(self, found: pa.Table, attribute: Attribute, source: Source) -> list[object]:
        own, kind = value_column(attribute.name), attribute.type
        scale = source.number_scale(self.table, own) if kind is AttributeType.NUMBER else 0
        values = (python_value(value, kind, scale) for value in found.column(own).to_pylist())
        return [tuple(value) if isinstance(value, list) else value for value in values]


def ordinal_table(ordinals: Sequence[int] | Ordinals | BitMap) -> pa.Table:
    """Ordinals, to be joined under a name."""
    listed = ordinals.to_array() if isinstance(ordinals, BitMap) else ordinals
    return pa.table({"v": np.array(listed, dtype=np.uint32)})
