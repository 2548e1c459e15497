"""Loading: merging by key, what is present and what is absent, interactions once and for ever, numbers exact."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Context, Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from coterie.backends.duckdb import duplicates
from coterie.backends.duckdb.store import Store
from coterie.catalog import parse_catalog
from coterie.errors import QuestionError, ReadError

CATALOG = {
    "coterie": 1,
    "contact": {
        "key": "id",
        "business_unit": "unit",
        "attributes": {
            "city": "text", "age": "number", "vip": "boolean", "born": "date", "seen": "datetime",
            "colour": {"type": "choice", "choices": ["red", "blue"]}, "tags": "multi_choice",
        },
    },
    "entities": {
        "account": {"key": "account_id", "attributes": {"name": "text"}},
        "lead": {"key": "lead_id", "attributes": {"score": "number"}},
    },
    "relations": {
        "account": {"from": "contact", "to": "account", "many_to_one": "account_id"},
        "parent": {"from": "account", "to": "account", "many_to_one": "parent_id"},
        "leads": {"from": "contact", "to": "lead", "one_to_many": "id"},
    },
    "interactions": {"purchase": {"attributes": {"amount": "number", "product": "text"}}, "visit": {"attributes": {}}},
}  # fmt: skip


@pytest.fixture
def store() -> Iterator[Store]:
    store = Store.open(":memory:", parse_catalog(CATALOG), time_zone="Europe/Paris")
    yield store
    store.close()


def rows(store: Store, sql: str) -> list[tuple[object, ...]]:
    return store.connection.execute(sql).fetchall()


def contacts(store: Store, *columns: str) -> dict[object, object]:
    """The named columns of every contact, by key."""
    found = rows(store, f"SELECT key, {', '.join(columns)} FROM entity_contact ORDER BY ordinal")
    return {row[0]: row[1] if len(columns) == 1 else row[1:] for row in found}


def purchase(
    message: str | None = "m1", contact: object = "1", at: object = "2026-01-01T10:00Z", **more: object
) -> dict[str, object]:
    record = {"id": contact, "occurred_at": at, **more}
    return record if message is None else {"message_id": message, **record}


# --- entities ---------------------------------------------------------------------------------------------------------


def test_values_are_kept_by_their_types(store: Store) -> None:
    report = store.load(
        "contact",
        [{"id": " 1 ", "unit": 7, "city": " Zoë ", "age": "30.5", "vip": "Yes", "born": "2000-02-29",
          "seen": "2026-07-01T12:00", "colour": "RED", "tags": "a; B"}],
    )  # fmt: skip
    assert (report.read, report.added, report.counts) == (1, 1, {})
    kept = contacts(store, "known", "a_unit", "a_city", "f_city", "a_age", "a_vip", "a_born::VARCHAR", "a_seen",
                    "f_colour", "a_tags", "f_tags", "a_id")  # fmt: skip
    instant = int(datetime(2026, 7, 1, 10, tzinfo=UTC).timestamp() * 1000)
    expected = (
        True,
        "7",
        "Zoë",
        "zoë",
        305,
        True,
        "2000-02-29",
        instant,
        "red",
        "\x1fa\x1fB\x1f",
        "\x1fa\x1fb\x1f",
        "1",
    )
    assert kept == {"1": expected}
    assert store.number_scale("entity_contact", "a_age") == 1


def test_a_column_present_replaces_an_empty_one_clears_an_absent_one_stays(store: Store) -> None:
    store.load("contact", [{"id": "1", "city": "Paris", "age": 1, "tags": ["x"], "account_id": "A"}])
    report = store.load("contact", [{"id": "1", "city": "", "age": 2}])
    assert (report.added, report.updated) == (0, 1)
    assert contacts(store, "a_city", "f_city", "a_age", "a_tags", "k_account_id") == {
        "1": (None, None, 2, "\x1fx\x1f", "A")
    }
    store.load("contact", [{"id": "1", "account_id": None, "tags": []}])
    assert contacts(store, "a_age", "a_tags", "k_account_id", "r_account_id") == {"1": (2, None, None, None)}


def test_an_empty_cell_of_a_csv_clears(store: Store, tmp_path: Path) -> None:
    store.load("contact", [{"id": "1", "city": "Paris", "age": 1}])
    (tmp_path / "a.csv").write_text("id,city\n1,\n")
    store.load("contact", tmp_path / "a.csv")
    assert contacts(store, "a_city", "a_age") == {"1": (None, 1)}


def test_the_last_record_of_a_key_wins_column_by_column(store: Store) -> None:
    records = [{"id": "1", "city": "a", "age": 1}, {"id": "2"}, {"id": "1", "city": None}, {"id": "1", "age": 3}]
    report = store.load("contact", records)
    assert (report.read, report.added, report.updated, report.repeated) == (4, 2, 0, 2)
    assert contacts(store, "a_city", "a_age") == {"1": (None, 3), "2": (None, None)}


def test_a_load_repeated_changes_nothing(store: Store) -> None:
    records = [{"id": "1", "city": "a", "tags": "x", "age": "bad"}, {"city": "no key"}]
    first = store.load("contact", records)
    assert (first.added, first.refused, store.data_version) == (1, 1, 1)
    before = rows(store, "FROM coterie_kept_aside")
    second = store.load("contact", records)
    assert (second.added, second.updated, second.repeated, second.refused) == (0, 0, 1, 1)
    assert store.data_version == 1
    assert rows(store, "FROM coterie_kept_aside") == before


def test_updates_leave_every_row_at_its_ordinal(store: Store) -> None:
    store.load("contact", [{"id": n, "tags": ["old"], "city": "old"} for n in range(5000)])
    store.load("contact", [{"id": n, "tags": ["new"], "city": "new"} for n in range(0, 5000, 7)] + [{"id": "x"}])
    places = rows(store, "SELECT ordinal, key FROM entity_contact")
    assert places == [*((n, str(n)) for n in range(5000)), (5000, "x")]
    assert rows(
        store, "SELECT count(*) FROM entity_contact WHERE a_tags = chr(31) || 'new' || chr(31) AND a_city = 'new'"
    ) == [(715,)]
    assert rows(store, "SELECT count(*) FROM entity_contact WHERE rowid <> ordinal") == [(0,)]


def test_references_are_allotted_ordinals_before_their_records_come(store: Store) -> None:
    store.load(
        "contact", [{"id": "1", "account_id": "B"}, {"id": "2", "account_id": "A"}, {"id": "3", "account_id": "B"}]
    )
    assert rows(store, "SELECT ordinal, key, known FROM entity_account") == [(0, "B", False), (1, "A", False)]
    report = store.load("account", [{"account_id": "A", "name": "Acme"}, {"account_id": "C"}])
    assert (report.added, report.updated) == (2, 0)
    assert rows(store, "SELECT key, known, a_name FROM entity_account") == [
        ("B", False, None),
        ("A", True, "Acme"),
        ("C", True, None),
    ]
    assert contacts(store, "r_account_id") == {"1": 0, "2": 1, "3": 0}


def test_a_record_may_refer_to_its_own_kind_and_to_itself(store: Store) -> None:
    store.load("account", [{"account_id": "A", "parent_id": "B"}, {"account_id": "B", "parent_id": "B"}])
    store.load("account", [{"account_id": "B", "parent_id": "C"}])
    assert rows(store, "SELECT ordinal, key, known, r_parent_id FROM entity_account") == [
        (0, "A", True, 1),
        (1, "B", True, 2),
        (2, "C", False, None),
    ]
    store.load("account", [{"account_id": "A", "parent_id": ""}])
    assert rows(store, "SELECT r_parent_id FROM entity_account WHERE key = 'A'") == [(None,)]


def test_a_related_record_makes_room_for_a_contact_not_known_yet(store: Store) -> None:
    store.load("lead", [{"lead_id": 1, "id": "9", "score": 5}])
    assert contacts(store, "known", "a_id") == {"9": (False, None)}
    assert store.load("contact", [{"id": "9"}]).added == 1
    assert contacts(store, "known", "a_id") == {"9": (True, "9")}


def test_ill_typed_values_are_missing_kept_aside_and_counted(store: Store) -> None:
    records = [{"id": str(n), "age": f"bad {n}", "colour": "green", "nickname": "x"} for n in range(7)]
    report = store.load("contact", records)
    assert report.counts == {"unknown_column": 1, "ill_typed": 7, "unlisted_choice": 7}
    shown = [example for example in report.examples if example.code == "ill_typed"]
    assert [(example.column, example.line, example.value) for example in shown] == [
        ("age", n + 1, f"bad {n}") for n in range(5)
    ]
    kept = rows(
        store, "SELECT load, name, source, line, column_name, code, value FROM coterie_kept_aside ORDER BY line"
    )
    assert kept[6] == (1, "contact", "records", 7, "age", "ill_typed", "bad 6")
    assert contacts(store, "a_age", "f_colour")["0"] == (None, "green")
    assert "ill_typed" in str(report)
    assert "'bad 0'" in str(report)


def test_an_ill_typed_value_clears_what_was_known(store: Store) -> None:
    store.load("contact", [{"id": "1", "age": 5}])
    store.load("contact", [{"id": "1", "age": "five"}])
    assert contacts(store, "a_age") == {"1": None}


def test_a_record_without_key_is_kept_whole(store: Store) -> None:
    report = store.load("contact", [{"id": " ", "city": "x"}, {"id": 1.5}, {"id": "1"}])
    assert (report.refused, report.counts) == (2, {"missing_key": 2})
    kept = rows(store, "SELECT line, value, record FROM coterie_kept_aside ORDER BY line")
    assert [(line, value, json.loads(str(record))) for line, value, record in kept] == [
        (1, " ", {"id": " ", "city": "x"}),
        (2, "1.5", {"id": 1.5}),
    ]


def test_an_unknown_name_is_refused_with_a_hint(store: Store) -> None:
    with pytest.raises(QuestionError) as caught:
        store.load("purchases", [])
    assert (caught.value.code, caught.value.hint) == ("unknown_entity", "Did you mean 'purchase'?")


def test_a_load_of_nothing_changes_nothing(store: Store) -> None:
    assert store.load("contact", []).read == 0
    assert store.load("purchase", iter(())).read == 0
    assert store.data_version == 0


def test_nul_bytes_and_cells_of_ten_megabytes_are_kept(store: Store, tmp_path: Path) -> None:
    big = "é" * 5_000_000
    (tmp_path / "a.csv").write_text(f"id,city\na\x00b,{big}\n2,x\x00\n", encoding="utf-8")
    assert store.load("contact", tmp_path / "a.csv").added == 2
    assert contacts(store, "a_city") == {"a\x00b": big, "2": "x\x00"}


def test_text_that_is_no_unicode_is_ill_typed_and_kept_aside(store: Store) -> None:
    report = store.load("contact", [{"id": "1", "city": "\ud800"}, {"id": "\udfff", "born": b"x"}])
    assert report.counts == {"missing_key": 1, "ill_typed": 2}
    assert contacts(store, "a_city") == {"1": None}


# --- numbers ----------------------------------------------------------------------------------------------------------

NUMBERS = ["7", "-0.5", "12.345", "1e-10", "9999999999999999999999999999", "-0.0000000001", "922337203685477.5807", "0"]


def stored_numbers(store: Store, table: str, column: str) -> list[Decimal]:
    scale = store.number_scale(table, column)
    found = rows(store, f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL ORDER BY rowid")
    return [Decimal(int(str(n))).scaleb(-scale, Context(prec=60)) for (n,) in found]


@pytest.mark.parametrize("seed", range(6))
def test_numbers_stay_exact_however_the_column_has_to_widen(store: Store, seed: int) -> None:
    shuffled = random.Random(seed).sample(NUMBERS, len(NUMBERS))
    for position, number in enumerate(shuffled):
        store.load("contact", [{"id": position, "age": number}])
        store.load("purchase", [purchase(str(position), amount=number)])
        assert stored_numbers(store, "entity_contact", "a_age") == [Decimal(n) for n in shuffled[: position + 1]]
    assert stored_numbers(store, "interaction_purchase", "a_amount") == [Decimal(n) for n in shuffled]


def test_a_column_widens_between_the_batches_of_one_load(store: Store) -> None:
    batches = [pa.record_batch({"id": [str(n)], "age": [number], "amount": [number], "occurred_at": ["2026-01-01"]})
               for n, number in enumerate(NUMBERS)]  # fmt: skip
    store.load("contact", pa.RecordBatchReader.from_batches(batches[0].schema, batches))
    store.load("purchase", pa.RecordBatchReader.from_batches(batches[0].schema, batches))
    assert stored_numbers(store, "entity_contact", "a_age") == [Decimal(n) for n in NUMBERS]
    assert stored_numbers(store, "interaction_purchase", "a_amount") == [Decimal(n) for n in NUMBERS]


def test_a_refused_load_leaves_scales_as_they_were(store: Store, tmp_path: Path) -> None:
    store.load("contact", [{"id": "1", "age": 5}])
    (tmp_path / "a.jsonl").write_text('{"id": "1", "age": 0.125}\n' * 60_000 + "{")
    with pytest.raises(ReadError):
        store.load("contact", tmp_path / "a.jsonl")
    assert (store.number_scale("entity_contact", "a_age"), store.data_version) == (0, 1)
    assert contacts(store, "a_age") == {"1": 5}
    store.load("contact", [{"id": "1", "age": "0.5"}])
    assert stored_numbers(store, "entity_contact", "a_age") == [Decimal("0.5")]


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS has no such names of files")
def test_names_that_are_no_unicode_are_spelled_out(store: Store, tmp_path: Path) -> None:
    """A file may be called so on some systems, and JSON can spell such a key."""
    file = tmp_path / os.fsdecode(b"pur\xffchases.jsonl")
    file.write_text('{"id": "1", "occurred_at": "2026-01-01", "\\ud800": 1}\n{"id": "", "\\ud800": 1}\n')
    for added in (1, 0):
        assert store.load("purchase", file).added == added
    assert rows(store, "SELECT source FROM coterie_kept_aside") == [("pur\\udcffchases.jsonl",)]


# --- interactions -----------------------------------------------------------------------------------------------------


def purchases(store: Store) -> list[tuple[object, ...]]:
    return rows(
        store,
        "SELECT c.key, p.message_id, p.a_product FROM interaction_purchase p "
        "JOIN entity_contact c ON c.ordinal = p.contact ORDER BY p.rowid",
    )


def test_a_message_counts_once_and_the_first_accepted_wins(store: Store) -> None:
    first = store.load(
        "purchase", [purchase(product="a"), purchase("m2"), purchase(product="b"), purchase(product="a")]
    )
    assert (first.added, first.repeated, first.counts) == (2, 2, {"duplicate": 1, "duplicate_conflict": 1})
    assert [(e.code, e.line) for e in first.examples] == [("duplicate", 4), ("duplicate_conflict", 3)]
    second = store.load("purchase", [purchase("m3"), purchase(contact="2"), purchase("m2")])
    assert (second.added, second.counts) == (1, {"duplicate": 1, "duplicate_conflict": 1})
    assert purchases(store) == [("1", "m1", "a"), ("1", "m2", None), ("1", "m3", None)]
    kept = rows(store, "SELECT line, value, record FROM coterie_kept_aside WHERE load = 1")
    assert [(line, value) for line, value, _ in kept] == [(3, "m1")]
    assert json.loads(str(kept[0][2]))["product"] == "b"


def test_an_id_that_is_none_is_told_and_one_is_made(store: Store) -> None:
    report = store.load("purchase", [{**purchase(None), "message_id": 1.5}, {**purchase(None), "message_id": 17}])
    assert (report.added, report.counts) == (2, {"ill_typed": 1})
    assert purchases(store)[1][1] == "17"


def test_a_message_counts_once_per_interaction_type(store: Store) -> None:
    store.load("purchase", [purchase()])
    assert store.load("visit", [purchase()]).added == 1


def test_records_without_message_id_count_each_time_they_stand_in_a_file(store: Store) -> None:
    records = [purchase(None, product="a"), purchase(None, product="b"), purchase(None, product="a"), purchase("m1")]
    assert store.load("purchase", records).added == 4
    assert len({message for _, message, _ in purchases(store)}) == 4
    version = store.data_version
    assert store.load("purchase", records).counts == {"duplicate": 4}
    assert store.data_version == version
    assert store.load("purchase", [*records, purchase(None, product="a")]).added == 1


def test_a_made_message_id_outlives_a_grown_catalog(tmp_path: Path) -> None:
    record = {**purchase(None), "shop": "x"}
    grown = {**CATALOG, "interactions": {"purchase": {"attributes": {"shop": "text"}}}}
    for catalog, added in ((CATALOG, 1), (grown, 0)):
        store = Store.open(tmp_path / "a.duckdb", parse_catalog(catalog), time_zone="UTC")
        report = store.load("purchase", [record])
        assert (report.added, report.counts.get("duplicate", 0)) == (added, 1 - added)
        store.close()


def test_interactions_without_key_or_time_are_kept_aside(store: Store) -> None:
    report = store.load(
        "purchase",
        [purchase("a", contact=""), purchase("b", at="yesterday"), purchase("c", at=None),
         purchase("d", contact=None, at="?"), purchase("e")],
    )  # fmt: skip
    assert (report.added, report.refused, report.counts) == (1, 4, {"missing_key": 2, "invalid_time": 2})
    assert [(e.code, e.line, e.value) for e in report.examples] == [
        ("missing_key", 1, ""),
        ("missing_key", 4, ""),
        ("invalid_time", 2, "yesterday"),
        ("invalid_time", 3, ""),
    ]


def test_lines_of_duplicates_skip_refused_records_and_blank_lines(store: Store, tmp_path: Path) -> None:
    first = 'm1,1,2026-01-01,"a\nb"\n'
    text = f"message_id,id,occurred_at,product\n{first}\nm2,,2026-01-01,\nm3,1,2026-01-01,\n{first}"
    (tmp_path / "a.csv").write_text(text)
    report = store.load("purchase", tmp_path / "a.csv")
    assert [(e.code, e.line) for e in report.examples] == [("missing_key", 5), ("duplicate", 7)]


def test_interactions_make_room_for_contacts_not_known_yet(store: Store) -> None:
    store.load("purchase", [purchase("1", contact="b"), purchase("2", contact="a"), purchase("3", contact="b")])
    assert rows(store, "SELECT ordinal, key, known FROM entity_contact") == [(0, "b", False), (1, "a", False)]
    store.load("contact", [{"id": "c"}, {"id": "a", "city": "x"}])
    assert contacts(store, "known", "a_city") == {"b": (False, None), "a": (True, "x"), "c": (True, None)}


def test_duplicates_are_found_in_every_part_of_the_hashes(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duplicates, "_ROWS_PER_PART", 100)
    records = [purchase(f"m{n % 700}") for n in range(1000)] + [purchase(None, product=str(n % 50)) for n in range(200)]
    report = store.load("purchase", records)
    assert (report.added, report.counts) == (900, {"duplicate": 300})
    assert store.load("purchase", records).added == 0
    assert store.load("purchase", [purchase("new"), *records]).added == 1


def test_duplicates_alone_change_nothing_even_where_something_is_kept_aside(store: Store) -> None:
    store.load("purchase", [purchase("m1", amount=9)])
    conflict = store.load("purchase", [purchase("m1", amount="9.55")])
    with_a_refused_one = store.load("purchase", [purchase("m1", amount=9), purchase("m2", contact="")])
    assert (conflict.counts, with_a_refused_one.counts) == (
        {"duplicate_conflict": 1},
        {"missing_key": 1, "duplicate": 1},
    )
    assert (len(rows(store, "FROM coterie_kept_aside")), store.data_version) == (2, 1)
    scale = store.number_scale("interaction_purchase", "a_amount")
    assert rows(store, "SELECT message_id, a_amount FROM interaction_purchase") == [("m1", 9 * 10**scale)]


def test_a_load_that_only_keeps_aside_leaves_numbers_as_they_were(store: Store) -> None:
    store.load("contact", [{"id": "1", "age": 1}])
    store.load("contact", [{"id": "1", "age": "1.55"}, {"id": "1", "age": 1}, {"id": ""}])
    assert contacts(store, "a_age") == {"1": 10 ** store.number_scale("entity_contact", "a_age")}


def test_interactions_stay_in_the_order_of_their_loads(store: Store) -> None:
    for load in range(3):
        store.load("purchase", [purchase(f"{load}-{n}", product=f"{load}-{n}") for n in range(3000)])
    assert [product for _, _, product in purchases(store)] == [f"{load}-{n}" for load in range(3) for n in range(3000)]


def test_parquet_csv_and_dicts_load_alike(tmp_path: Path) -> None:
    times = ["2026-03-29T02:30", "2026-01-01T00:00Z"]
    table = pa.table({"message_id": ["1", "2"], "id": ["a", "b"], "occurred_at": times,
                      "amount": ["1.50", ""], "product": [" Ä ", None]})  # fmt: skip
    pq.write_table(table, tmp_path / "a.parquet")
    (tmp_path / "a.csv").write_text(
        "message_id,id,occurred_at,amount,product\n1,a,2026-03-29T02:30,1.50, Ä \n2,b,2026-01-01T00:00Z,,\n"
    )
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, table.to_pylist())))
    contents = []
    for source in (tmp_path / "a.parquet", str(tmp_path / "a.csv"), tmp_path / "a.jsonl", table, table.to_pylist()):
        store = Store.open(":memory:", parse_catalog(CATALOG), time_zone="Europe/Paris")
        assert store.load("purchase", source).added == 2
        contents.append(rows(store, "FROM interaction_purchase"))
        store.close()
    assert all(content == contents[0] for content in contents)


def test_progress_is_told_of_every_batch(store: Store, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id\n" + "".join(f"{n}\n" for n in range(10)))
    told: list[tuple[int, float | None]] = []
    store.load("contact", tmp_path / "a.csv", progress=lambda done, fraction: told.append((done, fraction)))
    assert told == [(10, 1.0)]


# --- all or nothing ---------------------------------------------------------------------------------------------------


def test_a_source_that_fails_half_way_leaves_nothing(store: Store, tmp_path: Path) -> None:
    good = "".join(f"m{n},{n},2026-01-01\n" for n in range(2_000))
    (tmp_path / "a.csv").write_text("message_id,id,occurred_at\n" + good + "ragged\n")
    with pytest.raises(ReadError):
        store.load("purchase", tmp_path / "a.csv")

    def failing() -> Iterator[dict[str, object]]:
        yield {"id": "1"}
        raise RuntimeError("the caller's own")

    with pytest.raises(RuntimeError, match="own"):
        store.load("contact", failing())
    assert (store.entity_size("contact"), store.data_version) == (0, 0)
    assert store.load("contact", [{"id": "1"}]).added == 1


KILLED = """
import os, signal, sys
from coterie.backends.duckdb.store import Store
from coterie.catalog import parse_catalog
store = Store.open(sys.argv[1], parse_catalog({catalog!r}), time_zone="UTC")
def records():
    for n in range(250_000):
        yield {{"message_id": n, "id": n % 1000, "occurred_at": "2026-01-01"}}
    os.kill(os.getpid(), signal.SIGKILL)
store.load("visit", records())
"""


def test_a_load_killed_half_way_leaves_nothing_half_loaded(tmp_path: Path) -> None:
    path = tmp_path / "a.duckdb"
    store = Store.open(path, parse_catalog(CATALOG), time_zone="UTC")
    store.load("visit", [purchase()])
    store.close()
    done = subprocess.run([sys.executable, "-c", KILLED.format(catalog=CATALOG), str(path)], check=False)
    assert done.returncode == -9
    store = Store.open(path, parse_catalog(CATALOG), time_zone="UTC")
    assert rows(store, "SELECT count(*) FROM interaction_visit") == [(1,)]
    assert (store.entity_size("contact"), store.data_version) == (1, 1)
    assert store.load("visit", [purchase("m2")]).added == 1
    store.close()
