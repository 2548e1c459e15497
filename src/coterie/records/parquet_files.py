"""Parquet files, a row group or less at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from coterie.records.files import unreadable
from coterie.records.raw import RawBatch, RawColumn, Source

__all__ = ["open_parquet"]

_BATCH_ROWS = 500_000


def open_parquet(path: Path) -> Source:
    """The records of a Parquet file. Its lines are its rows, from 1."""
    try:
        file = pq.ParquetFile(path, pre_buffer=False)  # what is buffered ahead is kept until the file is closed
    except (OSError, pa.ArrowException) as error:
        raise unreadable(path, f"cannot be opened as Parquet: {error}") from error
    names = file.schema_arrow.names
    if len(set(names)) < len(names):
        file.close()
        raise unreadable(path, "has two columns of one name")
    reader = _Progress(file.metadata.num_rows)
    return Source(path.name, reader.batches(file, path), reader.fraction)


class _Progress:
    def __init__(self, rows: int) -> None:
        self._rows, self._done = rows, 0

    def fraction(self) -> float | None:
        return self._done / self._rows if self._rows else 1.0

    def batches(self, file: pq.ParquetFile, path: Path) -> Iterator[RawBatch]:
        with file:
            try:
                for batch in file.iter_batches(batch_size=_BATCH_ROWS):
                    columns = {name: RawColumn(batch.column(name)) for name in batch.schema.names}
                    line = self._done + 1
                    self._done += batch.num_rows
                    yield RawBatch(columns, batch.num_rows, line)
            except (OSError, pa.ArrowException) as error:
                raise unreadable(path, f"is broken: {error}") from error
