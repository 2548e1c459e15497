"""Dates in the store by their column: who has one in a strip, which comes next, on which days they lie."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
from pyroaring import BitMap

from coterie.backends.duckdb.arrays import Ordinals
from coterie.backends.duckdb.days import EPOCH_ORDINAL, local_day_numbers
from coterie.backends.duckdb.naming import entity_table, interaction_table, quoted, value_column
from coterie.backends.duckdb.source import Source
from coterie.planning.backend import DateColumn

__all__ = ["days_in", "holders", "least_value", "occurring_values", "values_of"]

_HOUR = 3_600_000
_REACHES = (_HOUR, 24 * _HOUR, 30 * 24 * _HOUR)
"""How far ahead the next instant is looked for at first: where rows lie in order of time, little is read."""

_DAY = 1
"""A day in a column that holds days."""

_TOGETHER, _DAYS_TOGETHER = 64, 64
"""So many spans are asked about in one statement at most, of so many days in all: at midnight each is of one."""


def holders(column: DateColumn, spans: Sequence[tuple[int, int]], source: Source) -> list[Ordinals]:
    """For each span `[start, end)` the ordinals of records with a value in it; of interactions, of their contacts.

    In no order, perhaps with repeats.
    """
    found: list[Ordinals] = []
    for together in _together(spans, _DAY if column.holds_days(source.catalog) else 24 * _HOUR):
        found += _holders(column, together, source)
    return found


def _together(spans: Sequence[tuple[int, int]], day: int) -> Iterator[Sequence[tuple[int, int]]]:
    """The spans in pieces that one statement asks about: of few days in all, so that little is held at once."""
    first, length = 0, 0
    for place, (start, end) in enumerate(spans):
        length += max(end - start, 0)
        if place > first and (length > _DAYS_TOGETHER * day or place - first >= _TOGETHER):
            yield spans[first:place]
            first, length = place, max(end - start, 0)
    if spans:
        yield spans[first:]


def _holders(column: DateColumn, spans: Sequence[tuple[int, int]], source: Source) -> list[Ordinals]:
    """What `holders` says, in one statement: most of what one costs is not reading a few rows."""
    table, name = _place(column, source)
    owner = "ordinal" if column.interaction is None else "contact"
    distinct = "DISTINCT " if len(spans) == 1 else ""  # a long span has many of each; for short ones it takes longer
    parts, bounds = [], list[object]()
    for place, (start, end) in enumerate(spans):
        if _is_after_all(column, start, source):
            continue
        part = f"SELECT {distinct}{place}::INTEGER AS span, {owner} AS ordinal FROM {quoted(table)}"
        part += f" WHERE {quoted(name)} >= ?"
        bounds.append(_bound(column, start, source))
        if not _is_after_all(column, end, source):
            part += f" AND {quoted(name)} < ?"
            bounds.append(_bound(column, end, source))
        parts.append(part)
    if not parts:
        return [np.empty(0, np.uint32) for _ in spans]
    answer = source.query(" UNION ALL ".join(parts), bounds)
    ordinals: Ordinals = answer.column("ordinal").to_numpy()
    if len(spans) == 1:
        return [ordinals]
    places = answer.column("span").to_numpy()
    in_order = np.argsort(places, kind="stable")
    ends = np.searchsorted(places[in_order], np.arange(1, len(spans)))
    return np.split(ordinals[in_order], ends)


def least_value(column: DateColumn, at_or_after: int, source: Source) -> int | None:
    """The least value that is not before; milliseconds, or days by ordinal."""
    table, name = _place(column, source)
    if _is_after_all(column, at_or_after, source):
        return None
    least = f"SELECT min({quoted(name)}) FROM {quoted(table)} WHERE {quoted(name)} >= ?"
    if not column.holds_days(source.catalog):
        for reach in _REACHES:
            found = source.query(f"{least} AND {quoted(name)} < ?", [at_or_after, at_or_after + reach])
            if (value := found.column(0)[0].as_py()) is not None:
                return int(value)
    value = source.query(least, [_bound(column, at_or_after, source)]).column(0)[0].as_py()
    if value is None:
        return None
    return value.toordinal() if isinstance(value, date) else int(value)


def values_of(column: DateColumn, records: BitMap, source: Source) -> Collection[int]:
    """The values that records with these ordinals have; milliseconds, or days by ordinal. Each once."""
    table, name = _place(column, source)
    chosen = pa.table({"v": np.array(records.to_array(), dtype=np.uint32)})
    statement = (
        f"SELECT DISTINCT {quoted(name)} FROM {quoted(table)} "
        f"WHERE ordinal IN (SELECT v FROM chosen) AND {quoted(name)} IS NOT NULL"
    )
    return _numbers(source.query(statement, (), {"chosen": chosen}).column(0).to_pylist())


def occurring_values(column: DateColumn, values: Collection[int], source: Source) -> Mapping[int, int]:
    """Those of the values that some record has, each with the ordinal of one that has it."""
    possible = [value for value in values if not _is_after_all(column, value, source)]
    if not possible:
        return {}
    table, name = _place(column, source)
    given = pa.array([_bound(column, value, source) for value in possible])
    statement = (
        f"SELECT {quoted(name)}, min(ordinal) FROM {quoted(table)} "
        f"WHERE {quoted(name)} IN (SELECT v FROM given) GROUP BY {quoted(name)}"
    )
    found = source.query(statement, (), {"given": pa.table({"v": given})})
    return dict(zip(_numbers(found.column(0).to_pylist()), found.column(1).to_pylist(), strict=True))


def _numbers(values: Iterable[date | int]) -> list[int]:
    return [value.toordinal() if isinstance(value, date) else value for value in values]


def days_in(column: DateColumn, zone: ZoneInfo, source: Source) -> Collection[date]:
    """The days that occur in the column, of instants the local ones of `zone`."""
    table, name = _place(column, source)
    found = source.query(f"SELECT DISTINCT {quoted(name)} FROM {quoted(table)} WHERE {quoted(name)} IS NOT NULL")
    if column.holds_days(source.catalog):
        days: list[date] = found.column(0).to_pylist()
        return days
    numbers = np.unique(local_day_numbers(found.column(0).to_numpy(), zone))
    return [date.fromordinal(int(number) + EPOCH_ORDINAL) for number in numbers]


def _place(column: DateColumn, source: Source) -> tuple[str, str]:
    if column.interaction is not None:
        name = "occurred_at" if column.attribute is None else value_column(column.attribute)
        return interaction_table(column.interaction), name
    assert column.attribute is not None
    return entity_table(column.entity_in(source.catalog)), value_column(column.attribute)


def _is_after_all(column: DateColumn, value: int, source: Source) -> bool:
    """Whether the value is a day after the last of the calendar, and so after every day there is."""
    return value > date.max.toordinal() and column.holds_days(source.catalog)


def _bound(column: DateColumn, value: int, source: Source) -> object:
    """A bound as it is compared in the table; the first day of the calendar for one before it."""
    return date.fromordinal(max(value, date.min.toordinal())) if column.holds_days(source.catalog) else value
