"""The content of records as received, spelled as one text each: what a made message id is made of."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from coterie.records.raw import RawBatch, RawColumn

__all__ = ["contents"]

# Typed, and made once: to find the type of a Python value, Arrow looks for a module that may not be there, every time.
_NOTHING = pa.scalar(None, pa.string())
_EMPTY = pa.scalar("", pa.string())
_COLON = pa.scalar(":", pa.string())
_NO_LENGTH = pa.scalar(0, pa.int32())


def contents(batch: RawBatch, rows: np.ndarray) -> pa.StringArray:
    """Each record of `rows` as text, null for the others. Equal texts: the same filled columns with the same cells.

    All columns count, those that the catalog does not know too: so a record keeps its id when the catalog grows.
    """
    parts = [_spelled(batch.columns[name], name) for name in sorted(batch.columns)]
    if not parts:
        return pa.array([""] * batch.rows, pa.string())
    joined = pc.binary_join_element_wise(*parts, _EMPTY, null_handling="replace", null_replacement="")
    return pc.if_else(pa.array(rows), joined, _NOTHING)


def _spelled(column: RawColumn, name: str) -> pa.StringArray:
    """`name:length:cell` of every cell, so that no two records run together; null for an empty one."""
    cells = _texts(column)
    length = pc.binary_length(cells)
    spelled = pc.binary_join_element_wise(pa.scalar(_text(name), pa.string()), length.cast(pa.string()), cells, _COLON)
    return pc.if_else(pc.equal(length, _NO_LENGTH), _NOTHING, spelled)


def _texts(column: RawColumn) -> pa.StringArray:
    if isinstance(column.values, pa.Array):
        try:
            return column.values.cast(pa.string())
        except pa.ArrowException:
            cells = [column.cell(row) for row in range(len(column.values))]
    else:
        cells = column.values
    return pa.array([_text(cell) for cell in cells], pa.string())


def _text(cell: object) -> str | None:
    if cell is None or isinstance(cell, str):
        return cell if cell is None else cell.encode("utf-8", "backslashreplace").decode("utf-8")
    return json.dumps(cell, default=str)
