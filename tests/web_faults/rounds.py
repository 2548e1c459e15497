"""One server and its folder, through rounds of work, kills and looks at what is left."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random
from threading import Event, Thread
from time import monotonic, sleep
from typing import Any

from serving_process import Server
from web_faults.commanding import Commander
from web_faults.sending import Sender

__all__ = ["Life"]

_CONTACTS, _INTERACTIONS = 300, 4_000
_WORK_SECONDS = 3.0
_DRAIN_SECONDS = 60.0
_CHANGED = ("Coming to a race or workshop soon", "Quiet regulars and product testers", "Warm leads of larger accounts")
"""Segments to which no other refers: they can be stopped."""


class Life:
    """A server whose folder is used on from round to round."""

    def __init__(self, place: Path, seed: int) -> None:
        self._random = Random(seed)
        sizes = {"demo_contacts": _CONTACTS, "demo_interactions": _INTERACTIONS}
        self._server = Server(place / "server", "--demo", **sizes)
        self._fill()
        self._first = self._check()
        # Of their own randomness each: they work in threads.
        self._sender = Sender(self._server.address, self._inside("token").strip(), Random(f"{seed} sends"), _CONTACTS)
        self._commander = Commander(self._server.address, Random(f"{seed} commands"), _CHANGED)
        self.slowest = 0.0

    def _fill(self) -> None:
        """Make the shop. Its own customers, whose records nobody here counts, are stopped, and waited for."""
        self._server.begin()
        self._server.wait()
        self._control("UPDATE demo_demo SET stream_until = NULL")
        sleep(2)
        assert self._waiting() == 0
        assert self._server.stop() == 0

    @property
    def acknowledged(self) -> int:
        """Records, so far."""
        return self._sender.acknowledged

    @property
    def commanded(self) -> int:
        """Deeds on segments that were answered, so far."""
        return self._commander.done

    def round(self) -> str:
        """Let records arrive and segments change, kill, start again, and look. What was killed."""
        self._server.begin()
        self._server.wait()
        if not self._commander.done:
            self._commander.sign_in(self._server.sign_in_link())
        killed = self._work_until_killed()
        self._restart(killed)
        self._settle()
        assert self._server.stop() == 0, self._server.err
        self._compare(self._check())
        return killed

    def end(self) -> None:
        """Leave no process behind."""
        self._server.kill()

    def _work_until_killed(self) -> str:
        ended = Event()
        working = [Thread(target=_until, args=(ended, act)) for act in (self._sender.send, self._commander.act)]
        for thread in working:
            thread.start()
        sleep(self._random.random() * _WORK_SECONDS)
        killed = self._kill()
        ended.set()
        for thread in working:
            thread.join()
        return killed

    def _kill(self) -> str:
        """Both processes in most rounds; else the one that serves, which is begun again; else the one over it."""
        serving, chosen = self._server.serving_pid(), self._random.random()
        if chosen < 0.6 or serving is None:
            self._server.kill()
            return "both"
        if chosen < 0.8:
            os.kill(serving, signal.SIGKILL)
            return "serving"
        os.kill(self._server.pid, signal.SIGKILL)
        self._server.ended()
        return "parent"

    def _restart(self, killed: str) -> None:
        begun = monotonic()
        if killed != "serving":
            self._server.begin()
        self._server.wait()
        self.slowest = max(self.slowest, monotonic() - begun)

    def _settle(self) -> None:
        """What was not answered is sent again; then all that waits is applied."""
        deadline = monotonic() + _DRAIN_SECONDS
        answered = False
        while not answered or self._waiting():
            assert monotonic() < deadline, f"{self._waiting()} batches still wait\n{self._server.err}"
            answered = answered or self._sender.send()
            sleep(0.05)

    def _waiting(self) -> int:
        with closing(sqlite3.connect(self._server.folder / "control.sqlite3", timeout=20)) as control:
            found: int = control.execute("SELECT count(*) FROM ingest_inboxbatch WHERE applied_at IS NULL").fetchone()[
                0
            ]
        return found

    def _control(self, statement: str) -> None:
        with closing(sqlite3.connect(self._server.folder / "control.sqlite3")) as control:
            control.execute(statement)
            control.commit()

    def _compare(self, found: dict[str, Any]) -> None:
        assert found["waiting"] == 0, found
        assert found["wrong"] == [], found["wrong"]
        assert found["records"]["purchase"] == self._first["records"]["purchase"] + self._sender.purchases
        assert found["records"]["contact"] == self._first["records"]["contact"]
        assert {city: number for city, number in found["cities"].items() if number} == dict(self._sender.cities)
        assert "going_live" not in found["statuses"].values(), found["statuses"]

    def _check(self) -> dict[str, Any]:
        checked: dict[str, Any] = json.loads(self._inside("check"))
        return checked

    def _inside(self, deed: str) -> str:
        command = [sys.executable, "-m", "web_faults.inside", deed, str(self._server.folder)]
        done = subprocess.run(command, env=self._server.environment(), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout


def _until(ended: Event, act: Callable[[], bool]) -> None:
    """Do it again and again; a little later, where it was not answered."""
    while not ended.is_set():
        if not act():
            sleep(0.05)
