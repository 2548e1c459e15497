"""Dates and instants compared, in SQL with absolute bounds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from bench.live.dialects import Dialect
from bench.live.moments import Days, Moment

__all__ = ["date_test"]

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_ELAPSED = ("minutes", "hours", "rolling_days")


def date_test(column: str, kind: str, operator: str, value: object, dialect: Dialect, moment: Moment) -> str:
    """`column`, a `date` or a `datetime`, compared by a positive operator at a moment."""
    match operator, value:
        case "partial", {**parts}:
            return _parts(column, parts, dialect, moment)
        case "anniversary", {**window}:
            return _anniversary(column, window, dialect, moment)
        case (("in_last" | "before_last" | "in_next"), {"count": int(count), "unit": str(unit)}):
            return _moving(column, kind, operator, count, unit, dialect, moment)
        case "in_period", str(name):
            return _within_days(column, kind, moment.period(name), dialect, moment)
        case _:
            return _within_days(column, kind, _named(operator, value), dialect, moment)


def _named(operator: str, value: object) -> Days:
    match operator, value:
        case "between", [date() as first, date() as last]:
            return first, last + timedelta(days=1)
        case "on", date() as day:
            return day, day + timedelta(days=1)
        case "before", date() as day:
            return None, day
        case "on_or_before", date() as day:
            return None, day + timedelta(days=1)
        case "after", date() as day:
            return day + timedelta(days=1), None
        case "on_or_after", date() as day:
            return day, None
    raise AssertionError(operator)


def _within_days(column: str, kind: str, days: Days, dialect: Dialect, moment: Moment) -> str:
    if kind == "datetime":
        return _between(column, *(None if at is None else dialect.instant(at) for at in moment.instants(days)))
    return _between(column, *(None if day is None else dialect.day(day) for day in days))


def _between(column: str, start: str | None, end: str | None) -> str:
    parts = [] if start is None else [f"{column} >= {start}"]
    return " AND ".join(parts if end is None else [*parts, f"{column} < {end}"])


def _moving(column: str, kind: str, operator: str, count: int, unit: str, dialect: Dialect, moment: Moment) -> str:
    if kind == "date":
        last, ahead = moment.last_days(count, unit), moment.next_days(count, unit)
        days = {"in_last": last, "before_last": (None, last[0]), "in_next": ahead}[operator]
        return _within_days(column, kind, days, dialect, moment)
    assert operator != "in_next", "no datetime here lies ahead"
    start, end = moment.last_instants(count, unit)
    bounds = (start, end) if operator == "in_last" else (None, start)
    return _between(column, *(None if at is None else dialect.instant(at) for at in bounds))


def _parts(column: str, parts: Mapping[str, object], dialect: Dialect, moment: Moment) -> str:
    said = []
    for name, values in parts.items():
        assert isinstance(values, list)
        if name == "weekdays":
            numbers, of = [_WEEKDAYS.index(value) + 1 for value in values], dialect.weekday(column)
        elif name == "months":
            numbers = [moment.today.month if value == "this_month" else value for value in values]
            of = dialect.month(column)
        else:
            numbers = [moment.today.day if value == "today" else value for value in values]
            of = dialect.day_of_month(column)
        said.append(f"{of} IN ({', '.join(map(str, numbers))})")
    return " AND ".join(said)


def _anniversary(column: str, window: Mapping[str, object], dialect: Dialect, moment: Moment) -> str:
    """Month and day as one number, in a range that may cross the year's end."""
    of = f"{dialect.month(column)} * 100 + {dialect.day_of_month(column)}"
    match window:
        case {"month": int(month), "day": int(day)}:
            return f"{of} = {month * 100 + day}"
        case {"in_last": {"count": int(count), "unit": str(unit)}}:
            first, last = moment.last_days(count, unit)[0], moment.today
        case {"in_next": {"count": int(count), "unit": str(unit)}}:
            end = moment.next_days(count, unit)[1]
            assert end is not None
            first, last = moment.today, end - timedelta(days=1)
        case {"in_period": str(period)}:
            first, end = moment.period(period)
            assert end is not None
            last = end - timedelta(days=1)
        case _:
            raise AssertionError(window)
    assert first is not None
    if (last - first).days >= 365:
        return f"{column} IS NOT NULL"
    low, high = first.month * 100 + first.day, last.month * 100 + last.day
    if high == 228 and (last + timedelta(days=1)).month == 3:
        high = 229  # who was born on 29 February celebrates on the 28th
    return f"{of} BETWEEN {low} AND {high}" if low <= high else f"({of} >= {low} OR {of} <= {high})"
