"""Records given as mappings → columns, remembering which record has which column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from coterie.records.raw import RawBatch, RawColumn

__all__ = ["batch_of_mappings", "columns_of_mappings"]


def batch_of_mappings(rows: Sequence[Mapping[object, object]], lines: int | np.ndarray) -> RawBatch:
    """The columns of `rows`, named by the text of their keys, in order of first appearance."""
    names = dict.fromkeys(name for row in rows for name in row)
    return RawBatch(columns_of_mappings(rows, list(names)), len(rows), lines)


def columns_of_mappings(rows: Sequence[Mapping[object, object]], names: Sequence[object]) -> dict[str, RawColumn]:
    """The columns `names` of `rows`, in that order."""
    return {str(name): _column(rows, name) for name in names}


def _column(rows: Sequence[Mapping[object, object]], name: object) -> RawColumn:
    values = [row.get(name) for row in rows]
    present = np.fromiter((name in row for row in rows), bool, len(rows))
    return RawColumn(values, None if present.all() else present)
