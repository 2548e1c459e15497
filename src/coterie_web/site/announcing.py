"""What a server says on the terminal when it is ready: where it is, and how to sign in."""

from __future__ import annotations

from importlib.metadata import version

from coterie_web.site.configuration import Configuration
from coterie_web.site.first_run import first_link
from coterie_web.ui.clock import now

__all__ = ["announce"]


def announce(configuration: Configuration) -> None:
    """Say where to go, and to a first administrator how to sign in."""
    lines = [f"Coterie {version('coterie')}", f"  Address   {configuration.address}/"]
    secret = first_link(now())
    if secret is not None:
        lines += [f"  Sign in   {configuration.address}/sign-in/{secret}/", "            once, within two days"]
    lines += [f"  Folder    {configuration.folder}", "  Stop      Ctrl-C"]
    print("\n".join(lines), flush=True)  # noqa: T201
