"""The commands that ask, on a store of four contacts, as a person or a script runs them."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path

import pytest
from cli_shop import AS_OF, PARISIANS, Run
from pyarrow import parquet

PARISIANS_ASKED = ("shop.duckdb", "parisians.yaml", "--catalog", "catalog.yaml", *AS_OF)
BUYERS_ASKED = ("shop.duckdb", "segments/buyers.yaml", "--catalog", "catalog.yaml", "--segments", "segments", *AS_OF)

pytestmark = pytest.mark.usefixtures("shop")


def test_count_prints_the_number_and_nothing_else(run: Run) -> None:
    assert run("count", *PARISIANS_ASKED).output == "3\n"


def test_count_as_json_says_the_moment(run: Run) -> None:
    assert json.loads(run("count", *PARISIANS_ASKED, "--json").output) == {
        "as_of": "2026-11-23T12:00:00+00:00",
        "count": 3,
    }


def test_a_definition_may_come_from_standard_input(run: Run) -> None:
    result = run("count", "shop.duckdb", "-", "--catalog", "catalog.yaml", *AS_OF, stdin=PARISIANS)
    assert result.output == "3\n"


def test_segments_of_a_folder_may_be_referred_to(run: Run) -> None:
    assert run("count", *BUYERS_ASKED).output == "1\n"


def test_segments_may_be_given_one_by_one(run: Run) -> None:
    one = ("shop.duckdb", "segments/buyers.yaml", "--catalog", "catalog.yaml", "--segments", "segments/parisians.yaml")
    assert run("count", *one, *AS_OF).output == "1\n"


def test_a_segment_that_is_not_referred_to_has_no_say(run: Run) -> None:
    """It lies in the same folder, and names an attribute that the catalog does not have."""
    strange = Path("segments/parisians.yaml").read_text().replace("city", "ctiy").replace("parisians", "strange")
    Path("segments/strange.yaml").write_text(strange)
    assert run("count", *BUYERS_ASKED).output == "1\n"


def test_the_moment_decides(run: Run) -> None:
    """Ann's purchases of 20 and 21 November are out of a week's window in December."""
    later = (*BUYERS_ASKED[:-1], "2026-12-10T12:00+01:00")
    assert run("count", *later).output == "0\n"


def test_without_a_moment_it_is_now(run: Run) -> None:
    assert run("count", "shop.duckdb", "parisians.yaml", "--catalog", "catalog.yaml").output == "3\n"


def test_members_as_a_plain_table(run: Run) -> None:
    assert run("members", *PARISIANS_ASKED).output == "contact_id\n00001\n00003\n=4+1\n3 members\n"


def test_members_beyond_the_limit_are_counted(run: Run) -> None:
    assert run("members", *PARISIANS_ASKED, "--limit", "1").output == "contact_id\n00001\n1 of 3 members\n"


def test_members_as_csv_are_exact(run: Run) -> None:
    """Data for machines: a key that a spreadsheet would take for a formula stays as it is."""
    output = run("members", *PARISIANS_ASKED, "--format", "csv").stdout_bytes
    assert output == b"contact_id\r\n00001\r\n00003\r\n=4+1\r\n"
    assert list(csv.reader(io.StringIO(output.decode())))[1:] == [["00001"], ["00003"], ["=4+1"]]


def test_members_as_json(run: Run) -> None:
    output = run("members", *PARISIANS_ASKED, "--format", "json", "--limit", "2").output
    assert json.loads(output) == [{"contact_id": "00001"}, {"contact_id": "00003"}]


def test_no_members_are_an_empty_list_in_json(run: Run) -> None:
    assert json.loads(run("members", *PARISIANS_ASKED, "--format", "json", "--limit", "0").output) == []


def test_the_ending_of_the_output_file_says_the_format(run: Run, shop: Path) -> None:
    for name in ("members.csv", "members.json", "members.parquet"):
        result = run("members", *PARISIANS_ASKED, "--output", name)
        assert (result.exit_code, result.output) == (0, "")
    assert (shop / "members.csv").read_bytes() == b"contact_id\r\n00001\r\n00003\r\n=4+1\r\n"
    assert len(json.loads((shop / "members.json").read_text())) == 3
    assert parquet.read_table(shop / "members.parquet").to_pydict() == {"contact_id": ["00001", "00003", "=4+1"]}
    assert not list(shop.glob("*.part"))


def test_a_pipe_is_written_to_and_stays_a_pipe(run: Run, shop: Path) -> None:
    os.mkfifo(shop / "members.csv")
    reader = os.open(shop / "members.csv", os.O_RDONLY | os.O_NONBLOCK)
    result = run("members", *PARISIANS_ASKED, "--output", "members.csv")
    written = os.read(reader, 1000)
    os.close(reader)
    assert (result.exit_code, written) == (0, b"contact_id\r\n00001\r\n00003\r\n=4+1\r\n")
    assert (shop / "members.csv").is_fifo()


def test_a_link_goes_on_leading_to_the_file(run: Run, shop: Path) -> None:
    (shop / "latest.csv").symlink_to("november.csv")
    assert run("members", *PARISIANS_ASKED, "--output", "latest.csv").exit_code == 0
    assert (shop / "latest.csv").is_symlink()
    assert (shop / "november.csv").read_bytes().startswith(b"contact_id")


def test_an_output_name_without_a_known_ending_is_refused(run: Run) -> None:
    result = run("members", *PARISIANS_ASKED, "--output", "members.xls")
    assert result.exit_code == 2
    assert result.stderr.startswith("error[unknown_format] --output: ")


def test_an_output_that_cannot_be_written_is_one_line(run: Run) -> None:
    result = run("members", *PARISIANS_ASKED, "--output", "no-such-folder/members.csv")
    assert result.exit_code == 3
    assert result.stderr.splitlines() == [
        "error[unwritable_file] no-such-folder/members.csv: It cannot be written: no such file or directory."
    ]


def test_breakdown_counts_each_step_and_condition(run: Run) -> None:
    lines = run("breakdown", *BUYERS_ASKED).output.splitlines()
    assert lines[0].split() == ["alone", "so", "far"]
    assert lines[1].split()[:2] == ["3", "3"]
    assert lines[2].split()[:4] == ["1", "1", "and", "also"]
    assert lines[-1].split() == ["1", "member"]


def test_breakdown_as_json(run: Run) -> None:
    answer = json.loads(run("breakdown", *BUYERS_ASKED, "--json").output)
    assert answer["total"] == 1
    assert [(step["combine"], step["alone"], step["so_far"]) for step in answer["steps"]] == [
        (None, 3, 3),
        ("and_also", 1, 1),
    ]
    assert {"path", "wording", "count", "children"} == set(answer["steps"][0]["node"])


def test_explain_shows_the_rows_that_decided_in_the_segments_zone(run: Run) -> None:
    output = run("explain", *BUYERS_ASKED[:2], "00001", *BUYERS_ASKED[2:]).output
    assert output.startswith("✓ 00001 is a member\n")
    assert "amount: 9.5" in output
    assert "2026-11-21 11:00+01:00" in output
    assert output.splitlines()[-1] == "Time alone changes the answer at 2026-11-29 00:00+01:00"


def test_explain_says_that_a_contact_is_no_member(run: Run) -> None:
    output = run("explain", *PARISIANS_ASKED[:2], "00002", *PARISIANS_ASKED[2:]).output
    assert output.startswith("✗ 00002 is not a member\n")
    assert "city: Lyon" in output
    assert output.splitlines()[-1] == "Time alone will not change the answer."


def test_explain_as_json(run: Run) -> None:
    answer = json.loads(run("explain", *BUYERS_ASKED[:2], "00001", *BUYERS_ASKED[2:], "--json").output)
    assert answer["member"] is True
    assert answer["changes_at"].startswith("2026-11-28T23:00:00")
    amounts = [row.get("amount") for row in answer["steps"][1]["node"]["evidence"]]
    assert amounts == [9.5, 20.5]


def test_describe_says_it_in_plain_english(run: Run) -> None:
    result = run("describe", "parisians.yaml", "--catalog", "catalog.yaml")
    assert result.exit_code == 0
    assert "Paris" in result.output
    assert len(result.output.splitlines()) == 1


def test_validate_says_that_all_is_well(run: Run) -> None:
    result = run("validate", "segments/buyers.yaml", "--catalog", "catalog.yaml", "--segments", "segments")
    assert (result.exit_code, result.output) == (0, "segments/buyers.yaml is in order.\n")
