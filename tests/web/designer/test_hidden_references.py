"""Live segments that lead to one which a person does not see: they answer, and tell nothing of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from designer_pages import count_of
from django.test import Client

from coterie import Engine
from coterie_web.accounts.models import User
from coterie_web.segments.lifecycle import check, edit
from coterie_web.segments.models import Segment
from coterie_web.ui.clock import TestClock

pytestmark = pytest.mark.django_db(transaction=True)

OSLO = {"kind": "profile", "where": {"attribute": "city", "operator": "is", "value": "Oslo"}}
EVERYONE = {"kind": "everyone"}


def definition(*blocks: Mapping[str, object]) -> dict[str, object]:
    first, *others = blocks
    return {"blocks": [{"block": first}, *({"combine": "and_also", "block": block} for block in others)]}


def member_of(key: str) -> dict[str, object]:
    return {"kind": "segment", "segment": key}


@pytest.fixture
def shared(live: Callable[..., Segment], person: Callable[..., User]) -> Segment:
    """A segment that everybody sees; it leads to one that only the south sees."""
    live("Secret list", definition(OSLO), owner=person("manager", "south"))
    return live("Shared", definition(member_of("secret-list")), owner=person("administrator"))


def asked(caller: Client, question: str, *keys: str, **more: object) -> Any:
    body = {"definition": definition(*map(member_of, keys)), **more}
    return caller.post(f"/api/v1/evaluate/{question}", body, content_type="application/json")


def test_what_leads_to_a_segment_out_of_sight_is_evaluated(
    engine: Engine, shared: Segment, calling: Callable[..., Client]
) -> None:
    north = calling("viewer", "north", scopes=["read"])
    assert asked(north, "count", "shared").json()["count"] == 2
    assert asked(north, "explain", "shared", contact_id="2").json()["member"]
    assert asked(north, "validate", "shared").json() == {"valid": True, "problems": []}


def test_a_segment_out_of_sight_is_absent_even_beside_one_that_leads_to_it(
    engine: Engine, shared: Segment, calling: Callable[..., Client]
) -> None:
    north = calling("viewer", "north", scopes=["read"])
    foreign, absent = (asked(north, "count", "shared", key) for key in ("secret-list", "absent-list"))
    assert foreign.status_code == 422
    assert foreign.content == absent.content.replace(b"absent-list", b"secret-list")
    assert b"secret" not in asked(north, "count", "shared", "secret-lis").content.replace(b"'secret-lis'", b"")


def test_what_a_problem_says_was_meant_is_a_segment_in_sight(
    engine: Engine, shared: Segment, calling: Callable[..., Client]
) -> None:
    (problem,) = asked(calling("viewer", "north", scopes=["read"]), "validate", "sharet").json()["problems"]
    assert problem["hint"] == "Did you mean 'shared'?"


def test_a_live_segment_is_read_by_who_does_not_see_what_it_refers_to(
    engine: Engine, shared: Segment, signed_in: Callable[..., Client]
) -> None:
    north = signed_in("viewer", "north")
    page = north.get(f"{shared.get_absolute_url()}?counts=now").content.decode()
    assert "There is no segment" not in page
    assert count_of(page, "count-n1") == "2"
    told = north.get(f"{shared.get_absolute_url()}check/?contact=2").content.decode()
    assert re.search(r"<h2>Ben Okafor is in<", told)


def test_an_edit_may_go_on_to_name_what_its_segment_is_served_with(
    engine: Engine, live: Callable[..., Segment], person: Callable[..., User], clock: TestClock
) -> None:
    live("Secret list", definition(OSLO), owner=person("manager", "south"))
    owner = person("manager", "north")
    segment = live("Northern", definition(EVERYONE), owner=owner)
    draft_content = definition(member_of("secret-list"))
    Segment.objects.filter(id=segment.id).update(definition=draft_content)
    segment.refresh_from_db()
    assert [problem.code for problem in check(segment, acting_user=owner)] == ["unknown_segment"]

    version = segment.live_version
    assert version is not None
    version.content = {"definition": draft_content}
    version.save()
    edit(segment, acting_user=owner, now=clock.now())
    segment.refresh_from_db()
    assert check(segment, acting_user=owner) == []


def test_how_an_edit_differs_is_told_to_who_does_not_see_what_it_refers_to(
    engine: Engine, shared: Segment, signed_in: Callable[..., Client], clock: TestClock
) -> None:
    edit(shared, acting_user=shared.owner, now=clock.now())
    answer = signed_in("viewer", "north").get(f"{shared.get_absolute_url()}against-live/")
    assert answer.status_code == 200
