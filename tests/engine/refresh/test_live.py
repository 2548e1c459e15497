"""Live segments: what they refer to, what moves them, and in which order they come."""

from __future__ import annotations

from refresh_shop import CATALOG, UTC_ZONE, checked, has, live, profile, purchases, refers, segment

from coterie.errors import Problem
from coterie.refresh.live import LiveSegment, in_order

BASE = segment("base", profile(has("city", "is", "Paris")))
OTHER = segment("other", purchases(3))
USER = segment("user", refers("other"), refers("base"), refers("other"))


def test_it_refers_to_each_segment_once_in_the_order_of_its_text() -> None:
    segments = live([USER, BASE, OTHER])
    assert segments["user"].refers_to == ("other", "base")
    assert segments["base"].refers_to == ()


def test_each_comes_after_those_that_it_refers_to() -> None:
    top = segment("top", refers("user"))
    assert in_order(live([top, USER, BASE, OTHER])) == ["other", "base", "user", "top"]


def test_what_is_missing_or_goes_in_circles_is_passed_over() -> None:
    segments = live([USER, BASE, OTHER])
    del segments["other"]
    assert in_order(segments) == ["base", "user"]
    one, two = (
        LiveSegment(key=key, version=1, segment=segments["base"].segment, refers_to=(other,))
        for key, other in (("one", "two"), ("two", "one"))
    )
    assert sorted(in_order({"one": one, "two": two})) == ["one", "two"]


def test_its_conditions_are_those_on_dates_in_its_own_zone() -> None:
    paris = segment("paris", purchases(3), profile(has("city", "is", "Paris")), time_zone="Europe/Paris")
    segments = live([paris, OTHER])
    assert [moving.zone.key for moving in segments["paris"].conditions] == ["Europe/Paris"]
    assert [moving.zone.key for moving in segments["other"].conditions] == ["UTC"]


def test_one_with_problems_is_moved_by_nothing() -> None:
    problem = Problem(code="unknown_attribute", path="", message="", hint="")
    held = LiveSegment.of(checked(OTHER), 1, UTC_ZONE, CATALOG, (problem,))
    assert (held.conditions, held.problems) == ((), (problem,))
