"""A catalog proposed from data files: kinds of records, types of columns, and the keys that link them.

The types are found by the functions that loading uses, so a column is proposed as what it will be accepted as.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from coterie.catalog import CONTACT, AttributeType
from coterie.catalog.shape import is_name
from coterie.errors import CatalogError, Problem
from coterie.records import open_source
from coterie.records.scalars import ILL_TYPED, boolean_of, date_of, instant_of, is_missing, number_of
from coterie.values.text import fold

__all__ = ["proposed_catalog"]

_ROWS = 10_000
"""Records of each file that are looked at."""

_MOST_CHOICES = 24
"""Distinct values up to which repeated text is proposed as a choice."""

_CONTACT_FILES = {"contact", "customer", "client", "user", "person", "people", "member", "subscriber", "profile"}
_OCCURRED_AT = "occurred_at"
_OWN_COLUMNS = {"message_id", _OCCURRED_AT}
_NAMES = (("first_name", "last_name"), ("full_name",), ("name",))
_EMAILS = ("email", "e_mail", "email_address", "mail")
_ZONE = ZoneInfo("UTC")

Column = Sequence[object]
"""The cells of a column that are not missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """The records of one file: its columns by name, cells as received."""

    name: str
    rows: int
    columns: Mapping[str, Column]

    @property
    def is_interaction(self) -> bool:
        return _OCCURRED_AT in self.columns

    def key(self) -> str | None:
        """The column that tells the records apart: called after the kind, else the first ending in `id`."""
        for name in (f"{self.name}_id", f"{self.name}id", "id", "key"):
            for column in self.columns:
                if column.lower() == name:
                    return column
        return next((name for name in self.columns if name.lower().endswith("id") and self._is_unique(name)), None)

    def _is_unique(self, name: str) -> bool:
        cells = self.columns[name]
        return len(cells) == self.rows and len(set(map(str, cells))) == self.rows


def proposed_catalog(files: Iterable[str]) -> str:
    """The YAML of a catalog for these files, each `FILE` or `NAME=FILE`.

    Raises CatalogError where none of them holds contacts, or one holds no key; ReadError where one cannot be read.
    """
    kinds = {}
    for file in files:
        kind = _read(file)
        kinds[kind.name] = kind
    if CONTACT not in kinds:
        raise CatalogError(
            Problem(
                code="missing_key",
                path="contact",
                message="None of the files holds contacts by its name.",
                hint="Say which does: coterie catalog infer contact=FILE ...",
            )
        )
    keys = {name: _key(kind) for name, kind in kinds.items() if not kind.is_interaction}
    return "\n".join(_document(kinds, keys)) + "\n"


# --- reading ---------------------------------------------------------------------------------------------------------


def _read(argument: str) -> _Kind:
    name, separator, file = argument.partition("=")
    if not separator or not is_name(name):
        name, file = _kind_name(Path(argument)), argument
    columns: dict[str, list[object]] = {}
    rows = 0
    for batch in open_source(Path(file)).batches:
        taken = min(batch.rows, _ROWS - rows)
        rows += taken
        for column, raw in batch.columns.items():
            cells = (raw.cell(row) for row in range(taken) if raw.present is None or raw.present[row])
            columns.setdefault(column, []).extend(cell for cell in cells if not is_missing(cell))
        if rows >= _ROWS:
            break
    return _Kind(name=name, rows=rows, columns=columns)


def _kind_name(file: Path) -> str:
    """`Leads.csv.gz` → `lead`: in lower case, singular, `contact` for the words that mean one."""
    stem = file.name.split(".")[0].lower()
    name = "".join(c if c.isascii() and c.isalnum() else "_" for c in stem).strip("_") or "record"
    if name.endswith("ies"):
        name = name[:-3] + "y"
    elif name.endswith("s") and not name.endswith("ss"):
        name = name[:-1]
    return CONTACT if name in _CONTACT_FILES else name


def _key(kind: _Kind) -> str:
    key = kind.key()
    if key is None:
        raise CatalogError(
            Problem(
                code="missing_key",
                path=f"{kind.name}.key",
                message=f"No column tells the records of {kind.name!r} apart.",
                hint=f"Name its key {kind.name}_id; or, if these are interactions, their time {_OCCURRED_AT}.",
            )
        )
    return key


# --- types -----------------------------------------------------------------------------------------------------------


def _type_of(cells: Column, rows: int) -> AttributeType:
    """What every cell is accepted as; text where nothing else fits, a choice where few texts come up again."""
    for type_, fits in _TESTS:
        if cells and all(map(fits, cells)):
            return type_
    if any(isinstance(cell, str) and ";" in cell for cell in cells):
        parts = {fold(part) for cell in cells for part in str(cell).split(";")}
        return AttributeType.MULTI_CHOICE if len(parts) <= _MOST_CHOICES else AttributeType.TEXT
    distinct = {fold(str(cell)) for cell in cells}
    few = len(distinct) <= _MOST_CHOICES and len(distinct) * 5 <= rows
    return AttributeType.CHOICE if cells and few else AttributeType.TEXT


