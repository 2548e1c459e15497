"""Segments kept current from the command line: plan, apply, refresh, status, log, segments, ingest, watch."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cli_shop import AS_OF, Run
from typer.testing import Result

pytestmark = pytest.mark.usefixtures("shop")

CATALOG = ("--catalog", "catalog.yaml")
LATER = ("--as-of", "2026-11-30T12:00Z")
STORE = "shop.duckdb"

APPLIED = "Published. As of 2026-11-23 12:00+00:00, data version 2: 2 changed; 4 entered, 0 left; next 2026-11-27 23:00"


def applied(run: Run, *more: str) -> Result:
    result = run("apply", STORE, "segments", *CATALOG, *AS_OF, *more)
    assert result.exit_code == 0, result.output
    return result


def told(result: Result, exit_code: int = 0) -> Any:
    assert result.exit_code == exit_code, result.output
    return json.loads(result.stdout)


def upsert(contact: str, **values: str) -> dict[str, object]:
    return {"type": "upsert", "entity": "contact", "record": {"contact_id": contact, **values}}


def json_lines(*operations: object) -> str:
    return "".join(json.dumps(operation) + "\n" for operation in operations)


# --- plan and apply --------------------------------------------------------------------------------------------------


def test_a_plan_shows_who_would_enter_and_changes_nothing(run: Run) -> None:
    result = run("plan", STORE, "segments", *CATALOG, *AS_OF)
    assert (result.exit_code, result.stdout.splitlines()) == (0, [
        "segment    plan    members  then  enter  leave",
        "buyers     starts        -     1      1      0",
        "parisians  starts        -     3      3      0",
        "As of 2026-11-23 12:00+00:00, data version 2: 2 new, 0 edited, 0 unchanged, 0 stopped, 0 failing.",
    ])  # fmt: skip
    assert told(run("status", STORE, *CATALOG, "--json"))["segments"] == []


def test_apply_shows_the_plan_and_publishes_what_it_shows(run: Run) -> None:
    plan = run("plan", STORE, "segments", *CATALOG, *AS_OF).stdout
    output = applied(run).stdout
    assert output.startswith(plan + APPLIED)
    counts = {each["segment"]: each["members"] for each in told(run("status", STORE, *CATALOG, "--json"))["segments"]}
    assert counts == {"buyers": 1, "parisians": 3}


def test_with_exit_code_a_plan_says_whether_there_is_anything_to_do(run: Run) -> None:
    asked = ("plan", STORE, "segments", *CATALOG, *AS_OF, "--exit-code")
    assert run(*asked).exit_code == 1
    applied(run)
    result = run(*asked)
    assert (result.exit_code, len(result.stdout.splitlines())) == (0, 1)
    assert "0 new, 0 edited, 2 unchanged" in result.stdout


def test_edited_stopped_and_failing_segments_are_named(run: Run) -> None:
    applied(run)
    parisians = Path("segments/parisians.yaml")
    parisians.rename("segments/lyonnais.yaml")
    lyonnais = Path("segments/lyonnais.yaml")
    lyonnais.write_text(lyonnais.read_text().replace("parisians", "lyonnais").replace("value: Paris", "value: Lyon"))
    result = run("plan", STORE, "segments", *CATALOG, *AS_OF)
    assert result.exit_code == 1
    rows = [line.split() for line in result.stdout.splitlines()[1:4]]
    assert rows == [
        ["buyers", "fails", "1", "1", "0", "0"],
        ["lyonnais", "starts", "-", "1", "1", "0"],
        ["parisians", "stops", "3", "-", "0", "0"],
    ]
    assert "error[segment_not_live] buyers: definition.blocks[0].block.segment" in result.stdout
    assert told(run("plan", STORE, "segments", *CATALOG, *AS_OF, "--json"), 1)["segments"][0]["happens"] == "fails"
    result = run("apply", STORE, "segments", *CATALOG, *AS_OF)
    assert result.exit_code == 1
    assert "failed: buyers" in result.stdout
    states = {each["segment"]: each["state"] for each in told(run("status", STORE, *CATALOG, "--json"))["segments"]}
    assert states == {"buyers": "failing", "lyonnais": "live"}


def test_at_a_terminal_apply_asks_first(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coterie.cli.currency._is_somebody_there", lambda: True)
    result = run("apply", STORE, "segments", *CATALOG, *AS_OF, stdin="n\n")
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (1, "Nothing was changed.")
    assert told(run("status", STORE, *CATALOG, "--json"))["segments"] == []
    assert APPLIED in run("apply", STORE, "segments", *CATALOG, *AS_OF, stdin="y\n").stdout
    assert "?" not in run("apply", STORE, "segments", *CATALOG, *AS_OF).stdout, "there is nothing to ask about"


def test_with_yes_or_json_apply_does_not_ask(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coterie.cli.currency._is_somebody_there", lambda: True)
    assert "Publish this?" not in applied(run, "--yes").stdout
    both = told(applied(run, "--json"))
    assert both["plan"]["changes"] is False
    assert (both["refresh"]["changed"], set(both["refresh"]["costs_ms"])) == ({}, {"buyers", "parisians"})


def test_a_folder_without_segments_stops_them_only_where_that_is_meant(run: Run) -> None:
    applied(run)
    Path("empty").mkdir()
    result = run("apply", STORE, "empty", *CATALOG, *AS_OF)
    assert (result.exit_code, result.stderr.startswith("error[empty] empty: ")) == (3, True)
    assert len(told(run("status", STORE, *CATALOG, "--json"))["segments"]) == 2
    assert "2 stopped" in run("plan", STORE, "empty", *CATALOG, *AS_OF).stdout
    assert run("apply", STORE, "empty", *CATALOG, *AS_OF, "--yes").exit_code == 0
    assert told(run("status", STORE, *CATALOG, "--json"))["segments"] == []


@pytest.mark.parametrize("command", ["plan", "apply"])
def test_a_file_that_cannot_be_read_is_named_and_nothing_is_done(run: Run, command: str) -> None:
    Path("segments/buyers.yaml").write_text("coterie: 1\nsegment: [\n")
    result = run(command, STORE, "segments", *CATALOG, *AS_OF)
    assert (result.exit_code, result.stdout) == (3, "")
    assert "segments/buyers.yaml" in result.stderr
    result = run(command, STORE, "nowhere", *CATALOG, *AS_OF)
    assert (result.exit_code, result.stderr.startswith("error[unreadable_file] nowhere")) == (3, True)


# --- refresh, status, log, segments ----------------------------------------------------------------------------------


def test_a_refresh_shows_who_entered_and_left(run: Run) -> None:
    applied(run)
    result = run("refresh", STORE, *CATALOG, *LATER)
    assert result.exit_code == 0
    head, row, last = result.stdout.splitlines()
    assert (head.split(), row.split()[:3]) == (["segment", "entered", "left", "cost"], ["buyers", "0", "1"])
    assert last.startswith("As of 2026-11-30 12:00+00:00, data version 2: 1 changed; 0 entered, 1 left; next ")
    again = told(run("refresh", STORE, *CATALOG, *LATER, "--json"))
    assert (again["changed"], again["failed"], again["held"]) == ({}, {}, [])


def test_where_nothing_is_live_it_says_how_to_begin(run: Run) -> None:
    hint = "No segment is live. `coterie apply` makes those of a folder live.\n"
    assert run("refresh", STORE, *CATALOG, *AS_OF).stdout.endswith(hint)
    assert run("status", STORE, *CATALOG).stdout == hint


def test_the_status_of_each_segment(run: Run) -> None:
    applied(run)
    assert run("ingest", STORE, "-", *CATALOG, stdin=json_lines(upsert("00009", city="Paris"))).exit_code == 0
    result = run("status", STORE, *CATALOG, "--as-of", "2026-11-24T13:05Z")
    assert [line.split("  ") for line in re.sub(" {2,}", "  ", result.stdout).splitlines()] == [
        ["segment", "state", "members", "data", "behind", "as of", "lag", "next evaluation", "cost", "last error"],
        ["buyers", "live", "1", "2", "1", "2026-11-23 12:00+00:00", "1 d 1 h", "2026-11-27 23:00+00:00", "-", "-"],
        ["parisians", "live", "3", "2", "1", "2026-11-23 12:00+00:00", "1 d 1 h", "-", "-", "-"],
    ]
    buyers = told(run("status", STORE, *CATALOG, "--as-of", "2026-11-23T12:00:01Z", "--json"))["segments"][0]
    assert buyers == {
        "segment": "buyers", "name": "Buyers", "state": "live", "members": 1, "data_version": 2, "behind": 1,
        "as_of": "2026-11-23T12:00:00+00:00", "lag_seconds": 1.0, "next_evaluation": "2026-11-27T23:00:00+00:00",
        "cost_ms": None, "problems": [],
    }  # fmt: skip


def test_the_status_of_a_failing_segment_says_why(run: Run) -> None:
    Path("segments/parisians.yaml").unlink()
    assert run("apply", STORE, "segments", *CATALOG, *AS_OF).exit_code == 1
    row = run("status", STORE, *CATALOG, *AS_OF).stdout.splitlines()[1]
    assert row.split()[:8] == ["buyers", "failing", "-", "-", "2", "-", "-", "-"]
    assert "unknown_segment: There is no segment 'parisians'." in row
    result = run("refresh", STORE, *CATALOG, *AS_OF)
    assert result.exit_code == 1
    assert "error[unknown_segment] buyers: definition" in result.stdout


def test_the_log_tells_who_entered_and_left_and_why(run: Run) -> None:
    applied(run)
    run("refresh", STORE, *CATALOG, *LATER)
    assert [line.split()[2:] for line in run("log", STORE, "buyers", *CATALOG).stdout.splitlines()[1:]] == [
        ["2", "1", "time", "0", "1"],
        ["2", "1", "definition", "1", "0"],
    ]
    newest = run("log", STORE, "buyers", *CATALOG, "--limit", "1", "--contacts").stdout.splitlines()
    assert [line.split()[-2:] for line in newest[1:]] == [["left", "00001"]]
    logged = told(run("log", STORE, "buyers", *CATALOG, "--contacts", "--json"))["log"]
    assert [(each["cause"], each["entered"], each["left"]) for each in logged] == [
        ("time", [], ["00001"]), ("definition", ["00001"], []),
    ]  # fmt: skip


def test_a_segment_that_never_was_is_an_error_with_the_likely_one(run: Run) -> None:
    applied(run)
    result = run("log", STORE, "buyer", *CATALOG)
    assert (result.exit_code, "Did you mean 'buyers'?" in result.stderr) == (2, True)


def test_the_segments_of_a_contact(run: Run) -> None:
    applied(run)
    assert run("segments", STORE, "00001", *CATALOG).stdout == "buyers\nparisians\n"
    assert told(run("segments", STORE, "=4+1", *CATALOG, "--json")) == {"contact_id": "=4+1", "segments": ["parisians"]}
    assert run("segments", STORE, "nobody", *CATALOG).stdout == ""


# --- ingest ----------------------------------------------------------------------------------------------------------

OPERATIONS = (
    upsert("00002", city="Paris"),
    {"type": "interaction", "interaction": "purchase",
     "record": {"message_id": "m9", "contact_id": "00002", "occurred_at": "2026-11-23T11:00Z"}},
    {"type": "delete", "entity": "contact", "key": "00003", "changed_at": "2026-11-23T09:58Z"},
)  # fmt: skip

YAML = """\
# the same, as YAML
- {type: upsert, entity: contact, record: {contact_id: "00002", city: Paris}}
- type: interaction
  interaction: purchase
  record: {message_id: m9, contact_id: "00002", occurred_at: 2026-11-23T11:00Z}
