"""Which messages were accepted before: exact, for ever, whatever happens to the files beside the store."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import duckdb
import numpy as np
import pytest

from coterie.backends.duckdb import duplicates, interaction_loading, message_hashes, message_index, message_runs, store
from coterie.backends.duckdb.message_runs import DamagedRunError, Run, in_order, merged, open_run, write_run
from coterie.backends.duckdb.store import Store
from coterie.catalog import parse_catalog
from coterie.errors import StoreError

CATALOG = {
    "coterie": 1,
    "organization": {"time_zone": "UTC"},
    "contact": {"key": "id", "attributes": {}},
    "interactions": {
        "purchase": {"attributes": {"amount": "number", "product": "text", "gift": "text"}},
        "visit": {"attributes": {}},
    },
}

Record = dict[str, object]


def purchase(message: object, **values: object) -> Record:
    return {"message_id": message, "id": "ann", "occurred_at": "2026-01-01T00:00Z", **values}


def opened(path: Path, catalog: dict[str, object] = CATALOG) -> Store:
    return Store.open(path, parse_catalog(catalog), time_zone="UTC", threads=1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "shop.duckdb"


@pytest.fixture
def low_thresholds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs from 50 entries on, merged by three; loads looked at in parts of 40 rows; tables in parts of 64."""
    monkeypatch.setattr(message_index, "_RECENT", 50)
    monkeypatch.setattr(message_index, "_FAN_IN", 3)
    monkeypatch.setattr(message_index, "_ROWS_AT_ONCE", 64)
    monkeypatch.setattr(message_runs, "_PIECE", 256)
    monkeypatch.setattr(duplicates, "_ROWS_AT_ONCE", 40)


def run_files(path: Path) -> list[Path]:
    return sorted(Path(f"{path}.messages").glob("*"))


def listed(store: Store) -> set[str]:
    return {file for (file,) in store.connection.execute("SELECT file FROM coterie_message_runs").fetchall()}


def entries(count: int, seed: int = 1) -> np.ndarray:
    return in_order(np.random.default_rng(seed).integers(0, 2**64, (count, 2), dtype=np.uint64))


# --- against a dict --------------------------------------------------------------------------------------------------


class Judge:
    """What was accepted, in a dict: the naive way."""

    def __init__(self) -> None:
        self.held: dict[tuple[str, object], Record] = {}

    def load(self, name: str, records: list[Record]) -> tuple[int, int, int]:
        """How many of `records` are new, repeated, and repeated with another content."""
        counts = [0, 0, 0]
        for record in records:
            first = self.held.setdefault((name, record["message_id"]), record)
            counts[0 if first is record else 1 if first == record else 2] += 1
        return counts[0], counts[1], counts[2]


def random_records(rng: random.Random, count: int) -> list[Record]:
    records = []
    for _ in range(count):
        number = rng.randrange(900)
        values = {"amount": number, "product": f"p{number}"}
        if rng.random() < 0.1:
            values["product"] = rng.choice(["other", None, f"p{number + 1}"])
        records.append(purchase(f"m{number}", **values))
    return records


def failing(records: list[Record]) -> Iterator[Record]:
    yield from records
    raise RuntimeError("the caller's own")


def play(shop: Callable[[], Store], reopens: bool, seed: int) -> None:
    rng, judge, store = random.Random(seed), Judge(), shop()
    for _ in range(40):
        name, records = rng.choice(["purchase", "purchase", "visit"]), random_records(rng, rng.choice([1, 5, 30, 130]))
        if name == "visit":
            records = [{key: record[key] for key in ("message_id", "id", "occurred_at")} for record in records]
        action = rng.random()
        if action < 0.15:
            with pytest.raises(RuntimeError):
                store.load(name, failing(records))
        elif action < 0.25 and reopens:
            store.close()
            store = shop()
        else:
            report = store.load(name, records)
            found = (report.added, report.counts.get("duplicate", 0), report.counts.get("duplicate_conflict", 0))
            assert found == judge.load(name, records), seed
    store.close()


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.usefixtures("low_thresholds")
def test_random_batches_are_judged_as_by_a_dict(path: Path, seed: int) -> None:
    """
    Batches are loaded, rolled back, and the store is closed and opened again; runs are written and merged.
    """
    play(lambda: opened(path), True, seed)
    assert run_files(path)


@pytest.mark.parametrize("seed", range(6, 8))
@pytest.mark.usefixtures("low_thresholds")
def test_a_store_in_memory_judges_alike(seed: int) -> None:
    play(lambda: opened(Path(":memory:")), False, seed)


