"""What a server says on the terminal when it is ready: where it is, and how to sign in."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version

from coterie_web.accounts.links import make_link
from coterie_web.accounts.models import User
from coterie_web.demo.models import Demo
from coterie_web.demo.people import people
from coterie_web.site.configuration import Configuration
from coterie_web.site.first_run import first_link
from coterie_web.ui.clock import now

__all__ = ["announce"]


def announce(configuration: Configuration) -> None:
    """Say where to go, and how to sign in: to a first administrator, in a demo to everybody."""
    links = [(who, f"{configuration.address}/sign-in/{secret}/") for who, secret in _links(configuration.let_in)]
    facts = [("Address", f"{configuration.address}/"), ("Folder", str(configuration.folder)), ("Stop", "Ctrl-C")]
    lines = [f"Coterie {version('coterie')}", *(f"  {name:<9}{value}" for name, value in facts)]
    if configuration.let_in and not User.objects.filter(email=configuration.let_in, is_active=True).exists():
        lines.append(f"Nobody who may sign in has the e-mail {configuration.let_in}.")
    if links:
        lines += ["Sign in, once within two days:", *(f"  {who:<15}{address}" for who, address in links)]
    print("\n".join(lines), flush=True)  # noqa: T201


def _links(let_in: str) -> Iterator[tuple[str, str]]:
    """Whom each secret signs in, once within two days; among them who is to be let in."""
    for person in User.objects.filter(email=let_in, is_active=True):
        yield person.name, make_link(person, now=now())
    if Demo.objects.exists():
        for user in people():
            yield user.get_role_display(), make_link(user, now=now())
    elif (secret := first_link(now())) is not None:
        yield "Administrator", secret
