"""Looks after the one server process: begins it, begins it again when it dies, ends it when told to."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Iterable
from functools import partial
from multiprocessing.connection import Connection
from threading import Thread
from typing import Any

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.common import AbstractServer

from coterie.cli.failures import ExitCode
from coterie_web.site.checking import check
from coterie_web.site.configuration import Configuration, ConfigurationError, from_process
from coterie_web.site.logs import SERVER_LOGGING
from coterie_web.site.starting import Refusal, application

__all__ = ["run"]

_STOP_SECONDS = 60

_MOST_CONNECTIONS = 1_024
"""Those on which nothing is asked count too, and browsers keep theirs open: they must not keep others out."""


def run() -> int:
    """Serve. The exit code: 0 after a clean stop, 1 where the server process dies again and again, else `ExitCode`."""
    try:
        configuration = from_process()
        check(configuration)
    except ConfigurationError as error:
        _say([f"error[{error.code}] {error}"])
        return error.exit_code
    # A fresh process: nothing that this one has open or running may get into the one that owns the store.
    multiprocessing.set_start_method("spawn", force=True)
    return _serve(configuration)


def _serve(configuration: Configuration) -> int:
    server, refusals = _server(configuration), list[Refusal]()
    receiving, sending = multiprocessing.Pipe(duplex=False)
    Thread(target=_listen, args=(receiving, refusals, server), daemon=True).start()
    try:
        server.serve(target_loader=partial(application, sending), wrap_loader=False)
    except SystemExit:
        # Also where both processes got the signal, and the other was the first to end.
        if not server.interrupt_signal:
            _say(["error[server_failed] The server process ended again and again. What it said stands above."])
            return ExitCode.NO
    if refusals:
        _say(refusals[0].lines)
        return refusals[0].exit_code
    return ExitCode.OK


def _server(configuration: Configuration) -> AbstractServer[Any]:
    return Granian(
        "coterie",
        address=configuration.host,
        port=configuration.port,
        interface=Interfaces.WSGI,
        workers=1,  # one process owns the insights store
        blocking_threads=configuration.threads,
        backpressure=_MOST_CONNECTIONS,
        respawn_failed_workers=True,
        workers_kill_timeout=_STOP_SECONDS,
        log_level=LogLevels.warning,
        log_dictconfig=SERVER_LOGGING,
    )


def _listen(receiving: Connection, refusals: list[Refusal], server: AbstractServer[Any]) -> None:
    """Wait until the server process says that it cannot start: beginning it again would not help, so end."""
    try:
        refusals.append(receiving.recv())
    except (EOFError, OSError):  # this process ends
        return
    server.signal_handler_interrupt()  # type: ignore[no-untyped-call]  # as a signal does


def _say(lines: Iterable[str]) -> None:
    for line in lines:
        print(line, file=sys.stderr, flush=True)  # noqa: T201 - to who started it
