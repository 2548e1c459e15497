"""Since when members are in: read from the newest publication back, no further than needed, and only once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pyroaring import BitMap

from coterie.snapshot import Cause, Change, Journal, Update, entrances, history, journal, reading
from coterie.snapshot.history import History
from coterie.snapshot.naming import FileName
from coterie.snapshot.shelf import Shelf


def published(kept: Journal, number: int, key: str = "s") -> None:
    """Contact `number` enters, as of ten times its number."""
    latest = kept.latest.members.get(key) if kept.latest else None
    entered = BitMap([number])
    kept.publish(
        number,
        number * 10,
        [
            Update(
                key=key,
                definition_version=1,
                definition=None if latest is not None else b"all",
                members=(latest or BitMap()) | entered,
                changes=(Change(cause=Cause.DATA, entered=entered, left=BitMap()),),
            )
        ],
    )


def entered(kept: Journal, *ordinals: int, key: str = "s") -> dict[int, int]:
    return kept.entered({key: BitMap(ordinals)}).entered[key]


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """The entries that were read, in their order."""
    found: list[tuple[str, int]] = []
    read: Callable[..., object] = History.entrance

    def noted(self: History, key: str, number: int) -> object:
        found.append((key, number))
        return read(self, key, number)

    monkeypatch.setattr(History, "entrance", noted)
    return found


@pytest.fixture
def kept() -> Journal:
    """Ten contacts entered, one with each publication."""
    kept = Journal.open(None)
    for number in range(1, 11):
        published(kept, number)
    return kept


def test_nothing_is_read_beyond_the_member_that_entered_first(kept: Journal, reads: list[tuple[str, int]]) -> None:
    assert entered(kept, 9, 8) == {9: 90, 8: 80}
    assert reads == [("s", 10), ("s", 9), ("s", 8)]


def test_what_was_read_is_not_read_again(kept: Journal, reads: list[tuple[str, int]]) -> None:
    entered(kept, 5)
    published(kept, 11)
    reads.clear()
    assert entered(kept, 11, 7) == {11: 110, 7: 70}
    assert reads == [("s", 11)]
    assert entered(kept, 4) == {4: 40}
    assert reads == [("s", 11), ("s", 4)]


def test_of_several_segments_the_newest_files_are_read_first(kept: Journal, reads: list[tuple[str, int]]) -> None:
    for number in (11, 12, 13):
        published(kept, number, "t")
        published(kept, number, "s")
    kept.entered({"s": BitMap([10]), "t": BitMap([11])})
    assert reads == [("s", 16), ("t", 15), ("s", 14), ("t", 13), ("s", 12), ("t", 11), ("s", 10)]


def test_a_question_reads_so_much_and_the_next_one_goes_on(kept: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "_LOOKED_THROUGH", 4)
    monkeypatch.setattr(journal, "_READ_AT_ONCE", 2)
    assert entered(kept, 9, 3) == {9: 90}
    assert entered(kept, 9, 3) == {9: 90, 3: 30}


def test_who_is_not_found_entered_before_all_that_was_looked_through(
    kept: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "_LOOKED_THROUGH", 4)
    monkeypatch.setattr(journal, "_READ_AT_ONCE", 2)
    first, second = (kept.entered({"s": BitMap([9, 2])}) for _ in range(2))
    assert (first.entered["s"], first.back) == ({9: 90}, {"s": 70})
    assert (second.entered["s"], second.back) == ({9: 90}, {"s": 30})
    assert kept.entered({"s": BitMap([9, 8])}).back == {}


def test_who_entered_before_what_is_kept_entered_before_its_beginning(kept: Journal) -> None:
    kept.retain(50)
    assert kept.entered({"s": BitMap([9, 2])}).back == {"s": 50}


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch, reads: list[tuple[str, int]]) -> None:
    """
    The segment that was not asked about for longest is forgotten.
    """
    monkeypatch.setattr(entrances, "_REMEMBERED", 4)
    kept = Journal.open(None)
    for number in range(1, 4):
        published(kept, number, "s")
        published(kept, number, "t")
    entered(kept, 1, key="s")
    entered(kept, 1, key="t")
    reads.clear()
    entered(kept, 1, key="t")
    assert reads == []
    assert entered(kept, 1, key="s") == {1: 10}
    assert len(reads) == 3


def test_who_is_not_in_has_no_entrance_and_is_not_looked_for(kept: Journal, reads: list[tuple[str, int]]) -> None:
    assert entered(kept, 77) == {}
    assert reads == []


def test_once_files_are_dropped_what_they_said_is_not_told_any_more(kept: Journal) -> None:
    assert entered(kept, 3, 8) == {3: 30, 8: 80}
    kept.retain(50)
    assert entered(kept, 3, 5, 8) == {5: 50, 8: 80}


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that were opened, in their order."""
    found: list[str] = []
    read = reading.read_tail

    def noted(shelf: Shelf, name: FileName) -> object:
        found.append(str(name))
        return read(shelf, name)

    monkeypatch.setattr(reading, "read_tail", noted)
    return found


def many_of_two(count: int) -> Journal:
    """Two segments that a contact entered with each of so many publications."""
    kept = Journal.open(None)
    for number in range(1, count + 1):
        published(kept, number, key="s" if number % 2 else "t")
    return kept


def test_files_that_others_read_before_are_not_opened_again(opened: list[str]) -> None:
    kept = many_of_two(200)
    entered(kept, 1, key="s")
    opened.clear()
    entered(kept, 2, key="t")
    entered(kept, 1, key="s")
    assert len(opened) <= 101, "the hundred files of the other segment, and not those of this one"


def test_of_files_with_many_entries_few_stay_open(opened: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "_OPEN_ENTRIES", 20)
    kept = many_of_two(100)
    assert entered(kept, 1, key="s") == {1: 10}
    assert len(kept._history._files) <= 10
    opened.clear()
    assert entered(kept, 2, key="t") == {2: 20}
    assert len(opened) > 40
