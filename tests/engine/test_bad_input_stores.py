"""Stores that cannot be used, and loads that are killed: a clear error, and the file as it was."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest
from bad_input_shop import CATALOG, EVERYONE, NOW, all_rows, refused, stocked, unharmed

import coterie
from coterie import Problem, StoreError

pytestmark = pytest.mark.timeout(60)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a closed store of the shop, with two thousand contacts more."""
    path = tmp_path_factory.mktemp("whole") / "shop.duckdb"
    with stocked(path) as engine:
        engine.load("contact", [{"contact_id": f"c{number}", "city": f"City {number}"} for number in range(2000)])
    return path.read_bytes()


@pytest.fixture
def path(tmp_path: Path, whole: bytes) -> Path:
    path = tmp_path / "shop.duckdb"
    path.write_bytes(whole)
    return path


def refusal(path: Path, code: str) -> Problem:
    """The error of opening `path`; the file is left as it was, and nothing lies beside it that was not there."""
    before, beside = path.read_bytes(), sorted(path.parent.iterdir())
    problem = refused(StoreError, code, lambda: coterie.open(path, catalog=CATALOG))
    assert (path.read_bytes(), sorted(path.parent.iterdir())) == (before, beside)
    assert problem.path == str(path)
    assert problem.hint
    assert "\n" not in problem.message
    return problem


# --- damage ----------------------------------------------------------------------------------------------------------

NOISE = random.Random(3).randbytes(100_000)

DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "no bytes": lambda _: b"",
    "one byte": lambda whole: whole[:1],
    "half a header": lambda whole: whole[:2000],
    "a header": lambda whole: whole[:4096],
    "three headers": lambda whole: whole[:12_288],
    "half": lambda whole: whole[: len(whole) // 2],
    "all but a block": lambda whole: whole[:-262_144],
    "all but a byte": lambda whole: whole[:-1],
    "noise": lambda _: NOISE,
    "zeros": lambda whole: bytes(len(whole)),
    "noise in the first header": lambda whole: NOISE[:4096] + whole[4096:],
    "noise in both database headers": lambda whole: whole[:4096] + NOISE[:8192] + whole[12_288:],
    "noise behind the headers": lambda whole: whole[:12_288] + NOISE + whole[112_288:],
    "SQLite": lambda _: b"SQLite format 3\0" + bytes(4080),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_damaged_store_is_refused(path: Path, whole: bytes, damage: Callable[[bytes], bytes]) -> None:
    path.write_bytes(damage(whole))
    refusal(path, "store_damaged")


def test_a_database_of_somebody_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.duckdb"
    with duckdb.connect(str(path)) as other:
        other.execute("CREATE TABLE customers AS SELECT 1 AS id")
    assert "not a store of Coterie" in refusal(path, "store_damaged").message


class Killed(BaseException):
    """Stands for the end of the process."""


@pytest.mark.parametrize("written", [0, 4096, 8192])
def test_a_process_that_ends_while_it_makes_a_store_leaves_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: int
) -> None:
    """DuckDB writes a file header by header: what it has begun must not have the store's name."""

    def killed(name: str, **_: object) -> None:
        Path(name).write_bytes(bytes(8) + b"DUCK" + bytes(written - 12) if written else b"")
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(duckdb, "connect", killed)
        patch.setattr(Path, "unlink", lambda *_, **__: None)  # it does not come to tidy up
        with pytest.raises(Killed):
            coterie.open(tmp_path / "shop.duckdb", catalog=CATALOG)
    with coterie.open(tmp_path / "shop.duckdb", catalog=CATALOG) as engine:
        assert engine.data_version == 0
    assert [each.name for each in tmp_path.iterdir()] == ["shop.duckdb"]


def test_a_store_that_was_deleted_without_its_log_is_made_anew(tmp_path: Path) -> None:
    with stocked(tmp_path / "shop.duckdb") as engine:
        members = sorted(engine.members(EVERYONE, as_of=NOW))
    (tmp_path / "shop.duckdb").unlink()
    (tmp_path / "shop.duckdb.wal").write_bytes(NOISE)
    with coterie.open(tmp_path / "shop.duckdb", catalog=CATALOG) as engine:
        assert sorted(engine.members(EVERYONE, as_of=NOW)) == members


