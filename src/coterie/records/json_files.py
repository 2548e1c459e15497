"""JSON lines, plain or gzipped: one object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from coterie.records.files import ByteFile, unreadable
from coterie.records.mappings import batch_of_mappings
from coterie.records.raw import RawBatch, Source
from coterie.values.numbers import decimal_of_json

__all__ = ["object_of_line", "open_json_lines"]

_LINES_AT_A_TIME = 50_000
_BYTES_AT_A_TIME = 64 * 2**20


def open_json_lines(path: Path) -> Source:
    """The records of a JSON lines file. Raises ReadError that names the line for one that is no object."""
    file = ByteFile(path)
    return Source(path.name, _batches(file), file.fraction)


def _batches(file: ByteFile) -> Iterator[RawBatch]:
    rows: list[dict[object, object]] = []
    lines: list[int] = []
    size = 0
    for number, line in enumerate(file.lines(), 1):
        record = object_of_line(line, number, file.path)
        if record is None:
            continue
        rows.append(record)
        lines.append(number)
        size += len(line)
        if len(rows) == _LINES_AT_A_TIME or size > _BYTES_AT_A_TIME:
            yield batch_of_mappings(rows, np.array(lines))
            rows, lines, size = [], [], 0
    if rows:
        yield batch_of_mappings(rows, np.array(lines))


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object with each of its keys once: of two values for one key, neither may be lost silently."""
    record = dict(pairs)
    if len(record) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {twice!r} is given twice")
    return record


def object_of_line(line: bytes, number: int, path: Path) -> dict[object, object] | None:
    """The object of a line; None for a blank one. Raises ReadError that names the line."""
    if not line.strip():
        return None
    try:
        # Decimals keep the digits as written; a float would be its shortest decimal, which is another one past 17.
        text = line.decode("utf-8-sig" if number == 1 else "utf-8")
        record = json.loads(text, parse_float=decimal_of_json, object_pairs_hook=_object)
    except UnicodeDecodeError as error:
        raise unreadable(path, f"is not UTF-8 (byte {error.start + 1} of the line)", line=number) from error
    except (ValueError, RecursionError) as error:
        raise unreadable(path, f"is not JSON: {error}", line=number) from error
    if not isinstance(record, dict):
        raise unreadable(path, "is not an object {…}", line=number)
    return record
