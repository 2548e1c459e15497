"""How commands fail: an exit code that scripts can tell apart, one line per problem, and never a traceback."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from cli_shop import AS_OF, PARISIANS, Run
from typer.testing import Result

from coterie.cli.failures import problem_line
from coterie.errors import Problem

pytestmark = pytest.mark.usefixtures("shop")

COUNT = ("count", "shop.duckdb", "parisians.yaml", "--catalog", "catalog.yaml")


def only_line(result: Result) -> str:
    """The one line on standard error, where nothing else was printed."""
    assert result.stdout == ""
    [line] = result.stderr.splitlines()
    assert re.match(r"error\[[a-z_]+\] ", line)
    return line


# --- 1: the answer is no ---------------------------------------------------------------------------------------------


def test_validate_lists_every_problem_and_exits_with_1(run: Run) -> None:
    Path("bad.yaml").write_text(PARISIANS + "  - block: {kind: evryone}\n")
    result = run("validate", "bad.yaml", "--catalog", "catalog.yaml")
    codes = {line.partition("]")[0] for line in result.stdout.splitlines()}
    assert (result.exit_code, result.stderr) == (1, "")
    assert codes == {"error[misplaced_combine", "error[unknown_kind"}


def test_an_unknown_attribute_is_answered_with_the_likely_one_and_its_line(run: Run) -> None:
    Path("bad.yaml").write_text(PARISIANS.replace("city", "ctiy"))
    line = run("validate", "bad.yaml", "--catalog", "catalog.yaml").stdout.strip()
    assert line.startswith("error[unknown_attribute] blocks[0].block.where.all[0].attribute (line 2): ")
    assert line.endswith("Did you mean 'city'?")


def test_problems_as_json(run: Run) -> None:
    Path("bad.yaml").write_text(PARISIANS.replace("city", "ctiy"))
    result = run("validate", "bad.yaml", "--catalog", "catalog.yaml", "--json")
    answer = json.loads(result.stdout)
    assert result.exit_code == 1
    assert answer["valid"] is False
    assert [problem["code"] for problem in answer["problems"]] == ["unknown_attribute"]


def test_catalog_check_exits_with_1(run: Run) -> None:
    Path("bad.yaml").write_text(Path("catalog.yaml").read_text().replace("number", "nmber"))
    result = run("catalog", "check", "bad.yaml")
    assert result.exit_code == 1
    assert result.stdout.count("error[") == len(result.stdout.splitlines()) == 2


# --- 2: wrong usage --------------------------------------------------------------------------------------------------


def test_a_missing_argument_is_wrong_usage(run: Run) -> None:
    result = run("count", "shop.duckdb")
    assert result.exit_code == 2
    assert "Missing argument 'DEFINITION'" in result.stderr


def test_the_catalog_is_required(run: Run) -> None:
    result = run("count", "shop.duckdb", "parisians.yaml")
    assert result.exit_code == 2
    assert "--catalog" in result.stderr


def test_a_local_time_is_refused_with_a_hint(run: Run) -> None:
    result = run(*COUNT, "--as-of", "2026-11-23T12:00")
    assert result.exit_code == 2
    assert only_line(result).startswith("error[invalid_as_of] --as-of: ")
    assert "2026-11-23T12:00Z" in result.stderr


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01T00:00Z", ""])
def test_what_is_no_moment_is_refused(run: Run, text: str) -> None:
    result = run(*COUNT, "--as-of", text)
    assert result.exit_code == 2
    assert only_line(result).startswith("error[invalid_as_of] ")


def test_an_unknown_zone_is_wrong_usage(run: Run) -> None:
    result = run(*COUNT, "--time-zone", "Europe/Pariss")
    assert result.exit_code == 2
    assert only_line(result).startswith("error[unknown_time_zone] ")


def test_an_unknown_contact_is_wrong_usage(run: Run) -> None:
    result = run("explain", "shop.duckdb", "parisians.yaml", "1", "--catalog", "catalog.yaml")
    assert result.exit_code == 2
    assert only_line(result).startswith("error[unknown_contact] ")


# --- 3: input that cannot be used ------------------------------------------------------------------------------------


def test_a_definition_that_is_not_there(run: Run) -> None:
    result = run("count", "shop.duckdb", "nowhere.yaml", "--catalog", "catalog.yaml")
    assert result.exit_code == 3
    assert only_line(result) == (
        "error[unreadable_file] nowhere.yaml: The file cannot be read: no such file or directory."
    )


def test_a_definition_that_cannot_be_used(run: Run) -> None:
    result = run("count", "shop.duckdb", "-", "--catalog", "catalog.yaml", stdin=PARISIANS.replace("city", "ctiy"))
    assert result.exit_code == 3
    assert only_line(result).startswith("error[unknown_attribute] blocks[0].block.where.all[0]")


def test_a_catalog_that_cannot_be_used_is_named(run: Run) -> None:
    Path("bad.yaml").write_text(Path("catalog.yaml").read_text().replace("age: number", "age: nmber"))
    result = run("count", "shop.duckdb", "parisians.yaml", "--catalog", "bad.yaml")
    assert result.exit_code == 3
    assert " bad.yaml: contact.attributes.age" in only_line(result)


def test_a_segment_file_that_cannot_be_read_is_named(run: Run) -> None:
    Path("segments/broken.yaml").write_text("coterie: 1\nsegment: broken\n")
    result = run(*COUNT, "--segments", "segments")
    assert result.exit_code == 3
    assert all(" segments/broken.yaml: " in line for line in result.stderr.splitlines())


def test_a_bare_definition_cannot_be_referred_to(run: Run) -> None:
    result = run(*COUNT, "--segments", "parisians.yaml")
    assert result.exit_code == 3
    assert only_line(result).startswith("error[missing_key] parisians.yaml: segment")


def test_two_segments_of_one_key_are_refused(run: Run) -> None:
    result = run(*COUNT, "--segments", "segments", "--segments", "segments/buyers.yaml")
    assert result.exit_code == 3
    assert "'buyers'" in only_line(result)


def test_ragged_data_is_refused_whole(run: Run) -> None:
    Path("ragged.csv").write_text("contact_id,city\n00009,Rome\n00010\n")
    result = run("load", "shop.duckdb", "contact", "ragged.csv", "--catalog", "catalog.yaml")
    assert result.exit_code == 3
    assert only_line(result).startswith("error[unreadable_file] ")
    assert run(*COUNT, *AS_OF).output == "3\n"


# --- 4: a store that cannot be used ----------------------------------------------------------------------------------


def test_a_store_that_is_not_there_is_not_made_by_a_question(run: Run) -> None:
    result = run("count", "other.duckdb", "parisians.yaml", "--catalog", "catalog.yaml")
    assert result.exit_code == 4
    assert only_line(result).startswith("error[store_not_found] other.duckdb: ")
    assert not Path("other.duckdb").exists()


def test_a_file_that_is_no_store(run: Run) -> None:
    Path("other.duckdb").write_bytes(b"no store at all" * 1000)
    result = run("count", "other.duckdb", "parisians.yaml", "--catalog", "catalog.yaml")
    assert result.exit_code == 4
    assert only_line(result).startswith("error[")


def test_a_store_that_another_process_has_open(run: Run) -> None:
    hold = (
        "import coterie, sys; coterie.open('shop.duckdb', catalog='catalog.yaml'); print(flush=True); sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        result = run(*COUNT)
        other.communicate()
    assert result.exit_code == 4
    assert only_line(result).startswith("error[store_locked] shop.duckdb: ")


@pytest.mark.parametrize("store", [":memory:", "no-such-folder/shop.duckdb"])
def test_a_store_is_made_where_it_can_stay(run: Run, store: str) -> None:
    result = run("load", store, "contact", "contacts.csv", "--catalog", "catalog.yaml")
    assert result.exit_code == 4
    assert only_line(result).startswith("error[store_not_found] ")


# --- quiet ends ------------------------------------------------------------------------------------------------------


def started(*arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "coterie.cli", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_a_reader_that_goes_away_is_no_error() -> None:
    with started("members", *COUNT[1:], "--format", "csv") as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        errors = process.stderr.read()
    assert (process.returncode, errors) == (141, b"")


def test_ctrl_c_ends_quietly(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: object) -> bytes:
        raise KeyboardInterrupt

    monkeypatch.setattr("coterie.cli.inputs.read_bytes", interrupted)
    result = run(*COUNT)
    assert (result.exit_code, result.output) == (130, "")


# --- one line, whatever it holds -------------------------------------------------------------------------------------


def test_a_problem_is_one_line_without_control_characters() -> None:
    problem = Problem(code="syntax_error", path="a\nb", message="Not \x1b[31mred.", hint="Look.", line=3)
    assert problem_line(problem) == r"error[syntax_error] a\nb (line 3): Not \x1b[31mred. Look."


def test_a_problem_of_the_whole_names_its_line_alone() -> None:
    problem = Problem(code="syntax_error", path="", message="Not YAML.", line=3)
    assert problem_line(problem) == "error[syntax_error] line 3: Not YAML."
