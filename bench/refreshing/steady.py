"""A steady stream of records: how long from acknowledged to visible in membership, and how much memory is held."""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Sequence
from datetime import timedelta
from itertools import islice
from pathlib import Path

from bench.batches import Batches
from bench.data import AS_OF
from bench.handwritten.segment_by_segment import SegmentBySegment
from bench.live.moments import milliseconds
from bench.machine import GIB, describe_machine
from bench.refreshing.pages import percentile, write_page
from bench.refreshing.setting import Setting, compared, open_setting
from bench.results_files import Target, table

__all__ = ["Stream", "run"]

VISIBLE_LIMIT = 2.0
MEMORY_LIMIT = 4.0
FLAT_LIMIT = 1.1
EVERY = 0.25


class Stream:
    """One thread sends what is due four times a second; another refreshes whenever there is something new.

    The clock of the records is the world's: it starts at `AS_OF` and goes as the wall's does.
    """

    def __init__(self, setting: Setting, arguments: argparse.Namespace) -> None:
        self._setting = setting
        self._seconds = arguments.seconds
        self._batches = _batches(setting, arguments)
        self.sent: list[tuple[int, int, float, float]] = []
        """Data version, records, the moment it was due, the moment it was acknowledged."""
        self.refreshed: list[tuple[int, float, float]] = []
        """Data version, seconds it took, the moment it was visible."""
        self.memory: list[float] = []
        self.errors: list[str] = []
        self._done = threading.Event()
        self._new = threading.Event()

    def run(self) -> None:
        self.start()
        self.join()

    def start(self) -> None:
        self._start = time.perf_counter()
        self._threads = [
            threading.Thread(target=self._guarded, args=(work,)) for work in (self._send, self._refresh, self._sample)
        ]
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        """Until everything has been sent and refreshed."""
        for thread in self._threads:
            thread.join()

    def elapsed(self) -> timedelta:
        """How far the clock of the records has gone."""
        return timedelta(seconds=time.perf_counter() - self._start)

    def _guarded(self, work: object) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - told by the one who waits
            self.errors.append(f"{type(error).__name__}: {error}")
            self._done.set()
            self._new.set()

    def _send(self) -> None:
        """What is due is sent together: one batch while the engine keeps up, several where it was busy."""
        batch = next(self._batches)
        while not self._done.is_set() and batch.number * EVERY <= self._seconds:
            due = []
            time.sleep(max(self._start + batch.number * EVERY - time.perf_counter(), 0))
            while self._start + batch.number * EVERY <= time.perf_counter() and batch.number * EVERY <= self._seconds:
                due.append(batch)
                batch = next(self._batches)
            self._setting.engine.ingest(operation for one in due for operation in one.operations)
            acknowledged, version = time.perf_counter(), self._setting.engine.data_version
            for one in due:
                self.sent.append((version, len(one.operations), self._start + one.number * EVERY, acknowledged))
            self._new.set()
        self._done.set()
        self._new.set()

    def _refresh(self) -> None:
        finished = False
        while not finished:
            self._new.wait()
            finished = self._done.is_set()
            self._new.clear()
            as_of = AS_OF + self.elapsed()
            start = time.perf_counter()
            refresh = self._setting.engine.refresh(as_of=as_of)
            ended = time.perf_counter()
            self.refreshed.append((refresh.data_version, ended - start, ended))
            self.last_as_of = refresh.as_of
            time.sleep(0.02)  # whoever waits to ingest has its turn

    def _sample(self) -> None:
        while not self._done.wait(1):
            self.memory.append(_resident() / GIB)

    def delays(self) -> list[float]:
        """From acknowledged to visible, once per record."""
        found: list[float] = []
        ahead = iter(self.refreshed)
        version, _, visible = next(ahead)
        for sent, records, _, acknowledged in self.sent:
            while version < sent:
                version, _, visible = next(ahead)
            found += [max(visible - acknowledged, 0.0)] * records
        return found


def _batches(setting: Setting, arguments: argparse.Namespace) -> Batches:
    """The same at every call: those sent are drawn once more to be compared, not kept."""
    # A touched contact has some 1.1 records: late ones, repeats, and several of one contact.
    touched = max(round(arguments.rate * EVERY / 1.1), 10)
    return Batches(setting.world, touched=touched, seed=arguments.seed, every=timedelta(seconds=EVERY))


def _resident() -> int:
    """Bytes that this process holds now (Linux)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) * 1024
    raise AssertionError("no VmRSS")


def run(arguments: argparse.Namespace) -> int:
    """So many records a second for so long; every membership is compared at the end."""
    facts = describe_machine()
    setting = open_setting(arguments, "refresh")
    setting.engine.refresh(setting.files, as_of=AS_OF)
    stream = Stream(setting, arguments)
    stream.run()
    if stream.errors:
        print("\n".join(stream.errors))
        return 1
    by_hand = SegmentBySegment(setting.world, setting.segments, store=setting.world.folder / "refresh.by_hand.duckdb")
    for batch in islice(_batches(setting, arguments), len(stream.sent)):
        by_hand.apply(batch.changes)
    _, expected = by_hand.members(milliseconds(stream.last_as_of))
    differing = compared("at the end", setting.published(), expected)
    setting.close()
    by_hand.close()
    delays, taken = stream.delays(), [seconds for _, seconds, _ in stream.refreshed]
    lags = [acknowledged - due for _, _, due, acknowledged in stream.sent]
    memory = stream.memory
    tenth = max(len(memory) // 10, 1)
    early, late = (sum(part) / len(part) for part in (memory[tenth : 3 * tenth] or memory, memory[-2 * tenth :]))
    records = sum(records for _, records, _, _ in stream.sent)
    elapsed = stream.sent[-1][3] - stream.sent[0][2] + EVERY
    targets = [
        Target("acknowledged to visible, p99, seconds", percentile(delays, 0.99), VISIBLE_LIMIT),
        Target("memory held at most, GiB", max(memory), MEMORY_LIMIT),
        Target("memory: last fifth ÷ second and third tenth", late / early, FLAT_LIMIT),
        Target("records a second", records / elapsed, 0.98 * arguments.rate, at_least=True),
    ]
    rows = [_line("acknowledged to visible", delays), _line("due to acknowledged", lags), _line("refresh", taken)]
    what = (
        f"{records:,} records in {elapsed:,.0f} s, {len(stream.refreshed):,} refreshes. A thread of the same process"
        f" sends what is due every {EVERY} s, another refreshes whenever something is new. Memory is that of the whole"
        " process, the maker of the records included."
    )
    data = {
        "delays": delays[:: max(len(delays) // 5000, 1)],
        "refreshes": taken,
        "memory_gib": memory,
        "acknowledging": lags,
    }
    body = [what, table(["seconds", "median", "p95", "p99", "most"], rows)]
    return write_page("steady", setting, arguments, facts, targets, body, differing, data)


def _line(name: str, values: Sequence[float]) -> list[str]:
    return [name, *(f"{percentile(values, share):.3f}" for share in (0.5, 0.95, 0.99, 1.0))]
