"""The Members tab: one snapshot on all its pages, the part of it that a person sees, and the facts about it."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Collection
from datetime import timedelta

import pytest
from django.test import Client
from pages_read import address_of, fact, names

from coterie import Engine, Entered
from coterie_web.accounts.models import User
from coterie_web.segments.lifecycle import go_live, stop
from coterie_web.segments.membership import snapshots
from coterie_web.segments.models import Segment
from coterie_web.ui.clock import TestClock
from coterie_web.worker.keeper import Keeper

pytestmark = pytest.mark.django_db

NAMES = ["Ana Oliveira", "Ben Okafor", "Chloé Beaumont", "Dag Lindqvist", "Elif Yıldız", "Fay Zhang"]
IN_OSLO = {
    "blocks": [{"block": {"kind": "profile", "where": {"attribute": "city", "operator": "is", "value": "Oslo"}}}]
}
BOUGHT_LATELY = {
    "blocks": [
        {
            "block": {
                "kind": "interaction",
                "interaction": "purchase",
                "operator": "at_least",
                "value": 1,
                "window": {"kind": "last", "count": 10, "unit": "days"},
            }
        }
    ]
}


def upsert(key: str, **columns: object) -> dict[str, object]:
    return {"type": "upsert", "entity": "contact", "record": {"contact_id": key, **columns}}


def crowd(engine: Engine, count: int) -> None:
    """Many contacts in Oslo, some without a name or age."""
    rng = random.Random(7)
    engine.ingest(
        [
            upsert(
                f"k{number:03}",
                city="Oslo",
                first_name=rng.choice(["Ida", "Åse", "Per", None]),
                last_name=rng.choice(["Berg", "Dahl", None]),
                age=rng.choice([None, 20, 30, 40]),
            )
            for number in range(count)
        ]
    )


def all_pages(browser: Client, address: str) -> list[str]:
    """Whom the pages name, one after the other."""
    found: list[str] = []
    following: str | None = address
    while following is not None:
        page = browser.get(following).content.decode()
        found += names(page)
        link = address_of(page, "next")
        following = None if link is None else address.partition("?")[0] + link
    return found


def test_the_members_of_a_live_segment_stand_in_a_table(
    live: Callable[..., Segment], signed_in: Callable[..., Client]
) -> None:
    page = signed_in().get(f"/segments/{live('Everyone').id}/members/").content.decode()
    assert names(page) == NAMES
    assert fact(page, "Members") == "6"


@pytest.mark.parametrize("sort", ["name", "-name", "age", "-age", "city", "contact_id"])
def test_the_pages_one_after_the_other_are_the_snapshot_sorted(
    engine: Engine, live: Callable[..., Segment], signed_in: Callable[..., Client], sort: str
) -> None:
    crowd(engine, 60)
    oslo = live("Oslo", IN_OSLO)
    members = engine.published["oslo"].members
    by = {"sort": sort.removeprefix("-"), "descending": sort.startswith("-")}
    expected = [row.name for row in engine.contacts(members, limit=1_000, **by).contacts]  # type: ignore[arg-type]
    assert all_pages(signed_in(), f"/segments/{oslo.id}/members/?sort={sort}") == expected
    assert len(expected) == 62


def test_pages_go_back_as_they_came(
    engine: Engine, live: Callable[..., Segment], signed_in: Callable[..., Client]
) -> None:
    crowd(engine, 60)
    browser, address = signed_in(), f"/segments/{live('Oslo', IN_OSLO).id}/members/"
    pages = [browser.get(address).content.decode()]
    while link := address_of(pages[-1], "next"):
        pages.append(browser.get(address + link).content.decode())
    assert ["1 to 25 of 62" in pages[0], "51 to 62 of 62" in pages[2]] == [True, True]
    back = browser.get(address + str(address_of(pages[2], "previous"))).content.decode()
    assert names(back) == names(pages[1])
    assert "26 to 50 of 62" in back
    first = browser.get(address + str(address_of(back, "previous"))).content.decode()
    assert names(first) == names(pages[0])


def test_of_who_entered_many_changes_ago_it_is_said_before_when(
    engine: Engine,
    keeper: Keeper,
    clock: TestClock,
    live: Callable[..., Segment],
    signed_in: Callable[..., Client],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("coterie.snapshot.journal._LOOKED_THROUGH", 2)
    monkeypatch.setattr("coterie.snapshot.journal._READ_AT_ONCE", 1)
    address = f"/segments/{live('Oslo', IN_OSLO).id}/members/"
    for contact in ("1", "3", "5"):
        clock.advance(clock.now() + timedelta(minutes=10))
        engine.ingest([upsert(contact, city="Oslo")])
        keeper.step()
    page = signed_in().get(address).content.decode()
    rows = [re.sub(r"<[^>]+>", " ", row) for row in page.split("<tr>")[2:]]
    assert [name.split()[0] for name in names(page)] == ["Ana", "Ben", "Chloé", "Dag", "Elif"]
    assert [bool(re.search(r"before\s+13:20", row)) for row in rows] == [True, True, False, True, False]


def test_a_segment_that_stops_while_its_page_is_made_is_shown_as_it_was(
    engine: Engine, live: Callable[..., Segment], signed_in: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    segment, entered = live("Everyone"), Engine.entered

    def stopped_then(engine: Engine, key: str, contact_ids: Collection[str]) -> Entered:
        found = entered(engine, key, contact_ids)
        engine.refresh({}, as_of=engine.published[key].as_of)
        return found

    monkeypatch.setattr(Engine, "entered", stopped_then)
    page = signed_in().get(f"/segments/{segment.id}/members/").content.decode()
    assert len(names(page)) == 6
    assert not engine.published


@pytest.mark.parametrize("is_kept", [True, False])
def test_later_pages_show_the_snapshot_that_the_first_one_showed(
    engine: Engine,
    keeper: Keeper,
    clock: TestClock,
    live: Callable[..., Segment],
    signed_in: Callable[..., Client],
    is_kept: bool,
) -> None:
    crowd(engine, 60)
    browser, address = signed_in(), f"/segments/{live('Oslo', IN_OSLO).id}/members/"
    first = browser.get(address).content.decode()
    clock.advance(clock.now() + timedelta(minutes=1))
    engine.ingest([upsert("k059", city="Bergen"), upsert("1", city="Oslo")])
    keeper.step()
    if not is_kept:
        snapshots._snapshots.clear()
    second = browser.get(address + str(address_of(first, "next"))).content.decode()
    third = browser.get(address + str(address_of(second, "next"))).content.decode()
    assert len(names(first) + names(second) + names(third)) == 62
    assert "Ana Oliveira" not in names(first) + names(second) + names(third)
    assert "62 members of 13:00:00" in second.replace("<b>", "")
    assert "Show the newest 62" in second
    assert "Ana Oliveira" in names(browser.get(address).content.decode())


def test_a_snapshot_that_nobody_left_or_entered_since_is_the_newest(
    engine: Engine, keeper: Keeper, clock: TestClock, live: Callable[..., Segment], signed_in: Callable[..., Client]
) -> None:
    crowd(engine, 30)
    browser, address = signed_in(), f"/segments/{live('Oslo', IN_OSLO).id}/members/"
    first = browser.get(address).content.decode()
    clock.advance(clock.now() + timedelta(minutes=1))
    engine.ingest([upsert("1", age=35)])
    keeper.step()
    assert "Since then" not in browser.get(address + str(address_of(first, "next"))).content.decode()


def test_a_search_finds_members_alone(live: Callable[..., Segment], signed_in: Callable[..., Client]) -> None:
    browser, address = signed_in(), f"/segments/{live('Oslo', IN_OSLO).id}/members/"
    assert names(browser.get(address, {"q": "OKAF"}).content.decode()) == ["Ben Okafor"]
    page = browser.get(address, {"q": "oliveira"}).content.decode()
    assert names(page) == []
    assert "Nobody here is called “oliveira”" in page


def test_columns_are_those_that_the_address_names(
    live: Callable[..., Segment], signed_in: Callable[..., Client]
) -> None:
    browser, address = signed_in(), f"/segments/{live('Everyone').id}/members/"
    page = browser.get(address, {"columns": ["interests", "nonsense", "business_unit"]}).content.decode()
    assert ">running, cycling</td>" in page
    assert ">south</td>" in page
    assert ">Lisbon</td>" not in page
    assert "Lisbon" in browser.get(address).content.decode()
    assert "Lisbon" not in browser.get(address, {"columns": ""}).content.decode()


@pytest.mark.parametrize(
    "query", ["after=nonsense", "sort=nonsense", "snapshot=9-9", "snapshot=x", "at=yesterday", "from=-1", "q=%00"]
)
def test_an_address_that_means_nothing_shows_the_newest_members(
    live: Callable[..., Segment], signed_in: Callable[..., Client], query: str
) -> None:
    answer = signed_in().get(f"/segments/{live('Everyone').id}/members/?{query}")
    assert answer.status_code == 200
    assert fact(answer.content.decode(), "Members") == "6"


def test_a_past_moment_shows_who_was_in_then(
    engine: Engine, keeper: Keeper, clock: TestClock, live: Callable[..., Segment], signed_in: Callable[..., Client]
) -> None:
    browser, address = signed_in(), f"/segments/{live('Oslo', IN_OSLO).id}/members/"
    clock.advance(clock.now() + timedelta(hours=1))
    engine.ingest([upsert("4", city="Bergen")])
    keeper.step()
    assert names(browser.get(address).content.decode()) == ["Ben Okafor"]
    then = browser.get(address, {"at": "2026-11-23T13:30"}).content.decode()  # in Paris: half an hour past noon
    assert names(then) == ["Ben Okafor", "Dag Lindqvist"]
    assert "2 members of 13:30:00" in then.replace("<b>", "")
    before = browser.get(address, {"at": "2026-11-22T13:30"}).content.decode()
    assert "Nothing is kept of that moment" in before
    assert names(before) == ["Ben Okafor"]


# --- facts -----------------------------------------------------------------------------------------------------------


def test_the_facts_say_when_time_moves_a_window_next(
    engine: Engine, live: Callable[..., Segment], signed_in: Callable[..., Client]
) -> None:
    page = signed_in().get(f"/segments/{live('Buyers', BOUGHT_LATELY).id}/members/").content.decode()
    assert fact(page, "Last evaluated").startswith("13:00:00")
    assert fact(page, "Next evaluation") == "Sun 29 Nov 00:00, when a window moves or as data arrives"
    page = signed_in().get(f"/segments/{live('Oslo', IN_OSLO).id}/members/").content.decode()
    assert fact(page, "Next evaluation") == "As data arrives time alone changes nobody"


def test_a_day_is_compared_with_the_day_before(
    engine: Engine, keeper: Keeper, clock: TestClock, live: Callable[..., Segment], signed_in: Callable[..., Client]
) -> None:
    oslo = live("Oslo", IN_OSLO)
    browser, address = signed_in(), f"/segments/{oslo.id}/members/"
    assert fact(browser.get(address).content.decode(), "In 24 hours") == "Not live 24 hours ago"
    clock.advance(clock.now() + timedelta(days=1, hours=1))
    engine.ingest([upsert("1", city="Oslo"), upsert("3", city="Oslo"), upsert("4", city="Bergen")])
    keeper.step()
    page = browser.get(address).content.decode()
    assert fact(page, "In 24 hours") == "2 entered 1 left"
    assert names(browser.get(f"{address}day/entered/").content.decode()) == ["Ana Oliveira", "Chloé Beaumont"]
    assert names(browser.get(f"{address}day/left/").content.decode()) == ["Dag Lindqvist"]
    assert "From 2 on 24 Nov to 3;" in page


def test_a_draft_says_what_to_do(
    engine: Engine, draft: Callable[..., Segment], signed_in: Callable[..., Client]
) -> None:
    page = signed_in().get(f"/segments/{draft('Idea').id}/members/").content.decode()
    assert "A draft has no members: <b>Go live</b>" in page


def test_a_stopped_segment_shows_its_last_members_marked_as_such(
    engine: Engine, keeper: Keeper, clock: TestClock, live: Callable[..., Segment], signed_in: Callable[..., Client]
) -> None:
    oslo = live("Oslo", IN_OSLO)
    stop(oslo, acting_user=oslo.owner, now=clock.now())
    keeper.step()
    engine.ingest([upsert("1", city="Oslo")])
    keeper.step()
    page = signed_in().get(f"/segments/{oslo.id}/members/").content.decode()
    assert names(page) == ["Ben Okafor", "Dag Lindqvist"]
    assert "<b>Stopped.</b> These are its last members" in page
    assert fact(page, "Next evaluation").startswith("None while it is stopped")


def test_a_stopped_segment_that_goes_live_again_shows_nobody_until_it_is_published(
    engine: Engine, keeper: Keeper, clock: TestClock, live: Callable[..., Segment], signed_in: Callable[..., Client]
) -> None:
    oslo, browser = live("Oslo", IN_OSLO), signed_in()
    stop(oslo, acting_user=oslo.owner, now=clock.now())
    keeper.step()
    assert go_live(oslo, acting_user=oslo.owner, now=clock.now()) == []
    page = browser.get(f"/segments/{oslo.id}/members/").content.decode()
    assert "<h2>Going live</h2>" in page
    assert "Ben Okafor" not in page
    keeper.step()
    assert names(browser.get(f"/segments/{oslo.id}/members/").content.decode()) == ["Ben Okafor", "Dag Lindqvist"]


def test_one_that_fails_when_it_goes_live_again_has_no_last_good_members(
    engine: Engine, keeper: Keeper, clock: TestClock, live: Callable[..., Segment], signed_in: Callable[..., Client]
) -> None:
    oslo = live("Oslo", IN_OSLO)
    stop(oslo, acting_user=oslo.owner, now=clock.now())
    keeper.step()
    engine.refresh({"oslo": {**file_of("Oslo"), "definition": refers_to("nobody")}}, as_of=clock.now())
    Segment.objects.filter(id=oslo.id).update(status="error")
    page = signed_in().get(f"/segments/{oslo.id}/members/").content.decode()
    assert "It could not be evaluated since it went live." in page
    assert "Ben Okafor" not in page


def test_a_segment_in_error_shows_its_last_good_members_and_why(
    engine: Engine, keeper: Keeper, clock: TestClock, live: Callable[..., Segment], signed_in: Callable[..., Client]
) -> None:
    oslo = live("Oslo", IN_OSLO)
    engine.refresh({"oslo": {**file_of("Oslo"), "definition": refers_to("nobody")}}, as_of=clock.now())
    Segment.objects.filter(id=oslo.id).update(status="error")
    page = signed_in().get(f"/segments/{oslo.id}/members/").content.decode()
    assert names(page) == ["Ben Okafor", "Dag Lindqvist"]
    assert "These are the last good members" in page
    assert "unknown_segment" in page


def file_of(name: str) -> dict[str, object]:
    return {"coterie": 1, "segment": name.lower(), "name": name, "type": "dynamic"}


def refers_to(key: str) -> dict[str, object]:
    return {"blocks": [{"block": {"kind": "segment", "segment": key}}]}


# --- entered and left ------------------------------------------------------------------------------------------------


def test_the_log_says_who_entered_and_left_and_why(
    engine: Engine, keeper: Keeper, clock: TestClock, live: Callable[..., Segment], signed_in: Callable[..., Client]
) -> None:
    buyers = live("Buyers", BOUGHT_LATELY)
    clock.advance(clock.now() + timedelta(hours=1))
    engine.ingest([{"type": "interaction", "interaction": "purchase", "record": purchase("3", clock)}])
    keeper.step()
    clock.advance(clock.now() + timedelta(days=8))
    keeper.step()
    page = signed_in().get(f"/segments/{buyers.id}/members/changes/").content.decode()
    told = ["Ben Okafor", "Ana Oliveira", "Chloé Beaumont"]
    assert [page.count(f">{name}</a>") for name in told] == [2, 2, 1]
    assert page.count("As time passed: a window moved") == 1
    assert page.count("As data arrived") == 1
    assert page.count("By a change of the definition") == 1


def purchase(contact: str, clock: TestClock) -> dict[str, object]:
    occurred_at = (clock.now() - timedelta(minutes=5)).isoformat()
    return {"contact_id": contact, "occurred_at": occurred_at, "message_id": "new"}


def test_many_who_changed_at_once_are_counted_and_the_number_leads_to_them(
    live: Callable[..., Segment], signed_in: Callable[..., Client]
) -> None:
    everyone = live("Everyone")
    browser, log = signed_in(), f"/segments/{everyone.id}/members/changes/"
    page = browser.get(log).content.decode()
    assert "6 contacts</a>" in page
    assert names(browser.get(f"{log}1/definition/entered/").content.decode()) == NAMES
    for nothing in ("1/definition/left/", "9/definition/entered/"):
        answer = browser.get(f"{log}{nothing}", follow=True)
        assert answer.redirect_chain[-1][0] == log
        assert "That change is not kept any more." in answer.content.decode()


def test_the_pages_of_the_log_are_the_whole_log(
    engine: Engine, keeper: Keeper, clock: TestClock, live: Callable[..., Segment], signed_in: Callable[..., Client]
) -> None:
    oslo = live("Oslo", IN_OSLO)
    for step in range(110):
        clock.advance(clock.now() + timedelta(seconds=1))
        engine.ingest([upsert("1", city="Oslo" if step % 2 == 0 else "Lisbon")])
        keeper.step()
    browser, log = signed_in(), f"/segments/{oslo.id}/members/changes/"
    pages = [browser.get(log).content.decode()]
    while link := address_of(pages[-1], "earlier"):
        pages.append(browser.get(log + link).content.decode())
    assert [page.count("<li>") for page in pages] == [50, 50, 11]


# --- what a person sees ----------------------------------------------------------------------------------------------


def test_a_person_sees_and_counts_the_members_of_their_units_alone(
    engine: Engine, keeper: Keeper, clock: TestClock, live: Callable[..., Segment], signed_in: Callable[..., Client]
) -> None:
    everyone = live("Everyone")
    clock.advance(clock.now() + timedelta(days=1))
    engine.ingest([upsert("8", first_name="Gro", business_unit="fjords"), upsert("9", first_name="Hal")])
    keeper.step()
    browser, address = signed_in("viewer", "north"), f"/segments/{everyone.id}/members/"
    page = browser.get(address).content.decode()
    assert names(page) == ["Ben Okafor", "Dag Lindqvist", "Fay Zhang", "Gro"]
    assert fact(page, "Members") == "4"
    assert fact(page, "In 24 hours") == "1 entered 0 left"
    assert "1 to 4 of 4" in page
    assert "Size, 30 days" not in page, "it would tell of members of others"
    assert names(browser.get(f"{address}day/entered/").content.decode()) == ["Gro"]
    log = browser.get(f"{address}changes/").content.decode()
    assert "Hal" not in log
    assert ">Gro</a>" in log
    south = signed_in("viewer", "south").get(f"{address}changes/").content.decode()
    assert "Gro" not in south


@pytest.mark.parametrize("rest", ["", "changes/", "changes/1/data/left/", "day/left/", "export/", "add/"])
def test_members_of_a_foreign_segment_are_answered_as_those_of_none(
    engine: Engine,
    live: Callable[..., Segment],
    person: Callable[..., User],
    signed_in: Callable[..., Client],
    rest: str,
) -> None:
    foreign = live("Southern", owner=person("manager", "south"))
    browser = signed_in("manager", "north")
    answer = browser.get(f"/segments/{foreign.id}/members/{rest}")
    absent = browser.get(f"/segments/00000000-0000-0000-0000-000000000000/members/{rest}")
    assert (answer.status_code, answer.content) == (404, absent.content)


# --- fragments -------------------------------------------------------------------------------------------------------


def test_a_fragment_is_the_part_of_the_page_that_changes(
    live: Callable[..., Segment], signed_in: Callable[..., Client]
) -> None:
    browser, address = signed_in(), f"/segments/{live('Everyone').id}/members/"
    rows = browser.get(address, headers={"HX-Request": "true", "HX-Target": "members"}).content.decode()
    news = browser.get(address, headers={"HX-Request": "true", "HX-Target": "facts"}).content.decode()
    assert rows.lstrip().startswith('<section class="card" id="members"')
    assert names(rows) == NAMES
    assert news.lstrip().startswith('<section class="card band-facts" id="facts"')
    assert names(news) == []
