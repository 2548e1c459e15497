"""A real server in a process of its own: begun, waited for, ended by its process id; and how long it says it took."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from bench.serving import world_clock

__all__ = ["Server", "serving"]

READY_SECONDS = 900
"""Until all segments are published for the first time."""


class Server:
    """`coterie serve` over a folder, by the world's clock."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = _free_port()
        self.began = datetime.now(UTC)
        environment = {**os.environ, world_clock.BEGAN: self.began.isoformat()}
        command = [sys.executable, "-m", world_clock.__name__, "serve", str(folder), "--port", str(self.port)]
        with (folder / "out").open("wb") as out, self._log.open("wb") as log:
            self._process = subprocess.Popen(command, stdout=out, stderr=log, env=environment)

    @property
    def _log(self) -> Path:
        return self.folder / "log"

    @property
    def serving_pid(self) -> int:
        """The process that serves: the one that was begun looks after it."""
        pid = self._process.pid
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
                return int(child)
        raise AssertionError("nothing serves")

    def now(self) -> datetime:
        """What time it is by the server's clock."""
        return world_clock.WorldClock(self.began).now()

    def wait(self) -> None:
        """Until it answers, and every live segment is published."""
        deadline = time.monotonic() + READY_SECONDS
        while not self._answers() or self.count("segments_segment", "status = 'going_live'"):
            assert self._process.poll() is None, self._log.read_text()
            assert time.monotonic() < deadline, f"not ready in {READY_SECONDS} s, see {self._log}"
            time.sleep(0.2)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5) as answer:
                return bool(json.load(answer)["ok"])
        except OSError:
            return False

    def count(self, table: str, where: str) -> int:
        """Rows of the control database."""
        with closing(sqlite3.connect(self.folder / "control.sqlite3", timeout=20)) as control:
            found: int = control.execute(f"SELECT count(*) FROM {table} WHERE {where}").fetchone()[0]
        return found

    def settle(self, token: str) -> None:
        """Until all that was acknowledged is applied, and every segment is published with it."""
        deadline = time.monotonic() + READY_SECONDS
        while self.count("ingest_inboxbatch", "applied_at IS NULL") or self._is_behind(token):
            assert time.monotonic() < deadline, f"not settled in {READY_SECONDS} s, see {self._log}"
            time.sleep(0.2)

    def _is_behind(self, token: str) -> bool:
        headers = {"Authorization": f"Bearer {token}"}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/api/v1/status", headers=headers)
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - loopback
            return any(segment["behind"] for segment in json.load(answer)["segments"])

    def seconds(self) -> Mapping[str, float]:
        """How long the server took for each request, by its id, as its log says."""
        return {line["request_id"]: line["ms"] / 1000 for line in self._lines() if "ms" in line}

    def failures(self) -> list[str]:
        """What its log says that went wrong."""
        lines = (line for line in self._lines() if line["level"] in ("error", "critical"))
        return [f"{line['logger']}: {line['message']}" for line in lines]

    def _lines(self) -> Iterator[dict[str, object]]:
        for line in self._log.read_text().splitlines():
            if line.startswith("{"):
                yield json.loads(line)

    def end(self) -> None:
        """As an operator does; after two minutes the hard way."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(120)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """A server that is ready; it is ended whatever happens."""
    server = Server(folder)
    try:
        server.wait()
        yield server
    finally:
        server.end()