- {type: delete, entity: contact, key: "00003", changed_at: 2026-11-23T09:58Z}
"""

FORMS = {
    "lines.jsonl": "\n" + json_lines(*OPERATIONS),
    "array.json": json.dumps(OPERATIONS, indent=1),
    "list.yaml": YAML,
    "-": json_lines(*OPERATIONS),
    "- ": YAML,
}


@pytest.mark.parametrize("form", FORMS)
def test_operations_come_as_json_lines_an_array_or_yaml(run: Run, form: str) -> None:
    applied(run)
    Path(form).write_text(FORMS[form])
    done = told(run("ingest", STORE, form.strip(), *CATALOG, "--refresh", *AS_OF, "--json", stdin=FORMS[form]))
    assert (done["read"], done["added"], done["updated"], done["deleted"], done["data_version"]) == (3, 1, 1, 1, 3)
    assert done["refresh"]["changed"] == {"buyers": {"entered": 1, "left": 0}, "parisians": {"entered": 1, "left": 1}}
    again = told(run("ingest", STORE, form.strip(), *CATALOG, "--json", stdin=FORMS[form]))
    assert (again["repeated"], again["data_version"]) == (3, 3)


def test_the_report_names_the_lines_of_what_was_refused(run: Run) -> None:
    nobody = {"type": "upsert", "entity": "nobody", "record": {}}
    lines = json_lines(upsert("1"), nobody) + "\n" + json_lines({"type": 1})
    result = run("ingest", STORE, "-", *CATALOG, "--batch-size", "1", stdin=lines)
    assert result.exit_code == 0
    assert "line 2, entity: 'nobody' (unknown_entity)" in result.stdout
    assert "line 4, type: '1' (unknown_kind)" in result.stdout
    assert [line.split() for line in result.stdout.splitlines()[1:3]] == [["read", "3"], ["added", "1"]]


def test_a_line_that_is_not_json_is_named_with_what_was_applied_before(run: Run) -> None:
    lines = json_lines(*(upsert(str(number), city="Rome") for number in range(5))) + "{oh\n" + json_lines(upsert("9"))
    result = run("ingest", STORE, "-", *CATALOG, "--batch-size", "2", stdin=lines)
    assert (result.exit_code, result.stdout.splitlines()[0]) == (3, "ingested, data version 4")
    assert result.stderr.startswith("error[unreadable_file] - (line 6): The line is not JSON")
    assert "Applied before: 4 operations, to line 4." in result.stderr
    assert told(run("count", STORE, "-", *CATALOG, "--json", stdin=ROMANS))["count"] == 4


ROMANS = "blocks: [{block: {kind: profile, where: {all: [{attribute: city, operator: is, value: Rome}]}}}]"


@pytest.mark.parametrize("text", ["{oh\n", "[1]", "[{}", "- 1\n", "- {a: b\n", "# nothing\n", "true\n", "\xff\n"])
def test_what_is_no_operations_at_all_changes_nothing(run: Run, text: str) -> None:
    result = run("ingest", STORE, "-", *CATALOG, stdin=text.encode("latin-1"))
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr.startswith("error[unreadable_file] -")
    assert "Nothing was applied." in result.stderr
    result = run("ingest", STORE, "none.jsonl", *CATALOG)
    assert (result.exit_code, result.stderr.startswith("error[unreadable_file] none.jsonl: ")) == (3, True)


def test_nothing_to_ingest_is_no_error(run: Run) -> None:
    assert told(run("ingest", STORE, "-", *CATALOG, "--json", stdin="\n"))["read"] == 0


# --- watch -----------------------------------------------------------------------------------------------------------


def test_watch_applies_what_is_dropped_and_ends_when_told_to(run: Run, shop: Path) -> None:
    """The process as it is: the loop itself is tested with a clock of its own in test_watching.py."""
    applied(run)
    Path("incoming").mkdir()
    Path("incoming/a.jsonl").write_text(json_lines(*OPERATIONS))
    command = [sys.executable, "-m", "coterie.cli", "watch", STORE, *CATALOG, "--from", "incoming", "--json"]
    with subprocess.Popen(command, cwd=shop, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [json.loads(process.stdout.readline()) for _ in range(3)]
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
        assert process.stdout.read() == ""
    assert [next(iter(line)) for line in lines] == ["refreshed", "refreshed", "ingested"]
    assert lines[2]["ingested"]["file"] == "a.jsonl"
    assert Path("incoming/done/a.jsonl").exists()


def test_watch_needs_the_folder_and_the_store(run: Run) -> None:
    result = run("watch", STORE, *CATALOG, "--from", "nowhere")
    assert result.exit_code == 3
    assert "nowhere" in result.stderr
    assert run("watch", "none.duckdb", *CATALOG).exit_code == 4
