"""How the server process ends when it is told to: soon, whatever a request or a step does meanwhile."""

from __future__ import annotations

import multiprocessing
import os
import signal
from threading import Thread, main_thread
from time import sleep

from coterie.cli.failures import ExitCode

__all__ = ["end_in_time", "end_with_parent"]

_REQUEST_SECONDS = 10
"""For requests that run when the signal comes; then the store is closed all the same."""

_CLOSING_SECONDS = 45
"""For the steps that run and the store; then the process is gone all the same: what is kept stands any end."""

_SIGNALS = frozenset({signal.SIGINT, signal.SIGTERM})


def end_in_time() -> None:
    """Let the process be gone soon after its signal, though a client is slow. Called by the main thread."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    # The signal is written there as it comes, also while the main thread waits in what runs the server.
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    Thread(target=_end, args=(reading,), name="end", daemon=True).start()


def _end(reading: int) -> None:
    from coterie_web.site.running import stop

    while os.read(reading, 1)[0] not in _SIGNALS:
        pass
    main = main_thread().ident
    assert main is not None, "the main thread runs"
    # Where another thread got the signal, the main one, which ends granian, sleeps on: it is told once more.
    signal.pthread_kill(main, signal.SIGTERM)
    sleep(_REQUEST_SECONDS)
    stopping = Thread(target=stop, name="stop", daemon=True)
    stopping.start()
    stopping.join(_CLOSING_SECONDS)
    os._exit(ExitCode.NO if stopping.is_alive() else ExitCode.OK)


def end_with_parent() -> None:
    """End as if told to, once the process over this one is gone: nobody else would, and the store is held."""
    Thread(target=_follow, name="parent", daemon=True).start()


def _follow() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None, "granian begins server processes by multiprocessing"
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)
