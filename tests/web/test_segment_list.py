"""The list of segments: what it shows, finds, filters and sorts, and what it costs."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from coterie import Engine
from coterie_web.accounts.models import User
from coterie_web.segments.lifecycle import go_live, stop
from coterie_web.segments.models import Segment
from coterie_web.ui.clock import TestClock
from coterie_web.worker.keeper import Keeper

pytestmark = pytest.mark.django_db

Draft = Callable[..., Segment]
SignedIn = Callable[..., Client]


def cities(*names: str) -> dict[str, object]:
    where = {"attribute": "city", "operator": "is_in", "value": list(names)}
    return {"blocks": [{"block": {"kind": "profile", "where": {"all": [where]}}}]}


def members_of(key: str) -> dict[str, object]:
    return {"blocks": [{"block": {"kind": "segment", "segment": key}}]}


def names(browser: Client, query: str = "") -> list[str]:
    """The names on one page, in their order."""
    page = browser.get(f"/segments/{query}").content.decode()
    return [html.unescape(name) for name in re.findall(r'<a class="name"[^>]*>([^<]*)</a>', page)]


@pytest.fixture
def shelf(engine: Engine, draft: Draft, keeper: Keeper, clock: TestClock, person: Callable[..., User]) -> None:
    """Live ones of 2 and 1 members, one stopped that had 1, one in another unit, and two drafts."""
    oslo = draft("In Oslo", cities("Oslo"), tags=["north", "Mail"], wording="Contacts whose City is Oslo.")
    bergen = draft("In Bergen", cities("Bergen"))
    paris = draft("In Paris", cities("Paris"))
    mail = draft("Mail to Oslo", members_of("in-oslo"), owner=person("manager", "north"))
    for segment in (oslo, bergen, paris, mail):
        assert go_live(segment, acting_user=segment.owner, now=clock.now()) == []
    keeper.step()
    stop(paris, acting_user=paris.owner, now=clock.now())
    draft("Board guests", type="static", members=["1"], description="For the dinner in December")
    draft("Ärger", cities("Oslo"), key="aerger", scope="business_unit", owner=person("manager", "south"))
    keeper.step()


def test_it_shows_members_as_published_and_last_ones_of_stopped_segments(shelf: None, signed_in: SignedIn) -> None:
    page = signed_in().get("/segments/").content.decode()
    counts = {name: int(count) for count, name in re.findall(r'aria-label="(\d+) members of ([^"]*)"', page)}
    assert counts == {"In Oslo": 2, "In Bergen": 1, "In Paris": 1, "Mail to Oslo": 2}
    assert re.findall(r'aria-label="([^"]*) is used by (\d+)"', page) == [("In Oslo", "1")]


def test_who_sees_a_part_of_the_contacts_is_told_the_size_of_that_part(shelf: None, signed_in: SignedIn) -> None:
    page = signed_in("viewer", "fjords").get("/segments/").content.decode()
    counts = {name: int(count) for count, name in re.findall(r'aria-label="(\d+) members of ([^"]*)"', page)}
    assert counts == {"In Oslo": 0, "In Bergen": 1, "In Paris": 0, "Mail to Oslo": 0}
    assert "spark" not in page, "no size of others is drawn"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?q=oslo", {"In Oslo", "Mail to Oslo"}),
        ("?q=MAIL", {"In Oslo", "Mail to Oslo"}),
        ("?q=city+contacts", {"In Oslo"}),
        ("?q=december", {"Board guests"}),
        ("?q=ÄRGER", {"Ärger"}),
        ("?q=%25", set()),
        ("?type=static", {"Board guests"}),
        ("?status=live", {"In Oslo", "In Bergen", "Mail to Oslo"}),
        ("?status=stopped", {"In Paris"}),
        ("?status=draft", {"Board guests", "Ärger"}),
        ("?scope=business_unit", {"Ärger"}),
        ("?tag=north", {"In Oslo"}),
        ("?used=segments", {"In Oslo"}),
        ("?used=nothing&status=live", {"In Bergen", "Mail to Oslo"}),
        ("?status=live&q=bergen&type=dynamic", {"In Bergen"}),
        ("?status=no-such-thing", {"In Oslo", "In Bergen", "In Paris", "Mail to Oslo", "Board guests", "Ärger"}),
    ],
)
def test_words_and_chips_find(shelf: None, signed_in: SignedIn, query: str, expected: set[str]) -> None:
    assert set(names(signed_in(), query)) == expected


@pytest.mark.parametrize("query", ["", "?q=mail", "?status=live"])
def test_every_value_of_a_chip_says_how_many_it_leaves(shelf: None, signed_in: SignedIn, query: str) -> None:
    browser = signed_in()
    page = browser.get(f"/segments/{query}").content.decode()
    offered = [
        (html.unescape(address), int(count))
        for menu in re.findall(r'id="chip-\w+" popover>(.*)', page)
        for address, count in re.findall(r'<a href="([^"]*)">[^<]*<span class="quiet push">(\d+)', menu)
    ]
    assert all(any(f"{name}=" in address for address, _ in offered) for name in ("type", "owner", "tag", "used"))
    for address, count in offered:
        assert len(names(browser, address.partition("/segments/")[2])) == count, address


def test_a_chip_for_the_owner_finds_theirs(shelf: None, signed_in: SignedIn, person: Callable[..., User]) -> None:
    owner = person("manager", "north")
    assert names(signed_in(), f"?owner={owner.id}") == ["Mail to Oslo"]
    page = signed_in().get(f"/segments/?owner={owner.id}").content.decode()
    assert "Owner: Manager of north" in page


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("name", ["Ärger", "Board guests", "In Bergen", "In Oslo", "In Paris", "Mail to Oslo"]),
        ("-name", ["Ärger", "Mail to Oslo", "In Paris", "In Oslo", "In Bergen", "Board guests"]),
        ("-members", ["In Oslo", "Mail to Oslo", "In Bergen", "In Paris", "Board guests", "Ärger"]),
        ("members", ["In Bergen", "In Paris", "In Oslo", "Mail to Oslo", "Board guests", "Ärger"]),
        ("-used", ["In Oslo", "Board guests", "In Bergen", "In Paris", "Mail to Oslo", "Ärger"]),
        ("status", ["Board guests", "Ärger", "In Bergen", "In Oslo", "Mail to Oslo", "In Paris"]),
        ("-type", ["Board guests", "In Bergen", "In Oslo", "In Paris", "Mail to Oslo", "Ärger"]),
        ("-owner", ["Board guests", "In Bergen", "In Oslo", "In Paris", "Ärger", "Mail to Oslo"]),
    ],
)
def test_every_column_sorts(shelf: None, signed_in: SignedIn, sort: str, expected: list[str]) -> None:
    if sort in ("name", "-name"):
        expected = sorted(expected, key=str.casefold, reverse=sort.startswith("-"))
    assert names(signed_in(), f"?sort={sort}") == expected


def test_pages_followed_by_their_links_show_every_segment_once(
    engine: Engine, draft: Draft, signed_in: SignedIn
) -> None:
    for number in range(60):
        draft(f"Number {number:02}")
    browser, shown, address = signed_in(), [], "/segments/?sort=-name&q=number"
    while address:
        page = browser.get(address).content.decode()
        shown += re.findall(r'<a class="name"[^>]*>([^<]*)</a>', page)
        following = re.search(r'<a class="button" href="([^"]*)">Next', page)
        address = html.unescape(following[1]) if following else ""
    assert shown == [f"Number {number:02}" for number in reversed(range(60))]


def test_a_fragment_is_the_table_and_the_chips_alone(shelf: None, signed_in: SignedIn) -> None:
    browser, asked = signed_in(), {"HX-Request": "true", "HX-Target": "segments"}
    fragment = browser.get("/segments/?status=live", headers=asked).content.decode()
    assert fragment.lstrip().startswith('<section class="card" id="segments"')
    assert 'id="chips" hx-swap-oob="true"' in fragment
    restored = browser.get("/segments/", headers={**asked, "HX-History-Restore-Request": "true"})
    assert "<html" in restored.content.decode(), "going back asks for the whole page"


def test_an_empty_list_says_what_to_do_first(engine: Engine, signed_in: SignedIn) -> None:
    assert "Who do you want to reach?" in signed_in().get("/segments/").content.decode()
    assert "Marketers make segments." in signed_in("viewer").get("/segments/").content.decode()


def test_where_nothing_is_found_the_way_back_is_shown(shelf: None, signed_in: SignedIn) -> None:
    page = signed_in().get("/segments/?q=nothing-like-this").content.decode()
    assert "No segment is like that." in page
    assert "Show all segments" in page


def test_a_page_asks_the_database_no_more_with_a_hundred_segments_than_with_ten(
    engine: Engine, draft: Draft, signed_in: SignedIn
) -> None:
    browser, asked = signed_in(), []
    for upto in (10, 100):
        for number in range(Segment.objects.count(), upto):
            draft(f"Number {number}")
        with CaptureQueriesContext(connection) as queries:
            browser.get("/segments/?sort=-members")
        asked.append(len(queries))
    assert asked[0] == asked[1] <= 9
