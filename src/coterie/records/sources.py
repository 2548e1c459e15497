"""Opening what records come from: a file by its suffix, an Arrow table or reader, or mappings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from os import PathLike
from pathlib import Path

import pyarrow as pa

from coterie.errors import Problem, ReadError
from coterie.records.arrays import one_array
from coterie.records.csv_files import open_csv
from coterie.records.json_files import open_json_lines
from coterie.records.mappings import batch_of_mappings
from coterie.records.parquet_files import open_parquet
from coterie.records.raw import RawBatch, RawColumn, Source

__all__ = ["BATCH_ROWS", "open_source"]

BATCH_ROWS = 500_000
"""Records read from a typed source at a time."""

_MAPPINGS_AT_A_TIME = 100_000
_SUFFIXES = {
    ".csv": open_csv,
    ".csv.gz": open_csv,
    ".parquet": open_parquet,
    ".jsonl": open_json_lines,
    ".jsonl.gz": open_json_lines,
    ".ndjson": open_json_lines,
    ".ndjson.gz": open_json_lines,
}


def open_source(source: object) -> Source:
    """The batches of `source`, read as they are asked for.

    A path (.csv, .jsonl or .ndjson, each perhaps .gz, or .parquet), a `pyarrow.Table` or `RecordBatchReader`, or an
    iterable of mappings. Raises ReadError (`unreadable_file`), here or while reading, naming the line where it can.
    """
    match source:
        case str() | PathLike():
            return _open_path(Path(source))
        case pa.Table():
            return _of_arrow("an Arrow table", source.to_batches(max_chunksize=BATCH_ROWS), source.schema)
        case pa.RecordBatch():
            return _of_arrow("an Arrow batch", [source], source.schema)
        case pa.RecordBatchReader():
            return _of_arrow("an Arrow reader", source, source.schema)
        case Mapping():
            raise _unusable("one record alone", "Pass a list of records.")
        case Iterable():
            return Source("records", _of_mappings(source), lambda: None)
        case _:
            raise _unusable(f"{type(source).__name__}", "Pass a path, an Arrow table or an iterable of mappings.")


def _unusable(what: str, hint: str) -> ReadError:
    return ReadError(Problem(code="unreadable_file", path="source", message=f"Cannot read {what}.", hint=hint))


def _open_path(path: Path) -> Source:
    name = path.name.lower()
    for suffix, opener in _SUFFIXES.items():
        if name.endswith(suffix):
            return opener(path)
    raise ReadError(
        Problem(
            code="unreadable_file",
            path=str(path),
            message=f"The name says no format that can be read: {path.suffix or 'it has no suffix'}.",
            hint=f"Known: {', '.join(_SUFFIXES)}.",
        )
    )


def _of_arrow(name: str, batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Source:
    names = schema.names
    if len(set(names)) < len(names):
        raise _unusable(f"{name} with two columns of one name", "Give each column its own name.")

    def read() -> Iterator[RawBatch]:
        line = 1
        for batch in batches:
            columns = {name: RawColumn(one_array(column)) for name, column in zip(names, batch.columns, strict=True)}
            yield RawBatch(columns, batch.num_rows, line)
            line += batch.num_rows

    return Source(name, read(), lambda: None)


def _of_mappings(records: Iterable[object]) -> Iterator[RawBatch]:
    remaining = iter(records)
    line = 1
    while rows := list(islice(remaining, _MAPPINGS_AT_A_TIME)):
        for position, row in enumerate(rows):
            if not isinstance(row, Mapping):
                raise _unusable(f"record {line + position}: {type(row).__name__} is not a mapping", "Pass mappings.")
        yield batch_of_mappings([row for row in rows if isinstance(row, Mapping)], line)
        line += len(rows)
