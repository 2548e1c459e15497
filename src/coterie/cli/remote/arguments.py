"""The arguments that name a server."""

from __future__ import annotations

from typing import Annotated

import typer

from coterie.cli.remote.doors import SERVER, TOKEN

__all__ = ["ServerAddress", "Token"]

ServerAddress = Annotated[
    str,
    typer.Option(
        "--server", metavar="URL", envvar=SERVER, help="The server that is asked: https://coterie.example.com."
    ),
]

Token = Annotated[
    str | None,
    typer.Option("--token", metavar="TOKEN", envvar=TOKEN, help="An API token of that server; better in the variable."),
]
