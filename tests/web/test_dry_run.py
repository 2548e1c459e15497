"""Before an edit is published: who would enter and leave, of it and of who refers to it, exactly."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from django.test import Client

from coterie import Engine
from coterie_web.accounts.models import User
from coterie_web.segments.lifecycle import NotNow, edit, go_live, publish
from coterie_web.segments.lifecycle.dry_run import dry_run_of
from coterie_web.segments.models import Segment
from coterie_web.ui.clock import TestClock
from coterie_web.worker.keeper import Keeper

pytestmark = pytest.mark.django_db

Draft = Callable[..., Segment]
SignedIn = Callable[..., Client]
Person = Callable[..., User]


def cities(*names: str) -> dict[str, object]:
    where = {"attribute": "city", "operator": "is_in", "value": list(names)}
    return {"blocks": [{"block": {"kind": "profile", "where": {"all": [where]}}}]}


EVERYONE_BUT = {
    "blocks": [
        {"block": {"kind": "everyone"}},
        {"combine": "but_not", "block": {"kind": "segment", "segment": "in-oslo"}},
    ]
}


@pytest.fixture
def edited(engine: Engine, draft: Draft, keeper: Keeper, clock: TestClock) -> Segment:
    """Oslo (2, 4) is served, the edit says Oslo or Paris or Bergen but not those of Oslo called Ben: (3, 4, 6)."""
    segment = draft("In Oslo", cities("Oslo"), wording="Contacts whose City is Oslo.")
    others = draft("The others", EVERYONE_BUT)
    for each in (segment, others):
        assert go_live(each, acting_user=each.owner, now=clock.now()) == []
    keeper.step()
    edit(segment, acting_user=segment.owner, now=clock.now())
    new = cities("Oslo", "Paris", "Bergen")
    new["blocks"].append(  # type: ignore[attr-defined]
        {
            "combine": "but_not",
            "block": {"kind": "profile", "where": {"attribute": "first_name", "operator": "is", "value": "Ben"}},
        }
    )
    Segment.objects.filter(id=segment.id).update(definition=new, wording="Contacts whose City is Paris.")
    return Segment.objects.select_related("live_version").get(id=segment.id)


def test_it_tells_who_would_enter_stay_and_leave(edited: Segment, clock: TestClock) -> None:
    run = dry_run_of(edited, edited.owner, now=clock.now())
    assert (run.number, run.move.before, run.move.after) == (2, 2, 3)
    assert (run.move.entered, run.move.stay, run.move.left) == (2, 1, 1)
    assert [contact.name for contact in run.entering.contacts] == ["Chloé Beaumont", "Fay Zhang"]
    assert [contact.name for contact in run.leaving.contacts] == ["Ben Okafor"]


def test_it_tells_the_same_of_who_refers_to_it(edited: Segment, clock: TestClock) -> None:
    [move] = dry_run_of(edited, edited.owner, now=clock.now()).felt
    assert (move.segment.key, move.entered, move.left) == ("the-others", 1, 2)


def test_nothing_is_published_by_looking(engine: Engine, edited: Segment, keeper: Keeper, clock: TestClock) -> None:
    publication = engine.published["in-oslo"].publication
    dry_run_of(edited, edited.owner, now=clock.now())
    keeper.step()
    assert engine.published["in-oslo"].publication == publication
    assert set(engine.published["in-oslo"].members) == {"2", "4"}


def test_a_person_is_told_of_the_contacts_that_they_see(edited: Segment, clock: TestClock, person: Person) -> None:
    run = dry_run_of(edited, person("manager", "fjords"), now=clock.now())
    assert (run.move.before, run.move.after, run.move.entered, run.move.left) == (0, 1, 1, 0)
    assert [contact.name for contact in run.entering.contacts] == ["Fay Zhang"]


def test_the_page_shows_names_numbers_and_what_was_changed(edited: Segment, signed_in: SignedIn) -> None:
    page = signed_in().get(f"/segments/{edited.id}/dry-run/").content.decode()
    assert re.findall(r'class="big"[^>]*>([\d,]+)<', page) == ["2", "1", "1"]
    assert '<a class="name" href="/contacts/6/">Fay Zhang</a>' in page
    assert f'href="/segments/{edited.id}/check/?contact=6&amp;version=draft" aria-label="Why Fay Zhang?"' in page
    assert "<ins>Paris</ins>" in page
    assert "The others" in page
    assert "Publish version 2" in page


def test_everybody_who_would_move_is_listed_page_by_page_with_why(
    engine: Engine, edited: Segment, signed_in: SignedIn
) -> None:
    engine.load("contact", [{"contact_id": f"p{n}", "first_name": f"P{n:02}", "city": "Paris"} for n in range(40)])
    browser = signed_in()
    review = browser.get(f"/segments/{edited.id}/dry-run/").content.decode()
    assert f'<a href="/segments/{edited.id}/dry-run/entering/">See all 42</a>' in review
    seen: list[str] = []
    address = f"/segments/{edited.id}/dry-run/entering/"
    while address:
        page = browser.get(address).content.decode()
        assert "42 would enter" in page
        seen += re.findall(rf'href="/segments/{edited.id}/check/\?contact=([^"&]*)"', page)
        following = re.search(r'id="next" href="([^"]*)"', page)
        address = f"/segments/{edited.id}/dry-run/entering/{unescape(following[1])}" if following else ""
    assert sorted(seen) == sorted(["3", "6", *(f"p{n}" for n in range(40))])
    leaving = browser.get(f"/segments/{edited.id}/dry-run/leaving/").content.decode()
    assert ("1 would leave" in leaving, "Ben Okafor" in leaving) == (True, True)


def test_why_somebody_would_move_is_told_by_the_new_definition(edited: Segment, signed_in: SignedIn) -> None:
    page = signed_in().get(f"/segments/{edited.id}/check/?contact=2&version=draft").content.decode()
    assert re.search(r"<h2>Ben Okafor is out<", page)


def test_who_sees_a_part_is_listed_a_part_of_who_would_move(edited: Segment, signed_in: SignedIn) -> None:
    page = signed_in("manager", "fjords").get(f"/segments/{edited.id}/dry-run/entering/").content.decode()
    assert ("1 would enter" in page, "Fay Zhang" in page, "Chloé" in page) == (True, True, False)


def test_what_was_reviewed_is_published_by_the_button_of_the_page(
    engine: Engine, edited: Segment, keeper: Keeper, signed_in: SignedIn
) -> None:
    browser = signed_in()
    page = browser.get(f"/segments/{edited.id}/dry-run/").content.decode()
    reviewed = re.search(r'name="reviewed" value="([^"]*)"', page)
    assert reviewed is not None
    form = {"reviewed": reviewed[1], "note": "Wider"}
    Segment.objects.filter(id=edited.id).update(changed_at=edited.changed_at.replace(year=2027))
    refused = browser.post(f"/segments/{edited.id}/publish/", form, follow=True).content.decode()
    assert "was changed after you looked" in refused
    Segment.objects.filter(id=edited.id).update(changed_at=edited.changed_at)
    browser.post(f"/segments/{edited.id}/publish/", form)
    keeper.step()
    assert set(engine.published["in-oslo"].members) == {"3", "4", "6"}


def test_an_edit_with_problems_shows_these_instead(edited: Segment, signed_in: SignedIn) -> None:
    Segment.objects.filter(id=edited.id).update(definition={"blocks": []})
    answer = signed_in().get(f"/segments/{edited.id}/dry-run/")
    assert answer.headers["Location"] == f"/segments/{edited.id}/problems/"


def test_a_segment_that_is_not_edited_has_nothing_to_review(engine: Engine, draft: Draft, signed_in: SignedIn) -> None:
    fresh = draft("Fresh")
    assert signed_in().get(f"/segments/{fresh.id}/dry-run/").headers["Location"] == f"/segments/{fresh.id}/"


def test_segments_that_publishing_would_break_are_named_and_it_is_not_published(
    engine: Engine, draft: Draft, keeper: Keeper, clock: TestClock
) -> None:
    """
    References go at most eight deep: a segment at the end of a long chain fails once the first refers to one more.
    """
    chain = [draft("Link 0"), draft("Below")]
    for number in range(1, 9):
        block = {"kind": "segment", "segment": f"link-{number - 1}"}
        chain.append(draft(f"Link {number}", {"blocks": [{"block": block}]}))
    for segment in chain:
        assert go_live(segment, acting_user=segment.owner, now=clock.now()) == []
    keeper.step()
    edit(chain[0], acting_user=chain[0].owner, now=clock.now())
    below = {"blocks": [{"block": {"kind": "segment", "segment": "below"}}]}
    Segment.objects.filter(id=chain[0].id).update(definition=below)
    first = Segment.objects.select_related("live_version").get(id=chain[0].id)
    assert dry_run_of(first, first.owner, now=clock.now()).broken == ("Link 8",)
    with pytest.raises(NotNow, match="1 live segment: Link 8 could not be evaluated"):
        publish(first, acting_user=first.owner, now=clock.now())
