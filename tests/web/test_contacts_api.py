"""Contacts over the API: lists, profiles, timelines, and the segments that contacts are in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from coterie import Engine
from coterie_web.accounts.models import User
from coterie_web.segments.lifecycle import go_live
from coterie_web.segments.models import Segment
from coterie_web.ui.clock import TestClock
from coterie_web.worker.keeper import Keeper

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def reader(engine: Engine, calling: Callable[..., Client]) -> Client:
    """A program that reads."""
    return calling("viewer", scopes=["read"])


def problem(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


def test_contacts_are_listed_page_by_page(reader: Client) -> None:
    found, after, asked = [], "", {"sort": "name", "limit": "4", "columns": "age"}
    while after is not None:
        page = reader.get("/api/v1/contacts", {**asked, "after": after} if after else asked).json()
        found += [(each["name"], each["values"]["age"]) for each in page["items"]]
        after = page["next"]
        assert page["total"] == 6
    assert found == [
        ("Ana Oliveira", 34),
        ("Ben Okafor", 51),
        ("Chloé Beaumont", 28),
        ("Dag Lindqvist", 45),
        ("Elif Yıldız", None),
        ("Fay Zhang", 39),
    ]


def test_contacts_are_searched(reader: Client) -> None:
    page = reader.get("/api/v1/contacts", {"search": "okaf"}).json()
    assert [(each["contact_id"], each["email"]) for each in page["items"]] == [("2", "ben@example.com")]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"columns": "ctiy"}, "unknown_attribute"),
        ({"sort": "ctiy"}, "unknown_attribute"),
        ({"after": "nonsense"}, "invalid_cursor"),
        ({"limit": "0"}, "invalid_request"),
        ({"limit": "many"}, "invalid_request"),
        ({"search": "\0"}, None),
    ],
)
def test_what_cannot_be_asked_is_refused(reader: Client, asked: dict[str, str], code: str | None) -> None:
    answer = reader.get("/api/v1/contacts", asked)
    assert (answer.status_code, answer.json().get("code")) == ((422, code) if code else (200, None))


def test_a_contact_is_told_with_all_its_values(reader: Client) -> None:
    told = reader.get("/api/v1/contacts/1").json()
    assert (told["name"], told["values"]["city"], told["values"]["interests"]) == (
        "Ana Oliveira", "Lisbon", ["running", "cycling"],
    )  # fmt: skip
    assert [each["relation"] for each in told["related"]] == ["account", "leads", "registrations"]


def test_a_key_may_hold_anything(reader: Client, engine: Engine) -> None:
    for key in ("a/b", "a b?c#d", "ünï", "timeline/x", "%2F"):
        engine.ingest([{"type": "upsert", "entity": "contact", "record": {"contact_id": key, "city": "Bern"}}])
        assert reader.get(f"/api/v1/contacts/{quote(key, safe='')}").json()["contact_id"] == key
        assert reader.get(f"/api/v1/timeline/{quote(key, safe='')}").json()["contact_id"] == key


def test_a_contact_nobody_knows_is_not_there(reader: Client) -> None:
    for address in ("contacts", "timeline", "memberships"):
        assert problem(reader.get(f"/api/v1/{address}/nobody")) == (404, "not_found")


def test_a_timeline_is_told_page_by_page_newest_first(reader: Client) -> None:
    first = reader.get("/api/v1/timeline/1", {"limit": 1}).json()
    assert (first["total"], first["items"]) == (
        2,
        [{"interaction": "purchase", "occurred_at": "2026-11-20T12:00:00Z",
          "values": {"product": "Tent", "category": None, "quantity": None, "amount": 120.5}}],
    )  # fmt: skip
    second = reader.get("/api/v1/timeline/1", {"limit": 1, "after": first["next"]}).json()
    assert ([each["values"]["amount"] for each in second["items"]], second["next"]) == ([20], None)
    before = reader.get("/api/v1/timeline/1", {"before": "2026-11-01T00:00:00Z"}).json()
    assert [each["values"]["amount"] for each in before["items"]] == [20]
    assert problem(reader.get("/api/v1/timeline/1", {"interactions": "nothing"})) == (422, "unknown_interaction")
    assert problem(reader.get("/api/v1/timeline/1", {"before": "2026-11-01"})) == (422, "invalid_request")


def test_the_segments_of_a_contact_are_told_since_when(
    reader: Client,
    keeper: Keeper,
    clock: TestClock,
    draft: Callable[..., Segment],
    person: Callable[..., User],
) -> None:
    go_live(draft("Everyone"), acting_user=person("marketer"), now=clock.now())
    keeper.step()
    told = reader.get("/api/v1/memberships/1").json()
    [segment] = told["segments"]
    assert (segment["segment"], segment["since"]) == ("everyone", "2026-11-23T12:00:00Z")
