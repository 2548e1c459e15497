"""Contacts in the order of an attribute, a stretch at a time.

The next stretch begins after the last contact of the one before, wherever that stands by then: what it was sorted by is
remembered, and not how many came before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import assert_never

from pyroaring import BitMap

from coterie.backends.duckdb.contact_search import folded_name
from coterie.backends.duckdb.naming import entity_table, folded_column, quoted, value_column
from coterie.backends.duckdb.python_values import scaled_decimal, scaled_integer
from coterie.backends.duckdb.shown_columns import ordinal_table
from coterie.backends.duckdb.source import Source
from coterie.catalog.model import CONTACT, AttributeType
from coterie.planning.browsing import KEY, NAME, ContactOrder, Mark, OrderedContact
from coterie.values.numbers import number_from_text
from coterie.values.text import is_storable
from coterie.values.times import FIRST_INSTANT, LAST_INSTANT

__all__ = ["ordered_contacts"]

_TABLE = entity_table(CONTACT)


def ordered_contacts(
    chosen: BitMap, order: ContactOrder, after: OrderedContact | None, limit: int, source: Source
) -> list[OrderedContact]:
    """The first `limit` of the chosen contacts in that order; of those after one, where it is given.

    Raises ValueError where what `after` was sorted by is no value of the attribute.
    """
    column = _column_of(order.by, source)
    conditions, parameters = ["ordinal IN (SELECT v FROM chosen)"], list[object]()
    if after is not None:
        conditions.append(column.later(after, descending=order.descending))
        parameters += column.bounds(after)
    direction = "DESC" if order.descending else "ASC"
    statement = (
        f"SELECT ordinal, {column.expression} AS mark, key FROM {quoted(_TABLE)} WHERE {' AND '.join(conditions)} "
        f"ORDER BY mark {direction} NULLS LAST, key LIMIT {int(limit)}"
    )
    found = source.query(statement, parameters, {"chosen": ordinal_table(chosen)})
    rows = zip(*(found.column(name).to_pylist() for name in ("ordinal", "mark", "key")), strict=True)
    return [OrderedContact(ordinal, column.mark(stored), key) for ordinal, stored, key in rows]


@dataclass(frozen=True, slots=True)
class _Column:
    """What contacts are sorted by: an expression, and how its stored values are spelled in a cursor."""

    expression: str
    kind: AttributeType
    scale: int = 0

    def later(self, after: OrderedContact, *, descending: bool) -> str:
        """The condition that a contact comes after one, with a `?` for each of its `bounds`."""
        if after.mark is None:
            return f"{self.expression} IS NULL AND key > ?"
        beyond = f"{self.expression} {'<' if descending else '>'} ?"
        return f"({beyond} OR ({self.expression} = ? AND key > ?) OR {self.expression} IS NULL)"

    def bounds(self, after: OrderedContact) -> list[object]:
        """Raises ValueError where the contact was sorted by something else."""
        if not is_storable(after.key):
            raise ValueError(after.key)
        if after.mark is None:
            return [after.key]
        stored = self._stored(after.mark)
        return [stored, stored, after.key]

    def mark(self, stored: object) -> Mark:
        """A stored value as a cursor spells it."""
        if stored is None:
            return None
        if self.kind is AttributeType.NUMBER:
            return f"{scaled_decimal(stored, self.scale):f}"
        if isinstance(stored, date):
            return stored.isoformat()
        assert isinstance(stored, str | int)
        return stored

    def _stored(self, mark: str | int) -> object:
        stored: object
        match self.kind:
            case AttributeType.NUMBER:
                number = number_from_text(mark) if isinstance(mark, str) else None
                stored = None if number is None else scaled_integer(number, self.scale)
            case AttributeType.DATE:
                stored = date.fromisoformat(str(mark))
            case AttributeType.DATETIME:
                stored = mark if type(mark) is int and FIRST_INSTANT <= mark <= LAST_INSTANT else None
            case AttributeType.BOOLEAN:
                stored = mark if isinstance(mark, bool) else None
            case AttributeType.TEXT | AttributeType.CHOICE | AttributeType.MULTI_CHOICE:
                stored = mark if isinstance(mark, str) and is_storable(mark) else None
            case _:
                assert_never(self.kind)
        if stored is None:
            raise ValueError(mark)
        return stored


def _column_of(by: str, source: Source) -> _Column:
    contact = source.catalog.contact
    if by == KEY or (by == NAME and not contact.name_columns):  # then the key is what a contact is called
        return _Column("key", AttributeType.TEXT)
    if by == NAME:
        return _Column(folded_name(contact), AttributeType.TEXT)
    attribute = contact.attributes[by]
    own, folded = value_column(attribute.name), quoted(folded_column(attribute.name))
    match attribute.type:
        case AttributeType.TEXT | AttributeType.CHOICE | AttributeType.MULTI_CHOICE:
            return _Column(folded, attribute.type)
        case AttributeType.NUMBER:
            return _Column(quoted(own), attribute.type, source.number_scale(_TABLE, own))
        case AttributeType.BOOLEAN | AttributeType.DATE | AttributeType.DATETIME:
            return _Column(quoted(own), attribute.type)
        case _:
            assert_never(attribute.type)
