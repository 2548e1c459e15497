"""How the server process begins: makes ready, opens the store, says where to sign in."""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from threading import Event
from typing import Any

from coterie.cli.failures import exit_code, problem_line
from coterie.errors import CoterieError
from coterie_web.site.configuration import Configuration, ConfigurationError, from_process
from coterie_web.site.ending import end_in_time, end_with_parent

__all__ = ["Refusal", "application"]

Application = Callable[[dict[str, Any], Callable[..., Any]], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why the server process cannot start, as it is told to people, and with which exit code."""

    exit_code: int
    lines: tuple[str, ...]


def application(refusals: Connection) -> Application:
    """What answers requests, made in the server process. Where it cannot start it says why, and waits for its end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches both processes: the other one ends this one
    end_with_parent()
    try:
        return _started(from_process())
    except ConfigurationError as error:
        refusal = Refusal(exit_code=error.exit_code, lines=(f"error[{error.code}] {error}",))
    except CoterieError as error:
        refusal = Refusal(exit_code=exit_code(error), lines=tuple(map(problem_line, error.problems)))
    refusals.send(refusal)
    Event().wait()
    raise AssertionError("it waits for ever")


def _started(configuration: Configuration) -> Application:
    import django

    django.setup()
    from django.core.wsgi import get_wsgi_application
    from granian.utils.proxies import wrap_wsgi_with_proxy_headers

    from coterie_web.site.announcing import announce
    from coterie_web.site.demo import prepare_demo
    from coterie_web.site.first_run import prepare
    from coterie_web.site.running import begin, open_store

    prepare(configuration)
    open_store(configuration)
    prepare_demo(configuration)
    announce(configuration)
    begin(configuration)
    end_in_time()
    answering: Application = get_wsgi_application()
    if not configuration.trusted_proxies:
        return answering
    trusted: Application = wrap_wsgi_with_proxy_headers(answering, list(configuration.trusted_proxies))
    return trusted
