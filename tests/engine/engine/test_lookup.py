"""The segments of a contact say what the memberships say: after any publication, for any contact, from any thread."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Event
from typing import Any, NoReturn

import pytest
from engine_shop import EVERYONE, NOW, segment, static
from pyroaring import BitMap

import coterie
from coterie import Engine
from coterie.backends.duckdb.backend import DuckDBBackend
from coterie.engine.lookup import Lookup
from coterie.snapshot import Cause, Change

Sets = Mapping[str, BitMap]


def changes(before: Sets, after: Sets) -> dict[str, list[Change]]:
    """What led from some sets to others, parted by two causes."""
    found: dict[str, list[Change]] = {}
    for key, members in after.items():
        former = before.get(key, BitMap())
        entered, left = members - former, former - members
        half = BitMap(list(entered)[::2])
        if entered or left:
            found[key] = [
                Change(cause=Cause.DATA, entered=half, left=left),
                Change(cause=Cause.TIME, entered=entered - half, left=BitMap()),
            ]
    return found


def keys_in(sets: Sets, ordinal: int) -> tuple[str, ...]:
    return tuple(sorted(key for key, members in sets.items() if ordinal in members))


def assert_alike(lookup: Lookup, sets: Sets, contacts: int) -> None:
    for ordinal in range(contacts):
        assert lookup.keys_of(ordinal) == keys_in(sets, ordinal)


# --- one publication after another -----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(10))
def test_it_follows_random_publications(seed: int) -> None:
    """
    Segments start, stop, start again, grow beyond the rows there are, and change by two causes at once.
    """
    rng = Random(seed)
    contacts = 40
    sets: dict[str, BitMap] = {}
    lookup = Lookup(sets, 0)
    followed = 0
    for _ in range(60):
        before = dict(sets)
        contacts += rng.choice((0, 0, 0, 1, 30))
        for key in rng.sample([f"s{number}" for number in range(30)], 3):
            if key in sets and rng.random() < 0.15:
                del sets[key]
            else:
                former = sets.get(key, BitMap())
                sets[key] = former ^ BitMap(rng.sample(range(contacts), rng.randrange(8)))
        if lookup.follow(sets, changes(before, sets)):
            followed += 1
        else:
            lookup = Lookup(sets, contacts)
        assert_alike(lookup, sets, contacts + 5)
    assert followed > 10


def test_a_contact_beyond_every_bitmap_is_in_no_segment() -> None:
    lookup = Lookup({"a": BitMap([3])}, 4)
    assert [lookup.keys_of(ordinal) for ordinal in (3, 4, 5, 10**9)] == [("a",), (), (), ()]


def test_a_member_beyond_the_rows_makes_it_new() -> None:
    before = {"a": BitMap([0])}
    lookup = Lookup(before, 1)
    after = {"a": BitMap([0, 1000])}
    assert not lookup.follow(after, changes(before, after))
    assert lookup.keys_of(0) == ("a",), "it still says what it said"


def test_a_segment_that_is_gone_makes_it_new() -> None:
    lookup = Lookup({"a": BitMap([0]), "b": BitMap([0])}, 1)
    assert not lookup.follow({"a": BitMap([0])}, {})


def test_new_segments_find_room_until_there_is_none() -> None:
    sets = {"a": BitMap([0])}
    lookup = Lookup(sets, 1)
    for number in range(1000):
        more = {**sets, f"b{number:04d}": BitMap([0])}
        if not lookup.follow(more, changes(sets, more)):
            break
        sets = more
        assert lookup.keys_of(0) == tuple(sets)
    assert 64 <= len(sets) < 1000


# --- while a publication is taken over -------------------------------------------------------------------------------


def test_in_the_middle_of_a_publication_it_says_nothing() -> None:
    told: list[object] = []

    class Asked(Lookup):
        def _set(self, key: str, members: BitMap) -> None:
            super()._set(key, members)
            told.append(self.keys_of(0))

    before, after = {"a": BitMap(), "b": BitMap()}, {"a": BitMap([0]), "b": BitMap([0])}
    lookup = Asked(before, 1)
    told.clear()
    assert lookup.follow(after, changes(before, after))
    assert set(told) == {None}
    assert lookup.keys_of(0) == ("a", "b")


def test_one_that_begins_to_read_before_a_publication_and_ends_after_it_is_told_nothing() -> None:
    before, after = {"a": BitMap([0]), "b": BitMap()}, {"a": BitMap(), "b": BitMap([0])}
    lookup = Lookup(before, 1)
    whole = lookup._bits

    class PublishedMeanwhile:
        def __len__(self) -> int:
            return len(whole)

        def __getitem__(self, ordinal: int) -> Any:
            lookup._bits = whole
            assert lookup.follow(after, changes(before, after))
            return whole[ordinal]

    lookup._bits = PublishedMeanwhile()  # type: ignore[assignment]
    assert lookup.keys_of(0) is None
    assert lookup.keys_of(0) == ("b",)


def test_one_in_which_a_publication_was_broken_off_says_nothing_and_is_made_anew() -> None:
    class Broken(Lookup):
        def _clear(self, *_: object) -> None:
            raise MemoryError

    before, after = {"a": BitMap([0]), "b": BitMap()}, {"a": BitMap(), "b": BitMap([0])}
    lookup = Broken(before, 1)
    with pytest.raises(MemoryError):
        lookup.follow(after, changes(before, after))
    assert lookup.keys_of(0) is None
    assert not lookup.follow(before, changes(after, before))
    assert lookup.keys_of(0) is None


# --- as the engine has it --------------------------------------------------------------------------------------------

PEOPLE = [f"c{number:02d}" for number in range(24)]


@pytest.fixture
def crowd() -> Iterator[Engine]:
    catalog = {"coterie": 1, "contact": {"key": "id", "attributes": {}}, "interactions": {"visit": {"attributes": {}}}}
    with coterie.open(":memory:", catalog, threads=1) as engine:
        engine.load("contact", [{"id": contact} for contact in PEOPLE[:4]])
        yield engine


def assert_as_published(engine: Engine, contacts: list[str]) -> None:
    published = engine.published
    for contact in contacts:
        assert engine.segments_of(contact) == tuple(sorted(key for key in published if contact in published[key]))


@pytest.mark.parametrize("seed", range(3))
def test_segments_of_says_what_the_memberships_say_after_any_publication(crowd: Engine, seed: int) -> None:
    rng = Random(seed)
    files: dict[str, dict[str, Any]] = {"all": segment("all", EVERYONE)}
    known = 4
    for _ in range(25):
        for key in rng.sample([f"s{number}" for number in range(8)], 2):
            if key in files and rng.random() < 0.3:
                del files[key]
            else:
                files[key] = static(key, *rng.sample(PEOPLE, rng.randrange(8)))
        if known < len(PEOPLE) and rng.random() < 0.4:
            crowd.load("contact", [{"id": PEOPLE[known]}])
            known += 1
        crowd.refresh(files, as_of=NOW)
        assert_as_published(crowd, PEOPLE)


def test_a_segment_that_is_stopped_and_started_again_comes_back(crowd: Engine) -> None:
    files = {"a": static("a", "c00"), "b": static("b", "c00", "c01")}
    for live, told in ((("a", "b"), ("a", "b")), (("a",), ("a",)), (("b", "a"), ("a", "b")), ((), ())):
        crowd.refresh({key: files[key] for key in live}, as_of=NOW)
        assert crowd.segments_of("c00") == told


def test_a_contact_that_is_not_known_is_in_none_also_where_it_was_heard_of(crowd: Engine) -> None:
    crowd.refresh({"all": segment("all", EVERYONE)}, as_of=NOW)
    record = {"id": "heard-of", "occurred_at": "2026-11-20T10:00Z"}
    crowd.ingest([{"type": "interaction", "interaction": "visit", "record": record}])
    crowd.refresh(as_of=NOW)
    assert crowd.segments_of("c00") == ("all",)
    assert crowd.segments_of("heard-of") == crowd.segments_of("nobody") == ()


def counted(monkeypatch: pytest.MonkeyPatch, before: Callable[[], object] = lambda: None) -> list[int]:
    """The numbers of segments for which a lookup was made; `before` is done while it is made."""
    made: list[int] = []

    class Counted(Lookup):
        def __init__(self, sets: Sets, contacts: int) -> None:
            made.append(len(sets))
            before()
            super().__init__(sets, contacts)

    monkeypatch.setattr("coterie.engine.keeping.Lookup", Counted)
    return made


def test_what_was_prepared_is_not_made_by_the_first_question(crowd: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    made = counted(monkeypatch)
    crowd.prepare_lookup()
    assert made == [], "nothing is published"
    crowd.refresh({"all": segment("all", EVERYONE), "a": static("a", "c00")}, as_of=NOW)
    crowd.prepare_lookup()
    assert (crowd.segments_of("c00"), made) == (("a", "all"), [2])
    crowd.refresh({"all": segment("all", EVERYONE)}, as_of=NOW)
    crowd.prepare_lookup()
    crowd.prepare_lookup()
    assert (crowd.segments_of("c00"), made) == (("all",), [2, 1])


def test_keys_that_were_prepared_are_looked_up_in_memory(crowd: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    crowd.refresh({"all": segment("all", EVERYONE)}, as_of=NOW)
    crowd.prepare_lookup()

    def asked(*_: object) -> NoReturn:
        raise AssertionError("the store is asked")

    monkeypatch.setattr(DuckDBBackend, "query", asked)
    monkeypatch.setattr("coterie.backends.duckdb.key_directory.keys_from", asked)
    assert crowd.segments_of("c00") == ("all",)


def test_while_it_is_made_others_are_answered_without_waiting(crowd: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    making, answered = Event(), Event()

    def until_answered() -> None:
        making.set()
        assert answered.wait(20)

    made = counted(monkeypatch, until_answered)
    crowd.refresh({"all": segment("all", EVERYONE), "a": static("a", "c01")}, as_of=NOW)
    with ThreadPoolExecutor(1) as pool:
        prepared = pool.submit(crowd.prepare_lookup)
        assert making.wait(20)
        assert (crowd.segments_of("c00"), crowd.segments_of("c01")) == (("all",), ("a", "all"))
        answered.set()
        prepared.result()
    assert made == [2]


@pytest.fixture
def restless() -> Iterator[None]:
    """Threads give way to one another all the time."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("restless")
def test_nobody_ever_reads_half_of_two_publications(crowd: Engine) -> None:
    """
    With each publication one contact leaves half of the segments, and enters the other half.
    """
    even, odd = [f"s{number:02d}" for number in range(0, 40, 2)], [f"s{number:02d}" for number in range(1, 40, 2)]
    possible = {tuple(even), tuple(odd)}
    ended = False

    def publish(turn: int) -> None:
        inside = (even, odd)[turn % 2]
        files = {key: static(key, *(["c00"] if key in inside else ["c01"])) for key in (*even, *odd)}
        crowd.refresh(files, as_of=NOW)

    def read() -> set[tuple[str, ...]]:
        told: set[tuple[str, ...]] = set()
        while not ended:
            told.add(crowd.segments_of("c00"))
        return told

    publish(0)
    with ThreadPoolExecutor(3) as pool:
        readers = [pool.submit(read) for _ in range(3)]
        try:
            for turn in range(1, 40):
                publish(turn)
        finally:
            ended = True
    told = [reader.result() for reader in readers]
    assert set.union(*told) == possible
