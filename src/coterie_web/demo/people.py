"""The units and people of the demo's shop: somebody in every role."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from coterie_web.accounts.history import record
from coterie_web.accounts.models import BusinessUnit, Role, User

__all__ = ["STREAM", "add_people", "people"]

_UNITS = (
    # key, as contacts have it; the unit over it
    ("Americas", None),
    ("International", None),
    ("APAC", "International"),
    ("EMEA", "International"),
)


@dataclass(frozen=True, slots=True)
class _Person:
    name: str
    role: Role
    unit: str | None

    @property
    def email(self) -> str:
        return f"{self.role}@shop.example"


_PEOPLE = (
    _Person("Ana Oliveira", Role.ADMINISTRATOR, None),
    _Person("Ben Okafor", Role.MANAGER, "International"),
    _Person("Maya Chen", Role.MARKETER, None),
    _Person("Elif Yılmaz", Role.VIEWER, "EMEA"),
)

STREAM = "stream@shop.example"
"""Who sends what customers do, as a shop's own program would. Nobody signs in as it."""


def add_people(now: datetime) -> None:
    """Make the units and people that are not there. Nobody has a password: links sign them in."""
    for key, parent in _UNITS:
        over = None if parent is None else BusinessUnit.objects.get(key=parent)
        BusinessUnit.objects.get_or_create(key=key, defaults={"name": key, "parent": over})
    for person in _PEOPLE:
        unit = None if person.unit is None else BusinessUnit.objects.get(key=person.unit)
        _add(person.email, now, name=person.name, role=person.role, unit=unit)
    _add(STREAM, now, name="The shop's web site", role=Role.ADMINISTRATOR, is_active=False)


def _add(email: str, now: datetime, **about: object) -> None:
    user, is_new = User.objects.get_or_create(email=email, defaults=about)
    if is_new:
        user.set_unusable_password()
        user.save()
        record("joined", of=("person", str(user.id), user.name), acting_user=None, now=now)


def people() -> list[User]:
    """Those who can sign in, the most powerful first."""
    found = {user.email: user for user in User.objects.filter(is_active=True).select_related("unit")}
    return [found[person.email] for person in _PEOPLE if person.email in found]
