"""What the list tells of segments besides what people wrote: members and evaluation, as published now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from coterie import Published
from coterie_web.accounts.models import User
from coterie_web.catalogs.engine import engine
from coterie_web.segments.growth import Growth, growth_of
from coterie_web.segments.listing.ordering import SortValue
from coterie_web.segments.listing.rows import STOPPED, Row
from coterie_web.segments.models import Segment
from coterie_web.segments.queries import visible_contacts, visible_part

__all__ = ["COLUMNS", "Facts", "value_of"]

COLUMNS = ("name", "type", "status", "members", "evaluated", "used", "owner")
"""What the list is sorted by."""

_STATUS_ORDER = [*Segment.Status.values, STOPPED]


class Facts:
    """What is published at one moment, as far as one person sees it: a page tells of one moment only."""

    def __init__(self, user: User) -> None:
        self._published: Mapping[str, Published] = engine().published
        self._visible = visible_contacts(user)

    def members(self, row: Row) -> int | None:
        """How many members the person sees, of a stopped segment its last ones; None where there never were any."""
        shown = self._shown(row)
        if shown is None:
            return None
        return shown.count if self._visible is None else len(visible_part(shown.members, self._visible))

    def evaluated(self, row: Row) -> datetime | None:
        """Of which moment the members are."""
        shown = self._shown(row)
        return None if shown is None else shown.as_of

    def growth(self, row: Row) -> Growth | None:
        """How it came to that size; not for who sees only a part, of which no sizes are kept."""
        shown = self._shown(row) if self._visible is None else None
        return None if shown is None else growth_of(shown, engine().catalog.organization.time_zone)

    def _shown(self, row: Row) -> Published | None:
        match row.status:
            case Segment.Status.DRAFT:
                return None
            case _ if row.status == STOPPED:
                return engine().last_snapshot(row.key)
            case _:
                return self._published.get(row.key)

    @property
    def latest(self) -> Published | None:
        """One of those that were evaluated last: all that do not fail stand at its moment and data version."""
        keys = (key for key in self._published if not self._published[key].problems)
        return next((self._published[key] for key in keys), None)


def value_of(column: str, facts: Facts, uses: Mapping[str, int]) -> Callable[[Row], SortValue]:
    """What rows are sorted by in a column."""
    match column:
        case "type":
            return lambda row: row.type
        case "status":
            return lambda row: _STATUS_ORDER.index(row.status)
        case "members":
            return facts.members
        case "evaluated":
            return lambda row: _milliseconds(facts.evaluated(row))
        case "used":
            return lambda row: uses.get(row.key)
        case "owner":
            return lambda row: row.owner_name.casefold()
        case _:
            return lambda row: row.name.casefold()


def _milliseconds(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp() * 1000)
