"""Two doors to one command: a store, or a server."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import typer
from typer.core import TyperCommand

__all__ = ["SERVER", "TOKEN", "asks_server", "two_doors"]

SERVER, TOKEN = "COTERIE_SERVER", "COTERIE_TOKEN"
"""The variables that name a server, and hold the token to ask it with."""

_HELP = f"With --server URL (or {SERVER}) a server is asked: no STORE, no --catalog, see `--server URL --help`."


def asks_server(arguments: Sequence[str], environment: Mapping[str, str]) -> bool:
    """Whether a server is meant: by --server, or by the variable where nothing names a catalog, as each store needs."""
    options = list(arguments[: arguments.index("--")] if "--" in arguments else arguments)
    if any(option == "--server" or option.startswith("--server=") for option in options):
        return True
    names_catalog = any(option.startswith(("-c", "--catalog")) for option in options)
    return bool(environment.get(SERVER)) and not names_catalog


def two_doors(remote: Callable[..., None]) -> dict[str, Any]:
    """How `typer` registers a command that goes by `remote` where a server is meant."""

    class Either(TyperCommand):
        def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
            if asks_server(args, os.environ):  # noqa: TID251 - a door of the command line
                return _command_of(remote).make_context(info_name, args, parent, **extra)
            return super().make_context(info_name, args, parent, **extra)

    return {"cls": Either, "epilog": _HELP}


def _command_of(remote: Callable[..., None]) -> TyperCommand:
    alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    alone.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})(remote)
    command = typer.main.get_command(alone)
    assert isinstance(command, TyperCommand), "an app of one command is that command"
    return command
