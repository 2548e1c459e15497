"""What a backend has to do: run leaves over the insights store. No algebra, no clock; bounds arrive absolute."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Protocol

from pyroaring import BitMap

from coterie.membership import ContactDirectory
from coterie.planning.leaves import Leaf
from coterie.records import ImportReport, Source

__all__ = ["Backend", "Evidence", "Excerpt", "LeafRunner", "Moments"]

Evidence = Sequence[Mapping[str, object]]
"""Rows that decided: column names as in the catalog, values as Python's (datetimes aware, in UTC)."""

Moments = Sequence[object]
"""Dates, or instants in milliseconds since 1970 UTC, that a contact's records hold."""


class LeafRunner(Protocol):
    """Turns leaves into sets of ordinals."""

    def evaluate(self, leaves: Collection[Leaf]) -> Mapping[Leaf, BitMap]:
        """The contacts of each leaf, as ordinals. Contacts that are not known may be among them, except in a scope."""
        ...


class Excerpt(LeafRunner, Protocol):
    """All records that the given leaves may read of one contact: small, so that it can be asked many times."""

    def evidence(self, leaf: Leaf, *, limit: int) -> Evidence:
        """Up to `limit` rows that the leaf looks at and chooses, latest first."""
        ...

    def moments(self, leaf: Leaf) -> Moments:
        """Every date and instant of the contact's records that the leaf compares with bounds."""
        ...

    def close(self) -> None: ...


class Backend(LeafRunner, ContactDirectory, Protocol):
    """The insights store: contacts, related records and interactions, and leaves run over them."""

    @property
    def data_version(self) -> int:
        """Raised by one with every change of the data."""
        ...

    def load(
        self, name: str, source: Source, *, progress: Callable[[int, float | None], None] | None = None
    ) -> ImportReport:
        """Take in records of an entity or interaction, all or nothing."""
        ...

    def excerpt(self, contact: int, leaves: Collection[Leaf]) -> Excerpt:
        """The records of the contact with that ordinal which `leaves` may read."""
        ...

    def close(self) -> None: ...
