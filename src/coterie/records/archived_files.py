"""One archived file: a load or a batch as it was received, as Parquet.

Three layouts. `columns`: Arrow arrays as they came, a row group or more per batch; a column whose type Parquet would
change is kept as Arrow's own bytes in the first row of each batch. `records`: one JSON text per record, for records
of Python objects. `operations`: one JSON text per operation of an ingested batch. What a file says about itself stands,
with a checksum, in its metadata; its pages have checksums of their own.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from coterie.errors import Problem, StoreError
from coterie.records.archived_values import decoded, encoded, encoded_each, encoded_rows
from coterie.records.arrays import one_array
from coterie.records.mappings import columns_of_mappings
from coterie.records.raw import RawBatch, RawColumn

__all__ = ["FORMAT_VERSION", "ArchivedFile", "ArchivedKind", "FileWriter", "Heading", "damaged"]

FORMAT_VERSION = 1
"""The version of the files that this code reads and writes."""

_HEADING, _CHECKSUM = b"coterie", b"coterie_crc32"
_OPERATIONS_AT_A_TIME = 100_000
_PARQUET: Mapping[str, Any] = {
    "compression": "zstd",
    "compression_level": 1,
    "write_statistics": False,
    "write_page_checksum": True,
}
_LINE = "line"


class ArchivedKind(StrEnum):
    LOAD = "load"
    INGEST = "ingest"


class _Layout(StrEnum):
    COLUMNS = "columns"
    RECORDS = "records"
    OPERATIONS = "operations"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """What an archived file says about itself.

    `name` is the entity or interaction, `source` what the records came from; both are empty for an ingested batch.
    `time_zone` is the organization's at the time. `data_version` is the one that the change came to. `catalog` is the
    number of the file that holds the catalog of the time, perhaps this one.
    """

    number: int
    kind: ArchivedKind
    name: str
    source: str
    time_zone: str
    changed: bool
    data_version: int
    catalog: int


def damaged(path: Path, message: str, hint: str = "") -> StoreError:
    """The error for an archive, or a file of it, that cannot be replayed."""
    return StoreError(
        Problem(
            code="archive_damaged",
            path=str(path),
            message=message,
            hint=hint or "Put the file back from a backup of the archive. Nothing was changed.",
        )
    )


# --- writing ---------------------------------------------------------------------------------------------------------


class FileWriter:
    """Writes one file, batch by batch, under a name that it keeps only until it is complete."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: BinaryIO | None = None
        self._parquet: pq.ParquetWriter | None = None
        self._layout = _Layout.COLUMNS
        self._names: list[str] = []
        self._as_bytes: list[str] = []
        self._batches: list[dict[str, object]] = []

    def add_batch(self, batch: RawBatch) -> None:
        """Add a batch of a load."""
        if not batch.rows:
            return
        if self._parquet is None:
            arrow = all(isinstance(c.values, pa.Array) and c.present is None for c in batch.columns.values())
            self._layout = _Layout.COLUMNS if batch.columns and arrow else _Layout.RECORDS
        if self._layout is _Layout.COLUMNS:
            self._add_columns(batch)
        else:
            self._add_records(batch)

    def add_operations(self, operations: Sequence[Mapping[object, object]]) -> None:
        """Add operations of an ingested batch, in order."""
        if operations:
            self._layout = _Layout.OPERATIONS
        for start in range(0, len(operations), _OPERATIONS_AT_A_TIME):
            part = operations[start : start + _OPERATIONS_AT_A_TIME]
            texts = encoded_each([_as_dicts(operation) for operation in part])
            self._write([pa.array(np.arange(start, start + len(part))), texts], ["position", "operation"], {})

    def finish(self, heading: Heading, catalog: Mapping[str, object] | None) -> None:
        """Complete the file, and make sure that it is on the disk. `catalog` where this file is to hold it."""
        if self._parquet is None:
            self._begin(pa.schema([(_LINE, pa.int64())]))
        assert self._parquet is not None
        assert self._file is not None
        told = {
            "format": FORMAT_VERSION,
            **asdict(heading),
            "held_catalog": catalog,
            "layout": self._layout,
            "names": encoded(self._names),
            "as_bytes": self._as_bytes,
            "batches": self._batches,
        }
        text = json.dumps(told).encode("ascii")
        self._parquet.add_key_value_metadata({_HEADING: text, _CHECKSUM: str(zlib.crc32(text)).encode("ascii")})
        self._parquet.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def discard(self) -> None:
        """Let go of the file, and remove it if it still has the name it is written under."""
        if self._file is None:
            return
        if self._parquet is not None and not self._file.closed:
            self._parquet.close()
        self._file.close()
        self.path.unlink(missing_ok=True)

    # --- layouts

    def _add_columns(self, batch: RawBatch) -> None:
        names = list(batch.columns)
        arrays = [column.values for column in batch.columns.values() if isinstance(column.values, pa.Array)]
        if self._parquet is None:
            self._names = names
            self._as_bytes = [n for n, a in zip(names, arrays, strict=True) if not _is_kept_by_parquet(a.type)]
        assert names == self._names, "the batches of a source have the same columns"
        stored = [
            _in_first_row(array) if name in self._as_bytes else array for name, array in zip(names, arrays, strict=True)
        ]
        line = _free_name(_LINE, names)
        self._write([_line_column(batch), *stored], [line, *names], {"line": _first_line(batch)})

    def _add_records(self, batch: RawBatch) -> None:
        names = list(batch.columns)
        columns = list(batch.columns.values())
        cells = [column.values if isinstance(column.values, list) else _cells(column) for column in columns]
        present = np.ones((batch.rows, len(columns)), bool)
        for place, column in enumerate(columns):
            if column.present is not None:
                present[:, place] = column.present
        texts = encoded_rows(names, cells, present) if names else pa.array(["{}"] * batch.rows, pa.string())
        told = {"line": _first_line(batch), "names": encoded(names)}
        self._write([_line_column(batch), texts], [_LINE, "record"], told)

    def _write(self, arrays: Sequence[pa.Array], names: Sequence[str], told: Mapping[str, object]) -> None:
        table = pa.Table.from_arrays(list(arrays), names=list(names))
        if self._parquet is None:
            self._begin(table.schema)
        assert self._parquet is not None
        self._parquet.write_table(table, row_group_size=table.num_rows)
        self._batches.append({"rows": table.num_rows, **told})

    def _begin(self, schema: pa.Schema) -> None:
        self._file = self.path.open("wb")
        self._parquet = pq.ParquetWriter(self._file, schema, **_PARQUET)


