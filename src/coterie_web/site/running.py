"""What runs inside the one server process: the engine, and the worker's thread."""

from __future__ import annotations

import atexit
import logging
from threading import Event, Thread

import coterie
from coterie_web.catalogs.engine import engine, is_provided, provide, withdraw
from coterie_web.catalogs.waking import wake
from coterie_web.site.configuration import Configuration
from coterie_web.site.instants import instant
from coterie_web.ui.clock import TestClock, set_clock
from coterie_web.worker.keeper import Keeper

__all__ = ["start", "stop", "worker_is_alive"]

_log = logging.getLogger(__name__)
_STOP_SECONDS = 30
_ended = Event()
_threads: list[Thread] = []


def start(configuration: Configuration) -> None:
    """Open the engine, and begin to keep segments current. Once per process."""
    if configuration.test_clock:
        set_clock(TestClock(instant(configuration.test_clock)))
    opened = coterie.open(
        configuration.store, catalog=configuration.catalog_path, cache_memory=configuration.cache_memory
    )
    provide(opened)
    keeper = Keeper(keep=configuration.keep)
    thread = Thread(target=keeper.run, args=(_ended.is_set,), name="keeper", daemon=True)
    _threads.append(thread)
    thread.start()
    atexit.register(stop)
    _log.info("Coterie serves.", extra={"data_version": opened.data_version})


def stop() -> None:
    """End the worker after the step that runs, then close the store."""
    _ended.set()
    wake()
    for thread in _threads:
        thread.join(_STOP_SECONDS)
    _threads.clear()
    if is_provided():
        opened = engine()
        withdraw()
        opened.close()
        _log.info("Coterie stopped.")


def worker_is_alive() -> bool:
    """Whether the thread runs that keeps segments current."""
    return any(thread.is_alive() for thread in _threads)
