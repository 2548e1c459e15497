"""Records as received: batches of columns, before anything is known about their types."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

__all__ = ["RawBatch", "RawColumn", "Source"]


@dataclass(frozen=True, slots=True)
class RawColumn:
    """The cells of one column: an Arrow array, or a list of Python objects where their types are mixed.

    `present` tells, where not all are, which records have this column at all: one they lack stays as it is known.
    """

    values: pa.Array | list[object]
    present: np.ndarray | None = None

    def cell(self, row: int) -> object:
        """The cell of `row` as a Python object."""
        cell = self.values[row]
        if not isinstance(cell, pa.Scalar):
            return cell
        try:
            return cell.as_py()
        except (ValueError, OverflowError, ImportError):  # finer or farther than Python's own types reach
            return str(cell)


@dataclass(frozen=True, slots=True)
class RawBatch:
    """`rows` records with their columns by name. `lines` tells the line of each row, or the line of the first row."""

    columns: Mapping[str, RawColumn]
    rows: int
    lines: int | np.ndarray

    def line(self, row: int) -> int:
        return self.lines + row if isinstance(self.lines, int) else int(self.lines[row])

    def record(self, row: int) -> dict[str, object]:
        """The record of `row` with the columns that it has."""
        return {
            name: column.cell(row)
            for name, column in self.columns.items()
            if column.present is None or column.present[row]
        }


@dataclass(frozen=True, slots=True)
class Source:
    """Where records come from: its name, its batches in order, how much of it has been read (0 to 1) if known."""

    name: str
    batches: Iterator[RawBatch]
    fraction: Callable[[], float | None]
