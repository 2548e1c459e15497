"""Help teaches: what a command does, an example to copy, and what the exit codes mean."""

from __future__ import annotations

import subprocess
import sys

import pytest
from cli_shop import Run

COMMANDS = [
    ("catalog", "infer"),
    ("catalog", "check"),
    ("load",),
    ("ingest",),
    ("rebuild",),
    ("check",),
    ("validate",),
    ("describe",),
    ("count",),
    ("members",),
    ("breakdown",),
    ("explain",),
    ("plan",),
    ("apply",),
    ("refresh",),
    ("watch",),
    ("status",),
    ("log",),
    ("segments",),
    ("demo",),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_of_every_command_has_an_example(run: Run, command: tuple[str, ...]) -> None:
    result = run(*command, "--help")
    assert result.exit_code == 0
    assert "  Example" in result.output
    assert f"    coterie {' '.join(command)}" in result.output


def test_help_names_every_command_and_the_exit_codes(run: Run) -> None:
    output = run("--help").output
    assert all(f"\n  {command[0]} " in output for command in COMMANDS)
    assert "Exit codes:\n    0    done\n    1    the answer is no" in output


def test_help_is_plain(run: Run) -> None:
    output = run("count", "--help").output
    assert "\x1b" not in output
    assert not set("│─╭╰") & set(output)


def test_the_command_line_itself_needs_neither_the_database_nor_arrow_nor_numpy() -> None:
    """They take most of a second to import, and help must not wait. What the library imports by itself is left out."""
    code = """
import importlib.util, sys, types
library = types.ModuleType("coterie")
library.__path__ = importlib.util.find_spec("coterie").submodule_search_locations
sys.modules["coterie"] = library
import coterie.cli
print(sorted({"duckdb", "pyarrow", "numpy", "ruamel", "rich"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_version(run: Run) -> None:
    assert run("--version").output.startswith("coterie ")


def test_an_unknown_command_is_answered_with_the_likely_one(run: Run) -> None:
    result = run("cuont")
    assert result.exit_code == 2
    assert "Did you mean 'count'?" in result.stderr
