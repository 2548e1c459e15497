"""Any definition over the API: checked, described, counted, listed, explained, within what a person sees."""

from __future__ import annotations

import json
from collections.abc import Callable
from time import monotonic
from typing import Any

import pytest
from django.test import Client

from coterie import Engine, QuestionCancelled
from coterie_web.accounts.models import User
from coterie_web.segments.lifecycle import go_live
from coterie_web.segments.models import Segment
from coterie_web.ui.clock import TestClock
from coterie_web.worker.keeper import Keeper

pytestmark = pytest.mark.django_db(transaction=True)

IN_OSLO = {"kind": "profile", "where": {"attribute": "city", "operator": "is", "value": "Oslo"}}
BOUGHT = {"kind": "interaction", "interaction": "purchase", "operator": "at_least", "value": 1}
OSLO = {"blocks": [{"block": IN_OSLO}]}
EVERYONE = {"blocks": [{"block": {"kind": "everyone"}}]}
BUYERS = {"blocks": [{"block": IN_OSLO}, {"combine": "and_also", "block": BOUGHT}]}


def of(segment: str) -> dict[str, object]:
    return {"blocks": [{"block": {"kind": "segment", "segment": segment}}]}


@pytest.fixture
def reader(engine: Engine, calling: Callable[..., Client]) -> Client:
    """A program that reads, and sees everything."""
    return calling("viewer", scopes=["read"])


def ask(client: Client, what: str, definition: object, **more: object) -> Any:
    body = definition if isinstance(definition, bytes) else json.dumps({"definition": definition, **more})
    return client.post(f"/api/v1/evaluate/{what}", body, content_type="application/json")


def problem(response: Any) -> tuple[int, str, str]:
    told = response.json()
    return response.status_code, told["code"], told["path"]


def test_a_definition_is_counted_as_of_now_or_another_moment(reader: Client) -> None:
    assert ask(reader, "count", BUYERS).json() == {"as_of": "2026-11-23T12:00:00Z", "count": 1}
    before = ask(reader, "count", BUYERS, as_of="2026-11-01T01:00:00+01:00").json()
    assert before == {"as_of": "2026-11-01T00:00:00Z", "count": 0}


def test_a_definition_may_be_text_and_a_segment_file(reader: Client) -> None:
    text = "coterie: 1\nsegment: oslo\nname: Oslo\ntype: static\nmembers: ['2', '4']\n"
    assert ask(reader, "count", text).json()["count"] == 2
    assert ask(reader, "count", json.dumps(OSLO)).json()["count"] == 2


def test_every_part_is_counted(reader: Client) -> None:
    told = ask(reader, "breakdown", BUYERS).json()
    assert told["total"] == 1
    assert [(step["combine"], step["alone"], step["so_far"]) for step in told["steps"]] == [
        (None, 2, 2),
        ("and_also", 3, 1),
    ]
    assert told["steps"][0]["node"]["wording"] == "City is Oslo"


def test_members_are_listed_page_by_page_as_of_one_moment(reader: Client) -> None:
    first = ask(reader, "members", EVERYONE, columns=["city"], limit=4).json()
    rest = ask(reader, "members", EVERYONE, limit=4, after=first["next"], as_of=first["as_of"]).json()
    assert (first["total"], rest["next"]) == (6, None)
    assert [each["contact_id"] for each in first["items"] + rest["items"]] == list("123456")
    assert first["items"][1] == {
        "contact_id": "2", "name": "Ben Okafor", "email": "ben@example.com", "values": {"city": "Oslo"},
    }  # fmt: skip


def test_why_a_contact_is_in_is_explained_with_the_rows(reader: Client) -> None:
    told = ask(reader, "explain", BUYERS, contact_id="2").json()
    assert (told["member"], told["reason"]) == (True, "definition")
    [row] = told["steps"][1]["node"]["evidence"]
    assert (row["amount"], row["occurred_at"]) == (80, "2026-11-18T12:00:00+00:00")
    assert problem(ask(reader, "explain", BUYERS, contact_id="nobody")) == (404, "unknown_contact", "contact_id")


def test_a_definition_is_described(reader: Client) -> None:
    assert ask(reader, "describe", OSLO).json() == {"wording": "Contacts whose City is Oslo."}


def test_all_problems_of_a_definition_are_told_with_their_lines(reader: Client) -> None:
    text = (
        "blocks:\n- block: {kind: profile, where: {attribute: ctiy, operator: is, value: Oslo}}\n- block: {kind: x}\n"
    )
    told = ask(reader, "validate", text).json()
    assert not told["valid"]
    assert [(each["code"], each["path"], each["line"]) for each in told["problems"]] == [
        ("unknown_attribute", "blocks[0].block.where.attribute", 2),
        ("misplaced_combine", "blocks[1].combine", 3),
        ("unknown_kind", "blocks[1].block.kind", 3),
    ]
    assert ask(reader, "validate", OSLO).json() == {"valid": True, "problems": []}
    refused = ask(reader, "count", text)
    assert problem(refused) == (422, "unknown_attribute", "blocks[0].block.where.attribute")
    assert len(refused.json()["problems"]) == 3


