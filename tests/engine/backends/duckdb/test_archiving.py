"""A store and its archive: every change is kept before it is committed, and a store is made again of what was kept."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

import coterie
from coterie import StoreError
from coterie.backends.duckdb.naming import quoted
from coterie.backends.duckdb.store import Store
from coterie.catalog import parse_catalog
from coterie.catalog.writing import catalog_as_data
from coterie.errors import ReadError
from coterie.records.archive import Archive
from coterie.records.archived_files import FileWriter
from coterie.testing.scenarios import scenario

CATALOG: dict[str, Any] = {
    "coterie": 1,
    "organization": {"time_zone": "Europe/Paris"},
    "contact": {
        "key": "id",
        "attributes": {"city": "text", "age": "number", "born": "date", "seen": "datetime", "tags": "multi_choice"},
    },
    "entities": {"account": {"key": "account_id", "attributes": {"name": "text", "size": "number"}}},
    "relations": {
        "account": {"from": "contact", "to": "account", "many_to_one": "account_id"},
        "parent": {"from": "account", "to": "account", "many_to_one": "parent_id"},
    },
    "interactions": {"purchase": {"attributes": {"amount": "number"}}},
}
GROWN = {
    **CATALOG,
    "contact": {"key": "id", "attributes": {**CATALOG["contact"]["attributes"], "color": "choice"}},
}


def opened(path: Path, catalog: Mapping[str, object] = CATALOG, *, archive: bool = True) -> Store:
    known = parse_catalog(catalog)
    return Store.open(path, known, time_zone=known.organization.time_zone, threads=1, archive=archive)


Everything = dict[str, list[tuple[object, ...]]]


def everything(store: Store) -> Everything:
    """Every row of every table, those of entities in their order, and the counters."""
    found: Everything = {}
    tables = store.connection.execute("SELECT table_name FROM duckdb_tables() WHERE NOT temporary").fetchall()
    for (table,) in tables:
        if table in {"coterie_recent_messages", "coterie_message_runs"}:
            continue  # what the index of messages holds where is not a matter of content
        columns = [row[0] for row in store.connection.execute(f"DESCRIBE {quoted(table)}").fetchall()]
        order = "" if "ordinal" in columns else " ORDER BY ALL"
        listed = ", ".join(quoted(column) for column in sorted(columns))
        found[table] = store.connection.execute(f"SELECT {listed} FROM {quoted(table)}{order}").fetchall()
    return found


def purchase(message: str | None, contact: str, at: object = "2026-01-01T10:00", **more: object) -> dict[str, object]:
    return {"message_id": message, "id": contact, "occurred_at": at, **more}


def fill(store: Store) -> None:
    """Loads of every kind: columns that differ by record, keys first named elsewhere, repeats, what is kept aside."""
    store.load("purchase", [purchase("m1", "ghost", amount="1.25"), purchase(None, "b"), purchase(None, "b")])
    store.load(
        "contact",
        [
            {"id": 1, "city": "Paris", "age": Decimal("31.50"), "born": date(2000, 2, 29), "color": "red"},
            {"id": "b", "seen": datetime(2026, 3, 29, 2, 30), "tags": ["x", None, "y"]},  # noqa: DTZ001 - local
            {"id": "b", "seen": datetime(2026, 3, 29, 2, 30, tzinfo=UTC), "account_id": "a9"},
            {"id": None, "city": "lost", "born": datetime(2026, 1, 1, tzinfo=UTC), "tags": {"p", "q", "r"}},
            {"id": "c", "age": {"of": [1, (2, 3)]}, "born": "2026-02-30", "tags": {"p", "q", "r"}},
        ],
    )
    store.load("contact", [{"id": "b", "city": "Rome"}])
    store.load("contact", [{"id": "b", "city": "Rome"}])  # changes nothing
    store.load("account", pa.table({"account_id": ["a1", "a9"], "parent_id": ["a7", None], "size": [0.1, None]}))
    seconds = pa.array([1_700_000_000, None], pa.timestamp("s"))
    store.load("purchase", pa.table({"id": ["1", "z"], "occurred_at": seconds, "amount": [2**62, 1]}))
    store.load("purchase", [purchase("m1", "ghost", amount="9"), purchase("m3", "1", amount="0.0000000001")])
    store.ingest(
        [
            {
                "type": "upsert",
                "entity": "contact",
                "record": {"id": "n", "age": 3.5},
                "changed_at": "2026-01-01T10:00",
            },
            {"type": "interaction", "interaction": "purchase", "record": {"id": "n", "occurred_at": "2026-01-02"}},
            {"type": "delete", "entity": "contact", "key": 1, "changed_at": datetime(2026, 1, 1, tzinfo=UTC)},
            {"type": "interaction", "interaction": "purchase", "record": purchase("m1", "q", amount=Decimal(7))},
            {"type": "upset", "record": {"id": {"p", "q", "r"}}},
        ]
    )
    store.ingest([{"type": "delete", "entity": "contact", "key": "never", "changed_at": "2026-05-05"}])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "shop.duckdb"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Everything]:
    """The folder of a filled store, closed, and all that is in it."""
    folder = tmp_path_factory.mktemp("filled")
    store = opened(folder / "shop.duckdb")
    fill(store)
    held = everything(store)
    store.close()
    return folder, held


@pytest.fixture
def shop(path: Path, filled: tuple[Path, Everything]) -> tuple[Path, Everything]:
    """A filled store of the test's own, closed, and all that is in it."""
    folder, held = filled
    shutil.copytree(folder, path.parent, dirs_exist_ok=True)
    return path, held


