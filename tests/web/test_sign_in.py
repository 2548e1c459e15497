"""Signing in: by password, slowly for who guesses, and by links that work once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.test.utils import override_settings

from coterie_web.accounts.first import first_link
from coterie_web.accounts.links import make_link
from coterie_web.accounts.models import HistoryEntry, SignInAttempt, User
from coterie_web.accounts.people import deactivate, new_link
from coterie_web.accounts.tries import PER_ADDRESS, PER_EMAIL, WINDOW, Locked, Try, begin_try
from coterie_web.site.announcing import announce
from coterie_web.site.configuration import configuration
from coterie_web.ui.clock import TestClock

pytestmark = pytest.mark.django_db

RIGHT, WRONG = "a long password", "another password"


def sign_in(browser: Client, password: str, email: str = "viewer.all@example.com", **more: object) -> int:
    answer = browser.post("/sign-in/", {"email": email, "password": password}, **more)  # type: ignore[arg-type]
    return answer.status_code


def text_after(browser: Client, password: str, email: str = "viewer.all@example.com") -> str:
    return browser.post("/sign-in/", {"email": email, "password": password}).content.decode()


def test_the_right_password_leads_to_where_they_wanted(clock: TestClock, person: Callable[..., User]) -> None:
    person("viewer")
    answer = Client().post(
        "/sign-in/", {"email": "Viewer.All@Example.com ", "password": RIGHT, "next": "/settings/people/"}
    )
    assert (answer.status_code, answer.headers["Location"]) == (302, "/settings/people/")


def test_when_somebody_joined_and_came_in_is_told_by_the_clock_of_the_application(
    clock: TestClock, person: Callable[..., User]
) -> None:
    joined = person("viewer").joined_at
    assert joined == clock.now()
    clock.advance(clock.now() + timedelta(hours=3))
    assert sign_in(Client(), RIGHT) == 302
    seen = User.objects.get()
    assert (seen.joined_at, seen.last_login) == (joined, clock.now())


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_nobody_is_led_to_another_site(clock: TestClock, person: Callable[..., User], elsewhere: str) -> None:
    person("viewer")
    answer = Client().post("/sign-in/", {"email": "viewer.all@example.com", "password": RIGHT, "next": elsewhere})
    assert answer.headers["Location"] == "/segments/"


def test_a_wrong_password_says_how_many_tries_are_left(clock: TestClock, person: Callable[..., User]) -> None:
    person("viewer")
    browser = Client()
    pages = [text_after(browser, WRONG) for _ in range(PER_EMAIL)]
    assert "4 tries are left" in pages[0]
    assert "1 try is left" in pages[3]
    assert "No tries are left" in pages[4]
    assert all("signin_mismatch" in page for page in pages)


def test_an_unknown_e_mail_is_answered_as_a_wrong_password(clock: TestClock, person: Callable[..., User]) -> None:
    person("viewer")
    known = text_after(Client(), WRONG)
    unknown = text_after(Client(), WRONG, "nobody.all@example.com")
    assert unknown.replace("nobody", "viewer").count("\n") == known.count("\n")
    assert "4 tries are left" in unknown


def test_after_five_failures_even_the_right_password_waits(clock: TestClock, person: Callable[..., User]) -> None:
    person("viewer")
    browser = Client()
    for _ in range(PER_EMAIL):
        sign_in(browser, WRONG)
        clock.advance(clock.now() + timedelta(minutes=1))
    answer = browser.post("/sign-in/", {"email": "viewer.all@example.com", "password": RIGHT})
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == str(10 * 60 + 1), "the first failure leaves the window in ten minutes"
    assert "at 12:15:00 UTC" in answer.content.decode()
    clock.advance(clock.now() + timedelta(minutes=10))
    assert sign_in(browser, RIGHT) == 302


def test_a_refused_try_does_not_lengthen_the_wait(clock: TestClock) -> None:
    for _ in range(PER_EMAIL):
        begin_try("a@example.com", "192.0.2.1", now=clock.now())
    first = begin_try("a@example.com", "192.0.2.1", now=clock.now() + timedelta(minutes=1))
    second = begin_try("a@example.com", "192.0.2.1", now=clock.now() + timedelta(minutes=2))
    assert first == second == Locked(until=clock.now() + WINDOW)


def test_success_forgets_the_failures_with_that_e_mail(clock: TestClock, person: Callable[..., User]) -> None:
    person("viewer")
    for _ in range(2):
        for _ in range(PER_EMAIL - 1):
            sign_in(Client(), WRONG)
        assert sign_in(Client(), RIGHT) == 302


def test_one_address_that_tries_many_e_mails_is_slowed_down(clock: TestClock) -> None:
    tries = [begin_try(f"{number}@example.com", "192.0.2.1", now=clock.now()) for number in range(PER_ADDRESS + 1)]
    assert [type(each) for each in tries] == [Try] * PER_ADDRESS + [Locked]
    assert isinstance(begin_try("other@example.com", "192.0.2.2", now=clock.now()), Try)


def test_e_mails_and_addresses_are_not_kept_in_the_open(clock: TestClock) -> None:
    begin_try("ana@example.com", "192.0.2.1", now=clock.now())
    subjects = list(SignInAttempt.objects.values_list("subject", flat=True))
    assert all(len(subject) == 64 for subject in subjects)


def test_a_deactivated_person_cannot_sign_in_and_is_signed_out(
    clock: TestClock, person: Callable[..., User], signed_in: Callable[..., Client]
) -> None:
    browser = signed_in("viewer")
    assert browser.get("/settings/people/").status_code == 200
    deactivate(person("viewer"), acting_user=person("administrator"), now=clock.now())
    assert browser.get("/settings/people/").headers["Location"].startswith("/sign-in/")
    assert "signin_mismatch" in text_after(Client(), RIGHT)


def test_another_password_ends_all_other_sessions(clock: TestClock, signed_in: Callable[..., Client]) -> None:
    here, there = signed_in("viewer"), signed_in("viewer")
    answer = here.post("/settings/password/", {"old": RIGHT, "new": "correct horse battery"})
    assert answer.headers["Location"] == "/settings/"
    assert here.get("/settings/people/").status_code == 200
    assert there.get("/settings/people/").status_code == 302
    assert sign_in(Client(), "correct horse battery") == 302


@pytest.mark.parametrize(
    ("new", "said"),
    [("short", "at least 12 characters"), ("password1234", "too common"), ("Viewer of all", "too similar")],
)
def test_a_password_that_is_easily_guessed_is_refused(
    clock: TestClock, signed_in: Callable[..., Client], new: str, said: str
) -> None:
    browser = signed_in("viewer")
    assert "at least 12 characters" in browser.get("/settings/password/").content.decode(), "the rules are shown before"
    answer = browser.post("/settings/password/", {"old": RIGHT, "new": new})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert sign_in(Client(), RIGHT) == 302


def test_nobody_sets_a_password_without_knowing_the_present_one(
    clock: TestClock, signed_in: Callable[..., Client]
) -> None:
    browser = signed_in("viewer")
    answer = browser.post("/settings/password/", {"old": WRONG, "new": "correct horse battery"})
    assert "not your present password" in answer.content.decode()
    assert browser.post("/welcome/", {"new": "correct horse battery"}).headers["Location"] == "/settings/password/"
    assert sign_in(Client(), RIGHT) == 302


def test_who_is_invited_sets_a_password_by_a_link(clock: TestClock, person: Callable[..., User]) -> None:
    invited = person("marketer", "north")
    invited.set_unusable_password()
    invited.save()
    browser = Client()
    secret = make_link(invited, now=clock.now())
    assert browser.post(f"/sign-in/{secret}/").headers["Location"] == "/welcome/"
    assert "You have no password yet" in browser.get("/settings/people/").content.decode()
    assert browser.post("/welcome/", {"new": "correct horse battery"}).headers["Location"] == "/segments/"
    assert "You have no password yet" not in browser.get("/settings/people/").content.decode()
    assert sign_in(Client(), "correct horse battery", "marketer.north@example.com") == 302


@pytest.mark.parametrize("what", ["used", "old", "replaced", "of somebody deactivated"])
def test_a_link_that_is_over_signs_nobody_in(clock: TestClock, person: Callable[..., User], what: str) -> None:
    guest, administrator = person("viewer"), person("administrator")
    secret = make_link(guest, now=clock.now())
    match what:
        case "used":
            Client().post(f"/sign-in/{secret}/")
        case "old":
            clock.advance(clock.now() + timedelta(days=2))
        case "replaced":
            new_link(guest, acting_user=administrator, now=clock.now())
        case _:
            deactivate(guest, acting_user=administrator, now=clock.now())
    browser = Client()
    assert browser.get(f"/sign-in/{secret}/").status_code == 410
    assert browser.post(f"/sign-in/{secret}/").headers["Location"] == "/sign-in/"
    assert browser.get("/settings/people/").status_code == 302


def test_looking_at_a_link_does_not_use_it_up(clock: TestClock, person: Callable[..., User]) -> None:
    secret = make_link(person("viewer"), now=clock.now())
    assert [Client().get(f"/sign-in/{secret}/").status_code for _ in range(3)] == [200] * 3


def test_the_first_administrator_says_who_they_are(clock: TestClock) -> None:
    browser = Client()
    browser.post(f"/sign-in/{first_link(clock.now())}/")
    typed = {"name": "Maya Chen", "email": "Maya@Example.com", "new": "correct horse battery"}
    assert browser.post("/welcome/", typed).status_code == 302
    maya = User.objects.get()
    assert (maya.name, maya.email, maya.role, maya.unit) == ("Maya Chen", "maya@example.com", "administrator", None)
    assert sign_in(Client(), "correct horse battery", "maya@example.com") == 302


def test_the_first_administrators_password_is_not_like_what_they_are_called(clock: TestClock) -> None:
    browser = Client()
    browser.post(f"/sign-in/{first_link(clock.now())}/")
    answer = browser.post(
        "/welcome/", {"name": "Maximiliane Okonkwo", "email": "m@example.com", "new": "maximiliane okonkwo"}
    )
    assert answer.status_code == 422
    assert User.objects.get().email == "administrator@localhost"


def test_the_server_prints_a_link_until_an_administrator_has_a_password(clock: TestClock) -> None:
    browser, secret = Client(), first_link(clock.now())
    browser.post(f"/sign-in/{secret}/")
    assert first_link(clock.now()) is not None, "who went away without setting a password can come back"
    assert User.objects.count() == 1
    browser.post("/welcome/", {"name": "Maya", "email": "maya@example.com", "new": "correct horse battery"})
    assert first_link(clock.now()) is None


def test_who_runs_the_server_lets_in_who_forgot_their_password(
    clock: TestClock, person: Callable[..., User], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    person("administrator")
    announce(configuration(tmp_path, {"COTERIE_LET_IN": "Administrator.All@example.com"}))
    link = capsys.readouterr().out.split("http://127.0.0.1:8000")[-1].strip()
    assert Client().post(link).headers["Location"] == "/welcome/"
    announce(configuration(tmp_path, {"COTERIE_LET_IN": "nobody@example.com"}))
    assert "Nobody who may sign in has the e-mail nobody@example.com" in capsys.readouterr().out


def test_in_a_demo_links_are_enough(clock: TestClock, person: Callable[..., User]) -> None:
    guest = person("viewer")
    guest.set_unusable_password()
    guest.save()
    browser, secret = Client(), make_link(guest, now=clock.now())
    with override_settings(LINKS_ARE_ENOUGH=True):
        assert browser.post(f"/sign-in/{secret}/").headers["Location"] == "/segments/"
        assert "You have no password yet" not in browser.get("/settings/people/").content.decode()


def test_coming_and_going_is_in_the_history(clock: TestClock, person: Callable[..., User]) -> None:
    person("viewer")
    browser = Client()
    sign_in(browser, RIGHT)
    browser.post("/sign-out/")
    assert browser.get("/settings/people/").status_code == 302
    deeds = HistoryEntry.objects.values_list("deed", "acting_name")
    assert list(deeds) == [("signed out", "Viewer of all"), ("signed in", "Viewer of all")]


def test_who_does_not_stay_is_signed_out_when_the_browser_closes(clock: TestClock, person: Callable[..., User]) -> None:
    person("viewer")
    brief, long = Client(), Client()
    sign_in(brief, RIGHT)
    long.post("/sign-in/", {"email": "viewer.all@example.com", "password": RIGHT, "stay": "on"})
    assert brief.cookies["sessionid"]["max-age"] == ""
    assert long.cookies["sessionid"]["max-age"] == 14 * 24 * 3600
