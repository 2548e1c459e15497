"""A catalog proposed from data files: which hold contacts, records or interactions, and what their columns are.

It is decided by what the files hold, not by what they are called: the contacts are the records whose key the other
files carry too. The text is meant to be read, corrected and kept.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import IO, cast
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq

from coterie.catalog.model import CONTACT, AttributeType
from coterie.catalog.shape import is_name
from coterie.errors import CatalogError, Problem, ReadError
from coterie.values.numbers import number_from_text
from coterie.values.text import fold, is_storable, normalize
from coterie.values.times import date_from_text, instant_from_text

__all__ = ["ROWS_READ", "infer_catalog"]

ROWS_READ = 100_000
"""Records of each file that are looked at."""

_MOST_CHOICES = 30
_OCCURRED_AT = "occurred_at"
_PEOPLE = ("contact", "customer", "client", "user", "person", "member", "subscriber")
_NAMES = (("first_name", "last_name"), ("full_name",), ("name",))
_EMAILS = ("email", "e_mail", "email_address", "mail")
_UTC = ZoneInfo("UTC")


def infer_catalog(files: Sequence[Path], *, names: Mapping[Path, str] | None = None) -> str:
    """Propose the YAML of a catalog for data files: .csv, .csv.gz, .parquet, .jsonl.

    The first `ROWS_READ` records of each are looked at, one at a time. `names` says what the records of a file are
    called, `contact` for the contacts; others are named after the file. Raises ReadError for a file that cannot be
    read, CatalogError where no column could be the contacts' key.
    """
    tables = _named([_read(path) for path in files], names or {})
    contact, key = _contacts(tables)
    others = [table for table in tables if table is not contact]
    # `id` is everybody's own key: it does not say who did something.
    interactions = [table for table in others if {_OCCURRED_AT, key} <= table.columns.keys() and key != "id"]
    records = {table: table.key(besides=key) for table in others if table not in interactions}
    entities = {table: own for table, own in records.items() if own is not None}
    lines = [
        "# Proposed from data files. Look over names and types before relying on them.",
        f"# At most {ROWS_READ:,} records of each file were looked at.",
        "coterie: 1",
        "organization: {time_zone: UTC, first_weekday: monday, fiscal_start_month: 1}  # the zone of times without one",
        *_contact_lines(contact, key, entities),
        *_entity_lines(entities, key),
        *_relation_lines(contact, key, entities),
        *_interaction_lines(interactions, key),
        *(f"# {table.file}: left out, no column tells its records apart" for table in records if table not in entities),
    ]
    return "\n".join(lines) + "\n"


# --- columns ---------------------------------------------------------------------------------------------------------

_BY_VALUE = (AttributeType.BOOLEAN, AttributeType.NUMBER, AttributeType.DATE, AttributeType.DATETIME)
"""The types that values can show, the narrowest first: every day is a moment too."""


@dataclass(slots=True)
class _Column:
    """What the values of a column have in common so far. Missing values say nothing."""

    filled: int = 0
    fits: frozenset[AttributeType] = frozenset(_BY_VALUE)
    lists: bool = False
    choices: dict[str, str] = field(default_factory=dict)
    many: bool = False

    def take(self, value: object) -> None:
        self.filled += 1
        self.fits &= _fits(value)
        if isinstance(value, list):
            self.lists = True
            parts = [str(part) for part in value if part is not None]
        else:
            self.lists = self.lists or (isinstance(value, str) and ";" in value)
            parts = str(value).split(";")
        for part in parts:
            if not self.many and (text := normalize(part)) and is_storable(text) and "\0" not in text:
                self.choices.setdefault(fold(text), text)
                self.many = len(self.choices) > _MOST_CHOICES

    def type(self) -> AttributeType:
        if not self.filled:
            return AttributeType.TEXT
        for type_ in _BY_VALUE:
            if type_ in self.fits:
                return type_
        few = not self.many and len(self.choices) * 2 <= self.filled
        if self.lists:
            return AttributeType.MULTI_CHOICE if few else AttributeType.TEXT
        return AttributeType.CHOICE if few else AttributeType.TEXT


def _fits(value: object) -> frozenset[AttributeType]:
    match value:
        case bool():
            return frozenset({AttributeType.BOOLEAN})
        case int() | float() | Decimal():
            return frozenset({AttributeType.NUMBER})
        case datetime():
            return frozenset({AttributeType.DATETIME})
        case date():
            return frozenset({AttributeType.DATE, AttributeType.DATETIME})
        case str():
            return _fits_text(normalize(value))
        case _:
            return frozenset()


@lru_cache(maxsize=65_536)
def _fits_text(text: str) -> frozenset[AttributeType]:
    if fold(text) in {"true", "false", "yes", "no", "y", "n", "t", "f"}:  # not 1 and 0, which are numbers elsewhere
        return frozenset({AttributeType.BOOLEAN})
    is_code = len(text) > 1 and text[0] == "0" and text.isdigit()  # a postal code, a telephone number
    if not is_code and number_from_text(text) is not None:
        return frozenset({AttributeType.NUMBER})
    if date_from_text(text) is not None:
        return frozenset({AttributeType.DATE, AttributeType.DATETIME})
    return frozenset({AttributeType.DATETIME} if instant_from_text(text, _UTC) is not None else ())


# --- files -----------------------------------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class _Table:
    """One file. `keys` holds the distinct values of each column that may be a key: they tell whether it is unique."""

    path: Path
    name: str = ""
    rows: int = 0
    whole: bool = True
    columns: dict[str, _Column] = field(default_factory=dict)
    keys: dict[str, set[str]] = field(default_factory=dict)

    @property
    def file(self) -> str:
        return self.path.name

    def take(self, record: Mapping[str, object]) -> None:
        self.rows += 1
        for name, value in record.items():
            column = self.columns.setdefault(name, _Column())
            if value is None or (isinstance(value, str) and not normalize(value)):
                continue
            column.take(value)
            if name.lower().endswith("id"):
                self.keys.setdefault(name, set()).add(str(value))

    def unique(self) -> list[str]:
        """The columns that tell the records apart."""
        return [name for name, values in self.keys.items() if len(values) == self.rows and is_name(name)]

    def key(self, *, besides: str) -> str | None:
        """Its own key: called after it, else the first unique column; that of the contacts only where no other is."""
        candidates = sorted(self.unique(), key=lambda name: (name == besides, name.lower() != f"{self.name}_id"))
        return next(iter(candidates), None)


def _read(path: Path) -> _Table:
    table = _Table(path=path)
    try:
        with _records(path) as records:
            for record in islice(records, ROWS_READ):
                table.take(record)
            table.whole = next(records, None) is None
    except (OSError, EOFError, ValueError, RecursionError, zlib.error, csv.Error, pa.ArrowException) as error:
        raise ReadError(
            Problem(code="unreadable_file", path=str(path), message=f"This file cannot be read: {error}.")
        ) from error
    return table


@contextmanager
def _records(path: Path) -> Iterator[Iterator[Mapping[str, object]]]:
    endings = [ending.lower() for ending in path.suffixes]
    if endings[-1:] == [".parquet"]:
        with pq.ParquetFile(path) as parquet:
            batches = map(_in_microseconds, parquet.iter_batches(batch_size=10_000))
            yield (record for batch in batches for record in batch.to_pylist())
        return
    with gzip.open(path, "rb") if endings[-1:] == [".gz"] else path.open("rb") as binary:
        text = io.TextIOWrapper(cast("IO[bytes]", binary), encoding="utf-8-sig", newline="")
        yield _json_records(text) if ".jsonl" in endings[-2:] else _csv_records(text)


def _in_microseconds(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Nanoseconds cut: Python's own times have none."""
    columns = [
        column.cast(pa.timestamp("us", column.type.tz), safe=False)
        if pa.types.is_timestamp(column.type) and column.type.unit == "ns"
        else column
        for column in batch.columns
    ]
    return pa.RecordBatch.from_arrays(columns, batch.schema.names)


