"""Members as CSV in UTF-8 (RFC 4180), written batch by batch. No cell starts a formula in a spreadsheet.

Spreadsheets take a cell for a formula that begins with `=`, `+`, `-` or `@` (also in full width), or with a tab or a
line break before one. Such text gets an apostrophe in front, as OWASP advises, and all text stands in quotes, so that
no separator within splits it. A text that is a plain number (`+49301234`, `-5`) is harmless and stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa

__all__ = ["csv_chunks", "quoted"]

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")
_PLAIN_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?")
_BETWEEN_CHOICES = ";"


def csv_chunks(batches: Iterable[pa.RecordBatch], *, with_mark: bool) -> Iterator[bytes]:
    """The batches as CSV. `with_mark` begins with a byte order mark, by which Excel knows UTF-8."""
    if with_mark:
        yield _BYTE_ORDER_MARK
    for number, batch in enumerate(batches):
        if number == 0:
            yield _line(map(quoted, batch.schema.names))
        columns = [_cells(column) for column in batch.columns]
        yield b"".join(map(_line, zip(*columns, strict=True)))


def quoted(text: str) -> str:
    """A text as a cell."""
    if _FORMULA.match(text) and not _PLAIN_NUMBER.fullmatch(text):
        text = f"'{text}"
    doubled = text.replace('"', '""')
    return f'"{doubled}"'


def _line(cells: Iterable[str]) -> bytes:
    return (",".join(cells) + "\r\n").encode()


def _cells(column: pa.Array) -> list[str]:
    write = _writer(column.type)
    return ["" if value is None else write(value) for value in column.to_pylist()]


def _writer(kind: pa.DataType) -> Callable[[object], str]:
    """How values of a type are written; a missing one is an empty cell without quotes."""
    if pa.types.is_list(kind):
        return lambda value: quoted(_BETWEEN_CHOICES.join(value))  # type: ignore[arg-type]
    return _cell


def _cell(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case Decimal():
            return _number(value)
        case datetime():
            return f"{value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"
        case date():
            return value.isoformat()
        case _:
            return quoted(str(value))


def _number(value: Decimal) -> str:
    whole, _, fraction = f"{value:f}".partition(".")
    return ".".join(filter(None, (whole, fraction.rstrip("0"))))
