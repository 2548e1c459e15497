"""Segments as code on a server: plan, apply."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from coterie.cli.arguments import AsJson, SegmentFolder
from coterie.cli.failures import ExitCode
from coterie.cli.remote.arguments import ServerAddress, Token

if TYPE_CHECKING:
    from coterie.engine.refreshed import RefreshPlan
    from coterie.errors import Problem

__all__ = ["apply", "plan"]


def plan(
    segments: SegmentFolder,
    server: ServerAddress,
    token: Token = None,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="End with exit code 1 where `apply` would change anything.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show what `apply` would do on a server: who would enter and leave which segment, exactly. Nothing is changed.

    Your own live segments without a file would stop; those of others go on. Exit code 1 where some segment would fail;
    with --exit-code also where anything would change.

    \b
    Example:
      coterie plan segments/ --server https://coterie.example.com
    """
    from coterie.cli.answers import print_json
    from coterie.cli.remote.client import Server
    from coterie.cli.remote.reading import plan_in
    from coterie.cli.screen import Screen
    from coterie.cli.tables import show_plan

    files = _files(segments, may_be_empty=True)
    with _naming(files):
        told = Server(server, token).post("/plan", _asked(files))
    planned = plan_in(told)
    if as_json:
        print_json(told)
    else:
        show_plan(Screen(), planned)
    if _would_fail(planned) or (exit_code and told["changes"]):
        raise typer.Exit(ExitCode.NO)


def apply(
    segments: SegmentFolder,
    server: ServerAddress,
    token: Token = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Do not ask; and stop all of your segments where there is no file.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make the segments of these files live on a server, all or none; your own that have no file stop.

    Shows first what that does, as `plan` does, and asks if it may, where somebody is at a terminal to answer (not with
    --yes or --json). Segments of others stay as they are. Exit code 1 where the answer is no.

    \b
    Example:
      coterie apply segments/ --server https://coterie.example.com --yes
    """
    from coterie.cli.answers import print_json
    from coterie.cli.remote.client import Server
    from coterie.cli.remote.reading import plan_in
    from coterie.cli.screen import Screen
    from coterie.cli.tables import show_plan

    files, there = _files(segments, may_be_empty=yes), Server(server, token)
    asked = _asked(files)
    with _naming(files):
        told = there.post("/plan", asked)
    if not as_json:
        show_plan(Screen(), plan_in(told))
        if not yes and told["changes"] and sys.stdin.isatty() and not typer.confirm("Publish this?"):
            typer.echo("Nothing was changed.")
            raise typer.Exit(ExitCode.NO)
    with _naming(files):
        applied = there.post("/apply", asked)
    done, warnings = applied["done"], applied["warnings"]
    for each in warnings:
        typer.echo(f"warning[{each['code']}] {each['path']}: {each['message']} {each['hint']}", err=True)
    if as_json:
        print_json({"plan": told, "done": done, "warnings": warnings})
    else:
        changed = sum(deed != "unchanged" for deed in done.values())
        Screen().line(f"Published: {changed:,} of {len(done):,} segments changed. The server serves them from now on.")


def _files(path: Path, *, may_be_empty: bool) -> list[Path]:
    """The files of a folder, or the one file. ReadError where there are none: a wrong folder must not stop them all."""
    from coterie.cli.inputs import segment_files
    from coterie.errors import Problem, ReadError

    files = list(segment_files([path]))
    if not files and not may_be_empty:
        message = "There is no segment file, and so all of your segments would be stopped."
        raise ReadError(Problem(code="empty", path=str(path), message=message, hint="If that is meant, pass --yes."))
    return files


def _asked(files: Sequence[Path]) -> dict[str, Any]:
    """The files as they stand: the server reads them."""
    from coterie.cli.inputs import read_bytes

    texts = [read_bytes(file).decode("utf-8", "surrogateescape") for file in files]
    return {"segments": texts, "stop_missing": True}


@contextmanager
def _naming(files: Sequence[Path]) -> Iterator[None]:
    """What the server finds wrong in `segments[3]` is wrong in the file that was sent as such."""
    from coterie.errors import CoterieError

    try:
        yield
    except CoterieError as error:
        raise type(error)(*(_in_its_file(problem, files) for problem in error.problems)) from None


def _in_its_file(problem: Problem, files: Sequence[Path]) -> Problem:
    found = re.match(r"segments\[(\d+)\]\.?", problem.path)
    if found is None or int(found[1]) >= len(files):
        return problem
    rest = problem.path[found.end() :]
    name = str(files[int(found[1])])
    return replace(problem, path=f"{name}: {rest}" if rest else name)


def _would_fail(planned: RefreshPlan) -> bool:
    from coterie.engine.refreshed import Happening

    return any(segment.happens is Happening.FAILS for segment in planned.segments.values())
