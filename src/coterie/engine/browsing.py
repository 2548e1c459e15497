"""Reading records: contacts page by page or as Arrow, values that occur, what a contact did."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyroaring import BitMap

from coterie.catalog.model import Attribute, Catalog
from coterie.engine.cursors import cursor_of, invalid_cursor, parts_of
from coterie.errors import Problem, QuestionError, did_you_mean
from coterie.planning.backend import Backend
from coterie.planning.browsing import (
    KEY,
    NAME,
    ContactOrder,
    ContactPage,
    EventPlace,
    OrderedContact,
    Timeline,
    ValueCount,
)
from coterie.values.text import is_storable
from coterie.values.times import FIRST_INSTANT, LAST_INSTANT

__all__ = ["Browsing"]

_ORDINALS = 1 << 32


class Browsing:
    """Reads the records of one store; it remembers nothing itself. Contacts are given by their ordinals.

    Every reading may raise QuestionError (`unknown_entity`, `unknown_attribute`, `unknown_interaction`,
    `invalid_cursor`, `invalid_value`), which names the argument as its path.
    """

    def __init__(self, backend: Backend, catalog: Catalog) -> None:
        self._backend = backend
        self._catalog = catalog

    # --- contacts

    def contacts(
        self,
        members: BitMap | None,
        *,
        columns: Sequence[str],
        search: str | None,
        sort: str | None,
        descending: bool,
        after: str | None,
        limit: int,
    ) -> ContactPage:
        """A page of the known ones among some contacts, or of all: see `Engine.contacts`."""
        _check_limit(limit)
        self._check_columns(columns)
        chosen = self._chosen(members, search)
        if sort is None:
            ordinals, following = _first_seen_first(chosen, descending=descending, after=after, limit=limit)
        else:
            order = ContactOrder(by=self._sortable(sort), descending=descending)
            ordinals, following = self._in_order(chosen, order, after, limit)
        rows = self._backend.contact_rows(ordinals, columns)
        return ContactPage(contacts=tuple(rows), total=len(chosen), next=following)

    def batch(self, members: NDArray[np.uint32], columns: Sequence[str]) -> pa.RecordBatch:
        """The known ones of these contacts as Arrow; the key comes first, and each column once."""
        key = self._catalog.contact.key
        return self._backend.contact_batch(members, [name for name in dict.fromkeys(columns) if name != key])

    def check_batches(self, columns: Sequence[str], batch_size: int) -> None:
        """Raise QuestionError where no batches of that kind can be made."""
        _check_limit(batch_size, "batch_size")
        self._check_columns(columns)

    def _check_columns(self, columns: Sequence[str]) -> None:
        for place, name in enumerate(columns):
            _attribute(name, self._catalog.contact.attributes, f"columns[{place}]")

    def _chosen(self, members: BitMap | None, search: str | None) -> BitMap:
        known = self._backend.known_contacts()
        chosen = known if members is None else members & known
        return chosen if search is None else chosen & self._backend.contacts_matching(search)

    def _sortable(self, sort: str) -> str:
        return sort if sort in (KEY, NAME) else _attribute(sort, self._catalog.contact.attributes, "sort").name

    def _in_order(
        self, chosen: BitMap, order: ContactOrder, after: str | None, limit: int
    ) -> tuple[list[int], str | None]:
        last = None if after is None else _ordered_contact(after, order)
        try:
            found = self._backend.ordered_contacts(chosen, order, after=last, limit=limit + 1)
        except ValueError as error:
            raise invalid_cursor() from error
        page = found[:limit]
        following = cursor_of(order.by, order.descending, page[-1].mark, page[-1].key) if len(found) > limit else None
        return [contact.ordinal for contact in page], following

    # --- values

    def values(
        self, name: str, attribute: str, *, containing: str, limit: int, within: BitMap | None
    ) -> tuple[ValueCount, ...]:
        """The values of an attribute of an entity or interaction, most frequent first: see `Engine.values`."""
        _check_limit(limit)
        owner = self._catalog.entities.get(name) or self._catalog.interactions.get(name)
        if owner is None:
            known = [*self._catalog.entities, *self._catalog.interactions]
            raise _unknown("unknown_entity", "name", f"There is no entity and no interaction {name!r}.", name, known)
        _attribute(attribute, owner.attributes, "attribute")
        found = self._backend.value_counts(name, attribute, containing=containing, limit=limit, within=within)
        return tuple(found)

    # --- what a contact did

    def timeline(
        self, contact: int, *, before: int, after: str | None, limit: int, interactions: Collection[str] | None
    ) -> Timeline:
        """A page of the interactions of a contact: see `Engine.timeline`."""
        _check_limit(limit)
        kinds = self._kinds(interactions)
        place = None if after is None else _event_place(after)
        found = self._backend.events(contact, before=before, after=place, limit=limit, interactions=kinds)
        last = found.last
        following = None if last is None else cursor_of(last.occurred_at, last.interaction, last.message_id)
        return Timeline(events=found.events, total=found.total, next=following)

    def _kinds(self, interactions: Collection[str] | None) -> Collection[str]:
        known = self._catalog.interactions
        for name in interactions or ():
            if name not in known:
                message = f"There is no interaction {name!r}."
                raise _unknown("unknown_interaction", "interactions", message, name, [*known])
        return [*known] if interactions is None else list(dict.fromkeys(interactions))


def _first_seen_first(
    chosen: BitMap, *, descending: bool, after: str | None, limit: int
) -> tuple[list[int], str | None]:
    """A page in the order of ordinals, and the cursor to the next."""
    last = None if after is None else _ordinal(after, descending)
    if descending:
        end = len(chosen) if last is None else chosen.rank(last) - (last in chosen)
        found = list(reversed(chosen[max(0, end - limit - 1) : end]))
    else:
        start = 0 if last is None else chosen.rank(last)
        found = list(chosen[start : start + limit + 1])
    page = found[:limit]
    return page, cursor_of(None, descending, page[-1]) if len(found) > limit else None


# --- cursors ---------------------------------------------------------------------------------------------------------


def _ordinal(after: str, descending: bool) -> int:
    match parts_of(after):
        case [None, bool(direction), int(ordinal)] if direction == descending and 0 <= ordinal < _ORDINALS:
            return ordinal
        case _:
            raise invalid_cursor()


def _ordered_contact(after: str, order: ContactOrder) -> OrderedContact:
    match parts_of(after):
        case [order.by, order.descending, (str() | int() | None) as mark, str(key)]:
            return OrderedContact(0, mark, key)
        case _:
            raise invalid_cursor()


def _event_place(after: str) -> EventPlace:
    match parts_of(after):
        case [int(occurred_at), str(interaction), str(message_id)] if _is_place(occurred_at, message_id):
            return EventPlace(occurred_at, interaction, message_id)
        case _:
            raise invalid_cursor()


def _is_place(occurred_at: int, message_id: str) -> bool:
    return FIRST_INSTANT <= occurred_at <= LAST_INSTANT and is_storable(message_id)


# --- what is asked ---------------------------------------------------------------------------------------------------


def _check_limit(limit: int, path: str = "limit") -> None:
    if limit < 1:
        hint = "Ask for at least one."
        raise QuestionError(Problem(code="invalid_value", path=path, message=f"{limit} is too few.", hint=hint))


def _attribute(name: str, known: Mapping[str, Attribute], path: str) -> Attribute:
    found = known.get(name)
    if found is None:
        raise _unknown("unknown_attribute", path, f"There is no attribute {name!r}.", name, [*known])
    return found


def _unknown(code: str, path: str, message: str, name: str, known: Sequence[str]) -> QuestionError:
    return QuestionError(Problem(code=code, path=path, message=message, hint=did_you_mean(str(name), known)))
