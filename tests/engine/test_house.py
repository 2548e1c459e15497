"""The house rules that a machine can hold: small functions, files with one purpose, names that say something."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "coterie"
FILES = sorted(SOURCE.rglob("*.py"))
SAYS_NOTHING = {"utils", "util", "helpers", "common", "manager", "misc", "service"}
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|simplified for now|not implemented yet", re.IGNORECASE)
CLOCKS = re.compile(r"datetime\.now|utcnow|time\.time\(|date\.today|os\.environ|os\.getenv|^\s*(import|from) django")


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def named(path: Path) -> str:
    return str(path.relative_to(SOURCE))


@pytest.mark.parametrize("path", FILES, ids=named)
def test_a_file_is_small_and_so_are_its_functions(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 600
    for function in functions(ast.parse(text)):
        assert function.end_lineno is not None
        assert function.end_lineno - function.lineno < 60, function.name


@pytest.mark.parametrize("path", FILES, ids=named)
def test_a_file_says_what_it_is_for_and_leaves_nothing_unfinished(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert path.stem not in SAYS_NOTHING
    assert ast.get_docstring(ast.parse(text))
    assert not UNFINISHED.search(text)


@pytest.mark.parametrize("path", [path for path in FILES if "cli" not in path.relative_to(SOURCE).parts], ids=named)
def test_time_and_settings_come_in_by_the_door(path: Path) -> None:
    for line in path.read_text(encoding="utf-8").splitlines():
        assert not CLOCKS.search(line), line