def _as_dicts(operation: Mapping[object, object]) -> dict[object, object]:
    """An operation and its record as plain mappings, whatever kind of mapping they are."""
    return {key: dict(value) if isinstance(value, Mapping) else value for key, value in operation.items()}


def _cells(column: RawColumn) -> list[object]:
    return [column.cell(row) for row in range(len(column.values))]


def _free_name(name: str, taken: Sequence[str]) -> str:
    while name in taken:
        name += "_"
    return name


def _first_line(batch: RawBatch) -> int | None:
    return int(batch.lines) if isinstance(batch.lines, int) else None


def _line_column(batch: RawBatch) -> pa.Array:
    """The lines of a batch where they do not follow each other, else nothing."""
    if isinstance(batch.lines, int):
        return pa.nulls(batch.rows, pa.int64())
    return pa.array(np.asarray(batch.lines, np.int64))


def _is_kept_by_parquet(type_: pa.DataType) -> bool:
    """Whether Parquet gives a column back in the type in which it was given."""
    buffer = pa.BufferOutputStream()
    try:
        pq.write_table(pa.schema([("column", type_)]).empty_table(), buffer)
        read = pq.read_schema(pa.BufferReader(buffer.getvalue())).field(0).type
    except pa.ArrowException:
        return False
    return bool(read == type_)


def _in_first_row(array: pa.Array) -> pa.Array:
    """An array as Arrow's bytes in the first row of a column."""
    sink = pa.BufferOutputStream()
    batch = pa.RecordBatch.from_arrays([array], names=["column"])
    with pa.ipc.new_stream(sink, batch.schema) as stream:
        stream.write_batch(batch)
    return pa.array([sink.getvalue().to_pybytes(), *[None] * (len(array) - 1)], pa.large_binary())


# --- reading ---------------------------------------------------------------------------------------------------------


