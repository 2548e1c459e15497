"""Times of interactions kept in memory: always the answer that the data give, and few statements as bounds move on."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from coterie.backends.duckdb import dated
from coterie.backends.duckdb.backend import DuckDBBackend
from coterie.backends.duckdb.store import Store
from coterie.backends.duckdb.time_slices import TimeSlices
from coterie.catalog import parse_catalog
from coterie.errors import CoterieError
from coterie.planning.backend import DateColumn

CATALOG = parse_catalog(
    {
        "contact": {"key": "id", "attributes": {"city": "text"}},
        "interactions": {"visit": {"attributes": {}}, "call": {"attributes": {}}},
    }
)
VISITED = DateColumn(interaction="visit")
SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
NOON = 1_795_435_200_000  # 2026-11-23T12:00Z


class World:
    """A store, and beside it what was put there, as a list. Contacts are numbers, from 0 in order of appearance."""

    def __init__(self, **bounds: int) -> None:
        self.store = Store.open(":memory:", CATALOG, time_zone="UTC", threads=1)
        self.backend = DuckDBBackend(self.store)
        self.backend.load("contact", [{"id": str(number)} for number in range(100)])
        self.slices = TimeSlices(self, self.store.changes, **bounds)  # type: ignore[arg-type]
        self.visits: list[tuple[int, int]] = []
        self.statements: list[str] = []
        self.messages = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.backend, name)

    def query(
        self, statement: str, parameters: Sequence[object] = (), tables: Mapping[str, pa.Table] | None = None
    ) -> pa.Table:
        self.statements.append(statement)
        return self.backend.query(statement, parameters, tables)

    def visit(self, *visits: tuple[int, int]) -> None:
        """Ingest visits: when, and whose."""
        self.backend.ingest([visited(self._record(when, contact)) for when, contact in visits])
        self.visits += visits

    def visit_again(self) -> None:
        """The last message once more: it counts once."""
        when, contact = self.visits[-1]
        self.messages -= 1
        self.backend.ingest([visited(self._record(when, contact))])

    def load(self, *visits: tuple[int, int]) -> None:
        self.backend.load("visit", [self._record(when, contact) for when, contact in visits])
        self.visits += visits

    def _record(self, when: int, contact: int) -> dict[str, object]:
        self.messages += 1
        moment = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=when)).isoformat()
        return {"message_id": f"m{self.messages}", "id": str(contact), "occurred_at": moment}

    # --- what is asked, and what a list has to say

    def holding(self, start: int, end: int) -> list[int]:
        found = sorted(set(self.slices.holding("visit", [(start, end)])[0].tolist()))
        assert found == self.backend.holding(VISITED, [(start, end)])[0].to_array().tolist()
        return found

    def least(self, at: int) -> int | None:
        found = self.slices.least("visit", at)
        assert found == self.backend.least(VISITED, at)
        return found

    def naive_holding(self, start: int, end: int) -> list[int]:
        return sorted({contact for when, contact in self.visits if start <= when < end})

    def naive_least(self, at: int) -> int | None:
        return min((when for when, _ in self.visits if when >= at), default=None)


def visited(record: Mapping[str, object]) -> dict[str, object]:
    return {"type": "interaction", "interaction": "visit", "record": record}


@pytest.fixture
def world() -> Iterator[World]:
    world = World()
    yield world
    world.backend.close()


def minutely(hours: int, start: int = NOON) -> list[tuple[int, int]]:
    return [(start + place * MINUTE, place % 100) for place in range(hours * 60)]


# --- answers


def test_a_strip_holds_its_first_instant_and_not_its_last(world: World) -> None:
    world.visit((NOON, 1), (NOON + 1, 2), (NOON + 2, 3), (NOON + 1, 2))
    assert world.holding(NOON, NOON + 2) == [1, 2]
    assert world.holding(NOON + 2, NOON + 2) == []
    assert world.holding(NOON + 2, NOON) == []


def test_the_least_may_be_the_very_instant(world: World) -> None:
    world.visit((NOON, 1), (NOON + DAY, 2))
    assert world.least(NOON) == NOON
    assert world.least(NOON + 1) == NOON + DAY
    assert world.least(NOON + DAY + 1) is None


def test_nothing_occurred(world: World) -> None:
    assert world.least(-(1 << 62)) is None
    assert world.holding(-(1 << 62), 1 << 62) == []


def test_bounds_at_the_ends_of_time(world: World) -> None:
    first, last = (
        (datetime(year, month, day, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
        for year, month, day in ((1, 1, 1), (9999, 12, 31))
    )
    world.visit((first, 1), (last, 2))
    assert world.least(-(1 << 62)) == first
    assert world.least(first + 1) == last
    assert world.least(last + 1) is None
    assert world.least(1 << 62) is None
    assert world.holding(-(1 << 62), 1 << 62) == [1, 2]
    assert world.holding(last, 1 << 62) == [2]


def test_what_comes_late_into_what_was_read_counts(world: World) -> None:
    world.visit(*minutely(2))
    assert world.holding(NOON, NOON + MINUTE) == [0]
    world.visit((NOON + MINUTE + 1, 77))
    assert world.least(NOON + MINUTE + 1) == NOON + MINUTE + 1
    assert world.holding(NOON + MINUTE, NOON + 2 * MINUTE) == [1, 77]


def test_what_is_loaded_counts(world: World) -> None:
    world.visit(*minutely(2))
    assert world.holding(NOON, NOON + MINUTE) == [0]
    world.load((NOON + 1, 77))
    assert world.least(NOON + 1) == NOON + 1
    assert world.holding(NOON, NOON + MINUTE) == [0, 77]


def test_what_a_deleted_contact_did_is_still_there(world: World) -> None:
    world.visit((NOON, 1), (NOON, 2))
    assert world.holding(NOON, NOON + 1) == [1, 2]
    world.backend.ingest([{"type": "delete", "entity": "contact", "key": "1"}])
    assert world.holding(NOON, NOON + 1) == [1, 2]


def test_a_batch_that_fails_leaves_nothing(world: World) -> None:
    world.visit((NOON, 1))
    assert world.least(NOON + 1) is None
    with pytest.raises(CoterieError):
        world.backend.ingest([visited({"id": "2", "occurred_at": "2026-11-23T12:00:01Z"}), "no record"])  # type: ignore[list-item]
    assert world.least(NOON + 1) is None


def test_a_batch_that_fails_only_after_it_was_made_counts(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    What was read before may be another by then, and no data version tells.
    """
    world.visit((NOON, 1))
    assert world.backend.least(VISITED, NOON + 1) is None

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(world.store, "_committed", fail)
    with pytest.raises(KeyboardInterrupt):
        world.visit((NOON + 1, 2))
    assert world.backend.least(VISITED, NOON + 1) == NOON + 1


