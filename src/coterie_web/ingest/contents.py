"""The records of a batch as text, sent as a JSON array or as JSON lines; and what is kept of it in the inbox."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from gzip import BadGzipFile, GzipFile
from io import BytesIO
from typing import cast

from coterie.records.operations import spelled
from coterie_web.rest.strict_json import json_of, nests_deeper

__all__ = ["Record", "kept", "records_of", "sent", "shown", "unzipped"]

Record = dict[str, object]

_DEEPEST = 20
"""Levels of nesting that a record may have: lists of texts are the deepest that a catalog knows."""

_LONGEST_SHOWN = 200
_BLANK = b" \t\r\n"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def records_of(content: bytes, *, number: Callable[[str], object] = float) -> list[Record]:
    """The records of a text. Raises ValueError that says what is wrong, and where."""
    content = content.removeprefix(_BYTE_ORDER_MARK)
    is_array = content.lstrip(_BLANK).startswith(b"[")
    records = _listed(json_of(content, number=number)) if is_array else list(_lines(content, number))
    if nests_deeper(records, _DEEPEST):
        raise ValueError("A record is nested too deeply.")
    return records


def _listed(values: list[object]) -> list[Record]:
    for position, value in enumerate(values, 1):
        if not isinstance(value, dict):
            raise ValueError(f"Record {position} is no object {{…}}.")
    return cast("list[Record]", values)


def _lines(content: bytes, number: Callable[[str], object]) -> Iterator[Record]:
    for position, line in enumerate(content.split(b"\n"), 1):
        if not line.strip(_BLANK):
            continue
        try:
            record = json_of(line, number=number)
        except ValueError as error:
            raise ValueError(f"Line {position}: {error}") from None
        if not isinstance(record, dict):
            raise ValueError(f"Line {position} is no object {{…}}.")
        yield record


def unzipped(content: bytes, *, limit: int) -> bytes | None:
    """What was packed with gzip, in one part or several; None where it is larger than `limit`.

    Raises ValueError where it was not.
    """
    try:
        with GzipFile(fileobj=BytesIO(content)) as unpacking:
            text = unpacking.read(limit + 1)
    except EOFError:
        raise ValueError("The end of what was packed with gzip is missing.") from None
    except (BadGzipFile, zlib.error) as error:
        raise ValueError(f"It is not packed with gzip: {error}.") from None
    return text if len(text) <= limit else None


def kept(content: bytes) -> bytes:
    """A text as it is kept: packed, for less is written to the disk before it is acknowledged."""
    return zlib.compress(content, 1)


def sent(stored: bytes) -> bytes:
    """The text that `kept` packed."""
    return zlib.decompress(stored)


def shown(text: str) -> str:
    """A text of a record as a report shows it: not too long, and such that every database keeps it."""
    return spelled(text).replace("\0", "\\0")[:_LONGEST_SHOWN]
