"""The end of a server process: one stop, however many ask for it, and in time."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Event, Thread
from time import monotonic

import pytest

import coterie
from coterie import Engine
from coterie_web.catalogs.engine import is_provided, provide, withdraw
from coterie_web.site import running


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Engine]]:
    """The engines that were closed, each after a moment, by a process that serves and has not been told to end."""
    monkeypatch.setattr(running, "_ended", Event())
    monkeypatch.setattr(running, "_threads", [])
    monkeypatch.setattr(running, "_STOP_SECONDS", 0.3)
    closed = list[Engine]()
    with (
        coterie.open(":memory:", catalog="coterie: 1\ncontact: {key: id}\n", threads=1) as engine,
        monkeypatch.context() as slow,
    ):
        slow.setattr(Engine, "close", lambda engine: (closed.append(engine), Event().wait(0.1)))
        provide(engine)
        yield closed
        withdraw()


def test_two_that_stop_at_once_stop_once_and_both_return_when_it_is_done(closed: list[Engine]) -> None:
    together = Barrier(2)

    def stop() -> int:
        together.wait()
        running.stop()
        return len(closed)

    with ThreadPoolExecutor(2) as both:
        assert [each.result() for each in (both.submit(stop), both.submit(stop))] == [1, 1]
    assert not is_provided()


def test_all_threads_share_one_deadline(closed: list[Engine]) -> None:
    """
    Each of five is in a step that does not end.
    """
    never = Event()
    running._threads.extend(Thread(target=never.wait, daemon=True) for _ in range(5))
    for thread in running._threads:
        thread.start()
    begun = monotonic()
    running.stop()
    assert monotonic() - begun < 0.9
    assert len(closed) == 1
    never.set()


def test_a_step_that_runs_is_finished_before_the_store_is_closed(closed: list[Engine]) -> None:
    told = list[int]()

    def keep(ended: object) -> None:
        assert callable(ended)
        while not ended():
            Event().wait(0.01)
        told.append(len(closed))

    running._begin("keeper", keep)
    running.stop()
    assert (told, len(closed)) == ([0], 1)
    assert not running.worker_is_alive()


FAILING = """
import multiprocessing

def serve():
    import os, sys, tempfile
    os.environ["COTERIE_FOLDER"] = tempfile.mkdtemp()
    os.environ["DJANGO_SETTINGS_MODULE"] = "coterie_web.site.settings"
    import django
    django.setup()
    from multiprocessing.util import Finalize
    from coterie_web.site import running
    Finalize(None, running.stop, exitpriority=10)
    Finalize(None, running._leave, exitpriority=5)
    raise OSError("no space left")

if __name__ == "__main__":
    process = multiprocessing.get_context("spawn").Process(target=serve)
    process.start()
    process.join()
    print("ended with", process.exitcode)
"""


def test_a_server_process_that_fails_says_so(tmp_path: Path) -> None:
    script = tmp_path / "failing.py"
    script.write_text(FAILING, encoding="utf-8")
    ended = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=60, check=True)
    assert "ended with 1" in ended.stdout
    assert "no space left" in ended.stderr
