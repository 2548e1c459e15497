"""Commit points of a process: each may be the one at which it is killed, as by `kill -9`.

A point is a call that changes what outlasts the process: a file written, synced, renamed or removed, a folder synced,
the store's COMMIT and CHECKPOINT. Its name says what it does to which kind of file: `rename archive/#.parquet`.
"""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial, wraps
from pathlib import Path
from typing import Any

from coterie.backends.duckdb import checkpoints, message_index, store
from coterie.backends.duckdb.opening import connect

__all__ = ["Kill", "Points", "kill_now", "make_everything_happen_soon", "watch"]

_STATEMENTS = frozenset({"COMMIT", "CHECKPOINT"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """The `number`-th point (from 1), of those of a `name` if there is one: just before it or `after`.

    With `amid` the process goes on, and is killed so many seconds after the point was reached, wherever it is then.
    """

    number: int
    name: str | None = None
    after: bool = False
    amid: float | None = None

    def __str__(self) -> str:
        when = "after" if self.after else "before" if self.amid is None else f"{self.amid * 1000:.2f} ms into"
        return f"{when} point {self.number}{f' of {self.name}' if self.name else ''}"


@dataclass(slots=True)
class Points:
    """Counts points, and kills this process at the one that is chosen. `taken`: those passed, in order."""

    kill: Kill | None
    root: Path
    taken: list[str] = field(default_factory=list[str])
    _counts: Counter[str | None] = field(default_factory=Counter[str | None])

    @contextmanager
    def point(self, name: str) -> Iterator[None]:
        """Around what the point does."""
        kill = self.kill
        chosen = kill is not None and kill.name in {None, name}
        if chosen:
            assert kill is not None
            self._counts[kill.name] += 1
            chosen = self._counts[kill.name] == kill.number
        if chosen and kill is not None and kill.amid is not None:
            threading.Thread(target=_kill_in, args=(kill.amid,), daemon=True).start()
            chosen = False
        if chosen and kill is not None and not kill.after:
            kill_now()
        yield
        self.taken.append(name)
        if chosen:
            kill_now()

    def name(self, call: str, target: object) -> str:
        """The name of a point: numbers in names of files do not matter."""
        path = _path_of(target)
        try:
            inside = path.resolve().relative_to(self.root.resolve())
        except ValueError:
            return f"{call} elsewhere"
        shown = str(inside).removeprefix("store.duckdb.") + ("/" if path.is_dir() else "")
        return f"{call} {re.sub(r'[0-9]+', '#', shown)}"


def kill_now() -> None:
    """End this process without a chance to tidy up."""
    os.kill(os.getpid(), signal.SIGKILL)


def watch(root: Path, kill: Kill | None) -> Points:
    """Watch the points of this process that concern files in `root`, from now on and for good."""
    points = Points(kill, root)
    for name, place in (("write", 0), ("fsync", 0), ("unlink", 0), ("rename", 1), ("replace", 1)):
        _set(os, name, _watched(points, name, place, getattr(os, name)))

    @wraps(connect)
    def connected(*arguments: Any, **options: Any) -> object:
        return _Connection(connect(*arguments, **options), points)

    _set(store, "connect", connected)
    return points


def make_everything_happen_soon() -> None:
    """Let this process flush, merge and fold in after a few messages and kilobytes, as it otherwise does after many."""
    settings: dict[object, dict[str, object]] = {
        message_index: {"_RECENT": 12, "_FAN_IN": 3},
        checkpoints: {"_BY_ITSELF": "1KB"},
        store: {"Checkpoints": partial(checkpoints.Checkpoints, longest=20_000)},
    }
    for module, values in settings.items():
        for name, value in values.items():
            _set(module, name, value)


def _set(module: object, name: str, value: object) -> None:
    """Put something else in the place of what a module calls by that name."""
    getattr(module, name)  # it must be there
    setattr(module, name, value)


class _Connection:
    """A connection to the database whose COMMIT and CHECKPOINT are points."""

    def __init__(self, connection: object, points: Points) -> None:
        self._connection, self._points = connection, points
        # Tables named in a statement are sought in the frames of whoever called `execute` below.
        self.execute("SET python_scan_all_frames = true")

    def execute(self, statement: str, *arguments: object) -> object:
        run: Callable[..., object] = getattr(self._connection, "execute")  # noqa: B009 - no type is known of it
        if statement in _STATEMENTS:
            with self._points.point(statement):
                return run(statement, *arguments)
        return run(statement, *arguments)

    def __getattr__(self, name: str) -> object:
        return getattr(self._connection, name)


def _watched(points: Points, name: str, place: int, real: Callable[..., object]) -> Callable[..., object]:
    @wraps(real)
    def call(*arguments: object, **options: object) -> object:
        named = points.name(name, arguments[place])
        if named.endswith("elsewhere"):
            return real(*arguments, **options)
        with points.point(named):
            return real(*arguments, **options)

    return call


def _path_of(target: object) -> Path:
    """The path of a file that is named, or open under a number."""
    if isinstance(target, int):
        try:
            return Path(f"/proc/self/fd/{target}").readlink()
        except OSError:
            return Path("/elsewhere")
    assert isinstance(target, str | Path)
    return Path(target)


def _kill_in(seconds: float) -> None:
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        time.sleep(0)
    kill_now()
