"""Whether a server can begin as it is configured, looked at before anything is made or opened."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterable
from ipaddress import ip_network
from tempfile import TemporaryFile
from time import monotonic, sleep
from urllib.parse import urlsplit

from coterie_web.site.configuration import Configuration, ConfigurationError
from coterie_web.site.databases import database
from coterie_web.site.instants import instant

__all__ = ["check"]

_MOST_DAYS = 36_500
"""Of a hundred years: no calendar goes back as far as some that could be typed."""

_PATIENCE = 5.0
"""Seconds for a server that was killed here to let go of the port."""


def check(configuration: Configuration) -> None:
    """Raises ConfigurationError, with what to do."""
    if not 0 < configuration.port < 65_536:
        raise ConfigurationError(f"port: {configuration.port} is none. Ports go from 1 to 65535.")
    if configuration.threads < 1:
        raise ConfigurationError("threads: requests need at least one.")
    if configuration.keep_days > _MOST_DAYS:
        raise ConfigurationError(f"keep_days: {configuration.keep_days} are too many. Keep {_MOST_DAYS} days at most.")
    _check_public_url(configuration.public_url)
    _check_proxies(configuration.trusted_proxies)
    database(configuration)
    if configuration.test_clock:
        instant(configuration.test_clock)
    _check_folder(configuration)
    _check_port(configuration.host, configuration.port)


def _check_public_url(url: str) -> None:
    """By its scheme cookies are kept to encrypted connections: without one they silently would not be."""
    try:
        is_usable = not url or (url.startswith(("http://", "https://")) and bool(urlsplit(url).hostname))
    except ValueError:
        is_usable = False
    if not is_usable:
        raise ConfigurationError(f"public_url: {url!r} is no address of a server. Write https://segments.example.com.")


def _check_proxies(proxies: Iterable[str]) -> None:
    for proxy in proxies:
        try:
            ip_network(proxy, strict=False)
        except ValueError:
            raise ConfigurationError(
                f"trusted_proxies: {proxy!r} is no address and no network. Write 10.0.0.2, or 10.0.0.0/8."
            ) from None


def _check_folder(configuration: Configuration) -> None:
    try:
        with TemporaryFile(dir=configuration.folder):
            pass
    except OSError as error:
        raise ConfigurationError(
            f"{configuration.folder}: nothing can be written there: {(error.strerror or str(error)).lower()}. "
            "Let the account that serves own the folder, or name another one.",
            code="unwritable_folder",
        ) from error


def _check_port(host: str, port: int) -> None:
    """The server itself would share a port with another one of this account: half of what is asked would go there."""
    deadline = monotonic() + _PATIENCE
    while (error := _refusal(host, port)) is not None:
        if error.errno != errno.EADDRINUSE or monotonic() > deadline:
            raise ConfigurationError(f"{host}:{port}: {_told(error)}", code="unusable_address") from error
        sleep(0.1)


def _refusal(host: str, port: int) -> OSError | None:
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections that still close are no server
            probe.bind(address)
            probe.listen(1)
    except OSError as error:
        return error
    return None


def _told(error: OSError) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return "something listens there already. End it, or choose another port with --port."
        case errno.EACCES:
            return "this account may not listen there: ports below 1024 belong to the system. Choose another --port."
        case _:
            return f"this machine cannot listen there: {(error.strerror or str(error)).lower()}. Choose another --host."
