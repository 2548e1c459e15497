"""docs/cli.md shows real commands with what they really print: each is run, in order, and compared."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_shop import Run

DOCUMENT = Path(__file__).parents[3] / "docs" / "cli.md"


def test_every_command_in_the_documentation_prints_what_it_says(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`$ cat FILE` makes the file that it shows, `$ rm FILE` removes one; times are whatever they are."""
    monkeypatch.chdir(tmp_path)
    ran = 0
    for command, shown in console_blocks(DOCUMENT.read_text()):
        words = shlex.split(command)
        match words:
            case ["rm", name]:
                Path(name).unlink()
            case ["cat", name]:
                Path(name).parent.mkdir(exist_ok=True)
                Path(name).write_text(shown)
            case ["cd", folder]:
                monkeypatch.chdir(folder)
            case ["coterie", *arguments, ">", name]:
                Path(name).write_text(run(*arguments).stdout)
                ran += 1
            case ["coterie", *arguments]:
                result = run(*arguments)
                status = "" if result.exit_code == 0 else f"(exit code {result.exit_code})\n"
                assert timeless(result.output + status) == timeless(shown), command
                ran += 1
    assert ran >= 10


def console_blocks(text: str) -> Iterator[tuple[str, str]]:
    for block in re.findall(r"^```console\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, shown = part.partition("\n")
            yield command, shown


def timeless(output: str) -> str:
    return re.sub(r"\s+[0-9.]+ (ms|s)\b", " 0 s", output)
