"""The test clock over the API: advancing it drives the worker."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from threading import Event, Thread
from typing import Any

import pytest
from django.test import Client

from coterie import Engine
from coterie_web.accounts.models import User
from coterie_web.ingest.receiving import receive
from coterie_web.segments.lifecycle import go_live
from coterie_web.segments.models import Segment
from coterie_web.ui.clock import MachineClock, TestClock, set_clock
from coterie_web.worker.keeper import Keeper

pytestmark = pytest.mark.django_db(transaction=True)

CLOCK = "/api/v1/clock"
RECENT = {
    "blocks": [
        {
            "block": {
                "kind": "interaction",
                "interaction": "purchase",
                "window": {"kind": "last", "count": 7, "unit": "days"},
                "operator": "at_least",
                "value": 1,
            }
        }
    ]
}


@pytest.fixture
def running(keeper: Keeper) -> Iterator[None]:
    """The worker runs in a thread of its own, as in the server."""
    ended = Event()
    thread = Thread(target=keeper.run, args=(ended.is_set,))
    thread.start()
    yield
    ended.set()
    thread.join()


def advance(client: Client, moment: object) -> Any:
    return client.post(CLOCK, json.dumps({"now": moment}), content_type="application/json")


def test_advancing_answers_when_all_that_is_due_is_done(
    engine: Engine,
    running: None,
    clock: TestClock,
    signed_in: Callable[..., Client],
    draft: Callable[..., Segment],
    person: Callable[..., User],
) -> None:
    administrator = signed_in("administrator")
    go_live(draft("Recent buyers", RECENT), acting_user=person("administrator"), now=clock.now())
    answer = advance(administrator, clock.now().isoformat())
    assert answer.status_code == 200
    assert set(engine.published["recent-buyers"].members) == {"1", "2"}
    record = {
        "type": "interaction",
        "interaction": "purchase",
        "record": {"contact_id": "4", "occurred_at": "2026-11-28"},
    }
    sender = person("administrator")
    receive(json.dumps([record]).encode(), idempotency_key=None, acting_user=sender, now=clock.now())
    assert advance(administrator, "2026-11-28T12:00:00Z").json()["now"] == "2026-11-28T12:00:00Z"
    assert set(engine.published["recent-buyers"].members) == {"4"}
    assert administrator.get(CLOCK).json()["data_version"] == engine.data_version


def test_time_never_goes_back(engine: Engine, clock: TestClock, calling: Callable[..., Client]) -> None:
    administrator = calling("administrator", scopes=["write"])
    answer = advance(administrator, (clock.now() - timedelta(seconds=1)).isoformat())
    assert (answer.status_code, answer.json()["code"]) == (409, "clock_goes_on")


@pytest.mark.parametrize("moment", ["noon", "2026-11-28T12:00:00", "", 5, None, "0001-01-01T00:00:00+23:59"])
def test_what_is_no_moment_is_refused(engine: Engine, calling: Callable[..., Client], moment: object) -> None:
    answer = advance(calling("administrator", scopes=["write"]), moment)
    assert answer.status_code in {409, 422}
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_only_administrators_advance_it(engine: Engine, calling: Callable[..., Client]) -> None:
    assert advance(calling("manager", scopes=["write"]), "2026-11-28T12:00:00Z").status_code == 403
    assert advance(calling("administrator", "north", scopes=["write"]), "2026-11-28T12:00:00Z").status_code == 403


def test_there_is_none_where_the_server_was_started_without(engine: Engine, signed_in: Callable[..., Client]) -> None:
    administrator = signed_in("administrator")
    set_clock(MachineClock())
    assert administrator.get(CLOCK).content == administrator.get("/api/v1/nowhere").content
    assert advance(administrator, "2026-11-28T12:00:00Z").status_code == 404
