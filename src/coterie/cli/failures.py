"""How a command fails: exit codes, one line per problem on standard error, never a traceback for bad input."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from enum import IntEnum
from functools import wraps
from typing import ParamSpec

import typer

from coterie.cli.screen import printable
from coterie.errors import CoterieError, Problem, QuestionError, StoreError

__all__ = ["ExitCode", "exit_code", "problem_line", "reporting"]

P = ParamSpec("P")


class ExitCode(IntEnum):
    OK = 0
    NO = 1
    USAGE = 2
    INPUT = 3
    STORE = 4
    INTERRUPTED = 130
    BROKEN_PIPE = 141


def exit_code(error: CoterieError) -> ExitCode:
    """2 for a question asked wrongly, 4 for the store, 3 for a definition, a catalog or data that cannot be used."""
    match error:
        case QuestionError():
            return ExitCode.USAGE
        case StoreError():
            return ExitCode.STORE
        case _:
            return ExitCode.INPUT


def problem_line(problem: Problem) -> str:
    """`error[code] path (line n): message hint`, always one line, whatever the texts hold."""
    line = f"line {problem.line}" if problem.line is not None else ""
    where = " ".join(filter(None, [problem.path, f"({line})" if line and problem.path else line]))
    what = " ".join(filter(None, [problem.message, problem.hint]))
    return printable(f"error[{problem.code}] {where}: {what}" if where else f"error[{problem.code}] {what}")


def reporting(command: Callable[P, None]) -> Callable[P, None]:
    """The command, with its failures told in lines and exit codes; Ctrl-C and a reader gone away end it quietly."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
            sys.stdout.flush()
        except CoterieError as error:
            _report(error.problems)
            raise typer.Exit(exit_code(error)) from None
        except KeyboardInterrupt:
            raise typer.Exit(ExitCode.INTERRUPTED) from None
        except BrokenPipeError:
            _forget_output()
            raise typer.Exit(ExitCode.BROKEN_PIPE) from None
        except OSError as error:
            _report([_file_problem(error)])
            if error.filename is None:
                _forget_output()
            raise typer.Exit(ExitCode.INPUT) from None

    return run


def _report(problems: Iterable[Problem]) -> None:
    for problem in problems:
        typer.echo(problem_line(problem), err=True)


def _file_problem(error: OSError) -> Problem:
    """A file, or standard output, that could not be written: what could not be read is a ReadError already."""
    path = str(error.filename or "standard output")
    reason = (error.strerror or str(error)).lower()
    return Problem(code="unwritable_file", path=path, message=f"It cannot be written: {reason}.")


def _forget_output() -> None:
    """Let what is still in the buffer go nowhere: else the interpreter complains about it when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
