"""Versions: what differs between any two, in words and line by line, and the way back to one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from coterie import Engine
from coterie_web.segments.comparing import Change, lines_between, words_between
from coterie_web.segments.lifecycle import edit, go_live, publish
from coterie_web.segments.models import Segment
from coterie_web.ui.clock import TestClock

Draft = Callable[..., Segment]
SignedIn = Callable[..., Client]

LINES = st.lists(st.sampled_from(["a", "b", "c"]), max_size=12).map("\n".join)


@given(before=st.text("ab ,.", max_size=20), after=st.text("ab ,.", max_size=20))
def test_kept_and_added_words_are_the_sentence_after_kept_and_removed_the_one_before(before: str, after: str) -> None:
    words = list(words_between(before, after))
    assert "".join(word.text for word in words if word.change is not Change.REMOVED) == after
    assert "".join(word.text for word in words if word.change is not Change.ADDED) == before


@given(before=LINES, after=LINES)
def test_numbered_lines_are_those_of_both_texts(before: str, after: str) -> None:
    old, new = before.splitlines(), after.splitlines()
    for line in lines_between(before, after):
        assert line.before is None or old[line.before - 1] == line.text
        assert line.after is None or new[line.after - 1] == line.text
    removed = [line.text for line in lines_between(before, after) if line.change is Change.REMOVED]
    added = [line.text for line in lines_between(before, after) if line.change is Change.ADDED]
    assert len(old) - len(removed) == len(new) - len(added)
    assert (removed, added) == ([], []) if old == new else removed or added


def test_lines_far_from_a_change_are_left_out() -> None:
    text = [f"line {number}" for number in range(20)]
    changed = lines_between("\n".join(text), "\n".join([*text[:10], "new", *text[11:]]))
    assert [line.change for line in changed] == (
        [Change.LEFT_OUT, *[Change.KEPT] * 3, Change.REMOVED, Change.ADDED, *[Change.KEPT] * 3, Change.LEFT_OUT]
    )


def test_a_sign_beside_a_word_makes_no_other_word_of_it() -> None:
    words = [(word.change.value, word.text) for word in words_between("in 30 days.", "in 90 days, but")]
    assert words == [
        ("kept", "in "), ("removed", "30"), ("added", "90"), ("kept", " days"), ("removed", "."), ("added", ", but"),
    ]  # fmt: skip


def cities(*names: str) -> dict[str, object]:
    where = {"attribute": "city", "operator": "is_in", "value": list(names)}
    return {"blocks": [{"block": {"kind": "profile", "where": {"all": [where]}}}]}


@pytest.fixture
def twice_published(engine: Engine, draft: Draft, clock: TestClock) -> Segment:
    """Version 1 says Oslo, version 2 says Paris."""
    segment = draft("In a city", cities("Oslo"), wording="Contacts whose City is Oslo.")
    go_live(segment, acting_user=segment.owner, now=clock.now())
    Segment.objects.update(status="live")
    edit(segment, acting_user=segment.owner, now=clock.now())
    Segment.objects.update(definition=cities("Paris"), wording="Contacts whose City is Paris.")
    assert publish(segment, acting_user=segment.owner, now=clock.now(), note="Moved south") == []
    Segment.objects.update(status="live")
    segment.refresh_from_db()
    return segment


@pytest.mark.django_db
def test_the_last_two_versions_are_compared_at_first(twice_published: Segment, signed_in: SignedIn) -> None:
    page = signed_in().get(f"/segments/{twice_published.id}/versions/").content.decode()
    assert "<del>Oslo</del><ins>Paris</ins>" in page
    assert 'option value="2" selected' in page
    assert "Moved south" in page


@pytest.mark.django_db
def test_any_two_are_compared_and_nonsense_is_the_last_two(twice_published: Segment, signed_in: SignedIn) -> None:
    browser, address = signed_in(), f"/segments/{twice_published.id}/versions/"
    backward = browser.get(f"{address}?from=2&to=1").content.decode()
    assert "<del>Paris</del><ins>Oslo</ins>" in backward
    assert "say the same" in browser.get(f"{address}?from=1&to=1").content.decode()
    assert "<ins>Paris</ins>" in browser.get(f"{address}?from=x&to=99").content.decode()


@pytest.mark.django_db
def test_loading_a_version_begins_an_edit_that_says_the_same(twice_published: Segment, signed_in: SignedIn) -> None:
    answer = signed_in().post(f"/segments/{twice_published.id}/versions/1/load/", follow=True).content.decode()
    assert "This is what version 1 said." in answer
    twice_published.refresh_from_db()
    assert (twice_published.status_words, twice_published.definition) == ("Live, editable", cities("Oslo"))
    assert twice_published.wording == "Contacts whose City is one of Oslo."


@pytest.mark.django_db
def test_a_static_segment_compares_its_members(
    engine: Engine, draft: Draft, clock: TestClock, signed_in: SignedIn
) -> None:
    guests = draft("Guests", type="static", members=["1", "2"])
    go_live(guests, acting_user=guests.owner, now=clock.now())
    Segment.objects.update(status="editing", members=["2", "3"])
    page = signed_in().get(f"/segments/{guests.id}/versions/").content.decode()
    assert 'class="removed"' in page
