"""When time alone can next change an answer: to the millisecond, and worked out anew only where it must be."""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from refresh_shop import CATALOG, NOON, any_of, bought, has, instant, live, profile, purchases, segment, upsert

from coterie.backends.duckdb.backend import DuckDBBackend
from coterie.planning.backend import DateColumn
from coterie.refresh.alarms import Alarms
from coterie.values.times import LAST_INSTANT


def last(count: int, unit: str = "days") -> dict[str, Any]:
    return {"count": count, "unit": unit}


def day(text: str) -> int:
    return date.fromisoformat(text).toordinal()


LATELY = purchases(7)
BORN_LATELY = profile(has("born", "in_last", last(3)))
ANNIVERSARY = profile(has("born", "anniversary", {"in_next": last(3)}))


class Clocked:
    """The alarms of one segment with a single block, and what they read."""

    def __init__(self, backend: DuckDBBackend, block: Mapping[str, Any], zone: str = "UTC") -> None:
        self.backend = backend
        self.reads: list[str] = []
        self.asked_about: list[set[int]] = []
        self.conditions = live([segment("s", block, time_zone=zone)])["s"].conditions
        self.alarms = Alarms(self, CATALOG)  # type: ignore[arg-type]
        self.version: int | None = None

    def __getattr__(self, name: str) -> Any:
        self.reads.append(name)
        return getattr(self.backend, name)

    def occurring(self, column: DateColumn, values: Collection[int]) -> Mapping[int, int]:
        if values:
            self.asked_about.append(set(values))
        return self.backend.occurring(column, values)

    def next(self, as_of: str = NOON) -> int | None:
        """Brought to a moment and to the data as they are."""
        changes = None if self.version is None else self.backend.changes(self.version)
        self.reads.clear()
        self.alarms.keep(self.conditions, instant(as_of), changes)
        self.version = self.backend.data_version
        return self.alarms.next(moving.name for moving in self.conditions)


def buy(shop: DuckDBBackend, *occurred: str) -> None:
    shop.ingest([bought("ann", moment) for moment in occurred])


CASES: dict[str, tuple[Mapping[str, Any], Mapping[str, object] | str, str | None]] = {
    "a row leaves a window of days at a midnight": (LATELY, "2026-11-20T09:30Z", "2026-11-28T00:00+00:00"),
    "a row leaves a rolling window a millisecond after": (
        purchases(7, "rolling_days"),
        "2026-11-20T09:30Z",
        "2026-11-27T09:30:00.001+00:00",
    ),
    "what is to come is seen at its instant": (LATELY, "2026-11-23T15:00Z", "2026-11-23T15:00+00:00"),
    "what has left for good never comes again": (LATELY, "2026-10-01T15:00Z", None),
    "a day to come": (BORN_LATELY, {"born": "2026-12-24"}, "2026-12-24T00:00+00:00"),
    "a day that leaves": (BORN_LATELY, {"born": "2026-11-22"}, "2026-11-26T00:00+00:00"),
    "an anniversary begins": (ANNIVERSARY, {"born": "1990-12-24"}, "2026-12-21T00:00+00:00"),
    "an anniversary ends": (ANNIVERSARY, {"born": "1990-11-24"}, "2026-11-25T00:00+00:00"),
    "today's day of the month": (
        profile(has("born", "partial", {"days": ["today"]})),
        {"born": "1990-05-24"},
        "2026-11-24T00:00+00:00",
    ),
    "a day that no month has any more": (
        profile(has("born", "partial", {"days": ["today"], "years": [1990]})),
        {"born": "1990-05-31"},
        "2026-12-31T00:00+00:00",
    ),
    "a condition that does not move": (profile(has("born", "before", "1999-01-01")), {"born": "1990-05-31"}, None),
}


@pytest.mark.parametrize(("block", "data", "expected"), CASES.values(), ids=CASES.keys())
def test_the_next_instant_is_exact(
    shop: DuckDBBackend, block: Mapping[str, Any], data: Mapping[str, object] | str, expected: str | None
) -> None:
    shop.ingest([bought("ann", data) if isinstance(data, str) else upsert("contact", id="ann", **data)])
    assert Clocked(shop, block).next() == (None if expected is None else instant(expected))


def test_midnights_are_those_of_the_segment_s_zone_on_days_that_change_clocks(shop: DuckDBBackend) -> None:
    buy(shop, "2026-03-07T22:15-05:00")
    block = purchases(2)
    assert Clocked(shop, block, "America/New_York").next("2026-03-08T12:00+00:00") == instant("2026-03-10T00:00-04:00")
    assert Clocked(shop, block, "UTC").next("2026-03-08T12:00+00:00") == instant("2026-03-11T00:00+00:00")


def test_the_earliest_of_several_counts(shop: DuckDBBackend) -> None:
    buy(shop, "2026-11-20T09:30Z", "2026-11-22T09:30Z", "2026-11-25T10:00Z")
    assert Clocked(shop, LATELY).next() == instant("2026-11-25T10:00+00:00")


