"""`coterie serve`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["serve"]


def serve(
    folder: Annotated[Path, typer.Argument(help="Where the server keeps everything; made where it is not there.")],
    host: Annotated[str | None, typer.Option(help="The address to listen on.  [default: 127.0.0.1]")] = None,
    port: Annotated[int | None, typer.Option(help="The port to listen on.  [default: 8000]")] = None,
    demo: Annotated[bool, typer.Option("--demo", help="Fill an empty folder with a made-up shop.")] = False,
    test_clock: Annotated[
        str | None,
        typer.Option(metavar="INSTANT", help="Stand at this instant until /api/v1/clock advances it. For tests."),
    ] = None,
) -> None:
    """Serve the web application and its API out of one folder.

    The first run makes all that is needed, and prints a link that signs in the first administrator. Settings come from
    `coterie.toml` in the folder and from the environment: docs/operating.md.
    """
    folder.mkdir(parents=True, exist_ok=True)
    given = {"HOST": host, "PORT": port, "TEST_CLOCK": test_clock, "DEMO": "true" if demo else None}
    environment = os.environ  # noqa: TID251 - what the server process reads its settings from
    environment["COTERIE_FOLDER"] = str(folder.resolve())
    environment["DJANGO_SETTINGS_MODULE"] = "coterie_web.site.settings"
    environment.update({f"COTERIE_{name}": str(value) for name, value in given.items() if value is not None})
    from coterie_web.site.serving import run

    sys.exit(run())
