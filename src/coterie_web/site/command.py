"""`coterie serve`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["serve"]

_DEMO = Path("coterie-demo")

Folder = Annotated[
    Path | None,
    typer.Argument(help="Where the server keeps everything; made if need be.  [with --demo: coterie-demo]"),
]
Host = Annotated[
    str | None, typer.Option(help="The address to listen on; 0.0.0.0 for all of the machine.  [default: 127.0.0.1]")
]
Port = Annotated[int | None, typer.Option(help="The port to listen on.  [default: 8000]")]
Demo = Annotated[
    bool, typer.Option("--demo", help="Fill an empty folder with a made-up shop, its people and live segments.")
]
Clock = Annotated[
    str | None,
    typer.Option(
        metavar="INSTANT", help="Let time stand at this instant until POST /api/v1/clock advances it: for tests."
    ),
]
LetIn = Annotated[
    str | None,
    typer.Option(metavar="EMAIL", help="Print a link that signs this person in once: for who forgot their password."),
]


def serve(
    folder: Folder = None,
    host: Host = None,
    port: Port = None,
    demo: Demo = False,
    test_clock: Clock = None,
    let_in: LetIn = None,
) -> None:
    """Serve the web application and its API out of one folder.

    The first run makes all that is needed and prints a link with which the first administrator signs in. Settings come
    from coterie.toml in the folder and from environment variables, and are described in docs/operating.md. Ctrl-C (or
    SIGTERM) ends the server after the step that runs; started again it goes on where it was.

    \b
    Examples:
      coterie serve --demo                        see it at work: 100,000 contacts, eight live segments
      coterie serve /srv/coterie                  your own, at http://127.0.0.1:8000
      coterie serve /srv/coterie --host 0.0.0.0   for other machines too: put a proxy with TLS before it

    \b
    Exit codes:
      0    ended when told to
      1    the server process died again and again
      2    a setting, the folder or the address cannot be used
      3    the catalog cannot be used
      4    a store cannot be used: locked by another process, damaged, too new, not reached
    """
    if folder is None:
        if not demo:
            raise typer.BadParameter("Name a folder: coterie serve FOLDER. Or see the demo: coterie serve --demo.")
        folder = _DEMO
    _make(folder)
    given = {
        "HOST": host,
        "PORT": port,
        "TEST_CLOCK": test_clock,
        "LET_IN": let_in,
        "DEMO": "true" if demo else None,
    }
    environment = os.environ  # noqa: TID251 - what the server process reads its settings from
    environment["COTERIE_FOLDER"] = str(folder.resolve())
    environment["DJANGO_SETTINGS_MODULE"] = "coterie_web.site.settings"
    environment.update({f"COTERIE_{name}": str(value) for name, value in given.items() if value is not None})
    from coterie_web.site.serving import run

    sys.exit(run())


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise typer.BadParameter(f"{folder} cannot be made: {reason}.", param_hint="FOLDER") from error
