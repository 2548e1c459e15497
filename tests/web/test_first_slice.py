"""From the first sign-in to a live segment with its members."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from coterie import Engine
from coterie_web.accounts.models import HistoryEntry, User
from coterie_web.segments.lifecycle import go_live, stop
from coterie_web.segments.models import Segment
from coterie_web.site.first_run import first_link
from coterie_web.ui.clock import TestClock
from coterie_web.worker.keeper import Keeper

RUNNERS = {
    "blocks": [
        {
            "block": {
                "kind": "profile",
                "where": {"attribute": "interests", "operator": "includes_any", "value": ["running"]},
            }
        }
    ]
}


@pytest.mark.django_db
def test_the_first_link_signs_in_once(clock: TestClock) -> None:
    secret, browser = first_link(clock.now()), Client()
    assert browser.get(f"/sign-in/{secret}/").status_code == 200
    assert browser.post(f"/sign-in/{secret}/").headers["Location"] == "/welcome/"
    assert browser.get("/settings/").status_code == 200
    again = Client()
    assert "used already" in again.post(f"/sign-in/{secret}/", follow=True).content.decode()


@pytest.mark.django_db
def test_nothing_is_shown_to_who_is_not_signed_in() -> None:
    assert Client().get("/segments/").headers["Location"].startswith("/sign-in/")
    fragment = Client().get("/segments/", headers={"HX-Request": "true"})
    assert fragment.headers["HX-Redirect"].startswith("/sign-in/")


@pytest.mark.django_db(transaction=True)
def test_a_draft_goes_live_and_its_members_follow_the_data(
    engine: Engine, keeper: Keeper, clock: TestClock, draft: Callable[..., Segment], person: Callable[..., User]
) -> None:
    runners = draft("Runners", RUNNERS)
    assert go_live(runners, acting_user=person("marketer"), now=clock.now()) == []
    runners.refresh_from_db()
    assert runners.status_words == "Going live"
    keeper.step()
    runners.refresh_from_db()
    assert (runners.status_words, set(engine.published["runners"].members)) == ("Live", {"1", "3"})
    engine.ingest([{"type": "upsert", "entity": "contact", "record": {"contact_id": "4", "interests": "running"}}])
    keeper.step()
    assert set(engine.published["runners"].members) == {"1", "3", "4"}
    stop(runners, acting_user=person("marketer"), now=clock.now())
    keeper.step()
    runners.refresh_from_db()
    assert (runners.status_words, "runners" in engine.published) == ("Draft, stopped", False)
    assert list(HistoryEntry.objects.values_list("deed", flat=True)) == ["stopped", "went live"]


@pytest.mark.django_db(transaction=True)
def test_a_draft_with_a_problem_stays_a_draft(
    engine: Engine, clock: TestClock, draft: Callable[..., Segment], person: Callable[..., User]
) -> None:
    wrong = draft("Wrong", {"blocks": [{"block": {"kind": "segment", "segment": "nobody"}}]})
    [problem] = go_live(wrong, acting_user=person("marketer"), now=clock.now())
    assert problem.code == "unknown_segment"
    wrong.refresh_from_db()
    assert wrong.status_words == "Draft"


@pytest.mark.django_db
def test_a_person_sees_the_segments_of_their_unit_below_and_above(
    engine: Engine, signed_in: Callable[..., Client], draft: Callable[..., Segment], person: Callable[..., User]
) -> None:
    for unit in (None, "north", "fjords", "south"):
        draft(f"Of {unit}", owner=person("manager", unit))
    page = signed_in("viewer", "north").get("/segments/").content.decode()
    assert [f"Of {unit}" in page for unit in (None, "north", "fjords", "south")] == [True, True, True, False]
    hidden = Segment.objects.get(name="Of south")
    browser = signed_in("viewer", "north")
    absent = browser.get("/segments/00000000-0000-0000-0000-000000000000/")
    foreign = browser.get(hidden.get_absolute_url())
    assert (foreign.status_code, foreign.content) == (404, absent.content)