# --- versions and places ---------------------------------------------------------------------------------------------


def test_a_store_of_a_newer_version_is_refused(path: Path) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute("UPDATE coterie_store SET value = 7 WHERE name = 'format_version'")
    assert "version 7" in refusal(path, "store_newer").message


def test_a_store_that_does_not_say_its_version_is_refused(path: Path) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute("DELETE FROM coterie_store WHERE name = 'format_version'")
    refusal(path, "store_damaged")


def test_a_folder_is_no_store(tmp_path: Path) -> None:
    refused(StoreError, "store_damaged", lambda: coterie.open(tmp_path, catalog=CATALOG))
    assert list(tmp_path.iterdir()) == []


def test_a_store_needs_a_folder_to_lie_in(tmp_path: Path) -> None:
    refused(StoreError, "store_not_found", lambda: coterie.open(tmp_path / "no" / "shop.duckdb", catalog=CATALOG))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_a_store_without_permission_is_refused(path: Path) -> None:
    path.chmod(0)
    problem = refused(StoreError, "store_failed", lambda: coterie.open(path, catalog=CATALOG))
    path.chmod(0o600)
    assert "permission denied" in problem.message
    coterie.open(path, catalog=CATALOG).close()


# --- other processes -------------------------------------------------------------------------------------------------

HOLD = """
import sys, coterie
from bad_input_shop import CATALOG
engine = coterie.open(sys.argv[1], catalog=CATALOG)
print("open", flush=True)
sys.stdin.read()
"""

LOAD = """
import sys, coterie
from bad_input_shop import CATALOG

def endless():
    number = 0
    while True:
        if number == 250_000:
            print("half-way", flush=True)
        yield {"contact_id": f"new {number}", "message_id": f"new {number}", "occurred_at": "2026-11-01",
               "amount": number / 8, "age": "old" if number % 1000 == 0 else number}
        number += 1

engine = coterie.open(sys.argv[1], catalog=CATALOG)
engine.load("contact", [{"contact_id": "last before"}])
engine.load(sys.argv[2], endless())
"""


@contextmanager
def another_process(script: str, *arguments: str | Path) -> Iterator[subprocess.Popen[str]]:
    """A process that runs `script`, once it has said that it is where it should be."""
    order = [sys.executable, "-c", script, *map(str, arguments)]
    with subprocess.Popen(
        order, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parent
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        yield process
        process.kill()


def test_a_store_that_another_process_has_open_is_refused_until_it_ends(path: Path) -> None:
    with another_process(HOLD, path) as holder:
        assert "one process" in refusal(path, "store_locked").hint
        holder.communicate("")
    with coterie.open(path, catalog=CATALOG) as engine:
        assert engine.count(EVERYONE, as_of=NOW) == 2002


def test_a_store_that_this_process_has_open_is_refused(path: Path) -> None:
    with coterie.open(path, catalog=CATALOG) as engine, unharmed(engine):
        refused(StoreError, "store_locked", lambda: coterie.open(path, catalog=CATALOG))


@pytest.mark.parametrize("name", ["contact", "purchase"])
def test_a_load_that_is_killed_leaves_what_was_there_before_it(path: Path, whole: bytes, name: str) -> None:
    """
    The load before it was acknowledged and stays; of the one that was killed half-way, not a row is there.
    """
    with coterie.open(path, catalog=CATALOG) as engine:
        engine.load("contact", [{"contact_id": "last before"}])
        expected, version = all_rows(engine), engine.data_version
    path.write_bytes(whole)
    with another_process(LOAD, path, name) as loading:
        loading.send_signal(signal.SIGKILL)
        loading.wait()
    with coterie.open(path, catalog=CATALOG) as engine:
        assert (all_rows(engine), engine.data_version) == (expected, version)
        with unharmed(engine):
            pass
