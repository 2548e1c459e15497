"""Damaged files: an error that says which and what to do, or the same answer; never another one."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from journal_history import KEYS, History, assert_same
from pyroaring import BitMap

from coterie.errors import StoreError
from coterie.snapshot import Cause, Change, Journal, Update
from coterie.snapshot import journal as journal_module
from coterie.snapshot.layout import CLOSING, END, HEAD, MAGIC


def published(folder: Path, seed: int = 7, steps: int = 6) -> History:
    """A small journal in a folder, and what it holds."""
    random, history, journal = Random(seed), History(), Journal.open(folder)
    for _ in range(steps):
        history.step(random, journal)
    return history


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.publication")) + sorted(folder.glob("*.base"))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def refusal(folder: Path) -> StoreError:
    """The error on opening, which changes nothing."""
    before = contents(folder)
    with pytest.raises(StoreError) as caught:
        Journal.open(folder)
    assert contents(folder) == before
    return caught.value


def assert_error_or_same(folder: Path, history: History) -> None:
    error = None
    try:
        assert_same(Journal.open(folder), history)
    except StoreError as caught:
        error = caught
    assert error is None or error.code in {"snapshots_damaged", "snapshots_newer"}
    assert error is None or (Path(error.path).parent == folder and error.hint)


@pytest.mark.parametrize("which", [0, 2, -1])
def test_a_flipped_bit_is_an_error_or_changes_no_answer(tmp_path: Path, which: int) -> None:
    history = published(tmp_path / "s")
    path = files(tmp_path / "s")[which]
    data = path.read_bytes()
    for place in range(0, len(data), 3):
        path.write_bytes(data[:place] + bytes([data[place] ^ (1 << place % 8)]) + data[place + 1 :])
        assert_error_or_same(tmp_path / "s", history)


@pytest.mark.parametrize("which", [0, 2, -1])
def test_a_file_that_was_cut_off_is_an_error(tmp_path: Path, which: int) -> None:
    published(tmp_path / "s")
    path = files(tmp_path / "s")[which]
    data = path.read_bytes()
    for size in [*range(0, len(data), 7), len(data) - 1]:
        path.write_bytes(data[:size])
        error = refusal(tmp_path / "s")
        assert (error.code, error.path) == ("snapshots_damaged", str(path))
    path.write_bytes(data + b"\0")
    assert refusal(tmp_path / "s").code == "snapshots_damaged"


def test_every_flipped_byte_is_found_by_the_check(tmp_path: Path) -> None:
    published(tmp_path / "s", steps=3)
    journal = Journal.open(tmp_path / "s")
    journal.check()
    for path in files(tmp_path / "s"):
        data = path.read_bytes()
        for place in range(0, len(data), 5):
            path.write_bytes(data[:place] + bytes([data[place] ^ 0x10]) + data[place + 1 :])
            with pytest.raises(StoreError):
                journal.check()
        path.write_bytes(data)
    journal.check()


def remove_middle(folder: Path) -> Path:
    files(folder)[2].unlink()
    return files(folder)[2]


def remove_first(folder: Path) -> Path:
    files(folder)[0].unlink()
    return files(folder)[0]


def swap_names(folder: Path) -> Path:
    first, last = files(folder)[0], files(folder)[-1]
    first.write_bytes(last.read_bytes())
    return first


def put_foreign(folder: Path) -> Path:
    path = files(folder)[-1]
    path.write_bytes(b"PAR1" + bytes(200))
    return path


def put_empty(folder: Path) -> Path:
    path = files(folder)[-1]
    path.write_bytes(b"")
    return path


def put_twin(folder: Path) -> Path:
    path = files(folder)[-1]
    number, moment = path.stem.split("@")
    twin = folder / f"{number}@{int(moment) + 1}.publication"
    twin.write_bytes(path.read_bytes())
    return twin


@pytest.mark.parametrize("harm", [remove_middle, remove_first, swap_names, put_foreign, put_empty, put_twin])
def test_a_folder_that_is_not_as_written_is_refused_and_repaired(tmp_path: Path, harm: Callable[[Path], Path]) -> None:
    folder = tmp_path / "s"
    history = published(folder)
    culprit = harm(folder)
    error = refusal(folder)
    assert (error.code, error.path) == ("snapshots_damaged", str(culprit))
    before = contents(folder)
    journal = Journal.open(folder, repair=True)
    number = int(culprit.name.split("@")[0])
    history.moments = [moment for moment in history.moments if moment.number < number or harm is put_twin]
    if harm in {remove_first, remove_middle}:
        history.moments = history.moments[: number - 2]
    assert_same(journal, history)
    assert str(culprit) + ".damaged" in journal.set_aside
    assert sorted(contents(folder).values()) == sorted(before.values())  # renamed, never deleted
    history.step(Random(3), journal)
    assert journal.latest is not None
    assert journal.latest.number == 7  # a number is never given twice
    assert_same(Journal.open(folder), history)


def test_a_file_of_a_newer_version_is_refused_even_by_a_repair(tmp_path: Path) -> None:
    published(tmp_path / "s")
    path = files(tmp_path / "s")[-1]
    newer = HEAD.pack(MAGIC, 2, 0) + path.read_bytes()[HEAD.size : -CLOSING.size]
    path.write_bytes(newer + CLOSING.pack(zlib.crc32(newer), 0, END))
    assert refusal(tmp_path / "s").code == "snapshots_newer"
    with pytest.raises(StoreError, match="version 2"):
        Journal.open(tmp_path / "s", repair=True)


def test_a_file_that_only_seems_newer_is_damaged_and_repaired(tmp_path: Path) -> None:
    """A bit of the version flipped: there is no newer Coterie that could read it."""
    published(tmp_path / "s")
    path = files(tmp_path / "s")[-1]
    path.write_bytes(HEAD.pack(MAGIC, 17, 0) + path.read_bytes()[HEAD.size :])
    assert refusal(tmp_path / "s").code == "snapshots_damaged"
    assert Journal.open(tmp_path / "s", repair=True).set_aside == (f"{path}.damaged",)


def test_what_is_not_ours_is_left_alone_and_what_was_left_over_is_deleted(tmp_path: Path) -> None:
    history = published(tmp_path / "s")
    (tmp_path / "s" / "000000000007@1.publication.tmp").write_bytes(b"half")
    (tmp_path / "s" / "notes.tmp").write_bytes(b"mine")
    assert_same(Journal.open(tmp_path / "s"), history)
    assert {path.name for path in tmp_path.glob("s/*.tmp")} == {"notes.tmp"}


def test_two_repairs_keep_both_files(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    published(folder, steps=1)
    put_empty(folder)
    (folder / f"{files(folder)[0].name}.damaged").write_bytes(b"of an earlier repair")
    Journal.open(folder, repair=True)
    assert sorted(data for data in contents(folder).values()) == [b"", b"of an earlier repair"]


def test_deltas_that_do_not_add_up_are_found_by_the_checksum(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "check_updates", lambda *_: None)  # which refuses them
    journal = Journal.open(tmp_path / "s")
    everyone = Change(cause=Cause.DATA, entered=BitMap([1, 2]), left=BitMap())
    journal.publish(
        1, 1, [Update(key="a", definition_version=1, definition=b"a", members=BitMap([1, 2]), changes=(everyone,))]
    )
    wrong = Change(cause=Cause.DATA, entered=BitMap([2]), left=BitMap())  # who is in already
    journal.publish(2, 2, [Update(key="a", definition_version=1, members=BitMap([1, 2, 3]), changes=(wrong,))])
    error = refusal(tmp_path / "s")
    assert "checksum" in str(error)
    again = Journal.open(tmp_path / "s", repair=True).latest
    assert again is not None
    assert again.number == 1


def test_keys_of_the_history_are_all_used(tmp_path: Path) -> None:
    history = published(tmp_path / "s")
    assert set(history.moments[-1].segments) == set(KEYS)


def test_a_damaged_base_gives_way_to_the_files_it_was_made_of_while_they_are_there(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    history = published(folder)
    before = contents(folder)
    Journal.open(folder).retain(history.moments[-1].as_of)
    (base,) = files(folder)
    base.write_bytes(base.read_bytes()[:-1])
    for name, data in before.items():  # as when the process ended before it deleted them
        (folder / name).write_bytes(data)
    assert refusal(folder).path == str(base)
    journal = Journal.open(folder, repair=True)
    assert journal.set_aside == (f"{base}.damaged",)
    assert_same(journal, history)