def test_records_of_others_that_are_reached_count(shop: DuckDBBackend) -> None:
    shop.ingest([upsert("lead", lead_id="1", due="2026-11-22")])
    block = profile(any_of("leads", has("due", "in_last", last(3))))
    assert Clocked(shop, block).next() == instant("2026-11-26T00:00+00:00")


def test_as_time_passes_the_next_one_comes_up(shop: DuckDBBackend) -> None:
    buy(shop, "2026-11-20T09:30Z", "2026-11-22T09:30Z")
    clocked = Clocked(shop, LATELY)
    assert clocked.next() == instant("2026-11-28T00:00+00:00")
    assert clocked.next("2026-11-27T23:59:59.999+00:00") == instant("2026-11-28T00:00+00:00")
    assert clocked.next("2026-11-28T00:00+00:00") == instant("2026-11-30T00:00+00:00")
    assert clocked.next("2026-11-30T00:00+00:00") is None


def test_going_back_works_it_out_anew(shop: DuckDBBackend) -> None:
    buy(shop, "2026-11-20T09:30Z")
    clocked = Clocked(shop, LATELY)
    assert clocked.next("2026-11-30T00:00+00:00") is None
    assert clocked.next("2026-11-19T00:00+00:00") == instant("2026-11-20T09:30+00:00")


def test_what_comes_before_the_one_waited_for_takes_its_place(shop: DuckDBBackend) -> None:
    buy(shop, "2026-11-20T09:30Z")
    clocked = Clocked(shop, LATELY)
    assert clocked.next() == instant("2026-11-28T00:00+00:00")
    buy(shop, "2026-11-18T09:30Z")  # late, and the first to leave
    assert clocked.next() == instant("2026-11-26T00:00+00:00")
    buy(shop, "2026-11-23T18:00Z")  # to come
    assert clocked.next() == instant("2026-11-23T18:00+00:00")


def test_what_comes_after_the_one_waited_for_reads_nothing(shop: DuckDBBackend) -> None:
    buy(shop, "2026-11-20T09:30Z", "2026-11-25T10:00Z")
    clocked = Clocked(shop, LATELY)
    before = clocked.next()
    buy(shop, "2026-11-21T09:30Z", "2026-11-26T10:00Z", "2026-01-01T10:00Z")
    assert clocked.next() == before
    assert clocked.reads == []


def test_a_date_that_is_taken_away_is_not_waited_for(shop: DuckDBBackend) -> None:
    shop.ingest([upsert("contact", id="ann", born="2026-11-22"), upsert("contact", id="bob", born="2026-11-23")])
    clocked = Clocked(shop, BORN_LATELY)
    assert clocked.next() == instant("2026-11-26T00:00+00:00")
    shop.ingest([upsert("contact", id="ann", born="")])
    assert clocked.next() == instant("2026-11-27T00:00+00:00")
    shop.ingest([{"type": "delete", "entity": "contact", "key": "bob"}])
    assert clocked.next() is None


def test_a_date_that_comes_before_is_waited_for(shop: DuckDBBackend) -> None:
    shop.ingest([upsert("contact", id="ann", born="2026-12-24")])
    clocked = Clocked(shop, BORN_LATELY)
    assert clocked.next() == instant("2026-12-24T00:00+00:00")
    shop.ingest([upsert("contact", id="bob", born="2026-12-01")])
    assert clocked.next() == instant("2026-12-01T00:00+00:00")


def test_other_columns_read_nothing(shop: DuckDBBackend) -> None:
    shop.ingest([upsert("contact", id="ann", born="2026-12-24")])
    clocked = Clocked(shop, BORN_LATELY)
    clocked.next()
    shop.ingest([upsert("contact", id="bob", city="Nice"), upsert("lead", lead_id="1", due="2026-11-24")])
    clocked.next()
    assert clocked.reads == []


def test_days_that_recur_heed_every_new_day(shop: DuckDBBackend) -> None:
    shop.ingest([upsert("contact", id="ann", born="1990-12-24")])
    clocked = Clocked(shop, ANNIVERSARY)
    clocked.next()
    shop.ingest([upsert("contact", id="bob", born="1980-12-01")])
    assert clocked.next() == instant("2026-11-28T00:00+00:00")


def test_a_new_day_that_recurs_later_changes_nothing(shop: DuckDBBackend) -> None:
    shop.ingest([upsert("contact", id="ann", born="1990-12-24")])
    clocked = Clocked(shop, ANNIVERSARY)
    before = clocked.next()
    shop.ingest([upsert("contact", id="bob", born="1980-12-30"), upsert("contact", id="cleo", born="1990-12-24")])
    assert clocked.next() == before
    assert "days" not in clocked.reads


