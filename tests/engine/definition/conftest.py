"""The shop of the language's own page, as a catalog."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from coterie.catalog.model import (
    Attribute,
    AttributeType,
    Catalog,
    Contact,
    Entity,
    Interaction,
    Organization,
    Relation,
    RelationKind,
)
from coterie.definition import StaticSegment, parse
from coterie.errors import DefinitionError


def attributes(*choices: Attribute, **types: str) -> dict[str, Attribute]:
    plain = {name: Attribute(name=name, type=AttributeType(kind)) for name, kind in types.items()}
    return plain | {attribute.name: attribute for attribute in choices}


CONTACT = Contact(
    name="contact",
    key="contact_id",
    business_unit="business_unit",
    attributes=attributes(
        Attribute(name="interests", type=AttributeType.MULTI_CHOICE, choices=("running", "cycling", "cooking")),
        Attribute(name="tier", type=AttributeType.CHOICE, choices=("Gold", "Silver")),
        contact_id="text",
        business_unit="text",
        city="text",
        country="text",
        age="number",
        subscribed="boolean",
        created_on="datetime",
        birth_date="date",
        languages="multi_choice",
    ),
)

CATALOG = Catalog(
    organization=Organization(time_zone="Europe/Paris"),
    contact=CONTACT,
    entities={
        "contact": CONTACT,
        "lead": Entity(
            name="lead", key="lead_id", attributes=attributes(score="number", status="choice", created_on="datetime")
        ),
        "registration": Entity(name="registration", key="registration_id", attributes=attributes(cancelled="boolean")),
        "event": Entity(name="event", key="event_id", attributes=attributes(name="text", starts_on="date")),
    },
    relations={
        name: Relation(name=name, source=source, target=target, kind=RelationKind(kind), column=column)
        for name, source, target, kind, column in (
            ("leads", "contact", "lead", "one_to_many", "contact_id"),
            ("registrations", "contact", "registration", "one_to_many", "contact_id"),
            ("registrations.event", "registration", "event", "many_to_one", "event_id"),
        )
    },
    interactions={
        "email_opened": Interaction(
            name="email_opened", attributes=attributes(message="text", device="choice", topics="multi_choice")
        ),
        "purchase": Interaction(name="purchase", attributes=attributes(amount="number", product="text")),
    },
)


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return CATALOG


@pytest.fixture(scope="session")
def example() -> str:
    return Path(__file__).with_name("example.yaml").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def refusal() -> Callable[[Any], list[tuple[str, str]]]:
    """The codes and paths of all problems that `parse` finds; none where it finds none."""

    def refused(source: Any) -> list[tuple[str, str]]:
        try:
            parse(source)
        except DefinitionError as error:
            return [(problem.code, problem.path) for problem in error.problems]
        return []

    return refused


@pytest.fixture(scope="session")
def static() -> Callable[..., StaticSegment]:
    """A static segment of that key."""

    def make(key: str, *members: str) -> StaticSegment:
        segment = parse({"coterie": 1, "segment": key, "name": key, "type": "static", "members": list(members)})
        assert isinstance(segment, StaticSegment)
        return segment

    return make
