"""What may be changed in which status: enforced where it is done, not only on the page."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from coterie import Engine
from coterie_web.accounts.models import User
from coterie_web.segments.details.actions import change_details, transfer
from coterie_web.segments.lifecycle import edit, go_live, stop
from coterie_web.segments.lifecycle.locks import CONTENT, DETAILS, TAGS, open_parts
from coterie_web.segments.models import Segment
from coterie_web.ui.clock import TestClock
from coterie_web.ui.refusals import NotNow

Draft = Callable[..., Segment]
Person = Callable[..., User]

OTHER = {
    "name": "Another name",
    "description": "Another description",
    "time_zone": "Asia/Tokyo",
    "scope": "business_unit",
    "external_source": "CRM",
    "external_url": "https://crm.example.com/7",
}


@pytest.mark.parametrize(
    ("status", "was_live", "expected"),
    [
        ("draft", False, DETAILS | {CONTENT, TAGS}),
        ("draft", True, {CONTENT, TAGS}),
        ("editing", True, {CONTENT, TAGS}),
        ("going_live", True, {TAGS}),
        ("live", True, {TAGS}),
        ("error", True, {TAGS}),
    ],
)
def test_the_status_says_what_is_open(status: str, was_live: bool, expected: set[str], clock: TestClock) -> None:
    segment = Segment(name="In Oslo", status=status, stopped_at=clock.now() if was_live else None)
    assert open_parts(segment) == expected


@pytest.mark.django_db
@pytest.mark.parametrize("part", sorted(OTHER))
def test_a_part_that_is_open_in_a_draft_is_locked_once_it_was_live(
    part: str, engine: Engine, draft: Draft, person: Person, clock: TestClock
) -> None:
    owner = person("manager", "north")
    segment, change = draft("In Oslo", owner=owner), {part: OTHER[part]}
    assert change_details(segment, change, acting_user=owner, now=clock.now()) == [part]
    change_details(segment, {part: getattr(segment, part)}, acting_user=owner, now=clock.now())
    go_live(segment, acting_user=owner, now=clock.now())
    for into in (lambda: None, _settled(segment), _edited(segment, clock), _stopped(segment, clock)):
        into()
        with pytest.raises(NotNow) as refusal:
            change_details(segment, change, acting_user=owner, now=clock.now())
        assert refusal.value.code == "locked"


def _settled(segment: Segment) -> Callable[[], object]:
    return lambda: Segment.objects.filter(id=segment.id).update(status="live")


def _edited(segment: Segment, clock: TestClock) -> Callable[[], object]:
    return lambda: edit(segment, acting_user=segment.owner, now=clock.now())


def _stopped(segment: Segment, clock: TestClock) -> Callable[[], object]:
    return lambda: stop(segment, acting_user=segment.owner, now=clock.now())


@pytest.mark.django_db
def test_tags_are_free_at_all_times(engine: Engine, draft: Draft, clock: TestClock) -> None:
    segment = draft("In Oslo")
    go_live(segment, acting_user=segment.owner, now=clock.now())
    change_details(segment, {"tags": "spring, Oslo , spring"}, acting_user=segment.owner, now=clock.now())
    segment.refresh_from_db()
    assert segment.tags == ["spring", "Oslo"]


@pytest.mark.django_db
def test_a_segment_that_was_live_keeps_its_owner(
    engine: Engine, draft: Draft, person: Person, clock: TestClock
) -> None:
    manager, segment = person("manager"), draft("In Oslo")
    go_live(segment, acting_user=segment.owner, now=clock.now())
    with pytest.raises(NotNow) as refusal:
        transfer(segment, manager, acting_user=manager, now=clock.now())
    assert refusal.value.code == "locked"


@pytest.mark.django_db
def test_a_lock_refuses_all_of_a_change_or_none(engine: Engine, draft: Draft, clock: TestClock) -> None:
    segment = draft("In Oslo")
    go_live(segment, acting_user=segment.owner, now=clock.now())
    with pytest.raises(NotNow):
        change_details(segment, {"tags": "new", "name": "New"}, acting_user=segment.owner, now=clock.now())
    segment.refresh_from_db()
    assert (segment.tags, segment.name) == ([], "In Oslo")
