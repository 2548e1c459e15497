"""Sends one request after another to a server, and keeps what it answered."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from time import perf_counter

__all__ = ["Asked", "Caller"]

_LONGEST = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request, so that it can be made again."""

    method: str
    path: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.method} {self.path[:300]} {dict(self.headers)} {self.body[:500]!r} ({len(self.body):,} bytes)"


@dataclass
class Caller:
    """Who asks one server with a token. `broken` are requests that were not answered as they must be, with why."""

    port: int
    token: str
    statuses: Counter[int] = field(default_factory=Counter)
    broken: list[tuple[Asked, str]] = field(default_factory=list)
    slowest: float = 0.0

    def __post_init__(self) -> None:
        self._connection = HTTPConnection("127.0.0.1", self.port, timeout=3 * _LONGEST)

    def ask(self, asked: Asked) -> None:
        """Send a request, and judge the answer."""
        started = perf_counter()
        try:
            status, kind, text = self._answered(asked)
        except (HTTPException, OSError) as error:
            self.broken.append((asked, f"no answer: {error!r}"))
            return
        seconds = perf_counter() - started
        self.statuses[status] += 1
        self.slowest = max(self.slowest, seconds)
        if status >= 500 or seconds > _LONGEST:
            self.broken.append((asked, f"{status} in {seconds:.1f} s: {text[:500]!r}"))
        elif status >= 400 and asked.method != "HEAD" and not _is_problem(kind, text, status):
            self.broken.append((asked, f"{status} is told as {kind}: {text[:200]!r}"))

    def _answered(self, asked: Asked) -> tuple[int, str, bytes]:
        """The answer; over a new connection where the server has closed the one that there was."""
        try:
            return self._answer(asked)
        except (HTTPException, OSError):
            self._connection.close()
            return self._answer(asked)

    def _answer(self, asked: Asked) -> tuple[int, str, bytes]:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json", **asked.headers}
        with suppress(BrokenPipeError):  # a server may answer before it has read all of a body, and read no more of it
            self._connection.request(asked.method, asked.path, asked.body or None, headers)
        answer = self._connection.getresponse()
        return answer.status, answer.headers.get("Content-Type", ""), answer.read()


def _is_problem(kind: str, text: bytes, status: int) -> bool:
    return kind == "application/problem+json" and json.loads(text)["status"] == status
