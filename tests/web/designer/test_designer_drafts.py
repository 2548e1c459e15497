"""A draft step by step: undo and redo, two who edit at once, and who may not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from designer_pages import Form, count_of, press, tree_on
from django.test import Client

from coterie import Engine
from coterie_web.accounts.models import HistoryEntry, User
from coterie_web.segments.designer import actions
from coterie_web.segments.designer.draft import draft_of
from coterie_web.segments.lifecycle import go_live
from coterie_web.segments.models import Segment
from coterie_web.ui.clock import TestClock
from coterie_web.worker.keeper import Keeper

pytestmark = pytest.mark.django_db(transaction=True)

Draft = Callable[..., Segment]
SignedIn = Callable[..., Client]


def city(value: str, operator: str = "is") -> dict[str, object]:
    where = {"all": [{"attribute": "city", "operator": operator, "value": value}]}
    return {"blocks": [{"block": {"kind": "profile", "where": where}}]}


def value_of(segment: Segment) -> object:
    """What the first condition compares with, in the definition as it is kept."""
    segment.refresh_from_db()
    return segment.definition["blocks"][0]["block"]["where"]["all"][0].get("value")


def test_a_form_without_scripts_changes_the_draft_and_shows_the_new_number(
    engine: Engine, draft: Draft, signed_in: SignedIn
) -> None:
    segment = draft("Northerners", city("Oslo"))
    page = press(signed_in(), segment, n3__value="Bergen")
    assert value_of(segment) == "Bergen"
    assert count_of(page, "count-n3") == "1"
    assert Segment.objects.get(id=segment.id).wording == "Contacts whose City is Bergen."


def test_undo_goes_back_step_by_step_and_redo_goes_on(engine: Engine, draft: Draft, signed_in: SignedIn) -> None:
    segment, browser = draft("Steps", city("Oslo")), signed_in()
    for value in ("Bergen", "Paris", "Lisbon"):
        press(browser, segment, n3__value=value)
    assert [value_of(segment)] + [press(browser, segment, "undo") and value_of(segment) for _ in range(4)] == [
        "Lisbon", "Paris", "Bergen", "Oslo", "Oslo",
    ]  # fmt: skip
    assert [press(browser, segment, "redo") and value_of(segment) for _ in range(4)] == [
        "Bergen", "Paris", "Lisbon", "Lisbon",
    ]  # fmt: skip


def test_a_new_edit_drops_what_was_undone(engine: Engine, draft: Draft, signed_in: SignedIn) -> None:
    segment, browser = draft("Steps", city("Oslo")), signed_in()
    press(browser, segment, n3__value="Bergen")
    press(browser, segment, "undo")
    press(browser, segment, n3__value="Paris")
    press(browser, segment, "redo")
    assert value_of(segment) == "Paris"


def test_only_the_last_steps_are_kept(
    engine: Engine, draft: Draft, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "KEPT_STEPS", 3)
    segment, browser = draft("Steps", city("Oslo")), signed_in()
    for number in range(5):
        press(browser, segment, n3__value=str(number))
    assert segment.steps.count() == 3
    assert [press(browser, segment, "undo") and value_of(segment) for _ in range(4)] == ["3", "2", "2", "2"]


def test_a_definition_written_elsewhere_is_shown_and_undo_leads_to_what_was_before(
    engine: Engine, draft: Draft, signed_in: SignedIn
) -> None:
    segment, browser = draft("Replaced", city("Oslo")), signed_in()
    press(browser, segment, n3__value="Bergen")
    Segment.objects.filter(id=segment.id).update(definition=city("Paris"))
    press(browser, segment, n3__value="Lisbon")
    assert [value_of(segment)] + [press(browser, segment, "undo") and value_of(segment) for _ in range(2)] == [
        "Lisbon", "Paris", "Bergen",
    ]  # fmt: skip


def test_what_is_the_same_again_is_no_step(engine: Engine, draft: Draft, signed_in: SignedIn) -> None:
    segment, browser = draft("Same", city("Oslo")), signed_in()
    press(browser, segment)
    press(browser, segment)
    assert segment.steps.count() == 0


# --- two at once -----------------------------------------------------------------------------------------------------

TWO = {
    "blocks": [
        {
            "block": {
                "kind": "profile",
                "where": {
                    "all": [
                        {"attribute": "city", "operator": "is", "value": "Oslo"},
                        {"attribute": "age", "operator": "at_least", "value": 18},
                    ]
                },
            }
        }
    ]
}


def test_a_change_to_an_older_page_is_put_on_the_draft_as_it_is(
    engine: Engine, draft: Draft, signed_in: SignedIn
) -> None:
    segment, browser = draft("Two tabs", TWO), signed_in()
    older = Form(browser.get(segment.get_absolute_url()).content.decode())
    press(browser, segment, n3__value="Bergen")
    older.fields["n4.value"] = ["30"]
    answer = browser.post(segment.get_absolute_url(), older.fields, headers={"HX-Request": "true"})
    assert "The draft was changed elsewhere meanwhile." in answer.content.decode()
    segment.refresh_from_db()
    assert [node["value"] for node in segment.definition["blocks"][0]["block"]["where"]["all"]] == ["Bergen", 30]


def test_what_was_removed_meanwhile_stays_removed(engine: Engine, draft: Draft, signed_in: SignedIn) -> None:
    segment, browser = draft("Two tabs", TWO), signed_in()
    older = Form(browser.get(segment.get_absolute_url()).content.decode())
    press(browser, segment, "remove:n4")
    older.fields["n4.value"] = ["30"]
    browser.post(segment.get_absolute_url(), {**older.fields, "do": "duplicate:n4"})
    assert tree_on(segment).ids() == ("n1", "n2", "n3")


def test_of_a_page_older_than_anything_kept_one_is_told(engine: Engine, draft: Draft, signed_in: SignedIn) -> None:
    segment, browser = draft("Old", TWO), signed_in()
    older = Form(browser.get(segment.get_absolute_url()).content.decode())
    Segment.objects.filter(id=segment.id).update(definition=city("Paris"))
    answer = browser.post(segment.get_absolute_url(), older.fields, headers={"HX-Request": "true"})
    assert "This page was too old" in answer.content.decode()
    assert value_of(segment) == "Paris"


def test_a_value_alone_replaces_no_input(engine: Engine, draft: Draft, signed_in: SignedIn) -> None:
    segment, browser = draft("Typing", TWO), signed_in()
    form = Form(browser.get(segment.get_absolute_url()).content.decode())
    form.fields["n3.value"] = ["Berg"]
    answer = browser.post(segment.get_absolute_url(), form.fields, headers={"HX-Request": "true"})
    assert answer.headers["HX-Reswap"] == "none"
    assert 'name="n3.value"' not in answer.content.decode()


# --- who, and when ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("role", "unit", "status"), [("viewer", None, 403), ("marketer", "south", 403)])
def test_who_may_not_change_a_segment_sees_it_without_inputs(
    role: str, unit: str | None, status: int, engine: Engine, draft: Draft, signed_in: SignedIn
) -> None:
    segment, browser = draft("Not theirs", city("Oslo")), signed_in(role, unit)
    page = browser.get(segment.get_absolute_url()).content.decode()
    assert "Oslo" in page
    assert Form(page).buttons == []
    assert not any("." in name for name in Form(page).fields)
    assert browser.post(segment.get_absolute_url(), {"do": "remove:n1"}).status_code == status


def test_a_live_segment_is_read_only_until_it_is_edited(
    engine: Engine, keeper: Keeper, clock: TestClock, draft: Draft, signed_in: SignedIn, person: Callable[..., User]
) -> None:
    segment, browser = draft("Live", city("Oslo")), signed_in()
    assert go_live(segment, acting_user=person("marketer"), now=clock.now()) == []
    keeper.step()
    page = browser.get(segment.get_absolute_url()).content.decode()
    assert (Form(page).buttons, count_of(page, "count-n3")) == ([], "2")
    answer = browser.post(segment.get_absolute_url(), {"do": "remove:n1"})
    assert (answer.status_code, "Press Edit" in answer.content.decode()) == (409, True)
    Segment.objects.filter(id=segment.id).update(status="editing")
    page = press(browser, segment, n3__value="Bergen")
    assert "Was Oslo in the live version" in page
    assert Segment.objects.get(id=segment.id).changed_since_live
    press(browser, segment, "undo")
    assert not Segment.objects.get(id=segment.id).changed_since_live


def test_the_commands_are_looked_at_again_where_the_draft_begins_to_differ_from_what_is_served(
    engine: Engine, keeper: Keeper, clock: TestClock, draft: Draft, signed_in: SignedIn, person: Callable[..., User]
) -> None:
    segment, browser = draft("Turned", city("Oslo")), signed_in()
    assert go_live(segment, acting_user=person("marketer"), now=clock.now()) == []
    keeper.step()
    Segment.objects.filter(id=segment.id).update(status="editing")
    asked = []
    for value in ("Bergen", "Paris", "Oslo"):
        form = Form(browser.get(segment.get_absolute_url()).content.decode())
        form.fields["n3.value"] = [value]
        answer = browser.post(segment.get_absolute_url(), form.fields, headers={"HX-Request": "true"})
        asked.append("/head/?tab=definition" in answer.content.decode())
    assert asked == [True, False, True]


def test_the_history_has_one_entry_for_one_sitting(
    engine: Engine, clock: TestClock, draft: Draft, signed_in: SignedIn
) -> None:
    segment, browser = draft("Remembered", city("Oslo")), signed_in()
    for value in ("Bergen", "Paris"):
        press(browser, segment, n3__value=value)
    assert HistoryEntry.objects.filter(subject_id=str(segment.id), deed="edited").count() == 1


def test_a_segment_of_another_unit_is_not_there(
    engine: Engine, draft: Draft, signed_in: SignedIn, person: Callable[..., User]
) -> None:
    segment = draft("Foreign", city("Oslo"), owner=person("marketer", "south"))
    browser = signed_in("administrator", "north")
    for page in ("", "counts/", "people/", "text/", "check/", "values/", "contact-names/", "against-live/"):
        assert browser.get(f"{segment.get_absolute_url()}{page}").status_code == 404, page
    assert browser.post(segment.get_absolute_url(), {"do": "remove:n1"}).status_code == 404


# --- what no browser sends -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [
        {"do": f"drop:pinned:keep_in:{'9' * 5000}"},
        {"do": f"drop:n3:values:{'9' * 5000}"},
        {"pinned.keep_in": "\0"},
        {"n3.value": "Os\0lo"},
    ],
)
def test_what_no_browser_sends_does_no_harm(
    engine: Engine, draft: Draft, signed_in: SignedIn, fields: dict[str, str]
) -> None:
    segment, browser = draft("Odd", city("Oslo")), signed_in()
    fields = {"revision": draft_of(segment).revision, **fields}
    browser.post(segment.get_absolute_url(), fields)
    assert browser.get(segment.get_absolute_url()).status_code == 200
    assert (value_of(segment), segment.pinned) == ("Oslo", {})
