"""Dates found by their column, up to the last day of the calendar and beyond it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from coterie.backends.duckdb import dated
from coterie.backends.duckdb.backend import DuckDBBackend
from coterie.backends.duckdb.store import Store
from coterie.catalog import parse_catalog
from coterie.planning.backend import DateColumn

CATALOG = parse_catalog({"coterie": 1, "contact": {"key": "id", "attributes": {"ends": "date"}}})
ENDS = DateColumn(attribute="ends")
FIRST, LAST = date.min.toordinal(), date.max.toordinal()
FOUNDED, NOW, FOR_EVER = 0, 1, 2


@pytest.fixture
def backend() -> Iterator[DuckDBBackend]:
    backend = DuckDBBackend(Store.open(":memory:", CATALOG, time_zone="UTC", threads=1))
    days = {"founded": "0001-01-01", "now": "2026-11-23", "for ever": "9999-12-31"}
    backend.load("contact", [{"id": key, "ends": day} for key, day in days.items()])
    yield backend
    backend.close()


@pytest.mark.parametrize(
    ("start", "end", "held"),
    [
        (LAST, LAST + 1, {FOR_EVER}),
        (LAST - 1, LAST, set()),
        (LAST + 1, LAST + 10, set()),
        (FIRST - 10, FIRST, set()),
        (FIRST - 10, FIRST + 1, {FOUNDED}),
        (FIRST - 10, LAST + 10, {FOUNDED, NOW, FOR_EVER}),
    ],
)
def test_a_strip_that_ends_after_the_calendar_holds_its_last_day(
    backend: DuckDBBackend, start: int, end: int, held: set[int]
) -> None:
    assert [set(found) for found in backend.holding(ENDS, [(start, end)])] == [held]
    both = [(start, end), (LAST, LAST + 1)]
    assert [set(found) for found in backend.holding(ENDS, both)] == [held, {FOR_EVER}]


@pytest.mark.parametrize(("after", "least"), [(FIRST - 1, FIRST), (LAST, LAST), (LAST + 1, None)])
def test_no_day_comes_after_the_last(backend: DuckDBBackend, after: int, least: int | None) -> None:
    assert backend.least(ENDS, after) == least


def test_a_day_after_the_last_occurs_nowhere(backend: DuckDBBackend) -> None:
    assert list(backend.occurring(ENDS, [LAST, LAST + 1])) == [LAST]
    assert list(backend.occurring(ENDS, [LAST + 1])) == []


def test_long_spans_are_asked_about_alone() -> None:
    days = [(0, 1), (1, 2), (2, 40), (40, 200), (200, 201), (201, 202)]
    assert [list(each) for each in dated._together(days, 1)] == [days[:3], days[3:4], days[4:]]
    assert list(dated._together([], 1)) == []
