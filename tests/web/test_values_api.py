"""Which values occur in the data, with how often, for programs that build definitions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from coterie import Engine

pytestmark = pytest.mark.django_db(transaction=True)


def asked(client: Client, name: str, attribute: str, **more: object) -> Any:
    return client.get("/api/v1/catalog/values", {"name": name, "attribute": attribute, **more})


def counted(answer: Any) -> dict[Any, int]:
    return {each["value"]: each["count"] for each in answer.json()["values"]}


def test_values_come_with_how_many_records_have_them(engine: Engine, calling: Callable[..., Client]) -> None:
    reader = calling("viewer", scopes=["read"])
    answer = asked(reader, "contact", "city").json()
    assert answer["values"][0] == {"value": "Oslo", "count": 2}
    assert counted(asked(reader, "contact", "interests")) == {"running": 2, "cycling": 2, "hiking": 1, "yoga": 1}
    assert counted(asked(reader, "purchase", "amount")) == {120.5: 1, 20: 1, 80: 1, 15.25: 1}


def test_what_is_typed_is_looked_for_and_a_limit_kept(engine: Engine, calling: Callable[..., Client]) -> None:
    reader = calling("viewer", scopes=["read"])
    assert counted(asked(reader, "contact", "city", containing="BER")) == {"Bergen": 1}
    assert len(asked(reader, "contact", "city", limit=1).json()["values"]) == 1


def test_values_are_those_of_the_contacts_that_one_sees(engine: Engine, calling: Callable[..., Client]) -> None:
    north = calling("viewer", "north", scopes=["read"])
    assert counted(asked(north, "contact", "city")) == {"Oslo": 2, "Bergen": 1}
    assert counted(asked(north, "purchase", "amount")) == {80: 1, 15.25: 1}


@pytest.mark.parametrize(
    ("name", "attribute", "code"),
    [
        ("contcat", "city", "unknown_entity"),
        ("contact", "ctiy", "unknown_attribute"),
        ("contact", "", "unknown_attribute"),
    ],
)
def test_what_is_not_in_the_catalog_has_no_values(
    engine: Engine, calling: Callable[..., Client], name: str, attribute: str, code: str
) -> None:
    answer = asked(calling("viewer", scopes=["read"]), name, attribute)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