class ArchivedFile:
    """A complete file of an archive. Everything it gives was checked; StoreError (`archive_damaged`) otherwise."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._opened() as parquet:
            self._told = self._heading(parquet)
        try:
            told = self._told
            given = {name: told[name] for name in Heading.__dataclass_fields__}
            self.heading = Heading(**{**given, "kind": ArchivedKind(told["kind"])})
            self._layout = _Layout(told["layout"])
            self.held_catalog: Mapping[str, object] | None = told["held_catalog"]
        except (KeyError, TypeError, ValueError) as error:
            raise damaged(path, f"The file does not say what it holds: {error}.") from error

    def batches(self) -> Iterator[RawBatch]:
        """The batches of a load, as they were received."""
        read = self._batch_of_columns if self._layout is _Layout.COLUMNS else self._batch_of_records
        for table, told in self._tables():
            try:
                batch = read(table, told)
            except (pa.ArrowException, ValueError, KeyError, TypeError) as error:
                raise damaged(self.path, f"A batch cannot be read: {error}.") from error
            yield batch

    def operations(self) -> list[Mapping[object, object]]:
        """The operations of an ingested batch, in order."""
        operations: list[Mapping[object, object]] = []
        for table, _ in self._tables():
            try:
                operations += [_record(text) for text in table.column("operation").to_pylist()]
            except (pa.ArrowException, ValueError, KeyError, TypeError) as error:
                raise damaged(self.path, f"An operation cannot be read: {error}.") from error
        return operations

    def _opened(self) -> pq.ParquetFile:
        try:
            return pq.ParquetFile(self.path, pre_buffer=False, page_checksum_verification=True)
        except FileNotFoundError as error:
            raise damaged(self.path, "The file is missing.") from error
        except (OSError, pa.ArrowException) as error:
            raise damaged(self.path, f"The file cannot be read as Parquet: {_first_line_of(error)}") from error

    def _heading(self, parquet: pq.ParquetFile) -> dict[str, Any]:
        metadata = parquet.metadata.metadata or {}
        text = metadata.get(_HEADING, b"")
        if str(zlib.crc32(text)).encode("ascii") != metadata.get(_CHECKSUM):
            raise damaged(self.path, "What the file says about itself is damaged.")
        told: dict[str, Any] = json.loads(text)
        if told["format"] > FORMAT_VERSION:
            message = f"The file has format {told['format']}; this Coterie reads up to {FORMAT_VERSION}."
            raise damaged(self.path, message, "Use the newer Coterie that wrote it.")
        return told

    def _tables(self) -> Iterator[tuple[pa.Table, Mapping[str, Any]]]:
        """The rows of each batch, with what is told about it."""
        with self._opened() as parquet:
            group = 0
            for told in self._told["batches"]:
                parts, rows = [], 0
                while rows < told["rows"] and group < parquet.num_row_groups:
                    try:
                        parts.append(parquet.read_row_group(group))
                    except (OSError, pa.ArrowException) as error:
                        raise damaged(self.path, f"The file is broken: {_first_line_of(error)}") from error
                    rows += parts[-1].num_rows
                    group += 1
                if rows != told["rows"]:
                    raise damaged(self.path, "The file has other rows than it says.")
                yield pa.concat_tables(parts), told
            if group != parquet.num_row_groups and self._told["batches"]:
                raise damaged(self.path, "The file has more rows than it says.")

    def _batch_of_columns(self, table: pa.Table, told: Mapping[str, Any]) -> RawBatch:
        names = _names(self._told["names"])
        columns = {}
        for place, name in enumerate(names, 1):
            array = one_array(table.column(place))
            columns[name] = RawColumn(_from_first_row(array) if name in self._told["as_bytes"] else array)
        return RawBatch(columns, table.num_rows, _lines(table, told))

    def _batch_of_records(self, table: pa.Table, told: Mapping[str, Any]) -> RawBatch:
        records: list[Mapping[object, object]] = [_record(text) for text in table.column("record").to_pylist()]
        columns = columns_of_mappings(records, _names(told["names"]))
        return RawBatch(columns, table.num_rows, _lines(table, told))


def _record(text: str) -> dict[Any, object]:
    record = decoded(text)
    if not isinstance(record, dict):
        raise TypeError("a record is no object")
    return record


def _names(text: str) -> list[str]:
    names = decoded(text)
    assert isinstance(names, list)
    return names


def _lines(table: pa.Table, told: Mapping[str, Any]) -> int | np.ndarray:
    if told["line"] is not None:
        return int(told["line"])
    return np.asarray(one_array(table.column(0)).to_numpy(zero_copy_only=False), dtype=np.int64)


def _from_first_row(array: pa.Array) -> pa.Array:
    with pa.ipc.open_stream(array[0].as_buffer()) as stream:
        return one_array(stream.read_all().column(0))


def _first_line_of(error: Exception) -> str:
    return str(error).partition("\n")[0].rstrip(". ") + "."
