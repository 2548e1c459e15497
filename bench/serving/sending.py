"""Programs that send records: so many a second while people work, and as many as are acknowledged."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from http import HTTPStatus
from itertools import islice

from bench.batches import Batches, Operation
from bench.serving.browser import Refused
from bench.serving.folder import Filled

__all__ = ["Flood", "Stream"]

EVERY = 0.25
"""Seconds from batch to batch of the stream."""

RECORDS = 500
"""Of a batch of the flood."""


class Sender:
    """One connection to the API."""

    def __init__(self, port: int, token: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def send(self, body: bytes) -> float:
        """Seconds until it was acknowledged."""
        started = time.perf_counter()
        self._connection.request("POST", "/api/v1/records", body, self._headers)
        answer = self._connection.getresponse()
        said = answer.read()
        if answer.status != HTTPStatus.ACCEPTED:
            raise Refused(f"records: {answer.status}: {said[:300]!r}")
        return time.perf_counter() - started


class Stream:
    """So many records a second, of a batch every `EVERY` seconds; what is late is sent as soon as it can be."""

    def __init__(self, filled: Filled, port: int, *, rate: int, seed: int) -> None:
        touched = max(round(rate * EVERY / 1.1), 10)  # a touched contact has some 1.1 records
        self._batches = Batches(filled.setting.world, touched=touched, seed=seed, every=timedelta(seconds=EVERY))
        self._sender = Sender(port, filled.token)
        self.acknowledged: list[float] = []
        """Seconds that each batch waited for its acknowledgement."""
        self.records = 0
        self.seconds = 0.0
        self.errors: list[str] = []

    def work(self, done: threading.Event) -> None:
        """Until all is done."""
        start = time.perf_counter()
        try:
            for batch in self._batches:
                if done.wait(max(start + batch.number * EVERY - time.perf_counter(), 0)):
                    break
                self.acknowledged.append(self._sender.send(_body(batch.operations)))
                self.records += len(batch.operations)
        except Exception as error:  # noqa: BLE001 - told by the one who waits
            self.errors.append(f"stream: {type(error).__name__}: {error}")
            done.set()
        self.seconds = time.perf_counter() - start


class Flood:
    """Batches of 500 from several programs at once, each sent when the one before is acknowledged."""

    def __init__(self, filled: Filled, port: int, *, batches: int, senders: int, seed: int) -> None:
        operations = _fresh(Batches(filled.setting.world, touched=5000, seed=seed + 1, every=timedelta(seconds=1)))
        self._bodies = [_body(list(islice(operations, RECORDS))) for _ in range(batches)]
        self._waiting = iter(self._bodies)
        self._turn = threading.Lock()
        self._senders = [Sender(port, filled.token) for _ in range(senders)]
        self.acknowledged: list[float] = []
        self.errors: list[str] = []

    def run(self) -> float:
        """Send all; records acknowledged a second."""
        threads = [threading.Thread(target=self._work, args=(sender,)) for sender in self._senders]
        start = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return RECORDS * len(self.acknowledged) / (time.perf_counter() - start)

    def _work(self, sender: Sender) -> None:
        try:
            while (body := self._next()) is not None:
                self.acknowledged.append(sender.send(body))
        except Exception as error:  # noqa: BLE001 - told by the one who waits
            self.errors.append(f"flood: {type(error).__name__}: {error}")

    def _next(self) -> bytes | None:
        with self._turn:
            return next(self._waiting, None)


def _fresh(batches: Batches) -> Iterator[Operation]:
    """Their operations, each interaction with an id that the stream does not use."""
    for batch in batches:
        for operation in batch.operations:
            record = operation.get("record")
            if isinstance(record, dict) and "message_id" in record:
                yield {**operation, "record": {**record, "message_id": f"f-{record['message_id']}"}}
            else:
                yield operation


def _body(operations: Sequence[Operation]) -> bytes:
    return json.dumps(operations).encode()
