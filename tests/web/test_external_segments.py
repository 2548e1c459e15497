"""Static segments that another system fills over the API: whole or in part, live at once, and twice like once."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from coterie import Engine
from coterie_web.accounts.models import HistoryEntry, User
from coterie_web.segments.lifecycle import edit
from coterie_web.segments.models import HandMark, Segment
from coterie_web.ui.clock import TestClock
from coterie_web.worker.keeper import Keeper

pytestmark = pytest.mark.django_db(transaction=True)

Made = Callable[..., Segment]
Calling = Callable[..., Client]

EXTERNAL = {"type": "static", "external_source": "Till", "external_url": "https://till.example.com/7"}


@pytest.fixture
def till(engine: Engine, calling: Calling) -> Client:
    """The program of the other system, which has the token of a marketer."""
    return calling("marketer", scopes=["read", "write"])


def put(client: Client, segment: Segment, **body: object) -> Any:
    return client.put(f"/api/v1/segments/{segment.id}/members", json.dumps(body), content_type="application/json")


def told(answer: Any) -> tuple[int, int, int]:
    body = answer.json()
    return body["added"], body["removed"], body["refused"]


def chosen(segment: Segment) -> list[str]:
    segment.refresh_from_db()
    return segment.members


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_a_draft_is_filled_replaced_and_corrected(till: Client, draft: Made) -> None:
    segment = draft("Regulars", None, **EXTERNAL)
    assert told(put(till, segment, members=["1", "2", "3"])) == (3, 0, 0)
    assert told(put(till, segment, members=["3", "4"])) == (1, 2, 0)
    assert told(put(till, segment, add=["1"], remove=["3", "5"])) == (1, 1, 0)
    assert chosen(segment) == ["4", "1"]
    assert not HandMark.objects.exists(), "nobody did it by hand"


def test_keys_of_nobody_are_refused_and_the_others_are_put_in(till: Client, draft: Made) -> None:
    segment = draft("Regulars", None, **EXTERNAL)
    answer = put(till, segment, members=["1", "nobody", "1", " ", " "])
    assert answer.json() == {
        "segment": "regulars", "added": 1, "removed": 0, "refused": 2, "refused_contacts": [" ", "nobody"],
    }  # fmt: skip
    assert chosen(segment) == ["1"]


def test_what_is_put_into_a_live_one_is_served_without_a_review(
    till: Client, live: Made, keeper: Keeper, engine: Engine
) -> None:
    segment = live("Regulars", None, members=["1"], **EXTERNAL)
    put(till, segment, members=["2", "4"])
    put(till, segment, add=["6"])  # before the first was served
    keeper.step()
    segment.refresh_from_db()
    assert (segment.status, segment.live_version and segment.live_version.number) == ("live", 3)
    assert set(engine.published["regulars"].members) == {"2", "4", "6"}
    assert segment.live_version is not None
    assert segment.live_version.note == "From Till"


@pytest.mark.parametrize(
    ("said", "members"), [({"members": ["4"]}, {"4"}), ({"add": ["4"]}, {"1", "2", "4"}), ({"remove": ["2"]}, {"1"})]
)
def test_what_is_said_of_a_live_one_is_said_of_what_is_served_and_overtakes_an_edit(
    till: Client,
    live: Made,
    keeper: Keeper,
    engine: Engine,
    clock: TestClock,
    said: dict[str, object],
    members: set[str],
) -> None:
    """
    Somebody edits it meanwhile: takes out 2 and puts in 4.
    """
    segment = live("Regulars", None, members=["1", "2"], **EXTERNAL)
    edit(segment, acting_user=segment.owner, now=clock.now())
    Segment.objects.filter(id=segment.id).update(members=["4"])
    put(till, segment, **said)
    keeper.step()
    segment.refresh_from_db()
    assert (segment.status, set(engine.published["regulars"].members)) == ("live", members)


def test_what_is_served_already_leaves_an_edit_alone(till: Client, live: Made, clock: TestClock) -> None:
    segment = live("Regulars", None, members=["1"], **EXTERNAL)
    edit(segment, acting_user=segment.owner, now=clock.now())
    Segment.objects.filter(id=segment.id).update(members=["4"])
    assert told(put(till, segment, members=["1"])) == (0, 0, 0)
    assert (chosen(segment), segment.status) == (["4"], "editing")


def test_the_same_again_changes_nothing(till: Client, live: Made, keeper: Keeper) -> None:
    segment = live("Regulars", None, members=["1", "2"], **EXTERNAL)
    entries = HistoryEntry.objects.count()
    assert told(put(till, segment, members=["2", "1"])) == (0, 0, 0)
    assert told(put(till, segment, add=["1"], remove=["6"])) == (0, 0, 0)
    segment.refresh_from_db()
    assert (segment.status, segment.versions.count(), HistoryEntry.objects.count()) == ("live", 1, entries)


def test_the_history_says_how_many_came_and_went_and_how(till: Client, draft: Made) -> None:
    segment = draft("Regulars", None, members=["1"], **EXTERNAL)
    put(till, segment, members=["2", "4"])
    entries = HistoryEntry.objects.filter(subject_id=str(segment.id)).order_by("id")
    assert [(entry.deed, entry.details["how"], entry.details["count"]) for entry in entries] == [
        ("removed members", "pushed", 1),
        ("added members", "pushed", 2),
    ]


def test_one_that_nothing_else_fills_is_filled_as_a_draft_and_not_while_it_is_served(
    till: Client, draft: Made, live: Made
) -> None:
    guests = draft("Guests", None, type="static")
    assert told(put(till, guests, add=["1", "4"])) == (2, 0, 0)
    assert HandMark.objects.filter(segment=guests, is_added=True).count() == 2
    served = live("Served", None, type="static", members=["1"])
    assert problem(put(till, served, add=["4"])) == (409, "locked")
    assert chosen(served) == ["1"]


def test_a_dynamic_one_is_not_filled(till: Client, draft: Made) -> None:
    assert problem(put(till, draft("Dynamic"), members=[])) == (409, "wrong_type")


@pytest.mark.parametrize(
    "body",
    [
        {"members": [], "add": ["1"]},
        {"add": ["1"], "remove": ["1"]},
        {"add": ["1"], "remove": ["1 "]},
        {"keys": []},
    ],
)
def test_what_says_two_things_is_refused(till: Client, draft: Made, body: dict[str, object]) -> None:
    assert problem(put(till, draft("Regulars", None, **EXTERNAL), **body)) == (422, "invalid_request")


def test_whom_the_filling_person_does_not_see_stays_and_is_refused_as_absent(
    engine: Engine, calling: Calling, draft: Made, person: Callable[..., User]
) -> None:
    north = calling("marketer", "north", scopes=["write"])
    segment = draft("Regulars", None, owner=person("marketer", "north"), members=["1", "2"], **EXTERNAL)
    answer = put(north, segment, members=["4", "1", "3", "nobody"])
    assert told(answer) == (1, 1, 3)
    assert answer.json()["refused_contacts"] == ["1", "3", "nobody"]
    assert told(put(north, segment, remove=["1"])) == (0, 0, 0)
    assert chosen(segment) == ["1", "4"]


def test_a_file_of_an_external_segment_is_applied(till: Client, keeper: Keeper, engine: Engine) -> None:
    file = {
        "coterie": 1, "segment": "regulars", "name": "Regulars", "type": "static", "members": ["1", "2"],
        "external": {"source": "Till", "url": "https://till.example.com/7"},
    }  # fmt: skip
    apply = {"segments": [file]}
    assert till.post("/api/v1/apply", apply, content_type="application/json").json()["done"] == {"regulars": "started"}
    keeper.step()
    file["members"] = ["2", "4"]
    assert till.post("/api/v1/apply", apply, content_type="application/json").json()["done"] == {"regulars": "edited"}
    keeper.step()
    assert set(engine.published["regulars"].members) == {"2", "4"}
