"""How the worker shares the machine: it rests after a step, the heap is settled, and room is made."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from datetime import timedelta
from threading import Timer
from time import monotonic
from types import SimpleNamespace

import pytest

from coterie import Engine
from coterie_web.accounts.models import User
from coterie_web.catalogs.waking import rest, tell, wait, wake
from coterie_web.ingest.models import InboxBatch
from coterie_web.segments.models import Segment
from coterie_web.ui.clock import TestClock
from coterie_web.worker import keeper as keepers
from coterie_web.worker.keeper import Keeper

LONG = 20.0


@pytest.fixture
def nothing_told() -> None:
    """Whatever the tests before have told the worker is forgotten."""
    wake()
    wait(0)


def lasted(act: Callable[[float], None], seconds: float) -> float:
    """How long it took."""
    began = monotonic()
    act(seconds)
    return monotonic() - began


def test_records_end_a_wait_and_no_rest(nothing_told: None) -> None:
    tell()
    assert lasted(rest, 0.05) >= 0.05
    assert lasted(wait, LONG) < LONG / 2


def test_what_cannot_wait_ends_a_rest(nothing_told: None) -> None:
    timer = Timer(0.05, wake)
    timer.start()
    assert lasted(rest, LONG) < LONG / 2
    timer.join()


def test_a_hurry_that_a_wait_answered_cuts_no_later_rest_short(nothing_told: None) -> None:
    wake()
    wait(LONG)
    assert lasted(rest, 0.05) >= 0.05


def rests(monkeypatch: pytest.MonkeyPatch, *steps: float) -> list[float]:
    """The rests of a worker whose steps take so long, by a clock of its own."""
    found, now, left = list[float](), [0.0], list(steps)

    def step(_: Keeper) -> bool:
        now[0] += left.pop(0)
        return True

    monkeypatch.setattr(Keeper, "step", step)
    monkeypatch.setattr(keepers, "close_old_connections", lambda: None)  # the test's own is in a transaction
    monkeypatch.setattr(keepers, "monotonic", lambda: now[0])
    monkeypatch.setattr(keepers, "rest", found.append)
    Keeper(keep=timedelta(days=90)).run(lambda: not left)
    return found


@pytest.fixture(autouse=True)
def thresholds_as_they_were() -> Iterator[None]:
    kept = gc.get_threshold()
    yield
    gc.set_threshold(*kept)
    gc.unfreeze()


@pytest.mark.django_db
def test_a_rest_is_longer_than_its_step_and_never_longer_than_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    short, middle, long = rests(monkeypatch, 0.01, 0.4, 30)
    assert 0.01 < short < 0.02
    assert 0.4 < middle < 1.0
    assert long == 1.0


@pytest.mark.django_db
def test_no_rest_is_longer_for_pauses_in_its_step(monkeypatch: pytest.MonkeyPatch) -> None:
    (alone,) = rests(monkeypatch, 0.4)
    monkeypatch.setattr(Keeper, "_others", SimpleNamespace(given=0.1), raising=False)
    monkeypatch.setattr(Keeper, "__init__", lambda *_, **__: None)
    monkeypatch.setattr(Keeper, "_has_grown", False, raising=False)
    (among_others,) = rests(monkeypatch, 0.5)
    assert among_others == pytest.approx(alone)


@pytest.mark.django_db
def test_contacts_are_sorted_by_name_before_anybody_asks(
    keeper: Keeper, live: Callable[..., Segment], monkeypatch: pytest.MonkeyPatch
) -> None:
    sorted_by = list[object]()

    def contacts(_: Engine, **how: object) -> None:
        sorted_by.append(how["sort"])
        raise OSError("no memory")

    live("Everybody")
    monkeypatch.setattr(Engine, "contacts", contacts)
    monkeypatch.setattr(keepers, "close_old_connections", lambda: None)
    with pytest.raises(OSError, match="no memory"):
        keeper._settle_if_grown()
    keeper._settle_if_grown()
    assert sorted_by == ["name"], "once, also where it failed"


@pytest.mark.django_db
def test_a_worker_that_is_behind_does_not_rest(
    monkeypatch: pytest.MonkeyPatch, person: Callable[..., User], clock: TestClock
) -> None:
    sender = person("administrator")
    InboxBatch.objects.create(record_count=5000, records=b"", sent_by=sender, received_at=clock.now())
    assert rests(monkeypatch, 0.4) == [0.0]


@pytest.mark.django_db
def test_room_is_made_also_while_records_cannot_be_taken_in(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch, person: Callable[..., User], clock: TestClock
) -> None:
    def full(*_: object) -> bool:
        raise OSError("no space left")

    long_ago = clock.now() - timedelta(days=30)
    InboxBatch.objects.create(
        record_count=1, records=b"", sent_by=person("administrator"), received_at=long_ago, applied_at=long_ago
    )
    monkeypatch.setattr(keepers, "apply_waiting", full)
    with pytest.raises(OSError, match="no space"):
        keeper.step()
    assert not InboxBatch.objects.exists()


@pytest.mark.django_db
def test_what_live_segments_consist_of_is_not_looked_through_for_cycles_again(
    engine: Engine, draft: Callable[..., Segment], live: Callable[..., Segment], monkeypatch: pytest.MonkeyPatch
) -> None:
    live("Everybody")
    gc.unfreeze()
    frozen = list[int]()

    def ended() -> bool:
        frozen.append(gc.get_freeze_count())
        return len(frozen) == 2

    monkeypatch.setattr(keepers, "close_old_connections", lambda: None)
    monkeypatch.setattr(keepers, "rest", lambda _: None)
    Keeper(keep=timedelta(days=90)).run(ended)
    assert gc.get_threshold()[0] > 10_000
    assert frozen[1] > 10_000
    assert gc.get_freeze_count() == 0, "a process that ends takes everything down"
