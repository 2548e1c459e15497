"""Records as received: batches of columns, before anything is known about their types."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

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
        return _as_python(cell) if isinstance(cell, pa.Scalar) else cell


def _as_python(cell: pa.Scalar) -> object:
    """The cell in Python's own types; what is finer or farther than they reach as Arrow spells it."""
    if not _holds_nanoseconds(cell.type):
        with suppress(ValueError, OverflowError):
            return cell.as_py()
    if not cell.is_valid:
        return None
    match cell:
        case pa.DictionaryScalar():
            return _as_python(cell.value)
        case pa.ListScalar():  # lists of all kinds, and maps
            return [_as_python(element) for element in cell.values]
        case pa.StructScalar():
            return {field.name: _as_python(cell[place]) for place, field in enumerate(cell.type)}
        case _:
            return _spelled_if_finer(cell)


def _spelled_if_finer(cell: pa.Scalar) -> object:
    with suppress(pa.ArrowInvalid, ValueError, OverflowError):
        if pa.types.is_timestamp(cell.type):
            return cell.cast(pa.timestamp("us", cell.type.tz)).as_py()
    return cell.cast(pa.string()).as_py()


@lru_cache(maxsize=256)
def _holds_nanoseconds(kind: pa.DataType) -> bool:
    """Whether Arrow makes objects of another library of such values, where it is installed, and fails otherwise."""
    if pa.types.is_dictionary(kind):
        return _holds_nanoseconds(kind.value_type)
    if pa.types.is_timestamp(kind) or pa.types.is_time(kind) or pa.types.is_duration(kind):
        return bool(kind.unit == "ns")
    return any(_holds_nanoseconds(kind.field(place).type) for place in range(kind.num_fields))


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
