"""The page of the data: what is loaded, what waits, what arrived."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from django.test import Client

from coterie import Engine
from coterie_web.accounts.models import User
from coterie_web.ingest.receiving import receive
from coterie_web.ui.clock import TestClock
from coterie_web.worker.keeper import Keeper

NEW = [
    {"type": "upsert", "entity": "contact", "record": {"contact_id": "7", "city": "Rome"}},
    {"type": "upsert", "entity": "nothing of the kind", "record": {}},
]


@pytest.mark.django_db(transaction=True)
def test_the_page_says_what_is_loaded_what_waits_and_what_became_of_it(
    engine: Engine, keeper: Keeper, clock: TestClock, signed_in: Callable[..., Client], person: Callable[..., User]
) -> None:
    browser = signed_in("viewer")
    assert "Nothing has arrived yet" in browser.get("/data/").content.decode()
    receive(json.dumps(NEW).encode(), idempotency_key=None, acting_user=person("administrator"), now=clock.now())
    waiting = browser.get("/data/").content.decode()
    assert "2 records <small>since 13:00:00" in waiting, "in the organization's zone"
    assert "waits" in waiting
    keeper.step()
    page = browser.get("/data/").content.decode()
    assert "0 records <small>all are applied" in page
    assert "Administrator of all" in page
    assert '<td class="main">Contact<span class="sub">Entity</span></td><td class="num">7</td>' in page
    assert '<td class="main">Purchase<span class="sub">Interaction</span></td><td class="num">4</td>' in page


@pytest.mark.django_db
def test_the_page_asks_for_its_numbers_alone(engine: Engine, signed_in: Callable[..., Client]) -> None:
    part = signed_in("viewer").get("/data/", headers={"HX-Request": "true"}).content.decode()
    assert "Version of the data" in part
    assert "<h1>" not in part


@pytest.mark.django_db
def test_who_sees_only_a_unit_sees_no_numbers_of_all(engine: Engine, signed_in: Callable[..., Client]) -> None:
    assert signed_in("manager", "north").get("/data/").status_code == 403
