"""Segments over the API: the list and its filters, and everything of one."""

from __future__ import annotations

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

SEGMENTS = "/api/v1/segments"


def problem(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


def keys(response: Any) -> list[str]:
    return [each["key"] for each in response.json()["items"]]


@pytest.fixture
def reader(engine: Engine, calling: Callable[..., Client]) -> Client:
    """A program that reads."""
    return calling("viewer", scopes=["read"])


def test_segments_are_listed_page_by_page_in_the_order_of_their_keys(
    reader: Client, draft: Callable[..., Segment]
) -> None:
    for name in ("Delta", "Alpha", "Echo", "Bravo", "Charlie"):
        draft(name)
    found, asked = [], {"limit": 2}
    while asked is not None:
        page = reader.get(SEGMENTS, asked)
        found += keys(page)
        following = page.json()["next"]
        asked = None if following is None else {"limit": 2, "after": following}
    assert found == ["alpha", "bravo", "charlie", "delta", "echo"]


def test_segments_are_filtered(
    reader: Client,
    keeper: Keeper,
    clock: TestClock,
    draft: Callable[..., Segment],
    person: Callable[..., User],
) -> None:
    live = draft("Live one", tags=["spring", "mail"])
    draft("Draft one", tags=["spring"], owner=person("manager"))
    go_live(live, acting_user=person("administrator"), now=clock.now())
    keeper.step()
    for asked, found in (
        ({"q": "ONE"}, ["draft-one", "live-one"]),
        ({"q": "live"}, ["live-one"]),
        ({"key": "draft-one"}, ["draft-one"]),
        ({"status": "live"}, ["live-one"]),
        ({"tag": "spring"}, ["draft-one", "live-one"]),
        ({"tag": "mail"}, ["live-one"]),
        ({"owner": str(person("manager").id)}, ["draft-one"]),
        ({"type": "static"}, []),
        ({"scope": "organization", "status": "draft"}, ["draft-one"]),
    ):
        assert keys(reader.get(SEGMENTS, asked)) == found, asked


@pytest.mark.parametrize(
    "asked", [{"status": "gone"}, {"after": "nonsense"}, {"after": "W10"}, {"owner": "me"}, {"limit": "0"}]
)
def test_what_cannot_be_asked_of_the_list_is_refused(reader: Client, asked: dict[str, str]) -> None:
    assert reader.get(SEGMENTS, asked).status_code == 422


def test_a_segment_is_told_with_its_draft_and_how_it_stands(
    reader: Client,
    engine: Engine,
    keeper: Keeper,
    clock: TestClock,
    draft: Callable[..., Segment],
    person: Callable[..., User],
) -> None:
    segment = draft("Everyone", pinned={"keep_out": ["1"]})
    before = reader.get(f"{SEGMENTS}/{segment.id}").json()
    assert (before["status"], before["members"], before["live_version"]) == ("draft", None, None)
    assert (before["definition"], before["pinned"]) == (segment.definition, {"keep_out": ["1"]})
    go_live(segment, acting_user=person("marketer"), now=clock.now())
    keeper.step()
    after = reader.get(f"{SEGMENTS}/{segment.id}").json()
    assert (after["status"], after["members"], after["live_version"]) == ("live", 5, 1)
    assert (after["as_of"], after["data_version"]) == ("2026-11-23T12:00:00Z", engine.data_version)


def test_who_belongs_to_a_unit_sees_its_contacts_alone(
    engine: Engine,
    keeper: Keeper,
    clock: TestClock,
    calling: Callable[..., Client],
    draft: Callable[..., Segment],
    person: Callable[..., User],
) -> None:
    segment = draft("Everyone", pinned={"keep_in": ["1", "2"]})
    chosen = draft("Chosen", members=["1", "4", "nobody"])
    Segment.objects.filter(id=chosen.id).update(type="static")
    go_live(segment, acting_user=person("marketer"), now=clock.now())
    keeper.step()
    north = calling("viewer", "north", scopes=["read"])
    told = north.get(f"{SEGMENTS}/{segment.id}").json()
    assert (told["members"], told["pinned"]) == (3, {"keep_in": ["2"]})
    assert north.get(f"{SEGMENTS}/{chosen.id}").json()["chosen"] == ["4"]
    assert [each["members"] for each in north.get(SEGMENTS).json()["items"]] == [None, 3]


def test_a_segment_of_others_is_answered_as_one_that_is_not_there(
    engine: Engine, calling: Callable[..., Client], draft: Callable[..., Segment], person: Callable[..., User]
) -> None:
    hidden = draft("Hidden", owner=person("marketer", "south"))
    north = calling("administrator", "north", scopes=["read", "write"])
    absent = "00000000-0000-0000-0000-000000000000"
    for what in ("", "/members", "/log", "/status"):
        foreign = north.get(f"{SEGMENTS}/{hidden.id}{what}")
        assert problem(foreign) == (404, "not_found"), what
        assert foreign.content == north.get(f"{SEGMENTS}/{absent}{what}").content
    assert keys(north.get(SEGMENTS, {"key": "hidden"})) == []
