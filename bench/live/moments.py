"""The bounds of relative dates at a moment in a zone, by plain calendar arithmetic: as one would write into SQL.

Nothing here is the engine's: an answer that agrees was bounded twice. Bounds are half-open, `[start, end)`.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

__all__ = ["Days", "Instants", "Moment", "milliseconds"]

Days = tuple[date | None, date | None]
Instants = tuple[int | None, int | None]
"""Milliseconds since 1970 UTC; None is unbounded."""

_ELAPSED = {"minutes": 60_000, "hours": 3_600_000, "rolling_days": 86_400_000}
_MONTHS = {"months": 1, "quarters": 3, "years": 12}


def milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _months_on(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _units_on(day: date, count: int, unit: str) -> date:
    if unit in _MONTHS:
        return _months_on(day, count * _MONTHS[unit])
    return day + timedelta(days=count * (7 if unit == "weeks" else 1))


@dataclass(frozen=True)
class Moment:
    """An instant (milliseconds since 1970 UTC) in a zone. Weeks start on Monday, fiscal years are calendar years."""

    as_of: int
    zone: str

    @cached_property
    def today(self) -> date:
        return datetime.fromtimestamp(self.as_of / 1000, ZoneInfo(self.zone)).date()

    def midnight(self, day: date) -> int:
        """The instant at which a local day begins."""
        return milliseconds(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(self.zone)))

    def instants(self, days: Days) -> Instants:
        start, end = days
        return (None if start is None else self.midnight(start), None if end is None else self.midnight(end))

    # --- moving

    def last_days(self, count: int, unit: str) -> Days:
        return _units_on(self.today, -count, unit), self.today + timedelta(days=1)

    def next_days(self, count: int, unit: str) -> Days:
        return self.today, _units_on(self.today, count, unit) + timedelta(days=1)

    def last_instants(self, count: int, unit: str) -> Instants:
        if unit in _ELAPSED:
            return self.as_of - count * _ELAPSED[unit], self.as_of + 1
        return self.midnight(_units_on(self.today, -count, unit)), self.as_of + 1

    def period(self, name: str) -> Days:
        """The days of `today`, `yesterday`, `this_month`, `last_quarter` and so on."""
        if name in ("today", "yesterday"):
            first = self.today - timedelta(days=name == "yesterday")
            return first, first + timedelta(days=1)
        which, unit = name.split("_")
        shift = {"last": -1, "this": 0, "next": 1}[which]
        if unit == "week":
            first = self.today - timedelta(days=self.today.weekday()) + timedelta(weeks=shift)
            return first, first + timedelta(weeks=1)
        length = {"month": 1, "quarter": 3, "year": 12}[unit]
        begun = self.today.replace(day=1, month=(self.today.month - 1) // length * length + 1)
        return _months_on(begun, shift * length), _months_on(begun, (shift + 1) * length)

    def window(self, window: Mapping[str, object] | None) -> Instants:
        """When an interaction has to have occurred; never after now."""
        start, end = self._window(window or {"kind": "always"})
        visible = self.as_of + 1
        return start, visible if end is None else min(end, visible)

    def _window(self, window: Mapping[str, object]) -> Instants:
        match window:
            case {"kind": "always"}:
                return None, None
            case {"kind": "last", "count": int(count), "unit": str(unit)}:
                return self.last_instants(count, unit)
            case {"kind": "before_last", "count": int(count), "unit": str(unit)}:
                return None, self.last_instants(count, unit)[0]
            case {"kind": "between", "from": date() as first, "to": date() as last}:
                return self.instants((first, last + timedelta(days=1)))
            case {"kind": "since", "from": date() as first}:
                return self.instants((first, None))
            case {"kind": "until", "to": date() as last}:
                return self.instants((None, last + timedelta(days=1)))
            case {"kind": "period", "period": str(name)}:
                return self.instants(self.period(name))
        raise AssertionError(window)

    def offsets(self, start: int | None, end: int | None) -> list[tuple[int | None, int]]:
        """The zone's offsets (milliseconds) from `start` to `end`, each with the instant until which it holds."""
        zone = ZoneInfo(self.zone)

        def offset(instant: int) -> int:
            shift = datetime.fromtimestamp(instant / 1000, UTC).astimezone(zone).utcoffset()
            return round(shift.total_seconds() * 1000)

        low = start if start is not None else self.as_of - 5 * 366 * 86_400_000
        high = end if end is not None else self.as_of
        found: list[tuple[int | None, int]] = []
        while low < high:
            step = min(low + 20 * 86_400_000, high)
            if offset(step) != offset(low):
                left, right = low, step
                while right - left > 1:
                    middle = (left + right) // 2
                    left, right = (middle, right) if offset(middle) == offset(low) else (left, middle)
                found.append((right, offset(low)))
                step = right
            low = step
        return [*found, (None, offset(high))]
