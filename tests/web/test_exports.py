"""Members as files: exactly the snapshot, only what a person sees, and no formula for a spreadsheet."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.test import Client

from coterie import Engine
from coterie_web.accounts.models import HistoryEntry, User
from coterie_web.segments.membership.csv_export import csv_chunks, quoted
from coterie_web.segments.membership.exporting import Format, export_members
from coterie_web.segments.membership.snapshots import newest
from coterie_web.segments.models import Segment
from coterie_web.ui.clock import TestClock
from coterie_web.ui.refusals import NotAllowed
from coterie_web.worker.keeper import Keeper


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1+1", "＝1", "＋1+1", "－1-1", "＠x"],
)
def test_text_that_would_be_a_formula_gets_an_apostrophe(text: str) -> None:
    [[cell]] = csv.reader(io.StringIO(quoted(text), newline=""))
    assert cell == f"'{text}"


@pytest.mark.parametrize("text", ["Ana", "+4930123456", "-5", "-1,5", "a=b", "O'Neil", "", 'say "x"', "a,b;c\nd", "🙂"])
def test_other_text_stays_as_it_is(text: str) -> None:
    [[cell]] = csv.reader(io.StringIO(quoted(text), newline=""))
    assert cell == text


def test_values_are_written_as_programs_read_them() -> None:
    batch = pa.RecordBatch.from_pydict(
        {
            "key": pa.array(["a", "b"]),
            "number": pa.array([Decimal("-12.50"), None], pa.decimal128(18, 6)),
            "is": pa.array([True, None]),
            "on": pa.array([date(2026, 2, 1), None]),
            "at": pa.array([datetime(2026, 2, 1, 12, 30, tzinfo=UTC), None], pa.timestamp("ms", tz="UTC")),
            "likes": pa.array([["x", "=y"], None], pa.list_(pa.string())),
        }
    )
    written = b"".join(csv_chunks([batch], with_mark=False)).decode()
    assert written.splitlines() == [
        '"key","number","is","on","at","likes"',
        '"a",-12.5,true,2026-02-01,2026-02-01T12:30:00.000Z,"x;=y"',
        '"b",,,,,',
    ]


def test_the_mark_by_which_spreadsheets_know_utf_8_comes_first() -> None:
    batch = pa.RecordBatch.from_pydict({"key": pa.array(["Çelik"])})
    assert b"".join(csv_chunks([batch], with_mark=True)).decode("utf-8-sig") == '"key"\r\n"Çelik"\r\n'


# --- pages -----------------------------------------------------------------------------------------------------------


def exported(browser: Client, segment: Segment, **sent: object) -> bytes:
    answer = browser.post(f"/segments/{segment.id}/members/export/", sent)
    assert answer.status_code == 200
    return b"".join(answer)  # type: ignore[arg-type]


@pytest.mark.django_db
def test_a_file_has_the_members_and_the_columns_of_choice(
    live: Callable[..., Segment], signed_in: Callable[..., Client]
) -> None:
    content = exported(signed_in(), live("Everyone"), columns=["age", "interests", "nonsense"], format="csv")
    rows = list(csv.reader(io.StringIO(content.decode(), newline="")))
    assert rows[:3] == [["contact_id", "age", "interests"], ["1", "34", "running;cycling"], ["2", "51", "hiking"]]
    assert [row[0] for row in rows[1:]] == ["1", "2", "3", "4", "5", "6"]


@pytest.mark.django_db
def test_names_that_contacts_gave_themselves_start_no_formula(
    engine: Engine, live: Callable[..., Segment], signed_in: Callable[..., Client]
) -> None:
    hostile = {"contact_id": "=cmd", "first_name": '=HYPERLINK("http://x")', "last_name": "@SUM(1)", "city": "\t=1"}
    engine.ingest([{"type": "upsert", "entity": "contact", "record": hostile}])
    content = exported(signed_in(), live("Everyone"), columns=["first_name", "last_name", "city"], format="csv")
    [*_, last] = csv.reader(io.StringIO(content.decode(), newline=""))
    assert last == ["'=cmd", '\'=HYPERLINK("http://x")', "'@SUM(1)", "'=1"]


@pytest.mark.django_db
def test_parquet_keeps_types_and_says_which_snapshot_it_is(
    live: Callable[..., Segment], signed_in: Callable[..., Client]
) -> None:
    content = exported(signed_in(), live("Everyone"), columns=["age", "interests"], format="parquet")
    table = pq.read_table(io.BytesIO(content))
    assert table.column("age").to_pylist()[:2] == [Decimal(34), Decimal(51)]
    assert table.column("interests").to_pylist()[:2] == [["running", "cycling"], ["hiking"]]
    facts = {name: fact for name, fact in table.schema.metadata.items() if name.startswith(b"coterie.")}
    assert facts == {
        b"coterie.segment": b"everyone",
        b"coterie.as_of": b"2026-11-23T12:00:00+00:00",
        b"coterie.count": b"6",
        b"coterie.publication": b"1",
        b"coterie.data_version": b"2",
    }


@pytest.mark.django_db
@pytest.mark.parametrize("written_as", ["csv", "parquet"])
def test_a_segment_without_members_is_a_file_with_columns_alone(
    live: Callable[..., Segment], signed_in: Callable[..., Client], written_as: str
) -> None:
    where = {"attribute": "city", "operator": "is", "value": "Nowhere"}
    nobody = live("Nobody", {"blocks": [{"block": {"kind": "profile", "where": where}}]})
    content = exported(signed_in(), nobody, columns=["age"], format=written_as)
    if written_as == "csv":
        assert content == b'"contact_id","age"\r\n'
    else:
        assert pq.read_table(io.BytesIO(content)).shape == (0, 2)


@pytest.mark.django_db
def test_the_file_is_of_the_snapshot_that_the_page_showed(
    engine: Engine, keeper: Keeper, clock: TestClock, live: Callable[..., Segment], signed_in: Callable[..., Client]
) -> None:
    everyone, browser = live("Everyone"), signed_in()
    page = browser.get(f"/segments/{everyone.id}/members/").content.decode()
    [mark] = set(re.findall(r"snapshot=([\d-]+)", page))
    engine.ingest([{"type": "upsert", "entity": "contact", "record": {"contact_id": "7"}}])
    keeper.step()
    answer = browser.post(f"/segments/{everyone.id}/members/export/?snapshot={mark}", {"format": "csv"})
    keys = b"".join(answer).split()  # type: ignore[arg-type]
    assert keys == [b'"contact_id"', b'"1"', b'"2"', b'"3"', b'"4"', b'"5"', b'"6"']
    assert answer.headers["Content-Disposition"] == 'attachment; filename="everyone_20261123T120000Z_p1.csv"'


@pytest.mark.django_db
def test_a_person_exports_the_members_of_their_units_alone(
    live: Callable[..., Segment], signed_in: Callable[..., Client]
) -> None:
    content = exported(signed_in("marketer", "north"), live("Everyone"), format="csv")
    assert content.split() == [b'"contact_id"', b'"2"', b'"4"', b'"6"']
    assert HistoryEntry.objects.get(deed="exported members").details["count"] == "3"


@pytest.mark.django_db
def test_who_exported_what_is_in_the_history(live: Callable[..., Segment], signed_in: Callable[..., Client]) -> None:
    exported(signed_in(), live("Everyone"), columns=["email"], format="csv-with-mark")
    entry = HistoryEntry.objects.get(deed="exported members")
    assert (entry.acting_name, entry.subject_name) == ("Marketer of all", "Everyone")
    assert entry.details == {
        "segment": "everyone",
        "as_of": "2026-11-23T12:00:00+00:00",
        "count": "6",
        "publication": "1",
        "data_version": "2",
        "format": "csv-with-mark",
        "columns": ["email"],
    }


@pytest.mark.django_db
def test_a_viewer_exports_nothing(
    live: Callable[..., Segment], person: Callable[..., User], signed_in: Callable[..., Client], clock: TestClock
) -> None:
    everyone = live("Everyone")
    shown = newest(everyone, None)
    assert shown is not None
    with pytest.raises(NotAllowed):
        export_members(
            everyone, shown, columns=[], written_as=Format.CSV, acting_user=person("viewer"), now=clock.now()
        )
    page = signed_in("viewer").get(f"/segments/{everyone.id}/members/export/").content.decode()
    assert "Viewers look at members, and do not export them" in page
    assert not HistoryEntry.objects.filter(deed="exported members").exists()
