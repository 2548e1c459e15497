"""Contacts in the order of an attribute, a stretch at a time.

The next stretch begins after the last contact of the one before, wherever that stands by then: what it was sorted by is
remembered, and not how many came before it. Of many contacts the order of all is kept; those that have changed since
are put in where they stand now.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import Lock

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from coterie.backends.duckdb.kept_order import KeptOrder
from coterie.backends.duckdb.naming import entity_table, quoted
from coterie.backends.duckdb.shown_columns import ordinal_table
from coterie.backends.duckdb.sort_columns import SortColumn, sort_column
from coterie.backends.duckdb.source import Source
from coterie.catalog.model import CONTACT
from coterie.planning.backend import Changes
from coterie.planning.browsing import ContactOrder, OrderedContact

__all__ = ["ContactOrders"]

_TABLE = entity_table(CONTACT)

_FEW = 5_000
"""So many contacts are sorted when they are asked for."""

_MANY_CHANGED = 50_000
"""From so many changed contacts on an order is made anew."""

_REMEMBERED = 1 << 28
"""Bytes that kept orders may take; those not asked for longest are let go of."""


class ContactOrders:
    """The orders of one store's contacts. Several threads may ask."""

    def __init__(
        self,
        source: Source,
        changes: Callable[[int], Changes | None],
        keys: Callable[[NDArray[np.uint32]], Sequence[str]],
    ) -> None:
        self._source = source
        self._changes = changes
        self._keys = keys
        self._kept: OrderedDict[str, KeptOrder] = OrderedDict()
        self._lock = Lock()

    def stretch(
        self, chosen: BitMap, order: ContactOrder, after: OrderedContact | None, limit: int
    ) -> list[OrderedContact]:
        """The first `limit` of the chosen contacts in an order; of those after one, where it is given.

        Raises ValueError where what `after` was sorted by is no value of the attribute.
        """
        column = sort_column(order.by, self._source)
        if after is not None:
            column.bounds(after)
        if len(chosen) <= _FEW:
            return self._sorted(chosen, column, order, after, limit)
        kept, changed = self._order(order.by, column)
        found = kept.stretch(chosen - changed, after, limit, descending=order.descending)
        moved = chosen & changed
        if moved:
            found += self._sorted(moved, column, order, after, limit)
            found = _in_order(found, column, descending=order.descending)
        return found[:limit]

    def _order(self, by: str, column: SortColumn) -> tuple[KeptOrder, BitMap]:
        """An order as it was, and the contacts that may have another place in it by now."""
        with self._lock:
            kept = self._kept.get(by)
            changed = None if kept is None or kept.column != column else self._changed(kept.version)
            if kept is None or changed is None or len(changed) > _MANY_CHANGED:
                kept, changed = KeptOrder.of(column, self._source, self._keys), BitMap()
            self._keep(by, kept)
            return kept, changed

    def _changed(self, version: int) -> BitMap | None:
        """The contacts that changed since, None where it is not known."""
        changes = BitMap() if version == self._source.data_version else self._changes(version)
        if not isinstance(changes, Changes):
            return changes
        if CONTACT in changes.whole:
            return None
        return changes.entities[CONTACT].records if CONTACT in changes.entities else BitMap()

    def _keep(self, by: str, kept: KeptOrder) -> None:
        self._kept[by] = kept
        self._kept.move_to_end(by)
        taken = sum(each.nbytes for each in self._kept.values())
        while taken > _REMEMBERED:
            taken -= self._kept.popitem(last=False)[1].nbytes

    def _sorted(
        self, chosen: BitMap, column: SortColumn, order: ContactOrder, after: OrderedContact | None, limit: int
    ) -> list[OrderedContact]:
        """What `stretch` answers, of few contacts."""
        conditions, parameters = ["ordinal IN (SELECT v FROM chosen)"], list[object]()
        if after is not None:
            conditions.append(column.later(after, descending=order.descending))
            parameters += column.bounds(after)
        direction = "DESC" if order.descending else "ASC"
        statement = (
            f"SELECT ordinal, {column.expression} AS mark, key FROM {quoted(_TABLE)} WHERE {' AND '.join(conditions)} "
            f"ORDER BY mark {direction} NULLS LAST, key {direction} LIMIT {int(limit)}"
        )
        found = self._source.query(statement, parameters, {"chosen": ordinal_table(chosen)})
        rows = zip(*(found.column(name).to_pylist() for name in ("ordinal", "mark", "key")), strict=True)
        return [OrderedContact(ordinal, column.mark(stored), key) for ordinal, stored, key in rows]


def _in_order(found: list[OrderedContact], column: SortColumn, *, descending: bool) -> list[OrderedContact]:
    there = [(column.stored(contact.mark), contact.key, contact) for contact in found if contact.mark is not None]
    missing = [(contact.key, contact) for contact in found if contact.mark is None]
    there.sort(key=lambda each: each[:2], reverse=descending)
    missing.sort(key=lambda each: each[0], reverse=descending)
    return [each[-1] for each in there] + [contact for _, contact in missing]
