"""Adding, changing and removing business units: each with its history entry."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction

from coterie_web.accounts.history import differences, record
from coterie_web.accounts.models import BusinessUnit, User
from coterie_web.accounts.permissions import may_keep_units
from coterie_web.accounts.scopes import scopes_changed
from coterie_web.ui.refusals import NotNow, demand

__all__ = ["add_unit", "change_unit", "remove_unit"]


def _demand(acting_user: User) -> None:
    demand(
        may_keep_units(acting_user),
        "Only an administrator of the whole organization changes its units. Ask one of them.",
    )


def _subject(unit: BusinessUnit) -> tuple[str, str, str]:
    return "unit", str(unit.id), unit.name


@transaction.atomic
def add_unit(key: str, *, name: str, parent: BusinessUnit | None, acting_user: User, now: datetime) -> BusinessUnit:
    """A new unit, under `parent`. Its contacts are those that have the key."""
    _demand(acting_user)
    units = _locked()
    if parent is not None:
        _demand_there(parent, units)
    _demand_key_is_free(key, units)
    unit = BusinessUnit.objects.create(key=key, name=name, parent=parent)
    record("added", of=_subject(unit), acting_user=acting_user, now=now, details={"key": key})
    return unit


def _locked() -> dict[uuid.UUID, BusinessUnit]:
    """The whole tree, locked: two changes that are right alone may close a circle together."""
    return {unit.id: unit for unit in BusinessUnit.objects.select_for_update().order_by("id")}


def _demand_there(unit: BusinessUnit, units: dict[uuid.UUID, BusinessUnit]) -> None:
    if unit.id not in units:
        raise NotNow("unit_gone", f"{unit.name} was removed meanwhile.")


def _demand_key_is_free(key: str, units: dict[uuid.UUID, BusinessUnit], *, but: BusinessUnit | None = None) -> None:
    for unit in units.values():
        if unit.key == key and unit != but:
            raise NotNow("key_taken", f"The unit {unit.name} has the key {key} already. Choose another.")


@transaction.atomic
def change_unit(
    unit: BusinessUnit, *, key: str, name: str, parent: BusinessUnit | None, acting_user: User, now: datetime
) -> BusinessUnit:
    """Rename the unit, give it another key, or move it, with all that is under it."""
    _demand(acting_user)
    units = _locked()
    _demand_there(unit, units)
    unit = units[unit.id]
    _demand_key_is_free(key, units, but=unit)
    if parent is not None:
        _demand_there(parent, units)
    if parent is not None and unit.id in _line(parent.id, units):
        raise NotNow("unit_circle", f"{parent.name} is {unit.name} itself, or lies under it. Choose another.")
    before = {"name": unit.name, "key": unit.key, "under": _name(unit.parent)}
    is_rekeyed = key != unit.key
    unit.key, unit.name, unit.parent = key, name, parent
    unit.save()
    changes = differences(before, {"name": name, "key": key, "under": _name(parent)})
    if changes:
        record("changed", of=_subject(unit), acting_user=acting_user, now=now, details=changes)
    if is_rekeyed:
        scopes_changed()
    return unit


def _name(unit: BusinessUnit | None) -> str | None:
    return None if unit is None else unit.name


def _line(unit_id: uuid.UUID | None, units: dict[uuid.UUID, BusinessUnit]) -> set[uuid.UUID]:
    """A unit and all above it."""
    line: set[uuid.UUID] = set()
    while unit_id is not None:
        line.add(unit_id)
        unit_id = units[unit_id].parent_id
    return line


@transaction.atomic
def remove_unit(unit: BusinessUnit, *, acting_user: User, now: datetime) -> None:
    """Remove a unit that has no people and no units under it. The data of its contacts stay as they are."""
    _demand(acting_user)
    _demand_there(unit, _locked())
    people, children = unit.people.count(), unit.children.count()
    if people or children:
        raise NotNow(
            "unit_not_empty",
            f"{unit.name} has {_counted(people, 'person', 'people')} and {_counted(children, 'unit', 'units')} under"
            " it. Move them elsewhere first.",
        )
    record("removed", of=_subject(unit), acting_user=acting_user, now=now, details={"key": unit.key})
    unit.delete()


def _counted(number: int, one: str, many: str) -> str:
    return f"{number or 'no'} {one if number == 1 else many}"