def files(path: Path) -> list[str]:
    return sorted(file.name for file in Archive.beside(path).folder.iterdir())


def content(path: Path) -> Everything:
    store = opened(path)
    held = everything(store)
    store.close()
    return held


# --- what is archived ------------------------------------------------------------------------------------------------


def test_every_change_has_a_file_and_what_changes_nothing_has_none(shop: tuple[Path, Everything]) -> None:
    path, held = shop
    assert files(path) == [f"{number:012}.parquet" for number in range(1, 9)]
    assert dict(held["coterie_store"])["loads"] == 8


def test_a_store_in_memory_has_no_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with coterie.open(":memory:", CATALOG) as engine:
        engine.load("contact", [{"id": "1"}])
    assert list(tmp_path.iterdir()) == []


def test_the_catalog_is_kept_once_per_opening(path: Path) -> None:
    for catalog in (CATALOG, GROWN):
        store = opened(path, catalog)
        version = store.data_version
        store.load("contact", [{"id": f"{version}"}])
        store.load("contact", [{"id": f"{version}+"}])
        store.close()
    archive = Archive.beside(path)
    assert [archive.file(number).heading.catalog for number in archive.numbers()] == [1, 1, 3, 3]
    assert archive.catalog_of(archive.file(2)) == parse_catalog(CATALOG)
    assert archive.catalog_of(archive.file(4)) == parse_catalog(GROWN)


def test_a_failing_load_leaves_nothing(path: Path) -> None:
    store = opened(path)
    store.load("contact", [{"id": "1"}])
    broken = iter([*({"id": str(number)} for number in range(150_000)), "no record"])
    with pytest.raises(ReadError):
        store.load("contact", broken)
    with pytest.raises(ReadError):
        store.ingest([{"type": "delete", "entity": "contact", "key": "1"}, 3])
    assert files(path) == ["000000000001.parquet"]
    store.close()


