"""Reads the pages of `docs/`: their fenced blocks, and what happens when one follows them.

- A `console` block is a session: every line that begins with `$ ` is run, in order, in one folder, and prints what
  stands below it. `(exit code 2)` ends what a command prints that fails.
- A `python` block is run; blocks of one page share their names. It prints what stands in the `text` block right below
  it, nothing where there is none.
- A line `...` in what is printed stands for any lines that are left out.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest
from typer.testing import CliRunner

from coterie.cli import app

DOCS = Path(__file__).parents[2] / "docs"

T = TypeVar("T")

_FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Fence:
    """A fenced block: what stands after the opening fence, its text, and the line of the page its text begins on."""

    info: str
    text: str
    line: int
    end: int
    """Where in the page it ends, to tell whether another follows at once."""

    @property
    def language(self) -> str:
        return self.info.partition(" ")[0]


def fences(page: str) -> list[Fence]:
    return [
        Fence(match["info"].strip(), match["text"], page.count("\n", 0, match.start()) + 2, match.end())
        for match in _FENCE.finditer(page)
    ]


def data_folder(*files: str) -> Path:
    """The folder of the real data sets; the test is skipped, and says why, where it does not hold these files."""
    given = os.environ.get("COTERIE_DATA")  # noqa: TID251 - the tests are outside the engine
    folder = Path(given) if given else DOCS.parents[1] / "shared" / "data"
    missing = [name for name in files if not (folder / name).exists()]
    if missing:
        pytest.skip(f"{' and '.join(missing)} not in {folder}: name the folder of the data sets in COTERIE_DATA")
    return folder


@dataclass
class Reader:
    """Follows a page in a folder, as a patient reader would, and says what it saw."""

    folder: Path
    names: dict[str, Any] = field(default_factory=dict)
    ran: int = 0

    def follow(self, page: str) -> Iterator[tuple[str, str, str]]:
        """(where and what was run, what the page says it prints, what it printed), one after the other."""
        blocks = fences(page)
        for fence, following in zip(blocks, [*blocks[1:], None], strict=True):
            if fence.language == "console":
                for command, shown in commands(fence):
                    yield f"line {fence.line}: $ {command}", shown, self._seen(self.command, command)
            elif fence.language == "python":
                shown = printed_below(page, fence, following)
                yield f"line {fence.line}: python", shown, self._seen(self.python, fence)

    def _seen(self, run: Callable[[T], str], what: T) -> str:
        self.ran += 1
        with contextlib.chdir(self.folder):
            return run(what)

    def command(self, command: str) -> str:
        """What a command prints. `coterie` runs in this process, the rest in a shell."""
        if not command.startswith("coterie "):
            return subprocess.run(["bash", "-c", command], check=True, capture_output=True, text=True).stdout
        words, _, target = command.partition(" > ")
        result = CliRunner().invoke(app, shlex.split(words)[1:])
        if target:
            Path(target.strip()).write_text(result.stdout)
            return result.stderr
        status = f"(exit code {result.exit_code})\n" if result.exit_code else ""
        return result.output + status

    def python(self, fence: Fence) -> str:
        printed = io.StringIO()
        source = "\n" * (fence.line - 1) + fence.text
        with contextlib.redirect_stdout(printed):
            exec(compile(source, "page", "exec"), self.names)  # noqa: S102 - the page's own example
        return printed.getvalue()


def commands(fence: Fence) -> Iterator[tuple[str, str]]:
    """The commands of a session, each with what is shown below it. A backslash carries a command to the next line."""
    for part in re.split(r"^\$ ", fence.text, flags=re.MULTILINE)[1:]:
        command, _, shown = re.sub(r"\\\n\s*", "", part).partition("\n")
        yield command, shown


def printed_below(page: str, fence: Fence, following: Fence | None) -> str:
    if following is None or following.language != "text":
        return ""
    between = page[fence.end : page.index("```text", fence.end)]
    return following.text if not between.strip() else ""


def same(shown: str, printed: str) -> bool:
    """Equal line by line, blanks at the ends aside; `...` alone on a line stands for any lines."""
    parts = [[line.rstrip() for line in part] for part in _split(shown.strip("\n").splitlines(), "...")]
    lines = [line.rstrip() for line in printed.strip("\n").splitlines()]
    if len(parts) == 1:
        return parts[0] == lines
    first, *middle, last = parts
    fixed = len(first) + len(last)
    if len(lines) < fixed or lines[: len(first)] != first or lines[len(lines) - len(last) :] != last:
        return False
    return _in_order(middle, lines[len(first) : len(lines) - len(last)])


def _in_order(parts: list[list[str]], lines: list[str]) -> bool:
    at = 0
    for part in parts:
        starts = (i for i in range(at, len(lines) - len(part) + 1) if lines[i : i + len(part)] == part)
        found = next(starts, None)
        if found is None:
            return False
        at = found + len(part)
    return True


def _split(lines: list[str], mark: str) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for line in lines:
        if line.strip() == mark:
            parts.append([])
        else:
            parts[-1].append(line)
    return parts
