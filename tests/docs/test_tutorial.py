"""docs/tutorial.md on the real data: every command prints what the page says, and the numbers are right.

The numbers are counted here a second time, from the files, with nothing of Coterie.
"""

from __future__ import annotations

import csv
import gzip
import re
import shutil
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest
from doc_pages import DOCS, Reader, data_folder, same

PAGE = (DOCS / "tutorial.md").read_text(encoding="utf-8")

FILES = ("cdnow-contacts.csv.gz", "cdnow-purchases.csv.gz")

Purchase = tuple[str, int, Decimal]
"""The day (as text, which sorts like days), CDs, dollars."""


def test_every_command_and_example_prints_what_the_page_says(tmp_path: Path) -> None:
    shutil.copytree(DOCS / "examples" / "cdnow", tmp_path, dirs_exist_ok=True)
    (tmp_path / "data").symlink_to(data_folder(*FILES))
    reader = Reader(tmp_path)
    for what, shown, printed in reader.follow(PAGE):
        assert same(shown, printed), f"{what} printed\n{printed}"
    assert reader.ran >= 20


@pytest.fixture(scope="module")
def purchases() -> dict[str, list[Purchase]]:
    """The purchases of every contact, read by Python's csv alone."""
    folder = data_folder(*FILES)
    bought: dict[str, list[Purchase]] = {}
    with gzip.open(folder / "cdnow-contacts.csv.gz", "rt", newline="") as file:
        for row in csv.DictReader(file):
            bought[row["contact_id"]] = []
    with gzip.open(folder / "cdnow-purchases.csv.gz", "rt", newline="") as file:
        for row in csv.DictReader(file):
            bought[row["contact_id"]].append((row["occurred_at"], int(row["cds"]), Decimal(row["amount"])))
    return bought


def test_the_data_set_is_what_the_page_says(purchases: dict[str, list[Purchase]]) -> None:
    everything = [purchase for bought in purchases.values() for purchase in bought]
    contacts, orders = len(purchases), len(everything)
    cds = sum(cds for _, cds, _ in everything)
    dollars = sum(amount for _, _, amount in everything)
    assert (contacts, orders, cds, dollars) == (23_570, 69_659, 167_881, Decimal("2500315.63"))
    for fact in (f"{contacts:,} contacts", f"{orders:,} purchases", f"{cds:,} CDs", f"{dollars:,} dollars"):
        assert fact in " ".join(PAGE.split()), fact


def test_the_segments_hold_whom_the_files_say(purchases: dict[str, list[Purchase]]) -> None:
    """
    All as of midnight that begins 1 July 1998, in New York; every purchase lies on the midnight of its day.
    """
    table = re.search(r"^```text\n((?: *[\d,]+  [a-z-]+\n)+)```$", PAGE, re.MULTILINE)
    assert table is not None
    rows = map(str.split, table[1].splitlines())
    sizes = {key: int(size.replace(",", "")) for size, key in rows}
    counted: dict[str, int] = defaultdict(int)
    for bought in purchases.values():
        for key in _segments_of(bought):
            counted[key] += 1
    assert sizes == counted
    assert len(sizes) == 8


def _segments_of(bought: list[Purchase]) -> set[str]:
    """The segments of the page, said once more in plain Python."""
    days = [day for day, _, _ in bought]
    amounts = [amount for _, _, amount in bought]
    recent = max(days) >= "1998-04-02"  # 90 days before 1 July
    big = sum(amounts) >= 250
    champion = recent and big and len({day for day in days if day >= "1997-07-01"}) >= 5
    won_back = recent and not any("1997-04-01" <= day <= "1998-03-31" for day in days)
    large_order = any(day >= "1998-01-01" and cds >= 5 for day, cds, _ in bought)
    facts = {
        "recent-buyers": recent,
        "one-time-buyers": len(bought) == 1,
        "big-spenders": big,
        "champions": champion,
        "lapsed-big-spenders": big and not any(day >= "1998-01-01" for day in days),
        "small-baskets": len(bought) >= 4 and sum(amounts) <= 20 * len(bought),
        "won-back": won_back,
        "promising": (recent or large_order) and not (champion or won_back),
    }
    return {key for key, holds in facts.items() if holds}