@pytest.mark.parametrize(
    ("more", "code", "path"),
    [
        ({"as_of": "2026-11-23T12:00:00"}, "invalid_request", "body.as_of"),
        ({"as_of": "yesterday"}, "invalid_request", "body.as_of"),
        ({"as_of": 1_700_000_000}, "invalid_request", "body.as_of"),
        ({"as_of": "0001-01-01T00:00:00+01:00"}, "invalid_request", "body.as_of"),
        ({"time_zone": "Mars/Olympus"}, "unknown_time_zone", "time_zone"),
        ({"timeout": 6}, "invalid_request", "body.timeout"),
        ({"surprise": 1}, "invalid_request", "body.surprise"),
        ({"definition": None}, "invalid_request", "body.definition"),
        ({"definition": 5}, "invalid_request", "body.definition"),
        ({"definition": {}}, "missing_key", "blocks"),
        ({"definition": {"blocks": []}}, "empty", "blocks"),
        ({"definition": ""}, "empty", ""),
    ],
)
def test_what_cannot_be_asked_is_refused_with_its_place(
    reader: Client, more: dict[str, object], code: str, path: str
) -> None:
    assert problem(ask(reader, "count", **{"definition": OSLO, **more})) == (422, code, path)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"definition": {"blocks": []}, "definition": {}}',
        b'{"definition": NaN}',
        b'{"definition": "\\u0000"}',
        b'{"definition": "\\ud800"}',
        b'{"definition": "\xff"}',
        b"[" * 100_000,
        b'{"definition": ' + b"[" * 500 + b"]" * 500 + b"}",
        b'{"definition": {"blocks": [' + b'{"a":' * 150 + b"1" + b"}" * 150 + b"]}}",
        b"null",
        b"[]",
    ],
)
def test_what_is_no_question_is_refused(reader: Client, body: bytes) -> None:
    answer = ask(reader, "count", body)
    assert answer.status_code in {400, 422}
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_live_segments_may_be_referred_to_and_drafts_not(
    reader: Client,
    clock: TestClock,
    keeper: Keeper,
    draft: Callable[..., Segment],
    person: Callable[..., User],
) -> None:
    go_live(draft("Oslo", OSLO), acting_user=person("marketer"), now=clock.now())
    draft("Another", OSLO)
    assert ask(reader, "count", of("oslo")).json()["count"] == 2
    assert problem(ask(reader, "count", of("another")))[:2] == (422, "unknown_segment")


def test_who_belongs_to_a_unit_sees_its_part_alone(engine: Engine, calling: Callable[..., Client]) -> None:
    north = calling("viewer", "north", scopes=["read"])
    assert ask(north, "count", EVERYONE).json()["count"] == 3
    assert ask(north, "breakdown", EVERYONE).json()["steps"][0]["node"]["count"] == 3
    assert [each["contact_id"] for each in ask(north, "members", EVERYONE).json()["items"]] == ["2", "4", "6"]
    foreign = ask(north, "explain", EVERYONE, contact_id="1")
    absent = ask(north, "explain", EVERYONE, contact_id="9")
    assert (foreign.status_code, foreign.content.replace(b"'1'", b"'9'")) == (404, absent.content)


def test_a_segment_that_a_person_does_not_see_is_none_in_a_definition(
    engine: Engine,
    clock: TestClock,
    calling: Callable[..., Client],
    draft: Callable[..., Segment],
    person: Callable[..., User],
) -> None:
    go_live(
        draft("Hidden", OSLO, owner=person("manager", "south")), acting_user=person("administrator"), now=clock.now()
    )
    north = calling("viewer", "north", scopes=["read"])
    foreign, absent = ask(north, "count", of("hidden")), ask(north, "count", of("absent"))
    assert foreign.status_code == 422
    assert foreign.content == absent.content.replace(b"absent", b"hidden")


def test_a_question_that_takes_too_long_is_given_up(
    reader: Client, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    The engine works until the question is given up, here after a tenth of a second.
    """

    def endless(*_: object, cancellation: Any, **__: object) -> int:
        while not cancellation.cancelled:
            pass
        raise QuestionCancelled

    monkeypatch.setattr(engine, "count", endless)
    answer = ask(reader, "count", OSLO, timeout=0.1)
    assert problem(answer) == (503, "took_too_long", "")
    assert answer.headers["Retry-After"]


@pytest.mark.parametrize("deed", ["validate", "describe"])
def test_a_definition_that_takes_too_long_to_read_is_given_up(reader: Client, deed: str) -> None:
    """
    Tens of thousands of values in YAML take seconds.
    """
    cities = "".join(f"\n- City {number}" for number in range(40_000))
    begun = monotonic()
    answer = ask(reader, deed, f"blocks:{cities}\n", timeout=0.05)
    assert problem(answer) == (503, "took_too_long", "")
    assert monotonic() - begun < 1
