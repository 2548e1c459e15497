"""A small shop, its people, and a clock that stands: what the tests of the web application share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client

import coterie
from coterie import Engine
from coterie_web.accounts.models import BusinessUnit, Role, User
from coterie_web.accounts.tokens import make_token
from coterie_web.catalogs.engine import provide, withdraw
from coterie_web.segments.lifecycle import go_live
from coterie_web.segments.membership import snapshots
from coterie_web.segments.models import Segment
from coterie_web.ui.clock import MachineClock, TestClock, set_clock
from coterie_web.worker.keeper import Keeper

CATALOG = (Path(coterie.__file__).parent / "cli" / "demo" / "catalog.yaml").read_text(encoding="utf-8")
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)

CONTACTS = [
    # key, name, city, unit, age, interests
    ("1", "Ana Oliveira", "Lisbon", "south", 34, "running;cycling"),
    ("2", "Ben Okafor", "Oslo", "north", 51, "hiking"),
    ("3", "Chloé Beaumont", "Paris", "south", 28, "running"),
    ("4", "Dag Lindqvist", "Oslo", "north", 45, ""),
    ("5", "Elif Yıldız", None, None, None, "yoga"),
    ("6", "Fay Zhang", "Bergen", "fjords", 39, "cycling"),
]
PURCHASES = [("1", 3, "120.50"), ("1", 40, "20"), ("2", 5, "80"), ("6", 100, "15.25")]
"""Whose, how many days before noon, for how much."""


@pytest.fixture
def clock() -> Iterator[TestClock]:
    """It is noon, 23 November 2026, until the test advances it."""
    clock = TestClock(NOON)
    set_clock(clock)
    yield clock
    set_clock(MachineClock())


@pytest.fixture
def engine(clock: TestClock) -> Iterator[Engine]:
    """The engine of the process, in memory, with six contacts and four purchases."""
    with coterie.open(":memory:", catalog=CATALOG, threads=1) as engine:
        engine.load("contact", [_contact(*row) for row in CONTACTS])
        engine.load("purchase", [_purchase(number, *row) for number, row in enumerate(PURCHASES)])
        provide(engine)
        yield engine
        withdraw()
    snapshots._snapshots.clear()  # they are of this engine; the next one counts its publications from one again


def _contact(
    key: str, name: str, city: str | None, unit: str | None, age: int | None, interests: str
) -> dict[str, object]:
    first, last = name.split()
    return {
        "contact_id": key, "first_name": first, "last_name": last, "email": f"{first}@example.com".lower(),
        "city": city, "business_unit": unit, "age": age, "interests": interests,
    }  # fmt: skip


def _purchase(number: int, contact: str, days: int, amount: str) -> dict[str, object]:
    when = NOON - timedelta(days=days)
    return {"message_id": f"p{number}", "contact_id": contact, "occurred_at": when, "amount": amount, "product": "Tent"}


@pytest.fixture
def units(db: None) -> dict[str, BusinessUnit]:
    """North with the fjords below it, and south beside it."""
    north = BusinessUnit.objects.create(key="north", name="North")
    return {
        "north": north,
        "fjords": BusinessUnit.objects.create(key="fjords", name="Fjords", parent=north),
        "south": BusinessUnit.objects.create(key="south", name="South"),
    }


@pytest.fixture
def person(units: dict[str, BusinessUnit]) -> Callable[..., User]:
    """Makes people: `person("marketer")`, `person("manager", "north")`; the same again for the same words."""

    def person(role: str, unit: str | None = None) -> User:
        found = User.objects.filter(email=f"{role}.{unit or 'all'}@example.com").first()
        if found is not None:
            return found
        user = User(
            email=f"{role}.{unit or 'all'}@example.com",
            name=f"{Role(role).label} of {unit or 'all'}",
            role=role,
            unit=units[unit] if unit else None,
        )
        user.set_password("a long password")
        user.save()
        return user

    return person


@pytest.fixture
def signed_in(person: Callable[..., User]) -> Callable[..., Client]:
    """A browser in which somebody has signed in: `signed_in("marketer", "north")`."""

    def signed_in(role: str = "marketer", unit: str | None = None) -> Client:
        client = Client()
        client.force_login(person(role, unit))
        return client

    return signed_in


@pytest.fixture
def calling(clock: TestClock, person: Callable[..., User]) -> Callable[..., Client]:
    """A program with a token, which ends tomorrow: `calling("marketer", "north", scopes=["read"])`."""

    def calling(role: str = "marketer", unit: str | None = None, scopes: Sequence[str] = ("read", "write")) -> Client:
        _, secret = make_token(person(role, unit), "A test", scopes, clock.now() + timedelta(days=1), clock.now())
        return Client(headers={"Authorization": f"Bearer {secret}"})

    return calling


@pytest.fixture
def draft(person: Callable[..., User]) -> Callable[..., Segment]:
    """Makes a draft: `draft("Runners", {...}, owner=...)`."""

    def draft(name: str, definition: object = None, owner: User | None = None, **more: object) -> Segment:
        key = name.lower().replace(" ", "-")
        everyone = {"blocks": [{"block": {"kind": "everyone"}}]}
        kept = {"key": key, "type": "dynamic", "definition": definition or everyone, **more}
        owner = owner or person("marketer")
        return Segment.objects.create(name=name, owner=owner, created_at=NOON, changed_at=NOON, **kept)

    return draft


@pytest.fixture
def keeper(engine: Engine) -> Keeper:
    """The worker, made to do a step when the test says so: `keeper.step()`."""
    return Keeper(keep=timedelta(days=90))


@pytest.fixture
def live(keeper: Keeper, clock: TestClock, draft: Callable[..., Segment]) -> Callable[..., Segment]:
    """Makes a live segment with its members published: `live("Runners", {...}, owner=...)`."""

    def live(name: str, definition: object = None, owner: User | None = None, **more: object) -> Segment:
        segment = draft(name, definition, owner, **more)
        assert go_live(segment, acting_user=segment.owner, now=clock.now()) == []
        keeper.step()
        segment.refresh_from_db()
        return segment

    return live
