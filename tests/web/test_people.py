"""People: invited, changed, kept out; and what their segments do meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from django.test import Client

from coterie import Engine
from coterie_web.accounts.models import BusinessUnit, HistoryEntry, Role, User
from coterie_web.accounts.people import change, deactivate, invite, new_link, reactivate
from coterie_web.segments.lifecycle import go_live
from coterie_web.segments.models import Segment
from coterie_web.segments.queries import live_revision
from coterie_web.ui.clock import TestClock
from coterie_web.ui.refusals import NotAllowed, NotNow
from coterie_web.worker.keeper import Keeper

pytestmark = pytest.mark.django_db

Person = Callable[..., User]
Units = dict[str, BusinessUnit]


def test_an_invitation_answers_with_a_link_that_works_once(
    clock: TestClock, signed_in: Callable[..., Client], units: Units
) -> None:
    typed = {"name": "Zoë Ng", "email": "Zoe@Example.com", "role": "marketer", "unit": str(units["north"].id)}
    page = signed_in("administrator").post("/settings/people/invite/", typed).content.decode()
    zoe = User.objects.get(email="zoe@example.com")
    assert (zoe.name, zoe.role, zoe.unit) == ("Zoë Ng", "marketer", units["north"])
    link = page.split('value="http://testserver')[1].split('"')[0]
    assert Client().post(link).headers["Location"] == "/welcome/"
    assert Client().post(link).headers["Location"] == "/sign-in/"


def test_an_address_belongs_to_one_person_whatever_its_case(clock: TestClock, person: Person) -> None:
    person("viewer")
    with pytest.raises(NotNow, match="belongs to somebody already") as refusal:
        invite(
            "VIEWER.ALL@example.com", name="Again", role=Role.VIEWER, unit=None,
            acting_user=person("administrator"), now=clock.now(),
        )  # fmt: skip
    assert refusal.value.code == "email_taken"
    assert User.objects.filter(name="Again").count() == 0


@pytest.mark.parametrize("leaving", ["demoted", "moved into a unit", "deactivated"])
def test_the_last_administrator_of_the_organization_stays(
    clock: TestClock, person: Person, units: Units, leaving: str
) -> None:
    last = person("administrator")
    person("administrator", "north"), person("manager")
    leave: Callable[..., object] = {
        "demoted": partial(change, name="Maya", role=Role.MANAGER, unit=None),
        "moved into a unit": partial(change, name="Maya", role=Role.ADMINISTRATOR, unit=units["north"]),
        "deactivated": deactivate,
    }[leaving]
    with pytest.raises(NotNow, match="last administrator") as refusal:
        leave(last, acting_user=last, now=clock.now())
    assert refusal.value.code == "last_administrator"
    last.refresh_from_db()
    assert (last.role, last.unit, last.is_active) == ("administrator", None, True)


def test_an_administrator_who_is_not_the_last_may_leave(clock: TestClock, person: Person) -> None:
    first, guest = person("administrator"), person("viewer")
    second = change(guest, name="Second", role=Role.ADMINISTRATOR, unit=None, acting_user=first, now=clock.now())
    change(first, name="First", role=Role.VIEWER, unit=None, acting_user=second, now=clock.now())
    first.refresh_from_db()
    assert first.role == "viewer"


def test_an_administrator_of_a_unit_manages_its_people_and_no_others(
    clock: TestClock, person: Person, units: Units
) -> None:
    administrator = person("administrator", "north")
    below, above, beside = person("viewer", "fjords"), person("viewer"), person("viewer", "south")
    moved = change(below, name="Bo", role=Role.MANAGER, unit=units["north"], acting_user=administrator, now=clock.now())
    assert (moved.name, moved.role, moved.unit) == ("Bo", "manager", units["north"])
    for stranger in (above, beside):
        for act in (deactivate, reactivate, new_link):
            with pytest.raises(NotAllowed):
                act(stranger, acting_user=administrator, now=clock.now())
    with pytest.raises(NotAllowed, match="into your unit"):
        change(below, name="Bo", role=Role.VIEWER, unit=units["south"], acting_user=administrator, now=clock.now())
    with pytest.raises(NotAllowed, match="Only an administrator of the whole organization"):
        invite(
            "x@example.com", name="X", role=Role.VIEWER, unit=units["north"], acting_user=administrator, now=clock.now()
        )


def test_a_change_is_in_the_history_with_what_was_and_what_is(clock: TestClock, person: Person, units: Units) -> None:
    change(
        person("viewer"), name="Viewer of all", role=Role.MARKETER, unit=units["north"],
        acting_user=person("administrator"), now=clock.now(),
    )  # fmt: skip
    entry = HistoryEntry.objects.get(deed="changed")
    assert entry.details == {
        "role": {"from": "Viewer", "to": "Marketer"},
        "unit": {"from": "Organization", "to": "North"},
    }


def test_a_change_that_changes_nothing_is_no_deed(clock: TestClock, person: Person) -> None:
    guest = person("viewer")
    change(guest, name=guest.name, role=Role.VIEWER, unit=None, acting_user=person("administrator"), now=clock.now())
    assert not HistoryEntry.objects.exists()


def test_who_was_deactivated_comes_back_with_the_password_they_had(clock: TestClock, person: Person) -> None:
    guest, administrator = person("viewer"), person("administrator")
    deactivate(guest, acting_user=administrator, now=clock.now())
    with pytest.raises(NotNow, match="deactivated already"):
        deactivate(guest, acting_user=administrator, now=clock.now())
    with pytest.raises(NotNow, match="Reactivate them first"):
        new_link(guest, acting_user=administrator, now=clock.now())
    reactivate(guest, acting_user=administrator, now=clock.now())
    assert Client().post("/sign-in/", {"email": guest.email, "password": "a long password"}).status_code == 302


def test_who_comes_back_signs_in_anew_and_makes_new_tokens(
    engine: Engine, clock: TestClock, person: Person, signed_in: Callable[..., Client], calling: Callable[..., Client]
) -> None:
    browser, other, program = signed_in("viewer"), signed_in("marketer"), calling("viewer", scopes=["read"])
    for act in (deactivate, reactivate):
        act(person("viewer"), acting_user=person("administrator"), now=clock.now())
    assert browser.get("/segments/").headers["Location"].startswith("/sign-in/")
    assert program.get("/api/v1/catalog").status_code == 401
    assert other.get("/segments/").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_segments_of_a_unit_follow_their_owner_to_another(
    engine: Engine, keeper: Keeper, clock: TestClock, person: Person, draft: Callable[..., Segment], units: Units
) -> None:
    owner = person("marketer", "north")
    everyone = draft("Everyone", owner=owner, scope=Segment.Scope.BUSINESS_UNIT)
    assert go_live(everyone, acting_user=owner, now=clock.now()) == []
    keeper.step()
    assert set(engine.published["everyone"].members) == {"2", "4"}
    change(
        owner, name=owner.name, role=Role.MARKETER, unit=units["south"],
        acting_user=person("administrator"), now=clock.now(),
    )  # fmt: skip
    keeper.step()
    assert set(engine.published["everyone"].members) == {"1", "3"}


def test_a_new_name_alone_does_not_wake_the_worker(clock: TestClock, person: Person) -> None:
    before = live_revision()
    guest = person("viewer")
    change(guest, name="Bo", role=Role.VIEWER, unit=None, acting_user=person("administrator"), now=clock.now())
    assert live_revision() == before


def test_a_person_who_may_not_manage_sees_facts_and_no_form(
    clock: TestClock, signed_in: Callable[..., Client], person: Person
) -> None:
    colleague = person("viewer")
    page = signed_in("manager").get(colleague.get_absolute_url()).content.decode()
    assert "managed by its administrators" in page
    assert "Deactivate" not in page
    assert "Deactivate" in signed_in("administrator").get(colleague.get_absolute_url()).content.decode()


def test_people_are_found_by_name_and_by_address(
    clock: TestClock, signed_in: Callable[..., Client], person: Person
) -> None:
    person("manager", "south")
    browser = signed_in("administrator")
    assert "Manager of south" in browser.get("/settings/people/?q=manager.SOUTH").content.decode()
    assert "Manager of south" not in browser.get("/settings/people/?q=marketer").content.decode()
