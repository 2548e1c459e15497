"""The head of a segment with its commands, and that every page of a foreign segment is as if it were not there."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client

from coterie import Engine
from coterie_web.accounts.models import User
from coterie_web.segments.lifecycle import go_live
from coterie_web.segments.models import Segment
from coterie_web.ui.clock import TestClock
from coterie_web.worker.keeper import Keeper

pytestmark = pytest.mark.django_db

Draft = Callable[..., Segment]
SignedIn = Callable[..., Client]
Person = Callable[..., User]

PAGES = (
    "general/",
    "related/",
    "versions/",
    "problems/",
    "dry-run/",
    "head/",
    "delete/",
    "save-as-template/",
    "definition.yaml",
)
PRESSED = (
    "go-live/",
    "edit/",
    "discard/",
    "publish/",
    "stop/",
    "duplicate/",
    "delete/",
    "versions/1/load/",
    "general/owner/",
)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_of_a_foreign_segment_is_answered_as_one_that_is_not_there(
    page: str, engine: Engine, draft: Draft, person: Person, signed_in: SignedIn
) -> None:
    hidden, browser = draft("Hidden", owner=person("manager", "south")), signed_in("manager", "north")
    foreign = browser.get(f"/segments/{hidden.id}/{page}")
    absent = browser.get(f"/segments/00000000-0000-0000-0000-000000000000/{page}")
    assert (foreign.status_code, foreign.content) == (404, absent.content)


@pytest.mark.parametrize("command", PRESSED)
def test_a_command_on_a_foreign_segment_is_answered_as_on_one_that_is_not_there(
    command: str, engine: Engine, draft: Draft, person: Person, signed_in: SignedIn
) -> None:
    hidden, browser = draft("Hidden", owner=person("manager", "south")), signed_in("manager", "north")
    foreign = browser.post(f"/segments/{hidden.id}/{command}", {"sure": "yes"})
    absent = browser.post(f"/segments/00000000-0000-0000-0000-000000000000/{command}", {"sure": "yes"})
    assert (foreign.status_code, foreign.content) == (404, absent.content)
    hidden.refresh_from_db()
    assert hidden.status == "draft"


@pytest.mark.parametrize("command", [command for command in PRESSED if command != "delete/"])
def test_commands_are_pressed_not_followed(command: str, engine: Engine, draft: Draft, signed_in: SignedIn) -> None:
    assert signed_in().get(f"/segments/{draft('In Oslo').id}/{command}").status_code == 405


@pytest.mark.parametrize("command", [command for command in PRESSED if command not in {"duplicate/", "general/owner/"}])
def test_who_may_not_change_a_segment_is_refused(
    command: str, engine: Engine, draft: Draft, person: Person, signed_in: SignedIn
) -> None:
    segment = draft("In Oslo", owner=person("manager"))
    answer = signed_in().post(f"/segments/{segment.id}/{command}", {"sure": "yes"})
    assert answer.status_code == 403
    assert "is changed by its owner, Manager of all" in answer.content.decode()


def commands(browser: Client, segment: Segment) -> dict[str, str | None]:
    """The commands of the head, each with the reason why it is not possible."""
    page = browser.get(f"/segments/{segment.id}/head/").content.decode()
    bar = page.partition('aria-label="Commands"')[2].partition("</nav>")[0]
    possible = re.findall(r'(?:type="submit"|href="[^"]*")>\s*<svg[^>]*>.*?</svg>\s*([A-Z][^<]*)', bar)
    refused = re.findall(r'aria-disabled="true" title="([^"]*)">.*?<span>([^<]*)', bar)
    return {**dict.fromkeys((name.strip() for name in possible), None), **{name: reason for reason, name in refused}}


def test_the_commands_follow_the_status(
    engine: Engine, draft: Draft, keeper: Keeper, clock: TestClock, signed_in: SignedIn
) -> None:
    browser, segment = signed_in(), draft("In Oslo")
    always = {"Duplicate": None, "Save as template": None, "Export definition": None}
    not_draft = {"Delete": "Only drafts are deleted. Stop it first."}
    assert commands(browser, segment) == {
        **always, "Go live": None, "Check for problems": None, "Stop": "It is not live.", "Delete": None,
    }  # fmt: skip
    browser.post(f"/segments/{segment.id}/go-live/")
    going = "It is going live: edit it as soon as it is."
    assert commands(browser, segment) == {**always, **not_draft, "Edit": going, "Stop": None}
    keeper.step()
    assert commands(browser, segment) == {**always, **not_draft, "Edit": None, "Stop": None}
    browser.post(f"/segments/{segment.id}/edit/")
    assert commands(browser, segment) == {
        **always, **not_draft, "Review and publish": None, "Discard changes": None, "Stop": None,
    }  # fmt: skip


def test_who_needs_it_is_the_reason_why_it_is_not_stopped(
    engine: Engine, draft: Draft, clock: TestClock, signed_in: SignedIn
) -> None:
    needed = draft("In Oslo")
    user = draft("Mail", {"blocks": [{"block": {"kind": "segment", "segment": "in-oslo"}}]})
    for segment in (needed, user):
        go_live(segment, acting_user=segment.owner, now=clock.now())
    assert commands(signed_in(), needed)["Stop"] == (
        "In Oslo is used by 1 live segment: Mail. Stop it first, or take the block out of it."
    )


def test_a_viewer_sees_every_command_with_the_reason(engine: Engine, draft: Draft, signed_in: SignedIn) -> None:
    shown = commands(signed_in("viewer"), draft("In Oslo"))
    assert {name for name, reason in shown.items() if reason is None} == {"Check for problems", "Export definition"}


def test_the_head_asks_for_itself_until_the_segment_is_live(
    engine: Engine, draft: Draft, keeper: Keeper, signed_in: SignedIn
) -> None:
    browser, segment = signed_in(), draft("In Oslo")
    browser.post(f"/segments/{segment.id}/go-live/")
    assert 'hx-trigger="every 1s"' in browser.get(f"/segments/{segment.id}/head/?tab=general").content.decode()
    keeper.step()
    head = browser.get(f"/segments/{segment.id}/head/?tab=general").content.decode()
    assert "hx-trigger" not in head
    assert '<span class="tag">6</span>' in head
    assert re.search(r'general/" aria-current="page"', head)


def test_problems_lead_to_their_rows(engine: Engine, draft: Draft, signed_in: SignedIn) -> None:
    wrong = draft("Wrong", {"blocks": [{"block": {"kind": "segment", "segment": "nobody"}}]})
    answer = signed_in().post(f"/segments/{wrong.id}/go-live/", follow=True)
    page = answer.content.decode()
    assert "1 problem keeps it from going live" in page
    assert f"/segments/{wrong.id}/?problem=definition.blocks%5B0%5D.block.segment#node-definition.blocks%5B0%5D" in page
    assert "unknown_segment" in page


def test_a_draft_without_problems_is_told_so(engine: Engine, draft: Draft, signed_in: SignedIn) -> None:
    page = signed_in().get(f"/segments/{draft('In Oslo').id}/problems/").content.decode()
    assert "Nothing keeps it from going live." in page


def test_pressing_twice_says_what_happened_meanwhile(engine: Engine, draft: Draft, signed_in: SignedIn) -> None:
    browser, segment = signed_in(), draft("In Oslo")
    browser.post(f"/segments/{segment.id}/go-live/")
    page = browser.post(f"/segments/{segment.id}/go-live/", follow=True).content.decode()
    assert "In Oslo is no draft any more: it is going live." in page


def test_deleting_asks_first_and_names_the_drafts(engine: Engine, draft: Draft, signed_in: SignedIn) -> None:
    browser, named = signed_in(), draft("In Oslo")
    draft("Mail", {"blocks": [{"block": {"kind": "segment", "segment": "in-oslo"}}]})
    asking = browser.post(f"/segments/{named.id}/delete/").content.decode()
    assert "1 draft names it, and could then not go live:" in asking
    unwarned = browser.post(f"/segments/{named.id}/delete/", {"sure": "yes"}, follow=True).content.decode()
    assert "is named in drafts that could then not go live: Mail." in unwarned
    page = browser.post(f"/segments/{named.id}/delete/", {"sure": "yes", "warned": "yes"}, follow=True)
    assert "In Oslo was deleted." in page.content.decode()


def test_a_hostile_name_is_shown_as_text(engine: Engine, draft: Draft, signed_in: SignedIn) -> None:
    segment = draft("Hostile")
    Segment.objects.filter(id=segment.id).update(name='<script>alert("1")</script>', tags=["<b>"], wording="<i>")
    for address in ("/segments/", f"/segments/{segment.id}/general/", f"/segments/{segment.id}/delete/"):
        page = signed_in().get(address).content.decode()
        assert "<script>alert" not in page
        assert "<b>," not in page
