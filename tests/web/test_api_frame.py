"""What all endpoints of the API share: who may ask, how failures are told, and the OpenAPI document."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from ninja import Schema
from openapi_spec_validator import validate

from coterie import Engine
from coterie_web.ui.clock import TestClock

pytestmark = pytest.mark.django_db


def problem(response: Any) -> tuple[int, str]:
    """The status and code of a refusal, which is a problem as RFC 9457 has it."""
    assert response.headers["Content-Type"] == "application/problem+json"
    told = response.json()
    assert told["status"] == response.status_code
    assert told["problems"][0]["code"] == told["code"]
    return response.status_code, told["code"]


def test_a_token_reads_what_its_person_may(engine: Engine, calling: Callable[..., Client]) -> None:
    answer = calling("viewer", scopes=["read"]).get("/api/v1/catalog")
    assert answer.status_code == 200
    assert answer.json()["contact"]["key"] == "contact_id"
    assert [each["name"] for each in answer.json()["entities"]] == ["account", "lead", "event", "registration"]


def test_somebody_signed_in_reads_without_a_token(engine: Engine, signed_in: Callable[..., Client]) -> None:
    assert signed_in("viewer").get("/api/v1/catalog").status_code == 200


def test_nobody_gets_in_without_either(engine: Engine) -> None:
    answer = Client().get("/api/v1/catalog")
    assert problem(answer) == (401, "not_authenticated")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("header", ["Bearer nothing", "Bearer ", "bearer", "Basic dXNlcjpwYXNz", "", "Bearer \0"])
def test_a_header_that_is_no_token_is_refused_even_beside_a_session(
    engine: Engine, signed_in: Callable[..., Client], header: str
) -> None:
    answer = signed_in("administrator").get("/api/v1/catalog", headers={"Authorization": header})
    assert problem(answer) == (401, "invalid_token")


def test_a_token_does_not_do_what_it_was_not_made_for(engine: Engine, calling: Callable[..., Client]) -> None:
    assert problem(calling("administrator", scopes=["records"]).get("/api/v1/catalog")) == (403, "missing_scope")


def test_an_expired_token_is_refused(clock: TestClock, engine: Engine, calling: Callable[..., Client]) -> None:
    client = calling("viewer", scopes=["read"])
    clock.advance(clock.now() + timedelta(days=2))
    assert problem(client.get("/api/v1/catalog")) == (401, "invalid_token")


@pytest.mark.parametrize("path", ["/api/v1/nowhere", "/api/", "/api/v2/catalog", "/api/v1/catalog/", "/api/v1/%00"])
def test_an_address_that_is_none_is_told_as_a_problem(path: str) -> None:
    assert problem(Client().get(path)) == (404, "not_found")


def test_a_method_that_is_not_possible_names_those_that_are(engine: Engine) -> None:
    answer = Client().delete("/api/v1/catalog")
    assert problem(answer) == (405, "method_not_allowed")
    assert answer.headers["Allow"] == "GET"


def test_a_host_that_is_not_ours_is_told_as_a_problem(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["coterie.example"]
    assert problem(Client().get("/api/v1/catalog", headers={"Host": "evil.example"})) == (400, "bad_request")


def test_a_defect_is_told_without_its_details(
    engine: Engine, signed_in: Callable[..., Client], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("coterie_web.catalogs.api.engine", lambda: 1 / 0)
    answer = signed_in("viewer").get("/api/v1/catalog")
    assert problem(answer) == (500, "internal_error")
    assert "division" not in answer.content.decode()
    assert "division" in caplog.text


def test_the_openapi_document_is_valid() -> None:
    document = json.loads(Client().get("/api/v1/openapi.json").content)
    assert document["openapi"].startswith("3.1")
    validate(document)


def test_no_two_shapes_share_one_name() -> None:
    """
    The framework would describe one of them in place of both.
    """
    shapes = Counter(shape.__name__ for shape in _below(Schema) if shape.__module__.startswith("coterie_web"))
    shared = [name for name, count in shapes.items() if count > 1 and not name.startswith(("_", "Page["))]
    assert shared == []


def _below(shape: type) -> set[type]:
    return {each for inner in shape.__subclasses__() for each in (inner, *_below(inner))}
