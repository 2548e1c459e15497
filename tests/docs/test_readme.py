"""README.md tells the truth: its example runs, its demo prints what it shows, its links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

from doc_pages import DOCS, Reader, same
from typer.testing import CliRunner

from coterie.cli import app

README = DOCS.parent / "README.md"
PAGE = README.read_text(encoding="utf-8")


def test_the_example_prints_what_stands_below_it(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    for what, shown, printed in reader.follow(PAGE):
        assert same(shown, printed), f"{what} printed\n{printed}"
    assert reader.ran == 1


def test_the_demo_prints_the_numbers_that_the_page_begins_with() -> None:
    shown = PAGE.split("```text\n")[1].split("```")[0]
    printed = CliRunner().invoke(app, ["demo"], env={"COLUMNS": "120"}).output
    for line in re.findall(r"^ *[\d,]+ .+$", shown, re.MULTILINE):
        assert " ".join(line.split()) in " ".join(printed.split()), line


def test_links_lead_somewhere_and_the_page_stays_short() -> None:
    for link in re.findall(r"\]\(([^)#]+)", PAGE):
        assert (README.parent / link).exists(), link
    assert len(PAGE.splitlines()) < 120


def test_the_commands_it_names_are_there() -> None:
    for command in ("script/demo", "script/test"):
        assert (README.parent / command).stat().st_mode & 0o111
    assert "script/test" in (README.parent / ".ci" / "run").read_text(encoding="utf-8")
