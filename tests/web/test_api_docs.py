"""The page of the API: every request that it shows is sent, in order, and answered as it shows."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from coterie import Engine
from coterie_web.accounts.models import User
from coterie_web.api.v1 import api
from coterie_web.segments.lifecycle import go_live
from coterie_web.segments.models import Segment
from coterie_web.ui.clock import TestClock
from coterie_web.worker.keeper import Keeper

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```http\n(.*?)^```\n```json (\d+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
ANYTHING = "…"


@pytest.fixture
def running(keeper: Keeper) -> Iterator[None]:
    """The worker, which does a step before every request, and runs by itself while the clock is advanced."""
    ended = Event()
    thread = Thread(target=keeper.run, args=(ended.is_set,))
    thread.start()
    yield
    ended.set()
    thread.join()


@pytest.mark.django_db(transaction=True, reset_sequences=True)
def test_every_example_is_answered_as_the_page_shows(
    engine: Engine,
    running: None,
    clock: TestClock,
    calling: Callable[..., Client],
    draft: Callable[..., Segment],
    person: Callable[..., User],
) -> None:
    everyone = draft("Everyone")
    go_live(everyone, acting_user=person("marketer"), now=clock.now())
    client = calling("administrator", scopes=["read", "write", "records"])
    caught_up(client, clock)
    assert len(EXAMPLES) >= 8
    for request, status, answer in EXAMPLES:
        told = send(client, request.replace("{everyone}", str(everyone.id)))
        assert told.status_code == int(status), (request, told.content)
        assert_alike(told.json(), json.loads(answer), request.partition("\n")[0])
        caught_up(client, clock)


def caught_up(client: Client, clock: TestClock) -> None:
    """Wait until the worker has done all that is due."""
    body = json.dumps({"now": clock.now().isoformat()})
    assert client.post("/api/v1/clock", body, content_type="application/json").status_code == 200


def send(client: Client, request: str) -> Any:
    head, _, body = request.partition("\n\n")
    line, *headers = head.strip().split("\n")
    method, path = line.split(" ")
    given = dict(header.split(": ", 1) for header in headers)
    return client.generic(method, path, body.encode(), content_type="application/json", headers=given)


def assert_alike(told: Any, shown: Any, place: str) -> None:
    """The answer is what is shown, but where anything will do."""
    if shown == ANYTHING:
        return
    if isinstance(shown, dict) and isinstance(told, dict):
        assert told.keys() == shown.keys(), place
        for name, value in shown.items():
            assert_alike(told[name], value, f"{place}.{name}")
    elif isinstance(shown, list) and isinstance(told, list):
        assert len(told) == len(shown), (place, told)
        for number, (each, value) in enumerate(zip(told, shown, strict=True)):
            assert_alike(each, value, f"{place}[{number}]")
    else:
        assert told == shown, place


def test_every_address_is_on_the_page() -> None:
    for path in api.get_openapi_schema(path_prefix="/")["paths"]:
        shown = re.sub(r"\{contact_id\}", "{key}", path)
        shown = re.sub(r"\{\w+_id\}", lambda found: "{batch}" if "batch" in found[0] else "{id}", shown)
        assert re.search(rf"[`/ 1]{re.escape(shown)}[`?\s]", PAGE), shown


def test_the_document_is_where_the_page_says() -> None:
    assert reverse("api-1:openapi-json") == "/api/v1/openapi.json"
