"""What people read where a request fails: what happened, what to do, and a code."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client, RequestFactory

from coterie_web.accounts.models import User
from coterie_web.ui.clock import TestClock
from coterie_web.ui.errors import server_error

pytestmark = pytest.mark.django_db


def test_what_is_not_there_says_so(clock: TestClock, signed_in: Callable[..., Client]) -> None:
    answer = signed_in().get("/nowhere/")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.content.decode()
    assert "not_found" in answer.content.decode()


def test_what_is_foreign_is_answered_with_the_bytes_of_what_is_absent(
    clock: TestClock, signed_in: Callable[..., Client], person: Callable[..., User]
) -> None:
    browser = signed_in("administrator", "north")
    foreign = browser.get(person("viewer", "south").get_absolute_url())
    absent = browser.get("/settings/people/00000000-0000-0000-0000-000000000000/")
    assert (foreign.status_code, foreign.content) == (404, absent.content)


def test_an_act_that_is_not_for_the_role_says_whose_it_is(clock: TestClock, signed_in: Callable[..., Client]) -> None:
    answer = signed_in("marketer").get("/settings/people/invite/")
    assert answer.status_code == 403
    assert "Only an administrator of the whole organization invites people" in answer.content.decode()
    assert "not_allowed" in answer.content.decode()


def test_an_act_that_is_not_possible_now_says_why(
    clock: TestClock, signed_in: Callable[..., Client], person: Callable[..., User]
) -> None:
    answer = signed_in("administrator").post(f"{person('administrator').get_absolute_url()}deactivate/")
    assert answer.status_code == 409
    assert "is the last administrator" in answer.content.decode()
    assert "last_administrator" in answer.content.decode()


def test_a_form_without_its_token_says_that_it_is_too_old(clock: TestClock, person: Callable[..., User]) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(person("viewer"))
    answer = browser.post("/settings/", {"name": "Mo"})
    assert answer.status_code == 403
    assert "form_expired" in answer.content.decode()


def test_a_request_that_cannot_be_read_says_so(clock: TestClock, signed_in: Callable[..., Client]) -> None:
    answer = signed_in().post("/settings/", {f"field{number}": "" for number in range(20_001)})
    assert answer.status_code == 400
    assert "bad_request" in answer.content.decode()


def test_a_failure_of_the_server_asks_nothing_of_the_stores() -> None:
    answer = server_error(RequestFactory().get("/"))
    assert answer.status_code == 500
    assert "internal_error" in answer.content.decode()


def test_what_fails_looks_the_same_to_who_is_not_signed_in(clock: TestClock) -> None:
    page = Client().get("/nowhere/").content.decode()
    assert "There is nothing here" in page
    assert "Account of" not in page
