"""Requests made up from the OpenAPI document: each is answered as it says, none with a failure of the server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from coterie import Engine
from coterie_web.accounts.models import User
from coterie_web.accounts.tokens import make_token
from coterie_web.api.v1 import api
from coterie_web.segments.lifecycle import go_live
from coterie_web.segments.models import Segment
from coterie_web.ui.clock import TestClock
from coterie_web.worker.keeper import Keeper

EXAMPLES = 8
"""Of each operation: some three hundred in all. `script/campaign-api` makes thousands."""

CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)

DOCUMENT = api.get_openapi_schema(path_prefix="/api/v1/")
SCHEMA = schemathesis.openapi.from_dict(dict(DOCUMENT))
OPERATIONS = {
    details["operationId"]: (path, method)
    for path, methods in DOCUMENT["paths"].items()
    for method, details in methods.items()
}


@pytest.fixture
def token(
    engine: Engine,
    clock: TestClock,
    keeper: Keeper,
    draft: Callable[..., Segment],
    person: Callable[..., User],
) -> str:
    """The secret of an administrator's token; there is a live segment and a draft."""
    administrator, moment = person("administrator"), clock.now()
    go_live(draft("Everyone"), acting_user=administrator, now=moment)
    keeper.step()
    draft("Another")
    return make_token(administrator, "Fuzz", ["read", "write", "records"], moment + timedelta(days=9_000), moment)[1]


@pytest.fixture
def application() -> Iterator[WSGIHandler]:
    """The application as a server calls it, but that the connection of the test stays open."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield get_wsgi_application()
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.mark.django_db
@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_answers_as_the_document_says(
    operation: str, token: str, application: WSGIHandler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("coterie_web.api.clock.wait_until_done", _done)
    path, method = OPERATIONS[operation]

    @seed(4)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=SCHEMA[path][method.upper()].as_strategy())
    def answered(case: Any) -> None:
        headers = {"Authorization": f"Bearer {token}", "Host": "testserver"}
        response = case.call(headers=headers, app=application, base_url="http://testserver")
        case.validate_response(response, checks=list(CHECKS))

    answered()


def _done(*, seconds: float) -> bool:
    """No worker runs here that could be waited for."""
    return seconds > 0
