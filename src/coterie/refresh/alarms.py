"""When time alone can next change an answer: of every moving condition of live segments."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from coterie.catalog.model import CONTACT, Catalog
from coterie.planning.backend import Backend, Changes, DateColumn
from coterie.planning.clock import Clock
from coterie.planning.horizon import Moving, bounds_of, next_change

__all__ = ["Alarms"]


@dataclass(slots=True)
class _Alarm:
    """The next instant of a condition, and the values that its bounds wait at; `set_at` is when it was worked out."""

    at: int | None
    waiting: tuple[int | None, int | None]
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

    def keep(self, conditions: Iterable[Moving], as_of: int, changes: Changes | None) -> None:
        """Bring the alarms of these conditions to that moment and to the data as they are; drop all others.

        `changes` are those since the last call, None where they are not known.
        """
        kept: dict[str, _Alarm] = {}
        for moving in conditions:
            if moving.name in kept:
                continue
            alarm = self._set.get(moving.name)
            if alarm is None or changes is None or self._is_stale(alarm, moving, as_of, changes):
                now = Clock(as_of, moving.zone, self._catalog.organization)
                alarm = _Alarm(*next_change(moving, now, self._backend), as_of)
            kept[moving.name] = alarm
        self._set = kept

    def next(self, names: Iterable[str]) -> int | None:
        """The earliest instant of these conditions; None where time changes none of them."""
        return min((at for name in names if (at := self._set[name].at) is not None), default=None)

    def _is_stale(self, alarm: _Alarm, moving: Moving, as_of: int, changes: Changes) -> bool:
        if as_of < alarm.set_at or (alarm.at is not None and alarm.at <= as_of):
            return True
        if moving.column.interaction is not None:
            return self._interactions_matter(alarm, moving, as_of, changes)
        return self._records_matter(moving.column, changes)

    def _interactions_matter(self, alarm: _Alarm, moving: Moving, as_of: int, changes: Changes) -> bool:
        """Whether new interactions have a date that comes before those waited at."""
        name = moving.column.interaction
        assert name is not None
        if name in changes.whole:
            return True
        if name not in changes.occurred:
            return False
        if moving.column.attribute is not None or moving.window_at is None:
            return True
        first, last = changes.occurred[name]
        bounds = bounds_of(moving, Clock(as_of, moving.zone, self._catalog.organization))
        return any(
            last >= bound and (waiting is None or first < waiting)
            for bound, waiting in zip(bounds, alarm.waiting, strict=True)
        )

    def _records_matter(self, column: DateColumn, changes: Changes) -> bool:
        entity = self._catalog.relations[column.relations[-1]].target if column.relations else CONTACT
        if entity in changes.whole:
            return True
        changed = changes.entities.get(entity)
        return changed is not None and (changed.columns is None or column.attribute in changed.columns)
