"""The command line asked of a server: the same answers as of a store, over the network."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer
from typer.testing import CliRunner, Result

from coterie import Engine
from coterie.cli import app
from coterie_web.accounts.models import User
from coterie_web.accounts.tokens import make_token
from coterie_web.segments.lifecycle import go_live
from coterie_web.segments.models import Segment
from coterie_web.ui.clock import TestClock
from coterie_web.worker.keeper import Keeper

pytestmark = pytest.mark.django_db(transaction=True)

OSLO = """
coterie: 1
segment: oslo
name: Oslo
type: dynamic
time_zone: Europe/Oslo
definition:
  blocks:
  - block: {kind: profile, where: {attribute: city, operator: is, value: Oslo}}
  - combine: and_also
    block: {kind: interaction, interaction: purchase, operator: at_least, value: 1}
"""


@dataclass
class Shell:
    """Runs commands with a server and its token in the environment."""

    environment: dict[str, str]

    def __call__(self, *arguments: str, stdin: str | None = None, **environment: str) -> Result:
        return CliRunner().invoke(app, list(arguments), input=stdin, env=self.environment | environment)


@pytest.fixture
def shell(
    engine: Engine,
    clock: TestClock,
    live_server: LiveServer,
    person: Callable[..., User],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Shell:
    """A folder with the file of a segment, and an administrator's token."""
    monkeypatch.chdir(tmp_path)
    Path("oslo.yaml").write_text(OSLO)
    ends = clock.now() + timedelta(days=1)
    _, secret = make_token(person("administrator"), "Shell", ["read", "write", "records"], ends, clock.now())
    return Shell({"COTERIE_SERVER": live_server.url, "COTERIE_TOKEN": secret})


@pytest.fixture
def running(keeper: Keeper) -> Iterator[None]:
    """The worker runs in a thread of its own, as in the server."""
    ended = Event()
    thread = Thread(target=keeper.run, args=(ended.is_set,))
    thread.start()
    yield
    ended.set()
    thread.join()


def test_count_and_breakdown_say_what_a_store_says(shell: Shell) -> None:
    assert shell("count", "oslo.yaml").output == "1\n"
    assert json.loads(shell("count", "oslo.yaml", "--json").output) == {"as_of": "2026-11-23T12:00:00Z", "count": 1}
    told = shell("breakdown", "oslo.yaml")
    assert told.output.splitlines()[1:] == [
        "     2       2            City is Oslo",
        "     3       1  and also  made a purchase at least once",
        "             1  member",
    ]


def test_the_server_may_be_named_by_an_option(shell: Shell) -> None:
    address, token = shell.environment["COTERIE_SERVER"], shell.environment["COTERIE_TOKEN"]
    plain = Shell({"COTERIE_SERVER": "", "COTERIE_TOKEN": ""})
    assert plain("count", "oslo.yaml", "--server", address, "--token", token).output == "1\n"
    assert plain("count", "-", f"--server={address}", "--token", token, stdin=OSLO).output == "1\n"


def test_a_catalog_means_a_store_though_a_server_is_in_the_environment(shell: Shell) -> None:
    result = shell("count", "shop.duckdb", "oslo.yaml", "--catalog", "catalog.yaml")
    assert (result.exit_code, "error[unreadable_file] catalog.yaml" in result.stderr) == (3, True)