def test_a_recurring_day_that_is_taken_away_is_not_waited_for(shop: DuckDBBackend) -> None:
    born = {"ann": "1990-12-01", "bob": "1980-12-01", "cleo": "1990-12-24"}
    shop.ingest([upsert("contact", id=key, born=day) for key, day in born.items()])
    clocked = Clocked(shop, ANNIVERSARY)
    assert clocked.next() == instant("2026-11-28T00:00+00:00")
    shop.ingest([upsert("contact", id="ann", born="")])
    assert clocked.next() == instant("2026-11-28T00:00+00:00")
    shop.ingest([{"type": "delete", "entity": "contact", "key": "bob"}])
    assert clocked.next() == instant("2026-12-21T00:00+00:00")


def test_a_date_is_looked_for_again_only_where_the_record_that_has_it_changed(shop: DuckDBBackend) -> None:
    shop.ingest([upsert("contact", id="ann", born="2026-11-22"), upsert("contact", id="bob", born="2026-11-28")])
    clocked = Clocked(shop, BORN_LATELY)
    clocked.next()
    asked = clocked.asked_about
    shop.ingest([upsert("contact", id="cleo", born="2026-11-22")])
    clocked.next()
    assert asked == [{day("2026-11-22"), day("2026-11-28")}]
    shop.ingest([upsert("contact", id="cleo", born="2026-11-21")])
    clocked.next()
    assert asked[1:] in ([], [{day("2026-11-22")}])  # ann, or cleo


BLOCKS = (
    BORN_LATELY,
    ANNIVERSARY,
    profile(has("born", "partial", {"days": ["today"]})),
    profile(has("joined", "anniversary", {"in_last": last(2)})),
    profile(has("joined", "in_next", last(5, "hours"))),
    profile(any_of("leads", has("due", "anniversary", {"in_next": last(3)}))),
    profile(any_of("leads", has("due", "in_last", last(3)))),
)


@pytest.mark.parametrize("seed", range(6))
def test_after_any_changes_alarms_are_as_if_worked_out_anew(shop: DuckDBBackend, seed: int) -> None:
    draw = random.Random(seed)
    clocks = [Clocked(shop, block) for block in BLOCKS]
    moment = datetime.fromisoformat(NOON)

    def some_day() -> str:
        near = moment + timedelta(days=draw.randrange(-12, 12))
        return near.replace(year=near.year - draw.choice([0, 0, 26, 40])).date().isoformat()

    for _ in range(25):
        key = draw.choice(["ann", "bob", "cleo", "dora"])
        changed = draw.choice(
            [
                upsert("contact", id=key, born=draw.choice(["", some_day()])),
                upsert("contact", id=key, joined=draw.choice(["", f"{some_day()}T23:00Z"])),
                upsert("lead", lead_id=draw.choice("12"), due=draw.choice(["", some_day()])),
                {"type": "delete", "entity": "contact", "key": key},
                {"type": "delete", "entity": "lead", "key": draw.choice("12")},
            ]
        )
        shop.ingest([changed])
        moment += draw.choice([timedelta(0), timedelta(0), timedelta(hours=7), timedelta(days=2)])
        for clocked, block in zip(clocks, BLOCKS, strict=True):
            if draw.random() < 0.8:
                assert clocked.next(moment.isoformat()) == Clocked(shop, block).next(moment.isoformat()), f"seed {seed}"


def test_the_dates_of_a_new_purchase_count_whenever_it_was_made(shop: DuckDBBackend) -> None:
    clocked = Clocked(shop, purchases(where=has("ships", "in_last", last(3))))
    shop.ingest([bought("ann", "2026-11-20T09:30Z", ships="2026-12-24")])
    assert clocked.next() == instant("2026-12-24T00:00+00:00")
    shop.ingest([bought("ann", "2026-11-21T09:30Z", ships="2026-12-01")])
    assert clocked.next() == instant("2026-12-01T00:00+00:00")


def test_a_load_works_everything_out_anew(shop: DuckDBBackend) -> None:
    buy(shop, "2026-11-20T09:30Z")
    shop.ingest([upsert("contact", id="ann", born="2026-12-24")])
    lately, born = Clocked(shop, LATELY), Clocked(shop, BORN_LATELY)
    lately.next()
    born.next()
    shop.load("purchase", [{"message_id": "m", "id": "ann", "occurred_at": "2026-11-18T10:00Z"}])
    assert lately.next() == instant("2026-11-26T00:00+00:00")
    shop.load("contact", [{"id": "bob", "born": "2026-12-01"}])
    assert born.next() == instant("2026-12-01T00:00+00:00")


def test_what_lies_beyond_the_calendar_is_never_reached(shop: DuckDBBackend) -> None:
    shop.ingest([upsert("contact", id="ann", born="9999-12-31")])
    assert Clocked(shop, BORN_LATELY).next() == instant("9999-12-31T00:00+00:00")
    assert Clocked(shop, BORN_LATELY).next("9999-12-31T00:00+00:00") is None
    assert instant("9999-12-31T23:59:59.999+00:00") == LAST_INSTANT
