"""Prepares the folder, says where to sign in, and runs the server until it is told to end."""

from __future__ import annotations

import sys

import django
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from coterie_web.site.configuration import Configuration, ConfigurationError, from_process

__all__ = ["run"]


def run() -> int:
    """Serve. The exit code: 0 after a clean stop, 2 where a setting cannot be used."""
    try:
        configuration = from_process()
        django.setup()
        _prepare(configuration)
    except ConfigurationError as error:
        print(error, file=sys.stderr)  # noqa: T201 - to who started it
        return 2
    Granian(
        "coterie_web.site.wsgi:application",
        address=configuration.host,
        port=configuration.port,
        interface=Interfaces.WSGI,
        workers=1,  # one process owns the insights store
        blocking_threads=configuration.threads,
        backpressure=configuration.threads,
        respawn_failed_workers=True,
        workers_kill_timeout=60,
        log_level=LogLevels.warning,
    ).serve()
    return 0


def _prepare(configuration: Configuration) -> None:
    from coterie_web.site.first_run import first_link, prepare
    from coterie_web.ui.clock import now

    prepare(configuration.catalog_path)
    secret = first_link(now())
    print(f"Coterie: {configuration.address}", flush=True)  # noqa: T201
    if secret is not None:
        print(f"Sign in once with: {configuration.address}/sign-in/{secret}/", flush=True)  # noqa: T201
