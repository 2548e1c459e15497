"""CSV, plain or gzipped: UTF-8, a header, commas, RFC 4180 quotes.

The file is cut into chunks at the ends of records, which Arrow parses. Cutting here keeps real line numbers, takes
cells of any size up to `LONGEST_RECORD`, and sees an error where it stands.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from coterie.errors import ReadError
from coterie.records.arrays import one_array
from coterie.records.files import ByteFile, unreadable
from coterie.records.raw import RawBatch, RawColumn, Source

__all__ = ["LONGEST_RECORD", "open_csv"]

LONGEST_RECORD = 256 * 2**20
"""Bytes a single record may have. Longer ones are refused: a quote that is never closed looks like this."""

_CHUNK = 24 * 2**20
_BOM = b"\xef\xbb\xbf"
_QUOTE, _COMMA, _LF, _CR = b'",\n\r'
_ENDS_A_CELL = np.isin(np.arange(256), (_COMMA, _LF, _CR))


def open_csv(path: Path) -> Source:
    """The records of a CSV file, all cells text. Raises ReadError (`unreadable_file`) that names the line."""
    file = ByteFile(path)
    return Source(path.name, _batches(file), file.fraction)


def _batches(file: ByteFile) -> Iterator[RawBatch]:
    names: list[str] | None = None
    line = 1
    for chunk in _chunks(file):
        _check_text(chunk.data, line, file.path)
        data, first = chunk, line
        line += chunk.line_count
        if names is None:
            if not len(chunk.starts):
                continue
            names, data, first = _header(chunk, first, file.path)
        if len(data.starts):
            yield _batch(data, names, first, file.path)
    if names is None:
        raise unreadable(file.path, "is empty", hint="The first line names the columns.")


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Whole records: their bytes, where each record that is not blank starts, and where every line ends."""

    data: bytes
    starts: np.ndarray
    line_ends: np.ndarray

    @property
    def line_count(self) -> int:
        return len(self.line_ends)

    def lines(self, first: int) -> int | np.ndarray:
        """The line of each record, where the chunk begins at line `first`."""
        if len(self.starts) == len(self.line_ends):
            return first
        return np.searchsorted(self.line_ends, self.starts, side="right") + first

    def after(self, position: int) -> _Chunk:
        """The records from `position` on; the lines before it are still counted."""
        return _Chunk(self.data[position:], self.starts[1:] - position, self.line_ends - position)


def _chunks(file: ByteFile) -> Iterator[_Chunk]:
    rest, line = b"", 1
    for block in file.blocks(_CHUNK):
        # Bytes are searched anew when a record is longer than a chunk: chunks of a long record grow.
        data = rest + block if rest else block.removeprefix(_BOM) if line == 1 else block
        cut = _cut(data, last=False)
        if cut is None and len(data) > LONGEST_RECORD:
            raise unreadable(file.path, f"begins a record of over {LONGEST_RECORD:,} bytes", line=line, hint=_UNCLOSED)
        if cut is None:
            rest = data
            continue
        chunk, rest = cut
        line += chunk.line_count
        yield chunk
    if rest:
        cut = _cut(rest, last=True)
        if cut is None:
            raise unreadable(file.path, "opens a quote that is never closed", line=line, hint=_UNCLOSED)
        yield cut[0]


_UNCLOSED = 'Close the quote, or write a quote inside a quoted cell twice (""). Nothing of it was loaded.'


def _cut(data: bytes, *, last: bool) -> tuple[_Chunk, bytes] | None:
    """The whole records that `data` begins with, and the bytes after them. None where not one ends in it."""
    characters = np.frombuffer(data, np.uint8)
    ends = _line_ends(characters, data, last=last)
    outside = ends if b'"' not in data else ends[~_inside_quotes(characters, ends)]
    if last:
        if b'"' in data and _inside_quotes(characters, np.array([len(data)]))[0]:
            return None
        if not len(ends) or ends[-1] < len(data):
            ends, outside = np.append(ends, len(data)), np.append(outside, len(data))
    if not len(outside):
        return None
    end = int(outside[-1])
    starts = np.concatenate(([0], outside[:-1]))
    return _Chunk(data[:end], starts[~_blank(characters, starts)], ends[ends <= end]), data[end:]


