"""Bad input on the command line: the exit code of docs/cli.md, a line for each problem, never a traceback."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from bad_input_shop import CATALOG, all_rows, quickly, stocked
from typer.testing import CliRunner, Result

import coterie
from coterie.cli import app

pytestmark = pytest.mark.timeout(60)

INPUT, USAGE, STORE = 3, 2, 4

GOOD = "blocks: [{block: {kind: everyone}}]\n"
OWN = "{blocks: [{block: {kind: segment, segment: a}}]}"
SEGMENT = f"coterie: 1\nsegment: a\nname: A\ntype: dynamic\ndefinition: {OWN}\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    stocked(folder / "shop.duckdb").close()
    (folder / "catalog.yaml").write_text(json.dumps(CATALOG))
    (folder / "good.yaml").write_text(GOOD)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with `shop.duckdb`, `catalog.yaml` and `good.yaml`, which is the current one."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> Result:
    with quickly():
        return CliRunner().invoke(app, [*arguments, "--catalog", "catalog.yaml"])


def assert_told(result: Result, exit_code: int, code: str) -> None:
    """Nothing but lines of errors were printed, one of them of that code."""
    assert result.exit_code == exit_code, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    lines = result.stderr.splitlines()
    assert all(re.fullmatch(r"error\[[a-z_]+\] .+", line) for line in lines), lines
    assert any(line.startswith(f"error[{code}]") for line in lines), lines
    assert all(len(line) < 1000 for line in lines)
    assert result.stdout == ""


def rows() -> object:
    with coterie.open("shop.duckdb", catalog=CATALOG) as engine:
        return all_rows(engine)


# --- definitions -----------------------------------------------------------------------------------------------------


DEFINITIONS: dict[str, tuple[str | bytes, str]] = {
    "unknown attribute": (GOOD.replace("kind: everyone", "kind: profile, where: {attribute: x, operator: has_value}"),
                          "unknown_attribute"),
    "empty": ("", "empty"),
    "not YAML": ("blocks: [", "syntax_error"),
    "not UTF-8": (b"blocks: \xff", "syntax_error"),
    "a key twice": (GOOD + GOOD, "syntax_error"),
    "a thousand levels": ("blocks: " + "[" * 1000 + "]" * 1000, "limit_exceeded"),
    "10 MB": ("blocks: " + "x" * 10 * 2**20, "limit_exceeded"),
    "a regular expression too large": (GOOD.replace(
        "kind: everyone",
        "kind: profile, where: {attribute: city, operator: matches, value: '((a{1,100}){1,100}){1,100}'}",
    ), "invalid_pattern"),
    "a segment of its own": (SEGMENT, "segment_cycle"),
    "a zone that is none": (SEGMENT + "time_zone: Mars/Olympus\n", "unknown_time_zone"),
}  # fmt: skip


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("command", ["count", "members", "breakdown", "explain"])
@pytest.mark.parametrize(("content", "code"), DEFINITIONS.values(), ids=DEFINITIONS.keys())
def test_a_bad_definition_ends_every_command_alike(command: str, content: str | bytes, code: str) -> None:
    Path("bad.yaml").write_bytes(content if isinstance(content, bytes) else content.encode())
    contact = ["ann"] if command == "explain" else []
    assert_told(run(command, "shop.duckdb", "bad.yaml", *contact), INPUT, code)


@pytest.mark.usefixtures("folder")
def test_a_folder_is_no_definition() -> None:
    assert_told(run("count", "shop.duckdb", "."), INPUT, "unreadable_file")


# --- questions -------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("arguments", "exit_code", "code"),
    [
        (["count", "shop.duckdb", "good.yaml", "--as-of", "2026-11-23T12:00"], USAGE, "invalid_as_of"),
        (["count", "shop.duckdb", "good.yaml", "--time-zone", "localtime"], USAGE, "unknown_time_zone"),
        (["explain", "shop.duckdb", "good.yaml", "nobody"], USAGE, "unknown_contact"),
        (["explain", "shop.duckdb", "good.yaml", "x" * 100_000], USAGE, "unknown_contact"),
        (["load", "shop.duckdb", "contacts", "good.yaml"], USAGE, "unknown_entity"),
        (["load", "shop.duckdb", "contact", "none.csv"], INPUT, "unreadable_file"),
        (["load", "shop.duckdb", "contact", "good.yaml"], INPUT, "unreadable_file"),
    ],
)
def test_a_question_asked_wrongly(arguments: list[str], exit_code: int, code: str) -> None:
    before = rows()
    assert_told(run(*arguments), exit_code, code)
    assert rows() == before


# --- data ------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("ragged.csv", b"contact_id,city\nx,Rome\ny\n"),
        ("latin.csv", b"contact_id,city\nx,K\xf6ln\n"),
        ("open.csv", b'contact_id,city\nx,"Rome\n'),
        ("empty.csv", b""),
        ("twice.csv", b"contact_id,city,city\n"),
        ("cut.csv.gz", gzip.compress(b"contact_id,city\nx,Rome\n")[:-9]),
        ("bad.jsonl", b'{"contact_id": "x"}\n{\n'),
        ("deep.jsonl", b"[" * 100_000),
        ("cut.parquet", b"PAR1"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_bad_file_is_refused_whole(name: str, content: bytes) -> None:
    Path(name).write_bytes(content)
    before = rows()
    result = run("load", "shop.duckdb", "contact", name)
    assert_told(result, INPUT, "unreadable_file")
    assert f" {name}" in result.stderr
    assert rows() == before


# --- stores ----------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (lambda path: path.write_bytes(b""), "store_damaged"),
        (lambda path: path.write_bytes(path.read_bytes()[:5000]), "store_damaged"),
        (lambda path: path.write_bytes(b"\x07noise" * 9999), "store_damaged"),
        (lambda path: path.unlink(), "store_not_found"),
        (lambda path: (path.unlink(), path.mkdir()), "store_not_found"),
    ],
    ids=["no bytes", "truncated", "noise", "missing", "a folder"],
)
def test_a_store_that_cannot_be_used(damage: Callable[[Path], object], code: str) -> None:
    damage(Path("shop.duckdb"))
    assert_told(run("count", "shop.duckdb", "good.yaml"), STORE, code)


@pytest.mark.usefixtures("folder")
def test_a_catalog_that_cannot_be_used() -> None:
    Path("catalog.yaml").write_text('{"coterie": 1, "contact": {"key": "contact_id", "attributes": {"age": "text"}}}')
    assert_told(run("count", "shop.duckdb", "good.yaml"), INPUT, "invalid_catalog")
    Path("catalog.yaml").write_text("contact: [")
    assert_told(run("count", "shop.duckdb", "good.yaml"), INPUT, "syntax_error")
