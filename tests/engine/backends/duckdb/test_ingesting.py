"""Records one by one: order, clocks, deletions and returns, repeats, what is refused, and what each batch changed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import duckdb
import pytest
from pyroaring import BitMap

from coterie.backends.duckdb import ingesting
from coterie.backends.duckdb.change_log import NOTHING
from coterie.backends.duckdb.checkpoints import Checkpoints
from coterie.backends.duckdb.clocks import Clocks
from coterie.backends.duckdb.store import Store
from coterie.catalog import parse_catalog
from coterie.errors import ReadError, StoreError
from coterie.planning.backend import Changes
from coterie.records import ImportReport, IngestReport

CATALOG = parse_catalog(
    {
        "coterie": 1,
        "contact": {"key": "id", "attributes": {"city": "text", "age": "number", "tags": "multi_choice"}},
        "entities": {
            "account": {"key": "account_id", "attributes": {"name": "text"}},
            "lead": {"key": "lead_id", "attributes": {"score": "number"}},
        },
        "relations": {
            "account": {"from": "contact", "to": "account", "many_to_one": "account_id"},
            "parent": {"from": "account", "to": "account", "many_to_one": "parent_id"},
            "leads": {"from": "contact", "to": "lead", "one_to_many": "id"},
        },
        "interactions": {"purchase": {"attributes": {"amount": "number"}}, "visit": {"attributes": {}}},
    }
)
JANUARY, FEBRUARY, MARCH, APRIL = ("2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01")


def opened(path: str | Path = ":memory:") -> Store:
    return Store.open(path, CATALOG, time_zone="UTC")


@pytest.fixture
def store() -> Iterator[Store]:
    store = opened()
    yield store
    store.close()


def upsert(key: object, at: object = None, entity: str = "contact", **columns: object) -> dict[str, object]:
    record = {CATALOG.entities[entity].key: key, **columns}
    operation: dict[str, object] = {"type": "upsert", "entity": entity, "record": record}
    return operation if at is None else {**operation, "changed_at": at}


def delete(key: object, at: object = None, entity: str = "contact") -> dict[str, object]:
    operation: dict[str, object] = {"type": "delete", "entity": entity, "key": key}
    return operation if at is None else {**operation, "changed_at": at}


def purchase(message: str | None, contact: object = "ann", at: str = JANUARY, **more: object) -> dict[str, object]:
    record: dict[str, object] = {"id": contact, "occurred_at": at, **more}
    if message is not None:
        record["message_id"] = message
    return {"type": "interaction", "interaction": "purchase", "record": record}


def lead(key: object, contact: object = None, at: object = None, **columns: object) -> dict[str, object]:
    linked = {} if contact is None else {"id": contact}
    return upsert(key, at, "lead", **linked, **columns)


def rows(store: Store, sql: str) -> list[tuple[object, ...]]:
    return store.connection.execute(sql).fetchall()


def city(store: Store, key: str = "ann") -> object:
    """The city of a contact; "gone" where it is not known."""
    (row,) = rows(store, f"SELECT known, a_city FROM entity_contact WHERE key = '{key}'")
    return row[1] if row[0] else "gone"


def contact(store: Store, key: str = "ann") -> tuple[object, ...]:
    (row,) = rows(store, f"SELECT known, a_id, a_city, a_age, r_account_id FROM entity_contact WHERE key = '{key}'")
    return row


def figures(report: IngestReport) -> dict[str, int]:
    """What became of the operations, zeros apart."""
    assert report.read == report.added + report.updated + report.deleted + report.repeated + report.refused
    names = ("added", "updated", "deleted", "repeated", "refused", "made_ids")
    return {name: getattr(report, name) for name in names if getattr(report, name)}


def changes(store: Store, since: int | None = None) -> Changes:
    """What the last version changed, or all since another one."""
    found = store.changes(store.data_version - 1 if since is None else since)
    assert found is not None
    return found


# --- order and merging ------------------------------------------------------------------------------------------------


def test_a_column_that_is_there_replaces_an_empty_one_clears_and_others_stay(store: Store) -> None:
    store.ingest([upsert("ann", city="Paris", age=31, tags=["a", "B"])])
    assert figures(store.ingest([upsert("ann", age="")])) == {"updated": 1}
    (row,) = rows(store, "SELECT key, known, a_city, f_city, a_age, a_tags, f_tags, a_id FROM entity_contact")
    assert row == ("ann", True, "Paris", "paris", None, "\x1fa\x1fB\x1f", "\x1fa\x1fb\x1f", "ann")


def test_operations_of_a_batch_apply_in_their_order(store: Store) -> None:
    report = store.ingest(
        [
            upsert("ann", city="Paris"),
            delete("ann"),
            upsert("ann", age=31),
            upsert("ann", city="Lyon"),
            upsert("ann", city="Lyon"),
            upsert("bob", city="Oslo"),
            delete("bob"),
        ]
    )
    assert figures(report) == {"added": 3, "deleted": 2, "updated": 1, "repeated": 1}
    assert contact(store)[:4] == (True, "ann", "Lyon", 31)
    assert city(store, "bob") == "gone"


def test_keys_are_given_ordinals_in_the_order_in_which_the_batch_names_them(store: Store) -> None:
    """Whatever names them: a lead, an interaction, a record, a dated deletion. Row i holds ordinal i."""
    store.ingest([upsert("zoe")])
    batch = [lead("7", "bob"), purchase("m1", "cleo"), upsert("ann"), delete("dan", JANUARY), upsert("zoe", age=1)]
    store.ingest(batch)
    assert rows(store, "SELECT ordinal, key, known, rowid FROM entity_contact") == [
        (0, "zoe", True, 0), (1, "bob", False, 1), (2, "cleo", False, 2), (3, "ann", True, 3), (4, "dan", False, 4),
    ]  # fmt: skip
    assert rows(store, "SELECT r_id FROM entity_lead") == [(1,)]
    assert rows(store, "SELECT contact FROM interaction_purchase") == [(2,)]


def test_records_refer_to_others_of_their_own_entity(store: Store) -> None:
    store.ingest([upsert("a", entity="account", parent_id="b"), upsert("c", entity="account", parent_id="c")])
    assert rows(store, "SELECT key, known, r_parent_id FROM entity_account") == [
        ("a", True, 1), ("b", False, None), ("c", True, 2),
    ]  # fmt: skip


def test_a_record_that_is_refused_names_nobody(store: Store) -> None:
    assert figures(store.ingest([lead(" ", "bob"), purchase("m1", "cleo", at="soon")])) == {"refused": 2}
    assert store.entity_size("contact") == 0


def test_a_number_with_more_places_widens_its_column(store: Store) -> None:
    store.ingest([upsert("ann", age=31), upsert("bob", age=40)])
    store.ingest([upsert("ann", age="31.25")])
    assert rows(store, "SELECT a_age FROM entity_contact") == [(3125,), (4000,)]
    assert store.number_scale("entity_contact", "a_age") == 2
    assert figures(store.ingest([upsert("bob", age="40.0")])) == {"repeated": 1}
    store.ingest([upsert("bob", age="1e22")])
    assert rows(store, "SELECT a_age FROM entity_contact") == [(3125,), (10**24,)]
    assert figures(store.ingest([upsert("ann", age="31.25")])) == {"repeated": 1}


def test_rows_stay_where_they_are_while_thousands_change(store: Store) -> None:
    store.load("contact", [{"id": number, "city": f"City {number}"} for number in range(20_000)])
    changed = range(0, 20_000, 7)
    store.ingest([upsert(number, JANUARY, city="Oslo", tags="a;b") for number in changed])
    store.ingest([upsert("new"), *(delete(number) for number in range(0, 20_000, 49))])
    assert rows(store, "SELECT count(*) FROM entity_contact WHERE ordinal <> rowid OR ordinal::VARCHAR <> key") == [
        (1,)
    ]
    assert rows(store, "SELECT a_city, count(*) FROM entity_contact WHERE a_city IS NULL OR a_city = 'Oslo' GROUP BY 1 "
                       "ORDER BY 1 NULLS FIRST") == [(None, 410), ("Oslo", len(changed) - 409)]  # fmt: skip


def test_what_a_batch_only_clears_elsewhere_stays_where_it_is(store: Store) -> None:
    store.ingest([upsert("ann", city="Paris", age=3, account_id="x"), upsert("bob", city="Oslo", age=4)])
    store.ingest([upsert("ann", city="Lyon"), delete("bob")])
    assert contact(store) == (True, "ann", "Lyon", 3, 0)
    assert contact(store, "bob") == (False, None, None, None, None)


# --- clocks -----------------------------------------------------------------------------------------------------------


def test_an_older_change_never_overwrites_a_newer_one_field_by_field(store: Store) -> None:
    store.ingest([upsert("ann", FEBRUARY, city="Paris")])
    report = store.ingest([upsert("ann", JANUARY, city="Lyon", age=31)])
    assert figures(report) == {"updated": 1}
    assert contact(store)[2:4] == ("Paris", 31)
    store.ingest([upsert("ann", FEBRUARY, age=32)])
    assert figures(store.ingest([upsert("ann", JANUARY, age=33)])) == {"repeated": 1}
    assert contact(store)[2:4] == ("Paris", 32)


def test_of_two_changes_of_one_instant_the_later_arrival_wins(store: Store) -> None:
    store.ingest([upsert("ann", JANUARY, city="Paris"), upsert("ann", JANUARY, city="Lyon")])
    assert city(store) == "Lyon"
    store.ingest([upsert("ann", JANUARY, city="Oslo")])
    assert city(store) == "Oslo"


def test_an_undated_change_always_applies_and_leaves_the_clock(store: Store) -> None:
    store.ingest([upsert("ann", FEBRUARY, city="Paris")])
    store.ingest([upsert("ann", city="Lyon")])
    assert city(store) == "Lyon"
    store.ingest([upsert("ann", JANUARY, city="Oslo")])
    assert city(store) == "Lyon"
    store.ingest([upsert("ann", FEBRUARY, city="Rome")])
    assert city(store) == "Rome"


def test_clearing_is_a_change_with_a_clock_too(store: Store) -> None:
    store.ingest([upsert("ann", FEBRUARY, city=None), upsert("ann", JANUARY, city="Paris")])
    assert city(store) is None


def test_a_later_repeat_moves_the_clock_and_raises_no_version(store: Store) -> None:
    store.ingest([upsert("ann", JANUARY, city="Paris")])
    assert figures(store.ingest([upsert("ann", MARCH, city="Paris")])) == {"repeated": 1}
    assert store.data_version == 1
    store.ingest([upsert("ann", FEBRUARY, city="Lyon")])
    assert city(store) == "Paris"


def test_clocks_are_those_of_each_entity_and_key_column(store: Store) -> None:
    store.ingest([lead("7", "ann", FEBRUARY)])
    store.ingest([lead("7", "bob", JANUARY, score=5)])
    assert rows(store, "SELECT k_id, a_score FROM entity_lead") == [("ann", 5)]


def test_files_are_undated(store: Store) -> None:
    store.ingest([upsert("ann", FEBRUARY, city="Paris")])
    store.load("contact", [{"id": "ann", "city": "Lyon"}])
    assert city(store) == "Lyon"
    store.ingest([upsert("ann", JANUARY, city="Oslo")])
    assert city(store) == "Lyon"


@pytest.mark.parametrize(
    "clocks",
    [
        Clocks(),
        Clocks(upserted_at=5),
        Clocks(deleted_at=-7),
        Clocks(9, 3, {"city": 9, "age": 9, "tags": -4, "^x_1": 0}),
    ],
)
def test_clocks_are_read_as_they_were_written(clocks: Clocks) -> None:
    assert Clocks.read(clocks.written()) == clocks


# --- deletions and returns --------------------------------------------------------------------------------------------


def test_what_is_deleted_is_not_known_and_has_nothing(store: Store) -> None:
    store.ingest([upsert("ann", JANUARY, city="Paris", age=3, account_id="x")])
    assert figures(store.ingest([delete("ann")])) == {"deleted": 1}
    assert contact(store) == (False, None, None, None, None)
    assert rows(store, "SELECT key, ordinal, k_account_id, f_city, clocks FROM entity_contact") == [
        ("ann", 0, None, None, None)
    ]


def test_an_undated_return_brings_just_the_columns_it_has(store: Store) -> None:
    store.ingest([upsert("ann", JANUARY, city="Paris", age=3), delete("ann", FEBRUARY)])
    assert figures(store.ingest([upsert("ann", city="Lyon")])) == {"added": 1}
    assert contact(store) == (True, "ann", "Lyon", None, None)


def test_a_file_brings_the_deleted_back_with_just_the_columns_it_has(store: Store) -> None:
    store.ingest([upsert("ann", JANUARY, city="Paris", age=3), delete("ann", FEBRUARY)])
    assert store.load("contact", [{"id": "ann", "city": "Lyon"}]).added == 1
    assert contact(store) == (True, "ann", "Lyon", None, None)


def test_what_is_older_than_the_deletion_is_ignored(store: Store) -> None:
    store.ingest([delete("ann", FEBRUARY)])
    assert figures(store.ingest([upsert("ann", JANUARY, city="Paris")])) == {"repeated": 1}
    assert city(store) == "gone"
    assert figures(store.ingest([upsert("ann", FEBRUARY, city="Lyon")])) == {"added": 1}
    assert figures(store.ingest([upsert("ann", JANUARY, age=3)])) == {"repeated": 1}
    assert contact(store)[2:4] == ("Lyon", None)


def test_an_older_deletion_takes_only_what_is_older(store: Store) -> None:
    store.ingest([upsert("ann", JANUARY, age=3), upsert("ann", MARCH, city="Paris"), upsert("ann", tags="a")])
    assert figures(store.ingest([delete("ann", FEBRUARY)])) == {"updated": 1}
    assert contact(store)[:4] == (True, "ann", "Paris", None)
    assert rows(store, "SELECT a_tags FROM entity_contact") == [(None,)]
    assert figures(store.ingest([delete("ann", MARCH)])) == {"deleted": 1}


def test_an_older_deletion_takes_the_record_where_nothing_dated_is_newer(store: Store) -> None:
    store.ingest([upsert("ann", JANUARY, city="Paris"), upsert("ann", city="Lyon")])
    assert figures(store.ingest([delete("ann", FEBRUARY)])) == {"deleted": 1}


def test_what_was_deleted_is_forgotten_with_its_clocks(store: Store) -> None:
    """So an older deletion takes what came back without a time."""
    store.ingest([upsert("ann", FEBRUARY, city="Paris"), delete("ann", MARCH), upsert("ann", city="Lyon")])
    assert figures(store.ingest([delete("ann", JANUARY)])) == {"deleted": 1}


def test_a_column_that_was_cleared_is_forgotten_with_its_clock(store: Store) -> None:
    store.ingest([upsert("ann", FEBRUARY, age=1), upsert("ann", APRIL, city="Paris"), delete("ann", MARCH)])
    store.ingest([upsert("ann", age=2), delete("ann", JANUARY)])
    assert contact(store)[:4] == (True, "ann", "Paris", None)


def test_a_newer_record_stays_known_though_none_of_its_columns_do(store: Store) -> None:
    store.ingest([upsert("ann", MARCH)])
    store.ingest([delete("ann", FEBRUARY)])
    assert contact(store)[0] is True


def test_a_deletion_never_turns_back_to_an_older_one(store: Store) -> None:
    store.ingest([delete("ann", MARCH), delete("ann", JANUARY)])
    assert figures(store.ingest([upsert("ann", FEBRUARY)])) == {"repeated": 1}


def test_an_undated_deletion_forgets_the_clocks_but_not_the_dated_one(store: Store) -> None:
    store.ingest([delete("ann", JANUARY), upsert("ann", MARCH, city="Paris"), delete("ann")])
    assert figures(store.ingest([upsert("ann", "2025-12-31")])) == {"repeated": 1}
    assert figures(store.ingest([upsert("ann", FEBRUARY, city="Lyon")])) == {"added": 1}
    assert city(store) == "Lyon"
    assert figures(store.ingest([delete("ann", FEBRUARY)])) == {"deleted": 1}, "the upsert of March is forgotten too"


def test_a_deletion_of_what_was_never_seen_is_remembered_only_where_dated(store: Store) -> None:
    assert figures(store.ingest([delete("7", entity="lead"), delete("8", JANUARY, "lead")])) == {"repeated": 2}
    assert rows(store, "SELECT key, known FROM entity_lead") == [("8", False)]
    assert store.data_version == 0
    assert store.changes(0) == NOTHING


def test_what_a_deleted_contact_did_is_kept(store: Store) -> None:
    store.ingest([upsert("ann"), purchase("m1"), lead("7", "ann")])
    store.ingest([delete("ann")])
    assert rows(store, "SELECT count(*) FROM interaction_purchase") == [(1,)]
    store.ingest([upsert("ann")])
    assert rows(store, "SELECT e.key FROM entity_contact e JOIN interaction_purchase p ON p.contact = e.ordinal "
                       "JOIN entity_lead l ON l.r_id = e.ordinal WHERE e.known") == [("ann",)]  # fmt: skip


# --- interactions -----------------------------------------------------------------------------------------------------


def test_a_message_counts_once_for_ever_and_the_first_wins(store: Store) -> None:
    report = store.ingest([purchase("m1", amount=5), purchase("m1", amount=5), purchase("m1", amount=6)])
    assert figures(report) == {"added": 1, "repeated": 2}
    assert report.counts == {"duplicate": 1, "duplicate_conflict": 1}
    assert [(example.code, example.line) for example in report.examples] == [
        ("duplicate", 2), ("duplicate_conflict", 3),
    ]  # fmt: skip
    assert store.load("purchase", [{"message_id": "m1", "id": "ann", "occurred_at": JANUARY, "amount": 5}]).added == 0
    assert rows(store, "SELECT a_amount FROM interaction_purchase") == [(5,)]
    kept = rows(store, "SELECT line, code, record FROM coterie_kept_aside")
    assert [(line, code, json.loads(str(record))["amount"]) for line, code, record in kept] == [
        (3, "duplicate_conflict", "6")
    ]


def test_repeated_messages_beside_new_records_are_taken_out(store: Store) -> None:
    store.ingest([purchase("m1")])
    report = store.ingest([purchase("m1"), upsert("ann")])
    assert figures(report) == {"added": 1, "repeated": 1}
    assert rows(store, "SELECT count(*) FROM interaction_purchase") == [(1,)]


def test_one_without_an_id_is_given_a_fresh_one(store: Store) -> None:
    report = store.ingest([upsert("bob"), purchase(None), purchase(None, at="?"), purchase(None)])
    assert figures(report) == {"added": 3, "refused": 1, "made_ids": 2}
    assert figures(store.ingest([purchase(None)])) == {"added": 1, "made_ids": 1}
    assert rows(store, "SELECT message_id FROM interaction_purchase") == [("made:1-2",), ("made:1-4",), ("made:2-1",)]


def test_one_that_says_which_id_to_be_given_counts_once_however_often_it_comes(store: Store) -> None:
    batch = [{**purchase(None), "made_id": "web-1"}, {**purchase("m1"), "made_id": "web-2"}]
    assert figures(store.ingest(batch)) == {"added": 2, "made_ids": 1}
    assert figures(store.ingest(batch)) == {"repeated": 2, "made_ids": 1}
    assert rows(store, "SELECT message_id FROM interaction_purchase") == [("web-1",), ("m1",)]


def test_one_in_a_file_is_still_given_one_of_its_content(store: Store) -> None:
    record = {"id": "ann", "occurred_at": JANUARY}
    assert store.load("visit", [record]).added == 1
    assert store.load("visit", [record]).repeated == 1


# --- repeats ----------------------------------------------------------------------------------------------------------


def test_a_batch_of_repeats_changes_nothing(store: Store) -> None:
    batch = [
        upsert("ann", JANUARY, city="Paris", account_id="x"),
        upsert("x", entity="account", name="X"),
        delete("bob", JANUARY),
        delete("cleo"),
        purchase("m1"),
        lead("7", "ann", score="1.50"),
    ]
    store.ingest(batch)
    before = {t: rows(store, f"FROM {t}") for (t,) in rows(store, "SELECT table_name FROM duckdb_tables()")}
    assert figures(store.ingest(batch)) == {"repeated": 6}
    assert {t: rows(store, f"FROM {t}") for (t,) in rows(store, "SELECT table_name FROM duckdb_tables()")} == before
    assert (store.data_version, store.ingest(batch).touched) == (1, 0)


def test_a_batch_that_comes_to_what_was_there_raises_no_version(store: Store) -> None:
    store.ingest([upsert("ann", city="Paris")])
    report = store.ingest([upsert("ann", city="Lyon"), upsert("ann", city="Paris")])
    assert (figures(report), store.data_version, report.data_version) == ({"updated": 2}, 1, 1)


def test_nothing_at_all_is_a_batch(store: Store) -> None:
    assert figures(store.ingest([])) == {}
    assert store.data_version == 0


# --- what is refused, and failures ------------------------------------------------------------------------------------


def test_what_cannot_be_used_is_kept_aside_and_the_rest_goes_on(store: Store) -> None:
    batch: list[Mapping[str, object]] = [
        {"type": "upset"},
        upsert("ann", "yesterday", city="Paris"),
        upsert(None, city="Lyon"),
        purchase("m1", at="never"),
        purchase("m2", contact=""),
        delete("", entity="lead"),
        {"type": "upsert", "entity": "person", "record": {}},
        {**upsert("ann"), "colour": "red"},
        {"type": "delete", "entity": "lead"},
        upsert("bob", city="Oslo", age="old", colour="red"),
    ]
    report = store.ingest(batch)
    assert figures(report) == {"refused": 9, "added": 1}
    assert report.counts == {
        "unknown_kind": 1, "invalid_time": 2, "missing_key": 3, "unknown_entity": 1, "unknown_key": 1,
        "invalid_value": 1, "ill_typed": 1, "unknown_column": 1,
    }  # fmt: skip
    kept = rows(store, "SELECT line, name, code, column_name, value FROM coterie_kept_aside ORDER BY line")
    assert kept == [
        (1, "", "unknown_kind", "type", "upset"),
        (2, "contact", "invalid_time", "changed_at", "yesterday"),
        (3, "contact", "missing_key", "id", ""),
        (4, "purchase", "invalid_time", "occurred_at", "never"),
        (5, "purchase", "missing_key", "id", ""),
        (6, "lead", "missing_key", "key", ""),
        (7, "", "unknown_entity", "entity", "person"),
        (8, "contact", "unknown_key", "colour", "red"),
        (9, "lead", "invalid_value", "key", ""),
        (10, "contact", "ill_typed", "age", "old"),
    ]
    assert rows(store, "SELECT DISTINCT source, load FROM coterie_kept_aside") == [("ingest", 1)]
    assert "line 2, changed_at: 'yesterday' (invalid_time)" in str(report)


def test_what_is_kept_aside_again_is_kept_once_and_raises_no_version(store: Store) -> None:
    store.ingest([upsert(None)])
    store.ingest([upsert(None)])
    assert (rows(store, "SELECT count(*) FROM coterie_kept_aside"), store.data_version) == ([(1,)], 0)


def test_a_batch_that_cannot_be_read_changes_nothing(store: Store) -> None:
    with pytest.raises(ReadError, match="record 2"):
        store.ingest([upsert("ann"), "bob"])
    assert store.entity_size("contact") == 0


def test_a_batch_that_fails_changes_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.ingest([upsert("ann", city="Paris", age=1)])

    def fail(*_: object) -> int:
        raise duckdb.IOException("no room left")

    with monkeypatch.context() as patched:
        patched.setattr(ingesting, "drop_duplicates", fail)
        with pytest.raises(StoreError, match="no room left"):
            store.ingest([upsert("ann", age="1.25"), lead("7", "bob"), purchase("m1")])
    assert (store.data_version, store.entity_size("contact"), store.entity_size("lead")) == (1, 1, 0)
    assert (contact(store)[3], store.number_scale("entity_contact", "a_age")) == (1, 0)
    assert store.changes(0) == changes(store, 0)
    assert figures(store.ingest([upsert("ann", age="1.25")])) == {"updated": 1}
    assert contact(store)[3] == 125


def test_a_column_that_a_failed_batch_widened_is_widened_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> int:
        raise duckdb.IOException("no room left")

    store.ingest([upsert("ann", age=1)])
    with monkeypatch.context() as patched:
        patched.setattr(ingesting, "drop_duplicates", fail)
        with pytest.raises(StoreError, match="no room left"):
            store.ingest([upsert("ann", age=2**70), purchase("m1")])
    store.ingest([upsert("ann", age=2**70)])
    assert contact(store)[3] == 2**70


# --- what has changed -------------------------------------------------------------------------------------------------


def test_an_attribute_that_changes_is_named_with_its_records(store: Store) -> None:
    store.ingest([upsert("ann", city="Paris", age=1), upsert("bob", city="Paris")])
    store.ingest([upsert("bob", city="Lyon"), upsert("ann", city="Paris", age=1)])
    entity = changes(store).entities["contact"]
    assert (entity.records, entity.columns, entity.former) == (BitMap([1]), frozenset({"city"}), {})


def test_records_that_come_or_go_change_all_columns(store: Store) -> None:
    store.ingest([lead("7", "ann"), lead("8", "bob")])
    assert changes(store).entities["lead"].columns is None
    store.ingest([delete("8", entity="lead")])
    entity = changes(store).entities["lead"]
    assert (entity.records, entity.columns, entity.former) == (BitMap([1]), None, {"id": BitMap([1])})


def test_a_lead_that_moves_touches_both_contacts(store: Store) -> None:
    store.ingest([lead("7", "ann"), lead("8", "bob"), upsert("cleo")])
    report = store.ingest([lead("7", "cleo")])
    entity = changes(store).entities["lead"]
    assert (entity.records, entity.columns, entity.former) == (BitMap([0]), frozenset({"id"}), {"id": BitMap([0])})
    assert report.touched == 2


def test_an_account_that_changes_touches_its_contacts_over_every_way(store: Store) -> None:
    store.ingest(
        [upsert("a", entity="account", parent_id="b"), upsert("ann", account_id="a"), upsert("bob", account_id="b")]
    )
    assert store.ingest([upsert("b", entity="account", name="B")]).touched == 2
    assert store.ingest([upsert("a", entity="account", name="A")]).touched == 1


def test_contacts_named_for_the_first_time_are_among_the_changed(store: Store) -> None:
    store.ingest([upsert("ann", city="Paris")])
    report = store.ingest(
        [purchase("m1", "bob", FEBRUARY), purchase("m2", "ann", MARCH), purchase("m2", "cleo", APRIL)]
    )
    found = changes(store)
    assert found.entities["contact"].records == BitMap([1, 2])
    assert found.interactions == {"purchase": BitMap([0, 1])}
    times = [int(row[0]) for row in rows(store, "SELECT occurred_at FROM interaction_purchase")]  # type: ignore[call-overload]
    assert found.occurred == {"purchase": (min(times), max(times))}
    assert report.touched == 3


def test_a_load_may_have_changed_anything_of_its_name(store: Store) -> None:
    store.ingest([upsert("ann")])
    report = store.load("lead", [{"lead_id": "7", "id": "bob"}])
    assert isinstance(report, ImportReport)
    found = changes(store)
    assert (found.whole, found.entities["contact"].records) == (frozenset({"lead"}), BitMap([1]))
    store.load("contact", [{"id": "ann", "city": "Paris"}])
    assert changes(store).whole == frozenset({"contact"})
    assert changes(store).entities == {}


def test_changes_before_the_store_was_opened_are_not_known(tmp_path: Path) -> None:
    store = opened(tmp_path / "shop.duckdb")
    store.ingest([upsert("ann")])
    store.close()
    store = opened(tmp_path / "shop.duckdb")
    assert (store.changes(1), store.changes(0)) == (NOTHING, None)
    store.close()


# --- the file ---------------------------------------------------------------------------------------------------------


def test_clocks_are_kept_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "shop.duckdb"
    store = opened(path)
    store.ingest([upsert("ann", FEBRUARY, city="Paris"), delete("bob", FEBRUARY)])
    store.close()
    store = opened(path)
    assert figures(store.ingest([upsert("ann", JANUARY, city="Lyon"), upsert("bob", JANUARY)])) == {"repeated": 2}
    assert (city(store), store.data_version) == ("Paris", 1)
    store.close()


def test_the_log_is_folded_into_the_file_once_it_is_long(tmp_path: Path) -> None:
    path, log = tmp_path / "shop.duckdb", tmp_path / "shop.duckdb.wal"
    store = opened(path)
    store.ingest([upsert("ann", city="Paris")])
    assert log.stat().st_size > 0
    store.close()
    store = opened(path)
    store._checkpoints = Checkpoints(store.connection, longest=1)
    store.ingest([upsert("ann", city="Lyon")])
    assert not log.exists() or log.stat().st_size == 0
    assert city(store) == "Lyon"
    store.close()


def test_a_store_of_version_one_grows_and_opens_with_nothing_dated(tmp_path: Path) -> None:
    path = tmp_path / "shop.duckdb"
    store = opened(path)
    store.load("contact", [{"id": "ann", "city": "Paris"}])
    store.close()
    with duckdb.connect(str(path)) as connection:
        connection.execute("UPDATE coterie_store SET value = 1 WHERE name = 'format_version'")
        for table in ("contact", "account", "lead"):
            connection.execute(f"ALTER TABLE entity_{table} DROP COLUMN clocks")
    store = opened(path)
    assert rows(store, "SELECT value FROM coterie_store WHERE name = 'format_version'") == [(2,)]
    assert figures(store.ingest([upsert("ann", JANUARY, city="Lyon"), lead("7", "ann")])) == {"updated": 1, "added": 1}
    assert city(store) == "Lyon"
    store.close()
