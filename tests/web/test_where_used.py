"""Who refers to whom, from both sides; templates and history beside it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client

from coterie import Engine
from coterie_web.accounts.models import User
from coterie_web.segments.lifecycle import edit, go_live
from coterie_web.segments.models import Segment, Template
from coterie_web.segments.references import leading_to, referred_keys
from coterie_web.segments.related.links import links_from, links_to
from coterie_web.ui.clock import TestClock

Draft = Callable[..., Segment]
SignedIn = Callable[..., Client]
Person = Callable[..., User]


def members_of(*keys: str) -> dict[str, object]:
    steps = [{"combine": "or", "block": {"kind": "segment", "segment": key}} for key in keys]
    return {"blocks": [{"block": {"kind": "segment", "segment": keys[0]}}, *steps[1:]]}


def test_references_are_found_inside_parentheses_each_once() -> None:
    inside = {"kind": "group", "blocks": [{"block": {"kind": "segment", "segment": "b"}}]}
    steps = [{"block": {"kind": "segment", "segment": key}} for key in ("a", "b")]
    assert referred_keys({"definition": {"blocks": [{"block": inside}, *steps]}}) == ["b", "a"]


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"members": ["1"]},
        {"definition": None},
        {"definition": {"blocks": "x"}},
        {"definition": {"blocks": [None, {}]}},
    ],
)
def test_what_is_incomplete_refers_to_nobody(content: dict[str, object]) -> None:
    assert referred_keys(content) == []


def test_all_that_lead_to_a_segment_are_found_and_a_circle_ends() -> None:
    files = {
        "a": {"definition": members_of("x")},
        "b": {"definition": members_of("a")},
        "c": {"definition": members_of("b", "a")},
        "x": {"definition": members_of("c")},
        "alone": {"definition": members_of("y")},
    }
    assert set(leading_to("x", files)) == {"a", "b", "c"}


@pytest.fixture
def web(engine: Engine, draft: Draft, clock: TestClock) -> dict[str, Segment]:
    """Mail uses Oslo live, and Paris in its edit; Begun, a draft, uses Mail."""
    made = {name: draft(name) for name in ("Oslo", "Paris")}
    made["Mail"] = draft("Mail", members_of("oslo"))
    made["Begun"] = draft("Begun", members_of("mail"))
    for name in ("Oslo", "Paris", "Mail"):
        assert go_live(made[name], acting_user=made[name].owner, now=clock.now()) == []
    Segment.objects.filter(status="going_live").update(status="live")
    edit(made["Mail"], acting_user=made["Mail"].owner, now=clock.now())
    Segment.objects.filter(key="mail").update(definition=members_of("paris"))
    return {name: Segment.objects.select_related("live_version").get(id=each.id) for name, each in made.items()}


@pytest.mark.django_db
def test_links_say_whether_the_live_version_or_the_draft_refers(web: dict[str, Segment], person: Person) -> None:
    viewer = person("viewer")
    uses = {(link.key, link.in_live, link.in_draft) for link in links_from(web["Mail"], viewer)}
    assert uses == {("oslo", True, False), ("paris", False, True)}
    users = {key: {(link.key, link.in_live, link.in_draft) for link in links_to(web[key], viewer)} for key in web}
    assert users == {
        "Oslo": {("mail", True, False)},
        "Paris": {("mail", False, True)},
        "Mail": {("begun", False, True)},
        "Begun": set(),
    }


@pytest.mark.django_db
def test_the_tab_says_how_many_live_segments_use_one(
    web: dict[str, Segment], signed_in: SignedIn, person: Person
) -> None:
    viewer = signed_in("viewer", "north")

    def told() -> dict[str, str]:
        pages = {name: viewer.get(f"/segments/{each.id}/general/").content.decode() for name, each in web.items()}
        tabs = {name: re.search(r'>Related(?: <span class="tag">([\d,]+)</span>)?</a>', pages[name]) for name in web}
        return {name: tab[1] or "" for name, tab in tabs.items() if tab is not None}

    assert told() == {"Oslo": "1", "Paris": "", "Mail": "", "Begun": ""}
    Segment.objects.filter(key="mail").update(owner=person("manager", "south"))
    del web["Mail"]
    assert told() == {"Oslo": "", "Paris": "", "Begun": ""}, "it is out of sight"


@pytest.mark.django_db
def test_segments_that_one_does_not_see_are_no_links(
    web: dict[str, Segment], person: Person, signed_in: SignedIn
) -> None:
    Segment.objects.filter(key="mail").update(owner=person("manager", "south"), name="Hidden name")
    assert links_to(web["Oslo"], person("viewer", "north")) == []
    page = signed_in("viewer", "north").get(f"/segments/{web['Oslo'].id}/related/").content.decode()
    assert "Hidden name" not in page
    assert signed_in("viewer", "north").get("/segments/?used=segments").content.decode().count('class="name"') == 0


@pytest.mark.django_db
def test_the_page_shows_segments_templates_and_history(
    web: dict[str, Segment], signed_in: SignedIn, person: Person, clock: TestClock
) -> None:
    Segment.objects.filter(key="mail").update(template="big-spenders")
    for name, more in (("Saved", {"made_from": "mail"}), ("Naming", {})):
        definition = members_of("mail" if name == "Naming" else "oslo")
        Template.objects.create(
            name=name, definition=definition, owner=person("viewer"), created_at=clock.now(), **more
        )
    page = signed_in().get(f"/segments/{web['Mail'].id}/related/").content.decode()
    for words in ("Big spenders", "saved from this segment", "refers to this segment", "Oslo", "Paris", "Begun"):
        assert words in page
    assert page.index("Began to edit") < page.index("Went live"), "newest first"


@pytest.mark.django_db
def test_the_history_goes_on_over_pages(engine: Engine, draft: Draft, clock: TestClock, signed_in: SignedIn) -> None:
    segment = draft("In Oslo")
    browser = signed_in()
    for number in range(30):
        browser.post(f"/segments/{segment.id}/general/", {"name": f"Name {number}", "scope": "organization"})
    first = browser.get(f"/segments/{segment.id}/related/").content.decode()
    assert first.count("Changed details") == 25
    older = first.partition('href="?before=')[2].partition("#")[0]
    second = browser.get(f"/segments/{segment.id}/related/?before={older}").content.decode()
    assert second.count("Changed details") == 5
    assert browser.get(f"/segments/{segment.id}/related/?before=nonsense").status_code == 200
