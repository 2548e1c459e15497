"""How soon live segments are current again: after a batch, at midnight, under a steady stream; beside others.

python -m bench.refresh cold                          # all segments for the first time
python -m bench.refresh batch                         # a batch that touches 5,000 contacts
python -m bench.refresh midnight                      # 700 windows move
python -m bench.refresh steady --seconds 600          # 1,000 records a second
python -m bench.refresh designers --seconds 120       # eight people in the designer meanwhile, 200 records a second
python -m bench.refresh many                          # 10,000 live segments; lookups
python -m bench.refresh peers --some 100              # the shapes of Mautic, PostHog and Dittofeed
python -m bench.refresh answers --contacts 20000      # whether the engine and the SQL agree; no times
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from bench.data import CACHE, SEED
from bench.live_segments import CONDITIONS
from bench.machine import enough_disk
from bench.refreshing import answers, batch, cold, designers, many, midnight, peers, steady
from coterie.cli.heap import calm_collector

__all__ = ["main"]

BYTES_A_CONTACT = {"Parquet files": 250, "engine": 1200, "engine's archive and segments": 600, "duckdb": 400}
"""Disk per contact with its 20 interactions, rounded up."""

BYTES_OF_PEERS = {"mautic": 6000, "posthog": 1000, "dittofeed": 2000}

RUNS: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "answers": answers.run,
    "cold": cold.run,
    "batch": batch.run,
    "midnight": midnight.run,
    "steady": steady.run,
    "designers": designers.run,
    "many": many.run,
    "peers": peers.run,
}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=tuple(RUNS))
    parser.add_argument("--contacts", type=int, default=1_000_000, help="with 20 interactions each")
    parser.add_argument("--segments", type=int, help="live segments (default 1,000; 10,000 for `many`)")
    parser.add_argument("--conditions", type=int, help="distinct ones drawn (default 1,500; 5,000 for `many`)")
    parser.add_argument("--touched", type=int, default=5000, help="contacts that a batch touches")
    parser.add_argument("--batches", type=int, help="default 20; 4 for `many`, 3 for `peers`")
    parser.add_argument(
        "--comparisons",
        type=int,
        default=3,
        help="batches after which all answers are compared; 0: some, at the end, with what they are in full",
    )
    parser.add_argument("--repetitions", type=int, default=3, help="of cold builds and midnights")
    parser.add_argument("--seconds", type=int, default=600, help="of the steady stream")
    parser.add_argument("--rate", type=int, help="records a second of the stream (default 1,000; 200 for `designers`)")
    parser.add_argument("--people", type=int, default=8, help="in the designer")
    parser.add_argument("--think", type=float, default=1.0, help="seconds, from an answer to the next change")
    parser.add_argument("--some", type=int, default=100, help="segments in `peers`, with those that they refer to")
    parser.add_argument("--without", action="append", default=[], choices=peers.PEERS)
    parser.add_argument("--grown-from", type=Path, help="results of `batch` in a smaller world, to state the growth")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--cache", type=Path, default=CACHE, help="where generated data and stores lie")
    parser.set_defaults(program="refresh")
    arguments = parser.parse_args()
    many_segments = arguments.what == "many"
    arguments.segments = arguments.segments or (10_000 if many_segments else 1000)
    arguments.conditions = arguments.conditions or (5000 if many_segments else CONDITIONS)
    arguments.rate = arguments.rate or (200 if arguments.what == "designers" else 1000)
    arguments.batches = arguments.batches or {"many": 4, "peers": 3}.get(arguments.what, 20)
    return arguments


def main() -> int:
    arguments = _arguments()
    need = dict(BYTES_A_CONTACT)
    if arguments.what == "peers":
        need |= {name: size for name, size in BYTES_OF_PEERS.items() if name not in arguments.without}
    if not enough_disk(arguments.cache, {what: size * arguments.contacts for what, size in need.items()}):
        print("not enough free disk: nothing was done")
        return 2
    calm_collector()  # as `coterie watch` does
    return RUNS[arguments.what](arguments)


if __name__ == "__main__":
    sys.exit(main())
