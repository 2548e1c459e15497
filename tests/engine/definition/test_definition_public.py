"""The public names of the definition room."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import coterie.definition
from coterie.definition.paths import Finding, format_path, in_document_order, problems_of, shown
from coterie.definition.schema import schema_text


def test_every_public_name_is_there() -> None:
    assert all(hasattr(coterie.definition, name) for name in coterie.definition.__all__)
    assert {"parse", "check", "typed", "validate", "write", "to_mapping", "json_schema"} <= set(
        coterie.definition.__all__
    )


def test_paths_are_written_with_dots_and_brackets() -> None:
    assert format_path(()) == ""
    assert format_path(("blocks", 1, "block", "where", "all", 0)) == "blocks[1].block.where.all[0]"


def test_values_are_shown_as_they_are_written() -> None:
    assert [shown("x"), shown(True), shown(5), shown(None)] == ["'x'", "true", "5", "None"]


def test_a_problem_has_the_line_of_what_holds_it() -> None:
    lines = {"": 1, "blocks": 2, "blocks[0]": 3}
    [first, second, third] = problems_of(
        [Finding("a", ("blocks", 0, "x", "y"), "m"), Finding("b", ("z",), "m", "h"), Finding("c", ("blocks",), "m")],
        lines,
    )
    assert [problem.line for problem in (first, second, third)] == [3, 1, 2]
    assert (first.path, second.hint) == ("blocks[0].x.y", "h")


def test_findings_are_told_in_the_order_of_the_document() -> None:
    tree = {"b": [{"y": 1, "x": {"z": 2}}, 5], "a": "text"}
    paths = [(), ("c",), ("b",), ("b", 0, "w"), ("b", 0, "y"), ("b", 0, "x", "z"), ("b", 1, "v"), ("b", 2, "u"), ("a",)]
    found = [Finding("code", path, "message") for path in reversed(paths)]
    assert [finding.path for finding in in_document_order(found, tree)] == paths


def test_the_schema_is_written_by_a_command(tmp_path: Path) -> None:
    path = tmp_path / "schema.json"
    subprocess.run([sys.executable, "-W", "error", "-m", "coterie.definition.schema", str(path)], check=True)
    assert path.read_text(encoding="utf-8") == schema_text()
