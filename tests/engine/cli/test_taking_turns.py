"""A process that answers many lets its threads take turns sooner than Python does."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from threading import Event, Thread

import pytest

from coterie.cli.taking_turns import take_turns_sooner


@pytest.fixture(autouse=True)
def interval_as_it_was() -> Iterator[None]:
    before = sys.getswitchinterval()
    yield
    sys.setswitchinterval(before)


def turns_in(seconds: float) -> int:
    """How often this thread gets its turn beside one that has much to do."""
    ended, turns = Event(), 0

    def compute() -> None:
        while not ended.is_set():
            sum(range(100))

    busy = Thread(target=compute)
    busy.start()
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        time.sleep(0)  # gives the turn away
        turns += 1
    ended.set()
    busy.join()
    return turns


def test_a_thread_gets_its_turn_many_times_as_often() -> None:
    as_python_has_it = turns_in(0.3)
    take_turns_sooner()
    assert turns_in(0.3) > 5 * as_python_has_it
