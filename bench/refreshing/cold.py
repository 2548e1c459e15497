"""All live segments for the first time: the engine's one refresh beside a statement per segment."""

from __future__ import annotations

import argparse
import statistics
import time

from bench.data import AS_OF
from bench.handwritten.segment_by_segment import SegmentBySegment
from bench.live.moments import milliseconds
from bench.machine import describe_machine
from bench.refreshing.pages import write_page
from bench.refreshing.setting import compared, open_setting
from bench.results_files import Target, table

__all__ = ["run"]

LIMIT = 30.0
TIMES_FASTER = 5.0


def run(arguments: argparse.Namespace) -> int:
    """In turns; the store is opened anew for every build. Pages are warm after one uncounted build of each."""
    facts = describe_machine()
    setting = open_setting(arguments, "refresh")
    by_hand = SegmentBySegment(setting.world, setting.segments, store=setting.world.folder / "refresh.by_hand.duckdb")
    builds: list[dict[str, float]] = []
    differing: list[str] = []
    for repetition in range(-1, arguments.repetitions):
        setting.start_over()
        start = time.perf_counter()
        refresh = setting.engine.refresh(setting.files, as_of=AS_OF)
        taken = time.perf_counter() - start
        hand, expected = by_hand.members(milliseconds(AS_OF))
        found = {"engine": taken, "members": refresh.seconds, "publishing": refresh.publishing_seconds, "by hand": hand}
        print(("warm-up" if repetition < 0 else f"build {repetition + 1}"), found, flush=True)
        builds += [found] if repetition >= 0 else []
        differing += compared(f"build {repetition + 1}", setting.published(), expected)
    setting.close()
    by_hand.close()
    engine, hand = (statistics.median(build[name] for build in builds) for name in ("engine", "by hand"))
    limit = LIMIT if setting.world.contacts == 1_000_000 else None
    targets = [
        *([Target("cold build of all, seconds", engine, limit)] if limit else []),
        Target("segment by segment ÷ cold build", hand / engine, TIMES_FASTER, at_least=True),
    ]
    rows = [[index, *(f"{value:.2f}" for value in build.values())] for index, build in enumerate(builds, start=1)]
    shown = table(["build", "engine", "of that members", "of that publishing", "segment by segment"], rows)
    what = (
        "Seconds until all live segments are published for the first time, the store freshly opened, beside one"
        " hand-written DuckDB statement after another, whose ids are fetched and not kept."
    )
    return write_page("cold", setting, arguments, facts, targets, [what, shown], differing, {"builds": builds})
