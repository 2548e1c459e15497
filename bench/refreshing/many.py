"""Ten thousand live segments: what a build and a batch cost, and what a lookup of the segments of a contact."""

from __future__ import annotations

import argparse
import random
import threading
import time
from collections.abc import Callable

from bench.batches import Batches
from bench.data import AS_OF
from bench.handwritten.segment_by_segment import SegmentBySegment
from bench.live.moments import milliseconds
from bench.live_segments import count_leaves, some_of
from bench.machine import GIB, describe_machine, peak_memory
from bench.refreshing.pages import percentile, write_page
from bench.refreshing.setting import Setting, compared, open_setting
from bench.results_files import Target, table
from coterie.cli.taking_turns import take_turns_sooner

__all__ = ["run"]

LOOKUP_LIMIT = 1.0
LOOKUPS = 20_000
COMPARED = 300
BESIDE = ("while refreshes run", "while refreshes run, threads taking turns as in `serve`")


def run(arguments: argparse.Namespace) -> int:
    """Lookups alone, then while batches come in and refreshes run."""
    facts = describe_machine()
    setting = open_setting(arguments, "refresh")
    some = some_of(setting.segments, COMPARED, seed=arguments.seed)
    by_hand = SegmentBySegment(setting.world, some, store=setting.world.folder / "refresh.by_hand.duckdb")
    start = time.perf_counter()
    build = setting.engine.refresh(setting.files, as_of=AS_OF)
    built = time.perf_counter() - start
    print(f"built in {built:.1f} s, of that publishing {build.publishing_seconds:.1f}", flush=True)
    batches = Batches(setting.world, touched=arguments.touched, seed=arguments.seed)
    draw = random.Random(f"lookups {arguments.seed}")
    alone = _lookups(setting, draw, lambda: False)
    found: list[dict[str, float]] = []
    applied = []

    def follow() -> None:
        for _ in range(arguments.batches // 2):
            applied.append(next(batches))
            found.append(_follow(setting, applied[-1]))

    beside = [_lookups_beside(follow, setting, draw)]
    take_turns_sooner()
    beside.append(_lookups_beside(follow, setting, draw))
    for batch in applied:
        by_hand.apply(batch.changes)
    _, expected = by_hand.members(milliseconds(applied[-1].as_of))
    differing = compared("at the end", setting.published(some), expected)
    differing += _differing_lookups(setting, draw)
    memory, leaves = peak_memory() / GIB, count_leaves(setting.files, AS_OF)
    setting.close()
    by_hand.close()
    targets = [
        Target("segments_of, p99, milliseconds", 1000 * percentile(alone, 0.99), LOOKUP_LIMIT),
        *(
            Target(f"segments_of {name}, p99, milliseconds", 1000 * percentile(values, 0.99), LOOKUP_LIMIT)
            for name, values in zip(BESIDE, beside, strict=True)
        ),
    ]
    rows = [
        [name, *(f"{percentile([one[name] for one in found], share):.2f}" for share in (0.5, 1.0))] for name in found[0]
    ]
    looked = [
        [name, f"{len(values):,}", *(f"{1000 * percentile(values, share):.3f}" for share in (0.5, 0.99, 0.999, 1.0))]
        for name, values in (("alone", alone), *zip(BESIDE, beside, strict=True))
    ]
    body = [
        (
            f"{leaves:,} distinct leaves. Built in {built:.1f} s, of that {build.seconds:.1f} to find the members and"
            f" {build.publishing_seconds:.1f} to publish; the process held at most {memory:.2f} GiB."
        ),
        "Seconds of each batch, lookups running beside:",
        table(["", "median", "most"], rows),
        "Milliseconds of `segments_of`:",
        table(["", "lookups", "median", "p99", "p99.9", "most"], looked),
    ]
    data = {"build": built, "publishing": build.publishing_seconds, "batches": found, "peak_memory_gib": memory}
    return write_page("many", setting, arguments, facts, targets, body, differing, {**data, "leaves": leaves})


def _follow(setting: Setting, batch: object) -> dict[str, float]:
    start = time.perf_counter()
    setting.engine.ingest(batch.operations)
    ingested = time.perf_counter()
    refresh = setting.engine.refresh(as_of=batch.as_of)
    ended = time.perf_counter()
    taken = {"ingest": ingested - start, "members": refresh.seconds, "publishing": refresh.publishing_seconds}
    print({**taken, "whole": ended - start}, flush=True)
    return {**taken, "whole": ended - start}


def _lookups_beside(work: Callable[[], None], setting: Setting, draw: random.Random) -> list[float]:
    thread = threading.Thread(target=work)
    thread.start()
    taken = _lookups(setting, draw, thread.is_alive)
    thread.join()
    return taken


def _lookups(setting: Setting, draw: random.Random, more: Callable[[], bool]) -> list[float]:
    """At least `LOOKUPS`, and as long as `more` says."""
    taken: list[float] = []
    while len(taken) < LOOKUPS or more():
        contact = f"c{draw.randrange(setting.world.contacts):07d}"
        start = time.perf_counter()
        setting.engine.segments_of(contact)
        taken.append(time.perf_counter() - start)
    return taken


def _differing_lookups(setting: Setting, draw: random.Random) -> list[str]:
    """What a lookup says has to be what the memberships say."""
    published = setting.engine.published
    differing = []
    for _ in range(50):
        contact = f"c{draw.randrange(setting.world.contacts):07d}"
        if set(setting.engine.segments_of(contact)) != {key for key, one in published.items() if contact in one}:
            differing.append(f"segments_of({contact!r}) is not what the memberships say")
    return differing
