"""What a contact did, newest first, page by page: as plain Python would list it."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from people import START, People, people

from coterie import QuestionError, Timeline

LATE = START + timedelta(days=9)


@pytest.fixture(scope="module", params=range(2))
def crowd(request: pytest.FixtureRequest) -> Iterator[People]:
    found = people(30 + request.param, contacts=12)
    yield found
    found.engine.close()


def pages(crowd: People, key: str, *, limit: int, before: datetime = LATE, **asked: Any) -> Iterator[Timeline]:
    page = crowd.engine.timeline(key, before=before, limit=limit, **asked)
    yield page
    while page.next is not None:
        page = crowd.engine.timeline(key, before=before, limit=limit, after=page.next, **asked)
        yield page


def listed(crowd: People, key: str, **asked: Any) -> list[tuple[Any, ...]]:
    return [
        (event.interaction, event.message_id, event.occurred_at, event.values)
        for page in pages(crowd, key, **asked)
        for event in page.events
    ]


def expected(crowd: People, key: str, before: datetime = LATE, kinds: Any = None) -> list[tuple[Any, ...]]:
    """Newest first; those of one instant by name, then by message."""
    found = [
        (kind, message, moment, values)
        for kind, contact, message, moment, values in crowd.events
        if contact == key and moment < before and (kinds is None or kind in kinds)
    ]
    return sorted(found, key=lambda event: (-event[2].timestamp(), event[0], event[1]))


@pytest.mark.parametrize("limit", [1, 3, 1000])
def test_the_newest_comes_first_and_nothing_is_lost_between_pages(crowd: People, limit: int) -> None:
    for key in crowd.known:
        assert listed(crowd, key, limit=limit) == expected(crowd, key)


def test_every_page_says_how_many_there_are(crowd: People) -> None:
    for key in crowd.known[:4]:
        assert {page.total for page in pages(crowd, key, limit=4)} == {len(expected(crowd, key))}


@pytest.mark.parametrize("hours", [0, 1, 4])
def test_what_comes_after_the_moment_is_not_shown(crowd: People, hours: int) -> None:
    """
    Nor what happens at the moment itself.
    """
    before = START + timedelta(hours=hours)
    for key in crowd.known:
        assert listed(crowd, key, limit=3, before=before) == expected(crowd, key, before)


@pytest.mark.parametrize("kinds", [["visit"], ["never", "purchase"], {"purchase", "visit"}, []])
def test_only_the_kinds_asked_for_come(crowd: People, kinds: Any) -> None:
    for key in crowd.known[:4]:
        assert listed(crowd, key, limit=2, interactions=kinds) == expected(crowd, key, kinds=kinds)


def test_a_cursor_goes_on_where_its_event_is_of_a_kind_that_is_not_asked_for_any_more(crowd: People) -> None:
    for key in crowd.known:
        everything = expected(crowd, key)
        for place in range(1, len(everything)):
            cursor = crowd.engine.timeline(key, before=LATE, limit=place).next
            rest = crowd.engine.timeline(key, before=LATE, after=cursor, interactions=["visit"], limit=1000)
            wanted = [event[1] for event in everything[place:] if event[0] == "visit"]
            assert [event.message_id for event in rest.events] == wanted


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"interactions": ["vist"]}, "unknown_interaction"),
        ({"before": datetime(2026, 1, 1)}, "invalid_as_of"),  # noqa: DTZ001 - that is what is wrong with it
        ({"limit": 0}, "invalid_value"),
        ({"after": "?"}, "invalid_cursor"),
    ],
)
def test_what_cannot_be_asked_is_said(crowd: People, asked: Any, code: str) -> None:
    with pytest.raises(QuestionError) as caught:
        crowd.engine.timeline(crowd.known[0], **{"before": LATE, **asked})
    assert caught.value.code == code


@pytest.mark.parametrize(
    "parts", [[1, "visit"], ["1", "visit", "m"], [1 << 70, "visit", "m"], [1, "visit", "\ud800"], [1, 2, "m"], 5]
)
def test_a_forged_cursor_is_refused(crowd: People, parts: Any) -> None:
    forged = urlsafe_b64encode(json.dumps(parts).encode()).decode()
    with pytest.raises(QuestionError) as caught:
        crowd.engine.timeline(crowd.known[0], before=LATE, after=forged)
    assert caught.value.code == "invalid_cursor"


@pytest.mark.parametrize("key", ["nobody", "ghost"])
def test_a_contact_that_is_not_known_has_none(crowd: People, key: str) -> None:
    with pytest.raises(QuestionError) as caught:
        crowd.engine.timeline(key, before=LATE)
    assert caught.value.code == "unknown_contact"
