"""`python -m web_fuzz [REQUESTS] [SEED]`: so many requests to a server that is begun for it, and what was found."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from urllib.parse import quote
from urllib.request import urlopen

from serving_process import Server
from web_fuzz.asking import Asked, Caller
from web_fuzz.bodies import damaged
from web_fuzz.sound import BODIES, SEGMENT, TARGETS

__all__ = ["main"]

_CONTACTS, _INTERACTIONS = 2_000, 30_000
_EVERY = 1_000


def main(arguments: list[str]) -> int:
    """So many requests from that seed on. 1 where any is not answered as it must be."""
    requests, seed = (int(text) for text in (*arguments, *("20000", "1")[len(arguments) :]))
    _say(f"{requests:,} requests from seed {seed} on")
    with TemporaryDirectory() as place:
        sizes = {"demo_contacts": _CONTACTS, "demo_interactions": _INTERACTIONS}
        server = Server(Path(place) / "server", "--demo", **sizes)
        try:
            token = _filled(server)
            server.begin()
            server.wait()
            caller = Caller(server.port, token)
            for number, asked in enumerate(_requests(requests, Random(seed), _segments(server, token)), 1):
                caller.ask(asked)
                if number % _EVERY == 0:
                    _say(f"{number:,}: {dict(sorted(caller.statuses.items()))}, slowest {caller.slowest:.2f} s")
            _say(f"at the end: {_health(server)}")
        finally:
            server.kill()
    return _told(caller)


def _filled(server: Server) -> str:
    """Make the shop, and a token that may do all."""
    server.begin()
    server.wait()
    assert server.stop() == 0, server.err
    command = [sys.executable, "-m", "web_faults.inside", "token", str(server.folder)]
    made = subprocess.run(command, env=server.environment(), capture_output=True, text=True, check=True)
    return made.stdout.strip()


def _segments(server: Server, token: str) -> list[str]:
    """The ids of the segments of the shop, as far as members of one are told of, and one of none."""
    from coterie.cli.remote.client import Server as Remote

    told = Remote(server.address, token).get("/memberships/C000001")["segments"]
    return [*(each["id"] for each in told), "00000000-0000-0000-0000-000000000000", "x", "\0"]


def _requests(count: int, random: Random, segments: list[str]) -> Iterator[Asked]:
    for _ in range(count):
        yield _sent(random, segments) if random.random() < 0.7 else _looked_at(random, segments)


def _sent(random: Random, segments: list[str]) -> Asked:
    operation = random.choice(sorted(BODIES))
    path = operation.replace(SEGMENT, quote(random.choice(segments), safe=""))
    headers = {}
    if random.random() < 0.1:
        headers["Content-Encoding"] = random.choice(("gzip", "br", "identity", "gzip, gzip", ""))
    if random.random() < 0.1:
        headers["Content-Type"] = random.choice(("text/plain", "multipart/form-data; boundary=x", "x/y; charset=z"))
    if random.random() < 0.1:
        headers["Idempotency-Key"] = random.choice(("a", "x" * 300, "é", ""))
    method = "PATCH" if operation.endswith(SEGMENT) else "POST"
    return Asked(method=method, path=f"/api/v1{path}", body=damaged(BODIES[operation], random), headers=headers)


_QUERY = (
    "limit", "after", "columns", "sort", "search", "at", "before", "since", "descending", "contacts", "interactions",
)  # fmt: skip
_VALUES = (
    "", "0", "-1", "1", "1000", "99999999999999999999", "abc", "\0", "ü", "%", "_", "city", "age", "name", "true",
    "null", "2026-11-23T12:00:00Z", "0001-01-01T00:00:00+23:59", "noon", "x" * 3_000, "WyJhIl0", "W10", "[]", "'", '"',
)  # fmt: skip
_METHODS = ("GET",) * 12 + ("HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW")


def _looked_at(random: Random, segments: list[str]) -> Asked:
    path = random.choice(TARGETS).replace(SEGMENT, quote(random.choice(segments), safe=""))
    if random.random() < 0.2:
        path = path.rpartition("/")[0] + "/" + quote(random.choice(_VALUES), safe="")
    given = [(random.choice(_QUERY), random.choice(_VALUES)) for _ in range(random.randint(0, 3))]
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in given)
    return Asked(method=random.choice(_METHODS), path=f"/api/v1{path}?{query}")


def _health(server: Server) -> object:
    with urlopen(f"{server.address}/healthz", timeout=30) as answer:  # noqa: S310 - loopback
        return json.load(answer)


def _told(caller: Caller) -> int:
    for asked, why in caller.broken[:20]:
        _say(f"BROKEN {asked}\n       {why}")
    _say(f"{sum(caller.statuses.values()):,} answered, {len(caller.broken):,} broken, slowest {caller.slowest:.2f} s")
    return 1 if caller.broken else 0


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
