"""A definition names a segment that some of its readers do not see: its author is told, and they read the key alone."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.test import Client

from coterie import Engine
from coterie_web.accounts.models import BusinessUnit, User
from coterie_web.segments.lifecycle import edit
from coterie_web.segments.models import Segment, SegmentVersion
from coterie_web.segments.sight import warnings_of
from coterie_web.ui.clock import TestClock

pytestmark = pytest.mark.django_db(transaction=True)

Person = Callable[..., User]
Made = Callable[..., Segment]
SignedIn = Callable[..., Client]


def but_not(*keys: str) -> dict[str, Any]:
    steps = [{"combine": "but_not", "block": {"kind": "segment", "segment": key}} for key in keys]
    return {"blocks": [{"block": {"kind": "everyone"}}, *steps]}


@pytest.fixture
def suppressed(live: Made, person: Person) -> Segment:
    """A segment of the south."""
    return live("Suppressed", owner=person("manager", "south"), description="Nobody else's business")


def told(segment: Segment, user: User) -> list[tuple[str, str]]:
    return [(problem.path, problem.message) for problem in warnings_of(segment, user=user)]


def test_the_author_is_told_who_will_read_a_key_and_where(
    suppressed: Segment, draft: Made, person: Person, units: dict[str, BusinessUnit]
) -> None:
    """
    Those of the north, and so of the fjords below it, see what is the organization's, and not what is of the south.
    """
    author = person("administrator")
    shared = draft("Shared", but_not("suppressed"), owner=author)
    place = "definition.blocks[1].block.segment"
    words = "People of North will read the key suppressed here, but do not see that segment."
    assert told(shared, author) == [(place, words)]
    inside = {"kind": "group", "blocks": but_not("suppressed")["blocks"]}
    nested = draft("Nested", {"blocks": [{"block": inside}]}, owner=author)
    assert [path for path, _ in told(nested, author)] == ["definition.blocks[0].block.blocks[1].block.segment"]


def test_several_units_are_named_and_of_many_how_many_more(
    suppressed: Segment, draft: Made, person: Person, units: dict[str, BusinessUnit]
) -> None:
    author, others = person("administrator"), ["East", "West", "Zenith"]
    shared = draft("Shared", but_not("suppressed"), owner=author)
    BusinessUnit.objects.create(key="east", name="East")
    assert "People of East and North will" in told(shared, author)[0][1]
    for name in others[1:]:
        BusinessUnit.objects.create(key=name.lower(), name=name)
    assert "People of East, North, West and 1 more unit will" in told(shared, author)[0][1]


def test_nothing_is_told_where_all_readers_see_it_or_the_author_does_not(
    suppressed: Segment, draft: Made, live: Made, person: Person
) -> None:
    live("Common", owner=person("administrator"))
    shared = draft("Shared", but_not("common", "absent"), owner=person("administrator"))
    assert told(shared, person("administrator")) == []
    southern = draft("Southern", but_not("suppressed"), owner=person("manager", "south"))
    assert told(southern, person("manager", "south")) == []
    northern = draft("Northern", but_not("suppressed"), owner=person("manager", "north"))
    assert told(northern, person("manager", "north")) == []
    assert len(told(northern, person("manager"))) == 1
    assert told(northern, person("viewer")) == []


def test_it_is_told_where_one_edits_checks_and_takes_it_live(
    suppressed: Segment, draft: Made, person: Person, signed_in: SignedIn, calling: SignedIn
) -> None:
    shared = draft("Shared", but_not("suppressed"), owner=person("administrator"))
    words = "People of North will read the key suppressed here"
    browser = signed_in("administrator")
    assert words in browser.get(shared.get_absolute_url()).content.decode()
    assert words in browser.get(f"/segments/{shared.id}/problems/").content.decode()
    caller = calling("administrator")
    (warning,) = caller.get(f"/api/v1/segments/{shared.id}").json()["warnings"]
    assert warning["code"] == "reference_out_of_sight"
    assert words in browser.post(f"/segments/{shared.id}/go-live/", follow=True).content.decode()
    shared.refresh_from_db()
    assert shared.status == "going_live", "it is a warning"


def test_it_is_told_to_who_applies_a_file(suppressed: Segment, calling: SignedIn) -> None:
    file = {"coterie": 1, "segment": "shared", "name": "S", "type": "dynamic", "definition": but_not("suppressed")}
    answer = calling("manager").post("/api/v1/apply", {"segments": [file]}, content_type="application/json").json()
    assert answer["done"] == {"shared": "started"}
    assert [(each["code"], each["path"]) for each in answer["warnings"]] == [
        ("reference_out_of_sight", "segments.shared.definition.blocks[1].block.segment")
    ]


@pytest.fixture
def shared(suppressed: Segment, live: Made, person: Person) -> Segment:
    """A live segment of the organization that refers to the one of the south."""
    return live("Shared", but_not("suppressed"), owner=person("administrator"), wording="Not in 'suppressed'")


@pytest.mark.parametrize("page", ["", "related/", "versions/", "definition.yaml", "check/?contact=2", "counts/"])
def test_who_does_not_see_it_reads_its_key_and_nothing_else(
    shared: Segment, suppressed: Segment, signed_in: SignedIn, page: str
) -> None:
    told = unescape(signed_in("viewer", "north").get(f"/segments/{shared.id}/{page}").content.decode())
    assert "suppressed" in told or page == "counts/"
    for secret in ("Suppressed", str(suppressed.id), "Nobody else's business", suppressed.owner.name):
        assert secret not in told


def test_a_block_is_said_to_be_live_only_to_who_sees_its_segment(shared: Segment, signed_in: SignedIn) -> None:
    live_block = '<span class="status live small wide-only">'
    address = f"/segments/{shared.id}/"
    assert live_block in signed_in("viewer").get(address).content.decode()
    assert live_block not in signed_in("viewer", "north").get(address).content.decode()


def test_an_edit_is_reviewed_by_who_does_not_see_it(
    shared: Segment, signed_in: SignedIn, clock: TestClock, engine: Engine
) -> None:
    edit(shared, acting_user=shared.owner, now=clock.now())
    wider = but_not("suppressed")["blocks"] + [{"combine": "or", "block": {"kind": "everyone"}}]
    Segment.objects.filter(id=shared.id).update(definition={"blocks": wider})
    page = signed_in("viewer", "north").get(f"/segments/{shared.id}/dry-run/").content.decode()
    assert "Would enter" in page
    assert "Suppressed" not in page


def test_why_a_segment_is_held_is_told_without_which_one_fails(
    shared: Segment, suppressed: Segment, engine: Engine, calling: SignedIn
) -> None:
    """
    The one of the south comes to refer to what is not there, behind the back of the application.
    """
    version = suppressed.live_version
    assert version is not None
    files = {
        "shared": {
            "coterie": 1,
            "segment": "shared",
            "name": "S",
            "type": "dynamic",
            "definition": but_not("suppressed"),
        },
        "suppressed": {
            "coterie": 1,
            "segment": "suppressed",
            "name": "S",
            "type": "dynamic",
            "definition": but_not("secret"),
        },
    }
    engine.refresh(files, as_of=engine.published["shared"].as_of)
    answers = {
        unit: calling("viewer", unit, scopes=["read"]).get(f"/api/v1/segments/{shared.id}/status").json()["segments"][0]
        for unit in ("north", None)
    }
    assert [problem["code"] for problem in answers["north"]["problems"]] == ["segment_failed"]
    assert "secret" not in str(answers["north"])
    assert "suppressed" in str(answers[None]["problems"])


def test_a_plan_tells_of_what_fails_without_which_segment_and_why(
    shared: Segment, suppressed: Segment, live: Made, person: Person, calling: SignedIn
) -> None:
    """
    The one of the south refers to another, and the catalog has lost an attribute that this one asks about.
    """
    secret = live("Secret", owner=person("manager", "south"))
    lost = {"all": [{"attribute": "salary", "operator": "has_value"}]}
    for segment, blocks in (
        (suppressed, but_not("secret")["blocks"]),
        (secret, [{"block": {"kind": "profile", "where": lost}}]),
    ):
        SegmentVersion.objects.filter(segment=segment).update(content={"definition": {"blocks": blocks}})
    file = {"coterie": 1, "segment": "mine", "name": "Mine", "type": "dynamic", "definition": but_not()}
    plans = {
        unit: calling("marketer", unit).post("/api/v1/plan", {"segments": [file]}, content_type="application/json")
        for unit in ("north", None)
    }
    told = {each["segment"]: each for each in plans["north"].json()["segments"]}
    assert [problem["code"] for problem in told["shared"]["problems"]] == ["segment_failed"]
    for hidden in ("secret", "salary"):
        assert hidden not in str(told)
        assert hidden in str(plans[None].json())


@pytest.mark.parametrize(
    "block",
    [
        {"kind": "profile", "where": {"attribute": "salary", "operator": "has_value"}},
        {"kind": "profile", "salary": 1},
    ],
)
@pytest.mark.parametrize("question", ["validate", "count", "explain"])
def test_what_is_wrong_with_it_is_not_told_where_something_leads_to_it(
    shared: Segment, suppressed: Segment, calling: SignedIn, question: str, block: object
) -> None:
    content = {"definition": {"blocks": [{"block": block}]}}
    SegmentVersion.objects.filter(segment=suppressed).update(content=content)
    asked = {"definition": but_not("shared"), "contact_id": "2"}
    if question != "explain":
        del asked["contact_id"]
    address = f"/api/v1/evaluate/{question}"
    answers = {
        unit: str(calling("viewer", unit).post(address, asked, content_type="application/json").json())
        for unit in ("north", None)
    }
    assert "segment_failed" in answers["north"]
    assert "salary" not in answers["north"]
    assert "salary" in answers[None]


def test_another_s_file_names_it_only_as_that_is_served(shared: Segment, calling: SignedIn) -> None:
    only = {"blocks": [{"block": {"kind": "segment", "segment": "suppressed"}}]}
    answers = []
    for definition in (but_not("suppressed"), only):
        file = {"coterie": 1, "segment": "shared", "name": "Shared", "type": "dynamic", "definition": definition}
        caller = calling("marketer", "north")
        answers.append(caller.post("/api/v1/plan", {"segments": [file]}, content_type="application/json"))
    assert [answer.status_code for answer in answers] == [200, 422]
    assert "unknown_segment" in str(answers[1].json())
