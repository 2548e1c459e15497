"""A catalog proposed from data files: what the files hold decides."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from coterie.catalog import AttributeType, Catalog, parse_catalog
from coterie.catalog.infer import infer_catalog
from coterie.errors import CatalogError, ReadError

T = AttributeType


def write(path: Path, *lines: str) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def inferred(*paths: Path) -> Catalog:
    return parse_catalog(infer_catalog(paths))


def column(tmp_path: Path, *values: str) -> tuple[AttributeType, tuple[str, ...]]:
    """What a column of these values is proposed as."""
    rows = [f'{number},"{value}"' for number, value in enumerate(values)]
    attribute = inferred(write(tmp_path / "contacts.csv", "contact_id,x", *rows)).contact.attributes["x"]
    return attribute.type, attribute.choices


@pytest.mark.parametrize(
    ("values", "type_"),
    [
        (["1", "-2.5", "1e3"], T.NUMBER),
        (["1", "0"], T.NUMBER),
        (["10115", "01067"], T.TEXT),
        (["0", "0.5"], T.NUMBER),
        (["yes", "No", "YES"], T.BOOLEAN),
        (["true", "maybe"], T.TEXT),
        (["2026-01-01", "2026-02-03"], T.DATE),
        (["2026-01-01", "2026-02-03T10:00Z"], T.DATETIME),
        (["2026-01-01", "2026-02-30"], T.TEXT),
        (["1", "", " "], T.NUMBER),
        (["", ""], T.TEXT),
        (["Ann", "Bob", "Cy"], T.TEXT),
        (["1", "1", "x", "x"], T.CHOICE),
        (["a;b", "b", "a", "b;a"], T.MULTI_CHOICE),
        (["a;b", "c;d", "e;f"], T.TEXT),
    ],
)
def test_the_type_is_what_every_value_is(tmp_path: Path, values: list[str], type_: AttributeType) -> None:
    assert column(tmp_path, *values)[0] is type_


def test_few_values_that_come_again_are_choices(tmp_path: Path) -> None:
    assert column(tmp_path, "blue", "Blue", "red: dark", "red: dark") == (T.CHOICE, ("blue", "red: dark"))


def test_choices_of_any_characters_survive(tmp_path: Path) -> None:
    odd = ["\U0001f3f4\U000e0067", "back\\slash", "tab\there", "null", "Größe"]
    assert set(column(tmp_path, *odd, *odd)[1]) == set(odd)


def test_the_contacts_are_the_records_the_other_files_refer_to(tmp_path: Path) -> None:
    catalog = inferred(
        write(tmp_path / "shop-orders.csv", "message_id,contact_id,occurred_at,amount", "m1,01,2026-01-01,9.50"),
        write(tmp_path / "shop-companies.csv", "company_id,industry", "c1,steel", "c2,wool"),
        write(
            tmp_path / "shop-people.csv",
            "contact_id,first_name,last_name,email,company_id",
            "01,Ann,Ash,a@example.org,c1",
            "02,Bob,Birch,b@example.org,c1",
        ),
        write(tmp_path / "shop-leads.csv", "lead_id,contact_id,score,company_id", "7,01,50,c1", "8,01,60,c1"),
    )
    assert catalog.contact.key == "contact_id"
    assert catalog.contact.name_columns == ("first_name", "last_name")
    assert catalog.contact.email == "email"
    assert {name: entity.key for name, entity in catalog.entities.items() if name != "contact"} == {
        "company": "company_id",
        "lead": "lead_id",
    }
    assert {
        (name, relation.source, relation.target, relation.kind.value, relation.column)
        for name, relation in catalog.relations.items()
    } == {
        ("company", "contact", "company", "many_to_one", "company_id"),
        ("leads", "contact", "lead", "one_to_many", "contact_id"),
        ("leads.company", "lead", "company", "many_to_one", "company_id"),
    }
    assert {name: list(each.attributes) for name, each in catalog.interactions.items()} == {"order": ["amount"]}
    assert list(catalog.entities["lead"].attributes) == ["score"]


def test_names_may_be_given(tmp_path: Path) -> None:
    people, trips = tmp_path / "a.csv", tmp_path / "b.csv"
    write(people, "person_id", "1", "2")
    write(trips, "person_id,occurred_at", "1,2026-01-01")
    catalog = parse_catalog(infer_catalog([people, trips], names={people: "contact", trips: "journey"}))
    assert catalog.contact.key == "person_id"
    assert list(catalog.interactions) == ["journey"]


def test_real_data_is_recognized_by_its_columns(tmp_path: Path) -> None:
    contacts, purchases = tmp_path / "cdnow-contacts.csv.gz", tmp_path / "cdnow-purchases.csv.gz"
    contacts.write_bytes(gzip.compress(b"contact_id\n00001\n00002\n00003\n"))
    purchases.write_bytes(
        gzip.compress(
            b"message_id,contact_id,occurred_at,cds,amount\n"
            b"1,00001,1997-01-01,1,11.77\n2,00002,1997-01-12,1,12.00\n3,00002,1997-01-12,5,77.00\n"
        )
    )
    bank = write(
        tmp_path / "bank-marketing.csv",
        "contact_id,age,job,contact,y",
        "1,58,management,unknown,no",
        "2,44,technician,unknown,no",
        "3,33,management,unknown,yes",
        "4,47,technician,unknown,no",
    )
    cdnow = inferred(purchases, contacts)
    assert {name: a.type for name, a in cdnow.interactions["purchase"].attributes.items()} == {
        "cds": T.NUMBER,
        "amount": T.NUMBER,
    }
    assert {name: a.type for name, a in inferred(bank).contact.attributes.items()} == {
        "contact_id": T.TEXT,
        "age": T.NUMBER,
        "job": T.CHOICE,
        "contact": T.CHOICE,
        "y": T.BOOLEAN,
    }


def test_parquet_and_json_lines_are_read(tmp_path: Path) -> None:
    table = pa.table(
        {
            "contact_id": ["1", "2"],
            "born": [date(2000, 1, 1), None],
            "seen": [datetime(2026, 1, 1, tzinfo=UTC)] * 2,
            "tags": [["a"], ["a"]],
        }
    )
    pq.write_table(table, tmp_path / "contacts.parquet")
    visits = [{"contact_id": "1", "occurred_at": "2026-01-01", "paid": True, "sum": 0.1}, {"contact_id": "2"}]
    write(tmp_path / "visits.jsonl", *map(json.dumps, visits))
    catalog = inferred(tmp_path / "contacts.parquet", tmp_path / "visits.jsonl")
    types = {name: attribute.type for name, attribute in catalog.contact.attributes.items()}
    assert types == {"contact_id": T.TEXT, "born": T.DATE, "seen": T.DATETIME, "tags": T.MULTI_CHOICE}
    visit = catalog.interactions["visit"].attributes
    assert {name: attribute.type for name, attribute in visit.items()} == {"paid": T.BOOLEAN, "sum": T.NUMBER}


def test_parquet_may_have_nanoseconds(tmp_path: Path) -> None:
    instants = pa.array([1_700_000_000_123_456_789, None], pa.timestamp("ns", "UTC"))
    pq.write_table(pa.table({"contact_id": ["1", "2"], "seen": instants}), tmp_path / "contacts.parquet")
    assert inferred(tmp_path / "contacts.parquet").contact.attributes["seen"].type is T.DATETIME


def test_a_column_whose_name_is_none_is_left_out_with_a_remark(tmp_path: Path) -> None:
    text = infer_catalog([write(tmp_path / "contacts.csv", "contact_id,post code", "1,x")])
    assert "# 'post code' is no name: rename the column to ask about it" in text
    assert list(parse_catalog(text).contact.attributes) == ["contact_id"]


def test_a_file_without_a_key_is_left_out_with_a_remark(tmp_path: Path) -> None:
    contacts = write(tmp_path / "contacts.csv", "contact_id", "1")
    text = infer_catalog([contacts, write(tmp_path / "notes.csv", "text", "x", "x")])
    assert "# notes.csv: left out, no column tells its records apart" in text
    assert list(parse_catalog(text).entities) == ["contact"]


def test_two_files_of_one_name_do_not_collide(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    catalog = inferred(
        write(tmp_path / "contacts.csv", "contact_id", "1"),
        write(tmp_path / "leads.csv", "lead_id,contact_id", "1,1"),
        write(tmp_path / "a" / "leads.csv", "lead_nr_id,contact_id", "1,1"),
    )
    assert list(catalog.entities) == ["contact", "lead", "lead_record"]
    assert len(catalog.relations) == 2


def test_without_a_key_there_are_no_contacts(tmp_path: Path) -> None:
    with pytest.raises(CatalogError) as caught:
        infer_catalog([write(tmp_path / "contacts.csv", "contact_id,city", "1,Paris", "1,Rome")])
    assert caught.value.path == "contact.key"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", b"contact_id,x\n1\n"),
        ("a.csv", b"contact_id\n\xff\n"),
        ("a.csv.gz", b"no gzip"),
        ("a.csv.gz", gzip.compress(b"contact_id\n" + b"1\n" * 99, mtime=0)[:-12]),
        ("a.csv.gz", gzip.compress(b"contact_id\n1\n", mtime=0)[:10] + b"\xff" * 30),
        ("a.parquet", b"no parquet"),
        ("a.jsonl", b"{"),
        ("a.jsonl", b"[" * 100_000),
        ("a.jsonl", b"[1]\n"),
    ],
)
def test_a_broken_file_is_refused_by_name(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ReadError) as caught:
        infer_catalog([tmp_path / name])
    assert caught.value.code == "unreadable_file"
    assert name in caught.value.path
