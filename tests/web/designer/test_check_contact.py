"""Why somebody is in or out."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from django.test import Client

from coterie import Engine
from coterie_web.accounts.models import User
from coterie_web.segments.lifecycle import go_live
from coterie_web.segments.models import Segment
from coterie_web.ui.clock import TestClock
from coterie_web.worker.keeper import Keeper

pytestmark = pytest.mark.django_db(transaction=True)

ACTIVE = {
    "blocks": [
        {
            "block": {
                "kind": "profile",
                "where": {
                    "all": [
                        {"attribute": "age", "operator": "between", "value": [25, 40]},
                        {
                            "any": [
                                {"attribute": "city", "operator": "is", "value": "Oslo"},
                                {"attribute": "interests", "operator": "includes_any", "value": ["running"]},
                            ]
                        },
                    ]
                },
            }
        },
        {
            "combine": "and_also",
            "block": {
                "kind": "interaction",
                "interaction": "purchase",
                "operator": "at_least",
                "value": 1,
                "window": {"kind": "last", "count": 30, "unit": "days"},
            },
        },
    ]
}


def asked(browser: Client, segment: Segment, **query: str) -> str:
    page = browser.get(f"{segment.get_absolute_url()}check/", query).content.decode()
    return " ".join(unescape(re.sub(r"<svg.*?</svg>|<[^>]*>", " ", page, flags=re.DOTALL)).split())


@pytest.mark.parametrize("who", ["1", "Ana Oliveira", "ana@example.com", "ana o"])
def test_a_contact_is_found_by_key_name_and_email(
    engine: Engine, draft: Callable[..., Segment], signed_in: Callable[..., Client], who: str
) -> None:
    assert "Why is Ana Oliveira in?" in asked(signed_in(), draft("Active", ACTIVE), contact=who)


def test_an_exact_key_is_found_among_many_that_begin_with_it(
    engine: Engine, draft: Callable[..., Segment], signed_in: Callable[..., Client]
) -> None:
    """
    More contacts match than are looked through, and became known before.
    """
    engine.load("contact", [{"contact_id": f"77{number}", "first_name": "Many"} for number in range(25)])
    engine.load("contact", [{"contact_id": "77", "first_name": "Gil"}])
    assert "Why is Gil out?" in asked(signed_in(), draft("Active", ACTIVE), contact="77")


def test_every_line_is_true_or_false_with_what_decided(
    engine: Engine, draft: Callable[..., Segment], signed_in: Callable[..., Client]
) -> None:
    page = asked(signed_in(), draft("Active", ACTIVE), contact="1")
    assert "True: Age is between 25 and 40 34" in page
    assert "True: Any of these 1 of 2 is true" in page
    assert "False: City is Oslo Lisbon" in page
    assert "True: Interests includes any of running running, cycling" in page
    assert "and also Purchase in True: Made a purchase at least once in the last 30 days" in page
    assert "120.5" in page
    assert "Changes at Mon 21 Dec 00:00 if nothing else happens: then Ana Oliveira goes out, by time alone." in page


def test_who_is_out_is_told_so(engine: Engine, draft: Callable[..., Segment], signed_in: Callable[..., Client]) -> None:
    page = asked(signed_in(), draft("Active", ACTIVE), contact="4")
    assert "Dag Lindqvist is out" in page
    assert "Time alone does not change this." in page


def test_a_past_moment_can_be_asked_about(
    engine: Engine, draft: Callable[..., Segment], signed_in: Callable[..., Client]
) -> None:
    segment = draft("Active", ACTIVE)
    assert "Ana Oliveira is out" in asked(signed_in(), segment, contact="1", at="2026-11-19T12:00")
    assert "Ana Oliveira is in" in asked(signed_in(), segment, contact="1", at="2026-11-23T12:00")


def test_several_who_could_be_meant_are_offered(
    engine: Engine, draft: Callable[..., Segment], signed_in: Callable[..., Client]
) -> None:
    page = asked(signed_in(), draft("Active", ACTIVE), contact="example.com")
    assert "Who is meant?" in page
    assert "Chloé Beaumont" in page
    assert "No contact is known" in asked(signed_in(), draft("None", ACTIVE), contact="zzz")


def test_pins_are_told_to_have_decided(
    engine: Engine, draft: Callable[..., Segment], signed_in: Callable[..., Client]
) -> None:
    segment = draft("Pinned", ACTIVE, pinned={"keep_in": ["4"], "keep_out": ["1"]})
    assert "Dag Lindqvist is in: kept in by hand" in asked(signed_in(), segment, contact="4")
    assert "Ana Oliveira is out: kept out by hand" in asked(signed_in(), segment, contact="1")


def test_a_contact_of_another_unit_is_not_there(
    engine: Engine, draft: Callable[..., Segment], signed_in: Callable[..., Client]
) -> None:
    segment, browser = draft("Active", ACTIVE), signed_in("viewer", "north")
    assert "No contact is known" in asked(browser, segment, contact="1")
    assert "Ben Okafor is out" in asked(browser, segment, contact="2")


def test_an_incomplete_draft_is_not_evaluated(
    engine: Engine, draft: Callable[..., Segment], signed_in: Callable[..., Client]
) -> None:
    assert "The draft is not complete yet" in asked(signed_in(), draft("Half", {"blocks": []}), contact="1")


def test_the_live_version_is_asked_about_beside_the_draft_and_segments_lead_on(
    engine: Engine,
    keeper: Keeper,
    clock: TestClock,
    draft: Callable[..., Segment],
    signed_in: Callable[..., Client],
    person: Callable[..., User],
) -> None:
    active = draft("Active", ACTIVE)
    outer = draft("Outer", {"blocks": [{"block": {"kind": "segment", "segment": "active"}}]})
    for segment in (active, outer):
        assert go_live(segment, acting_user=person("marketer"), now=clock.now()) == []
    keeper.step()
    Segment.objects.filter(id=outer.id).update(
        status="editing", definition={"blocks": [{"block": {"kind": "everyone"}}]}
    )
    outer.refresh_from_db()
    assert "Dag Lindqvist is out" in asked(signed_in(), outer, contact="4", version="live")
    assert "Dag Lindqvist is in" in asked(signed_in(), outer, contact="4", version="draft")
    page = signed_in().get(f"{outer.get_absolute_url()}check/", {"contact": "1", "version": "live"}).content.decode()
    assert "Member of Active" in page
    assert f"/segments/{active.id}/check/?contact=1" in page
