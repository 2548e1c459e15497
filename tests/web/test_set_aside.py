"""Records for which the engine raises: they are set aside, and hold up nobody; where the store is broken, nobody is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client

from coterie import Engine, Problem, StoreError
from coterie.backends.duckdb import store
from coterie.records.operations import Delete, Occurred, Operation, Unusable, Upsert
from coterie_web.accounts.models import HistoryEntry, User
from coterie_web.data import pages
from coterie_web.ingest import applying
from coterie_web.ingest.applying import apply_waiting, forget_applied
from coterie_web.ingest.models import InboxBatch, SetAside
from coterie_web.ingest.receiving import receive
from coterie_web.segments.models import Segment
from coterie_web.ui.clock import TestClock
from coterie_web.worker.keeper import Keeper

pytestmark = pytest.mark.django_db(transaction=True)

Seen = Sequence[Operation | Unusable]
Raises = Callable[[Callable[[Seen], Exception | None]], None]
Send = Callable[..., InboxBatch]


def upsert(contact: str, city: str = "Rome") -> dict[str, object]:
    return {"type": "upsert", "entity": "contact", "record": {"contact_id": contact, "city": city}}


def purchase(contact: str, **more: object) -> dict[str, object]:
    record = {"contact_id": contact, "occurred_at": "2026-11-23T10:00Z", "amount": 5, **more}
    return {"type": "interaction", "interaction": "purchase", "record": record}


@pytest.fixture
def raises(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Raises:
    """Makes the engine raise for some operations: `raises(lambda seen: ValueError("no") if … else None)`."""
    taken_in, wrong = store.ingest, list[Callable[[Seen], Exception | None]]()

    def ingest(operations: Seen, *rest: object) -> object:
        for error in filter(None, (each(operations) for each in wrong)):
            raise error
        return taken_in(operations, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(store, "ingest", ingest)

    def raises(for_these: Callable[[Seen], Exception | None]) -> None:
        wrong[:] = [for_these]

    return raises


def poison(seen: Seen) -> Exception | None:
    """The engine raises for who lives in Atlantis, and for what was bought there."""
    cities = [each.record.get("city") for each in seen if isinstance(each, Upsert | Occurred)]
    return ValueError("Atlantis\nhas sunk") if "Atlantis" in cities else None


def nothing(_: Seen) -> Exception | None:
    return None


@pytest.fixture
def send(engine: Engine, clock: TestClock, person: Callable[..., User]) -> Send:
    """Sends a batch: `send(upsert("8"), upsert("9"))`."""

    def send(*records: object) -> InboxBatch:
        content = json.dumps(records).encode()
        return receive(content, idempotency_key=None, acting_user=person("administrator"), now=clock.now()).batch

    return send


def settle() -> list[str]:
    """Let the inbox do what it can, as the worker does; what it could not, in words."""
    said = list[str]()
    for _ in range(6):
        try:
            apply_waiting()
        except Exception as error:  # noqa: BLE001 - told
            said.append(str(error))
    return said


def drain() -> None:
    """Apply all that waits. Raises what the first failure raises."""
    while apply_waiting():
        pass


def city_of(engine: Engine, contact: str) -> object:
    profile = engine.profile(contact)
    return {each.name: each.value for each in profile.values}.get("city")


def purchases(engine: Engine) -> int:
    return engine.record_counts()["purchase"]


def aside() -> list[tuple[int, int]]:
    return [(each.batch_id, each.position) for each in SetAside.objects.all()]


# --- what is set aside -----------------------------------------------------------------------------------------------


def test_the_record_to_blame_is_set_aside_and_all_others_are_applied(
    engine: Engine, send: Send, raises: Raises
) -> None:
    raises(poison)
    first = send(upsert("7"), upsert("8", "Atlantis"), purchase("8"), upsert("9"))
    second = send(upsert("10", "Bern"))
    assert settle() == ["Atlantis\nhas sunk"], "it is looked for when it failed twice"
    assert aside() == [(first.id, 2)]
    assert SetAside.objects.get().problem == "ValueError: Atlantis has sunk"
    assert [city_of(engine, each) for each in ("7", "9", "10")] == ["Rome", "Rome", "Bern"]
    assert purchases(engine) == 5
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.applied_at == second.applied_at is not None
    assert (first.problem, second.problem) == ("", "")
    assert (bytes(first.records) != b"", bytes(second.records)) == (True, b"")


def test_examples_keep_their_numbers_though_some_before_them_are_set_aside(send: Send, raises: Raises) -> None:
    raises(poison)
    batch = send(upsert("7", "Atlantis"), {"type": "nonsense"})
    settle()
    batch.refresh_from_db()
    assert batch.report is not None
    assert [each["position"] for each in batch.report["examples"]] == [2]


@pytest.mark.parametrize("wrong", [[0], [6], [0, 3, 6], list(range(7))])
def test_any_of_them_are_found(send: Send, raises: Raises, engine: Engine, wrong: list[int]) -> None:
    raises(poison)
    batch = send(*(upsert(f"n{each}", "Atlantis" if each in wrong else "Rome") for each in range(7)))
    settle()
    assert aside() == [(batch.id, each + 1) for each in wrong]
    assert engine.record_counts()["contact"] == 6 + 7 - len(wrong)


def test_of_two_that_do_not_go_together_the_later_is_set_aside(engine: Engine, send: Send, raises: Raises) -> None:
    def both(seen: Seen) -> Exception | None:
        keys = {each.key for each in seen if isinstance(each, Upsert)}
        return KeyError("both") if {"7", "9"} <= keys else None

    raises(both)
    batch = send(upsert("7"), upsert("8"), upsert("9"), upsert("10"))
    settle()
    assert aside() == [(batch.id, 3)]
    assert engine.record_counts()["contact"] == 9


def test_they_are_looked_for_some_at_a_time(send: Send, raises: Raises, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coterie_web.ingest.isolating._MOST_AT_ONCE", 2)
    raises(poison)
    batch = send(*(upsert(str(each), "Atlantis") for each in range(10, 15)))
    with pytest.raises(ValueError, match="Atlantis"):
        apply_waiting()
    assert apply_waiting()
    assert len(aside()) == 2
    settle()
    assert aside() == [(batch.id, each) for each in range(1, 6)]


# --- what is not -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "broken",
    [
        lambda _: ValueError("broken"),
        lambda seen: ValueError("no purchases") if any(isinstance(each, Occurred) for each in seen) else None,
        lambda seen: None if any(isinstance(each, Delete) for each in seen) else ValueError("broken"),
    ],
    ids=["everything", "every interaction", "nearly everything"],
)
def test_where_the_store_takes_in_nothing_of_a_kind_nothing_is_set_aside(
    engine: Engine, send: Send, raises: Raises, broken: Callable[[Seen], Exception | None]
) -> None:
    raises(broken)
    first = send(upsert("7"), purchase("7"))
    second = send(upsert("7", "Bern"))
    assert len(settle()) == 6
    assert (aside(), engine.record_counts()["contact"]) == ([], 6)
    first.refresh_from_db()
    assert (first.failures, first.applied_at) == (6, None)
    raises(nothing)
    settle()
    second.refresh_from_db()
    assert (city_of(engine, "7"), purchases(engine), second.problem) == ("Bern", 5, "")


@pytest.mark.parametrize(
    "error",
    [
        StoreError(Problem(code="store_failed", path="store", message="No room.")),
        StoreError(Problem(code="store_locked", path="store", message="Another has it.")),
        OSError(28, "No space left on device"),
        MemoryError(),
    ],
)
def test_what_is_the_fault_of_the_disk_is_no_fault_of_a_record(send: Send, raises: Raises, error: Exception) -> None:
    """
    A large record does not fit where a small one does.
    """
    raises(lambda seen: error if poison(seen) else None)
    send(upsert("7", "Atlantis"))
    assert len(settle()) == 6
    assert aside() == []


def test_what_the_store_refuses_is_the_fault_of_a_record(send: Send, raises: Raises) -> None:
    refused = StoreError(Problem(code="store_refused", path="store", message="No number."))
    raises(lambda seen: refused if poison(seen) else None)
    batch = send(upsert("7", "Atlantis"))
    settle()
    assert aside() == [(batch.id, 1)]


def test_who_breaks_off_sets_nothing_aside(send: Send, raises: Raises) -> None:
    def interrupted(_: Seen) -> Exception | None:
        raise KeyboardInterrupt

    raises(interrupted)
    batch = send(upsert("7"))
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            apply_waiting()
    batch.refresh_from_db()
    assert (aside(), batch.failures) == ([], 0)


def test_members_follow_time_where_records_cannot_be_applied(
    keeper: Keeper, live: Callable[..., Segment], send: Send, raises: Raises, clock: TestClock, engine: Engine
) -> None:
    lately = {"kind": "interaction", "interaction": "purchase", "operator": "at_least", "value": 1}
    segment = live(
        "Lately", {"blocks": [{"block": {**lately, "window": {"kind": "last", "count": 4, "unit": "days"}}}]}
    )
    assert engine.published[segment.key].count == 1
    raises(lambda _: ValueError("broken"))
    send(upsert("7"))
    clock.advance(clock.now() + timedelta(days=3))
    with pytest.raises(ValueError, match="broken"):
        keeper.step()
    assert engine.published[segment.key].count == 0


# --- exactly once ----------------------------------------------------------------------------------------------------


def killed(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("moment", ["_set_aside", "culprits", "record_set_aside", "_finish"])
def test_wherever_a_crash_comes_each_record_counts_once(
    engine: Engine, send: Send, raises: Raises, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """
    Interactions without message ids come before and behind the record to blame; the last changes undo the first.
    """
    raises(poison)
    batch = send(upsert("7", "Bern"), purchase("7"), purchase("7", city="Atlantis"), purchase("7"), upsert("7", "Oslo"))
    with monkeypatch.context() as crash:
        crash.setattr(applying, moment, killed)
        for _ in range(4):
            with pytest.raises((KeyboardInterrupt, ValueError)):
                drain()
    settle()
    assert aside() == [(batch.id, 3)]
    assert (purchases(engine), city_of(engine, "7")) == (6, "Oslo")


def test_what_is_tried_again_counts_once_wherever_a_crash_comes(
    engine: Engine,
    send: Send,
    raises: Raises,
    monkeypatch: pytest.MonkeyPatch,
    person: Callable[..., User],
    clock: TestClock,
) -> None:
    raises(poison)
    send(purchase("7"), purchase("7", city="Atlantis"))
    settle()
    raises(nothing)
    assert again(person, clock) == 1
    with monkeypatch.context() as crash:
        crash.setattr(applying, "_finish", killed)
        for _ in range(2):
            with pytest.raises(KeyboardInterrupt):
                apply_waiting()
    settle()
    assert purchases(engine) == 6
    assert not InboxBatch.objects.filter(applied_at=None).exists()


# --- what is done about them -----------------------------------------------------------------------------------------


def again(person: Callable[..., User], clock: TestClock) -> int:
    from coterie_web.ingest.set_aside import last_set_aside, try_again

    return try_again(last=last_set_aside(), acting_user=person("administrator"), now=clock.now())


def test_what_fails_again_is_set_aside_again_with_its_number(
    send: Send, raises: Raises, person: Callable[..., User], clock: TestClock
) -> None:
    raises(poison)
    first = send(upsert("7"), upsert("8", "Atlantis"))
    settle()
    again(person, clock)
    settle()
    [(batch, position)] = aside()
    assert (batch > first.id, position) == (True, 2)
    first.refresh_from_db()
    assert bytes(first.records) == b""


def test_a_batch_is_known_as_long_as_something_of_it_is_set_aside(
    send: Send, raises: Raises, clock: TestClock, person: Callable[..., User]
) -> None:
    raises(poison)
    send(upsert("8", "Atlantis"))
    send(upsert("9"))
    settle()
    later = clock.now() + timedelta(days=8)
    assert forget_applied(later) == 1
    raises(nothing)
    again(person, clock)
    settle()
    assert forget_applied(later) == 2


def test_the_page_shows_them_to_all_and_lets_administrators_decide(
    engine: Engine, send: Send, raises: Raises, signed_in: Callable[..., Client]
) -> None:
    raises(poison)
    send(upsert("8", "Atlantis"))
    settle()
    page = signed_in("viewer").get("/data/").content.decode()
    assert "ValueError: Atlantis has sunk" in page
    assert '"city": "Atlantis"' in unescape(page)
    assert "Try again" not in page
    administrator = signed_in("administrator")
    assert "Try again" in administrator.get("/data/").content.decode()
    assert signed_in("manager").post("/data/set-aside/", {"do": "again"}).status_code == 403
    raises(nothing)
    looked = seen(administrator, "again")
    answer = administrator.post("/data/set-aside/", looked, follow=True).content.decode()
    assert "1 record is tried again." in answer
    settle()
    assert (aside(), city_of(engine, "8")) == ([], "Atlantis")
    assert (
        "somebody else may have decided" in administrator.post("/data/set-aside/", looked, follow=True).content.decode()
    )
    deeds = HistoryEntry.objects.filter(subject_type="records").values_list("deed", "acting_name", "details__records")
    assert list(deeds) == [
        ("tried again what was set aside", "Administrator of all", 1),
        ("set aside what cannot be taken in", "Coterie", 1),
    ]


def seen(client: Client, deed: str) -> dict[str, str]:
    """What the buttons of the page send, as it is now."""
    last = re.search(r'name="last" value="([0-9]+)"', client.get("/data/").content.decode())
    assert last is not None
    return {"do": deed, "last": last[1]}


def test_what_is_dropped_is_gone(engine: Engine, send: Send, raises: Raises, signed_in: Callable[..., Client]) -> None:
    raises(poison)
    batch = send(upsert("7"), upsert("8", "Atlantis"))
    settle()
    raises(nothing)
    administrator = signed_in("administrator")
    answer = administrator.post("/data/set-aside/", seen(administrator, "drop"), follow=True).content.decode()
    assert "1 record is dropped." in answer
    settle()
    batch.refresh_from_db()
    assert (aside(), bytes(batch.records), engine.record_counts()["contact"]) == ([], b"", 7)


def test_nobody_decides_about_records_that_came_after_they_looked(
    engine: Engine, send: Send, raises: Raises, signed_in: Callable[..., Client]
) -> None:
    raises(poison)
    send(upsert("8", "Atlantis"))
    settle()
    administrator = signed_in("administrator")
    looked = seen(administrator, "drop")
    later = send(upsert("9", "Atlantis"))
    settle()
    administrator.post("/data/set-aside/", looked)
    assert aside() == [(later.id, 1)]
    for nonsense in ("", "x", "9" * 30):
        administrator.post("/data/set-aside/", {"do": "drop", "last": nonsense})
    assert aside() == [(later.id, 1)]


def test_what_is_set_aside_while_the_page_is_made_is_not_decided_about(
    send: Send, raises: Raises, signed_in: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    raises(poison)
    first, later = send(upsert("8", "Atlantis")), list[InboxBatch]()
    settle()
    counted = pages.set_aside_count

    def meanwhile(**up_to: int) -> int:
        if not later:
            later.append(send(upsert("9", "Atlantis")))
            settle()
        return counted(**up_to)

    monkeypatch.setattr(pages, "set_aside_count", meanwhile)
    administrator = signed_in("administrator")
    looked = seen(administrator, "drop")
    assert aside() == [(first.id, 1), (later[0].id, 1)]
    answer = administrator.post("/data/set-aside/", looked, follow=True).content.decode()
    assert "1 record is dropped." in answer
    assert aside() == [(later[0].id, 1)]


def test_who_watches_the_server_is_told(
    engine: Engine, send: Send, raises: Raises, calling: Callable[..., Client], signed_in: Callable[..., Client]
) -> None:
    client = calling("administrator", scopes=["read", "records"])
    assert client.get("/api/v1/status").json()["inbox"]["problem"] is None
    raises(lambda _: ValueError("broken"))
    batch = send(upsert("7"), upsert("8", "Atlantis"))
    settle()
    assert Client().get("/healthz").json()["inbox"] is False
    told = client.get("/api/v1/status").json()["inbox"]
    assert (told["waiting_records"], told["problem"], told["set_aside_records"]) == (2, "ValueError: broken", 0)
    assert "coterie_inbox_stands_still 1.0" in client.get("/metrics").content.decode()
    assert "Records are not applied." in signed_in("viewer").get("/data/").content.decode()
    raises(poison)
    settle()
    assert Client().get("/healthz").json()["inbox"] is True
    told = client.get("/api/v1/status").json()["inbox"]
    assert (told["waiting_records"], told["problem"], told["set_aside_records"]) == (0, None, 1)
    metrics = client.get("/metrics").content.decode()
    assert "coterie_inbox_stands_still 0.0" in metrics
    assert "coterie_inbox_set_aside_records 1.0" in metrics
    assert client.get(f"/api/v1/records/{batch.id}").json()["set_aside"] == 1
    assert calling("manager", "north").get("/api/v1/status").json()["inbox"] is None
