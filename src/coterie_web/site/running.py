"""What runs inside the one server process: the engine, and the threads that work beside the requests."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from multiprocessing.util import Finalize
from threading import Event, Lock, Thread
from time import monotonic, sleep

import coterie
from coterie import Engine, StoreError
from coterie.cli.failures import ExitCode
from coterie.cli.taking_turns import take_turns_sooner
from coterie_web.catalogs.engine import engine, is_provided, provide, withdraw
from coterie_web.catalogs.waking import wake
from coterie_web.demo.models import Demo
from coterie_web.demo.stream import run_stream
from coterie_web.site.configuration import Configuration
from coterie_web.site.instants import instant
from coterie_web.ui.clock import TestClock, set_clock
from coterie_web.worker.keeper import Keeper

__all__ = ["begin", "open_store", "stop", "worker_is_alive"]

_log = logging.getLogger(__name__)
_STOP_SECONDS = 30
_PATIENCE = 20.0
"""Seconds for a server that was killed here to let go of the store."""

_ended = Event()
_stopping = Lock()
_threads: list[Thread] = []


def open_store(configuration: Configuration) -> None:
    """Open the engine, for the whole process; it is closed when the process ends. Raises CoterieError."""
    if configuration.test_clock:
        set_clock(TestClock(instant(configuration.test_clock)))
    provide(_opened(configuration))
    # Not atexit: what multiprocessing has begun ends without it.
    Finalize(None, stop, exitpriority=10)
    Finalize(None, _leave, exitpriority=5)


def _opened(configuration: Configuration) -> Engine:
    deadline = monotonic() + _PATIENCE
    while True:
        try:
            return coterie.open(
                configuration.store, catalog=configuration.catalog_path, cache_memory=configuration.cache_memory
            )
        except StoreError as error:
            if error.code != "store_locked" or monotonic() > deadline:
                raise
        sleep(0.2)


def _leave() -> None:
    """Be gone once the store is closed: nobody waits while all that is in memory is taken down piece by piece.

    Not where something was raised: that is to be told yet, and how the process ended.
    """
    if sys.exc_info()[0] is not None:
        return
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(ExitCode.OK)


def begin(configuration: Configuration) -> None:
    """Begin to keep segments current, and in a demo to let its customers act."""
    take_turns_sooner()
    _begin("keeper", Keeper(keep=configuration.keep).run)
    if Demo.objects.exists():
        _begin("demo's stream", run_stream)
    _log.info("Coterie serves.", extra={"data_version": engine().data_version})


def _begin(name: str, run: Callable[[Callable[[], bool]], None]) -> None:
    thread = Thread(target=run, args=(_ended.is_set,), name=name, daemon=True)
    _threads.append(thread)
    thread.start()


def stop() -> None:
    """End the threads, each after the step that runs, then close the store. Who comes second waits until it is done."""
    with _stopping:
        _ended.set()
        wake()
        deadline = monotonic() + _STOP_SECONDS
        for thread in _threads:
            thread.join(max(deadline - monotonic(), 0))
        _threads.clear()
        if is_provided():
            opened = engine()
            withdraw()
            opened.close()
            _log.info("Coterie stopped.")


def worker_is_alive() -> bool:
    """Whether the thread runs that keeps segments current."""
    return any(thread.name == "keeper" and thread.is_alive() for thread in _threads)
