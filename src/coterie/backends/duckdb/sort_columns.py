"""What contacts are sorted by, and how its values are spelled in a cursor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import assert_never

from coterie.backends.duckdb.contact_search import folded_name
from coterie.backends.duckdb.naming import entity_table, folded_column, quoted, value_column
from coterie.backends.duckdb.python_values import scaled_decimal, scaled_integer
from coterie.backends.duckdb.source import Source
from coterie.catalog.model import CONTACT, AttributeType
from coterie.planning.browsing import KEY, NAME, Mark, OrderedContact
from coterie.values.numbers import number_from_text
from coterie.values.text import is_storable
from coterie.values.times import FIRST_INSTANT, LAST_INSTANT

__all__ = ["SortColumn", "sort_column"]

_TABLE = entity_table(CONTACT)


@dataclass(frozen=True, slots=True)
class SortColumn:
    """An expression over the contact's table; the type of its values, and of numbers their power of ten."""

    expression: str
    kind: AttributeType
    scale: int = 0

    def later(self, after: OrderedContact, *, descending: bool) -> str:
        """The condition that a contact comes after one, with a `?` for each of its `bounds`."""
        further = "<" if descending else ">"
        if after.mark is None:
            return f"{self.expression} IS NULL AND key {further} ?"
        is_further = f"{self.expression} {further} ? OR ({self.expression} = ? AND key {further} ?)"
        return f"({is_further} OR {self.expression} IS NULL)"

    def bounds(self, after: OrderedContact) -> list[object]:
        """Raises ValueError where the contact was sorted by something else."""
        if not is_storable(after.key):
            raise ValueError(after.key)
        if after.mark is None:
            return [after.key]
        stored = self.stored(after.mark)
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

    def stored(self, mark: str | int) -> object:
        """The stored value that a cursor spells. Raises ValueError where it spells none."""
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


def sort_column(by: str, source: Source) -> SortColumn:
    """What `ContactOrder.by` names."""
    contact = source.catalog.contact
    if by == KEY or (by == NAME and not contact.name_columns):  # then the key is what a contact is called
        return SortColumn("key", AttributeType.TEXT)
    if by == NAME:
        return SortColumn(folded_name(contact), AttributeType.TEXT)
    attribute = contact.attributes[by]
    own, folded = value_column(attribute.name), quoted(folded_column(attribute.name))
    match attribute.type:
        case AttributeType.TEXT | AttributeType.CHOICE | AttributeType.MULTI_CHOICE:
            return SortColumn(folded, attribute.type)
        case AttributeType.NUMBER:
            return SortColumn(quoted(own), attribute.type, source.number_scale(_TABLE, own))
        case AttributeType.BOOLEAN | AttributeType.DATE | AttributeType.DATETIME:
            return SortColumn(quoted(own), attribute.type)
        case _:
            assert_never(attribute.type)
