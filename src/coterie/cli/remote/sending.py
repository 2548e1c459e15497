"""Operations of a file, sent to a server batch by batch, each until it is acknowledged; and what became of them."""

from __future__ import annotations

import gzip
import json
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeVar

from coterie.cli.remote.client import Busy, Server
from coterie.cli.remote.reading import report_in
from coterie.records import IngestReport

__all__ = ["Sending"]

_ATTEMPTS = 8
_FIRST_PAUSE = 0.5
_POLL_SECONDS = 0.1

Answer = TypeVar("Answer")


@dataclass(slots=True)
class Sending:
    """Takes operations as an engine does, and hands them to a server. `ingest` returns when they are applied.

    A batch that is not acknowledged is sent again with its idempotency key, which changes nothing where it had come.
    """

    server: Server
    sleep: Callable[[float], None] = field(default=time.sleep)

    def ingest(self, records: Iterable[Mapping[str, object]]) -> IngestReport:
        """Send a batch, wait until it is applied, and say what that did. Raises CoterieError."""
        body = gzip.compress(json.dumps(list(records), default=_spelled).encode())
        headers = {"Content-Encoding": "gzip", "Idempotency-Key": secrets.token_hex(16)}
        told = self._patiently(lambda: self.server.send("/records", body, headers))
        return self._applied(told["batch"])

    def _applied(self, batch: int) -> IngestReport:
        while True:
            told = self._patiently(lambda: self.server.get(f"/records/{batch}"))
            if told["applied_at"] is not None:
                return report_in(told["report"])
            self.sleep(_POLL_SECONDS)

    def _patiently(self, ask: Callable[[], Answer]) -> Answer:
        """The answer, asked for again while the server is busy or away, with longer and longer pauses."""
        pause = _FIRST_PAUSE
        for _ in range(_ATTEMPTS - 1):
            try:
                return ask()
            except Busy:
                self.sleep(pause)
                pause *= 2
        return ask()


def _spelled(value: object) -> Any:
    """Numbers keep their digits, and days are text, as in the file."""
    return float(value) if isinstance(value, Decimal) and Decimal(repr(float(value))) == value else str(value)
