"""The tree of business units: grown, turned, pruned, and what of the data is not yet in it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from coterie import Engine
from coterie_web.accounts.models import BusinessUnit, User
from coterie_web.accounts.unit_tree import add_unit, change_unit, remove_unit
from coterie_web.catalogs.units import FoundUnit, units_in_data
from coterie_web.segments.queries import live_revision
from coterie_web.ui.clock import TestClock
from coterie_web.ui.refusals import NotAllowed, NotNow

pytestmark = pytest.mark.django_db

Person = Callable[..., User]
Units = dict[str, BusinessUnit]


def move(unit: BusinessUnit, under: BusinessUnit | None, acting_user: User, clock: TestClock) -> BusinessUnit:
    return change_unit(unit, key=unit.key, name=unit.name, parent=under, acting_user=acting_user, now=clock.now())


def test_a_unit_is_added_under_another(clock: TestClock, person: Person, units: Units) -> None:
    added = add_unit(
        "lofoten", name="Lofoten", parent=units["fjords"], acting_user=person("administrator"), now=clock.now()
    )
    assert added.parent == units["fjords"]


@pytest.mark.parametrize("under", ["north", "fjords"])
def test_a_unit_never_lies_under_itself(clock: TestClock, person: Person, units: Units, under: str) -> None:
    with pytest.raises(NotNow, match="itself, or lies under it") as refusal:
        move(units["north"], units[under], person("administrator"), clock)
    assert refusal.value.code == "unit_circle"


def test_a_unit_moves_with_all_that_is_under_it(clock: TestClock, person: Person, units: Units) -> None:
    move(units["north"], units["south"], person("administrator"), clock)
    assert BusinessUnit.objects.get(key="fjords").parent == units["north"]


def test_two_units_do_not_have_one_key(clock: TestClock, person: Person, units: Units) -> None:
    with pytest.raises(NotNow, match="has the key south already"):
        add_unit("south", name="Again", parent=None, acting_user=person("administrator"), now=clock.now())
    with pytest.raises(NotNow, match="has the key south already"):
        change_unit(
            units["north"], key="south", name="North", parent=None, acting_user=person("administrator"), now=clock.now()
        )


def test_a_unit_is_removed_once_nobody_and_nothing_is_in_it(clock: TestClock, person: Person, units: Units) -> None:
    administrator, guest = person("administrator"), person("viewer", "fjords")
    for full, what in (("fjords", "1 person and no units"), ("north", "no people and 1 unit")):
        with pytest.raises(NotNow, match=what) as refusal:
            remove_unit(units[full], acting_user=administrator, now=clock.now())
        assert refusal.value.code == "unit_not_empty"
    guest.delete()
    remove_unit(units["fjords"], acting_user=administrator, now=clock.now())
    remove_unit(units["north"], acting_user=administrator, now=clock.now())
    assert list(BusinessUnit.objects.values_list("key", flat=True)) == ["south"]


def test_a_unit_that_was_removed_meanwhile_says_so(clock: TestClock, person: Person, units: Units) -> None:
    administrator = person("administrator")
    stale = BusinessUnit.objects.get(key="south")
    remove_unit(units["south"], acting_user=administrator, now=clock.now())
    with pytest.raises(NotNow, match="removed meanwhile"):
        remove_unit(stale, acting_user=administrator, now=clock.now())
    with pytest.raises(NotNow, match="removed meanwhile"):
        move(units["north"], stale, administrator, clock)


@pytest.mark.parametrize(("role", "unit"), [("manager", None), ("administrator", "north")])
def test_only_administrators_of_the_organization_change_units(
    clock: TestClock, person: Person, units: Units, role: str, unit: str | None
) -> None:
    acting_user = person(role, unit)
    with pytest.raises(NotAllowed):
        add_unit("lofoten", name="Lofoten", parent=units["north"], acting_user=acting_user, now=clock.now())
    with pytest.raises(NotAllowed):
        move(units["fjords"], None, acting_user, clock)
    with pytest.raises(NotAllowed):
        remove_unit(units["fjords"], acting_user=acting_user, now=clock.now())


def test_another_key_changes_what_segments_of_the_unit_are(clock: TestClock, person: Person, units: Units) -> None:
    before, administrator = live_revision(), person("administrator")
    change_unit(units["south"], key="south", name="Sud", parent=None, acting_user=administrator, now=clock.now())
    assert live_revision() == before, "a name is only a name"
    change_unit(units["south"], key="sud", name="Sud", parent=None, acting_user=administrator, now=clock.now())
    assert live_revision() == before + 1


def test_units_in_the_data_are_offered_until_they_are_in_the_tree(
    engine: Engine, person: Person, signed_in: Callable[..., Client]
) -> None:
    assert units_in_data() == []
    BusinessUnit.objects.filter(key="fjords").delete()
    BusinessUnit.objects.filter(key="south").delete()
    assert units_in_data() == [FoundUnit(key="south", contacts=2), FoundUnit(key="fjords", contacts=1)]
    browser = signed_in("administrator")
    page = browser.get("/settings/units/found/").content.decode()
    assert "/settings/units/new/?key=south" in page
    assert 'value="south"' in browser.get("/settings/units/new/?key=south").content.decode()


def test_people_of_a_unit_see_no_unit_beside_it(
    clock: TestClock, engine: Engine, signed_in: Callable[..., Client], units: Units
) -> None:
    BusinessUnit.objects.create(key="hills", name="Hills", parent=units["north"])
    browser = signed_in("administrator", "fjords")
    for page in ("/settings/units/", units["north"].get_absolute_url()):
        text = browser.get(page).content.decode()
        assert "North" in text
        assert not any(stranger in text for stranger in ("South", "Hills"))
