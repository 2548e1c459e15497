"""A real server in a process of its own, for tests that kill it, restart it, or look at it with a browser."""

from __future__ import annotations

import atexit
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from urllib.error import URLError

import coterie

__all__ = ["Server", "free_port", "served"]

_SOURCES = Path(coterie.__file__).parent.parent
_READY_SECONDS = 60


@cache
def _compiled() -> str:
    """A folder for what Python compiles, the same for all servers of a run: each would take seconds for it."""
    folder = tempfile.mkdtemp(prefix="coterie-compiled-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """`coterie serve` in a folder. What it prints lies in `out` and `err` beside the folder."""

    def __init__(self, folder: Path, *arguments: str, **settings: object) -> None:
        self.folder = folder
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._arguments = arguments
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        folder.parent.mkdir(parents=True, exist_ok=True)

    @property
    def out(self) -> str:
        return self._text("out")

    @property
    def err(self) -> str:
        return self._text("err")

    def _text(self, name: str) -> str:
        return Path(f"{self.folder}.{name}").read_text(encoding="utf-8")

    def begin(self) -> None:
        """Begin to serve; `wait` says when it answers."""
        command = [sys.executable, "-m", "coterie.cli", "serve", str(self.folder), "--port", str(self.port)]
        with (
            Path(f"{self.folder}.out").open("ab") as out,
            Path(f"{self.folder}.err").open("ab") as err,
        ):
            self._process = subprocess.Popen(
                [*command, *self._arguments], stdout=out, stderr=err, env=self.environment(), start_new_session=True
            )

    def environment(self) -> dict[str, str]:
        """What the server's process gets of the environment; others in its folder may have the same."""
        given = {f"COTERIE_{name.upper()}": str(value) for name, value in self._settings.items()}
        own = os.environ.items()  # noqa: TID251 - handed on to the process
        kept = {name: value for name, value in own if not name.startswith(("COTERIE_", "DJANGO_"))}
        kept.pop("PYTHONDONTWRITEBYTECODE", None)  # compiled once for all servers of a run
        path = f"{_SOURCES}{os.pathsep}{Path(__file__).parent}"
        return {"PYTHONPYCACHEPREFIX": _compiled(), **kept, "PYTHONPATH": path, **given}

    @property
    def pid(self) -> int:
        """Of the process that was begun: it looks after the other one, which serves."""
        assert self._process is not None
        return self._process.pid

    def serving_pid(self) -> int | None:
        """Of the process that serves; None where there is none at the moment."""
        for line in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text(encoding="ascii").split():
            if b"spawn_main" in Path(f"/proc/{line}/cmdline").read_bytes():
                return int(line)
        return None

    def wait(self) -> dict[str, Any]:
        """What /healthz says once the server is ready. Fails where it is not within a minute."""
        deadline = monotonic() + _READY_SECONDS
        while monotonic() < deadline:
            assert self._process is None or self._process.poll() is None, self.err
            try:
                with urllib.request.urlopen(f"{self.address}/healthz", timeout=5) as answer:  # noqa: S310 - loopback
                    said: dict[str, Any] = json.load(answer)
                    return said
            except (URLError, OSError):
                sleep(0.05)
        raise AssertionError(f"not ready within a minute\n{self.out}\n{self.err}")

    def sign_in_link(self, name: str = "Administrator") -> str:
        """The path of the newest link that was printed under that name."""
        return re.findall(rf"{re.escape(name)}\s+http\S+?(/sign-in/\S+)", self.out)[-1]

    def ended(self, seconds: float = 60) -> int:
        """Wait for the end; the exit code."""
        assert self._process is not None
        return self._process.wait(seconds)

    def stop(self) -> int:
        """End it as an operator does; the exit code."""
        os.kill(self.pid, signal.SIGTERM)
        return self.ended()

    def kill(self) -> None:
        """End both processes at once, in the midst of whatever they do."""
        assert self._process is not None
        if self._process.poll() is None:
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()


@contextmanager
def served(folder: Path, *arguments: str, **settings: object) -> Iterator[Server]:
    """A server that is ready, killed at the end if it has not ended by itself."""
    server = Server(folder, *arguments, **settings)
    server.begin()
    try:
        server.wait()
        yield server
    finally:
        server.kill()
