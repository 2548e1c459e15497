"""The commands by name, and the help that introduces them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Annotated

import typer

from coterie.cli import archives, catalogs, currency, feeding, loading, questions
from coterie.cli.demo import command as demo
from coterie.cli.failures import ExitCode, reporting
from coterie.cli.remote import as_code as remote_as_code
from coterie.cli.remote import currency as remote_currency
from coterie.cli.remote import questions as remote_questions
from coterie.cli.remote.doors import two_doors

__all__ = ["app", "main"]

_HELP = """Customer segments: who, exactly, right now, and why.

\b
A first walk:
  coterie catalog infer contact=customers.csv purchase=orders.csv > catalog.yaml
  coterie load shop.duckdb contact customers.csv --catalog catalog.yaml
  coterie load shop.duckdb purchase orders.csv --catalog catalog.yaml
  coterie count shop.duckdb segment.yaml --catalog catalog.yaml
  coterie explain shop.duckdb segment.yaml 00017 --catalog catalog.yaml
Or see it at work on a made-up shop: coterie demo
"""

_EXIT_CODES = """\b
Exit codes:
  0    done
  1    the answer is no: validate or catalog check found problems, check differences,
       some segment failed or would, plan --exit-code found changes, apply was declined
  2    wrong usage: an argument, a moment, a zone, an unknown contact or segment
  3    a file that cannot be used: a definition, a catalog, data, output
  4    a store that cannot be used: missing, locked, damaged, too new
  130  interrupted (Ctrl-C); 141 when the reader of the output went away
"""


def _typer(text: str) -> typer.Typer:
    return typer.Typer(
        help=text,
        epilog=_EXIT_CODES,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        add_completion=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )


app = _typer(_HELP)
_catalog = _typer("Propose a catalog from data files, or check one.")

_COMMANDS: tuple[tuple[typer.Typer, str, str, Callable[..., None]], ...] = (
    (_catalog, "infer", "Propose a catalog from data files.", catalogs.infer),
    (_catalog, "check", "Check a catalog.", catalogs.check),
    (app, "load", "Load records of a file into a store.", loading.load),
    (app, "ingest", "Apply upserts, deletions and interactions.", feeding.ingest),
    (app, "rebuild", "Make a store again out of its archive.", archives.rebuild),
    (app, "check", "Compare a store with its archive.", archives.check),
    (app, "validate", "Check a definition.", questions.validate),
    (app, "describe", "Say in plain English whom a definition means.", questions.describe),
    (app, "count", "Count the members, exactly.", questions.count),
    (app, "members", "List the members, or write them to a file.", questions.members),
    (app, "breakdown", "Count every step and condition.", questions.breakdown),
    (app, "explain", "Say why a contact is a member, or is not.", questions.explain),
    (app, "plan", "Show what apply would do.", currency.plan),
    (app, "apply", "Make the segments of a folder live.", currency.apply),
    (app, "refresh", "Bring live segments to a moment.", currency.refresh),
    (app, "watch", "Keep live segments current.", feeding.watch),
    (app, "status", "Say how live segments stand.", currency.status),
    (app, "log", "Say who entered and left a segment.", currency.log),
    (app, "segments", "List the segments a contact is in.", currency.segments),
    (app, "demo", "See six segments of a made-up shop.", demo.demo),
)

_REMOTE: dict[str, Callable[..., None]] = {
    "ingest": remote_currency.ingest,
    "validate": remote_questions.validate,
    "describe": remote_questions.describe,
    "count": remote_questions.count,
    "members": remote_questions.members,
    "breakdown": remote_questions.breakdown,
    "explain": remote_questions.explain,
    "plan": remote_as_code.plan,
    "apply": remote_as_code.apply,
    "status": remote_currency.status,
    "log": remote_currency.log,
    "segments": remote_currency.segments,
}
"""What these commands do where a server is asked in place of a store."""

app.add_typer(_catalog, name="catalog", short_help="Propose a catalog, or check one.")
for _app, _name, _summary, _command in _COMMANDS:
    _doors = two_doors(reporting(_REMOTE[_name])) if _app is app and _name in _REMOTE else {}
    _app.command(_name, short_help=_summary, **_doors)(reporting(_command))

# Other packages bring commands of their own (`coterie serve` comes with coterie_web): the engine does not know them.
for _found in entry_points(group="coterie.commands"):
    _loaded = _found.load()
    app.command(_found.name, short_help=(_loaded.__doc__ or "").partition("\n")[0])(_loaded)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"coterie {version('coterie')}")
        raise typer.Exit


@app.callback()
def _options(
    _: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Options that stand before any command."""


def main() -> None:
    """The program `coterie`. Output is UTF-8 whatever the locale: the data is, and files must not depend on it."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    try:
        app(prog_name="coterie")
    except KeyboardInterrupt:
        sys.exit(ExitCode.INTERRUPTED)