def _csv_records(text: IO[str]) -> Iterator[Mapping[str, object]]:
    lines = csv.reader(text, strict=True)
    header = next(lines, [])
    for line in lines:
        if len(line) != len(header) and line:
            raise ValueError(f"line {lines.line_num} has {len(line)} cells, the header {len(header)}")
        if line:
            yield dict(zip(header, line, strict=True))


def _json_records(text: IO[str]) -> Iterator[Mapping[str, object]]:
    for number, line in enumerate(text, start=1):
        if not line.strip():
            continue
        record = json.loads(line, parse_float=Decimal)
        if not isinstance(record, dict):
            raise ValueError(f"line {number} is no record")
        yield record


# --- what the files are ----------------------------------------------------------------------------------------------


def _named(tables: Sequence[_Table], names: Mapping[Path, str]) -> Sequence[_Table]:
    """Name the tables after their files: `cdnow-purchases.csv.gz` beside other files of cdnow is `purchase`."""
    words = [_words(table.path) for table in tables]
    while len(words) > 1 and all(len(each) > 1 and each[0] == words[0][0] for each in words):
        words = [each[1:] for each in words]
    taken = {CONTACT}
    for table, each in zip(tables, words, strict=True):
        name = names.get(table.path) or _singular("_".join(each))
        given = name == CONTACT and table.path in names
        while name in taken and not given:
            name = f"{name}_record"
        table.name = name
        taken.add(name)
    return tables


def _words(path: Path) -> list[str]:
    stem = path.name.partition(".")[0].lower()
    return "".join(c if is_name(c) else " " for c in stem).replace("_", " ").split() or ["record"]


def _singular(name: str) -> str:
    if name.endswith("ies"):
        return f"{name[:-3]}y"
    return name[:-1] if name.endswith("s") and not name.endswith("ss") else name


