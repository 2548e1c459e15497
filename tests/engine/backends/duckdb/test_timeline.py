"""Interactions read once for many leaves: windows are ranges of places, whatever the order of rows and contacts."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from random import Random
from typing import Any

import pyarrow as pa
import pytest
from pyroaring import BitMap

from coterie.backends.duckdb import evaluation, stored_timelines, vocabularies
from coterie.backends.duckdb.backend import DuckDBBackend
from coterie.backends.duckdb.naming import folded_column, value_column
from coterie.backends.duckdb.store import Store
from coterie.catalog import parse_catalog
from coterie.planning.clock import Between
from coterie.planning.leaves import (
    All,
    AttributeTest,
    CountDistinct,
    CountRecords,
    Exists,
    HasValue,
    InteractionLeaf,
    NumberRange,
    SumOf,
    TextIn,
)

CATALOG = parse_catalog(
    {
        "contact": {"key": "id", "attributes": {}},
        "interactions": {"visit": {"attributes": {"page": "text", "seconds": "number"}}},
    }
)

VISITS = [  # contact, when, page, seconds: not in the order of time
    ("a", 300, "home", 5),
    ("b", 100, "home", 7),
    ("a", 100, "shop", 1),
    ("c", 200, "shop", 9),
    ("b", 300, "shop", 4),
]
A, B, C = 0, 1, 2


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Iterator[DuckDBBackend]:
    monkeypatch.setattr(evaluation, "_SHARED", 1)
    backend = DuckDBBackend(Store.open(":memory:", CATALOG, time_zone="UTC", threads=1))
    backend.load("contact", [{"id": key} for key in "abc"])
    load(backend, VISITS)
    yield backend
    backend.close()


def load(backend: DuckDBBackend, visits: list[tuple[str, int, str, int]]) -> None:
    backend.load(
        "visit",
        [
            {"id": key, "occurred_at": f"1970-01-01T00:00:{at / 1000:06.3f}Z", "page": page, "seconds": seconds}
            for key, at, page, seconds in visits
        ],
    )


def leaf(start: int | None, end: int | None, page: str | None = None, having: Any = None) -> InteractionLeaf:
    where = None if page is None else AttributeTest("page", TextIn((page,)))
    return InteractionLeaf("visit", Between(start, end), where, having or Exists())


EXPECTED = {
    leaf(None, None): [A, B, C],
    leaf(100, 200): [A, B],
    leaf(101, 300): [C],
    leaf(None, 100): [],
    leaf(300, None): [A, B],
    leaf(300, 100): [],
    leaf(None, None, "home"): [A, B],
    leaf(None, 300, "home"): [B],
    leaf(None, None, "shop", SumOf("seconds", NumberRange(low=Decimal(4)))): [B, C],
    leaf(None, None, None, SumOf("seconds", NumberRange(low=Decimal(9)))): [B, C],
    leaf(None, None, None, CountRecords(NumberRange(low=Decimal(2)))): [A, B],
    leaf(100, 300, None, CountRecords(NumberRange(high=Decimal(0)))): [],
}


def found(backend: DuckDBBackend, **more: Any) -> dict[InteractionLeaf, BitMap]:
    return dict(backend.evaluate(list(EXPECTED), **more))  # type: ignore[arg-type]


def expected(within: list[int] | None = None) -> dict[InteractionLeaf, BitMap]:
    return {leaf: BitMap(members) & BitMap(within or [A, B, C]) for leaf, members in EXPECTED.items()}


def test_each_window_predicate_and_measure_chooses_its_own_rows(shop: DuckDBBackend) -> None:
    assert found(shop) == expected()


def test_within_some_contacts_it_is_the_same(shop: DuckDBBackend) -> None:
    assert found(shop, within=BitMap([A, C])) == expected([A, C])


def test_only_the_span_of_all_windows_is_read(shop: DuckDBBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    query = shop.query

    def noted(*asked: Any) -> Any:
        answer = query(*asked)
        read.append(answer.num_rows)
        return answer

    monkeypatch.setattr(shop, "query", noted)
    shop.evaluate([leaf(100, 200), leaf(150, 250)])
    assert read[-1] == 3
    shop.evaluate([leaf(100, 200), leaf(None, 250)])
    assert read[-1] == 3
    shop.evaluate([leaf(200, None), leaf(250, 260)])
    assert read[-1] == 3


@pytest.mark.parametrize("name", ["_WORDS", "_COMBINATIONS"])
def test_values_too_many_to_be_numbered_are_asked_row_by_row(
    shop: DuckDBBackend, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(vocabularies, name, 0)
    assert found(shop) == expected()


def test_leaves_with_one_window_look_each_at_its_own_contacts(shop: DuckDBBackend) -> None:
    anybody, twice = leaf(None, None), leaf(None, None, None, CountRecords(NumberRange(low=Decimal(2))))
    among = {anybody: BitMap([C]), twice: BitMap([A])}
    assert shop.evaluate([anybody, twice], among=among) == {anybody: BitMap([C]), twice: BitMap([A])}
    assert shop.evaluate([anybody, twice], among={anybody: BitMap([C])}) == {
        anybody: BitMap([C]),
        twice: BitMap([A, B]),
    }


def test_numbers_are_compared_in_the_rows_that_are_looked_at(
    shop: DuckDBBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vocabularies, "_WORDS", 0)
    long = AttributeTest("seconds", NumberRange(low=Decimal(5)))
    at_home = All((long, AttributeTest("page", TextIn(("home",)))))
    late, early = (InteractionLeaf("visit", Between(*span), at_home, Exists()) for span in ((300, None), (None, 200)))
    assert shop.evaluate([late, early]) == {late: BitMap([A]), early: BitMap([B])}
    assert shop.evaluate([late, early], among={late: BitMap([A, B])}) == {late: BitMap([A]), early: BitMap([B])}


def test_values_are_read_once_and_again_where_another_has_come(
    shop: DuckDBBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    query = shop.query

    def noted(statement: str, *more: Any) -> Any:
        read.append(statement)
        return query(statement, *more)

    def is_read() -> bool:
        found, read[:] = any("DISTINCT" in statement for statement in read), []
        return found

    monkeypatch.setattr(shop, "query", noted)
    in_cart, in_shop = leaf(None, None, "cart"), leaf(None, None, "shop")
    asked = [in_cart, in_shop]
    assert shop.evaluate(asked) == {in_cart: BitMap(), in_shop: BitMap([A, B, C])}
    assert is_read()
    assert shop.evaluate(asked) == {in_cart: BitMap(), in_shop: BitMap([A, B, C])}
    assert not is_read()
    load(shop, [("a", 400, "shop", 1)])
    assert shop.evaluate(asked) == {in_cart: BitMap(), in_shop: BitMap([A, B, C])}
    assert not is_read()
    load(shop, [("b", 400, "cart", 1)])
    assert shop.evaluate(asked) == {in_cart: BitMap([B]), in_shop: BitMap([A, B, C])}
    assert is_read()


def test_values_that_become_too_many_meanwhile_are_asked_as_they_were(
    shop: DuckDBBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another thread meets a third page, one too many, after the rows were read by the numbers of two."""
    monkeypatch.setattr(vocabularies, "_WORDS", 3)
    joined = vocabularies.Vocabularies._joined
    met: list[str] = []

    def overtaken(words: Any, records: Any, attributes: Any, source: Any) -> Any:
        answer = joined(words, records, attributes, source)
        met.extend(answer.vocabularies)
        cart = pa.table({value_column("page"): ["cart"], folded_column("page"): ["cart"]})
        test = AttributeTest("page", HasValue())
        assert not words.of_rows(cart, records, [test], source, shop._evaluation._printer)
        return answer

    monkeypatch.setattr(vocabularies.Vocabularies, "_joined", overtaken)
    two_pages = leaf(None, None, None, CountDistinct("page", NumberRange(low=Decimal(2))))
    assert shop.evaluate([*EXPECTED, two_pages]) == {**expected(), two_pages: BitMap([A, B])}
    assert met == ["page"]


def test_a_long_table_is_read_by_ranges_of_contacts(shop: DuckDBBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = Random(7)
    many = [f"x{number}" for number in range(20)]
    shop.load("contact", [{"id": key} for key in many])
    load(shop, [(rng.choice(many), rng.choice((100, 200, 300)), rng.choice(("home", "shop")), 5) for _ in range(60)])
    whole = found(shop)
    monkeypatch.setattr(stored_timelines, "_ROWS", 10)
    monkeypatch.setattr(stored_timelines, "_CHUNK", 2)
    assert len(list(shop._evaluation._timelines("visit")._ranges(23))) > 3
    assert found(shop) == whole


def test_an_interaction_without_rows_has_nobody() -> None:
    backend = DuckDBBackend(Store.open(":memory:", CATALOG, time_zone="UTC", threads=1))
    assert not any(found(backend).values())
    backend.close()
