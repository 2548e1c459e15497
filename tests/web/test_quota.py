"""How many segments may be live, and what is said when there are no places left."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import Settings

from coterie import Engine
from coterie_web.segments.lifecycle import go_live, stop
from coterie_web.segments.lifecycle.quota import Quota, over_quota
from coterie_web.segments.models import Segment
from coterie_web.ui.clock import TestClock
from coterie_web.ui.refusals import NotNow

Draft = Callable[..., Segment]


def test_one_more_may_go_live_while_a_place_is_free() -> None:
    assert over_quota(Quota(live=9, most=10), unused=[]) is None


def test_a_full_quota_names_what_may_best_be_stopped() -> None:
    refusal = over_quota(Quota(live=10, most=10), unused=["A", "B", "C", "D"])
    assert refusal == "All 10 places for live segments are taken. Stop one that no other segment uses: A, B, C."


def test_a_quota_lowered_below_what_is_live_has_no_place() -> None:
    quota = Quota(live=12, most=10)
    assert (quota.free, quota.percent, over_quota(quota, unused=[]) is None) == (0, 100.0, False)


def test_a_quota_of_none_is_full() -> None:
    assert Quota(live=0, most=0).percent == 100.0


def test_the_meter_says_when_it_is_nearly_full() -> None:
    assert [Quota(live=live, most=10).is_nearly_full for live in (8, 9)] == [False, True]


@pytest.mark.django_db
def test_the_last_place_is_taken_once_and_free_after_a_stop(
    engine: Engine, draft: Draft, clock: TestClock, settings: Settings
) -> None:
    settings.LIVE_QUOTA = 2
    needed, user, third = draft("Needed"), draft("User", _members_of("needed")), draft("Third")
    owner = needed.owner
    for segment in (needed, user):
        assert go_live(segment, acting_user=owner, now=clock.now()) == []
    with pytest.raises(NotNow) as refusal:
        go_live(third, acting_user=owner, now=clock.now())
    assert refusal.value.code == "over_quota"
    assert str(refusal.value).endswith("Stop one that no other segment uses: User."), "Needed is used"
    stop(user, acting_user=owner, now=clock.now())
    assert go_live(third, acting_user=owner, now=clock.now()) == []


@pytest.mark.django_db
def test_problems_are_told_before_a_full_quota(
    engine: Engine, draft: Draft, clock: TestClock, settings: Settings
) -> None:
    settings.LIVE_QUOTA = 0
    wrong = draft("Wrong", _members_of("nobody"))
    assert [problem.code for problem in go_live(wrong, acting_user=wrong.owner, now=clock.now())] == ["unknown_segment"]


@pytest.mark.django_db
def test_the_list_shows_the_meter(
    engine: Engine, draft: Draft, clock: TestClock, settings: Settings, signed_in: Callable[..., Client]
) -> None:
    settings.LIVE_QUOTA = 8
    segment = draft("In Oslo")
    go_live(segment, acting_user=segment.owner, now=clock.now())
    page = signed_in().get("/segments/").content.decode()
    assert "<b>1</b> of 8 live" in page
    assert "7 free" in page


def _members_of(key: str) -> dict[str, object]:
    return {"blocks": [{"block": {"kind": "segment", "segment": key}}]}
