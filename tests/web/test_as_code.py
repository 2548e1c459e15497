"""Segments as code against a server: what files would do, and doing it, all or nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from coterie import Engine
from coterie_web.accounts.models import User
from coterie_web.segments.lifecycle import go_live
from coterie_web.segments.models import Segment
from coterie_web.ui.clock import TestClock
from coterie_web.worker.keeper import Keeper

pytestmark = pytest.mark.django_db(transaction=True)

OSLO = {"blocks": [{"block": {"kind": "profile", "where": {"attribute": "city", "operator": "is", "value": "Oslo"}}}]}
EVERYONE = {"blocks": [{"block": {"kind": "everyone"}}]}


def file(key: str, definition: object, **more: object) -> dict[str, object]:
    return {"coterie": 1, "segment": key, "name": key.title(), "type": "dynamic", "definition": definition, **more}


def but_not(segment: str) -> dict[str, object]:
    blocks = [*EVERYONE["blocks"], {"combine": "but_not", "block": {"kind": "segment", "segment": segment}}]
    return {"blocks": blocks}


@pytest.fixture
def coder(engine: Engine, calling: Callable[..., Client]) -> Client:
    """A program of a marketer who keeps segments as code."""
    return calling("marketer", scopes=["read", "write"])


def ask(client: Client, what: str, *files: object, stop_missing: bool = False) -> Any:
    body = json.dumps({"segments": files, "stop_missing": stop_missing})
    return client.post(f"/api/v1/{what}", body, content_type="application/json")


def statuses() -> dict[str, str]:
    return dict(Segment.objects.order_by("key").values_list("key", "status"))


def test_files_are_planned_and_applied_together_in_whatever_order(
    coder: Client, engine: Engine, keeper: Keeper
) -> None:
    chosen = "coterie: 1\nsegment: chosen\nname: Chosen\ntype: static\nmembers: ['1']\n"
    files = [file("others", but_not("oslo")), chosen, file("oslo", OSLO)]
    planned = ask(coder, "plan", *files).json()
    assert [(each["segment"], each["happens"], each["after"]) for each in planned["segments"]] == [
        ("chosen", "starts", 1),
        ("oslo", "starts", 2),
        ("others", "starts", 4),
    ]
    assert statuses() == {}
    assert ask(coder, "apply", *files).json()["done"] == {"oslo": "started", "others": "started", "chosen": "started"}
    keeper.step()
    assert {key: published.count for key, published in engine.published.items()} == {
        "chosen": 1,
        "oslo": 2,
        "others": 4,
    }
    assert set(ask(coder, "apply", *files).json()["done"].values()) == {"unchanged"}


def test_a_file_that_changed_is_edited_and_who_would_move_is_planned(
    coder: Client, engine: Engine, keeper: Keeper
) -> None:
    ask(coder, "apply", file("oslo", OSLO), file("others", but_not("oslo")))
    keeper.step()
    planned = ask(coder, "plan", file("oslo", EVERYONE)).json()
    assert [(each["segment"], each["happens"], each["entered"], each["left"]) for each in planned["segments"]] == [
        ("oslo", "edited", 4, 0),
        ("others", "unchanged", 0, 4),
    ]
    assert ask(coder, "apply", file("oslo", EVERYONE)).json()["done"] == {"oslo": "edited"}
    keeper.step()
    assert engine.published["oslo"].count == 6


def test_a_file_that_lists_the_contacts_whom_a_person_sees_says_the_same(
    engine: Engine,
    keeper: Keeper,
    live: Callable[..., Segment],
    person: Callable[..., User],
    calling: Callable[..., Client],
) -> None:
    """
    Somebody of the north exports the file of a segment that keeps a contact of the south in, and applies it again.
    """
    live("Oslo", OSLO, owner=person("marketer", "north"), pinned={"keep_in": ["1", "4"]})
    north = calling("marketer", "north", scopes=["read", "write"])
    assert ask(north, "apply", file("oslo", OSLO, pinned={"keep_in": ["4"]})).json()["done"] == {"oslo": "unchanged"}
    ask(north, "apply", file("oslo", OSLO, pinned={"keep_in": ["4", "6"]}))
    keeper.step()
    assert set(engine.published["oslo"].members) == {"1", "2", "4", "6"}


def test_a_file_goes_on_to_name_what_its_segment_is_served_with_and_no_other_file_does(
    engine: Engine,
    keeper: Keeper,
    live: Callable[..., Segment],
    person: Callable[..., User],
    calling: Callable[..., Client],
) -> None:
    """
    An administrator let a segment of the north refer to one of the south.
    """
    live("Secret", OSLO, owner=person("manager", "south"))
    live("Common", OSLO)
    northern = live("Northern", but_not("secret"), owner=person("administrator"))
    Segment.objects.filter(id=northern.id).update(owner=person("manager", "north"))
    north = calling("manager", "north", scopes=["read", "write"])
    assert ask(north, "apply", file("northern", but_not("secret"))).json()["done"] == {"northern": "unchanged"}
    narrower = but_not("secret")
    narrower["blocks"] = [*OSLO["blocks"], narrower["blocks"][1]]
    assert ask(north, "plan", file("northern", narrower)).json()["segments"][0]["happens"] == "edited"
    assert ask(north, "apply", file("northern", narrower)).json()["done"] == {"northern": "edited"}
    for what in ("plan", "apply"):
        answers = [
            ask(north, what, file("northern", narrower), file("another", but_not(key))) for key in ("secret", "absent")
        ]
        problem = answers[0].json()
        assert (problem["code"], problem["path"]) == (
            "unknown_segment",
            "segments[1].definition.blocks[1].block.segment",
        )
        assert answers[0].content == answers[1].content.replace(b"absent", b"secret")


def test_a_plan_tells_of_a_segment_out_of_sight_what_applying_would(
    engine: Engine, live: Callable[..., Segment], person: Callable[..., User], calling: Callable[..., Client]
) -> None:
    live("Oslo", OSLO, owner=person("marketer", "south"))
    north = calling("marketer", "north", scopes=["read", "write"])
    answers = [ask(north, what, file("oslo", EVERYONE)) for what in ("plan", "apply")]
    assert answers[0].status_code == 422
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["code"] == "key_taken"


def test_own_segments_without_a_file_stop_where_that_is_asked_for(
    coder: Client,
    keeper: Keeper,
    clock: TestClock,
    draft: Callable[..., Segment],
    person: Callable[..., User],
) -> None:
    go_live(draft("Of a manager", owner=person("manager")), acting_user=person("manager"), now=clock.now())
    ask(coder, "apply", file("oslo", OSLO), file("others", but_not("oslo")), file("kept", OSLO))
    keeper.step()
    assert ask(coder, "apply", file("kept", OSLO)).json()["done"] == {"kept": "unchanged"}
    planned = ask(coder, "plan", file("kept", OSLO), stop_missing=True).json()
    assert {each["segment"]: each["happens"] for each in planned["segments"]} == {
        "kept": "unchanged", "oslo": "stops", "others": "stops",
    }  # fmt: skip
    done = ask(coder, "apply", file("kept", OSLO), stop_missing=True).json()["done"]
    assert done == {"kept": "unchanged", "others": "stopped", "oslo": "stopped"}
    assert statuses() == {"kept": "live", "of-a-manager": "live", "oslo": "draft", "others": "draft"}


@pytest.mark.parametrize(
    ("files", "status", "code", "path"),
    [
        ([file("oslo", OSLO), file("wrong", {"blocks": []})], 422, "empty", "segments[1].definition.blocks"),
        ([file("oslo", OSLO), {"coterie": 1}], 422, "missing_key", "segments[1].segment"),
        ([OSLO], 422, "missing_key", "segments[0].segment"),
        (["- ["], 422, "syntax_error", "segments[0]"),
        ([file("a", but_not("b")), file("b", but_not("a"))], 422, "segment_cycle", None),
        ([file("a", but_not("nobody"))], 422, "unknown_segment", "segments[0].definition.blocks[1].block.segment"),
        ([file("oslo", OSLO), file("oslo", OSLO)], 422, "invalid_value", "segments[1].segment"),
        ([file("oslo", OSLO), file("hidden", OSLO)], 422, "key_taken", "body.key"),
        ([file("oslo", OSLO), file("theirs", OSLO)], 403, "not_allowed", ""),
    ],
)
def test_where_one_file_cannot_be_applied_none_is(
    coder: Client,
    draft: Callable[..., Segment],
    person: Callable[..., User],
    calling: Callable[..., Client],
    files: list[object],
    status: int,
    code: str,
    path: str | None,
) -> None:
    draft("Theirs", owner=person("manager"))
    draft("Hidden", owner=person("marketer", "south"))
    client = calling("marketer", "north", scopes=["write"]) if code == "key_taken" else coder
    answer = ask(client, "apply", *files)
    told = answer.json()
    assert (answer.status_code, told["code"]) == (status, code)
    assert path is None or told["path"] == path
    assert statuses() == {"hidden": "draft", "theirs": "draft"}


def test_viewers_apply_nothing(engine: Engine, calling: Callable[..., Client]) -> None:
    viewer = calling("viewer", scopes=["read", "write"])
    assert ask(viewer, "plan", file("oslo", OSLO)).status_code == 403
    assert ask(viewer, "apply", file("oslo", OSLO)).status_code == 403