def test_a_change_that_is_not_committed_is_taken_back(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = opened(path)
    publish = Archive.publish

    def publish_and_fail(*arguments: object) -> None:
        publish(*arguments)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    monkeypatch.setattr(Archive, "publish", publish_and_fail)
    with pytest.raises(KeyboardInterrupt):
        store.load("contact", [{"id": "1"}])
    monkeypatch.undo()
    assert files(path) == []
    assert store.load("contact", [{"id": "1"}]).added == 1
    store.close()
    assert files(path) == ["000000000001.parquet"]


def test_an_archive_that_cannot_be_written_stops_the_load(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = opened(path)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    for method in ("add_batch", "finish"):
        monkeypatch.setattr(FileWriter, method, full)
        with pytest.raises(StoreError) as raised:
            store.load("contact", [{"id": "1"}])
        monkeypatch.undo()
        assert raised.value.code == "store_failed"
        assert files(path) == []
        assert (store.data_version, store.entity_size("contact")) == (0, 0)
    assert store.load("contact", [{"id": "1"}]).added == 1
    store.close()


# --- the store made again --------------------------------------------------------------------------------------------

DAMAGES: dict[str, Callable[[Path], object]] = {
    "gone": Path.unlink,
    "no bytes": lambda path: path.write_bytes(b""),
    "truncated": lambda path: path.write_bytes(path.read_bytes()[:-300_000]),
    "noise": lambda path: path.write_bytes(random.Random(3).randbytes(50_000)),
    "noise inside": lambda path: path.write_bytes(path.read_bytes()[:12_288] + bytes(100_000)),
    "nothing": lambda _: None,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_store_is_rebuilt_whatever_became_of_it(shop: tuple[Path, Everything], damage: str) -> None:
    path, held = shop
    DAMAGES[damage](path)
    before = path.read_bytes() if path.exists() else None
    rebuilt = coterie.rebuild(path, CATALOG, threads=1)
    assert content(path) == held
    assert rebuilt.replayed == 8
    if before is None:
        assert rebuilt.kept is None
    else:
        assert rebuilt.kept == path.with_name("shop.duckdb.replaced-1")
        assert rebuilt.kept.read_bytes() == before
    assert not list(path.parent.glob("*.rebuilding*"))


def test_a_rebuilt_store_goes_on_where_the_old_one_was(shop: tuple[Path, Everything]) -> None:
    path, _ = shop
    copies = []
    for rebuilding in (False, True):
        if rebuilding:
            coterie.rebuild(path, CATALOG)
        store = opened(path, archive=False)
        store.load("contact", [{"id": "later", "account_id": "a7"}])
        assert store.load("purchase", [purchase("m3", "1", amount="0.0000000001")]).counts == {"duplicate": 1}
        copies.append(everything(store))
        store.close()
        if not rebuilding:
            path.unlink()
    assert copies[0] == copies[1]


def test_the_log_of_the_old_file_is_kept_with_it(shop: tuple[Path, Everything]) -> None:
    path, held = shop
    path.write_bytes(b"garbage")
    path.with_name("shop.duckdb.wal").write_bytes(b"more garbage")
    kept = coterie.rebuild(path, CATALOG).kept
    assert kept is not None
    assert kept.with_name(f"{kept.name}.wal").read_bytes() == b"more garbage"
    assert content(path) == held


def test_what_was_loaded_under_an_older_catalog_and_in_another_zone_is_so_again(path: Path) -> None:
    """A column that the catalog did not know then is not filled now; a local time is that of the zone of then."""
    store = opened(path)
    store.load("contact", [{"id": "1", "color": "red", "seen": "2026-07-01T12:00"}])
    store.close()
    moved = {**GROWN, "organization": {"time_zone": "America/New_York"}}
    store = opened(path, moved)
    store.load("contact", [{"id": "2", "color": "blue", "seen": "2026-07-01T12:00"}])
    held = everything(store)
    store.close()
    path.unlink()
    coterie.rebuild(path, moved)
    store = opened(path, moved)
    assert everything(store) == held
    colors = store.connection.execute("SELECT a_color, a_seen FROM entity_contact ORDER BY ordinal").fetchall()
    store.close()
    assert [color for color, _ in colors] == [None, "blue"]
    assert colors[1][1] - colors[0][1] == 6 * 3_600_000


@pytest.mark.parametrize("seed", range(12))
def test_random_worlds_are_rebuilt_with_equal_answers(tmp_path: Path, seed: int) -> None:
    drawn = scenario(seed, questions=4)
    rng, path = random.Random(seed), tmp_path / "shop.duckdb"

    def load_all(engine: coterie.Engine) -> None:
        for name, rows in drawn.world.tables.items():
            cut = rng.randrange(len(rows) + 1)
            for part in (rows[:cut], rows[cut:], rng.sample(rows, min(len(rows), 3))):
                engine.load(name, part)

    def answers(engine: coterie.Engine) -> list[object]:
        return [
            engine.members(q.definition, as_of=drawn.as_of, time_zone=q.zone, segments=q.segments).ordinals
            for q in drawn.questions
        ]

    with coterie.open(path, drawn.world.catalog, threads=1) as engine:
        load_all(engine)
        expected, version = answers(engine), engine.data_version
        held = everything(engine._backend._store)  # type: ignore[attr-defined]
    assert coterie.check(path, drawn.world.catalog, threads=1).differences == ()
    path.unlink()
    coterie.rebuild(path, drawn.world.catalog, threads=1)
    with coterie.open(path, drawn.world.catalog, threads=1) as engine:
        assert (answers(engine), engine.data_version) == (expected, version)
        assert everything(engine._backend._store) == held  # type: ignore[attr-defined]


# --- crashes ---------------------------------------------------------------------------------------------------------

CRASH = """
import os, sys
from pathlib import Path
from test_archiving import Archive, CATALOG, FileWriter, opened

def then_die(method):
    def run(*arguments):
        method(*arguments)
        os._exit(9)
    return run

owner, name = {"finish": (FileWriter, "finish"), "publish": (Archive, "publish"), "batch": (FileWriter, "add_batch")}[
    sys.argv[2]
]
setattr(owner, name, then_die(getattr(owner, name)))
store = opened(Path(sys.argv[1]))
if sys.argv[3] == "load":
    store.load("contact", [{"id": "late", "age": 1.5}])
else:
    store.ingest([{"type": "upsert", "entity": "contact", "record": {"id": "late", "age": 1.5}}])
"""


@pytest.mark.parametrize(
    ("moment", "change"),
    [("batch", "load"), *((moment, change) for moment in ("finish", "publish") for change in ("load", "ingest"))],
)
def test_a_process_that_dies_leaves_a_store_that_is_one_with_its_archive(
    shop: tuple[Path, Everything], moment: str, change: str
) -> None:
    """Once a file has its name, its change is there when the store is opened again; before, nothing of it is.

    An ingested batch is written at once: there is no moment after the first of several.
    """
    path, held = shop
    order = [sys.executable, "-c", CRASH, str(path), moment, change]
    done = subprocess.run(order, cwd=Path(__file__).parent, check=False, env={**os.environ})  # noqa: TID251 - the path of imports
    assert done.returncode == 9
    store = opened(path)
    found = store.connection.execute("SELECT count(*) FROM entity_contact WHERE key = 'late'").fetchone()
    assert found == (int(moment == "publish"),)
    assert moment == "publish" or everything(store) == held
    assert len(files(path)) == 8 + (moment == "publish")
    store.close()
    assert coterie.check(path, CATALOG).differences == ()


KILLED = """
import os, sys
from pathlib import Path
from test_archiving import fill, opened

store = opened(Path(sys.argv[1]))
fill(store)
os._exit(9)
"""


@pytest.mark.parametrize("rebuilt", [False, True])
def test_a_process_that_dies_after_its_commits_leaves_them_in_the_log(path: Path, rebuilt: bool) -> None:
    """The store's file alone does not hold them: `check` reads the log, and `rebuild` sets it aside with the file."""
    subprocess.run([sys.executable, "-c", KILLED, str(path)], cwd=Path(__file__).parent, check=False)
    log = path.with_name(f"{path.name}.wal")
    before = path.read_bytes(), log.read_bytes()
    checked = coterie.check(path, CATALOG)
    assert (checked.differences, checked.replayed) == ((), 8)
    assert (path.read_bytes(), log.read_bytes()) == before
    if rebuilt:
        kept = coterie.rebuild(path, CATALOG).kept
        assert kept is not None
        assert (kept.read_bytes(), kept.with_name(f"{kept.name}.wal").read_bytes()) == before
    assert dict(content(path)["coterie_store"])["loads"] == 8
    assert coterie.check(path, CATALOG).differences == ()


def test_an_older_copy_of_the_store_catches_up(path: Path) -> None:
    store = opened(path)
    store.load("contact", [{"id": "1"}])
    store.close()
    old = path.read_bytes()
    store = opened(path)
    fill(store)
    held = everything(store)
    store.close()
    path.write_bytes(old)
    assert content(path) == held


# --- archives that are not whole -------------------------------------------------------------------------------------


def refused(action: Callable[[], object]) -> StoreError:
    with pytest.raises(StoreError) as raised:
        action()
    assert raised.value.hint
    return raised.value


def test_a_gap_is_refused_and_named(shop: tuple[Path, Everything]) -> None:
    path, _ = shop
    missing = Archive.beside(path).path_of(4)
    missing.unlink()
    for action in (lambda: opened(path), lambda: coterie.rebuild(path, CATALOG), lambda: coterie.check(path, CATALOG)):
        error = refused(action)
        assert (error.code, error.path) == ("archive_damaged", str(missing))


def test_a_damaged_file_is_refused_and_named_and_the_store_stays(shop: tuple[Path, Everything]) -> None:
    path, held = shop
    broken = Archive.beside(path).path_of(5)
    broken.write_bytes(broken.read_bytes()[:-9])
    before = path.read_bytes()
    error = refused(lambda: coterie.rebuild(path, CATALOG))
    assert (error.code, error.path) == ("archive_damaged", str(broken))
    assert path.read_bytes() == before
    assert sorted(file.name for file in path.parent.iterdir()) == ["shop.duckdb", "shop.duckdb.archive"]
    assert content(path) == held


def test_an_archive_behind_its_store_is_refused(shop: tuple[Path, Everything]) -> None:
    path, held = shop
    Archive.beside(path).path_of(8).unlink()
    for action in (lambda: opened(path), lambda: coterie.rebuild(path, CATALOG)):
        error = refused(action)
        assert (error.code, "ends with number 7" in str(error)) == ("archive_damaged", True)
    store = opened(path, archive=False)
    assert everything(store) == held
    store.close()


def test_an_archive_of_another_store_is_refused(shop: tuple[Path, Everything], tmp_path: Path) -> None:
    path, _ = shop
    other = tmp_path / "other.duckdb"
    store = opened(other)
    store.load("contact", [{"id": None}])  # kept aside: it changes no data
    store.close()
    one, foreign = Archive.beside(other), Archive.beside(path)
    foreign.path_of(2).rename(one.path_of(2))
    assert "data version 1 instead of 2" in str(refused(lambda: opened(other)))


def test_a_store_without_archive_begins_one_that_cannot_rebuild_it(path: Path) -> None:
    store = opened(path, archive=False)
    store.load("contact", [{"id": "1"}])
    store.close()
    assert not Archive.beside(path).folder.exists()
    assert refused(lambda: coterie.rebuild(path, CATALOG)).code == "archive_missing"
    store = opened(path)
    store.load("contact", [{"id": "2"}])
    store.close()
    assert files(path) == ["000000000002.parquet"]
    for function in (coterie.rebuild, coterie.check):
        error = refused(lambda function=function: function(path, CATALOG))  # type: ignore[misc]
        assert (error.code, "begins with number 2" in str(error)) == ("archive_missing", True)
    path.unlink()
    assert "begins with number 2" in str(refused(lambda: opened(path)))


def test_a_store_that_is_open_is_not_rebuilt(shop: tuple[Path, Everything]) -> None:
    path, _ = shop
    store = opened(path)
    assert refused(lambda: coterie.rebuild(path, CATALOG)).code == "store_locked"
    store.close()


# --- comparing -------------------------------------------------------------------------------------------------------

TAMPERING = {
    "a value": ("UPDATE entity_contact SET a_city = 'Nice' WHERE key = 'b'", {"entity_contact.a_city"}),
    "two swapped": (
        "UPDATE entity_contact SET ordinal = 1 - ordinal WHERE ordinal < 2",
        {"entity_contact.key"},
    ),
    "a row gone": ("DELETE FROM interaction_purchase WHERE message_id = 'm3'", {"interaction_purchase"}),
    "kept aside": ("UPDATE coterie_kept_aside SET value = 'x'", {"coterie_kept_aside.value"}),
    "a counter": ("UPDATE coterie_store SET value = 99 WHERE name = 'data_version'", {"counters.data_version"}),
    "a scale": ("UPDATE coterie_columns SET scale = 3 WHERE column_name = 'a_age'", {"entity_contact.a_age"}),
}


@pytest.mark.parametrize("what", TAMPERING)
def test_a_store_that_was_tampered_with_is_found_out(shop: tuple[Path, Everything], what: str) -> None:
    path, _ = shop
    statement, places = TAMPERING[what]
    with duckdb.connect(str(path)) as connection:
        connection.execute(statement)
    before = path.read_bytes()
    checked = coterie.check(path, CATALOG)
    found = {each.table if each.column is None else f"{each.table}.{each.column}" for each in checked.differences}
    assert places <= found
    assert all(each.store != each.archive for each in checked.differences)
    assert path.read_bytes() == before


def test_a_store_that_is_in_order_is_said_to_be(shop: tuple[Path, Everything]) -> None:
    path, held = shop
    before = path.read_bytes(), files(path)
    checked = coterie.check(path, CATALOG)
    assert checked.differences == ()
    assert (checked.replayed, checked.pending) == (8, 0)
    assert checked.rows["entity_contact"] == len(held["entity_contact"])
    assert (path.read_bytes(), files(path)) == before
    assert sorted(file.name for file in path.parent.iterdir()) == ["shop.duckdb", "shop.duckdb.archive"]


def test_what_the_store_has_not_taken_in_yet_is_pending(shop: tuple[Path, Everything]) -> None:
    path, _ = shop
    older = path.read_bytes()
    store = opened(path)
    store.load("contact", [{"id": "later"}])
    store.close()
    path.write_bytes(older)
    checked = coterie.check(path, CATALOG)
    assert (checked.pending, checked.differences) == (1, ())


# --- the catalog as data ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source", [CATALOG, GROWN, {**CATALOG, "standard_interactions": True}, scenario(1).world.catalog]
)
def test_a_catalog_is_written_so_that_it_is_read_as_it_was(source: Mapping[str, object]) -> None:
    catalog = parse_catalog(source)
    labelled = replace(catalog, contact=replace(catalog.contact, label="Person", description="Who buys"))
    labelled = replace(labelled, entities={**labelled.entities, "contact": labelled.contact})
    for each in (catalog, labelled):
        assert parse_catalog(catalog_as_data(each)) == each
