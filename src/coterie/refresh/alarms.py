"""When time alone can next change an answer: of every moving condition of live segments."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from pyroaring import BitMap

from coterie.catalog.model import Catalog
from coterie.planning.backend import Backend, Changes, DateColumn
from coterie.planning.clock import Clock
from coterie.planning.horizon import Days, Moving, Waiting, bounds_of, next_change, turns_before
from coterie.refresh.occurring import Occurring

__all__ = ["Alarms"]


@dataclass(slots=True)
class _Alarm:
    """The next instant of a condition, and the values that its bounds wait at; `set_at` is when it was worked out."""

    at: int | None
    waiting: Waiting
    set_at: int


class Alarms:
    """The next instants of conditions, worked out anew only where data or time made them another.

    They are those at which a bound passes a record's date, or a test of days turns for a day that occurs: before that
    instant no answer can change without a change of the data.
    """

    def __init__(self, backend: Backend, catalog: Catalog) -> None:
        self._backend = backend
        self._catalog = catalog
        self._set: dict[str, _Alarm] = {}
        self._occurring = Occurring(backend)

    def keep(self, conditions: Iterable[Moving], as_of: int, changes: Changes | None) -> None:
        """Bring the alarms of these conditions to that moment and to the data as they are; drop all others.

        `changes` are those since the last call, None where they are not known.
        """
        wanted = {moving.name: moving for moving in conditions}
        stored = _Stored(self._backend, self._catalog)
        clocks = _Clocks(as_of, self._catalog)
        self._occurring.heed(changes, self._catalog)
        stale = _Stale(self._set, wanted, clocks, changes, self._backend, self._catalog, self._occurring)
        kept: dict[str, _Alarm] = {}
        for name, moving in wanted.items():
            alarm = self._set.get(name)
            if alarm is None or stale.by_data(alarm, moving):
                alarm = _Alarm(*next_change(moving, clocks.of(moving), stored, None), as_of)
            elif alarm.at is not None and alarm.at <= as_of:
                alarm = _Alarm(*next_change(moving, clocks.of(moving), stored, alarm.waiting), as_of)
            kept[name] = alarm
        self._set = kept

    def next(self, names: Iterable[str]) -> int | None:
        """The earliest instant of these conditions; None where time changes none of them."""
        return min((at for name in names if (at := self._set[name].at) is not None), default=None)


class _Clocks:
    """The clocks of a moment (milliseconds since 1970 UTC), one for each zone."""

    def __init__(self, as_of: int, catalog: Catalog) -> None:
        self.as_of = as_of
        self._catalog = catalog
        self._by_zone: dict[str, Clock] = {}

    def of(self, moving: Moving) -> Clock:
        """That of the zone in which a condition counts days."""
        clock = self._by_zone.get(moving.zone.key)
        if clock is None:
            clock = self._by_zone[moving.zone.key] = Clock(self.as_of, moving.zone, self._catalog.organization)
        return clock


class _Stored:
    """The dates of all records, those asked for twice remembered."""

    def __init__(self, backend: Backend, catalog: Catalog) -> None:
        self._backend = backend
        self._catalog = catalog
        self._days: dict[tuple[DateColumn, str], Days] = {}
        self._least: dict[tuple[DateColumn, int], int | None] = {}

    def least(self, column: DateColumn, at_or_after: int) -> int | None:
        asked = (column, at_or_after)
        if asked not in self._least:
            self._least[asked] = self._backend.least(column, at_or_after)
        return self._least[asked]

    def days(self, column: DateColumn, zone: ZoneInfo) -> Days:
        asked = (column, "" if column.holds_days(self._catalog) else zone.key)
        if asked not in self._days:
            self._days[asked] = Days.of(self._backend.days(column, zone))
        return self._days[asked]


class _Stale:
    """Which alarms the data have made another."""

    def __init__(
        self,
        alarms: dict[str, _Alarm],
        conditions: dict[str, Moving],
        clocks: _Clocks,
        changes: Changes | None,
        backend: Backend,
        catalog: Catalog,
        occurring: Occurring,
    ) -> None:
        self._clocks = clocks
        self._changes = changes
        self._backend = backend
        self._catalog = catalog
        self._occurring = occurring
        self._new: dict[DateColumn, list[int]] = {}
        self._new_days: dict[DateColumn, Days] = {}
        self._waited_at: dict[DateColumn, set[int]] = {}
        self._gone: dict[DateColumn, set[int]] = {}
        for name, moving in conditions.items():
            if (alarm := alarms.get(name)) is not None:
                self._waited_at.setdefault(moving.column, set()).update(alarm.waiting.values())

    def by_data(self, alarm: _Alarm, moving: Moving) -> bool:
        """Whether the values that an alarm waits at are not the next ones any more."""
        if self._changes is None or self._clocks.as_of < alarm.set_at:
            return True
        column = moving.column
        if column.interaction is None:
            return self._records_matter(alarm, moving)
        if column.interaction in self._changes.whole:
            return True
        if column.interaction not in self._changes.occurred:
            return False
        if column.attribute is not None or alarm.waiting.turns:
            return True
        return self._come_before(self._changes.occurred[column.interaction], alarm, moving)

    def _records_matter(self, alarm: _Alarm, moving: Moving) -> bool:
        """Whether records got a date that comes, or turns, before those waited at, or lost one that is."""
        assert self._changes is not None
        column = moving.column
        entity = column.entity_in(self._catalog)
        if entity in self._changes.whole:
            return True
        changed = self._changes.entities.get(entity)
        if changed is None or (changed.columns is not None and column.attribute not in changed.columns):
            return False
        if alarm.waiting.turns and not column.holds_days(self._catalog):
            return True
        if column not in self._new:
            self._look_at(column, changed.records)
        if not self._gone[column].isdisjoint(alarm.waiting.values()):
            return True
        if alarm.waiting.turns:
            return turns_before(moving, self._clocks.of(moving), self._days(column), alarm.at)
        return self._come_before(self._new[column], alarm, moving)

    def _look_at(self, column: DateColumn, records: BitMap) -> None:
        self._new[column] = sorted(self._backend.dates_of(column, records))
        self._gone[column] = self._occurring.gone(column, self._waited_at[column])

    def _days(self, column: DateColumn) -> Days:
        """The days that records got, where a column holds days."""
        if column not in self._new_days:
            self._new_days[column] = Days.of([date.fromordinal(value) for value in self._new[column]])
        return self._new_days[column]

    def _come_before(self, values: tuple[int, ...] | list[int], alarm: _Alarm, moving: Moving) -> bool:
        """Whether any of the values (in order) lies between a bound and the value that it waits at."""
        bounds = bounds_of(moving, self._clocks.of(moving))
        for bound, moment in alarm.waiting.with_bounds(bounds):
            place = bisect_left(values, bound)
            if place < len(values) and (moment is None or values[place] < moment):
                return True
        return False
