"""A process may end, or the disk refuse, at every step: the old or the new publication is there, never half of one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest
from journal_history import History, assert_same

from coterie.errors import StoreError
from coterie.snapshot import Journal

STEPS = ("write", "fsync", "rename", "unlink")


class Killed(BaseException):
    """Stands for the end of the process."""


@contextmanager
def failing_at(step: int, fail: Callable[[], None], *, after: bool) -> Iterator[list[str]]:
    """Call `fail` before (or after) the step of that number among all that touch the disk; the steps taken."""
    taken: list[str] = []
    patch = pytest.MonkeyPatch()

    def watched(name: str, real: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object, **options: object) -> object:
            taken.append(name)
            if len(taken) - 1 != step:
                return real(*arguments, **options)
            if after:
                real(*arguments, **options)
            fail()
            return None

        return call

    patch.setattr(os, "write", watched("write", os.write))
    patch.setattr(os, "fsync", watched("fsync", os.fsync))
    patch.setattr(Path, "rename", watched("rename", Path.rename))
    patch.setattr(Path, "unlink", watched("unlink", Path.unlink))
    try:
        yield taken
    finally:
        patch.undo()


def prepared(folder: Path) -> tuple[Random, History]:
    random, history, journal = Random(5), History(), Journal.open(folder)
    for _ in range(4):
        history.step(random, journal)
    return random, history


def refuse() -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", range(6))
def test_a_disk_that_refuses_leaves_the_old_publication_or_the_new(tmp_path: Path, step: int, after: bool) -> None:
    random, history = prepared(tmp_path / "s")
    journal = Journal.open(tmp_path / "s")
    moments = list(history.moments)
    with failing_at(step, refuse, after=after) as taken:
        if step < 5:
            with pytest.raises(StoreError) as caught:
                history.step(random, journal)
            assert caught.value.code == "snapshots_failed"
        else:
            history.step(random, journal)
            assert len(taken) == 5  # two writes, fsync, rename, fsync of the folder
            moments = list(history.moments)
    history.moments = moments
    assert_same(journal, history)
    assert_same(Journal.open(tmp_path / "s"), history)
    assert not list(tmp_path.glob("s/*.tmp"))
    history.step(random, journal)  # and it goes on
    assert_same(journal, history)
    assert_same(Journal.open(tmp_path / "s"), history)


def test_a_journal_that_cannot_take_back_what_it_wrote_wants_to_be_opened_again(tmp_path: Path) -> None:
    random, history = prepared(tmp_path / "s")
    journal = Journal.open(tmp_path / "s")
    moments = list(history.moments)
    with pytest.MonkeyPatch.context() as patch:
        real = os.fsync
        patch.setattr(os, "fsync", lambda descriptor: refuse() if list(tmp_path.glob("s/*5@*n")) else real(descriptor))
        patch.setattr(Path, "unlink", lambda *_, **__: refuse())
        with pytest.raises(StoreError):
            history.step(random, journal)
    assert history.moments == moments
    with pytest.raises(StoreError, match="again"):
        history.step(random, journal)
    latest = Journal.open(tmp_path / "s").latest
    assert latest is not None
    assert latest.number == 5


SCRIPT = """
import os, sys
sys.path[:0] = sys.argv[3:]
from pathlib import Path
from random import Random
from journal_history import History
from test_journal_crashes import failing_at, prepared
from coterie.snapshot import Journal
folder, what, first = Path(sys.argv[1]), sys.argv[2], 0
while True:
    pid = os.fork()
    if pid == 0:
        at = folder / f"{what}{first}"
        random, history = prepared(at)
        journal = Journal.open(at)
        with failing_at(first, lambda: os._exit(7), after=False):
            history.step(random, journal) if what == "publish" else journal.retain(history.moments[2].as_of)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    first += 1
    if code != 7:
        sys.exit(code)
"""


@pytest.mark.parametrize("what", ["publish", "retain"])
def test_a_process_that_ends_at_any_step_leaves_the_old_state_or_the_new(tmp_path: Path, what: str) -> None:
    paths = [str(Path(__file__).parent), *sys.path]
    subprocess.run([sys.executable, "-c", SCRIPT, str(tmp_path), what, *paths], check=True, timeout=120)
    folders = sorted(tmp_path.iterdir())
    assert len(folders) >= 6
    random, history = prepared(tmp_path / "expected")
    old = list(history.moments)
    if what == "publish":
        history.step(random, Journal.open(tmp_path / "expected"))
    else:
        history.retain(history.moments[2].as_of)
    for folder in folders:
        journal = Journal.open(folder)
        numbers = [issue.number for issue in journal.publications()][::-1]
        assert numbers in ([moment.number for moment in old], [moment.number for moment in history.moments])
        is_new = numbers == [moment.number for moment in history.moments]
        then = History(history.moments if is_new else old)
        assert_same(journal, then)
        assert not list(folder.glob("*.tmp"))
        if what == "retain":
            journal.retain(old[2].as_of)
            assert_same(Journal.open(folder), History(list(history.moments)))
            assert len(list(folder.iterdir())) == len(history.moments)
