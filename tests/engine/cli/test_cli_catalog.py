"""`coterie catalog`: proposing one from data files, checking one."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from cli_shop import CATALOG, Run

from coterie.catalog import Catalog, parse_catalog


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def inferred(run: Run, *files: str) -> Catalog:
    result = run("catalog", "infer", *files)
    assert result.exit_code == 0, result.stderr
    return parse_catalog(result.output)


def test_a_catalog_is_proposed_for_several_files(run: Run) -> None:
    Path("contacts.csv").write_text("contact_id,city\n1,Paris\n2,Lyon\n")
    Path("leads.jsonl").write_text('{"lead_id": "1", "contact_id": "1", "score": 5}\n')
    Path("purchases.csv.gz").write_bytes(
        gzip.compress(b"contact_id,occurred_at,amount\n1,2026-11-23T10:00Z,9.5\n1,2026-11-23T11:00Z,9.5\n")
    )
    catalog = inferred(run, "contacts.csv", "leads.jsonl", "purchases.csv.gz")
    assert set(catalog.entities) == {"contact", "lead"}
    assert [(r.source, r.target, r.column) for r in catalog.relations.values()] == [("contact", "lead", "contact_id")]
    assert catalog.interactions["purchase"].attributes["amount"].type == "number"


def test_a_file_may_be_given_another_name(run: Run) -> None:
    Path("people2026.csv").write_text("id,city\n1,Paris\n")
    catalog = inferred(run, "contact=people2026.csv")
    assert catalog.contact.key == "id"


def test_without_a_key_there_is_no_catalog(run: Run) -> None:
    Path("contacts.csv").write_text("city\nParis\nParis\n")
    result = run("catalog", "infer", "contacts.csv")
    assert result.exit_code == 3
    assert result.stdout == ""
    assert result.stderr.startswith("error[")


def test_a_file_that_is_not_there(run: Run) -> None:
    result = run("catalog", "infer", "contacts.csv")
    assert result.exit_code == 3
    assert result.stderr.startswith("error[unreadable_file] contacts.csv: ")


def test_check_counts_what_is_in_order(run: Run) -> None:
    Path("catalog.yaml").write_text(CATALOG)
    assert run("catalog", "check", "catalog.yaml").output == (
        "catalog.yaml is in order: entities 1, relations 0, interactions 1, attributes 5.\n"
    )


def test_check_of_a_file_that_is_not_there(run: Run) -> None:
    result = run("catalog", "check", "nowhere.yaml")
    assert result.exit_code == 3
    assert result.stderr.startswith("error[unreadable_file] ")
