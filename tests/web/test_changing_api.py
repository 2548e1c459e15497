"""Segments made, changed, taken live, edited, stopped and deleted over the API."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from coterie import Engine
from coterie_web.accounts.models import HistoryEntry, User
from coterie_web.segments.models import Segment
from coterie_web.worker.keeper import Keeper

pytestmark = pytest.mark.django_db(transaction=True)

SEGMENTS = "/api/v1/segments"
IN_OSLO = {"kind": "profile", "where": {"attribute": "city", "operator": "is", "value": "Oslo"}}
OSLO = {"blocks": [{"block": IN_OSLO}]}
EVERYONE = {"blocks": [{"block": {"kind": "everyone"}}]}


@pytest.fixture
def writer(engine: Engine, calling: Callable[..., Client]) -> Client:
    """A program of a marketer."""
    return calling("marketer", scopes=["read", "write"])


def send(client: Client, method: str, path: str, body: object = None) -> Any:
    text = "" if body is None else json.dumps(body)
    return client.generic(method, f"{SEGMENTS}{path}", text, content_type="application/json")


def made(client: Client, **parts: object) -> Any:
    """A new draft."""
    answer = send(client, "POST", "", {"name": "Oslo", "definition": OSLO, **parts})
    assert answer.status_code == 201, answer.content
    return answer.json()


def problem(response: Any) -> tuple[int, str, str]:
    told = response.json()
    return response.status_code, told["code"], told["path"]


def of(segment: str) -> dict[str, object]:
    return {"blocks": [{"block": {"kind": "segment", "segment": segment}}]}


# --- drafts ----------------------------------------------------------------------------------------------------------


def test_a_segment_is_made_as_a_draft_of_who_asks(writer: Client, person: Callable[..., User]) -> None:
    told = made(writer, tags=["spring"], time_zone="Europe/Oslo", pinned={"keep_out": ["2"]})
    assert (told["key"], told["status"], told["owner"]["id"]) == ("oslo", "draft", str(person("marketer").id))
    assert (told["definition"], told["pinned"], told["tags"]) == (OSLO, {"keep_out": ["2"]}, ["spring"])
    assert told["wording"].startswith("Contacts whose City is Oslo.")
    assert send(writer, "GET", f"/{told['id']}").json() == told


def test_a_static_one_is_made_with_its_members(writer: Client) -> None:
    told = made(writer, name="Chosen", type="static", definition=None, members=["1", "4", "1", "nobody"])
    assert (told["type"], told["chosen"], told["definition"]) == ("static", ["1", "4"], None)


def test_a_draft_may_be_incomplete_but_not_wrong(writer: Client) -> None:
    told = made(writer, definition={"blocks": [{"block": {"kind": "profile"}}]})
    assert told["wording"] == ""
    wrong = send(writer, "PATCH", f"/{told['id']}", {"definition": {"blocks": [{"block": {"kind": "prfile"}}]}})
    assert problem(wrong) == (422, "unknown_kind", "definition.blocks[0].block.kind")
    assert send(writer, "GET", f"/{told['id']}").json()["definition"] == told["definition"]


@pytest.mark.parametrize(
    ("parts", "code", "path"),
    [
        ({"name": ""}, "missing_key", "body.name"),
        ({"name": "\x07"}, "invalid_value", "body.name"),
        ({"key": "Not A Key"}, "invalid_value", "body.key"),
        ({"key": "taken"}, "key_taken", "body.key"),
        ({"time_zone": "Mars/Olympus"}, "unknown_time_zone", "body.time_zone"),
        ({"scope": "business_unit"}, "scope", "body.scope"),
        ({"scope": "galaxy"}, "invalid_request", "body.scope"),
        ({"type": "odd"}, "invalid_request", "body.type"),
        ({"surprise": 1}, "invalid_request", "body.surprise"),
        ({"definition": {"blocks": 5}}, "invalid_value", "definition.blocks"),
        ({"definition": [1]}, "invalid_request", "body.definition"),
        ({"members": ["1"]}, "wrong_type", ""),
    ],
)
def test_what_no_segment_may_say_is_refused_and_nothing_made(
    writer: Client, draft: Callable[..., Segment], parts: dict[str, object], code: str, path: str
) -> None:
    draft("Taken")
    answer = send(writer, "POST", "", {"name": "Oslo", "definition": OSLO, **parts})
    assert problem(answer)[1:] == (code, path)
    assert answer.status_code == (409 if code == "wrong_type" else 422)
    assert Segment.objects.count() == 1


def test_parts_are_changed_together_or_not_at_all(writer: Client) -> None:
    segment = made(writer)["id"]
    told = send(writer, "PATCH", f"/{segment}", {"name": "Bergen", "definition": EVERYONE}).json()
    assert (told["name"], told["definition"], told["key"]) == ("Bergen", EVERYONE, "oslo")
    both = {"name": "Paris", "definition": {"blocks": [{"block": {"kind": "x"}}]}}
    assert problem(send(writer, "PATCH", f"/{segment}", both))[1] == "unknown_kind"
    assert send(writer, "GET", f"/{segment}").json()["name"] == "Bergen"


def test_pins_of_contacts_that_a_person_does_not_see_stay(
    engine: Engine, calling: Callable[..., Client], draft: Callable[..., Segment], person: Callable[..., User]
) -> None:
    segment = draft("Pinned", owner=person("marketer", "north"), pinned={"keep_in": ["1", "2"]})
    north = calling("marketer", "north", scopes=["write"])
    told = send(north, "PATCH", f"/{segment.id}", {"pinned": {"keep_in": ["4"]}}).json()
    assert told["pinned"] == {"keep_in": ["4"]}
    segment.refresh_from_db()
    assert segment.pinned == {"keep_in": ["1", "4"]}


def test_a_contact_out_of_sight_is_pinned_no_more_than_one_that_is_not_there(
    engine: Engine, calling: Callable[..., Client], draft: Callable[..., Segment], person: Callable[..., User]
) -> None:
    segment = draft("Pinned", owner=person("marketer", "north"), pinned={"keep_in": ["3"]})
    north = calling("marketer", "north", scopes=["write"])
    answers = {}
    for key in ("1", "3", "9"):  # two of the south, of whom one is pinned already, and nobody
        answer = send(north, "PATCH", f"/{segment.id}", {"pinned": {"keep_in": ["4", key]}})
        assert problem(answer) == (422, "unknown_contact", "pinned.keep_in[1]")
        answers[key] = answer.content.replace(f"'{key}'".encode(), b"KEY")
    assert answers["1"] == answers["3"] == answers["9"]
    segment.refresh_from_db()
    assert segment.pinned == {"keep_in": ["3"]}


def test_who_sees_everything_pins_a_contact_before_it_is_known(writer: Client) -> None:
    assert made(writer, pinned={"keep_in": ["yet-to-come"]})["pinned"] == {"keep_in": ["yet-to-come"]}


def test_managers_give_segments_to_others(
    writer: Client, calling: Callable[..., Client], person: Callable[..., User]
) -> None:
    segment, owner = made(writer)["id"], str(person("marketer", "north").id)
    assert problem(send(writer, "PATCH", f"/{segment}", {"owner": owner}))[:2] == (403, "not_allowed")
    manager = calling("manager", scopes=["write"])
    absent = {"owner": "00000000-0000-0000-0000-000000000000"}
    assert problem(send(manager, "PATCH", f"/{segment}", absent))[:2] == (409, "no_such_owner")
    assert send(manager, "PATCH", f"/{segment}", {"owner": owner}).json()["owner"]["id"] == owner


def test_a_draft_is_deleted_and_a_live_segment_not(writer: Client, keeper: Keeper) -> None:
    first, second = made(writer)["id"], made(writer, name="Second")["id"]
    assert send(writer, "DELETE", f"/{first}").status_code == 204
    assert send(writer, "GET", f"/{first}").status_code == 404
    send(writer, "POST", f"/{second}/go-live")
    assert problem(send(writer, "DELETE", f"/{second}"))[:2] == (409, "is_live")


# --- from draft to live and back -------------------------------------------------------------------------------------


def test_a_segment_goes_live_is_edited_published_and_stopped(writer: Client, keeper: Keeper) -> None:
    segment = made(writer)["id"]
    assert send(writer, "POST", f"/{segment}/go-live").json()["status"] == "going_live"
    keeper.step()
    live = send(writer, "GET", f"/{segment}").json()
    assert (live["status"], live["members"], live["live_version"]) == ("live", 2, 1)

    assert problem(send(writer, "PATCH", f"/{segment}", {"definition": EVERYONE}))[:2] == (409, "locked")
    assert send(writer, "POST", f"/{segment}/edit").json()["status"] == "editing"
    send(writer, "PATCH", f"/{segment}", {"definition": EVERYONE})
    planned = send(writer, "GET", f"/{segment}/dry-run").json()
    assert planned["move"] == {"segment": "oslo", "before": 2, "after": 6, "entered": 4, "left": 0}

    published = send(writer, "POST", f"/{segment}/publish", {"note": "All", "reviewed": planned["reviewed"]})
    assert published.json()["live_version"] == 2
    keeper.step()
    assert send(writer, "GET", f"/{segment}").json()["members"] == 6
    stopped = send(writer, "POST", f"/{segment}/stop").json()
    assert (stopped["status"], stopped["stopped_at"]) == ("draft", "2026-11-23T12:00:00Z")
    deeds = HistoryEntry.objects.filter(subject_type="segment").order_by("id").values_list("deed", flat=True)
    assert list(deeds) == [
        "created", "changed the definition", "went live", "began to edit", "changed the definition", "published",
        "stopped",
    ]  # fmt: skip


def test_what_keeps_a_draft_from_going_live_is_told_with_its_places(writer: Client) -> None:
    segment = made(writer, definition={"blocks": [{"block": {"kind": "profile"}}]})["id"]
    assert problem(send(writer, "POST", f"/{segment}/go-live")) == (
        422, "missing_key", "definition.blocks[0].block.where",
    )  # fmt: skip
    another = made(writer, name="Another", definition=of("nobody"))["id"]
    assert problem(send(writer, "POST", f"/{another}/go-live"))[1] == "unknown_segment"


def test_an_edit_is_discarded(writer: Client, keeper: Keeper) -> None:
    segment = made(writer)["id"]
    send(writer, "POST", f"/{segment}/go-live")
    keeper.step()
    send(writer, "POST", f"/{segment}/edit")
    send(writer, "PATCH", f"/{segment}", {"definition": EVERYONE})
    told = send(writer, "POST", f"/{segment}/discard").json()
    assert (told["status"], told["definition"]) == ("live", OSLO)


@pytest.mark.parametrize(
    ("act", "code"),
    [("edit", "not_live"), ("discard", "not_editing"), ("publish", "not_editing"), ("stop", "not_live")],
)
def test_what_is_not_possible_as_things_are_is_refused(writer: Client, act: str, code: str) -> None:
    segment = made(writer)["id"]
    assert problem(send(writer, "POST", f"/{segment}/{act}", {} if act == "publish" else None))[:2] == (409, code)
    assert problem(send(writer, "GET", f"/{segment}/dry-run"))[:2] == (409, "not_editing")


def test_an_edit_that_was_changed_meanwhile_is_not_published(writer: Client, keeper: Keeper) -> None:
    segment = made(writer)["id"]
    send(writer, "POST", f"/{segment}/go-live")
    keeper.step()
    send(writer, "POST", f"/{segment}/edit")
    send(writer, "PATCH", f"/{segment}", {"definition": EVERYONE})
    seen = {"reviewed": "2026-11-23T11:59:59Z"}
    assert problem(send(writer, "POST", f"/{segment}/publish", seen))[:2] == (409, "changed_meanwhile")


def test_versions_are_told_and_loaded_again(writer: Client, keeper: Keeper) -> None:
    segment = made(writer)["id"]
    send(writer, "POST", f"/{segment}/go-live")
    keeper.step()
    send(writer, "POST", f"/{segment}/edit")
    send(writer, "PATCH", f"/{segment}", {"definition": EVERYONE})
    send(writer, "POST", f"/{segment}/publish", {"note": "All of them"})
    keeper.step()
    first = writer.get(f"{SEGMENTS}/{segment}/versions", {"limit": 1}).json()
    second = writer.get(f"{SEGMENTS}/{segment}/versions", {"limit": 1, "after": first["next"]}).json()
    assert [(each["number"], each["note"]) for each in first["items"] + second["items"]] == [
        (2, "All of them"),
        (1, ""),
    ]
    assert writer.get(f"{SEGMENTS}/{segment}/versions/1").json()["content"] == {"definition": OSLO}
    assert writer.get(f"{SEGMENTS}/{segment}/versions/3").status_code == 404
    told = send(writer, "POST", f"/{segment}/versions/1/load").json()
    assert (told["status"], told["definition"]) == ("editing", OSLO)


# --- who may ---------------------------------------------------------------------------------------------------------


def test_viewers_and_others_change_nothing(
    engine: Engine, calling: Callable[..., Client], draft: Callable[..., Segment], person: Callable[..., User]
) -> None:
    segment = draft("Theirs", owner=person("manager"))
    for role in ("viewer", "marketer"):
        client = calling(role, scopes=["read", "write"])
        assert problem(send(client, "PATCH", f"/{segment.id}", {"name": "Mine"}))[:2] == (403, "not_allowed")
        assert problem(send(client, "POST", f"/{segment.id}/go-live"))[:2] == (403, "not_allowed")
        assert problem(send(client, "DELETE", f"/{segment.id}"))[:2] == (403, "not_allowed")
    assert problem(send(calling("viewer", scopes=["write"]), "POST", "", {"name": "Mine"}))[:2] == (403, "not_allowed")


def test_a_token_that_only_reads_changes_nothing(
    engine: Engine, calling: Callable[..., Client], draft: Callable[..., Segment]
) -> None:
    reader, segment = calling("marketer", scopes=["read"]), draft("Mine")
    assert problem(send(reader, "POST", f"/{segment.id}/go-live"))[:2] == (403, "missing_scope")
    assert problem(send(reader, "POST", "", {"name": "Mine"}))[:2] == (403, "missing_scope")


def test_what_is_not_seen_is_not_there_to_be_changed(
    engine: Engine, calling: Callable[..., Client], draft: Callable[..., Segment], person: Callable[..., User]
) -> None:
    hidden = draft("Hidden", owner=person("marketer", "south"))
    north = calling("administrator", "north", scopes=["read", "write"])
    acts = ("go-live", "edit", "discard", "publish", "stop", "versions/1/load")
    looks = ("", "/dry-run", "/versions", "/versions/1")
    asked = [("PATCH", ""), ("DELETE", ""), *(("POST", f"/{act}") for act in acts), *(("GET", look) for look in looks)]
    for method, act in asked:
        foreign = send(north, method, f"/{hidden.id}{act}", {})
        absent = send(north, method, f"/00000000-0000-0000-0000-000000000000{act}", {})
        assert (foreign.status_code, foreign.content) == (404, absent.content), (method, act)


def test_a_draft_that_names_what_is_not_seen_says_what_one_that_names_nothing_says(
    engine: Engine, calling: Callable[..., Client], draft: Callable[..., Segment], person: Callable[..., User]
) -> None:
    draft("Hidden", owner=person("marketer", "south"))
    north = calling("marketer", "north", scopes=["read", "write"])
    told = [made(north, name="Naming", key=f"naming-{key}", definition=of(key)) for key in ("hidden", "absent")]
    acts = [send(north, "POST", f"/{each['id']}/go-live") for each in told]
    assert [act.status_code for act in acts] == [422, 422]
    assert acts[0].content == acts[1].content.replace(b"absent", b"hidden")
    assert told[0]["wording"] == told[1]["wording"].replace("absent", "hidden")
