"""How quick the web application is for eight people at once, while records arrive and segments are kept current.

    python -m bench.web                             # 10^6 contacts, 2·10^7 interactions; about 3 GB of disk
    python -m bench.web --contacts 20000 --segments 100 --seconds 20 --flood 40     # a look at it

A real server (`coterie serve`) answers on loopback. Each person is a thread with a browser's connection, session and
forms: they change conditions of a draft and wait for all counts, and look at the list, at members, at contacts. A
program sends records through the API meanwhile; then several send as many as are acknowledged. At the end the numbers
on the pages are compared with what the engine answers of itself.
"""

from __future__ import annotations

import argparse
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from bench.data import CACHE, SEED
from bench.live_segments import CONDITIONS
from bench.machine import describe_machine, enough_disk
from bench.refreshing.designers import LIMITS
from bench.refreshing.pages import percentile, write_page
from bench.results_files import Target, table
from bench.serving.comparing import Listed, Said, ask, differences
from bench.serving.folder import Filled, fill
from bench.serving.people import Act, Worker, grouped
from bench.serving.sending import EVERY, RECORDS, Flood, Stream
from bench.serving.server import Server, serving

__all__ = ["main"]

BYTES_A_CONTACT = {"Parquet files": 250, "store": 1200, "its archive and segments": 600}

EDITED = {f"{kind} condition changed": limit for kind, limit in LIMITS.items()}
SHOWN = ("list", "list, searched, sorted or turned", "members", "members, searched or turned", "contact")
PAGES = dict.fromkeys(SHOWN, 0.15)
ACKNOWLEDGED = 10_000
"""Records a second, at least, in batches of 500."""


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contacts", type=int, default=1_000_000, help="with 20 interactions each")
    parser.add_argument("--segments", type=int, default=1000, help="live ones")
    parser.add_argument("--conditions", type=int, help="distinct ones drawn (default: 1.5 a segment)")
    parser.add_argument("--people", type=int, default=8)
    parser.add_argument("--think", type=float, default=1.0, help="seconds, from an answer to the next request")
    parser.add_argument("--seconds", type=int, default=120, help="that people work")
    parser.add_argument("--rate", type=int, default=200, help="records a second meanwhile")
    parser.add_argument("--flood", type=int, default=300, help="batches of 500 records, afterwards")
    parser.add_argument("--senders", type=int, default=4, help="programs that send them")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--cache", type=Path, default=CACHE, help="where generated data and the server's folder lie")
    parser.set_defaults(program="web")
    arguments = parser.parse_args()
    arguments.conditions = arguments.conditions or round(CONDITIONS * arguments.segments / 1000)
    return arguments


@dataclass
class Measured:
    """What was seen from outside, and what the server's log says of the same requests."""

    acts: Mapping[str, Sequence[Act]] = field(default_factory=dict)
    acknowledged: Sequence[float] = ()
    sent_a_second: float = 0.0
    flood: Sequence[float] = ()
    flood_a_second: float = 0.0
    settled: float = 0.0
    server: Mapping[str, float] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    said: Sequence[Said] = ()
    listed: Listed | None = None


def main() -> int:
    arguments = _arguments()
    if not enough_disk(arguments.cache, {what: size * arguments.contacts for what, size in BYTES_A_CONTACT.items()}):
        print("not enough free disk: nothing was done")
        return 2
    facts = describe_machine()
    filled = fill(arguments)
    print(f"{len(filled.live):,} segments and {len(filled.people)} drafts are in {filled.folder}", flush=True)
    with serving(filled.folder) as server:
        measured = _measured(filled, server, arguments)
    measured.server = server.seconds()
    measured.wrong += server.failures()
    assert measured.listed is not None, "the pages were asked"
    measured.wrong += differences(filled, measured.said, measured.listed)
    return _write(filled, arguments, facts, measured)


