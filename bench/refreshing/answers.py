"""Whether the engine and the hand-written SQL agree on every live segment, evaluated in full. Nothing is measured."""

from __future__ import annotations

import argparse

from bench.data import AS_OF
from bench.handwritten.segment_by_segment import SegmentBySegment
from bench.live.moments import milliseconds
from bench.live_segments import next_midnight
from bench.refreshing.setting import compared, open_setting

__all__ = ["run"]


def run(arguments: argparse.Namespace) -> int:
    """Compare before and at the midnight of New York."""
    setting = open_setting(arguments, "answers")
    by_hand = SegmentBySegment(setting.world, setting.segments, store=setting.world.folder / "by_hand.duckdb")
    differing = []
    for as_of in (AS_OF, next_midnight()):
        _, expected = by_hand.members(milliseconds(as_of))
        differing += compared(f"{as_of}", setting.in_full(as_of), expected)
        sizes = sorted(len(members) / setting.world.contacts for members in expected.values())
        quarter, half, most = (sizes[len(sizes) * part // 100] for part in (25, 50, 90))
        print(
            f"{as_of}: {len(expected)} segments compared, {len(differing)} differ; share of all contacts in a segment:"
            f" quartile {quarter:.1%}, median {half:.1%}, one in ten above {most:.1%};"
            f" {sum(not size for size in sizes)} empty",
            flush=True,
        )
    print("\n".join(differing))
    setting.close()
    by_hand.close()
    return 1 if differing else 0
