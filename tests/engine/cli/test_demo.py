"""`coterie demo`: six segments, the same numbers every time."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pytest
from cli_shop import Run

import coterie
from coterie.backends.reference import ReferenceEngine
from coterie.catalog import parse_catalog
from coterie.cli.demo.shop import Shop
from coterie.cli.demo.show import SHOWN
from coterie.cli.inputs import read_segments
from coterie.definition import check

AS_OF = datetime(2026, 11, 23, 12, tzinfo=UTC)
SMALL = ("--contacts", "2000", "--interactions", "40000")
FOLDER = Path(str(files("coterie.cli.demo")))


def test_the_segments_are_in_order() -> None:
    catalog = parse_catalog(FOLDER / "catalog.yaml")
    segments = read_segments([FOLDER / "segments"])
    assert set(SHOWN) < set(segments)
    assert {key: check(segment, catalog, segments) for key, segment in segments.items()} == {
        key: [] for key in segments
    }


def test_the_segments_use_every_kind_of_block() -> None:
    text = "".join(file.read_text() for file in (FOLDER / "segments").iterdir())
    assert all(f"kind: {kind}" in text for kind in ("profile", "interaction", "segment", "everyone", "group"))
    assert all(word in text for word in ("combine: or", "combine: and_also", "combine: but_not", "pinned:", "members:"))


@pytest.fixture(scope="module")
def kept(run: Run, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("demo") / "new"
    result = run("demo", *SMALL, "--keep", folder)
    assert result.exit_code == 0, result.output
    return folder, result.output


def test_it_shows_six_segments(kept: tuple[Path, str]) -> None:
    _, output = kept
    segments = read_segments([FOLDER / "segments"])
    assert all(f"\n{segments[key].name}\n" in output for key in SHOWN)
    assert output.count(" of all contacts, counted in ") == len(SHOWN) == 6
    assert output.count(" is a member") >= 5


def test_the_commands_it_suggests_work(kept: tuple[Path, str], run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, output = kept
    monkeypatch.chdir(folder)
    suggested = [line.split()[1:] for line in output.splitlines() if line.startswith("  coterie ")]
    assert f"  cd {folder}\n" in output
    assert [command[0] for command in suggested] == ["breakdown", "members", "explain", "validate"]
    assert [run(*command).exit_code for command in suggested] == [0, 0, 0, 0]


def test_the_sizes_are_the_same_on_every_machine(kept: tuple[Path, str], run: Run) -> None:
    folder, _ = kept
    options = ("--catalog", folder / "catalog.yaml", "--segments", folder / "segments", "--as-of", "2026-11-23T12:00Z")
    sizes = {}
    for key in SHOWN:
        output = run("count", folder / "shop.duckdb", folder / "segments" / f"{key}.yaml", *options, "--json").output
        sizes[key] = json.loads(output)["count"]
    assert sizes == {
        "lapsed-big-spenders": 7,
        "warm-leads": 7,
        "coming-to-a-race": 27,
        "engaged-runners": 30,
        "birthday-club": 20,
        "quiet-regulars": 75,
    }


def test_a_demo_writes_over_no_store(kept: tuple[Path, str], run: Run) -> None:
    result = run("demo", *SMALL, "--keep", kept[0])
    assert result.exit_code == 2
    assert result.stderr.startswith("error[store_exists] ")


def test_the_moment_needs_its_offset(run: Run) -> None:
    assert run("demo", "--as-of", "2026-11-23T12:00").exit_code == 2


def test_the_reference_finds_the_same_members(run: Run, tmp_path: Path) -> None:
    """The judge reads the same tables, and answers in its own way."""
    shop = Shop(contacts=200, interactions=4000, seed=7, as_of=AS_OF)
    judge = ReferenceEngine(parse_catalog(FOLDER / "catalog.yaml"))
    for name, table in shop.tables().items():
        judge.load(name, table().to_pylist())
    assert run("demo", "--contacts", "200", "--interactions", "4000", "--keep", tmp_path).exit_code == 0
    segments = read_segments([FOLDER / "segments"])
    with coterie.open(tmp_path / "shop.duckdb", catalog=tmp_path / "catalog.yaml") as engine:
        for key in SHOWN:
            asked = {"as_of": AS_OF, "segments": segments}
            assert list(engine.members(segments[key], **asked)) == list(judge.members(segments[key], **asked))
