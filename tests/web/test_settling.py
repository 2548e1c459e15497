"""What the worker says of segments after a refresh."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from coterie import Engine, Refresh
from coterie_web.segments.lifecycle import discard, edit, go_live, settle
from coterie_web.segments.models import Segment
from coterie_web.segments.queries import live_revision
from coterie_web.ui.clock import TestClock
from coterie_web.worker.keeper import Keeper

pytestmark = pytest.mark.django_db

Draft = Callable[..., Segment]


def members_of(key: str) -> dict[str, object]:
    return {"blocks": [{"block": {"kind": "segment", "segment": key}}]}


def break_off(*segments: Segment) -> None:
    """Let a live version name what is not there, as one may that was written before the catalog changed."""
    for segment in segments:
        segment.refresh_from_db()
        assert segment.live_version is not None
        segment.live_version.content = {"definition": members_of("nobody")}
        segment.live_version.save()


@pytest.fixture
def taken_live(draft: Draft, clock: TestClock) -> Draft:
    def taken_live(name: str, definition: object = None) -> Segment:
        segment = draft(name, definition)
        assert go_live(segment, acting_user=segment.owner, now=clock.now()) == []
        return segment

    return taken_live


def test_a_segment_that_cannot_be_evaluated_says_why_and_recovers(
    engine: Engine, taken_live: Draft, clock: TestClock, signed_in: Callable[..., Client]
) -> None:
    segment = taken_live("In Oslo")
    keeper = _first_step(engine)
    break_off(segment)
    _again(keeper)
    segment.refresh_from_db()
    assert (segment.status_words, segment.problems[0]["code"]) == ("Error", "unknown_segment")
    page = signed_in().get(f"/segments/{segment.id}/general/").content.decode()
    assert "Its last good members are kept." in page
    assert len(engine.published["in-oslo"].members) == 6
    segment.live_version.content = {"definition": segment.definition}
    segment.live_version.save()
    _again(keeper)
    segment.refresh_from_db()
    assert (segment.status_words, segment.problems) == ("Live", [])


def test_who_refers_to_a_segment_in_error_is_held_and_says_so(engine: Engine, taken_live: Draft) -> None:
    broken, held = taken_live("In Oslo"), taken_live("Mail", members_of("in-oslo"))
    keeper = _first_step(engine)
    break_off(broken)
    _again(keeper)
    held.refresh_from_db()
    assert (held.status_words, held.problems[0]["code"]) == ("Error", "segment_failed")


def test_a_segment_in_error_is_edited_and_its_problems_stay_to_be_read(
    engine: Engine, taken_live: Draft, clock: TestClock
) -> None:
    segment = taken_live("In Oslo")
    keeper = _first_step(engine)
    break_off(segment)
    _again(keeper)
    edit(segment, acting_user=segment.owner, now=clock.now())
    _again(keeper)
    segment.refresh_from_db()
    assert (segment.status_words, len(segment.problems)) == ("Live, editable", 1)
    discard(segment, acting_user=segment.owner, now=clock.now())
    segment.refresh_from_db()
    assert segment.status_words == "Error"


def test_one_that_was_changed_during_the_refresh_is_left_to_the_next(engine: Engine, taken_live: Draft) -> None:
    segment = taken_live("In Oslo")
    settle(_nothing_failed(), {"in-oslo": 0})
    segment.refresh_from_db()
    assert segment.status_words == "Going live"
    settle(_nothing_failed(), {"in-oslo": 1})
    segment.refresh_from_db()
    assert segment.status_words == "Live"


def test_one_that_goes_live_as_a_refresh_begins_is_not_called_live_by_it(
    keeper: Keeper, engine: Engine, draft: Draft, clock: TestClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper.step()
    segment = draft("In Oslo")

    def gone_live_just_then() -> int:
        revision = live_revision()
        go_live(segment, acting_user=segment.owner, now=clock.now())
        return revision

    engine.load("contact", [{"contact_id": "7"}])
    with monkeypatch.context() as patched:
        patched.setattr("coterie_web.worker.keeper.live_revision", gone_live_just_then)
        keeper.step()
    segment.refresh_from_db()
    assert (segment.status_words, segment.key in engine.published) == ("Going live", False)
    keeper.step()
    segment.refresh_from_db()
    assert (segment.status_words, segment.key in engine.published) == ("Live", True)


def test_segments_that_are_simply_live_are_not_looked_at(engine: Engine, draft: Draft) -> None:
    """
    It runs after every refresh, perhaps twice a second, and there may be thousands.
    """
    for number in range(20):
        draft(f"Number {number}", status="live")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        settle(_nothing_failed(), {f"number-{number}": 1 for number in range(20)})
    [asked] = [query["sql"] for query in queries if query["sql"].startswith("SELECT")]
    with connection.cursor() as cursor:
        cursor.execute(asked)
        assert cursor.fetchall() == []


def _nothing_failed() -> Refresh:
    return Refresh(
        publication=1, data_version=1, as_of=None, deltas={}, failed={}, held=frozenset(), may_recover=frozenset(),
        next_evaluation=None, evaluated_in_full=0, seconds=0.0, publishing_seconds=0.0,
    )  # type: ignore[arg-type]  # fmt: skip


def _first_step(engine: Engine) -> Keeper:
    from datetime import timedelta

    keeper = Keeper(keep=timedelta(days=90))
    keeper.step()
    return keeper


def _again(keeper: Keeper) -> None:
    from coterie_web.segments.waking import live_set_changed

    live_set_changed()
    keeper.step()
