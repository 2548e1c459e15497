"""docs/tutorial-profiles.md on the bank's data: every command prints what it says, and the sizes are the file's own."""

from __future__ import annotations

import csv
import gzip
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from doc_pages import DOCS, Reader, data_folder, same

import coterie

PAGE = (DOCS / "tutorial-profiles.md").read_text(encoding="utf-8")
DATA = "bank-marketing.csv.gz"
EXAMPLES = DOCS / "examples" / "bank"

Row = dict[str, str]


def test_every_command_prints_what_the_page_says(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLES, tmp_path, dirs_exist_ok=True)
    (tmp_path / "data").symlink_to(data_folder(DATA))
    reader = Reader(tmp_path)
    for what, shown, printed in reader.follow(PAGE):
        assert same(shown, printed), f"{what} printed\n{printed}"
    assert reader.ran >= 10


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    """The bank's contacts, read by Python's csv alone."""
    with gzip.open(data_folder(DATA) / DATA, "rt", newline="") as file:
        return list(csv.DictReader(file))


def _worth_a_call(row: Row) -> bool:
    free_of_debt = (row["housing"], row["loan"], row["default"]) == ("no", "no", "no")
    young = 18 <= int(row["age"]) <= 30 and row["job"] in {"student", "technician"}
    promising = int(row["balance"]) >= 5000 or row["poutcome"] == "success" or young
    return free_of_debt and promising and row["contact"] != "unknown" and row["y"] == "no"


SEGMENTS: dict[str, Callable[[Row], bool]] = {
    "managers": lambda row: row["job"] == "management",
    "called-in-may": lambda row: row["month"] == "may",
    "subscribers": lambda row: row["y"] == "yes",
    "call-next": _worth_a_call,
}
"""The segments of the page, said once more in plain Python."""


def test_the_data_set_is_the_known_one(rows: list[Row]) -> None:
    sizes = {key: sum(map(belongs, rows)) for key, belongs in SEGMENTS.items() if key != "call-next"}
    assert len(rows) == 45_211
    assert sizes == {"managers": 9_458, "called-in-may": 13_766, "subscribers": 5_289}


def test_the_members_are_those_that_the_file_says(rows: list[Row]) -> None:
    """
    Not only as many: the very same contacts.
    """
    files = {path.stem: path.read_text(encoding="utf-8") for path in (EXAMPLES / "segments").glob("*.yaml")}
    assert files.keys() == SEGMENTS.keys()
    with coterie.open(":memory:", catalog=EXAMPLES / "catalog.yaml") as engine:
        engine.load("contact", data_folder(DATA) / DATA)
        for key, belongs in SEGMENTS.items():
            members = engine.members(files[key], as_of=datetime(2026, 11, 23, tzinfo=UTC), segments=files)
            assert list(members) == [row["contact_id"] for row in rows if belongs(row)], key
