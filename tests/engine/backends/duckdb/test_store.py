"""The store opens, grows with its catalog, keeps its versions, and says clearly when it cannot be used."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from coterie.backends.duckdb.naming import entity_table, interaction_table, quoted
from coterie.backends.duckdb.store import Store
from coterie.catalog import Catalog, parse_catalog
from coterie.errors import CatalogError, QuestionError, StoreError

SMALL = {"coterie": 1, "contact": {"key": "id", "attributes": {"city": "text", "City": "number"}}}
GROWN = {
    "coterie": 1,
    "contact": {
        "key": "id",
        "attributes": {"city": "choice", "City": "number", "age": "number", "tags": "multi_choice"},
    },
    "entities": {"account": {"key": "account_id", "attributes": {"name": "text"}}},
    "relations": {"account": {"from": "contact", "to": "account", "many_to_one": "account_id"}},
    "interactions": {"purchase": {"attributes": {"amount": "number"}}},
}


def catalog(source: object = SMALL) -> Catalog:
    return parse_catalog(source)  # type: ignore[arg-type]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A store with a thousand contacts, closed."""
    path = tmp_path / "shop.duckdb"
    store = Store.open(path, catalog(), time_zone="UTC")
    store.load("contact", [{"id": number, "city": f"City {number}"} for number in range(1000)])
    store.close()
    return path


def columns(store: Store, table: str) -> dict[str, str]:
    rows = store.connection.execute(f"DESCRIBE {quoted(table)}").fetchall()
    return {row[0]: row[1] for row in rows}


def test_a_new_store_has_the_tables_of_its_catalog() -> None:
    store = Store.open(":memory:", catalog(GROWN), time_zone="UTC")
    assert columns(store, entity_table("contact")) == {
        "ordinal": "UINTEGER", "key": "VARCHAR", "known": "BOOLEAN", "k_account_id": "VARCHAR",
        "r_account_id": "UINTEGER",
        "a_city": "VARCHAR", "f_city": "VARCHAR", "a_^city": "BIGINT", "a_age": "BIGINT", "a_tags": "VARCHAR",
        "f_tags": "VARCHAR", "a_id": "VARCHAR", "f_id": "VARCHAR", "clocks": "VARCHAR",
    }  # fmt: skip
    assert columns(store, interaction_table("purchase")) == {
        "contact": "UINTEGER", "occurred_at": "BIGINT", "message_id": "VARCHAR", "message_hash": "UBIGINT",
        "a_amount": "BIGINT",
    }  # fmt: skip
    assert (store.data_version, store.entity_size("contact"), store.entity_size("account")) == (0, 0, 0)


def test_a_store_is_found_again_as_it_was_left(file: Path) -> None:
    store = Store.open(file, catalog(), time_zone="UTC")
    assert (store.data_version, store.entity_size("contact")) == (1, 1000)
    assert store.load("contact", [{"id": "0", "City": "1.25"}]).updated == 1
    assert (store.data_version, store.number_scale("entity_contact", "a_^city")) == (2, 2)
    store.close()
    store = Store.open(file, catalog(), time_zone="UTC")
    assert (store.data_version, store.number_scale("entity_contact", "a_^city")) == (2, 2)
    store.close()


def test_a_grown_catalog_adds_tables_and_columns_and_drops_none(file: Path) -> None:
    store = Store.open(file, catalog(GROWN), time_zone="UTC")
    store.load("contact", [{"id": "5", "tags": ["a"], "age": 7, "account_id": "x"}])
    row = store.connection.execute("SELECT a_city, a_age, a_tags, r_account_id FROM entity_contact WHERE key = '5'")
    assert row.fetchall() == [("City 5", 7, "\x1fa\x1f", 0)]
    store.close()
    store = Store.open(file, catalog(), time_zone="UTC")
    assert "a_tags" in columns(store, "entity_contact")
    store.close()


