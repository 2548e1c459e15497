"""From draft to live, edited, published, stopped and deleted: each step, and each refusal with its code."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from coterie import Engine
from coterie_web.accounts.models import HistoryEntry, User
from coterie_web.segments.lifecycle import delete, discard, edit, go_live, publish, roll_back, stop
from coterie_web.segments.models import Segment, SegmentVersion
from coterie_web.ui.clock import TestClock
from coterie_web.ui.refusals import NotAllowed, NotNow
from coterie_web.worker.keeper import Keeper

pytestmark = pytest.mark.django_db

Draft = Callable[..., Segment]
Person = Callable[..., User]


def oslo(*cities: str) -> dict[str, object]:
    where = {"attribute": "city", "operator": "is_in", "value": list(cities) or ["Oslo"]}
    return {"blocks": [{"block": {"kind": "profile", "where": {"all": [where]}}}]}


def members_of(key: str) -> dict[str, object]:
    return {"blocks": [{"block": {"kind": "segment", "segment": key}}]}


@pytest.fixture
def live(draft: Draft, keeper: Keeper, clock: TestClock) -> Draft:
    """Makes segments that are live: `live("In Oslo", oslo())`."""

    def live(name: str, definition: object = None, owner: User | None = None) -> Segment:
        segment = draft(name, definition, owner)
        assert go_live(segment, acting_user=segment.owner, now=clock.now()) == []
        keeper.step()
        return now(segment)

    return live


def now(segment: Segment) -> Segment:
    return Segment.objects.select_related("live_version", "owner__unit").get(id=segment.id)


def refused(code: str, deed: Callable[[], object]) -> str:
    with pytest.raises(NotNow) as refusal:
        deed()
    assert refusal.value.code == code
    return str(refusal.value)


def test_an_edit_is_worked_on_while_the_live_version_serves(
    engine: Engine, live: Draft, keeper: Keeper, clock: TestClock
) -> None:
    segment = live("In Oslo", oslo())
    edit(segment, acting_user=segment.owner, now=clock.now())
    Segment.objects.filter(id=segment.id).update(definition=oslo("Paris"))
    keeper.step()
    assert now(segment).status_words == "Live, editable"
    assert set(engine.published["in-oslo"].members) == {"2", "4"}


def test_a_published_edit_takes_the_place_of_the_version_before(
    engine: Engine, live: Draft, keeper: Keeper, clock: TestClock
) -> None:
    segment = live("In Oslo", oslo())
    edit(segment, acting_user=segment.owner, now=clock.now())
    Segment.objects.filter(id=segment.id).update(definition=oslo("Paris"))
    assert publish(segment, acting_user=segment.owner, now=clock.now(), note="Moved") == []
    assert now(segment).status_words == "Going live"
    keeper.step()
    assert (now(segment).status_words, set(engine.published["in-oslo"].members)) == ("Live", {"3"})
    numbers = SegmentVersion.objects.filter(segment=segment).values_list("number", "note", "published_by_name")
    assert list(numbers) == [(2, "Moved", segment.owner.name), (1, "", segment.owner.name)]


def test_an_edit_with_a_problem_is_not_published(engine: Engine, live: Draft, clock: TestClock) -> None:
    segment = live("In Oslo", oslo())
    edit(segment, acting_user=segment.owner, now=clock.now())
    Segment.objects.filter(id=segment.id).update(definition=members_of("in-oslo"))
    [problem] = publish(segment, acting_user=segment.owner, now=clock.now())
    assert problem.code == "segment_cycle"
    assert now(segment).status_words == "Live, editable"


def test_an_edit_that_changes_nothing_is_not_published(engine: Engine, live: Draft, clock: TestClock) -> None:
    segment = live("In Oslo", oslo())
    edit(segment, acting_user=segment.owner, now=clock.now())
    refused("nothing_changed", lambda: publish(segment, acting_user=segment.owner, now=clock.now()))


def test_what_was_changed_after_the_review_is_not_published(engine: Engine, live: Draft, clock: TestClock) -> None:
    segment = live("In Oslo", oslo())
    edit(segment, acting_user=segment.owner, now=clock.now())
    reviewed = now(segment).changed_at
    Segment.objects.filter(id=segment.id).update(
        definition=oslo("Paris"), changed_at=reviewed.replace(year=reviewed.year + 1)
    )
    refused(
        "changed_meanwhile",
        lambda: publish(segment, acting_user=segment.owner, now=clock.now(), reviewed=reviewed),
    )


def test_a_discarded_edit_says_again_what_is_served(engine: Engine, live: Draft, clock: TestClock) -> None:
    segment = live("In Oslo", oslo())
    edit(segment, acting_user=segment.owner, now=clock.now())
    Segment.objects.filter(id=segment.id).update(definition=oslo("Paris"), wording="Contacts whose City is Paris.")
    discard(segment, acting_user=segment.owner, now=clock.now())
    after = now(segment)
    assert (after.status_words, after.definition) == ("Live", oslo())
    assert after.wording == "Contacts whose City is one of Oslo."


def test_a_stopped_segment_goes_live_again(engine: Engine, live: Draft, keeper: Keeper, clock: TestClock) -> None:
    segment = live("In Oslo", oslo())
    stop(segment, acting_user=segment.owner, now=clock.now())
    keeper.step()
    assert (now(segment).status_words, "in-oslo" in engine.published) == ("Draft, stopped", False)
    assert go_live(segment, acting_user=segment.owner, now=clock.now()) == []
    keeper.step()
    assert (now(segment).status_words, now(segment).stopped_at) == ("Live", None)
    assert set(engine.published["in-oslo"].members) == {"2", "4"}


def test_what_a_live_segment_needs_is_not_stopped_and_says_who_needs_it(
    engine: Engine, live: Draft, clock: TestClock
) -> None:
    needed = live("In Oslo", oslo())
    live("Mail to Oslo", members_of("in-oslo"))
    message = refused("in_use", lambda: stop(needed, acting_user=needed.owner, now=clock.now()))
    assert "1 live segment: Mail to Oslo" in message
    assert now(needed).status_words == "Live"


def test_who_needs_a_segment_in_a_unit_that_one_does_not_see_is_not_named(
    engine: Engine, live: Draft, person: Person, clock: TestClock
) -> None:
    fjords = person("administrator", "fjords")
    needed = live("In Oslo", oslo())
    live("Hidden name", members_of("in-oslo"), person("manager", "south"))
    Segment.objects.filter(id=needed.id).update(owner=fjords)
    message = refused("in_use", lambda: stop(now(needed), acting_user=fjords, now=clock.now()))
    assert "1 live segment of other business units" in message
    assert "Hidden name" not in message


def test_the_segment_is_free_once_an_edit_without_it_is_published(
    engine: Engine, live: Draft, keeper: Keeper, clock: TestClock
) -> None:
    needed, user = live("In Oslo", oslo()), live("Mail to Oslo", members_of("in-oslo"))
    edit(user, acting_user=user.owner, now=clock.now())
    Segment.objects.filter(id=user.id).update(definition=oslo())
    refused("in_use", lambda: stop(needed, acting_user=needed.owner, now=clock.now()))
    assert publish(user, acting_user=user.owner, now=clock.now()) == []
    stop(needed, acting_user=needed.owner, now=clock.now())
    assert now(needed).status_words == "Draft, stopped"


def test_an_earlier_version_is_loaded_into_an_edit(engine: Engine, live: Draft, clock: TestClock) -> None:
    segment = live("In Oslo", oslo())
    edit(segment, acting_user=segment.owner, now=clock.now())
    Segment.objects.filter(id=segment.id).update(definition=oslo("Paris"))
    publish(segment, acting_user=segment.owner, now=clock.now())
    refused("going_live", lambda: roll_back(segment, 1, acting_user=segment.owner, now=clock.now()))
    Segment.objects.filter(id=segment.id).update(status="live")
    roll_back(segment, 1, acting_user=segment.owner, now=clock.now())
    after = now(segment)
    assert (after.status_words, after.definition, after.changed_since_live) == ("Live, editable", oslo(), True)
    assert after.live_version is not None
    assert after.live_version.number == 2
    refused("no_such_version", lambda: roll_back(segment, 3, acting_user=segment.owner, now=clock.now()))


def test_an_earlier_version_is_loaded_into_a_stopped_draft(engine: Engine, live: Draft, clock: TestClock) -> None:
    segment = live("In Oslo", oslo())
    stop(segment, acting_user=segment.owner, now=clock.now())
    Segment.objects.filter(id=segment.id).update(definition=oslo("Paris"))
    roll_back(segment, 1, acting_user=segment.owner, now=clock.now())
    assert (now(segment).status_words, now(segment).definition) == ("Draft, stopped", oslo())


def test_each_status_refuses_what_makes_no_sense_in_it(
    engine: Engine, live: Draft, draft: Draft, clock: TestClock
) -> None:
    fresh, running = draft("Fresh", oslo()), live("Running", oslo())
    owner, moment = running.owner, clock.now()
    refused("not_live", lambda: stop(fresh, acting_user=owner, now=moment))
    refused("not_live", lambda: edit(fresh, acting_user=owner, now=moment))
    refused("not_editing", lambda: publish(fresh, acting_user=owner, now=moment))
    refused("not_editing", lambda: discard(running, acting_user=owner, now=moment))
    refused("already_live", lambda: go_live(running, acting_user=owner, now=moment))
    refused("is_live", lambda: delete(running, acting_user=owner, now=moment))
    edit(running, acting_user=owner, now=moment)
    refused("already_editing", lambda: edit(running, acting_user=owner, now=moment))
    refused("already_live", lambda: go_live(running, acting_user=owner, now=moment))


def test_a_draft_is_deleted_with_its_versions_and_its_history_stays(
    engine: Engine, live: Draft, clock: TestClock
) -> None:
    segment = live("In Oslo", oslo())
    stop(segment, acting_user=segment.owner, now=clock.now())
    delete(segment, acting_user=segment.owner, now=clock.now())
    assert not Segment.objects.exists()
    assert not SegmentVersion.objects.exists()
    assert list(HistoryEntry.objects.values_list("deed", flat=True)) == ["deleted", "stopped", "went live"]
    refused("gone", lambda: go_live(segment, acting_user=segment.owner, now=clock.now()))


def test_a_draft_that_other_drafts_name_is_deleted_after_a_warning(
    engine: Engine, draft: Draft, clock: TestClock
) -> None:
    named = draft("In Oslo", oslo())
    draft("Mail to Oslo", members_of("in-oslo"))
    message = refused("used_by_drafts", lambda: delete(named, acting_user=named.owner, now=clock.now()))
    assert "Mail to Oslo" in message
    delete(named, acting_user=named.owner, now=clock.now(), warned=True)
    assert Segment.objects.count() == 1


def test_only_who_may_change_a_segment_does_anything_to_it(
    engine: Engine, live: Draft, draft: Draft, person: Person, clock: TestClock
) -> None:
    theirs, running = draft("Theirs", oslo(), person("manager", "north")), live("Running", oslo())
    deeds = (go_live, edit, discard, publish, stop, delete)
    for stranger in (person("viewer"), person("marketer", "north"), person("manager", "south")):
        for segment in (theirs, running):
            for deed in deeds:
                with pytest.raises(NotAllowed):
                    deed(segment, acting_user=stranger, now=clock.now())
    assert go_live(theirs, acting_user=person("manager"), now=clock.now()) == []
    stop(running, acting_user=person("administrator"), now=clock.now())


def test_a_segment_of_another_unit_counts_only_where_the_person_sees_it(
    engine: Engine, live: Draft, draft: Draft, person: Person, clock: TestClock
) -> None:
    """
    What the person's own definition names must be theirs to see. What that one leads to is found whoever owns it.
    """
    live("Of the fjords", oslo(), person("manager", "fjords"))
    live("Of all", members_of("of-the-fjords"), person("manager"))
    south = person("manager", "south")
    direct, over = draft("Direct", members_of("of-the-fjords"), south), draft("Over", members_of("of-all"), south)
    [problem] = go_live(direct, acting_user=south, now=clock.now())
    assert problem.code == "unknown_segment"
    assert go_live(over, acting_user=south, now=clock.now()) == []
