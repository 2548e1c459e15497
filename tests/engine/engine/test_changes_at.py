"""The next instant at which time alone changes an answer, to the millisecond; each computed by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from engine_shop import (
    CATALOG,
    EVERYONE,
    NOW,
    bought,
    is_,
    last,
    profile,
    refers,
    related,
    segment,
    static,
    steps,
    utc,
    where,
)

import coterie
from coterie import Engine

MILLISECOND = timedelta(milliseconds=1)


def changes(
    engine: Engine, definition: Any, contact: str = "ann", as_of: datetime = NOW, **more: Any
) -> datetime | None:
    """When the answer changes; asked on both sides of that instant, it does."""
    explanation = engine.explain(definition, contact, as_of=as_of, **more)
    at = explanation.changes_at
    if at is not None:
        before, after = at - MILLISECOND, at
        assert engine.explain(definition, contact, as_of=before, **more).member is explanation.member
        assert engine.explain(definition, contact, as_of=after, **more).member is not explanation.member
    return at


# --- interactions ----------------------------------------------------------------------------------------------------


def test_a_purchase_leaves_at_the_local_midnight(shop: Engine) -> None:
    """
    Both of ann's count, of the 20th and the 22nd: the last day with the 20th in it is the 27th.
    """
    definition = steps(bought(value=2, window=last(7, "days")))
    assert changes(shop, definition) == utc("2026-11-28T00:00")
    assert changes(shop, definition, time_zone="America/New_York") == utc("2026-11-28T05:00")


def test_a_midnight_that_the_clocks_pass_over_is_the_first_instant_after_it(shop: Engine) -> None:
    """
    In Havana the clocks go from 00:00 to 01:00 on 8 March 2026: that day begins at 05:00 UTC, and is 23 hours long.
    """
    shop.load("purchase", [{"contact_id": "cleo", "occurred_at": "2026-03-05T12:00Z", "message_id": "m4"}])
    definition = segment("s", bought(window=last(2, "days")), time_zone="America/Havana")
    assert changes(shop, definition, "cleo", utc("2026-03-06T12:00")) == utc("2026-03-08T05:00")
    definition = segment("s", bought(window=last(3, "days")), time_zone="America/Havana")
    assert changes(shop, definition, "cleo", utc("2026-03-06T12:00")) == utc("2026-03-09T04:00")


def test_a_day_of_25_hours_ends_an_hour_later(shop: Engine) -> None:
    shop.load("purchase", [{"contact_id": "cleo", "occurred_at": "2026-10-25T10:00Z", "message_id": "m4"}])
    definition = segment("s", bought(window={"kind": "period", "period": "today"}), time_zone="Europe/Paris")
    assert changes(shop, definition, "cleo", utc("2026-10-24T22:00")) == utc("2026-10-25T10:00")
    assert changes(shop, definition, "cleo", utc("2026-10-25T10:00")) == utc("2026-10-25T23:00")


def test_a_rolling_window_leaves_a_purchase_behind_to_the_millisecond(shop: Engine) -> None:
    """
    `as_of` - 4 days <= 10:00:00.123 holds up to the 24th at 10:00:00.123.
    """
    definition = steps(bought(value=2, window=last(4, "rolling_days")))
    assert changes(shop, definition) == utc("2026-11-24T10:00:00.124")


def test_a_future_purchase_becomes_visible_at_its_instant(shop: Engine) -> None:
    assert changes(shop, steps(bought()), "bob") == utc("2026-12-01T09:30")
    assert changes(shop, steps(bought("is", 0)), "bob") == utc("2026-12-01T09:30")


def test_a_change_that_changes_no_answer_is_passed_over(shop: Engine) -> None:
    """
    Ann's purchase of the 20th leaves first; she stays for that of the 22nd, until it leaves too.
    """
    assert changes(shop, steps(bought(window=last(7, "days")))) == utc("2026-11-30T00:00")


def test_the_first_of_several_conditions_to_change_decides(shop: Engine) -> None:
    definition = steps(bought(window=last(7, "days")), is_("joined", "in_last", {"count": 15, "unit": "days"}))
    assert changes(shop, definition) == utc("2026-11-26T00:00")


def test_the_last_purchase_moves_on_with_time(shop: Engine) -> None:
    definition = steps(bought("in_last", {"count": 2, "unit": "hours"}, measure={"kind": "last_at"}))
    assert changes(shop, definition, as_of=utc("2026-11-22T10:00")) == utc("2026-11-22T12:00:00.001")


# --- dates of contacts and records -----------------------------------------------------------------------------------


def test_a_birthday_comes_and_goes_with_the_local_day(shop: Engine) -> None:
    birthday = segment("s", is_("born", "anniversary", {"in_period": "today"}), time_zone="Europe/Paris")
    assert changes(shop, birthday) == utc("2026-12-23T23:00")
    assert changes(shop, birthday, as_of=utc("2026-12-24T12:00")) == utc("2026-12-24T23:00")


def test_29_february_is_celebrated_on_the_28th(shop: Engine) -> None:
    shop.load("contact", [{"contact_id": "leap", "born": "2000-02-29"}])
    birthday = steps(is_("born", "anniversary", {"in_period": "today"}))
    assert changes(shop, birthday, "leap", utc("2027-01-01T00:00")) == utc("2027-02-28T00:00")
    assert changes(shop, birthday, "leap", utc("2028-01-01T00:00")) == utc("2028-02-29T00:00")


def test_a_period_ends_where_the_next_begins(shop: Engine) -> None:
    definition = segment("s", is_("joined", "in_period", "this_month"), time_zone="Europe/Paris")
    assert changes(shop, definition) == utc("2026-11-30T23:00")
    definition = segment("s", is_("joined", "in_period", "last_month"), time_zone="Europe/Paris")
    assert changes(shop, definition) == utc("2026-11-30T23:00")


def test_a_date_of_a_related_record_comes_within_reach(shop: Engine) -> None:
    """
    Ann's lead is due on 1 December: within the next 5 days from 26 November on, until the day is over.
    """
    due = steps(profile(related("leads", where("due", "in_next", {"count": 5, "unit": "days"}))))
    assert changes(shop, due) == utc("2026-11-26T00:00")
    assert changes(shop, due, as_of=utc("2026-11-26T00:00")) == utc("2026-12-02T00:00")


def test_a_weekday_comes_every_week(shop: Engine) -> None:
    """
    Ann joined on a Tuesday; 23 November 2026 is a Monday.
    """
    definition = steps(is_("joined", "partial", {"weekdays": ["today"]}))
    assert changes(shop, definition) == utc("2026-11-24T00:00")


# --- segments in segments, pins, never -------------------------------------------------------------------------------


def test_a_nested_segment_changes_at_its_own_midnight(shop: Engine) -> None:
    """
    22 November 10:00 UTC is the 22nd in Tokyo, whose 24th begins at 15:00 UTC of the 23rd.
    """
    recent = segment("recent", bought(window=last(1, "days")), time_zone="Asia/Tokyo")
    definition = segment("s", refers("recent"), time_zone="America/New_York")
    assert changes(shop, definition, segments={"recent": recent}) == utc("2026-11-23T15:00")
    assert changes(shop, definition, segments={"recent": recent}, time_zone="UTC") == utc("2026-11-23T15:00")


@pytest.mark.parametrize(
    "definition",
    [
        steps(EVERYONE),
        steps(is_("city", "is", "Paris")),
        steps(bought()),
        steps(bought(window={"kind": "since", "from": "2026-11-01"})),
        steps(is_("joined", "before_last", {"count": 5, "unit": "days"})),
        static("s", "ann"),
        segment("s", bought(window=last(7, "days")), pinned={"keep_in": ["ann"]}),
        segment("s", bought(window=last(7, "days")), pinned={"keep_out": ["ann"]}),
        segment("s", bought(window=last(7, "days")), scope="business_unit", business_unit="west"),
    ],
)
def test_what_time_cannot_change_never_changes(shop: Engine, definition: Any) -> None:
    assert changes(shop, definition) is None


def test_a_contact_without_dates_never_changes(shop: Engine) -> None:
    assert changes(shop, steps(bought(window=last(7, "days"))), "cleo") is None
    assert changes(shop, steps(is_("born", "anniversary", {"in_period": "today"})), "cleo") is None


def test_weeks_turn_on_the_organizations_first_weekday() -> None:
    catalog = CATALOG | {"organization": {"first_weekday": "sunday"}}
    with coterie.open(":memory:", catalog=catalog) as engine:
        engine.load("contact", [{"contact_id": "ann", "joined": "2026-11-23T10:00Z"}])
        definition = steps(is_("joined", "in_period", "this_week"))
        assert changes(engine, definition) == utc("2026-11-29T00:00")
