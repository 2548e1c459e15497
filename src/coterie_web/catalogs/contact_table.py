"""A table of contacts: which columns, what is searched, in which order, which page. All of it stands in the address."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

from django.http import QueryDict

from coterie import Catalog, ContactPage, ContactRow, Membership, QuestionError
from coterie.catalog.model import Attribute, AttributeType
from coterie.definition.phrases import label_of
from coterie_web.catalogs.engine import engine

__all__ = ["PAGE", "Cell", "ContactTable", "Heading", "TableRow", "TableView", "columns_of", "table_of", "view_of"]

PAGE = 50
"""Contacts on a page."""

_TRAIL = 20
"""So many pages are gone back one by one; from further ahead, "Previous" leads to the first."""

_USUAL_COLUMNS = 3
_LONGEST_SEARCH = 200
_NAME = "name"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableView:
    """What an address asks for. `trail` are the cursors of the pages gone through, the last one that of this page."""

    columns: tuple[str, ...]
    search: str = ""
    sort: str = _NAME
    descending: bool = False
    trail: tuple[str, ...] = ()
    start: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A column: what it is called, how it is sorted, and what `sort` its link asks for."""

    label: str
    sort: str
    is_number: bool = False
    sorted: str = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A value of a row."""

    value: object
    is_number: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """A contact in the table. `mark` is what the page says of it besides."""

    contact_id: str
    name: str
    email: str | None
    cells: tuple[Cell, ...]
    mark: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactTable:
    """A page of contacts, ready to be shown. `total` are all that match what is searched."""

    view: TableView
    headings: tuple[Heading, ...]
    rows: tuple[TableRow, ...]
    total: int
    next: str | None

    @property
    def first(self) -> int:
        """The number of the first row, counted from one; 0 where there is none."""
        return self.view.start + 1 if self.rows else 0

    @property
    def last(self) -> int:
        return self.view.start + len(self.rows)

    @property
    def next_trail(self) -> tuple[str, ...]:
        """The cursors that lead to the next page; none where there is none."""
        return () if self.next is None else (*self.view.trail[1 - _TRAIL :], self.next)

    @property
    def next_start(self) -> int:
        return self.view.start + PAGE

    @property
    def has_previous(self) -> bool:
        return bool(self.view.trail)

    @property
    def previous_trail(self) -> tuple[str, ...] | None:
        """The cursors that lead to the page before; None: to the first."""
        return self.view.trail[:-1] or None

    @property
    def previous_start(self) -> int | None:
        return self.view.start - PAGE if self.previous_trail else None


def columns_of(catalog: Catalog) -> dict[str, str]:
    """The attributes that may be columns beside name and e-mail, with what they are called."""
    shown = {catalog.contact.email, *catalog.contact.name_columns}
    attributes = catalog.contact.attributes
    return {name: label_of(name, attributes) for name in attributes if name not in shown}


def view_of(query: QueryDict, catalog: Catalog) -> TableView:
    """What an address asks for; what it cannot mean is left out."""
    possible = columns_of(catalog)
    chosen = query.getlist("columns") if "columns" in query else _usual_columns(catalog)
    order = query.get("sort") or _NAME
    sort = order.removeprefix("-")
    if sort != _NAME and sort not in catalog.contact.attributes:
        order = sort = _NAME
    trail = tuple(cursor for cursor in query.getlist("after") if cursor)[-_TRAIL:]
    return TableView(
        columns=tuple(name for name in dict.fromkeys(chosen) if name in possible),
        search=query.get("q", "").strip()[:_LONGEST_SEARCH],
        sort=sort,
        descending=order.startswith("-"),
        trail=trail,
        start=_start(query.get("from", "")) if trail else 0,
    )


def _usual_columns(catalog: Catalog) -> list[str]:
    """The first attributes that say something of a person in a word."""
    contact = catalog.contact
    told = {contact.key, contact.business_unit}
    short = (AttributeType.TEXT, AttributeType.CHOICE, AttributeType.NUMBER, AttributeType.BOOLEAN)
    possible = (name for name in columns_of(catalog) if name not in told and contact.attributes[name].type in short)
    return list(possible)[:_USUAL_COLUMNS]


def _start(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 12 else PAGE


def table_of(
    members: Membership | None,
    view: TableView,
    *,
    marks: Callable[[Collection[str]], Mapping[str, object]] | None = None,
) -> ContactTable:
    """A page of some contacts, or of all. `marks` says more about those on the page, by their keys.

    A cursor that is none, or is of another order, leads to the first page.
    """
    try:
        page = _page(members, view)
    except QuestionError as error:
        if error.problems[0].code != "invalid_cursor":
            raise
        view = replace(view, trail=(), start=0)
        page = _page(members, view)
    attributes = engine().catalog.contact.attributes
    said = {} if marks is None else marks([row.contact_id for row in page.contacts])
    return ContactTable(
        view=view,
        headings=tuple(_headings(view, attributes)),
        rows=tuple(_row(row, view, attributes, said.get(row.contact_id)) for row in page.contacts),
        total=page.total,
        next=page.next,
    )


def _page(members: Membership | None, view: TableView) -> ContactPage:
    return engine().contacts(
        members,
        columns=view.columns,
        search=view.search or None,
        sort=view.sort,
        descending=view.descending,
        after=view.trail[-1] if view.trail else None,
        limit=PAGE,
    )


def _headings(view: TableView, attributes: Mapping[str, Attribute]) -> list[Heading]:
    own = [
        _heading(name, label_of(name, attributes), view, is_number=_is_number(attributes[name]))
        for name in view.columns
    ]
    return [_heading(_NAME, "Name", view), *own]


def _heading(sort: str, label: str, view: TableView, *, is_number: bool = False) -> Heading:
    if view.sort != sort:
        return Heading(label=label, sort=sort, is_number=is_number)
    direction, turned = ("descending", sort) if view.descending else ("ascending", f"-{sort}")
    return Heading(label=label, sort=turned, is_number=is_number, sorted=direction)


def _row(row: ContactRow, view: TableView, attributes: Mapping[str, Attribute], mark: object) -> TableRow:
    cells = tuple(Cell(value=row.values[name], is_number=_is_number(attributes[name])) for name in view.columns)
    return TableRow(contact_id=row.contact_id, name=row.name, email=row.email, cells=cells, mark=mark)


def _is_number(attribute: Attribute) -> bool:
    return attribute.type is AttributeType.NUMBER
