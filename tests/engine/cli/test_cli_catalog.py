"""`coterie catalog`: proposing one from data files, checking one."""

from __future__ import annotations

import gzip
from pathlib import Path

import pyarrow as pa
import pytest
from cli_shop import CATALOG, Run
from pyarrow import parquet

from coterie.catalog import AttributeType, Catalog, parse_catalog
from coterie.catalog.model import RelationKind


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def inferred(run: Run, *files: str) -> Catalog:
    result = run("catalog", "infer", *files)
    assert result.exit_code == 0, result.stderr
    return parse_catalog(result.output)


def contact_types(catalog: Catalog) -> dict[str, AttributeType]:
    return {name: attribute.type for name, attribute in catalog.contact.attributes.items()}


def test_each_column_is_proposed_as_what_it_will_be_accepted_as(run: Run) -> None:
    rows = [
        "contact_id,age,zip,vip,born,created,interests,note,tier,empty",
        *(
            f"{n},{n}.5,0123{n},{'yes' if n % 2 else 'no'},2000-01-0{n},2026-11-0{n}T10:00Z,a;b,note {n},gold,"
            for n in range(1, 8)
        ),
    ]
    Path("customers.csv").write_text("\n".join(rows) + "\n")
    assert contact_types(inferred(run, "customers.csv")) == {
        "contact_id": "text",
        "age": "number",
        "zip": "text",
        "vip": "boolean",
        "born": "date",
        "created": "datetime",
        "interests": "multi_choice",
        "note": "text",
        "tier": "choice",
        "empty": "text",
    }


def test_files_are_known_by_their_names_and_linked_by_their_keys(run: Run) -> None:
    Path("contacts.csv").write_text("contact_id,account_id,email\n1,7,a@example.com\n")
    Path("Accounts.csv.gz").write_bytes(gzip.compress(b"account_id,name\n7,Acme\n"))
    Path("leads.jsonl").write_text('{"lead_id": "1", "contact_id": "1", "score": 5}\n')
    table = pa.table({"contact_id": ["1"], "occurred_at": ["2026-11-23T10:00Z"], "amount": [9.5]})
    parquet.write_table(table, "purchases.parquet")
    catalog = inferred(run, "contacts.csv", "Accounts.csv.gz", "leads.jsonl", "purchases.parquet")
    assert set(catalog.entities) == {"contact", "account", "lead"}
    assert {name: (r.source, r.target, r.kind, r.column) for name, r in catalog.relations.items()} == {
        "account": ("contact", "account", RelationKind.MANY_TO_ONE, "account_id"),
        "leads": ("contact", "lead", RelationKind.ONE_TO_MANY, "contact_id"),
    }
    assert list(catalog.interactions["purchase"].attributes) == ["amount"]
    assert catalog.contact.email == "email"


def test_a_file_may_be_given_another_name(run: Run) -> None:
    Path("people2026.csv").write_text("id,city\n1,Paris\n")
    catalog = inferred(run, "contact=people2026.csv")
    assert catalog.contact.key == "id"


def test_a_column_whose_name_is_none_is_left_out_and_said_so(run: Run) -> None:
    Path("contacts.csv").write_text("contact_id,Home Town\n1,Paris\n")
    result = run("catalog", "infer", "contacts.csv")
    assert "# left out, rename the column to use it: 'Home Town'" in result.output
    assert "Home Town" not in contact_types(parse_catalog(result.output))


def test_without_contacts_there_is_no_catalog(run: Run) -> None:
    Path("orders.csv").write_text("order_id\n1\n")
    result = run("catalog", "infer", "orders.csv")
    assert result.exit_code == 3
    assert "contact=FILE" in result.stderr


def test_records_without_a_key_are_refused(run: Run) -> None:
    Path("contacts.csv").write_text("city\nParis\nParis\n")
    result = run("catalog", "infer", "contacts.csv")
    assert result.exit_code == 3
    assert result.stderr.startswith("error[missing_key] contact.key: ")


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
