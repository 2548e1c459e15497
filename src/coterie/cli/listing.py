"""Members written out: a table to look at, or CSV, JSON or Parquet to go on with."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Protocol

from coterie.cli.arguments import MemberFormat
from coterie.cli.screen import Screen
from coterie.cli.trees import members_word
from coterie.errors import Problem, QuestionError

__all__ = ["Members", "chosen_format", "write_members"]

_PAGE = 65_536

Page = list[str]
"""Contact keys that are written at once."""


def chosen_format(form: MemberFormat | None, output: Path | None) -> MemberFormat:
    """The format asked for, else the one the output's name ends in, else a table."""
    if form is not None:
        return form
    if output is None:
        return MemberFormat.TABLE
    try:
        return MemberFormat(output.suffix.removeprefix(".").lower())
    except ValueError:
        raise QuestionError(
            Problem(
                code="unknown_format",
                path="--output",
                message=f"The name {output.name!r} does not say which format is meant.",
                hint="End it in .csv, .json or .parquet, or pass --format.",
            )
        ) from None


class Members(Protocol):
    """Contacts by their keys, in the order of their becoming known."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[str]: ...


def write_members(members: Members, key: str, form: MemberFormat, output: Path | None, limit: int | None) -> None:
    """Write the members, at most `limit` of them, in a column named `key`."""
    pages = _pages(islice(members, limit))
    if form is MemberFormat.TABLE and output is None:
        _show_table(key, pages, len(members))
        return
    if form is MemberFormat.PARQUET and output is None and sys.stdout.isatty():
        raise QuestionError(
            Problem(
                code="unknown_format",
                path="--format",
                message="Parquet is no text for a terminal.",
                hint="Pass --output FILE, or send the output somewhere.",
            )
        )
    with _written(output) as file:
        _WRITERS[form](key, pages, file)


def _pages(ids: Iterator[str]) -> Iterator[Page]:
    while page := list(islice(ids, _PAGE)):
        yield page


@contextmanager
def _written(output: Path | None) -> Iterator[BinaryIO]:
    """Standard output, or the file; which appears when it is whole, and not at all where writing it fails."""
    if output is None:
        yield sys.stdout.buffer
        return
    if output.exists() and not output.is_file():  # a pipe, a device: written to, never replaced by a file
        with output.open("wb") as file:
            yield file
        return
    target = output.resolve()  # a link goes on leading to the file
    part = target.with_name(f"{target.name}.part")
    try:
        with part.open("wb") as file:
            yield file
        part.replace(target)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(output)) from None
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


# --- the formats -----------------------------------------------------------------------------------------------------


def _show_table(key: str, pages: Iterator[Page], total: int) -> None:
    rows = [contact for page in pages for contact in page]
    screen = Screen()
    screen.columns([key], [[contact] for contact in rows])
    if len(rows) < total:
        screen.line((f"{len(rows):,} of {total:,} {members_word(total)}", "dim"))
    else:
        screen.line((f"{total:,} {members_word(total)}", "dim"))


def _write_csv(key: str, pages: Iterator[Page], file: BinaryIO) -> None:
    """RFC 4180: quoted where needed, lines ended by CR LF; every key exactly as it is."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([key])
    for page in pages:
        writer.writerows([contact] for contact in page)
        file.write(text.getvalue().encode())
        text.seek(0)
        text.truncate()
    file.write(text.getvalue().encode())


def _write_json(key: str, pages: Iterator[Page], file: BinaryIO) -> None:
    """One array, an object per member and line."""
    before = b"[\n"
    for page in pages:
        for contact in page:
            file.write(before + json.dumps({key: contact}, ensure_ascii=False).encode())
            before = b",\n"
    file.write(b"[]\n" if before == b"[\n" else b"\n]\n")


def _write_parquet(key: str, pages: Iterator[Page], file: BinaryIO) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    schema = pa.schema([pa.field(key, pa.string(), nullable=False)])
    with parquet.ParquetWriter(file, schema) as writer:
        for page in pages:
            writer.write_table(pa.table([page], schema=schema))


def _write_table(key: str, pages: Iterator[Page], file: BinaryIO) -> None:
    """The table, in a file: its one column under its head."""
    file.write(f"{key}\n".encode())
    for page in pages:
        file.writelines(f"{contact}\n".encode() for contact in page)


_WRITERS: dict[MemberFormat, Callable[[str, Iterator[Page], BinaryIO], None]] = {
    MemberFormat.TABLE: _write_table,
    MemberFormat.CSV: _write_csv,
    MemberFormat.JSON: _write_json,
    MemberFormat.PARQUET: _write_parquet,
}