def test_more_than_a_slice_holds_at_one_instant() -> None:
    world = World(most_rows=4)
    world.visit(*((NOON, contact) for contact in range(10)), (NOON + 5, 50))
    assert world.least(NOON - HOUR // 2) == NOON
    assert world.holding(NOON - HOUR // 2, NOON + 1) == list(range(10))
    assert world.least(NOON + 1) == NOON + 5
    world.backend.close()


@pytest.mark.parametrize("seed", range(8))
def test_answers_are_those_of_the_data(seed: int) -> None:
    """Bounds that mostly move forward, over regions dense, sparse, or empty, while data come from all sides."""
    draw = random.Random(seed)
    world = World(most_rows=draw.choice([2, 8, 64, 16_384]), most_bytes=draw.choice([1_500, 20_000, 64_000_000]))
    span = draw.choice([20 * MINUTE, DAY, 400 * DAY])
    now, bounds = NOON, [NOON - draw.randrange(span) for _ in range(4)]
    for _ in range(40):
        step = draw.choice([1, SECOND, MINUTE, HOUR, draw.randrange(span)])
        whens = [
            draw.choice([now, now + draw.randrange(2 * HOUR), now - draw.randrange(span), draw.choice(bounds)])
            for _ in range(draw.choice([0, 1, 5, 40]))
        ]
        match draw.randrange(12):
            case 0:
                world.load(*((when, draw.randrange(100)) for when in whens))
            case 1:
                world.backend.ingest([{"type": "delete", "entity": "contact", "key": str(draw.randrange(100))}])
            case 2 if world.visits:
                world.visit_again()
            case _:
                world.visit(*((when, draw.randrange(100)) for when in whens))
        now += step
        for place, bound in enumerate([*bounds, now]):
            moved = bound + step if draw.random() < 0.9 else bound - draw.randrange(span)
            start, end = sorted((bound, moved))
            assert world.holding(start, end) == world.naive_holding(start, end), f"seed {seed}"
            assert world.least(moved) == world.naive_least(moved), f"seed {seed}"
            if place < len(bounds):
                bounds[place] = moved
    world.backend.close()


def test_threads_may_ask_at_the_same_time() -> None:
    world = World(most_rows=32, most_bytes=8_000)
    draw = random.Random(7)
    world.visit(*((NOON + draw.randrange(DAY), draw.randrange(100)) for _ in range(500)))

    def ask(seed: int) -> None:
        draw, bound = random.Random(seed), NOON
        while bound < NOON + DAY:
            moved = bound + draw.randrange(HOUR)
            assert sorted(set(world.slices.holding("visit", [(bound, moved)])[0].tolist())) == world.naive_holding(
                bound, moved
            )
            assert world.slices.least("visit", moved) == world.naive_least(moved)
            bound = moved

    for _ in range(4):
        with ThreadPoolExecutor(3) as threads:
            list(threads.map(ask, range(3)))
        world.visit(*((NOON + draw.randrange(DAY), draw.randrange(100)) for _ in range(20)))
    world.backend.close()


# --- cost


def test_as_a_bound_moves_on_little_is_read(world: World) -> None:
    world.visit(*minutely(48))
    for minute in range(24 * 60):
        bound = NOON + minute * MINUTE
        assert len(world.slices.holding("visit", [(bound, bound + MINUTE)])[0]) == 1
        assert world.slices.least("visit", bound + MINUTE) == bound + MINUTE
    assert len(world.statements) < 12


def test_where_little_occurs_nothing_is_read_again(world: World) -> None:
    world.visit((NOON - HOUR, 1), (NOON + 300 * DAY, 2))
    for minute in range(500):
        bound = NOON + minute * MINUTE
        assert len(world.slices.holding("visit", [(bound, bound + MINUTE)])[0]) == 0
        assert world.slices.least("visit", bound + MINUTE) == NOON + 300 * DAY
    assert len(world.statements) < 6


def test_what_comes_elsewhere_makes_nothing_be_read_again(world: World) -> None:
    world.visit(*minutely(2))
    world.slices.holding("visit", [(NOON, NOON + MINUTE)])
    world.statements.clear()
    world.visit((NOON - DAY, 5), (NOON + 30 * MINUTE + 7, 6))
    assert world.slices.least("visit", NOON + MINUTE + 1) == NOON + 2 * MINUTE
    assert world.slices.holding("visit", [(NOON + MINUTE, NOON + 2 * MINUTE)])[0].tolist() == [1]
    called = {"id": "1", "occurred_at": "2026-11-23T12:01Z"}
    world.backend.ingest([{"type": "interaction", "interaction": "call", "record": called}])
    assert world.slices.holding("visit", [(NOON + MINUTE, NOON + 3 * MINUTE)])[0].tolist() == [1, 2]
    assert world.statements == []


def test_what_is_kept_is_bounded_and_the_latest_used_stays() -> None:
    world = World(most_bytes=10_000)
    world.visit(*minutely(72))
    for hour in range(72):
        world.slices.holding("visit", [(NOON, NOON + MINUTE)])
        world.slices.holding("visit", [(NOON + hour * HOUR, NOON + hour * HOUR + MINUTE)])
        assert world.slices.bytes <= 10_000
    world.statements.clear()
    world.slices.holding("visit", [(NOON, NOON + MINUTE)])
    assert world.statements == []
    world.slices.holding("visit", [(NOON + 2 * HOUR, NOON + 2 * HOUR + MINUTE)])
    assert len(world.statements) == 1
    world.backend.close()


def test_of_several_spans_each_has_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Long ones, which are asked for, between short ones, which are known; and more than one statement asks for."""
    monkeypatch.setattr(dated, "_TOGETHER", 2)
    world = World(most_rows=2)
    world.visit(*((NOON + hour * HOUR, hour) for hour in range(8)))
    spans = [
        (NOON, NOON + 3 * HOUR),
        (NOON + HOUR, NOON + HOUR + 1),
        (NOON + 2 * HOUR, NOON + 7 * HOUR),
        (NOON + 5 * HOUR, NOON + 5 * HOUR + 1),
        (NOON + 4 * HOUR, NOON + 8 * HOUR),
        (NOON, NOON + 8 * HOUR),
        (NOON + 7 * HOUR, NOON),
    ]
    for _ in range(2):
        found = [sorted(set(each.tolist())) for each in world.slices.holding("visit", spans)]
        assert found == [world.naive_holding(start, end) for start, end in spans]
    world.backend.close()
