"""`coterie load`: a report of what was done, which makes sense the second time too."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_shop import AS_OF, Run

pytestmark = pytest.mark.usefixtures("shop")

LOAD = ("load", "shop.duckdb", "contact")
CATALOG = ("--catalog", "catalog.yaml")


def test_loading_again_changes_nothing(run: Run) -> None:
    report = json.loads(run(*LOAD, "contacts.csv", *CATALOG, "--json").output)
    assert (report["read"], report["added"], report["updated"], report["repeated"]) == (4, 0, 0, 4)


def test_values_that_cannot_be_used_are_shown_with_their_lines(run: Run) -> None:
    Path("more.csv").write_text("contact_id,city,age,colour\n00008,Rome,old,red\n,Rome,3,blue\n")
    output = run(*LOAD, "more.csv", *CATALOG).output
    assert "line 2, age: 'old' (ill_typed)" in output
    assert "missing_key" in output
    assert "colour" in output


def test_the_store_is_made_by_the_first_load(run: Run) -> None:
    result = run("load", "new.duckdb", "contact", "contacts.csv", *CATALOG)
    assert result.exit_code == 0
    assert run("count", "new.duckdb", "parisians.yaml", *CATALOG, *AS_OF).output == "3\n"


def test_an_unknown_kind_of_record_is_wrong_usage(run: Run) -> None:
    result = run("load", "shop.duckdb", "contcat", "contacts.csv", *CATALOG)
    assert result.exit_code == 2
    assert result.stderr.startswith("error[unknown_entity] ")
    assert "'contact'" in result.stderr


def test_nothing_of_the_progress_bar_is_seen_by_programs(run: Run) -> None:
    result = run(*LOAD, "contacts.csv", *CATALOG)
    assert result.stderr == ""
    assert "\x1b" not in result.stdout
