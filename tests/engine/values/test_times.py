"""Days and instants: how they are read, and where local days begin (semantics, rules 12 and 17 to 19)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from coterie.values.times import (
    DAY,
    FIRST_INSTANT,
    LAST_INSTANT,
    date_from_text,
    find_zone,
    instant_from_date,
    instant_from_datetime,
    instant_from_text,
    local_day,
    midnight,
    zone_names,
)

ZULU = ZoneInfo("UTC")
PARIS = ZoneInfo("Europe/Paris")
TOKYO = ZoneInfo("Asia/Tokyo")
NEW_YORK = ZoneInfo("America/New_York")


def instant(text: str) -> int:
    return (datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def test_instants_are_milliseconds_since_1970() -> None:
    assert instant_from_text("1970-01-01T00:00Z", PARIS) == 0
    assert instant("0001-01-01T00:00+00:00") == FIRST_INSTANT
    assert instant("9999-12-31T23:59:59.999+00:00") == LAST_INSTANT
    assert DAY == 86_400_000


def test_a_zone_is_found_by_its_exact_name() -> None:
    assert find_zone("Europe/Paris") is not None
    assert find_zone("europe/paris") is None
    assert find_zone("Europe/Atlantis") is None
    assert find_zone("") is None
    assert "Europe/Paris" in zone_names()


# --- reading days ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23",
        " 2026-11-23 ",
        "2026-11-23T00:00",
        "2026-11-23 00:00",
        "2026-11-23T00:00:00",
        "2026-11-23T00:00:00.0",
        "2026-11-23 00:00:00.000000",
    ],
)
def test_a_date_stands_alone_or_with_a_midnight(text: str) -> None:
    assert date_from_text(text) == date(2026, 11, 23)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-23T00:01",
        "2026-11-23T01:00",
        "2026-11-23T00:00:01",
        "2026-11-23T00:00:00.001",
        "2026-11-23T00:00Z",
        "2026-11-23T00:00+01:00",
        "2026-02-29",
        "2026-13-01",
        "2026-00-01",
        "2026-11-31",
        "0000-01-01",
        "26-11-23",
        "2026-1-2",
        "23.11.2026",
        "11/23/2026",
        "20261123",
        "2026-11-23x",
        "x2026-11-23",
        "２０２６-11-23",
    ],
)
def test_other_text_is_no_date(text: str) -> None:
    assert date_from_text(text) is None


# --- reading instants ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-23T10:00Z", "2026-11-23T10:00+00:00"),
        ("2026-11-23 10:00Z", "2026-11-23T10:00+00:00"),
        (" 2026-11-23T10:00Z\t", "2026-11-23T10:00+00:00"),
        ("2026-11-23T10:11:12Z", "2026-11-23T10:11:12+00:00"),
        ("2026-11-23T10:11:12.1Z", "2026-11-23T10:11:12.100+00:00"),
        ("2026-11-23T10:11:12.12Z", "2026-11-23T10:11:12.120+00:00"),
        ("2026-11-23T10:11:12.123Z", "2026-11-23T10:11:12.123+00:00"),
        ("2026-11-23T10:11:12.1239999Z", "2026-11-23T10:11:12.123+00:00"),
        ("1969-12-31T23:59:59.9999Z", "1969-12-31T23:59:59.999+00:00"),
        ("2026-11-23T10:00+01:00", "2026-11-23T09:00+00:00"),
        ("2026-11-23T10:00+0130", "2026-11-23T08:30+00:00"),
        ("2026-11-23T10:00-05", "2026-11-23T15:00+00:00"),
        ("2026-11-23T10:00-05:30", "2026-11-23T15:30+00:00"),
        ("2026-11-23T10:00+23:59", "2026-11-22T10:01+00:00"),
        ("2026-11-23T10:00", "2026-11-23T09:00+00:00"),
        ("2026-07-23T10:00:30", "2026-07-23T08:00:30+00:00"),
        ("2026-11-23", "2026-11-22T23:00+00:00"),
        ("2026-11-23T23:59:59", "2026-11-23T22:59:59+00:00"),
        ("2026-03-29T02:30", "2026-03-29T01:30+00:00"),
        ("2026-10-25T02:30", "2026-10-25T00:30+00:00"),
        ("0001-01-01T00:00Z", "0001-01-01T00:00+00:00"),
        ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999+00:00"),
    ],
)
def test_an_instant_is_read_where_it_has_no_offset_in_the_zone(text: str, expected: str) -> None:
    found = instant_from_text(text, PARIS)
    assert found == instant(expected)
    assert isinstance(found, int)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-23T10",
        "2026-11-23T10:0",
        "2026-11-23t10:00",
        "2026-11-23T10:00z",
        "2026-11-23T10:00 Z",
        "2026-11-23  10:00",
        "2026-11-23T24:00",
        "2026-11-23T10:60",
        "2026-11-23T10:00:60",
        "2026-11-23T10:00:00.",
        "2026-11-23T10:00:00,5",
        "2026-11-23T10:00.5",
        "2026-02-30",
        "2026-02-30T10:00Z",
        "2026-11-23Z",
        "2026-11-23T10:00+24:00",
        "2026-11-23T10:00+00:60",
        "2026-11-23T10:00+1",
        "2026-11-23T10:00+01:0",
        "2026-11-23T10:00Z+01:00",
        "2026-11-23T10:00 Europe/Paris",
        "1795428000",
        "0000-01-01T00:00Z",
        "0001-01-01T00:00+00:01",
        "9999-12-31T23:59:59.999-00:01",
        "0001-01-01",
        "0001-01-01T00:00",
    ],
)
def test_other_text_is_no_instant(text: str) -> None:
    assert instant_from_text(text, PARIS) is None


def test_typed_moments_are_read_like_text() -> None:
    plus_two = timezone(timedelta(hours=2))
    assert instant_from_datetime(datetime(2026, 11, 23, 10, tzinfo=plus_two), PARIS) == instant("2026-11-23T08:00Z")
    assert instant_from_datetime(datetime(2026, 11, 23, 10), PARIS) == instant("2026-11-23T09:00Z")  # noqa: DTZ001
    cut = datetime(2026, 11, 23, 10, 0, 0, 999, tzinfo=UTC)
    assert instant_from_datetime(cut, PARIS) == instant("2026-11-23T10:00Z")
    before_1970 = datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    assert instant_from_datetime(before_1970, PARIS) == -1


def test_a_typed_local_time_in_a_gap_moves_forward_and_one_that_occurs_twice_is_the_earlier() -> None:
    for fold in (0, 1):
        in_gap = datetime(2026, 3, 29, 2, 30, fold=fold)  # noqa: DTZ001
        assert instant_from_datetime(in_gap, PARIS) == instant("2026-03-29T01:30Z")
        twice = datetime(2026, 10, 25, 2, 30, fold=fold)  # noqa: DTZ001
        assert instant_from_datetime(twice, PARIS) == instant("2026-10-25T00:30Z")


def test_moments_outside_the_years_1_to_9999_are_none() -> None:
    first, last = datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999_999)  # noqa: DTZ001
    assert instant_from_datetime(first, ZULU) == FIRST_INSTANT
    assert instant_from_datetime(last, ZULU) == LAST_INSTANT
    assert instant_from_datetime(first, TOKYO) is None
    assert instant_from_datetime(last, NEW_YORK) is None
    assert instant_from_date(date(1, 1, 1), ZULU) == FIRST_INSTANT
    assert instant_from_date(date(1, 1, 1), TOKYO) is None
    assert instant_from_date(date(9999, 12, 31), NEW_YORK) == instant("9999-12-31T05:00Z")


# --- local days ------------------------------------------------------------------------------------------------------

MIDNIGHTS = [
    ("UTC", "2026-11-23", "2026-11-23T00:00Z"),
    ("Europe/Paris", "2026-11-23", "2026-11-22T23:00Z"),
    ("Europe/Paris", "2026-07-23", "2026-07-22T22:00Z"),
    ("Europe/Paris", "2026-03-30", "2026-03-29T22:00Z"),
    ("Asia/Kathmandu", "2026-11-23", "2026-11-22T18:15Z"),
    ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00Z"),  # 00:00 to 01:00 does not exist
    ("America/Toronto", "1919-03-31", "1919-03-31T04:30Z"),  # 23:30 to 00:30 does not exist
    ("America/Havana", "2026-11-01", "2026-11-01T04:00Z"),  # 00:00 to 01:00 occurs twice
    ("America/St_Johns", "2010-11-07", "2010-11-07T02:30Z"),  # at 00:01 back to 23:01
    ("America/St_Johns", "2010-11-08", "2010-11-08T03:30Z"),
    ("Pacific/Apia", "2011-12-29", "2011-12-29T10:00Z"),
    ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00Z"),  # a day that was left out
    ("Pacific/Apia", "2011-12-31", "2011-12-30T10:00Z"),
    ("Africa/Monrovia", "1972-01-07", "1972-01-07T00:44:30Z"),  # an offset of seconds, and a gap that ends it
]


@pytest.mark.parametrize(("zone", "day", "expected"), MIDNIGHTS)
def test_a_local_day_begins_at_its_midnight(zone: str, day: str, expected: str) -> None:
    begins = instant(expected)
    assert midnight(date.fromisoformat(day), ZoneInfo(zone)) == begins
    assert instant_from_date(date.fromisoformat(day), ZoneInfo(zone)) == begins


@pytest.mark.parametrize(("zone", "day", "expected"), [row for row in MIDNIGHTS if row[1] != "2011-12-30"])
def test_an_instant_belongs_to_the_day_whose_interval_holds_it(zone: str, day: str, expected: str) -> None:
    here, begins = ZoneInfo(zone), instant(expected)
    assert local_day(begins, here) == date.fromisoformat(day)
    assert local_day(begins + 1, here) == date.fromisoformat(day)
    assert local_day(begins - 1, here) < date.fromisoformat(day)
    assert local_day(begins + 22 * 3_600_000, here) == date.fromisoformat(day)


def test_the_repeated_hour_before_midnight_belongs_to_the_new_day() -> None:
    newfoundland = ZoneInfo("America/St_Johns")
    assert local_day(instant("2010-11-07T02:45Z"), newfoundland) == date(2010, 11, 7)  # the wall shows 23:15
    assert local_day(instant("2010-11-07T02:29:59.999Z"), newfoundland) == date(2010, 11, 6)


def test_a_day_that_was_left_out_holds_nothing() -> None:
    samoa = ZoneInfo("Pacific/Apia")
    assert local_day(instant("2011-12-30T09:59:59.999Z"), samoa) == date(2011, 12, 29)
    assert local_day(instant("2011-12-30T10:00Z"), samoa) == date(2011, 12, 31)


def test_days_stop_at_the_ends_of_the_calendar() -> None:
    assert local_day(FIRST_INSTANT, NEW_YORK) == date(1, 1, 1)
    assert local_day(FIRST_INSTANT, TOKYO) == date(1, 1, 1)
    assert local_day(LAST_INSTANT, TOKYO) == date(9999, 12, 31)
    assert local_day(LAST_INSTANT, NEW_YORK) == date(9999, 12, 31)
    assert local_day(FIRST_INSTANT + DAY, ZULU) == date(1, 1, 2)
    assert local_day(LAST_INSTANT - DAY, ZULU) == date(9999, 12, 30)
    assert midnight(date(1, 1, 1), TOKYO) == FIRST_INSTANT - 33_539_000  # local mean time, 9:18:59 ahead
