"""Rows of contacts known by heart: those that a statement finds, whatever came since, or none are told."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from threading import Event, Thread

import pytest

from coterie.backends.duckdb import contact_index
from coterie.backends.duckdb.arrays import Ordinals
from coterie.backends.duckdb.backend import DuckDBBackend
from coterie.backends.duckdb.contact_index import ContactIndex
from coterie.backends.duckdb.store import Store
from coterie.catalog import Catalog, parse_catalog

CATALOG: Catalog = parse_catalog(
    {
        "organization": {"time_zone": "UTC"},
        "contact": {"key": "id", "attributes": {}},
        "interactions": {"visit": {"attributes": {}}, "sale": {"attributes": {}}},
    }
)
CONTACTS = [f"c{number}" for number in range(8)]


@pytest.fixture
def backend() -> Iterator[DuckDBBackend]:
    held = DuckDBBackend(Store.open(":memory:", CATALOG, time_zone="UTC", threads=1))
    held.load("contact", [{"id": key} for key in CONTACTS[:6]])
    held.load("visit", [_visit(CONTACTS[number % 5], number) for number in range(40)])
    yield held
    held.close()


def _visit(contact: str, number: int) -> dict[str, object]:
    return {"message_id": f"m{number}", "id": contact, "occurred_at": f"2026-11-{1 + number % 20:02}T10:00Z"}


def _came(backend: DuckDBBackend, *visits: tuple[str, int], kind: str = "visit") -> None:
    backend.ingest([{"type": "interaction", "interaction": kind, "record": _visit(*visit)} for visit in visits])


def _index(backend: DuckDBBackend, pays: int = 1) -> ContactIndex:
    index = ContactIndex(backend, backend.changes, pays=pays)
    index.prepare()
    return index


def _stored(backend: DuckDBBackend, contact: int, kind: str = "visit") -> list[int]:
    statement = f"SELECT rowid FROM interaction_{kind} WHERE contact = ? ORDER BY rowid"
    rows: list[int] = backend.query(statement, [contact]).column(0).to_pylist()
    return rows


def _told(index: ContactIndex, contact: int, kind: str = "visit") -> list[int] | None:
    rows = index.of(kind, contact)
    return None if rows is None else rows.tolist()


def test_rows_are_those_that_are_stored_whatever_comes(backend: DuckDBBackend) -> None:
    rng, number = Random(20261128), 100
    index = _index(backend)
    for _ in range(30):
        batch = [(rng.choice(CONTACTS), number + place) for place in range(rng.randrange(1, 6))]
        number += len(batch)
        _came(backend, *batch)
        for contact in range(backend.entity_size("contact")):
            assert _told(index, contact) == _stored(backend, contact)


def test_nothing_is_read_again_where_other_things_changed(backend: DuckDBBackend) -> None:
    index = _index(backend)
    before = _told(index, 0)
    backend.ingest([{"type": "upsert", "entity": "contact", "record": {"id": "another"}}])
    _came(backend, ("c1", 900), kind="sale")
    assert _told(index, 0) == before
    assert _told(index, 0, "sale") is None, "there was none yet when it was prepared"
    index.prepare()
    assert _told(index, 1, "sale") == _stored(backend, 1, "sale") != []


def test_whoever_is_unknown_has_no_rows(backend: DuckDBBackend) -> None:
    index = _index(backend)
    assert _told(index, 5) == []
    assert _told(index, 4_000_000) == []


def test_it_knows_nothing_before_it_is_prepared_nor_of_small_tables(backend: DuckDBBackend) -> None:
    assert _told(ContactIndex(backend, backend.changes, pays=1), 0) is None
    assert _told(_index(backend, pays=41), 0) is None
    assert _told(_index(backend, pays=40), 0) is not None


def test_what_was_loaded_since_is_read_by_the_next_preparation(backend: DuckDBBackend) -> None:
    index = _index(backend)
    backend.load("visit", [_visit("c0", 500)])
    assert _told(index, 0) is None
    index.prepare()
    assert _told(index, 0) == _stored(backend, 0)


def test_where_rows_are_missing_none_are_told_of(backend: DuckDBBackend) -> None:
    """
    DuckDB may give rows other places then.
    """
    index = _index(backend)
    _came(backend, ("c0", 600), ("c1", 601))
    backend.query("DELETE FROM interaction_visit WHERE message_id = 'm600'")
    assert _told(index, 0) is None
    index.prepare()
    assert _told(index, 0) is None


def test_a_table_that_has_grown_too_large_is_not_known_any_more(
    backend: DuckDBBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contact_index, "_MOST_ROWS", 41)
    index = _index(backend)
    _came(backend, ("c0", 1_000))
    assert _told(index, 0) == _stored(backend, 0)
    _came(backend, ("c0", 1_001))
    assert _told(index, 0) is None
    assert _told(_index(backend), 0) is None


def test_nobody_waits_until_rows_are_put_in_order(backend: DuckDBBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on = Event(), Event()
    in_order = contact_index._in_order

    def slow(version: int, contacts: Ordinals) -> contact_index._Known:
        begun.set()
        assert go_on.wait(30)
        return in_order(version, contacts)

    monkeypatch.setattr(contact_index, "_in_order", slow)
    index = ContactIndex(backend, backend.changes, pays=1)
    preparing = Thread(target=index.prepare)
    preparing.start()
    assert begun.wait(30)
    assert _told(index, 0) is None
    go_on.set()
    preparing.join()
    assert _told(index, 0) == _stored(backend, 0)


@pytest.mark.parametrize("is_sorted", [False, True])
def test_what_was_broken_off_is_done_by_the_next(
    backend: DuckDBBackend, monkeypatch: pytest.MonkeyPatch, is_sorted: bool
) -> None:
    def broken_off(*_: object) -> contact_index._Known:
        raise MemoryError

    index = _index(backend) if is_sorted else ContactIndex(backend, backend.changes, pays=1)
    _came(backend, *[("c0", 1_000 + number) for number in range(20)])
    with monkeypatch.context() as patch:
        patch.setattr(contact_index, "_in_order", broken_off)
        with pytest.raises(MemoryError):
            index.prepare()
    _came(backend, ("c1", 2_000))
    index.prepare()
    for contact in range(6):
        assert _told(index, contact) == _stored(backend, contact)


def test_preparing_the_lookup_of_a_store_prepares_it(backend: DuckDBBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    index = ContactIndex(backend, backend.changes, pays=1)
    monkeypatch.setattr(backend, "_index", index)
    backend.prepare_lookup()
    assert _told(index, 0) == _stored(backend, 0)


def test_a_timeline_is_the_same_with_it(backend: DuckDBBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    def timelines() -> list[object]:
        return [
            backend.events(contact, before=1 << 50, after=None, limit=3, interactions=["visit", "sale"])
            for contact in range(7)
        ]

    _came(backend, ("c0", 700), kind="sale")
    without = timelines()
    monkeypatch.setattr(backend, "_index", _index(backend))
    assert timelines() == without
