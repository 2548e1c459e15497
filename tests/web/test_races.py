"""Two people press at once: one deed is done, and the other is told."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from django.db import connection
from pytest_django import Settings

from coterie import Engine
from coterie_web.accounts.models import HistoryEntry, User
from coterie_web.segments.lifecycle import delete, edit, go_live, stop
from coterie_web.segments.models import Segment, SegmentVersion
from coterie_web.segments.starting.creating import Beginning, create_segment
from coterie_web.ui.clock import TestClock
from coterie_web.ui.refusals import NotNow

pytestmark = pytest.mark.django_db(transaction=True)

Draft = Callable[..., Segment]


def at_once(*deeds: Callable[[], object]) -> list[str]:
    """Do them in threads that begin together; what each came to: "done", or the code of the refusal."""
    barrier, outcomes = Barrier(len(deeds)), [""] * len(deeds)

    def run(place: int) -> None:
        barrier.wait()
        try:
            deeds[place]()
            outcomes[place] = "done"
        except NotNow as refusal:
            outcomes[place] = refusal.code
        except Exception as error:  # noqa: BLE001 - it is compared below
            outcomes[place] = repr(error)
        finally:
            connection.close()

    threads = [Thread(target=run, args=(place,)) for place in range(len(deeds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


def test_a_draft_goes_live_once(engine: Engine, draft: Draft, clock: TestClock, person: Callable[..., User]) -> None:
    segment = draft("In Oslo")
    people = (segment.owner, person("manager"), person("administrator"))
    outcomes = at_once(*(lambda who=who: go_live(segment, acting_user=who, now=clock.now()) for who in people))
    assert outcomes == ["already_live", "already_live", "done"]
    assert SegmentVersion.objects.count() == HistoryEntry.objects.filter(deed="went live").count() == 1


def test_the_last_place_is_given_once(engine: Engine, draft: Draft, clock: TestClock, settings: Settings) -> None:
    settings.LIVE_QUOTA = 1
    drafts = [draft(f"Number {number}") for number in range(3)]
    outcomes = at_once(*(lambda each=each: go_live(each, acting_user=each.owner, now=clock.now()) for each in drafts))
    assert outcomes == ["done", "over_quota", "over_quota"]


def test_a_segment_is_not_stopped_while_another_that_needs_it_goes_live(
    engine: Engine, draft: Draft, clock: TestClock
) -> None:
    """
    Either the user is live and the needed one is not stopped, or it was stopped and the user has a problem.
    """
    needed = draft("Needed")
    user = draft("User", {"blocks": [{"block": {"kind": "segment", "segment": "needed"}}]})
    go_live(needed, acting_user=needed.owner, now=clock.now())
    at_once(
        lambda: stop(needed, acting_user=needed.owner, now=clock.now()),
        lambda: go_live(user, acting_user=user.owner, now=clock.now()),
    )
    needed.refresh_from_db()
    user.refresh_from_db()
    assert needed.is_live == user.is_live


def test_an_edit_is_begun_once(engine: Engine, draft: Draft, clock: TestClock) -> None:
    segment = draft("In Oslo")
    go_live(segment, acting_user=segment.owner, now=clock.now())
    Segment.objects.update(status="live")
    begin = lambda: edit(segment, acting_user=segment.owner, now=clock.now())  # noqa: E731 - twice the same
    assert at_once(begin, begin) == ["already_editing", "done"]


def test_a_draft_is_deleted_once(engine: Engine, draft: Draft, clock: TestClock) -> None:
    segment = draft("In Oslo")
    remove = lambda: delete(segment, acting_user=segment.owner, now=clock.now())  # noqa: E731 - twice the same
    assert at_once(remove, remove) == ["done", "gone"]


def test_of_two_with_one_name_each_gets_a_key_of_its_own(
    engine: Engine, person: Callable[..., User], clock: TestClock
) -> None:
    owner = person("marketer")
    begin = Beginning(type="dynamic", details={"name": "In Oslo"}, content={"definition": {"blocks": []}})
    make = lambda: create_segment(begin, acting_user=owner, now=clock.now())  # noqa: E731 - twice the same
    assert at_once(make, make) == ["done", "done"]
    assert set(Segment.objects.values_list("key", flat=True)) == {"in-oslo", "in-oslo-2"}
