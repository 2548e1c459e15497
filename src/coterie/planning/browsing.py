"""What is read of records besides who belongs: contacts page by page, values that occur, everything of one contact.

Values are Python's: text is a str, a number a Decimal, a date a date, a datetime aware and in UTC, a list of choices a
tuple of str; None is missing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyroaring import BitMap

from coterie.catalog.model import AttributeType, Contact

__all__ = [
    "KEY",
    "NAME",
    "AttributeValue",
    "ContactOrder",
    "ContactPage",
    "ContactRow",
    "Event",
    "EventPlace",
    "EventSlice",
    "Mark",
    "OrderedContact",
    "Profile",
    "RecordReader",
    "RelatedRecord",
    "RelatedRecords",
    "StoredRecord",
    "Timeline",
    "ValueCount",
    "display_name",
]

KEY = "key"
"""Sorts contacts by their keys, whatever attribute is called so."""

NAME = "name"
"""Sorts contacts by their display names, whatever attribute is called so."""

Mark: TypeAlias = str | int | bool | None
"""A value that contacts are sorted by, as a cursor can spell it."""


# --- contacts, page by page ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRow:
    """A contact in a list. `name` is what it is called, its key where no name is known; `values` those asked for."""

    contact_id: str
    name: str
    email: str | None
    values: Mapping[str, object]


def display_name(contact: Contact, key: str, values: Mapping[str, object]) -> str:
    """What a contact is called: its name columns, those that are missing left out; its key where all are."""
    return " ".join(str(values[name]) for name in contact.name_columns if values[name] is not None) or key


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPage:
    """A page of contacts. `total` is how many match in all, exactly; `next` asks for the page after this, if any."""

    contacts: tuple[ContactRow, ...]
    total: int
    next: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactOrder:
    """By `KEY`, `NAME` or an attribute, ties by key; missing values come last in both directions."""

    by: str
    descending: bool


@dataclass(frozen=True, slots=True)
class OrderedContact:
    """A contact's place in an order: what it is sorted by, and its key, which tells apart those that are alike."""

    ordinal: int
    mark: Mark
    key: str


# --- values that occur -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueCount:
    """A value of an attribute, and how many records have it."""

    value: object
    count: int


# --- everything of one contact ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeValue:
    """A value of a record, with what it is called and its type."""

    name: str
    label: str
    type: AttributeType
    value: object


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedRecord:
    """A record that a relation leads to, with the records that it belongs to itself.

    One that is a contact has no values here: who may see it is another question.
    """

    key: str
    values: tuple[AttributeValue, ...]
    related: tuple[RelatedRecords, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedRecords:
    """The records that a relation leads to: those last seen first, at most so many; `total` is how many there are."""

    relation: str
    label: str
    entity: str
    total: int
    records: tuple[RelatedRecord, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A contact: all attributes in the order of the catalog, and the records that its relations lead to."""

    contact_id: str
    name: str
    email: str | None
    values: tuple[AttributeValue, ...]
    related: tuple[RelatedRecords, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRecord:
    """A record as a backend hands it out. `leads_to` has the ordinals that its key columns refer to, by column."""

    key: str
    values: Mapping[str, object]
    leads_to: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An interaction of a contact."""

    interaction: str
    message_id: str
    occurred_at: datetime
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Interactions of a contact, newest first. `total` is how many there are; `next` asks for those before, if any."""

    events: tuple[Event, ...]
    total: int
    next: str | None


@dataclass(frozen=True, slots=True)
class EventPlace:
    """An interaction's place in a timeline: of those at one instant, by name, and of one name by message."""

    occurred_at: int
    interaction: str
    message_id: str


@dataclass(frozen=True, slots=True)
class EventSlice:
    """A stretch of a timeline. `last` is the place of the last event where more come after it."""

    events: tuple[Event, ...]
    total: int
    last: EventPlace | None


# --- what a backend does for it --------------------------------------------------------------------------------------


class RecordReader(Protocol):
    """Reads records. Names are those of the catalog; of contacts and other records only known ones are handed out."""

    def contacts_matching(self, text: str) -> BitMap:
        """The contacts whose key begins with the text, or whose name or e-mail holds it, whatever its case."""
        ...

    def ordered_contacts(
        self, chosen: BitMap, order: ContactOrder, *, after: OrderedContact | None, limit: int
    ) -> Sequence[OrderedContact]:
        """The first `limit` of the chosen contacts in an order; of those after one, where it is given.

        Raises ValueError where that one cannot be from the same order.
        """
        ...

    def contact_rows(self, ordinals: Sequence[int], columns: Sequence[str]) -> Sequence[ContactRow]:
        """These contacts, in this order, with the values of some attributes."""
        ...

    def contact_batch(self, ordinals: NDArray[np.uint32], columns: Sequence[str]) -> pa.RecordBatch:
        """Those of these contacts (in order of their ordinals) that are known: keys, and the values of attributes."""
        ...

    def value_counts(
        self, name: str, attribute: str, *, containing: str, limit: int, within: BitMap | None
    ) -> Sequence[ValueCount]:
        """The values of an attribute of an entity or interaction that hold a text, and how many records have each.

        Those that begin with it come first, then those of most records, then in the order of values. `within` counts
        records of these contacts alone: those that the shortest ways over relations lead to.
        """
        ...

    def records(self, entity: str, ordinals: Collection[int]) -> Mapping[int, StoredRecord]:
        """Those of these records that are known, by ordinal."""
        ...

    def led_to(self, relation: str, ordinal: int) -> BitMap:
        """The known records that a relation from one to many leads to from the record with that ordinal."""
        ...

    def events(
        self, contact: int, *, before: int, after: EventPlace | None, limit: int, interactions: Collection[str]
    ) -> EventSlice:
        """A contact's interactions of some kinds before an instant, newest first; those after a place in that order."""
        ...
