"""The General tab: what is said of a segment, by whom it may be changed, and whose it is."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from coterie import Engine
from coterie_web.accounts.models import HistoryEntry, User
from coterie_web.segments.details.actions import transfer
from coterie_web.segments.lifecycle import go_live
from coterie_web.segments.models import Segment
from coterie_web.ui.clock import TestClock
from coterie_web.ui.refusals import NotAllowed, NotNow

pytestmark = pytest.mark.django_db

Draft = Callable[..., Segment]
SignedIn = Callable[..., Client]
Person = Callable[..., User]

SAID = {"name": "In Oslo", "scope": "organization"}


def test_what_is_said_is_changed_and_remembered(engine: Engine, draft: Draft, signed_in: SignedIn) -> None:
    segment = draft("In Oslo")
    form = {**SAID, "name": " Those  in Oslo ", "time_zone": "Europe/Oslo", "tags": "b, a", "description": "Why"}
    signed_in().post(f"/segments/{segment.id}/general/", form)
    segment.refresh_from_db()
    assert (segment.name, segment.time_zone, segment.tags) == ("Those in Oslo", "Europe/Oslo", ["b", "a"])
    assert segment.key == "in-oslo", "permanent"
    assert "Days are those of Europe/Oslo." in segment.wording
    entry = HistoryEntry.objects.get()
    assert (entry.deed, entry.details) == ("changed details", {"parts": ["description", "name", "tags", "time_zone"]})


def test_saving_what_is_there_writes_nothing(engine: Engine, draft: Draft, signed_in: SignedIn) -> None:
    segment = draft("In Oslo")
    page = signed_in().post(f"/segments/{segment.id}/general/", SAID, follow=True).content.decode()
    assert "Nothing was changed." in page
    assert not HistoryEntry.objects.exists()


def test_a_wrong_value_stands_at_its_field(engine: Engine, draft: Draft, signed_in: SignedIn) -> None:
    segment = draft("In Oslo")
    answer = signed_in().post(f"/segments/{segment.id}/general/", {**SAID, "time_zone": "Mars"})
    assert answer.status_code == 422
    assert "There is no time zone" in answer.content.decode()


def test_an_external_source_is_said_of_static_segments_alone(engine: Engine, draft: Draft, signed_in: SignedIn) -> None:
    browser, static, dynamic = signed_in(), draft("Guests", type="static"), draft("In Oslo")
    for segment in (static, dynamic):
        browser.post(
            f"/segments/{segment.id}/general/",
            {
                "name": segment.name,
                "scope": "organization",
                "external_source": "CRM",
                "external_url": "https://crm.example",
            },
        )
        segment.refresh_from_db()
    assert (static.type_words, static.external_url) == ("External", "https://crm.example")
    assert dynamic.type_words == "Dynamic"
    wrong = browser.post(
        f"/segments/{static.id}/general/",
        {"name": "Guests", "scope": "organization", "external_source": "CRM", "external_url": "javascript:alert(1)"},
    )
    assert "begins with https://" in wrong.content.decode()


def test_who_may_not_change_it_reads_it(engine: Engine, draft: Draft, signed_in: SignedIn) -> None:
    segment = draft("In Oslo", description="Why")
    page = signed_in("viewer").get(f"/segments/{segment.id}/general/").content.decode()
    assert "Why" in page
    assert 'name="name"' not in page
    assert signed_in("viewer").post(f"/segments/{segment.id}/general/", SAID | {"name": "X"}).status_code == 403


def test_a_live_one_shows_what_is_locked(engine: Engine, draft: Draft, signed_in: SignedIn, clock: TestClock) -> None:
    segment = draft("In Oslo")
    go_live(segment, acting_user=segment.owner, now=clock.now())
    page = signed_in().get(f"/segments/{segment.id}/general/").content.decode()
    assert "It is live: what is said of it stays as it is" in page
    assert 'name="name"' not in page
    assert 'name="tags"' in page


def test_a_manager_gives_a_segment_to_another_owner(
    engine: Engine, draft: Draft, person: Person, signed_in: SignedIn
) -> None:
    segment, other = draft("In Oslo"), person("marketer", "south")
    signed_in("manager").post(f"/segments/{segment.id}/general/owner/", {"owner": str(other.id)})
    segment.refresh_from_db()
    assert segment.owner == other
    assert HistoryEntry.objects.get().details == {"from": "Marketer of all", "to": "Marketer of south"}


def test_who_cannot_own_it_does_not_get_it(engine: Engine, draft: Draft, person: Person, clock: TestClock) -> None:
    of_north = draft("In Oslo", owner=person("marketer", "north"), scope="business_unit")
    with pytest.raises(NotAllowed):
        transfer(of_north, person("manager", "north"), acting_user=person("marketer", "north"), now=clock.now())
    for owner, code in ((person("viewer"), "no_such_owner"), (person("marketer"), "scope")):
        with pytest.raises(NotNow) as refusal:
            transfer(of_north, owner, acting_user=person("manager"), now=clock.now())
        assert refusal.value.code == code
    with pytest.raises(NotNow) as refusal:
        transfer(of_north, person("marketer", "south"), acting_user=person("manager", "north"), now=clock.now())
    assert refusal.value.code == "no_such_owner"


def test_people_that_one_does_not_see_are_answered_as_absent(
    engine: Engine, draft: Draft, person: Person, signed_in: SignedIn
) -> None:
    segment = draft("In Oslo", owner=person("marketer", "north"))
    browser, address = signed_in("manager", "north"), f"/segments/{segment.id}/general/owner/"
    foreign = browser.post(address, {"owner": str(person("marketer", "south").id)})
    absent = browser.post(address, {"owner": "00000000-0000-0000-0000-000000000000"})
    assert (foreign.status_code, foreign.content) == (absent.status_code, absent.content) == (404, absent.content)
