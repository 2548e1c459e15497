"""Naming and making segments: keys, zones, scopes, and what is said where one cannot be made."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from coterie import Engine
from coterie_web.accounts.models import HistoryEntry, User
from coterie_web.segments.lifecycle import delete, go_live, stop
from coterie_web.segments.models import Segment
from coterie_web.segments.starting.creating import Beginning, create_segment, duplicate
from coterie_web.segments.starting.naming import is_key, key_of
from coterie_web.ui.clock import TestClock
from coterie_web.ui.refusals import NotAllowed

Draft = Callable[..., Segment]
SignedIn = Callable[..., Client]
Person = Callable[..., User]

BLANK = {"definition": {"blocks": []}}


@given(name=st.text("aZ9 -_.,Äßı日😀\x00", max_size=100))
def test_every_name_makes_a_key(name: str) -> None:
    assert is_key(key_of(name))


@pytest.mark.parametrize(
    ("name", "key"),
    [("Über 30, Köln", "uber-30-koln"), ("  --  ", "segment"), ("日本", "segment"), ("A" * 200, "a" * 80)],
)
def test_a_key_is_the_name_in_letters_digits_and_hyphens(name: str, key: str) -> None:
    assert key_of(name) == key


@pytest.mark.django_db
def test_a_dynamic_segment_is_made_blank_and_leads_to_its_definition(engine: Engine, signed_in: SignedIn) -> None:
    form = {"name": "In Oslo", "time_zone": "Europe/Oslo", "scope": "organization", "tags": "north, mail"}
    answer = signed_in().post("/segments/new/?type=dynamic", form)
    made = Segment.objects.get()
    assert answer.headers["Location"] == f"/segments/{made.id}/"
    assert (made.key, made.type, made.status, made.time_zone) == ("in-oslo", "dynamic", "draft", "Europe/Oslo")
    assert (made.tags, made.definition, made.owner.role) == (["north", "mail"], {"blocks": []}, "marketer")
    assert HistoryEntry.objects.get().deed == "created"


@pytest.mark.django_db
def test_a_static_segment_is_made_empty_and_leads_to_its_members(engine: Engine, signed_in: SignedIn) -> None:
    answer = signed_in().post("/segments/new/?type=static", {"name": "Board guests", "scope": "organization"})
    made = Segment.objects.get()
    assert answer.headers["Location"] == f"/segments/{made.id}/members/"
    assert (made.type, made.members) == ("static", [])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": " "}, "This field is required."),
        ({"name": "a\x07b"}, "control character"),
        ({"key": "In Oslo"}, "lower-case letters, digits and hyphens"),
        ({"key": "taken"}, "Another segment has or had the key taken."),
        ({"time_zone": "Europe/Olso"}, "Did you mean 'Europe/Oslo'?"),
        ({"scope": "business_unit"}, "belongs to no business unit"),
        ({"tags": ",".join(map(str, range(30)))}, "At most 20 tags"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(
    engine: Engine, draft: Draft, signed_in: SignedIn, change: dict[str, str], message: str
) -> None:
    draft("Taken")
    answer = signed_in().post("/segments/new/", {"name": "New", "scope": "organization", **change})
    assert answer.status_code == 422
    assert message in unescape(answer.content.decode())
    assert Segment.objects.count() == 1


@pytest.mark.django_db
def test_a_key_that_was_live_is_not_given_again(engine: Engine, draft: Draft, person: Person, clock: TestClock) -> None:
    """
    What was published under it is still told by that key. One of a draft that never was live is free.
    """
    owner = person("marketer")
    was_live, never_live = draft("Was live"), draft("Never live")
    go_live(was_live, acting_user=owner, now=clock.now())
    stop(was_live, acting_user=owner, now=clock.now())
    for segment in (was_live, never_live):
        delete(segment, acting_user=owner, now=clock.now())
    again = Beginning(type="dynamic", details={"name": "Was live"}, key="was-live", content=BLANK)
    with pytest.raises(ValidationError):
        create_segment(again, acting_user=owner, now=clock.now())
    free = Beginning(type="dynamic", details={"name": "Was live"}, content=BLANK)
    assert create_segment(free, acting_user=owner, now=clock.now()).key == "was-live-2"
    other = Beginning(type="dynamic", details={"name": "Never live"}, key="never-live", content=BLANK)
    assert create_segment(other, acting_user=owner, now=clock.now()).key == "never-live"


@pytest.mark.django_db
def test_a_copy_is_a_draft_of_ones_own(engine: Engine, draft: Draft, person: Person, clock: TestClock) -> None:
    source = draft(
        "In Oslo", owner=person("manager", "north"), tags=["north"], scope="business_unit", time_zone="Asia/Tokyo"
    )
    go_live(source, acting_user=source.owner, now=clock.now())
    copy = duplicate(source, acting_user=person("marketer"), now=clock.now())
    assert (copy.name, copy.key, copy.status, copy.owner) == (
        "Copy of In Oslo",
        "copy-of-in-oslo",
        "draft",
        person("marketer"),
    )
    assert (copy.definition, copy.tags, copy.time_zone) == (source.definition, ["north"], "Asia/Tokyo")
    assert copy.scope == "organization", "its owner belongs to no unit"
    assert duplicate(source, acting_user=person("marketer", "south"), now=clock.now()).scope == "business_unit"


@pytest.mark.django_db
def test_viewers_make_nothing(engine: Engine, draft: Draft, person: Person, clock: TestClock) -> None:
    with pytest.raises(NotAllowed):
        create_segment(Beginning(type="dynamic", details={"name": "X"}), acting_user=person("viewer"), now=clock.now())
    with pytest.raises(NotAllowed):
        duplicate(draft("In Oslo"), acting_user=person("viewer"), now=clock.now())
