"""Files of contacts that people upload: CSV as spreadsheets write it, with a column that names contacts."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from coterie.catalog.model import Contact
from coterie_web.ui.refusals import NotNow

__all__ = ["MOST_BYTES", "ContactFile", "Naming", "Readable", "read_contact_file"]

MOST_BYTES = 64 * 1024 * 1024
_MOST_ROWS = 1_000_000
_SEPARATORS = ",;\t|"
_EMAIL_NAMES = frozenset(
    {"email", "e-mail", "mail", "emailaddress", "email address", "e-mail address", "emailaddress1"}
)


class Readable(Protocol):
    """What a file is read from."""

    def read(self, size: int, /) -> bytes: ...


class Naming(StrEnum):
    """What a file names contacts by."""

    KEY = "key"
    EMAIL = "email"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactFile:
    """What a file says. `named` are the different texts of its column, in their order.

    `repeats` are rows whose text stood in an earlier row, `blank` those without one.
    """

    name: str
    naming: Naming
    column: str
    named: tuple[str, ...]
    rows: int
    repeats: int
    blank: int


def read_contact_file(name: str, file: Readable, contact: Contact) -> ContactFile:
    """Read a file whose first row says what its columns are; one of them is the contacts' key or e-mail address.

    Raises NotNow (`file_too_large`, `unreadable_file`, `no_column`).
    """
    content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise NotNow("file_too_large", f"The file has more than {MOST_BYTES >> 20} MB. Split it.")
    rows = _rows(_text(content))
    place, naming, column = _column(next(rows, []), contact)
    named: dict[str, None] = {}
    count = blank = 0
    for row in rows:
        text = row[place].strip() if place < len(row) else ""
        count += bool(row)
        blank += bool(row) and not text
        if text:
            named.setdefault(text)
        if count > _MOST_ROWS:
            raise NotNow("file_too_large", f"The file has more than {_MOST_ROWS:,} rows. Split it.")
    return ContactFile(
        name=name,
        naming=naming,
        column=column,
        named=tuple(named),
        rows=count,
        repeats=count - blank - len(named),
        blank=blank,
    )


def _text(content: bytes) -> str:
    """UTF-8, or UTF-16 where its mark says so; else what Windows writes in western Europe."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: Sequence[str] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise NotNow("unreadable_file", "The file is no text in UTF-8, UTF-16 or Windows-1252. Save it as CSV in UTF-8.")


def _rows(text: str) -> Iterator[list[str]]:
    first = text.partition("\n")[0]
    separator = max(_SEPARATORS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        yield from reader
    except csv.Error as error:
        message = f"Line {reader.line_num} of the file cannot be read: {error}. Save it as CSV again."
        raise NotNow("unreadable_file", message) from error


def _column(header: list[str], contact: Contact) -> tuple[int, Naming, str]:
    """Where the column is that names contacts, and by what; the key is the surer one."""
    names = [name.strip().casefold() for name in header]
    keys = {contact.key.casefold()}
    addresses = _EMAIL_NAMES | {contact.email.casefold()} if contact.email else frozenset[str]()
    for wanted, naming in ((keys, Naming.KEY), (addresses, Naming.EMAIL)):
        for place, name in enumerate(names):
            if name in wanted:
                return place, naming, header[place].strip()
    known = f"{contact.key} or {contact.email}" if contact.email else contact.key
    shown = ", ".join(name.strip()[:40] for name in header[:10] if name.strip()) or "nothing"
    message = f"No column of the file names contacts. Its first row must have a column {known}; it has: {shown}."
    raise NotNow("no_column", message)
