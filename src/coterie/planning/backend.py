"""What a backend has to do: run leaves over the insights store. No algebra, no clock; bounds arrive absolute."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import date
from typing import Protocol
from zoneinfo import ZoneInfo

from pyroaring import BitMap

from coterie.catalog.model import CONTACT, AttributeType, Catalog
from coterie.membership import ContactDirectory
from coterie.planning.browsing import RecordReader
from coterie.planning.cancellation import Cancellation
from coterie.planning.leaves import Leaf
from coterie.records import ImportReport, IngestReport
from coterie.values.pauses import Pause, go_on

__all__ = ["Backend", "Changes", "DateColumn", "EntityChanges", "Evidence", "Excerpt", "LeafRunner"]

Evidence = Sequence[Mapping[str, object]]
"""Rows that decided: column names as in the catalog, values as Python's (datetimes aware, in UTC)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DateColumn:
    """A date or datetime of a contact's records: reached over `relations`, or of an `interaction`.

    `attribute` None stands for when the interaction occurred.
    """

    relations: tuple[str, ...] = ()
    interaction: str | None = None
    attribute: str | None = None

    def entity_in(self, catalog: Catalog) -> str:
        """The entity whose records have the column, where it is of no interaction."""
        return catalog.relations[self.relations[-1]].target if self.relations else CONTACT

    def holds_days(self, catalog: Catalog) -> bool:
        """Whether the column holds calendar days, which are the same in every zone."""
        if self.attribute is None:
            return False
        attributes = (
            catalog.entities[self.entity_in(catalog)].attributes
            if self.interaction is None
            else catalog.interactions[self.interaction].attributes
        )
        return attributes[self.attribute].type is AttributeType.DATE


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityChanges:
    """Records of one entity that a span of data versions changed.

    `records` are ordinals: of records added, changed or deleted, of contacts also those whose key was seen first.
    `columns` are the catalog's names of attributes and key columns that differ; None where records came or went.
    `former` holds by key column the records, of the entity that it leads to, that they referred to before.
    """

    records: BitMap
    columns: frozenset[str] | None
    former: Mapping[str, BitMap]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What a span of data versions changed.

    `interactions` are the contacts with a new one, by its name; `occurred` when the new ones did
    (milliseconds, in order); `whole` names entities and interactions of which anything may have changed.
    """

    entities: Mapping[str, EntityChanges]
    interactions: Mapping[str, BitMap]
    occurred: Mapping[str, tuple[int, ...]]
    whole: frozenset[str]


class LeafRunner(Protocol):
    """Turns leaves into sets of ordinals."""

    def evaluate(self, leaves: Collection[Leaf]) -> Mapping[Leaf, BitMap]:
        """The contacts of each leaf, as ordinals. Contacts that are not known may be among them, except in a scope."""
        ...


class Excerpt(LeafRunner, Protocol):
    """All records that the given leaves may read of one contact: small, so that it can be asked many times."""

    def evidence(self, leaf: Leaf, *, limit: int, within: BitMap | None = None) -> Evidence:
        """Up to `limit` rows that the leaf looks at and chooses, latest first; of related contacts, those `within`."""
        ...

    def dates(self, column: DateColumn) -> Sequence[date] | Sequence[int]:
        """The different values of a column: dates, or instants in milliseconds since 1970 UTC."""
        ...

    def close(self) -> None: ...


class Backend(LeafRunner, ContactDirectory, RecordReader, Protocol):
    """The insights store: contacts, related records and interactions, read, and leaves run over them."""

    @property
    def data_version(self) -> int:
        """Raised by one with every change of the data."""
        ...

    def prepare_lookup(self) -> None:
        """Make ready what keys of contacts, and interactions of few contacts, are looked up in, unless it is."""
        ...

    def evaluate(
        self,
        leaves: Collection[Leaf],
        *,
        within: BitMap | None = None,
        among: Mapping[Leaf, BitMap] | None = None,
        cancellation: Cancellation | None = None,
        pause: Pause = go_on,
    ) -> Mapping[Leaf, BitMap]:
        """The contacts of each leaf; of those `within` alone where given, at a cost that follows their number.

        `among` names for a leaf the contacts that are asked about, which may spare measuring the others. Several
        threads may ask at the same time. Raises QuestionCancelled soon after the `cancellation` is cancelled, and what
        a `pause` raises: there are some between pieces of the work.
        """
        ...

    def load(
        self,
        name: str,
        source: object,
        *,
        progress: Callable[[int, float | None], None] | None = None,
        alone: Callable[[], AbstractContextManager[object]] = nullcontext,
    ) -> ImportReport:
        """Take in records of an entity or interaction, all or nothing.

        One thread at a time; others may ask meanwhile, and are answered as before. What it makes by calling `alone` is
        entered when everything is ready, and left when all answers heed it: nobody may ask between.
        """
        ...

    def ingest(
        self,
        records: Iterable[Mapping[str, object]],
        *,
        alone: Callable[[], AbstractContextManager[object]] = nullcontext,
        pause: Pause = go_on,
    ) -> IngestReport:
        """Apply a batch of operations, in order: all of them or, on an error, none. `alone` is as `load` has it.

        `pause` is called again and again while nobody else is held up.
        """
        ...

    def rehearse(self, records: Iterable[Mapping[str, object]]) -> None:
        """Do what `ingest` does up to its commit, and take it back: raises what that raises."""
        ...

    def record_counts(self) -> Mapping[str, int]:
        """How many records there are, by entity and interaction; of entities those that are known."""
        ...

    def known_contacts(self) -> BitMap:
        """The ordinals of contacts that are known; others were only referred to so far, or were deleted."""
        ...

    def changes(self, since: int) -> Changes | None:
        """What changed after that data version; None where it is not known any more."""
        ...

    def owners(self, path: Sequence[str], records: BitMap) -> BitMap:
        """The contacts from whom the relations of `path` lead to these records; of an empty path, the records."""
        ...

    def holding(self, column: DateColumn, spans: Sequence[tuple[int, int]]) -> Sequence[BitMap]:
        """For each span the contacts of whom some value of the column lies in it.

        A span is from its first value to before its second: milliseconds, or days by ordinal.
        """
        ...

    def least(self, column: DateColumn, at_or_after: int) -> int | None:
        """The least value of the column, of anybody's records, that is not before: milliseconds, or days by ordinal."""
        ...

    def dates_of(self, column: DateColumn, records: BitMap) -> Collection[int]:
        """The values of the column that these records have: milliseconds, or days by ordinal."""
        ...

    def occurring(self, column: DateColumn, values: Collection[int]) -> Mapping[int, int]:
        """Those of the values that some record has in the column of an entity, each with the ordinal of such a one."""
        ...

    def days(self, column: DateColumn, zone: ZoneInfo) -> Collection[date]:
        """The days that occur in the column, of instants the local ones of `zone`."""
        ...

    def excerpt(self, contact: int, leaves: Collection[Leaf], cancellation: Cancellation | None = None) -> Excerpt:
        """The records that `leaves` may read of the contact with that ordinal."""
        ...

    def close(self) -> None: ...