def test_an_attribute_of_another_type_than_the_store_holds_is_refused(file: Path) -> None:
    before = file.read_bytes()
    changed = {"coterie": 1, "contact": {"key": "id", "attributes": {"city": "number"}}}
    with pytest.raises(CatalogError) as caught:
        Store.open(file, catalog(changed), time_zone="UTC")
    assert caught.value.code == "invalid_catalog"
    assert file.read_bytes() == before


def test_a_key_column_that_led_to_another_entity_is_refused(tmp_path: Path) -> None:
    """The ordinals kept beside its keys would point at whoever has them in the other table."""

    def leading_to(entity: str) -> Catalog:
        entities = {name: {"key": f"{name}_id"} for name in ("account", "shop")}
        relation = {"from": "contact", "to": entity, "many_to_one": "place_id"}
        return catalog({**SMALL, "entities": entities, "relations": {"place": relation}})

    file = tmp_path / "shop.duckdb"
    Store.open(file, leading_to("account"), time_zone="UTC").close()
    with pytest.raises(CatalogError) as raised:
        Store.open(file, leading_to("shop"), time_zone="UTC")
    assert (raised.value.code, raised.value.path) == ("invalid_catalog", "entity_contact.k_place_id")
    Store.open(file, leading_to("account"), time_zone="UTC").close()


def test_an_unknown_time_zone_is_refused() -> None:
    with pytest.raises(QuestionError) as caught:
        Store.open(":memory:", catalog(), time_zone="Mars/Olympus")
    assert caught.value.code == "unknown_time_zone"


def test_settings_are_those_that_answers_need(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "a.duckdb", catalog(), time_zone="Europe/Paris", threads=1, memory_limit="200MB")
    names = ("TimeZone", "threads", "preserve_insertion_order", "temp_directory", "storage_compatibility_version")
    rows = dict(
        store.connection.execute("SELECT name, value FROM duckdb_settings() WHERE name IN ?", [list(names)]).fetchall()
    )
    assert (rows["TimeZone"], rows["threads"], rows["preserve_insertion_order"]) == ("UTC", "1", "true")
    assert rows["temp_directory"] == str(tmp_path / "a.duckdb.tmp")
    assert rows.get("storage_compatibility_version", "v1.5.0") == "v1.5.0"
    store.close()


def test_a_reader_sees_what_was_committed(file: Path) -> None:
    store = Store.open(file, catalog(), time_zone="UTC")
    cursor = store.cursor()
    assert cursor.execute("SELECT count(*) FROM entity_contact").fetchall() == [(1000,)]
    cursor.close()
    store.close()


# --- what cannot be opened --------------------------------------------------------------------------------------------


def refusal(path: Path) -> StoreError:
    """The error of opening `path`, which is left as it was."""
    before = path.read_bytes()
    with pytest.raises(StoreError) as caught:
        Store.open(path, catalog(), time_zone="UTC")
    assert path.read_bytes() == before
    assert caught.value.hint
    return caught.value


