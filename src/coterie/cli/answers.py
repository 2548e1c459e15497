"""Answers as JSON on standard output, and the list of problems."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from coterie.cli.failures import problem_line
from coterie.errors import Problem

if TYPE_CHECKING:
    from coterie.engine.plain_answers import Json

__all__ = ["print_json", "show_problems"]


def print_json(answer: Json) -> None:
    typer.echo(json.dumps(answer, ensure_ascii=False, indent=2))


def show_problems(problems: Sequence[Problem], *, as_json: bool, well: str = "") -> None:
    """The problems on standard output, a line each; `well` where there are none. They are the answer, no failure."""
    from coterie.engine.plain_answers import problem_as_json

    if as_json:
        print_json({"valid": not problems, "problems": [problem_as_json(problem) for problem in problems]})
        return
    for problem in problems:
        typer.echo(problem_line(problem))
    if not problems:
        typer.echo(well)
