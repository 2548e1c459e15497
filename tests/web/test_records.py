"""Records sent to the API: what is acknowledged, what is refused, and what is told of them afterwards."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

import coterie
from coterie import Engine
from coterie_web.accounts.models import User
from coterie_web.ingest.applying import forget_applied
from coterie_web.ingest.models import InboxBatch
from coterie_web.ingest.waiting import MOST_WAITING
from coterie_web.ui.clock import TestClock
from coterie_web.worker.keeper import Keeper

pytestmark = pytest.mark.django_db(transaction=True)

RECORDS = "/api/v1/records"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def upsert(contact: str, **more: object) -> dict[str, object]:
    return {"type": "upsert", "entity": "contact", "record": {"contact_id": contact, **more}}


def purchase(contact: str, **more: object) -> dict[str, object]:
    record = {"contact_id": contact, "occurred_at": "2026-11-23T10:00Z", **more}
    return {"type": "interaction", "interaction": "purchase", "record": record}


def problem(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


@pytest.fixture
def sender(engine: Engine, calling: Callable[..., Client]) -> Client:
    """A program that sends records."""
    return calling("administrator", scopes=["records"])


def send(client: Client, content: object, key: str | None = None, **headers: str) -> Any:
    headers |= {"Idempotency-Key": key} if key is not None else {}
    body = content if isinstance(content, bytes | str) else json.dumps(content)
    return client.post(RECORDS, body, content_type="application/json", headers=headers)


def test_an_acknowledged_batch_is_applied_and_reported(sender: Client, engine: Engine, keeper: Keeper) -> None:
    answer = send(sender, [upsert("9", city="Rome"), purchase("9", amount=3)])
    assert answer.status_code == 202
    told = answer.json()
    assert (told["records"], told["unusable"], told["made_ids"]) == (2, 0, 1)
    before = sender.get(f"{RECORDS}/{told['batch']}").json()
    assert (before["applied_at"], before["report"]) == (None, None)
    keeper.step()
    after = sender.get(f"{RECORDS}/{told['batch']}").json()
    assert (after["data_version"], after["report"]["added"], after["report"]["batches"]) == (engine.data_version, 2, 1)
    in_rome = {"kind": "profile", "where": {"attribute": "city", "operator": "is", "value": "Rome"}}
    assert set(engine.members({"blocks": [{"block": in_rome}]}, as_of=NOON)) == {"9"}


@pytest.mark.parametrize("wrapped", ["lines", "gzip", "gzip in parts", "with a byte order mark"])
def test_records_come_as_lines_or_packed_too(sender: Client, engine: Engine, keeper: Keeper, wrapped: str) -> None:
    records = [upsert("8", city="Rome"), upsert("9", city="Bern")]
    if wrapped == "lines":
        answer = send(sender, "\n\n".join(map(json.dumps, records)) + "\n")
    elif wrapped == "gzip":
        answer = send(sender, gzip.compress(json.dumps(records).encode()), **{"Content-Encoding": "gzip"})
    elif wrapped == "gzip in parts":
        parts = b"".join(gzip.compress(json.dumps(record).encode() + b"\n") for record in records)
        answer = send(sender, parts, **{"Content-Encoding": "gzip"})
    else:
        answer = send(sender, b"\xef\xbb\xbf" + json.dumps(records).encode())
    assert (answer.status_code, answer.json()["records"]) == (202, 2)
    keeper.step()
    assert len(engine.members({"blocks": [{"block": {"kind": "everyone"}}]}, as_of=NOON)) == 8


def test_what_cannot_be_used_is_said_at_once_and_the_rest_is_applied(
    sender: Client, engine: Engine, keeper: Keeper
) -> None:
    told = send(sender, [upsert("9", city="Rome"), {"type": "upsert", "entity": "contcat", "record": {}}, {}]).json()
    assert (told["records"], told["unusable"]) == (3, 2)
    assert [(each["position"], each["code"], each["column"]) for each in told["examples"]] == [
        (2, "unknown_entity", "entity"),
        (3, "unknown_kind", "type"),
    ]
    keeper.step()
    report = sender.get(f"{RECORDS}/{told['batch']}").json()["report"]
    assert (report["added"], report["refused"]) == (1, 2)


def test_examples_of_batches_applied_together_keep_their_own_numbers(
    sender: Client, engine: Engine, keeper: Keeper
) -> None:
    first = send(sender, [upsert("8"), upsert("9")]).json()["batch"]
    second = send(sender, [upsert("7"), upsert("6", age="old")]).json()["batch"]
    keeper.step()
    reports = [sender.get(f"{RECORDS}/{batch}").json()["report"] for batch in (first, second)]
    assert [report["batches"] for report in reports] == [2, 2]
    assert [[each["position"] for each in report["examples"]] for report in reports] == [[], [2]]


def test_the_report_says_what_the_engine_says_of_the_same_records(
    sender: Client, engine: Engine, keeper: Keeper
) -> None:
    """
    Ids are made for four, and what was given for three of them is ill-typed.
    """
    ids: list[object] = [True, 1.5, [7], None, "m1", 7]
    records = [purchase("1", message_id=each, amount="much" if each == 7 else 1) for each in ids]
    batch = send(sender, records).json()["batch"]
    keeper.step()
    told = sender.get(f"{RECORDS}/{batch}").json()["report"]
    with coterie.open(":memory:", catalog=engine.catalog, threads=1) as another:
        direct = another.ingest(records)
    for name in ("read", "added", "repeated", "refused", "made_ids", "counts"):
        assert told[name] == getattr(direct, name), name
    assert (told["made_ids"], told["counts"]) == (4, {"ill_typed": 4})
    assert [(each["position"], each["column"], each["value"]) for each in told["examples"]] == [
        (each.line, each.column, each.value) for each in direct.examples
    ]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("", 422, "empty"),
        ("[]", 422, "empty"),
        ("  \n ", 422, "empty"),
        ("[1]", 422, "unreadable_records"),
        ("[null]", 422, "unreadable_records"),
        ('{"type": "upsert"', 422, "unreadable_records"),
        ('[{"type": "upsert"}', 422, "unreadable_records"),
        ('"text"', 422, "unreadable_records"),
        ('[{"a": NaN}]', 422, "unreadable_records"),
        ('[{"a": 1, "a": 2}]', 422, "unreadable_records"),
        ("[" * 100_000, 422, "unreadable_records"),
        ('[{"a": ' + "[" * 30 + "]" * 30 + "}]", 422, "unreadable_records"),
        ('[{"a": ' + "9" * 5_000 + "}]", 422, "unreadable_records"),
        (b'[{"a": "\xff"}]', 422, "unreadable_records"),
        (json.dumps([{}] * 20_001), 422, "limit_exceeded"),
    ],
)
def test_what_is_no_series_of_records_is_refused_whole(sender: Client, body: Any, status: int, code: str) -> None:
    assert problem(send(sender, body)) == (status, code)
    assert not InboxBatch.objects.exists()


@pytest.mark.parametrize(
    ("body", "encoding", "status", "code"),
    [
        (b"no gzip", "gzip", 400, "unreadable_records"),
        (gzip.compress(b"[{}]", mtime=0)[:-3], "gzip", 400, "unreadable_records"),
        (gzip.compress(b" " * (33 * 1024 * 1024), mtime=0), "gzip", 413, "too_large"),
        (gzip.compress(b" " * (17 * 1024 * 1024), mtime=0) * 2, "gzip", 413, "too_large"),
        (gzip.compress(b"[{}]", mtime=0) + b"and more", "gzip", 400, "unreadable_records"),
        (b"[{}]", "br", 415, "unsupported_encoding"),
        (b" " * (33 * 1024 * 1024), "identity", 413, "too_large"),
    ],
)
def test_what_is_packed_wrongly_or_too_large_is_refused(
    sender: Client, body: bytes, encoding: str, status: int, code: str
) -> None:
    assert problem(send(sender, body, **{"Content-Encoding": encoding})) == (status, code)


@pytest.mark.parametrize(
    "number", ["1e9999999999999999999", "1e-9999999999999999999", "0e9999999999999999999", "1e400"]
)
def test_a_number_that_no_decimal_holds_keeps_nothing_from_being_applied(
    sender: Client, keeper: Keeper, number: str
) -> None:
    for place in ('"age": NUMBER', '"city": NUMBER', '"interests": [NUMBER]', '"nobody_knows": NUMBER'):
        record = '{"contact_id": "9", PLACE}'.replace("PLACE", place.replace("NUMBER", number))
        body = '{"type": "upsert", "entity": "contact", "record": RECORD}'.replace("RECORD", record)
        assert send(sender, body).status_code == 202
    keeper.step()
    assert not InboxBatch.objects.filter(applied_at=None).exists()


@pytest.mark.parametrize("number", ["1e1000000000", "1e9999999999999999999"])
def test_a_number_too_large_for_any_arithmetic_is_no_key(sender: Client, keeper: Keeper, number: str) -> None:
    bodies = [
        '{"type": "upsert", "entity": "contact", "record": {"contact_id": KEY}}',
        '{"type": "delete", "entity": "contact", "key": KEY}',
        '{"type": "interaction", "interaction": "purchase", "record": {"contact_id": KEY}}',
    ]
    for body in bodies:
        assert send(sender, body.replace("KEY", number)).status_code == 202
    keeper.step()
    assert [batch.report["refused"] for batch in InboxBatch.objects.all() if batch.report] == [3, 3, 3]


def test_the_same_key_and_content_is_answered_as_first(sender: Client, engine: Engine, keeper: Keeper) -> None:
    first = send(sender, [upsert("9", city="Rome"), {}], key="a").json()
    keeper.step()
    assert send(sender, [upsert("9", city="Rome"), {}], key="a").json() == first
    packed = gzip.compress(json.dumps([upsert("9", city="Rome"), {}]).encode())
    assert send(sender, packed, key="a", **{"Content-Encoding": "gzip"}).json() == first
    assert InboxBatch.objects.count() == 1
    assert send(sender, [upsert("9", city="Rome"), {}], key="b").json()["batch"] != first["batch"]


def test_the_same_key_with_another_content_is_a_conflict(sender: Client) -> None:
    send(sender, [upsert("9", city="Rome")], key="a")
    assert problem(send(sender, [upsert("9", city="Bern")], key="a")) == (409, "idempotency_conflict")


def test_keys_of_different_people_are_different(
    sender: Client, person: Callable[..., User], calling: Callable[..., Client], clock: TestClock
) -> None:
    send(sender, [upsert("9", city="Rome")], key="a")
    InboxBatch.objects.update(sent_by=person("manager"))
    assert send(sender, [upsert("9", city="Bern")], key="a").status_code == 202


def test_more_than_may_wait_is_refused_for_now(sender: Client, engine: Engine, keeper: Keeper) -> None:
    batch = send(sender, [upsert("9", city="Rome")]).json()["batch"]
    InboxBatch.objects.filter(id=batch).update(record_count=MOST_WAITING)
    answer = send(sender, [upsert("9", city="Bern")])
    assert problem(answer) == (429, "too_much_waiting")
    assert int(answer.headers["Retry-After"]) > 0
    keeper.step()
    assert send(sender, [upsert("9", city="Bern")]).status_code == 202


def test_only_administrators_of_the_organization_send_records(engine: Engine, calling: Callable[..., Client]) -> None:
    for role, unit in (("viewer", None), ("marketer", None), ("manager", None), ("administrator", "north")):
        client = calling(role, unit, scopes=["records"])
        assert problem(send(client, [upsert("9")])) == (403, "not_allowed"), (role, unit)
    assert problem(send(calling("administrator", scopes=["read", "write"]), [upsert("9")])) == (403, "missing_scope")
    assert not InboxBatch.objects.exists()


def test_a_batch_of_somebody_else_is_answered_as_one_that_is_not_there(
    sender: Client, person: Callable[..., User], engine: Engine
) -> None:
    batch = send(sender, [upsert("9")]).json()["batch"]
    InboxBatch.objects.update(sent_by=person("manager"))
    foreign, absent = sender.get(f"{RECORDS}/{batch}"), sender.get(f"{RECORDS}/{batch + 1}")
    assert (foreign.status_code, foreign.content) == (404, absent.content)
    assert sender.get(f"{RECORDS}/{1 << 70}").status_code == 422


def test_what_was_applied_is_forgotten_after_its_time_and_what_waits_never(
    sender: Client, engine: Engine, keeper: Keeper, clock: TestClock
) -> None:
    send(sender, [upsert("8")])
    keeper.step()
    send(sender, [upsert("9")])
    clock.advance(clock.now() + timedelta(days=8))
    assert forget_applied(clock.now() - timedelta(days=7)) == 1
    assert [batch.applied_at for batch in InboxBatch.objects.all()] == [None]
