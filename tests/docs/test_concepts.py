"""docs/concepts.md: its example runs, and its rooms are those of the code."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from doc_pages import DOCS, Reader, same

import coterie

PAGE = (DOCS / "concepts.md").read_text(encoding="utf-8")


def test_the_example_prints_what_the_page_says(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    for what, shown, printed in reader.follow(PAGE):
        assert same(shown, printed), f"{what} printed\n{printed}"
    assert reader.ran == 1


def test_the_rooms_are_those_of_the_code_from_the_uppermost_down() -> None:
    listed = re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)
    contracts = tomllib.loads((DOCS.parent / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    layers = contracts["contracts"][0]["layers"]
    assert listed == [room for layer in layers for room in layer.split(" | ")]
    package = Path(coterie.__file__).parent
    rooms = {path.stem for path in package.iterdir() if path.suffix in {"", ".py"} and not path.name.startswith("_")}
    assert set(listed) == rooms