def _line_ends(characters: np.ndarray, data: bytes, *, last: bool) -> np.ndarray:
    """The positions just after each end of a line: LF, CR LF, or CR alone."""
    ends = np.flatnonzero(characters == _LF)
    if b"\r" in data:
        returns = np.flatnonzero(characters == _CR)
        following = np.append(characters, 0 if last else _LF)[returns + 1]
        ends = np.sort(np.concatenate((ends, returns[following != _LF])))
    return ends + 1


def _blank(characters: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Which records hold nothing but the end of their line."""
    return np.isin(characters[starts], (_LF, _CR))


def _inside_quotes(characters: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Whether each of `positions` lies inside a quoted cell."""
    quotes = np.flatnonzero(characters == _QUOTE)
    opening = quotes[0::2]
    at_start = (opening == 0) | _ENDS_A_CELL[characters[opening - 1]]
    # Right after the quote that seemed to close the cell: the two are one doubled quote.
    at_start[1:] |= quotes[1::2][: len(opening) - 1] == opening[1:] - 1
    if not at_start.all():  # a quote in the midst of an unquoted cell is an ordinary character
        quotes = _structural(characters, quotes)
    return np.asarray(np.searchsorted(quotes, positions) % 2 == 1)


def _structural(characters: np.ndarray, quotes: np.ndarray) -> np.ndarray:
    """The quotes that open and close cells, one by one."""
    found: list[int] = []
    quoted, skip = False, -1
    size = len(characters)
    for position in quotes.tolist():
        if position == skip:
            continue
        if quoted:
            if position + 1 < size and characters[position + 1] == _QUOTE:
                skip = position + 1
                continue
            quoted = False
            found.append(position)
        elif position == 0 or characters[position - 1] in (_COMMA, _LF, _CR):
            quoted = True
            found.append(position)
    return np.array(found, dtype=np.int64)


def _check_text(data: bytes, line: int, path: Path) -> None:
    if data.isascii():
        return
    try:
        data.decode()
    except UnicodeDecodeError as error:
        number = line + data.count(b"\n", 0, error.start)
        start = data.rfind(b"\n", 0, error.start) + 1
        hint = "Save the file as UTF-8. Nothing of it was loaded."
        message = f"is not UTF-8: byte {error.start - start + 1} of it is 0x{data[error.start]:02x}"
        raise unreadable(path, message, line=number, hint=hint) from error


def _header(chunk: _Chunk, line: int, path: Path) -> tuple[list[str], _Chunk, int]:
    """The names of the columns, and the records after them with the line at which counting begins."""
    start = int(chunk.starts[0])
    end = int(chunk.starts[1]) if len(chunk.starts) > 1 else len(chunk.data)
    text = chunk.data[start:end].decode()
    names = next(csv.reader([text.rstrip("\r\n")] if '"' not in text else text.splitlines(keepends=True)))
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise unreadable(path, f"names a column twice: {', '.join(map(repr, repeated))}", line=line)
    return names, chunk.after(end), line


def _batch(chunk: _Chunk, names: list[str], first: int, path: Path) -> RawBatch:
    lines = chunk.lines(first)
    table = _parsed(chunk, names, lines, path)
    if table.num_rows != len(chunk.starts):
        raise unreadable(path, "has quotes that do not follow RFC 4180", line=first, hint=_UNCLOSED)
    columns = {name: RawColumn(one_array(table.column(name))) for name in names}
    return RawBatch(columns, table.num_rows, lines)


def _parsed(chunk: _Chunk, names: list[str], lines: int | np.ndarray, path: Path) -> pa.Table:
    ragged: list[pacsv.InvalidRow] = []

    def note(row: pacsv.InvalidRow) -> str:
        ragged.append(row)
        return "skip"

    try:
        table = pacsv.read_csv(
            pa.BufferReader(chunk.data),
            read_options=pacsv.ReadOptions(column_names=names, use_threads=False, block_size=len(chunk.data) + 1),
            parse_options=pacsv.ParseOptions(newlines_in_values=True, invalid_row_handler=note),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, check_utf8=False
            ),
        )
    except pa.ArrowException as error:
        raise unreadable(path, f"cannot be parsed: {error}") from error
    if ragged:
        raise _ragged(ragged[0], lines, path)
    return table


def _ragged(row: pacsv.InvalidRow, lines: int | np.ndarray, path: Path) -> ReadError:
    record = (row.number or 1) - 1
    line = lines + record if isinstance(lines, int) else int(lines[min(record, len(lines) - 1)])
    message = f"has {row.actual_columns} cells where the header names {row.expected_columns}"
    return unreadable(path, message, line=line)