def test_members_are_fetched_page_by_page(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coterie.cli.remote.asking._AT_ONCE", 2)
    Path("all.yaml").write_text("blocks: [{block: {kind: everyone}}]")
    assert shell("members", "all.yaml", "--format", "csv").output.split() == ["contact_id", *"123456"]
    assert shell("members", "all.yaml", "--limit", "3").output.split("\n")[-2] == "3 of 6 members"
    assert shell("members", "all.yaml", "--output", "all.json").exit_code == 0
    assert len(json.loads(Path("all.json").read_text())) == 6


def test_explain_shows_the_rows_in_the_zone_of_the_segment(shell: Shell) -> None:
    told = shell("explain", "oslo.yaml", "2")
    assert told.exit_code == 0
    assert told.output.splitlines()[0] == "✓ 2 is a member"
    assert "2026-11-18" in told.output


def test_validate_names_the_lines_and_ends_with_one(shell: Shell) -> None:
    assert shell("validate", "oslo.yaml").output == "oslo.yaml is in order.\n"
    result = shell("validate", "-", stdin=OSLO.replace("city", "ctiy"))
    place = "definition.blocks[0].block.where.attribute (line 9)"
    message = "Contact has no attribute 'ctiy'. Did you mean 'city'?"
    assert (result.exit_code, result.output) == (1, f"error[unknown_attribute] {place}: {message}\n")
    assert shell("describe", "oslo.yaml").output.startswith("Contacts whose City is Oslo")


def test_status_log_and_segments_tell_of_live_segments(
    shell: Shell, keeper: Keeper, clock: TestClock, draft: Callable[..., Segment], person: Callable[..., User]
) -> None:
    go_live(draft("Everyone"), acting_user=person("marketer"), now=clock.now())
    keeper.step()
    assert shell("status").output.splitlines()[1].split()[:3] == ["everyone", "live", "6"]
    assert shell("segments", "1").output == "everyone\n"
    assert shell("log", "everyone").output.splitlines()[1].split()[-3:] == ["definition", "6", "0"]
    named = shell("log", "everyone", "--contacts").output.splitlines()
    assert [line.split()[-2:] for line in named[1:]] == [["entered", key] for key in "123456"]
    told = json.loads(shell("log", "everyone", "--json", "--contacts").output)
    assert [(line["entered"], line["left"]) for line in told["log"]] == [(list("123456"), [])]
    unknown = shell("log", "nothing")
    assert (unknown.exit_code, "error[unknown_segment]" in unknown.stderr) == (2, True)


def test_the_files_of_a_folder_are_planned_and_applied(shell: Shell, engine: Engine, keeper: Keeper) -> None:
    Path("segments").mkdir()
    Path("segments/oslo.yaml").write_text(OSLO)
    planned = shell("plan", "segments", "--exit-code")
    assert (planned.exit_code, planned.output.splitlines()[1].split()) == (1, ["oslo", "starts", "-", "1", "1", "0"])
    assert shell("apply", "segments", "--yes").output.splitlines()[-1].startswith("Published: 1 of 1 segments changed.")
    keeper.step()
    assert engine.published["oslo"].count == 1
    assert shell("plan", "segments", "--exit-code").exit_code == 0
    Path("segments/oslo.yaml").unlink()
    empty = shell("apply", "segments")
    assert (empty.exit_code, empty.stderr.startswith("error[empty] segments: ")) == (3, True)
    assert json.loads(shell("apply", "segments", "--yes", "--json").output)["done"] == {"oslo": "stopped"}
    Path("segments/wrong.yaml").write_text(OSLO.replace("city", "ctiy"))
    wrong = shell("plan", "segments")
    assert (
        wrong.exit_code,
        wrong.stderr.startswith("error[unknown_attribute] segments/wrong.yaml: definition.blocks"),
    ) == (3, True)


def test_operations_are_sent_and_reported_when_they_are_applied(shell: Shell, engine: Engine, running: None) -> None:
    operations: list[dict[str, Any]] = [
        {"type": "upsert", "entity": "contact", "record": {"contact_id": "9", "city": "Oslo"}},
        {"type": "interaction", "interaction": "purchase", "record": {"contact_id": "9", "occurred_at": "2026-11-22"}},
        {"type": "upsert", "entity": "nothing", "record": {}},
    ]
    Path("changes.jsonl").write_text("\n".join(map(json.dumps, operations)))
    result = shell("ingest", "changes.jsonl", "--batch-size", "2", "--json")
    told = json.loads(result.output)
    assert (told["read"], told["added"], told["refused"]) == (3, 2, 1)
    assert [(each["code"], each["line"]) for each in told["examples"]] == [("unknown_entity", 3)]
    assert shell("count", "oslo.yaml").output == "2\n"


@pytest.mark.parametrize(
    ("environment", "arguments", "exit_code", "said"),
    [
        ({"COTERIE_TOKEN": "nonsense"}, ["count", "oslo.yaml"], 2, "error[invalid_token] Authorization: "),
        ({"COTERIE_TOKEN": ""}, ["count", "oslo.yaml"], 2, "error[not_authenticated] Authorization: "),
        ({"COTERIE_SERVER": "http://127.0.0.1:1"}, ["count", "oslo.yaml"], 4, "error[server_unreachable] "),
        ({"COTERIE_SERVER": "ftp://x"}, ["count", "oslo.yaml"], 2, "error[invalid_value] --server: "),
        ({}, ["count", "nothing.yaml"], 3, "error[unreadable_file] nothing.yaml: "),
        ({}, ["count", "oslo.yaml", "--as-of", "noon"], 2, "error[invalid_as_of] --as-of: "),
        ({}, ["count", "oslo.yaml", "--time-zone", "Mars"], 2, "error[unknown_time_zone] time_zone: "),
        ({}, ["explain", "oslo.yaml", "nobody"], 2, "error[unknown_contact] contact_id: "),
        ({}, ["segments", "nobody"], 2, "error[not_found] "),
    ],
)
def test_what_fails_is_told_in_a_line_and_an_exit_code(
    shell: Shell, environment: dict[str, str], arguments: list[str], exit_code: int, said: str
) -> None:
    result = shell(*arguments, **environment)
    assert (result.exit_code, result.stderr.startswith(said)) == (exit_code, True), result.stderr
    assert result.stderr.count("\n") == 1
