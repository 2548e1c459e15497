"""What is done to ticked segments: each by itself, refusals told, the rest done."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import pytest
from django.test import Client

from coterie import Engine, parse
from coterie_web.accounts.models import User
from coterie_web.segments.lifecycle import go_live
from coterie_web.segments.models import Segment
from coterie_web.ui.clock import TestClock

pytestmark = pytest.mark.django_db

Draft = Callable[..., Segment]
SignedIn = Callable[..., Client]


def members_of(key: str) -> dict[str, object]:
    return {"blocks": [{"block": {"kind": "segment", "segment": key}}]}


def press(browser: Client, do: str, *segments: Segment, **more: str) -> str:
    """The page that follows."""
    form = {"do": do, "segment": [str(segment.id) for segment in segments], **more}
    return browser.post("/segments/bulk/", form, follow=True).content.decode()


@pytest.fixture
def chain(engine: Engine, draft: Draft, clock: TestClock) -> list[Segment]:
    """Three live segments, each referred to by the next."""
    made = [draft("First"), draft("Second", members_of("first")), draft("Third", members_of("second"))]
    for segment in made:
        assert go_live(segment, acting_user=segment.owner, now=clock.now()) == []
    return made


def test_segments_that_need_one_another_are_stopped_together(chain: list[Segment], signed_in: SignedIn) -> None:
    assert "3 segments stopped." in press(signed_in(), "stop", *chain)
    assert not Segment.objects.filter(stopped_at=None).exists()


def test_what_cannot_be_stopped_is_named_and_the_rest_is_stopped(
    chain: list[Segment], draft: Draft, signed_in: SignedIn
) -> None:
    page = press(signed_in(), "stop", chain[0], chain[2], draft("Fresh"))
    assert "1 segment stopped." in page
    assert "First is used by 1 live segment: Second." in page
    assert "Fresh is not live." in page


def test_drafts_are_deleted_after_a_page_that_asks(draft: Draft, engine: Engine, signed_in: SignedIn) -> None:
    browser, gone, stays = signed_in(), draft("Gone"), draft("Stays")
    assert "Delete 1 segment?" in press(browser, "delete", gone)
    assert Segment.objects.count() == 2
    assert "1 segment deleted." in press(browser, "delete", gone, sure="yes")
    assert list(Segment.objects.all()) == [stays]


def test_one_definition_is_a_yaml_file_and_several_are_an_archive(chain: list[Segment], signed_in: SignedIn) -> None:
    browser = signed_in()
    one = browser.post("/segments/bulk/", {"do": "export", "segment": str(chain[1].id)})
    assert one.headers["Content-Disposition"] == 'attachment; filename="second.yaml"'
    assert parse(one.content).key == "second"  # type: ignore[union-attr]
    several = browser.post("/segments/bulk/", {"do": "export", "segment": [str(segment.id) for segment in chain]})
    archive = zipfile.ZipFile(io.BytesIO(several.content))
    assert archive.namelist() == ["first.yaml", "second.yaml", "third.yaml"]
    assert [parse(archive.read(name)).key for name in archive.namelist()] == ["first", "second", "third"]  # type: ignore[union-attr]


def test_an_incomplete_draft_is_exported_as_it_stands(engine: Engine, draft: Draft, signed_in: SignedIn) -> None:
    incomplete = draft("Begun", {"blocks": [{"block": {"kind": "profile", "where": {"all": []}}}]})
    answer = signed_in().get(f"/segments/{incomplete.id}/definition.yaml")
    assert "kind: profile" in answer.content.decode()


def test_segments_that_one_does_not_see_are_as_if_they_were_not_ticked(
    engine: Engine, draft: Draft, person: Callable[..., User], signed_in: SignedIn
) -> None:
    hidden = draft("Of the south", owner=person("manager", "south"))
    browser = signed_in("manager", "north")
    absent = browser.post("/segments/bulk/", {"do": "export", "segment": "00000000-0000-0000-0000-000000000000"})
    foreign = browser.post("/segments/bulk/", {"do": "export", "segment": str(hidden.id)})
    assert (foreign.status_code, foreign.content) == (absent.status_code, absent.content)
    press(browser, "delete", hidden, sure="yes")
    assert Segment.objects.filter(id=hidden.id).exists()


def test_a_viewer_stops_nothing(chain: list[Segment], signed_in: SignedIn) -> None:
    page = press(signed_in("viewer"), "stop", chain[2])
    assert "Third is changed by its owner" in page
    assert Segment.objects.filter(stopped_at=None).count() == 3


def test_it_goes_back_to_the_list_as_it_was_and_nowhere_else(chain: list[Segment], signed_in: SignedIn) -> None:
    browser = signed_in()
    ours = browser.post("/segments/bulk/", {"do": "stop", "back": "/segments/?status=live"})
    assert ours.headers["Location"] == "/segments/?status=live"
    for address in ("https://evil.example/segments/", "//evil.example", "/settings/people/"):
        away = browser.post("/segments/bulk/", {"do": "stop", "back": address})
        assert away.headers["Location"] == "/segments/"
