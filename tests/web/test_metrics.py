"""What is told to who watches the server: metrics, request ids, lines of log."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable

import pytest
from django.db import OperationalError, connection
from django.test import Client

from coterie import Engine
from coterie_web.accounts.models import User
from coterie_web.ingest.receiving import receive
from coterie_web.segments.lifecycle import go_live
from coterie_web.segments.models import Segment
from coterie_web.site.logs import JsonLines, WithRequestId
from coterie_web.ui.clock import TestClock
from coterie_web.worker.keeper import Keeper

pytestmark = pytest.mark.django_db(transaction=True)


def value_of(text: str, sample: str) -> float:
    """The value of a sample, named as it stands in the text."""
    [line] = [line for line in text.splitlines() if line.startswith(f"{sample} ")]
    return float(line.rpartition(" ")[2])


def test_metrics_say_how_things_stand(
    engine: Engine,
    keeper: Keeper,
    clock: TestClock,
    calling: Callable[..., Client],
    draft: Callable[..., Segment],
    person: Callable[..., User],
) -> None:
    administrator = person("administrator")
    go_live(draft("Everyone"), acting_user=administrator, now=clock.now())
    draft("Another")
    keeper.step()
    record = b'[{"type": "upsert", "entity": "contact", "record": {"contact_id": "9"}}]'
    receive(record, idempotency_key=None, acting_user=administrator, now=clock.now())
    text = calling("administrator", scopes=["read"]).get("/metrics").content.decode()
    assert value_of(text, "coterie_inbox_waiting_records") == 1
    assert value_of(text, "coterie_live_segments") == 1
    assert value_of(text, 'coterie_segments{status="draft"}') == 1
    assert value_of(text, "coterie_data_version") == engine.data_version
    assert value_of(text, "coterie_published_data_version") == engine.data_version
    assert value_of(text, "coterie_refresh_seconds_count") >= 1


def test_requests_are_measured_by_route_and_not_by_address(engine: Engine, calling: Callable[..., Client]) -> None:
    client = calling("administrator", scopes=["read"])
    client.get("/segments/00000000-0000-0000-0000-000000000000/")
    text = client.get("/metrics").content.decode()
    assert 'route="segments/<uuid:segment_id>/"' in text
    assert "00000000-0000" not in text


def test_metrics_are_for_administrators_of_the_organization(engine: Engine, calling: Callable[..., Client]) -> None:
    assert Client().get("/metrics").status_code == 401
    for role, unit in (("viewer", None), ("manager", None), ("administrator", "north")):
        assert calling(role, unit, scopes=["read"]).get("/metrics").status_code == 403
    assert calling("administrator", scopes=["write"]).get("/metrics").status_code == 403


def test_a_request_has_an_id_its_own_or_that_of_the_proxy(engine: Engine) -> None:
    first, second = (Client().get("/healthz").headers["X-Request-Id"] for _ in range(2))
    assert first != second
    assert Client().get("/healthz", headers={"X-Request-Id": "proxy-17"}).headers["X-Request-Id"] == "proxy-17"
    assert Client().get("/healthz", headers={"X-Request-Id": "a b\n"}).headers["X-Request-Id"] != "a b\n"


def test_a_control_database_that_does_not_answer_is_told(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise OperationalError("nobody is there")

    monkeypatch.setattr(connection, "cursor", away)
    answer = Client().get("/healthz")
    assert answer.status_code == 503
    assert (answer.json()["ok"], answer.json()["control"], answer.json()["insights"]) == (False, False, True)


def test_the_log_has_a_line_of_json_for_each_request(
    engine: Engine, calling: Callable[..., Client], person: Callable[..., User], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.handler.addFilter(WithRequestId())
    with caplog.at_level(logging.INFO, logger="coterie.requests"):
        calling("viewer", scopes=["read"]).get("/api/v1/catalog", headers={"X-Request-Id": "seventeen"})
        Client().get("/healthz")
    [record] = [record for record in caplog.records if record.name == "coterie.requests"]
    line = json.loads(JsonLines().format(record))
    assert (line["method"], line["path"], line["status"]) == ("GET", "/api/v1/catalog", 200)
    assert (line["user"], line["request_id"]) == (str(person("viewer").id), "seventeen")
