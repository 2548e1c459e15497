"""Contacts: the list, and the page of each; who may not be seen is not there."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from urllib.parse import unquote, urlsplit

import pytest
from django.test import Client
from django.urls import resolve, reverse
from pages_read import address_of, fact, names

from coterie import Engine
from coterie_web.accounts.models import User
from coterie_web.segments.lifecycle import go_live
from coterie_web.segments.models import Segment
from coterie_web.ui.clock import TestClock
from coterie_web.worker.keeper import Keeper

KEYS = [
    "a/b",
    "a//b/",
    "/",
    ".",
    "..",
    "...",
    "a?b=c#d",
    "100 %",
    "~2F",
    "~",
    "é ü",
    "日本",
    "🙂",
    "a\\b",
    "tab\tin",
    "+&;=",
    "'\"<b>",
]


def contact(key: str, **columns: object) -> dict[str, object]:
    return {"type": "upsert", "entity": "contact", "record": {"contact_id": key, **columns}}


@pytest.mark.parametrize("key", KEYS)
def test_an_address_leads_to_the_key_it_was_made_of(key: str) -> None:
    address = reverse("contacts:contact", args=[key])
    assert resolve(unquote(address)).kwargs == {"key": key}
    assert urlsplit(address).path == address, "nothing of it is a query or a fragment"
    segment = address.removeprefix("/contacts/").removesuffix("/")
    assert unquote(segment) not in (".", ".."), "browsers would take it out"
    assert "/" not in segment


@pytest.mark.django_db
@pytest.mark.parametrize("key", KEYS)
def test_a_contact_of_any_key_has_a_page(engine: Engine, signed_in: Callable[..., Client], key: str) -> None:
    engine.ingest([contact(key, first_name="Zoe")])
    browser = signed_in()
    listed = browser.get("/contacts/", {"q": "Zoe"}).content.decode()
    address = reverse("contacts:contact", args=[key])
    assert address in map(unescape, re.findall(r'href="([^"]*)"', listed))
    assert "<h1>Zoe</h1>" in browser.get(address).content.decode()


@pytest.mark.django_db
def test_the_page_shows_the_profile_and_related_records(engine: Engine, signed_in: Callable[..., Client]) -> None:
    engine.load("account", [{"account_id": "A1", "name": "Harbor Lane", "employees": 1200}])
    engine.load("lead", [{"lead_id": "L1", "contact_id": "1", "score": "72.5"}])
    engine.load("event", [{"event_id": "E1", "name": "City run", "city": "Lisbon"}])
    engine.load("registration", [{"registration_id": "R1", "contact_id": "1", "event_id": "E1", "cancelled": False}])
    engine.ingest([contact("1", account_id="A1", birth_date="1992-05-14", newsletter=True)])
    page = signed_in().get("/contacts/1/").content.decode()
    told = {name: fact(page, name) for name in ("City", "Birth date", "Newsletter", "Interests", "Country")}
    assert told == {
        "City": "Lisbon", "Birth date": "14 May 1992", "Newsletter": "Yes", "Interests": "running cycling",
        "Country": "No value",
    }  # fmt: skip
    assert fact(page, "Account").startswith("Harbor Lane")
    assert fact(page, "Employees") == "1,200"
    assert fact(page, "Score") == "72.5"
    assert fact(page, "Registrations").startswith("City run")
    assert fact(page, "Registration id") == "R1"


@pytest.mark.django_db
def test_the_timeline_has_all_a_contact_did_newest_first(
    engine: Engine, signed_in: Callable[..., Client], clock: TestClock
) -> None:
    start = clock.now() - timedelta(days=1)
    visits = [
        {"message_id": f"v{n}", "contact_id": "4", "occurred_at": start + timedelta(minutes=n), "page": f"/p{n:02}"}
        for n in range(60)
    ]
    engine.load("website_visited", visits)
    browser, told = signed_in(), list[str]()
    address: str | None = "?"
    while address is not None:
        page = browser.get(f"/contacts/4/{address}").content.decode()
        told += [line.partition("<")[0] for line in page.split('<p class="small quiet">')[1:]]
        address = address_of(page, "earlier")
    assert told == [f"/p{n:02}" for n in reversed(range(60))]


@pytest.mark.django_db
def test_a_timeline_shows_the_kinds_that_are_chosen(engine: Engine, signed_in: Callable[..., Client]) -> None:
    browser = signed_in()
    assert "2 of 2 interactions" in browser.get("/contacts/1/?kind=purchase&kind=nonsense").content.decode()
    assert "Nothing of that kind yet" in browser.get("/contacts/1/?kind=email_sent").content.decode()
    assert "2 of 2 interactions" in browser.get("/contacts/1/?after=nonsense").content.decode()


@pytest.mark.django_db
def test_what_lies_ahead_is_not_shown(engine: Engine, signed_in: Callable[..., Client], clock: TestClock) -> None:
    ahead = {"message_id": "x", "contact_id": "1", "occurred_at": clock.now() + timedelta(days=1), "product": "Kite"}
    engine.load("purchase", [ahead])
    page = signed_in().get("/contacts/1/").content.decode()
    assert "Kite" not in page
    assert "2 of 2 interactions" in page


@pytest.mark.django_db
def test_the_page_names_the_segments_that_one_sees_and_since_when(
    engine: Engine, live: Callable[..., Segment], person: Callable[..., User], signed_in: Callable[..., Client]
) -> None:
    live("Everyone")
    live("Southern", owner=person("manager", "south"))
    live("Northern", owner=person("manager", "north"))
    page = signed_in("viewer", "north").get("/contacts/2/").content.decode()
    assert "In 2 segments" in page
    assert [name in page for name in ("Everyone", "Northern", "Southern")] == [True, True, False]
    assert page.count(">13:00:00</time>") == 2


@pytest.mark.django_db
def test_of_many_segments_the_last_are_shown_and_a_link_leads_to_all(
    keeper: Keeper, clock: TestClock, draft: Callable[..., Segment], signed_in: Callable[..., Client]
) -> None:
    for minutes, numbers in ((0, range(20)), (1, range(20, 30))):
        clock.advance(clock.now() + timedelta(minutes=minutes))
        for number in numbers:
            segment = draft(f"Group {number:02}")
            assert go_live(segment, acting_user=segment.owner, now=clock.now()) == []
        keeper.step()
    page = signed_in().get("/contacts/2/").content.decode()
    assert ("In 30 segments" in page, page.count(">Why</a>")) == (True, 25)
    assert all(f">Group {number}<" in page for number in range(20, 30))
    assert 'href="?segments=all"' in page
    whole = signed_in().get("/contacts/2/?segments=all").content.decode()
    assert ("In 30 segments" in whole, whole.count(">Why</a>"), "All of them" in whole) == (True, 30, False)


@pytest.mark.django_db
def test_the_segments_to_check_say_in_or_out(
    engine: Engine, live: Callable[..., Segment], person: Callable[..., User], signed_in: Callable[..., Client]
) -> None:
    live("Everyone")
    where = {"attribute": "city", "operator": "is", "value": "Oslo"}
    live("Oslo", {"blocks": [{"block": {"kind": "profile", "where": where}}]})
    live("Southern", owner=person("manager", "south"))
    browser = signed_in("viewer", "north")
    page = browser.get("/contacts/6/check/").content.decode()
    assert [page.count("</svg>In</span>"), page.count(">Out</span>")] == [1, 1]
    assert "Southern" not in page
    assert "Everyone" not in browser.get("/contacts/6/check/?q=osl").content.decode()


# --- who is seen -----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_list_finds_those_whom_one_sees(engine: Engine, signed_in: Callable[..., Client]) -> None:
    browser = signed_in("viewer", "north")
    assert names(browser.get("/contacts/").content.decode()) == ["Ben Okafor", "Dag Lindqvist", "Fay Zhang"]
    page = browser.get("/contacts/", {"q": "example.com"}).content.decode()
    assert "1 to 3 of 3" in page
    assert names(browser.get("/contacts/", {"q": "ana"}).content.decode()) == []
    assert names(signed_in("viewer").get("/contacts/", {"q": "ana"}).content.decode()) == ["Ana Oliveira"]


@pytest.mark.django_db
@pytest.mark.parametrize("rest", ["", "check/", "?kind=purchase", "?after=x"])
def test_a_contact_of_other_units_is_answered_as_one_that_is_not_there(
    engine: Engine, signed_in: Callable[..., Client], rest: str
) -> None:
    browser = signed_in("administrator", "north")
    for foreign in ("1", "5"):  # of the south, and of no unit
        answer, absent = browser.get(f"/contacts/{foreign}/{rest}"), browser.get(f"/contacts/nobody/{rest}")
        assert (answer.status_code, answer.content) == (404, absent.content)
    assert browser.get(f"/contacts/6/{rest}").status_code == 200


@pytest.mark.django_db
def test_a_deleted_contact_is_not_there(engine: Engine, signed_in: Callable[..., Client]) -> None:
    engine.ingest([{"type": "delete", "entity": "contact", "key": "1"}])
    browser = signed_in()
    assert browser.get("/contacts/1/").status_code == 404
    assert "Ana Oliveira" not in browser.get("/contacts/").content.decode()


@pytest.mark.django_db
def test_few_come_by_name_and_many_as_they_became_known_unless_an_order_is_asked_for(
    engine: Engine, signed_in: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.ingest([contact("7", first_name="Abe")])
    browser = signed_in()
    assert names(browser.get("/contacts/").content.decode())[:2] == ["Abe", "Ana Oliveira"]
    monkeypatch.setattr("coterie_web.catalogs.contact_table._QUICKLY_SORTED", 6)
    assert names(browser.get("/contacts/").content.decode())[-1] == "Abe"
    assert names(browser.get("/contacts/?sort=name").content.decode())[0] == "Abe"


@pytest.mark.django_db(transaction=True)
def test_the_first_page_of_a_contact_finds_its_segments_made_ready(
    engine: Engine,
    keeper: Keeper,
    live: Callable[..., Segment],
    signed_in: Callable[..., Client],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    live("Everyone")

    def made(*_: object) -> None:
        raise AssertionError("the worker makes it")

    monkeypatch.setattr("coterie.engine.keeping.Lookup", made)
    assert "Everyone" in signed_in().get("/contacts/1/").content.decode()