def _measured(filled: Filled, server: Server, arguments: argparse.Namespace) -> Measured:
    workers = [
        Worker(filled, person, server.port, Random(arguments.seed + number), arguments.think)
        for number, person in enumerate(filled.people)
    ]
    for worker in workers:
        worker.begin()
    print(f"people work for {arguments.seconds} s; process {server.serving_pid} serves", flush=True)
    measured = _under_load(filled, server, workers, arguments)
    flood = Flood(filled, server.port, batches=arguments.flood, senders=arguments.senders, seed=arguments.seed)
    measured.flood_a_second = flood.run()
    print(f"{measured.flood_a_second:,.0f} records a second were acknowledged", flush=True)
    measured.flood, sent = flood.acknowledged, time.perf_counter()
    server.settle(filled.token)
    measured.settled = time.perf_counter() - sent
    measured.wrong += flood.errors
    measured.said, measured.listed = ask(server, workers)
    for worker in workers:
        worker.browser.close()
    return measured


def _under_load(filled: Filled, server: Server, workers: Sequence[Worker], arguments: argparse.Namespace) -> Measured:
    stream = Stream(filled, server.port, rate=arguments.rate, seed=arguments.seed)
    done = threading.Event()
    threads = [threading.Thread(target=worker.work, args=(done,)) for worker in workers]
    threads.append(threading.Thread(target=stream.work, args=(done,)))
    for thread in threads:
        thread.start()
    done.wait(arguments.seconds)
    done.set()
    for thread in threads:
        thread.join()
    return Measured(
        acts=grouped(workers),
        acknowledged=stream.acknowledged,
        sent_a_second=stream.records / stream.seconds,
        wrong=[error for each in (*workers, stream) for error in each.errors],
    )


def _write(filled: Filled, arguments: argparse.Namespace, facts: Mapping[str, object], measured: Measured) -> int:
    kinds = {kind: [act.seconds for act in acts] for kind, acts in measured.acts.items()}
    lines = {**kinds, "stream, a batch acknowledged": measured.acknowledged}
    lines["flood, a batch acknowledged"] = measured.flood
    targets = [
        Target(f"{kind}, p95, seconds", percentile(kinds[kind], 0.95), limit)
        for kind, limit in (EDITED | PAGES).items()
        if kind in kinds
    ]
    targets.append(Target("records a second acknowledged", measured.flood_a_second, ACKNOWLEDGED, at_least=True))
    targets.append(Target("records a second meanwhile", measured.sent_a_second, 0.95 * arguments.rate, at_least=True))
    rows = [
        [kind, len(seconds), *_shares(seconds), _shares(measured_by(measured, kind))[1]]
        for kind, seconds in lines.items()
        if seconds
    ]
    what = (
        f"{arguments.people} people, each of whom does something, waits for it, and thinks for {arguments.think} s on"
        f" average, for {arguments.seconds} s; a batch of records arrives every {EVERY} s, and all segments are"
        " refreshed whenever something is new. A changed condition is the form's request and, where its answer has no"
        " counts, that for them. All is measured from outside, on the same machine; the last column is what the log of"
        " the server says of the"
        f" same requests. Afterwards {arguments.senders} programs send {arguments.flood} batches of {RECORDS} records;"
        f" all were applied and every segment was current {measured.settled:.1f} s after the last one was acknowledged."
    )
    body = [what, table(["seconds", "times", "median", "p95", "p99", "most", "server's p95"], rows)]
    data = {**lines, "server": {kind: measured_by(measured, kind) for kind in kinds}}
    return write_page("people", filled.setting, arguments, facts, targets, body, measured.wrong, data)


def measured_by(measured: Measured, kind: str) -> list[float]:
    """What the server's log says of the acts of a kind."""
    acts = measured.acts.get(kind, ())
    return [sum(measured.server.get(request, 0.0) for request in act.request_ids) for act in acts]


def _shares(seconds: Sequence[float]) -> list[str]:
    if not seconds:
        return [""] * 4
    return [f"{percentile(seconds, share):.3f}" for share in (0.5, 0.95, 0.99, 1.0)]


if __name__ == "__main__":
    sys.exit(main())