@pytest.fixture
def holder(file: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that has the store open."""
    script = f"import duckdb; c = duckdb.connect({str(file)!r}); print('open', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.kill()


@pytest.mark.usefixtures("holder")
def test_a_store_that_another_process_holds_is_locked(file: Path) -> None:
    error = refusal(file)
    assert error.code == "store_locked"
    assert "one process" in error.hint


@pytest.mark.parametrize("kept", [0, 100, 5000, 12288, 13000, 300_000])
def test_a_truncated_store_is_damaged(file: Path, kept: int) -> None:
    file.write_bytes(file.read_bytes()[:kept])
    assert refusal(file).code == "store_damaged"


def test_a_store_short_of_its_last_block_is_damaged(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])
    assert refusal(file).code == "store_damaged"


@pytest.fixture
def shrunken(tmp_path: Path) -> Path:
    """A store after updates: DuckDB has cut off free blocks at its end, which it counts all the same."""
    path = tmp_path / "shrunken.duckdb"
    for changed in (range(60_000), *[range(0, 60_000, 3)] * 6):
        store = Store.open(path, catalog(), time_zone="UTC")
        version = store.data_version
        store.load("contact", [{"id": number, "city": f"City {number} of {version}"} for number in changed])
        store.close()
        with duckdb.connect(str(path), read_only=True) as connection:
            size = connection.execute("SELECT block_size * total_blocks FROM pragma_database_size()").fetchone()
        assert size is not None
        if path.stat().st_size < size[0]:
            return path
    pytest.skip("this DuckDB cuts nothing off")


def test_free_blocks_cut_off_at_the_end_are_no_damage_but_a_used_one_is(shrunken: Path) -> None:
    store = Store.open(shrunken, catalog(), time_zone="UTC")
    assert store.entity_size("contact") == 60_000
    store.close()
    shrunken.write_bytes(shrunken.read_bytes()[:-1])
    assert refusal(shrunken).code == "store_damaged"


def test_a_file_that_is_no_database_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "notes.duckdb"
    path.write_text("Dear diary, " * 1000)
    assert refusal(path).code == "store_damaged"


def test_a_database_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE mine AS SELECT 1 AS one")
    assert refusal(path).code == "store_damaged"


def test_a_store_that_this_process_has_open_is_locked(file: Path) -> None:
    store = Store.open(file, catalog(), time_zone="UTC")
    assert refusal(file).code == "store_locked"
    store.close()


@pytest.mark.parametrize("name", ["no-such-folder/shop.duckdb", "shop\udcff.duckdb", "shop\0.duckdb"])
def test_a_name_that_no_store_can_have_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(StoreError) as raised:
        Store.open(tmp_path / name, catalog(), time_zone="UTC")
    assert raised.value.code == "store_not_found"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", [":memory:shop", "md:shop"])
def test_a_name_that_duckdb_reads_otherwise_is_a_file_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Store.open(name, catalog(), time_zone="UTC").close()
    assert (tmp_path / name).is_file()


@pytest.mark.parametrize(("threads", "memory_limit"), [(0, None), (None, "plenty")])
def test_settings_that_are_none_are_no_damage(threads: int | None, memory_limit: str | None) -> None:
    with pytest.raises(StoreError) as raised:
        Store.open(":memory:", catalog(), time_zone="UTC", threads=threads, memory_limit=memory_limit)
    assert raised.value.code == "store_failed"


def test_a_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        Store.open(tmp_path, catalog(), time_zone="UTC")
    assert caught.value.code == "store_damaged"
    with pytest.raises(StoreError):
        Store.open(tmp_path / "no" / "such" / "place.duckdb", catalog(), time_zone="UTC")


def test_a_store_of_a_newer_version_is_refused(file: Path) -> None:
    with duckdb.connect(str(file)) as connection:
        connection.execute("UPDATE coterie_store SET value = 99 WHERE name = 'format_version'")
    error = refusal(file)
    assert error.code == "store_newer"
    assert "99" in str(error)


def test_a_file_of_a_newer_duckdb_is_refused(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[12:20] = (5000).to_bytes(8, "little")  # the storage version, behind checksum and magic bytes
    file.write_bytes(bytes(content))
    assert refusal(file).code in {"store_newer", "store_damaged"}


def test_an_empty_database_becomes_a_store(tmp_path: Path) -> None:
    path = tmp_path / "empty.duckdb"
    duckdb.connect(str(path)).close()
    store = Store.open(path, catalog(), time_zone="UTC")
    assert store.data_version == 0
    store.close()


def test_hashes_of_messages_are_renewed_where_they_are_computed_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "a.duckdb"
    store = Store.open(path, catalog(GROWN), time_zone="UTC")
    record = {"message_id": "m", "id": "1", "occurred_at": "2026-01-01"}
    store.load("purchase", [record])
    store.close()
    with duckdb.connect(str(path)) as connection:
        connection.execute("UPDATE coterie_store SET value = value + 1 WHERE name = 'hash_probe'")
        connection.execute("UPDATE interaction_purchase SET message_hash = 1")
    store = Store.open(path, catalog(GROWN), time_zone="UTC")
    assert store.load("purchase", [record]).counts == {"duplicate": 1}
    store.close()
