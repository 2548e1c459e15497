"""Settings: what people decide for themselves, tokens, the history; and that secrets are shown once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django.test import Client

from coterie import Engine
from coterie_web.accounts.history import record
from coterie_web.accounts.models import ApiToken, HistoryEntry, User
from coterie_web.accounts.tokens import make_token, token_of
from coterie_web.segments.models import Segment
from coterie_web.ui.clock import TestClock

pytestmark = pytest.mark.django_db

SignedIn = Callable[..., Client]
Person = Callable[..., User]


def note(user: User | None, deed: str, at: datetime, *, of: tuple[str, str, str] = ("unit", "1", "North")) -> None:
    with transaction.atomic():
        record(deed, of=of, acting_user=user, now=at)


def test_moments_are_shown_in_the_zone_of_who_reads(
    engine: Engine, clock: TestClock, signed_in: SignedIn, person: Person
) -> None:
    note(person("manager"), "renamed", clock.now() - timedelta(days=3))
    browser = signed_in("manager")
    page = "/settings/history/?kind=unit"
    assert "Fri 20 Nov 13:00" in browser.get(page).content.decode(), "noon in UTC is one in Paris, the organization's"
    browser.post("/settings/", {"name": "Manager of all", "time_zone": "America/New_York"})
    shown = browser.get(page).content.decode()
    assert "Fri 20 Nov 07:00" in shown
    assert "New York time" in shown


def test_a_zone_that_is_none_is_refused(clock: TestClock, signed_in: SignedIn) -> None:
    answer = signed_in().post("/settings/", {"name": "Mo", "time_zone": "Mars/Olympus"})
    assert answer.status_code == 422
    assert "There is no time zone Mars/Olympus" in answer.content.decode()


def test_a_new_name_of_ones_own_is_in_the_history(clock: TestClock, signed_in: SignedIn) -> None:
    signed_in().post("/settings/", {"name": "Mo", "time_zone": ""})
    assert HistoryEntry.objects.get().details == {"name": {"from": "Marketer of all", "to": "Mo"}}


@pytest.mark.parametrize(
    ("chosen", "shown"), [("dark", ' data-theme="dark"'), ("light", ' data-theme="light"'), ("", "")]
)
def test_a_theme_is_kept_in_the_browser(clock: TestClock, signed_in: SignedIn, chosen: str, shown: str) -> None:
    browser = signed_in()
    browser.post("/settings/theme/", {"theme": "dark"})
    browser.post("/settings/theme/", {"theme": chosen})
    assert f'<html lang="en"{shown}>' in browser.get("/settings/").content.decode()
    browser.post("/sign-out/")
    assert f'<html lang="en"{shown}>' in browser.get("/sign-in/").content.decode()


def test_what_is_no_theme_is_not_shown(clock: TestClock, signed_in: SignedIn) -> None:
    browser = signed_in()
    browser.cookies["theme"] = '"><script>'
    assert '<html lang="en">' in browser.get("/settings/").content.decode()


def test_the_secret_of_a_token_is_shown_once(clock: TestClock, signed_in: SignedIn) -> None:
    browser = signed_in()
    made = browser.post("/settings/tokens/", {"name": "Sync", "scopes": ["read", "write"], "days": "30"})
    secret = made.content.decode().split('id="secret" value="')[1].split('"')[0]
    token = ApiToken.objects.get()
    assert token_of(secret, now=clock.now()) == token
    assert (token.scopes, token.expires_at) == (["read", "write"], clock.now() + timedelta(days=30))
    assert "no-store" in made.headers["Cache-Control"]
    assert secret not in browser.get("/settings/tokens/").content.decode()


def test_a_token_for_more_than_its_person_may_is_refused(clock: TestClock, signed_in: SignedIn) -> None:
    answer = signed_in("viewer").post("/settings/tokens/", {"name": "Sync", "scopes": ["write"], "days": "30"})
    assert "A token may do no more than you" in answer.content.decode()
    assert not ApiToken.objects.exists()


def test_a_revoked_token_lets_nobody_in(clock: TestClock, signed_in: SignedIn, person: Person) -> None:
    token, secret = make_token(person("marketer"), "Sync", ["read"], clock.now() + timedelta(days=9), clock.now())
    signed_in("marketer").post(f"/settings/tokens/{token.id}/revoke/")
    assert token_of(secret, now=clock.now()) is None


def test_people_see_their_own_tokens_and_administrators_those_of_who_they_manage(
    clock: TestClock, signed_in: SignedIn, person: Person
) -> None:
    for unit in (None, "north", "south"):
        make_token(person("marketer", unit), f"Token of {unit}", ["read"], clock.now() + timedelta(days=9), clock.now())
    seen = {}
    for role, unit in (("marketer", "north"), ("administrator", "north"), ("administrator", None), ("manager", None)):
        page = signed_in(role, unit).get("/settings/tokens/").content.decode()
        seen[role, unit] = [each for each in (None, "north", "south") if f"Token of {each}" in page]
    assert seen == {
        ("marketer", "north"): ["north"],
        ("administrator", "north"): ["north"],
        ("administrator", None): [None, "north", "south"],
        ("manager", None): [],
    }


def test_the_history_is_read_page_by_page_without_a_gap(clock: TestClock, signed_in: SignedIn, person: Person) -> None:
    for number in range(120):
        note(person("manager"), f"deed-{number:03}", clock.now())
    browser, query, seen = signed_in("manager"), "kind=unit", list[str]()
    while query:
        page = browser.get(f"/settings/history/?{query}").content.decode()
        seen += [part[:3] for part in page.split("deed-")[1:]]
        query = page.split('href="?')[1].split('"')[0].replace("&amp;", "&") if "Older" in page else ""
    assert seen == [f"{number:03}" for number in reversed(range(120))]


def test_the_history_is_filtered_by_person_kind_and_day(clock: TestClock, signed_in: SignedIn, person: Person) -> None:
    note(person("manager"), "first", clock.now() - timedelta(days=2))
    note(person("administrator"), "second", clock.now() - timedelta(days=1), of=("token", "1", "Sync"))
    note(person("manager"), "third", clock.now(), of=("token", "1", "Sync"))
    browser = signed_in("manager")

    def shown(query: str) -> list[str]:
        page = browser.get(f"/settings/history/?{query}").content.decode()
        return [deed for deed in ("first", "second", "third") if f"</b> {deed} " in page]

    assert shown("") == ["first", "second", "third"]
    assert shown(f"who={person('manager').id}") == ["first", "third"]
    assert shown("kind=token") == ["second", "third"]
    assert shown("since=2026-11-22") == ["second", "third"]
    assert shown("until=2026-11-22") == ["first", "second"]
    assert shown("since=yesterday&until=9999-12-31&before=x&who=x") == ["first", "second", "third"]


def test_the_history_shows_what_people_did_while_they_were_in_the_unit(
    clock: TestClock, signed_in: SignedIn, person: Person
) -> None:
    for unit in ("north", "fjords", "south", None):
        note(person("marketer", unit), f"deed of {unit}", clock.now())
    newcomer = person("marketer", "south")
    newcomer.unit = person("manager", "north").unit
    newcomer.save()
    page = signed_in("manager", "north").get("/settings/history/").content.decode()
    assert [f"deed of {unit}" in page for unit in ("north", "fjords", "south", None)] == [True, True, False, False]


def test_the_history_is_not_for_marketers(clock: TestClock, signed_in: SignedIn) -> None:
    answer = signed_in("marketer").get("/settings/history/")
    assert answer.status_code == 403
    assert "The history is for managers and administrators" in answer.content.decode()
    assert "/settings/history/" not in signed_in("marketer").get("/settings/").content.decode()


def test_the_organization_page_says_what_may_be_asked_about(engine: Engine, signed_in: SignedIn) -> None:
    page = signed_in("viewer").get("/settings/organization/").content.decode()
    assert all(fact in page for fact in ("Europe/Paris", "Monday", "July", "1,000", "purchase", "registrations.event"))


def test_a_name_that_is_markup_is_shown_as_it_is(
    engine: Engine, clock: TestClock, signed_in: SignedIn, draft: Callable[..., Segment]
) -> None:
    browser = signed_in("administrator")
    browser.post("/settings/", {"name": "<b>Ma</b>ya", "time_zone": ""})
    for page in ("/settings/", "/settings/people/", "/settings/history/", "/search/?q=<b>"):
        text = browser.get(page).content.decode()
        assert "<b>Ma</b>ya" not in text
        assert "&lt;b&gt;Ma&lt;/b&gt;ya" in text