def _is_list(cell: object) -> bool:
    return isinstance(cell, list | tuple)


def _is_boolean(cell: object) -> bool:
    return isinstance(cell, bool) or (isinstance(cell, str) and not cell.isdigit() and _accepted(boolean_of(cell)))


def _is_number(cell: object) -> bool:
    """Digits that begin with a zero are a code, not a number: a zip, a telephone."""
    is_code = isinstance(cell, str) and len(cell) > 1 and cell.strip().startswith("0") and cell.strip().isdigit()
    return not is_code and _accepted(number_of(cell))


def _is_date(cell: object) -> bool:
    return isinstance(cell, date | str) and not isinstance(cell, datetime) and _accepted(date_of(cell))


def _is_datetime(cell: object) -> bool:
    return isinstance(cell, date | str) and _accepted(instant_of(cell, _ZONE))


def _accepted(value: object) -> bool:
    return value is not None and value is not ILL_TYPED


_TESTS: tuple[tuple[AttributeType, Callable[[object], bool]], ...] = (
    (AttributeType.MULTI_CHOICE, _is_list),
    (AttributeType.BOOLEAN, _is_boolean),
    (AttributeType.NUMBER, _is_number),
    (AttributeType.DATE, _is_date),
    (AttributeType.DATETIME, _is_datetime),
)


# --- the document ----------------------------------------------------------------------------------------------------


def _document(kinds: Mapping[str, _Kind], keys: Mapping[str, str]) -> Iterator[str]:
    yield "# Proposed from the data: look over the types and names before relying on them."
    yield "coterie: 1"
    yield "organization: {time_zone: UTC, first_weekday: monday, fiscal_start_month: 1}"
    yield from _contact(kinds[CONTACT], keys)
    entities = [kind for name, kind in kinds.items() if name in keys and name != CONTACT]
    if entities:
        yield "entities:"
    for kind in entities:
        yield f"  {kind.name}:"
        yield f"    key: {_quoted(keys[kind.name])}"
        yield from _attributes(kind, set(keys.values()), indent=4)
    relations = list(_relations(kinds, keys))
    if relations:
        yield "relations:"
        yield from relations
    interactions = [kind for kind in kinds.values() if kind.is_interaction]
    if interactions:
        yield "interactions:"
    for kind in interactions:
        yield f"  {kind.name}:"
        yield from _attributes(kind, {keys[CONTACT], *_OWN_COLUMNS}, indent=4)


def _contact(kind: _Kind, keys: Mapping[str, str]) -> Iterator[str]:
    yield "contact:"
    yield f"  key: {_quoted(keys[CONTACT])}"
    shown = next((names for names in _NAMES if all(name in kind.columns for name in names)), ())
    if shown:
        yield f"  name: [{', '.join(shown)}]"
    email = next((name for name in kind.columns if name.lower() in _EMAILS), None)
    if email:
        yield f"  email: {_quoted(email)}"
    unit = "business_unit" if "business_unit" in kind.columns else None
    if unit:
        yield f"  business_unit: {unit}"
    # These are attributes without listing.
    yield from _attributes(kind, {*keys.values(), *shown, *filter(None, [email, unit])}, indent=2)


def _attributes(kind: _Kind, left_out: set[str], *, indent: int) -> Iterator[str]:
    names = [name for name in kind.columns if name not in left_out]
    space = " " * indent
    yield f"{space}attributes:" if any(map(is_name, names)) else f"{space}attributes: {{}}"
    for name in names:
        if is_name(name):
            yield f"{space}  {_quoted(name)}: {_type_of(kind.columns[name], kind.rows).value}"
        else:
            yield f"{space}  # left out, rename the column to use it: {name!a}"


def _relations(kinds: Mapping[str, _Kind], keys: Mapping[str, str]) -> Iterator[str]:
    """A column called like another kind's key refers to it; what refers to the contact is related from the contact."""
    for name in keys:
        for other, key in keys.items():
            if other == name or key not in kinds[name].columns:
                continue
            if other == CONTACT:
                yield f"  {_plural(name)}: {{from: contact, to: {name}, one_to_many: {_quoted(key)}}}"
            else:
                relation = other if name == CONTACT else f"{_plural(name)}.{other}"
                yield f"  {relation}: {{from: {name}, to: {other}, many_to_one: {_quoted(key)}}}"


def _plural(name: str) -> str:
    return f"{name[:-1]}ies" if name.endswith("y") and name[-2:-1] not in "aeiou" else f"{name}s"


def _quoted(name: str) -> str:
    """A name as YAML: quoted where it would be read as something else."""
    special = name.lower() in {"true", "false", "null", "~", ""} or name[:1].isdigit()
    return f'"{name}"' if special else name
