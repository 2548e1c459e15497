"""Conditions asked of values: each value once, new values when they come, and always with the answer that rows give."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from pyroaring import BitMap

from coterie.backends.duckdb import copied
from coterie.backends.duckdb.backend import DuckDBBackend
from coterie.backends.duckdb.naming import folded_column
from coterie.backends.duckdb.store import Store
from coterie.catalog import parse_catalog
from coterie.planning.leaves import (
    AttributeTest,
    ContactLeaf,
    DayParts,
    HasValue,
    Negation,
    NumberRange,
    TextIn,
    YearlyDays,
)

CATALOG = parse_catalog(
    {"contact": {"key": "id", "attributes": {"city": "text", "points": "number", "born": "date", "seen": "datetime"}}}
)
ALL = BitMap(range(4))

IN_PARIS = ContactLeaf(AttributeTest("city", TextIn(("paris",))))
NOT_IN_PARIS = ContactLeaf(Negation(AttributeTest("city", TextIn(("paris",)))))
IN_ROME = ContactLeaf(AttributeTest("city", TextIn(("rome",))))
SOMEWHERE = ContactLeaf(AttributeTest("city", HasValue()))
RICH = ContactLeaf(AttributeTest("points", NumberRange(low=Decimal(10))))


@pytest.fixture
def shop() -> Iterator[DuckDBBackend]:
    backend = DuckDBBackend(Store.open(":memory:", CATALOG, time_zone="UTC", threads=1))
    backend.load("contact", [{"id": "a", "city": "Paris"}, {"id": "b", "city": " PARIS"}, {"id": "c", "points": 12}])
    yield backend
    backend.close()


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tables that statements on copied records are given from now on."""
    given: list[str] = []
    query = copied.query

    def noted(connection: Any, statement: str, parameters: Any = (), tables: Any = None) -> Any:
        given.extend(tables or {})
        return query(connection, statement, parameters, tables)

    monkeypatch.setattr(copied, "query", noted)
    return given


def members(shop: DuckDBBackend, *leaves: ContactLeaf) -> list[list[int]]:
    found = shop.evaluate(leaves, within=ALL)
    return [list(found[leaf]) for leaf in leaves]


def test_a_condition_says_of_values_what_it_says_of_rows(shop: DuckDBBackend) -> None:
    assert members(shop, IN_PARIS, NOT_IN_PARIS, SOMEWHERE, RICH) == [[0, 1], [2], [0, 1], [2]]


def test_values_are_asked_about_once(shop: DuckDBBackend, statements: list[str]) -> None:
    members(shop, IN_PARIS, RICH)
    assert "asked" in statements
    statements.clear()
    assert members(shop, IN_PARIS, RICH) == [[0, 1], [2]]
    assert "asked" not in statements


def test_a_value_that_comes_later_is_asked_about_then(shop: DuckDBBackend) -> None:
    assert members(shop, IN_ROME, NOT_IN_PARIS) == [[], [2]]
    shop.ingest([{"type": "upsert", "entity": "contact", "record": {"id": "c", "city": "Rome"}}])
    assert members(shop, IN_ROME, NOT_IN_PARIS) == [[2], [2]]
    shop.ingest([{"type": "upsert", "entity": "contact", "record": {"id": "a", "city": ""}}])
    assert members(shop, IN_PARIS, IN_ROME, NOT_IN_PARIS, SOMEWHERE) == [[1], [2], [0, 2], [1, 2]]


def test_numbers_that_get_more_places_keep_their_answers(shop: DuckDBBackend) -> None:
    assert members(shop, RICH) == [[2]]
    shop.ingest([{"type": "upsert", "entity": "contact", "record": {"id": "a", "points": "10.25"}}])
    assert members(shop, RICH) == [[0, 2]]
    shop.ingest([{"type": "upsert", "entity": "contact", "record": {"id": "b", "points": "9" * 25}}])
    assert members(shop, RICH) == [[0, 1, 2]]
    shop.ingest([{"type": "upsert", "entity": "contact", "record": {"id": "b", "points": "9.9999"}}])
    assert members(shop, RICH) == [[0, 2]]


def test_a_value_has_one_number_however_it_was_folded(shop: DuckDBBackend) -> None:
    """Foldings may differ where another version of Unicode wrote a part of the store: no row is doubled by that."""
    shop.load("contact", [{"id": "d", "city": "Paris"}])
    shop._store.connection.execute(f"UPDATE entity_contact SET {folded_column('city')} = 'other' WHERE key = 'd'")
    many = [ContactLeaf(AttributeTest("city", TextIn((f"city {number}",)))) for number in range(20)]
    assert list(shop.evaluate([SOMEWHERE, *many])[SOMEWHERE]) == [0, 1, 3]
    assert members(shop, SOMEWHERE) == [[0, 1, 3]]


def test_the_whole_store_is_asked_by_the_same_numbers(shop: DuckDBBackend) -> None:
    many = [ContactLeaf(AttributeTest("city", TextIn((f"city {number}",)))) for number in range(20)]
    before = members(shop, IN_PARIS, NOT_IN_PARIS)
    found = shop.evaluate([IN_PARIS, NOT_IN_PARIS, SOMEWHERE, RICH, *many])
    assert [list(found[leaf]) for leaf in (IN_PARIS, NOT_IN_PARIS)] == before
    assert not any(found[leaf] for leaf in many)


@pytest.mark.parametrize(
    ("attribute", "test"),
    [
        ("born", YearlyDays(((5, 5),), None)),
        ("born", DayParts((5,), (), (), (), None)),
        ("seen", DayParts((), (), (5,), (), "Europe/Paris")),
    ],
)
def test_days_are_asked_about_where_nobody_at_hand_has_them(shop: DuckDBBackend, attribute: str, test: Any) -> None:
    leaf = ContactLeaf(AttributeTest(attribute, test))

    def born(key: str, day: str) -> None:
        shop.ingest([{"type": "upsert", "entity": "contact", "record": {"id": key, attribute: day}}])

    def within(*contacts: int) -> list[int]:
        return list(shop.evaluate([leaf], within=BitMap(contacts))[leaf])

    born("a", "2000-05-05")
    assert within(0) == [0]
    born("b", "1990-03-10")
    assert within(1) == []  # now the days are asked about again, and the fifth of May is not at hand
    born("c", "2000-05-05")
    assert within(2) == [2]
    born("a", "1990-03-10")
    born("c", "1990-03-10")
    assert within(0, 1, 2) == []
    born("b", "2000-05-05")
    assert within(0, 1, 2) == [1]
