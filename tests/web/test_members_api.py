"""Members of a segment over the API: pages of one snapshot, who entered and left, and how segments stand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from coterie import Engine
from coterie_web.accounts.models import User
from coterie_web.segments.lifecycle import go_live, stop
from coterie_web.segments.models import Segment
from coterie_web.ui.clock import TestClock
from coterie_web.worker.keeper import Keeper

pytestmark = pytest.mark.django_db(transaction=True)

RUNNERS = {"kind": "profile", "where": {"attribute": "interests", "operator": "includes_any", "value": ["running"]}}


def runner(contact: str) -> dict[str, object]:
    record = {"contact_id": contact, "interests": "running", "first_name": f"Runner {contact}"}
    return {"type": "upsert", "entity": "contact", "record": record}


@pytest.fixture
def reader(engine: Engine, calling: Callable[..., Client]) -> Client:
    """A program that reads."""
    return calling("viewer", scopes=["read"])


@pytest.fixture
def runners(keeper: Keeper, clock: TestClock, draft: Callable[..., Segment], person: Callable[..., User]) -> Segment:
    """A live segment of the contacts 1 and 3."""
    segment = draft("Runners", {"blocks": [{"block": RUNNERS}]})
    assert go_live(segment, acting_user=person("marketer"), now=clock.now()) == []
    keeper.step()
    segment.refresh_from_db()
    return segment


def address(segment: Segment, what: str) -> str:
    return f"/api/v1/segments/{segment.id}/{what}"


def problem(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


def test_members_are_told_with_the_snapshot_that_they_are_of(reader: Client, engine: Engine, runners: Segment) -> None:
    told = reader.get(address(runners, "members"), {"columns": ["city", "age"], "sort": "age"}).json()
    assert (told["segment"], told["kind"], told["total"]) == ("runners", "current", 2)
    assert (told["as_of"], told["data_version"]) == ("2026-11-23T12:00:00Z", engine.data_version)
    assert [(each["contact_id"], each["values"]) for each in told["items"]] == [
        ("3", {"city": "Paris", "age": 28}),
        ("1", {"city": "Lisbon", "age": 34}),
    ]
    assert {each["since"] for each in told["items"]} == {"2026-11-23T12:00:00Z"}


def test_pages_stay_on_the_snapshot_with_which_they_began(
    reader: Client, engine: Engine, runners: Segment, keeper: Keeper, clock: TestClock
) -> None:
    first = reader.get(address(runners, "members"), {"limit": 1}).json()
    engine.ingest([runner("4"), runner("5")])
    clock.advance(clock.now() + timedelta(minutes=1))
    keeper.step()
    second = reader.get(address(runners, "members"), {"limit": 1, "after": first["next"]}).json()
    assert (second["total"], second["kind"], second["next"]) == (2, "superseded", None)
    assert [each["contact_id"] for each in first["items"] + second["items"]] == ["1", "3"]
    assert reader.get(address(runners, "members")).json()["total"] == 4


def test_members_of_a_past_moment(
    reader: Client, engine: Engine, runners: Segment, keeper: Keeper, clock: TestClock
) -> None:
    before = clock.now()
    engine.ingest([runner("4")])
    clock.advance(clock.now() + timedelta(hours=1))
    keeper.step()
    past = reader.get(address(runners, "members"), {"at": before.isoformat()}).json()
    assert (past["kind"], past["total"]) == ("past", 2)
    long_ago = {"at": "2020-01-01T00:00:00Z"}
    assert problem(reader.get(address(runners, "members"), long_ago)) == (410, "snapshot_gone")


def test_a_draft_has_no_members_a_stopped_one_its_last_and_none_when_it_goes_live_again(
    reader: Client,
    runners: Segment,
    keeper: Keeper,
    clock: TestClock,
    draft: Callable[..., Segment],
    person: Callable[..., User],
) -> None:
    assert problem(reader.get(address(draft("New"), "members"))) == (409, "never_live")
    stop(runners, acting_user=person("marketer"), now=clock.now())
    keeper.step()
    told = reader.get(address(runners, "members")).json()
    assert (told["kind"], told["total"]) == ("stopped", 2)
    assert go_live(runners, acting_user=person("marketer"), now=clock.now()) == []
    assert problem(reader.get(address(runners, "members"))) == (409, "not_published")
    keeper.step()
    assert reader.get(address(runners, "members")).json()["kind"] == "current"


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({"after": "nonsense"}, 422, "invalid_cursor"),
        ({"after": "WyJhIiwiYiJd"}, 410, "snapshot_gone"),
        ({"columns": "ctiy"}, 422, "unknown_attribute"),
        ({"at": "noon"}, 422, "invalid_request"),
        ({"limit": "1001"}, 422, "invalid_request"),
    ],
)
def test_what_cannot_be_asked_of_members_is_refused(
    reader: Client, runners: Segment, asked: dict[str, str], status: int, code: str
) -> None:
    assert problem(reader.get(address(runners, "members"), asked)) == (status, code)


def test_the_log_tells_who_entered_and_left_and_why(
    reader: Client, engine: Engine, runners: Segment, keeper: Keeper, clock: TestClock
) -> None:
    for contact in ("4", "5"):
        engine.ingest([runner(contact)])
        clock.advance(clock.now() + timedelta(minutes=1))
        keeper.step()
    first = reader.get(address(runners, "log"), {"limit": 2, "contacts": "true"}).json()
    assert [(line["cause"], line["entered"], line["entered_contacts"], line["left"]) for line in first["log"]] == [
        ("data", 1, ["5"], 0),
        ("data", 1, ["4"], 0),
    ]
    rest = reader.get(address(runners, "log"), {"limit": 2, "before": first["next"]}).json()
    assert [(line["cause"], line["entered"], line["entered_contacts"]) for line in rest["log"]] == [
        ("definition", 2, None)
    ]
    assert rest["next"] is None


def test_status_tells_how_live_segments_stand(reader: Client, runners: Segment, draft: Callable[..., Segment]) -> None:
    draft("Another")
    told = reader.get("/api/v1/status").json()
    [status] = told["segments"]
    assert (status["segment"], status["state"], status["members"], status["behind"]) == ("runners", "live", 2, 0)
    assert told.pop("inbox")["waiting_records"] == 0
    assert reader.get(address(runners, "status")).json() == told


def test_history_is_for_managers(
    reader: Client, runners: Segment, calling: Callable[..., Client], person: Callable[..., User]
) -> None:
    assert problem(reader.get("/api/v1/history")) == (403, "not_allowed")
    manager = calling("manager", scopes=["read"])
    about = {"subject_type": "segment", "subject_id": str(runners.id)}
    told = manager.get("/api/v1/history", about).json()
    assert [(each["deed"], each["subject_name"], each["acting_name"]) for each in told["items"]] == [
        ("went live", "Runners", person("marketer").name)
    ]
    page = manager.get("/api/v1/history", {"limit": 1}).json()
    assert manager.get("/api/v1/history", {"limit": 1, "after": page["next"]}).json()["items"] != page["items"]