@pytest.mark.parametrize("seed", range(8, 11))
@pytest.mark.usefixtures("low_thresholds")
def test_ids_whose_hashes_collide_are_told_apart(path: Path, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    With hashes of four bits nearly every message has the hash of another one.
    """
    four_bits = "(hash(message_id) & 15::UBIGINT)"
    monkeypatch.setattr(interaction_loading, "MESSAGE_HASH", four_bits)
    monkeypatch.setattr(store, "MESSAGE_HASH", four_bits)
    play(lambda: opened(path), True, seed)


# --- content ---------------------------------------------------------------------------------------------------------


def test_a_number_is_the_same_however_far_its_column_was_widened(path: Path) -> None:
    shop = opened(path)
    numbers = ["7", "-0.5", "100", "0", "12.340", "1e-10", "-922337203685477.5807", "9999999999999999999999999999"]
    for widened in range(len(numbers)):
        shop.load("purchase", [purchase(f"m{widened}", amount=numbers[widened])])
        again = [purchase(f"m{n}", amount=numbers[n]) for n in range(widened + 1)]
        assert shop.load("purchase", again).counts == {"duplicate": widened + 1}
    changed = [purchase(f"m{n}", amount=str(Decimal(number) - 1)) for n, number in enumerate(numbers)]
    assert shop.load("purchase", changed).counts == {"duplicate_conflict": len(numbers)}  # 0 and -1 are among them
    shop.close()


def test_values_that_changed_places_are_another_content(path: Path) -> None:
    shop = opened(path)
    shop.load("purchase", [purchase("m", product="a", gift="b")])
    assert shop.load("purchase", [purchase("m", product="b", gift="a")]).counts == {"duplicate_conflict": 1}
    assert shop.load("purchase", [purchase("m", product="a", gift="b")]).counts == {"duplicate": 1}
    shop.close()


def test_an_attribute_that_the_catalog_gains_or_moves_changes_no_content(path: Path) -> None:
    shop = opened(path)
    shop.load("purchase", [purchase("m", product="a", amount=5)])
    shop.close()
    attributes = {"colour": "text", "product": "text", "amount": "number"}
    shop = opened(path, {**CATALOG, "interactions": {"purchase": {"attributes": attributes}}})
    assert shop.load("purchase", [purchase("m", product="a", amount=5)]).counts == {"duplicate": 1}
    told_more = shop.load("purchase", [purchase("m", product="a", amount=5, colour="red")])
    assert told_more.counts == {"duplicate_conflict": 1}
    shop.close()


# --- files -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def stocked(request: pytest.FixtureRequest, path: Path) -> Path:
    """A closed store with four hundred purchases, most of them in runs, and two visits."""
    request.getfixturevalue("low_thresholds")
    shop = opened(path)
    for start in range(0, 400, 20):
        shop.load("purchase", [purchase(f"m{n}", amount=n) for n in range(start, start + 20)])
    shop.load("visit", [purchase("a"), purchase("b")])
    shop.close()
    assert len(run_files(path)) > 1
    return path


def knows_all(path: Path) -> None:
    """All purchases are known, a new one is new; and the folder holds the runs that the store lists."""
    shop = opened(path)
    report = shop.load("purchase", [purchase(f"m{n}", amount=n) for n in range(400)])
    assert (report.added, report.counts) == (0, {"duplicate": 400})
    assert shop.load("purchase", [purchase("new"), purchase("m7", amount=8)]).counts == {"duplicate_conflict": 1}
    assert {file.name for file in run_files(path)} == listed(shop)
    shop.close()


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])


def flip(place: int) -> Callable[[Path], None]:
    def flipped(file: Path) -> None:
        content = bytearray(file.read_bytes())
        content[place] ^= 4
        file.write_bytes(content)

    return flipped


def exchange(file: Path) -> None:
    """Another store's run of as many entries."""
    count = int.from_bytes(file.read_bytes()[12:20], "little")
    write_run(file, [entries(count)])


DAMAGES: dict[str, Callable[[Path], None]] = {
    "missing": Path.unlink,
    "empty": lambda file: file.write_bytes(b"") and None,
    "cut": cut,
    "longer": lambda file: file.write_bytes(file.read_bytes() + b"\0") and None,
    "magic": flip(0),
    "version": flip(8),
    "count": flip(12),
    "checksum": flip(20),
    "first entry": flip(4096),
    "an entry": flip(4096 + 161),
    "end": flip(-1),
    "fences": flip(-8),
    "foreign": exchange,
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_damaged_run_is_noticed_and_made_anew(stocked: Path, damage: Callable[[Path], None]) -> None:
    damage(run_files(stocked)[0])
    knows_all(stocked)
    knows_all_again(stocked)


def knows_all_again(path: Path) -> None:
    shop = opened(path)
    assert shop.load("purchase", [purchase(f"m{n}", amount=n) for n in range(400)]).counts == {"duplicate": 400}
    shop.close()


def test_without_its_folder_the_index_is_made_anew(stocked: Path) -> None:
    for file in run_files(stocked):
        file.unlink()
    Path(f"{stocked}.messages").rmdir()
    knows_all(stocked)


def test_an_older_store_gets_its_index_when_it_is_opened(stocked: Path) -> None:
    shop = opened(stocked)
    for statement in (
        "DROP TABLE coterie_recent_messages",
        "DROP TABLE coterie_message_runs",
        "DELETE FROM coterie_store WHERE name = 'message_index'",
    ):
        shop.connection.execute(statement)
    shop.close()
    knows_all(stocked)


def test_rows_that_were_written_without_the_index_are_noticed(stocked: Path) -> None:
    """
    A program of before the index may have written to the store since.
    """
    shop = opened(stocked)
    shop.connection.execute("INSERT INTO interaction_visit SELECT 0, 0, 'older', hash('older')")
    shop.close()
    shop = opened(stocked)
    assert shop.load("visit", [purchase("older"), purchase("a")]).added == 0
    shop.close()


def test_files_that_are_left_over_are_deleted(stocked: Path) -> None:
    folder = Path(f"{stocked}.messages")
    (folder / "000000000900.run").write_bytes(b"left over")
    (folder / "000000000901.run.part").write_bytes(b"half of it")
    knows_all(stocked)


def test_hashes_computed_otherwise_make_the_index_anew(stocked: Path) -> None:
    shop = opened(stocked)
    shop.connection.execute("UPDATE coterie_store SET value = 0 WHERE name = 'hash_probe'")
    shop.connection.execute("UPDATE interaction_purchase SET message_hash = 0")
    shop.connection.execute("UPDATE coterie_recent_messages SET message_hash = 0")
    shop.close()
    knows_all(stocked)


def test_damage_that_a_merge_comes_upon_is_mended_by_the_next_load(
    stocked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(message_index, "_VERIFIED_CHUNKS", 0)
    flip(4096 + 161)(run_files(stocked)[0])
    shop = opened(stocked)
    for start in range(400, 800, 20):
        assert shop.load("purchase", [purchase(f"m{n}", amount=n) for n in range(start, start + 20)]).added == 20
    assert shop.load("purchase", [purchase(f"m{n}", amount=n) for n in range(800)]).added == 0
    assert shop._messages.damaged() == []
    shop.close()


@pytest.mark.usefixtures("low_thresholds")
def test_a_check_names_the_damaged_runs(stocked: Path) -> None:
    shop = opened(stocked)
    assert shop._messages.damaged() == []
    flip(4096 + 161)(run_files(stocked)[0])
    assert shop._messages.damaged() == [run_files(stocked)[0]]
    shop.close()


# --- between file and transaction ------------------------------------------------------------------------------------


class KilledError(BaseException):
    """As if the process ended here."""


@pytest.mark.parametrize("point", ["_list_runs", "_delete_recent", "committed"])
def test_a_stop_between_file_and_transaction_loses_and_doubles_nothing(
    stocked: Path, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    shop = opened(stocked)
    more = [purchase(f"n{n}") for n in range(60)]

    def stop(*_: object, **__: object) -> None:
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(message_index.MessageIndex, point, stop)
        patch.setattr(message_index.MessageIndex, "rolled_back", lambda *_, **__: None)
        patch.setattr(message_index, "_RECENT", 70 if point == "_delete_recent" else 50)
        with pytest.raises(KilledError):
            shop.load("purchase", more)
    shop.connection.close()
    shop = opened(stocked)
    accepted = point == "committed"
    assert shop.load("purchase", more).added == (0 if accepted else 60)
    shop.close()
    shop = opened(stocked)
    assert shop.load("purchase", more).added == 0
    assert {file.name for file in run_files(stocked)} == listed(shop)
    shop.close()


def test_a_commit_in_doubt_is_looked_up(stocked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    An interrupt between the commit and the note of it: the store is asked what became of it.
    """
    shop = opened(stocked)
    with monkeypatch.context() as patch:
        patch.setattr(message_index.MessageIndex, "committed", lambda _: (_ for _ in ()).throw(KilledError))
        with pytest.raises(KilledError):
            shop.load("purchase", [purchase("n1")])
    assert shop.load("purchase", [purchase("n1")]).counts == {"duplicate": 1}
    shop.close()


def test_a_load_that_is_undone_leaves_no_file(stocked: Path) -> None:
    shop = opened(stocked)
    before = run_files(stocked)
    with pytest.raises(RuntimeError):
        shop.load("purchase", failing([purchase(f"n{n}") for n in range(300)]))
    assert run_files(stocked) == before
    shop.close()


@pytest.mark.usefixtures("low_thresholds")
def test_a_folder_that_cannot_be_written_is_an_error_of_the_store(path: Path) -> None:
    Path(f"{path}.messages").write_text("a file, no folder")
    shop = opened(path)
    with pytest.raises(StoreError) as caught:
        shop.load("purchase", [purchase(f"m{n}") for n in range(100)])
    assert caught.value.code == "store_failed"
    assert shop.load("purchase", [purchase("m1")]).added == 1
    shop.close()


# --- runs ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 1, 255, 256, 257, 65_536, 65_537, 200_000])
def test_a_run_finds_what_is_in_it_and_nothing_else(tmp_path: Path, count: int) -> None:
    held, others = entries(count), entries(1000, seed=2)
    run = write_run(tmp_path / "a.run", [held[: count // 3], held[count // 3 :]])
    run.verify()
    for kept in (run, Run.of(held), open_run(tmp_path / "a.run", count, run.checksum)):
        for wanted in (held, held[::500]):
            found, same = kept.find(wanted)
            assert found.all()
            assert same.all()
        assert not kept.find(others)[0].any()
        found, same = kept.find(held[::7] ^ np.array([0, 1], np.uint64))
        assert found.all()
        assert not same.any()


def test_of_several_entries_with_one_hash_each_is_found() -> None:
    held = in_order(np.array([[n // 300, n] for n in range(3000)], np.uint64))
    for wanted in (held, held[::500]):
        found, same = Run.of(held).find(wanted)
        assert found.all()
        assert same.all()
    assert not Run.of(held).find(held + np.array([0, 5000], np.uint64))[1].any()


def test_merging_yields_all_entries_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(message_runs, "_PIECE", 1024)
    parts = [entries(count, seed) for seed, count in enumerate([0, 1, 700, 5000, 20_000])]
    pieces = list(merged([Run.of(part) for part in parts]))
    assert len(pieces) > 10
    assert max(map(len, pieces)) < 4096
    assert (np.concatenate(pieces) == in_order(np.concatenate(parts))).all()


def test_places_in_order_are_those_of_a_stable_sort() -> None:
    rng = np.random.default_rng(3)
    for count in (0, 1, 2, 1000, 70_000):
        for high in (3, 2**40, 2**64):
            hashes = rng.integers(0, high, count, dtype=np.uint64)
            assert (message_runs.sorted_places(hashes) == np.argsort(hashes, kind="stable")).all()


def test_a_file_that_is_no_run_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.run").write_bytes(bytes(5000))
    with pytest.raises(DamagedRunError):
        open_run(tmp_path / "a.run", 10, 0)


def test_the_hash_of_content_reads_no_more_than_the_table_has() -> None:
    assert message_hashes.content_hash({}, {}).count("message_id") == 3


def test_a_number_has_one_hash_in_whatever_column_it_stands() -> None:
    numbers = [0, 1, -1, 10, 1200, -1250, 2**62, -(2**63), 2**63 - 1]
    hashes = []
    for type_, scale in (("BIGINT", 0), ("HUGEINT", 0), ("HUGEINT", 2)):
        content = message_hashes.content_hash({"a_n": scale}, {"a_n": type_})
        with closing(duckdb.connect()) as connection:
            connection.execute(
                f"CREATE TABLE t (message_id VARCHAR, contact UINTEGER, occurred_at BIGINT, a_n {type_})"
            )
            for number in numbers:
                connection.execute("INSERT INTO t VALUES ('m', 1, 2, ?)", [number * 10**scale])
            hashes.append([value for (value,) in connection.execute(f"SELECT {content} FROM t").fetchall()])
    assert hashes[0] == hashes[1] == hashes[2]
    assert len(set(hashes[0])) == len(numbers)
