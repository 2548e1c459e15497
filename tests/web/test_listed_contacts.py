"""Contacts that a segment lists by key, pinned or chosen: a person is told of those whom they see."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from django.test import Client

from coterie import Engine
from coterie_web.accounts.models import User
from coterie_web.segments.designer.draft import draft_of
from coterie_web.segments.lifecycle import edit
from coterie_web.segments.models import Segment
from coterie_web.ui.clock import TestClock

pytestmark = pytest.mark.django_db(transaction=True)

SOUTHERN, NORTHERN, NOBODY = "southerner", "northerner", "key-of-nobody"
LISTED = [SOUTHERN, NORTHERN, NOBODY]
PINNED = {"keep_out": LISTED}


@pytest.fixture(autouse=True)
def contacts(engine: Engine) -> None:
    """One of the south, one of the north, by keys that occur nowhere else on a page."""
    units = {SOUTHERN: "south", NORTHERN: "north"}
    engine.load("contact", [{"contact_id": key, "business_unit": unit} for key, unit in units.items()])


Signed = Callable[..., Client]


@pytest.mark.parametrize("page", ["versions/", "definition.yaml"])
@pytest.mark.parametrize(
    "content", [{"pinned": PINNED}, {"type": "static", "members": LISTED}], ids=["pinned", "chosen"]
)
def test_a_definition_lists_the_contacts_whom_its_reader_sees(
    engine: Engine, draft: Callable[..., Segment], signed_in: Signed, page: str, content: dict[str, object]
) -> None:
    address = f"/segments/{draft('Listing', **content).id}/{page}"

    def listed(browser: Client) -> list[str]:
        words = re.findall(r"[\w-]+", unescape(browser.get(address).content.decode()).replace("\n", " "))
        return [key for key in LISTED if key in words]

    assert (listed(signed_in("viewer", "north")), listed(signed_in("viewer"))) == ([NORTHERN], LISTED)


def test_the_designer_lists_the_pinned_contacts_whom_its_reader_sees(
    engine: Engine, draft: Callable[..., Segment], signed_in: Signed
) -> None:
    address = draft("Pinned", pinned=PINNED).get_absolute_url()
    page = signed_in("viewer", "north").get(address).content.decode()
    assert (NORTHERN in page, SOUTHERN in page, NOBODY in page) == (True, False, False)
    assert NOBODY in signed_in("viewer").get(address).content.decode()


def test_who_edits_keeps_pinned_contacts_whom_they_do_not_see(
    engine: Engine, draft: Callable[..., Segment], signed_in: Signed, person: Callable[..., User]
) -> None:
    segment = draft("Pinned", pinned=PINNED, owner=person("marketer", "north"))
    browser = signed_in("marketer", "north")

    def press(*keys: str, do: str = "") -> dict[str, list[str]]:
        fields = {"revision": draft_of(segment).revision, "pinned.keep_out": keys, "do": do}
        browser.post(segment.get_absolute_url(), fields)
        segment.refresh_from_db()
        return segment.pinned

    assert press("4") == {"keep_out": [SOUTHERN, NOBODY, "4"]}
    assert press("4", do="drop:pinned:keep_out:2") == {"keep_out": [SOUTHERN, NOBODY]}


@pytest.mark.parametrize("unit", ["north", None])
def test_whom_nobody_or_not_the_editor_knows_is_not_pinned_and_the_page_says_so(
    engine: Engine, draft: Callable[..., Segment], signed_in: Signed, person: Callable[..., User], unit: str | None
) -> None:
    segment = draft("Pinned", owner=person("marketer", unit))
    browser = signed_in("marketer", unit)
    answers = []
    for key in ("mistyped", *([SOUTHERN] if unit else [])):
        fields = {"revision": draft_of(segment).revision, "pinned.keep_out": [key, NORTHERN]}
        answers.append(browser.post(segment.get_absolute_url(), fields, headers={"HX-Request": "true"}))
        segment.refresh_from_db()
        assert segment.pinned == {"keep_out": [NORTHERN]}
        assert f"No contact with the key “{key}” is known" in answers[-1].content.decode()
        shown = browser.post(segment.get_absolute_url(), fields, follow=True).content.decode()
        assert f"No contact with the key “{key}” is known" in shown
    assert len(answers) == (2 if unit else 1)


def test_pins_of_an_outdated_page_are_merged_with_those_pinned_meanwhile(
    engine: Engine, live: Callable[..., Segment], signed_in: Signed, clock: TestClock
) -> None:
    segment, browser = live("Pinned", pinned={"keep_in": ["1", "2"]}), signed_in("marketer")
    edit(segment, acting_user=segment.owner, now=clock.now())

    def press(revision: str, *keys: str, do: str = "") -> str:
        browser.post(segment.get_absolute_url(), {"revision": revision, "pinned.keep_in": keys, "do": do})
        segment.refresh_from_db()
        return draft_of(segment).revision

    first = draft_of(segment).revision
    press(first, "1", "2", "3")
    press(first, "2", "4")
    assert segment.pinned == {"keep_in": ["2", "3", "4"]}
    press(first, "1", "2", do="drop:pinned:keep_in:1")
    assert segment.pinned == {"keep_in": ["3", "4"]}
