"""A small store on disk, and the commands run on it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from cli_shop import BUYERS, CATALOG, CONTACTS, PARISIANS, PURCHASES, Run
from typer.testing import CliRunner

from coterie.cli import app


@pytest.fixture(scope="session")
def run() -> Run:
    runner = CliRunner()
    return lambda *arguments, stdin=None: runner.invoke(app, [str(a) for a in arguments], input=stdin)


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory, run: Run) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    (folder / "catalog.yaml").write_text(CATALOG)
    (folder / "contacts.csv").write_text(CONTACTS)
    (folder / "purchases.csv").write_text(PURCHASES)
    (folder / "parisians.yaml").write_text(PARISIANS)
    (folder / "segments").mkdir()
    named = "coterie: 1\nsegment: parisians\nname: Parisians\ntype: dynamic\ndefinition:\n"
    indented = "".join(f"  {line}\n" for line in PARISIANS.splitlines())
    (folder / "segments" / "parisians.yaml").write_text(named + indented)
    (folder / "segments" / "buyers.yaml").write_text(BUYERS)
    for name in ("contact", "purchase"):
        data, catalog = folder / f"{name}s.csv", folder / "catalog.yaml"
        result = run("load", folder / "shop.duckdb", name, data, "--catalog", catalog)
        assert result.exit_code == 0, result.output
    return folder


@pytest.fixture
def shop(loaded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with `shop.duckdb`, `catalog.yaml`, `parisians.yaml` and `segments/`, which is the current one."""
    shutil.copytree(loaded, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path
