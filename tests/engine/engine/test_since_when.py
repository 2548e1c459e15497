"""Since when contacts are in segments, and how large these were day by day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from engine_shop import EVERYONE, NOW, bought, is_, last, segment, static, utc

from coterie import Engine, Entered, QuestionError

FILES = {
    "paris": segment("paris", is_("city", "is", "Paris")),
    "buyers": segment("buyers", bought(window=last(7, "days"))),
    "all": segment("all", EVERYONE),
}


def move(engine: Engine, contact: str, city: str, at: datetime) -> None:
    engine.ingest([{"type": "upsert", "entity": "contact", "record": {"contact_id": contact, "city": city}}])
    engine.refresh(as_of=at)


def hours(count: float) -> datetime:
    return NOW + timedelta(hours=count)


@pytest.fixture
def kept(shop: Engine) -> Engine:
    """Ann and Cleo are in Paris at noon; Cleo leaves and comes back, Bob comes for a while."""
    shop.refresh(FILES, as_of=NOW)
    move(shop, "cleo", "Nice", hours(1))
    move(shop, "cleo", "Paris", hours(2))
    move(shop, "bob", "Paris", hours(3))
    move(shop, "bob", "Lyon", hours(4))
    return shop


def test_a_member_is_in_since_it_last_entered(kept: Engine) -> None:
    """
    Who is not in, or not known, is left out.
    """
    assert kept.entered_at("paris", ["ann", "bob", "cleo", "nobody"]) == {"ann": NOW, "cleo": hours(2)}
    assert kept.entered_at("all", ["bob"]) == {"bob": NOW}
    assert kept.entered_at("all", []) == {}


def test_a_contact_is_in_each_of_its_segments_since_it_entered_that(kept: Engine) -> None:
    assert kept.entered_of("cleo") == {"all": NOW, "paris": hours(2)}
    assert kept.entered_of("ann") == {"all": NOW, "buyers": NOW, "paris": NOW}
    assert kept.entered_of("nobody") == {}


def test_who_entered_before_what_is_kept_is_left_out(kept: Engine) -> None:
    kept.retain(hours(1))
    assert kept.entered_at("paris", ["ann", "cleo"]) == {"cleo": hours(2)}
    assert kept.entered_of("ann") == {}
    assert kept.entered("paris", ["ann", "cleo"]) == Entered(at={"cleo": hours(2)}, before=hours(2))


@pytest.mark.parametrize("key", ["nothing", "lyon"])
def test_of_what_is_not_published_nobody_is_a_member(kept: Engine, key: str) -> None:
    with pytest.raises(QuestionError) as caught:
        kept.entered_at(key, ["ann"])
    assert caught.value.code == "unknown_segment"


def test_of_a_segment_that_was_stopped_nobody_is_a_member(kept: Engine) -> None:
    kept.refresh({"all": FILES["all"]}, as_of=hours(5))
    with pytest.raises(QuestionError, match="Is it live"):
        kept.entered_at("paris", ["ann"])
    assert kept.entered_of("ann") == {"all": NOW}


# --- day by day ------------------------------------------------------------------------------------------------------


def sizes(engine: Engine, key: str, **asked: Any) -> list[tuple[str, int]]:
    return [(size.moment.isoformat()[:16], size.count) for size in engine.daily_sizes(key, **asked)]


@pytest.fixture
def grown(shop: Engine) -> Engine:
    """A list of one on the 1st of November, of two on the evening of the 2nd, of three on the 4th; all at noon UTC."""
    for day, hour, members in ((1, 12, ["ann"]), (2, 22, ["ann", "bob"]), (4, 12, ["ann", "bob", "cleo"])):
        shop.refresh({"list": static("list", *members)}, as_of=datetime(2026, 11, day, hour, tzinfo=UTC))
    return shop


def test_a_segment_is_as_large_as_it_was_when_each_day_began(grown: Engine) -> None:
    """
    Before it was live it had no size; the last moment is that of the last publication.
    """
    assert sizes(grown, "list", since=utc("2026-10-20T00:00")) == [
        ("2026-11-02T00:00", 1),
        ("2026-11-03T00:00", 2),
        ("2026-11-04T00:00", 2),
        ("2026-11-04T12:00", 3),
    ]


def test_days_begin_where_the_zone_says(grown: Engine) -> None:
    """
    In Auckland it is the 3rd, 11 o'clock, when Bob enters.
    """
    assert sizes(grown, "list", since=utc("2026-11-02T00:00"), time_zone="Pacific/Auckland") == [
        ("2026-11-02T11:00", 1),
        ("2026-11-03T11:00", 2),
        ("2026-11-04T11:00", 2),
        ("2026-11-04T12:00", 3),
    ]


def test_a_long_time_is_told_with_equal_gaps_that_end_today(shop: Engine) -> None:
    shop.refresh({"list": static("list", "ann")}, as_of=utc("2026-01-01T12:00"))
    shop.refresh(as_of=utc("2026-12-31T12:00"))
    moments = [size.moment for size in shop.daily_sizes("list", since=utc("2026-01-01T00:00"))]
    assert len(moments) <= 32
    assert moments[-2:] == [utc("2026-12-31T00:00"), utc("2026-12-31T12:00")]
    assert {later - earlier for earlier, later in pairwise(moments[:-1])} == {timedelta(days=12)}


def test_a_segment_that_is_stopped_has_no_size_from_then_on(grown: Engine) -> None:
    grown.refresh({}, as_of=utc("2026-11-04T18:00"))
    grown.refresh({}, as_of=utc("2026-11-06T18:00"))
    assert sizes(grown, "list", since=utc("2026-11-04T00:00")) == [("2026-11-04T00:00", 2)]


def test_past_sizes_are_those_that_are_still_kept(grown: Engine) -> None:
    everything = grown.daily_sizes("list", since=utc("2026-10-20T00:00"))
    grown.retain(utc("2026-11-03T06:00"))
    assert grown.daily_sizes("list", since=utc("2026-10-20T00:00")) == everything[1:]


def test_what_was_never_live_has_no_sizes(grown: Engine) -> None:
    with pytest.raises(QuestionError) as caught:
        grown.daily_sizes("nothing", since=NOW)
    assert caught.value.code == "unknown_segment"
    with pytest.raises(QuestionError, match="Mars"):
        grown.daily_sizes("list", since=NOW, time_zone="Mars/Olympus")
