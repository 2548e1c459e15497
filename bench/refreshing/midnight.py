"""Midnight: some 700 windows move at once, and all live segments follow, as a full evaluation would have it."""

from __future__ import annotations

import argparse
import time
from datetime import timedelta

from bench.data import AS_OF
from bench.handwritten.segment_by_segment import SegmentBySegment
from bench.live.moments import milliseconds
from bench.live_segments import count_leaves, count_moving, next_midnight
from bench.machine import describe_machine
from bench.refreshing.pages import write_page
from bench.refreshing.setting import compared, open_setting
from bench.results_files import Target, table

__all__ = ["run"]

LIMIT = 5.0


def run(arguments: argparse.Namespace) -> int:
    """Several midnights of New York in a row; each is reached from a millisecond before."""
    facts = describe_machine()
    setting = open_setting(arguments, "refresh")
    by_hand = SegmentBySegment(setting.world, setting.segments, store=setting.world.folder / "refresh.by_hand.duckdb")
    setting.engine.refresh(setting.files, as_of=AS_OF)
    found: list[dict[str, float]] = []
    differing: list[str] = []
    midnight = next_midnight()
    for number in range(arguments.repetitions):
        setting.engine.refresh(as_of=midnight - timedelta(milliseconds=1))
        start = time.perf_counter()
        refresh = setting.engine.refresh(as_of=midnight)
        taken = time.perf_counter() - start
        moving = count_moving(setting.files, midnight)
        found.append({"seconds": taken, "members": refresh.seconds, "moving": moving, "changed": len(refresh.deltas)})
        print(f"{midnight}", found[-1], flush=True)
        if number in (0, arguments.repetitions - 1):
            _, expected = by_hand.members(milliseconds(midnight))
            differing += compared(f"{midnight}", setting.published(), expected)
            differing += compared(f"{midnight}, by questions in full", setting.in_full(midnight), expected)
        midnight = next_midnight(midnight)
    leaves = count_leaves(setting.files, midnight)
    setting.close()
    by_hand.close()
    worst = max(one["seconds"] for one in found)
    targets = [Target("midnight, worst, seconds", worst, LIMIT)] if setting.world.contacts == 1_000_000 else []
    rows = [
        [number, int(one["moving"]), int(one["changed"]), f"{one['members']:.2f}", f"{one['seconds']:.2f}"]
        for number, one in enumerate(found, start=1)
    ]
    what = (
        f"{leaves:,} distinct leaves. After the first and the last of the midnights every membership was compared with"
        " hand-written SQL and with the engine's own answer in full."
    )
    shown = table(
        ["midnight", "windows that move", "segments that change", "members, seconds", "with publication"], rows
    )
    return write_page("midnight", setting, arguments, facts, targets, [what, shown], differing, {"midnights": found})