def _contacts(tables: Sequence[_Table]) -> tuple[_Table, str]:
    """The table of contacts and its key: the unique column that most other files carry too."""
    found = []
    for table in tables:
        if _OCCURRED_AT in table.columns and table.name != CONTACT:
            continue
        for key in table.unique():
            shared = sum(key in other.columns for other in tables if other is not table)
            person = any(word in name for word in _PEOPLE for name in (key.lower(), *_words(table.path)))
            found.append((table.name == CONTACT, shared, person, table.rows, -tables.index(table), table, key))
    if found:
        *_, table, key = max(found, key=lambda each: each[:5])
        return table, key
    raise CatalogError(
        Problem(
            code="missing_key",
            path="contact.key",
            message="No file has a column that could be the contacts' key.",
            hint="A key ends in 'id' (contact_id), is never empty, and differs from record to record.",
        )
    )


# --- the text --------------------------------------------------------------------------------------------------------


def _contact_lines(table: _Table, key: str, entities: Mapping[_Table, str]) -> Iterator[str]:
    yield f"contact:  # {table.file}"
    yield f"  key: {_scalar(key)}"
    shown = next((names for names in _NAMES if all(name in table.columns for name in names)), ())
    if shown:
        yield f"  name: [{', '.join(shown)}]"
    email = next((name for name in table.columns if name.lower() in _EMAILS), None)
    if email:
        yield f"  email: {_scalar(email)}"
    unit = "business_unit" if "business_unit" in table.columns else None
    if unit:
        yield f"  business_unit: {unit}"
    # These are text attributes without being listed.
    roles = {key, *shown, *filter(None, (email, unit)), *_references(table, key, entities)}
    yield from _attribute_lines(table, roles, indent=2)


def _entity_lines(entities: Mapping[_Table, str], contact_key: str) -> Iterator[str]:
    if entities:
        yield "entities:"
    for table, key in entities.items():
        yield f"  {_scalar(table.name)}:  # {table.file}"
        yield f"    key: {_scalar(key)}"
        yield from _attribute_lines(table, {key, contact_key, *_references(table, key, entities)}, indent=4)


def _interaction_lines(interactions: Sequence[_Table], contact_key: str) -> Iterator[str]:
    if interactions:
        yield "interactions:"
    for table in interactions:
        yield f"  {_scalar(table.name)}:  # {table.file}"
        yield from _attribute_lines(table, {contact_key, "message_id", _OCCURRED_AT}, indent=4)


def _references(table: _Table, key: str, entities: Mapping[_Table, str]) -> Mapping[str, _Table]:
    """The columns of `table` that are called like the key of another entity. `id` is everybody's own."""
    return {
        other_key: other
        for other, other_key in entities.items()
        if other is not table and other_key not in (key, "id") and other_key in table.columns
    }


def _relation_lines(contact: _Table, contact_key: str, entities: Mapping[_Table, str]) -> Iterator[str]:
    relations: dict[str, str] = {}

    def add(name: str, source: str, target: str, link: str) -> None:
        while name in relations:
            name = f"{name}_"
        relations[name] = f"{{from: {_scalar(source)}, to: {_scalar(target)}, {link}}}"

    for column, target in _references(contact, contact_key, entities).items():
        add(target.name, CONTACT, target.name, f"many_to_one: {_scalar(column)}")
    for table, key in entities.items():
        if contact_key in table.columns and contact_key != "id":
            add(f"{table.name}s", CONTACT, table.name, f"one_to_many: {_scalar(contact_key)}")
        for column, target in _references(table, key, entities).items():
            if column != contact_key:  # which leads to the contact already
                add(f"{table.name}s.{target.name}", table.name, target.name, f"many_to_one: {_scalar(column)}")
    if relations:
        yield "relations:"
    for name, relation in relations.items():
        yield f"  {name}: {relation}"


def _attribute_lines(table: _Table, left_out: set[str], *, indent: int) -> Iterator[str]:
    space = " " * indent
    columns = {name: column for name, column in table.columns.items() if name not in left_out}
    yield f"{space}attributes:" if any(map(is_name, columns)) else f"{space}attributes: {{}}"
    for name, column in columns.items():
        if not is_name(name):
            yield f"{space}  # {name!a} is no name: rename the column to ask about it"
            continue
        remark = "" if column.filled else "  # no value was seen"
        yield f"{space}  {_scalar(name)}: {_attribute(column, whole=table.whole)}{remark}"


def _attribute(column: _Column, *, whole: bool) -> str:
    """The type; with the choices where all of the file was read, as others might come in the rest."""
    type_ = column.type()
    if type_ not in (AttributeType.CHOICE, AttributeType.MULTI_CHOICE) or not whole:
        return type_.value
    return f"{{type: {type_.value}, choices: [{', '.join(map(_quoted, sorted(column.choices.values())))}]}}"


def _scalar(name: str) -> str:
    """A name as YAML, quoted where it would not be read as text."""
    return name if name[0].isalpha() and name.lower() not in {"true", "false", "null"} else _quoted(name)


def _quoted(text: str) -> str:
    """Text as YAML, in quotes unless it is plain words; what cannot be seen is escaped."""
    if text.isascii() and text.replace(" ", "").isalpha() and text.lower() not in {"true", "false", "null"}:
        return text
    return '"' + "".join(c if c.isprintable() and c not in '"\\' else f"\\U{ord(c):08x}" for c in text) + '"'
