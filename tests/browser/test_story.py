"""The whole story: a segment is designed, counted, taken live, watched, explained, changed and stopped."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from time import monotonic
from typing import Any, Literal

import pytest
from designing import Designer, Hands, Keyboard, Mouse, WithoutScript
from playwright.sync_api import Locator, Page, expect
from twin import Twin

from conftest import CONTACTS, INTERACTIONS, NOON

DEFINITION: dict[str, Any] = {
    "blocks": [
        {"block": {"kind": "profile", "where": {"all": [{"attribute": "city", "operator": "is", "value": "Paris"}]}}},
        {
            "combine": "and_also",
            "block": {
                "kind": "interaction", "interaction": "website_visited",
                "window": {"kind": "last", "count": 30, "unit": "days"}, "operator": "at_least", "value": 2,
            },
        },
        {"combine": "but_not", "block": {"kind": "segment", "segment": "unreachable"}},
    ]
}  # fmt: skip
"""Those in Paris who visited the web site lately, unless they cannot be reached."""


@pytest.fixture(scope="session")
def twin() -> Iterator[Twin]:
    twin = Twin(contacts=CONTACTS, interactions=INTERACTIONS, as_of=datetime.fromisoformat(NOON))
    yield twin
    twin.close()


def _design(page: Page, hands: Hands, name: str) -> Designer:
    """From the list to a draft that says DEFINITION."""
    page.goto("/segments/new/")
    hands.write(page.get_by_label("Name"), name)
    hands.press(page.get_by_role("button", name="Create draft"))
    designer = Designer(page, hands)
    designer.add("Profile block")
    profile = designer.block("Profile")
    designer.choose(profile, "Attribute", "City")
    designer.write(profile, "Value for City", "Paris")
    designer.add("Behavior block")
    behavior = designer.block("Behavior")
    designer.choose(behavior, "Interaction", "Website visited")
    designer.write(behavior, "Value for Website visited", "2")
    designer.choose(behavior, "Window", "in the last")
    designer.add("Segment block")
    designer.choose(designer.block("Segment"), "Segment", "Unreachable by e-mail")
    designer.combine(3, "but not")
    return designer


@pytest.mark.parametrize("way", ["mouse", "keyboard", "no script"])
def test_a_segment_is_designed_taken_live_watched_explained_changed_and_stopped(
    open_page: Callable[..., Page], twin: Twin, way: str
) -> None:
    page = open_page("/segments/", java_script_enabled=way != "no script")
    hands = Keyboard(page) if way == "keyboard" else WithoutScript() if way == "no script" else Mouse()
    designer = _design(page, hands, f"Parisians by {way}")
    assert designer.numbers == twin.numbers(DEFINITION)

    _go_on(page, hands, _command(page, "Go live"))
    _wait_for_status(page, "Live")
    _go_on(page, hands, page.get_by_role("link", name="Members"))
    members = twin.members(DEFINITION)
    expect(_member_count(page)).to_have_text(str(len(members)))

    newcomer = _send_visits(page, twin, nearly=_with_value(DEFINITION, 1), members=members)
    members = twin.members(DEFINITION)
    assert newcomer in members
    _reload_until(page, _member_count(page), str(len(members)))

    hands.write(page.get_by_role("searchbox", name="Search members"), newcomer)
    hands.submit(page.get_by_role("searchbox", name="Search members"))
    hands.press(page.get_by_role("link", name=re.compile("^Why is .* in")).first)
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("^Why is .* in"))
    expect(page.get_by_role("region", name="Explanation")).to_contain_text("City is Paris")

    hands.press(page.get_by_role("navigation", name="Where you are").get_by_role("link").last)
    _go_on(page, hands, _command(page, "Edit"))
    _wait_for_status(page, "Live, editable")
    designer.write(designer.block("Behavior"), "Value for Website visited", "4")
    stricter = _with_value(DEFINITION, 4)
    assert designer.numbers == twin.numbers(stricter)
    _go_on(page, hands, _command(page, "Publish", "link"))
    leaving = members - twin.members(stricter)
    assert leaving
    expect(page.get_by_role("region", name="Who would move")).to_contain_text(f"Would leave{len(leaving)}")
    _go_on(page, hands, page.get_by_role("button", name="Publish version 2"))
    _wait_for_status(page, "Live")
    _go_on(page, hands, page.get_by_role("link", name="Members"))
    _reload_until(page, _member_count(page), str(len(twin.members(stricter))))

    _go_on(page, hands, _command(page, "Stop"))
    _wait_for_status(page, "Draft, stopped")


def test_nothing_is_lost_of_what_quick_hands_do(open_page: Callable[..., Page], twin: Twin) -> None:
    page = open_page("/segments/")
    designer = _design(page, Mouse(), "Parisians in a hurry")
    behavior = designer.block("Behavior")
    behavior.get_by_label("Value for Website visited", exact=True).fill("4")
    behavior.get_by_label("Window", exact=True).select_option("ever")
    designer.block("Profile").get_by_label("Value for City", exact=True).fill("Lyon")
    designer.block("Profile").get_by_label("Value for City", exact=True).blur()
    designer.wait()
    meant = _with_value(DEFINITION, 4)
    meant["blocks"][0]["block"]["where"]["all"][0]["value"] = "Lyon"
    del meant["blocks"][1]["block"]["window"]
    assert designer.numbers == twin.numbers(meant)


def _with_value(definition: dict[str, Any], value: int) -> dict[str, Any]:
    """The same, but for how many visits there have to be."""
    changed: dict[str, Any] = json.loads(json.dumps(definition))
    changed["blocks"][1]["block"]["value"] = value
    return changed


def _command(page: Page, name: str, role: Literal["button", "link"] = "button") -> Locator:
    return page.get_by_role("group", name="Commands").get_by_role(role, name=name)


def _go_on(page: Page, hands: Hands, way: Locator) -> None:
    """To the page it leads to: whoever looks again before that is there would call off what they asked for."""
    with page.expect_navigation():
        hands.press(way)


def _wait_for_status(page: Page, words: str) -> None:
    _reload_until(page, page.locator("#heading").get_by_role("status").first, words)


def _member_count(page: Page) -> Locator:
    return page.get_by_role("region", name="Evaluation").get_by_role("definition").first


def _send_visits(page: Page, twin: Twin, *, nearly: dict[str, Any], members: set[str]) -> str:
    """Send a visit of somebody who lacked just one to be in, as a web site would; who that is."""
    newcomer = min(twin.members(nearly) - members)
    visit = {"contact_id": newcomer, "occurred_at": "2026-11-23T11:59:00Z", "page": "/", "message_id": f"m{newcomer}"}
    records = [{"type": "interaction", "interaction": "website_visited", "record": visit}]
    token = page.locator("input[name=csrfmiddlewaretoken]").first.input_value()
    answer = page.context.request.post("/api/v1/records", data=records, headers={"X-CSRFToken": token})
    assert answer.status == 202, answer.text()
    twin.ingest(records)
    return newcomer


def _reload_until(page: Page, shown: Locator, text: str) -> None:
    """Look again and again until it is shown: what is published follows what arrives within seconds."""
    deadline = monotonic() + 20
    while shown.inner_text() != text:
        assert monotonic() < deadline, f"{shown.inner_text()} instead of {text}"
        page.wait_for_timeout(100)
        page.reload()
