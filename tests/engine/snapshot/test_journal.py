"""What a journal of publications promises, one fact at a time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from pyroaring import BitMap

from coterie.errors import StoreError
from coterie.snapshot import Cause, Change, Journal, State, Update, checksum


def started(key: str, *members: int, text: bytes = b"text") -> Update:
    everyone = BitMap(members)
    entered = Change(cause=Cause.DEFINITION, entered=everyone, left=BitMap())
    return Update(key=key, definition_version=1, definition=text, members=everyone, changes=(entered,))


def changed(key: str, members: set[int], entered: set[int], left: set[int], cause: Cause = Cause.DATA) -> Update:
    change = Change(cause=cause, entered=BitMap(entered), left=BitMap(left))
    return Update(key=key, definition_version=1, members=BitMap(members), changes=(change,))


def test_nothing_is_published_at_first(tmp_path: Path) -> None:
    for journal in (Journal.open(tmp_path / "s"), Journal.open(None)):
        assert journal.latest is None
        assert journal.publications() == []
        assert journal.log("vip") == []
        assert journal.members_at("vip", 0) is None
        assert journal.retain(5) == 0
        assert journal.set_aside == ()


def test_a_snapshot_says_what_was_published() -> None:
    journal = Journal.open(None)
    publication = journal.publish(3, 1000, [started("vip", 1, 2)])
    snapshot = publication.segments["vip"]
    assert (snapshot.key, snapshot.definition_version, snapshot.data_version, snapshot.as_of) == ("vip", 1, 3, 1000)
    assert (snapshot.members, snapshot.count, snapshot.publication) == (BitMap([1, 2]), 2, 1)
    assert snapshot.checksum == checksum(BitMap([1, 2]))
    assert publication.definitions == {"vip": (1, b"text")}
    assert journal.latest is publication


def test_a_segment_that_did_not_change_moves_on_with_the_others() -> None:
    journal = Journal.open(None)
    first = journal.publish(1, 10, [started("vip", 1), started("new", 2)])
    second = journal.publish(2, 20, [changed("new", {2, 3}, {3}, set())])
    snapshot = second.segments["vip"]
    assert (snapshot.data_version, snapshot.as_of, snapshot.publication) == (2, 20, 2)
    assert snapshot.members is first.segments["vip"].members
    assert first.segments["new"].members == BitMap([2])  # a publication never changes
    assert [entry.publication for entry in journal.log("vip")] == [1]


def test_an_empty_publication_only_moves_the_moment(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path)
    journal.publish(1, 10, [started("vip", *range(1000))])
    journal.publish(1, 20, [])
    assert (tmp_path / "000000000002@20.publication").stat().st_size == 96  # head and tail
    latest = Journal.open(tmp_path).latest
    assert latest is not None
    assert latest.segments["vip"].as_of == 20


def test_a_failing_segment_keeps_its_last_good_snapshot_until_it_is_good_again() -> None:
    journal = Journal.open(None)
    journal.publish(1, 10, [started("vip", 1)])
    journal.publish(2, 20, [])
    journal.publish(
        3,
        30,
        [Update(key="vip", definition_version=2, definition=b"worse", state=State.FAILING, problems=b'["why"]')],
    )
    latest = journal.publish(4, 40, [])
    snapshot = latest.segments["vip"]
    assert (snapshot.definition_version, snapshot.data_version, snapshot.as_of, snapshot.publication) == (1, 2, 20, 2)
    assert latest.failing == {"vip": b'["why"]'}
    assert latest.definitions == {"vip": (2, b"worse")}
    again = journal.publish(5, 50, [Update(key="vip", definition_version=2)])
    assert again.failing == {}
    snapshot = again.segments["vip"]
    assert (snapshot.definition_version, snapshot.data_version, snapshot.publication) == (2, 5, 5)


def test_a_segment_that_was_never_good_has_no_snapshot() -> None:
    journal = Journal.open(None)
    latest = journal.publish(1, 10, [Update(key="vip", definition_version=1, definition=b"", state=State.FAILING)])
    assert set(latest.failing) == {"vip"}
    assert latest.segments == {}
    assert journal.members_at("vip", 10) is None


def test_a_stopped_segment_is_not_published_but_can_be_looked_at_and_started_again() -> None:
    journal = Journal.open(None)
    journal.publish(1, 10, [started("vip", 1, 2)])
    stopped = journal.publish(2, 20, [Update(key="vip", definition_version=1, state=State.STOPPED)])
    assert stopped.segments == stopped.definitions == {}
    assert stopped.stopped["vip"].members == BitMap([1, 2])
    with pytest.raises(KeyError):
        stopped.segments["vip"]
    assert journal.members_at("vip", 19) == BitMap([1, 2])
    assert journal.members_at("vip", 20) is None
    journal.publish(3, 30, [changed("vip", {2, 3}, {3}, {1}, Cause.DEFINITION)])
    assert journal.members_at("vip", 30) == BitMap([2, 3])


def test_what_fails_when_it_is_started_again_is_withheld_until_it_is_good() -> None:
    """
    What was published before it was stopped cannot be used; but changes still lead on from there.
    """
    journal = Journal.open(None)
    journal.publish(1, 10, [started("vip", 1, 2)])
    journal.publish(2, 20, [Update(key="vip", definition_version=1, state=State.STOPPED)])
    for number in (3, 4):
        update = Update(key="vip", definition_version=number, definition=b"", state=State.FAILING, problems=b"no")
        withheld = journal.publish(number, 10 * number, [update])
        assert (withheld.segments, withheld.members, withheld.failing) == ({}, {}, {"vip": b"no"})
        assert withheld.definitions == {"vip": (number, b"")}
        assert withheld.stopped["vip"].members == BitMap([1, 2])
        assert journal.members_at("vip", 10 * number) is None
    moved = changed("vip", {2, 3}, {3}, {1}, Cause.DEFINITION)
    good = journal.publish(5, 50, [replace(moved, definition_version=4)])
    assert good.segments["vip"].members == BitMap([2, 3])
    failing = journal.publish(6, 60, [Update(key="vip", definition_version=4, state=State.FAILING)])
    assert failing.segments["vip"].members == BitMap([2, 3])


def test_the_log_tells_causes_newest_first() -> None:
    journal = Journal.open(None)
    journal.publish(1, 10, [started("vip", 1)])
    changes = (
        Change(cause=Cause.DATA, entered=BitMap([2]), left=BitMap()),
        Change(cause=Cause.TIME, entered=BitMap(), left=BitMap([2])),
    )
    journal.publish(2, 20, [Update(key="vip", definition_version=1, members=BitMap([1]), changes=changes)])
    log = journal.log("vip")
    assert [(entry.cause, entry.publication) for entry in log] == [("time", 2), ("data", 2), ("definition", 1)]
    assert (log[0].left, log[1].entered, log[1].as_of, log[1].data_version) == (BitMap([2]), BitMap([2]), 20, 2)
    assert journal.log("vip", since=20) == log[:2]
    assert journal.log("vip", limit=1) == log[:1]
    assert journal.log("vip", before=2) == log[2:]
    assert journal.log("vip", before=1) == []


CONTRADICTIONS = {
    "updated twice": [started("a", 1), started("a", 1)],
    "needs its definition": [Update(key="a", definition_version=1, members=BitMap())],
    "needs its text": [Update(key="old", definition_version=2)],
    "only a live segment": [Update(key="old", definition_version=1, state=State.STOPPED, members=BitMap())],
    "withheld by itself": [Update(key="old", definition_version=1, state=State.WITHHELD)],
    "only a failing segment": [Update(key="old", definition_version=1, problems=b"no")],
    "needs members": [Update(key="a", definition_version=1, definition=b"")],
    "lead to new members": [
        Update(
            key="old",
            definition_version=1,
            changes=(Change(cause=Cause.DATA, entered=BitMap([5]), left=BitMap()),),
        )
    ],
    "lead to 3 members, not to 2": [changed("old", {2, 3}, {3}, set())],
    # As many as there should be, but others:
    "lead to other members than its own": [changed("old", {3, 4}, {3}, {1})],
    "other members than": [changed("old", {1, 2}, {1}, {2})],
    "other members": [changed("old", {2, 3}, {4}, {1})],
    "lead to other members": [changed("old", {1, 3}, set(), set())],
    "to other members": [changed("old", {1, 3}, {5}, {5})],
    "lead to other members than its": [
        Update(
            key="old",
            definition_version=1,
            members=BitMap([1, 2, 3, 4]),
            changes=tuple(
                Change(cause=cause, entered=BitMap([3]), left=BitMap()) for cause in (Cause.DATA, Cause.TIME)
            ),
        )
    ],
}


@pytest.mark.parametrize("reason", CONTRADICTIONS)
def test_updates_that_contradict_what_they_follow_are_refused(tmp_path: Path, reason: str) -> None:
    journal = Journal.open(tmp_path)
    before = journal.publish(1, 1, [started("old", 1, 2)])
    with pytest.raises(ValueError, match=reason):
        journal.publish(2, 2, CONTRADICTIONS[reason])
    assert journal.latest is before
    assert len(list(tmp_path.iterdir())) == 1


def test_what_is_given_again_is_not_written_again(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path)
    text = b"x" * 5000
    journal.publish(1, 1, [started("vip", *range(0, 30_000, 3), text=text)])
    journal.publish(2, 2, [Update(key="vip", definition_version=1, definition=text)])
    first, second = (path.stat().st_size for path in sorted(tmp_path.iterdir()))
    assert first < 5000 + 2 * 10_000 + 1000  # everyone entered: one bitmap serves for both
    assert second < 400


def test_full_ones_are_spread_over_publications_and_deltas_stay_few(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path)
    keys = [f"segment {number}" for number in range(60)]
    members = {0, *range(1, 40_000, 2)}  # 8 kB in full
    journal.publish(0, 0, [started(key, *members) for key in keys])
    for number in range(1, 200):
        entered, left = ({2}, {0}) if number % 2 else ({0}, {2})
        members = (members - left) | entered
        bitmap = BitMap(members)
        change = Change(cause=Cause.DATA, entered=BitMap(entered), left=BitMap(left))
        journal.publish(
            number, number, [Update(key=key, definition_version=1, members=bitmap, changes=(change,)) for key in keys]
        )
    sizes = [path.stat().st_size for path in sorted(tmp_path.iterdir())]
    full = 40_000 // 8
    assert max(sizes[1:]) < sizes[0] / 3
    assert sum(sizes[1:]) - 199 * min(sizes[1:]) > 60 * full  # each was written in full again
    assert sum(sizes[1:]) - 199 * min(sizes[1:]) < 60 * full * 5


def test_retention_keeps_the_moment_itself(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path)
    journal.publish(1, 10, [started("vip", 1)])
    journal.publish(2, 20, [changed("vip", {1, 2}, {2}, set())])
    journal.publish(3, 30, [changed("vip", {2}, set(), {1})])
    assert journal.retain(25) == 1
    for kept in (journal, Journal.open(tmp_path)):
        assert kept.members_at("vip", 25) == BitMap([1, 2])
        assert kept.members_at("vip", 19) is None
        assert kept.members_at("vip", 30) == BitMap([2])
        assert [entry.publication for entry in kept.log("vip")] == [3, 2]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["000000000002@20.base", "000000000003@30.publication"]


def test_a_folder_that_cannot_be_made_is_an_error_of_the_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        Journal.open(tmp_path / "no" / "such")
    assert caught.value.code == "snapshots_failed"
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreError):
        Journal.open(tmp_path / "file")
