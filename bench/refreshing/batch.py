"""Batch after batch: how long until all live segments are current again, beside a statement per segment."""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Sequence

from bench.batches import Batches
from bench.data import AS_OF
from bench.handwritten.segment_by_segment import SegmentBySegment
from bench.live.moments import milliseconds
from bench.machine import describe_machine
from bench.refreshing.pages import percentile, write_page
from bench.refreshing.setting import compared, open_setting
from bench.results_files import Target, table

__all__ = ["run"]

REFRESH_LIMIT = 1.0
WHOLE_LIMIT = 1.5
TIMES_FASTER = 100.0
GROWTH_LIMIT = 3.0

_EVERY = 20
"""Of the segments, one in so many is compared where nothing is asked by hand."""


def run(arguments: argparse.Namespace) -> int:
    """The first batch is not counted. Answers are compared after `comparisons` of the batches, the last among them.

    Without comparisons nothing is asked by hand; some segments are compared with the engine's own answer in full.
    """
    facts = describe_machine()
    setting = open_setting(arguments, "refresh")
    store = setting.world.folder / "refresh.by_hand.duckdb"
    by_hand = SegmentBySegment(setting.world, setting.segments, store=store) if arguments.comparisons else None
    setting.engine.refresh(setting.files, as_of=AS_OF)
    batches = Batches(setting.world, touched=arguments.touched, seed=arguments.seed)
    checked = {
        arguments.batches - step * arguments.batches // arguments.comparisons for step in range(arguments.comparisons)
    }
    found: list[dict[str, float]] = []
    hands: list[float] = []
    differing: list[str] = []
    for number in range(arguments.batches + 1):
        batch = next(batches)
        if by_hand is not None:
            by_hand.apply(batch.changes)
        start = time.perf_counter()
        report = setting.engine.ingest(batch.operations)
        ingested = time.perf_counter()
        refresh = setting.engine.refresh(as_of=batch.as_of)
        ended = time.perf_counter()
        assert not report.refused, report
        taken = {
            "ingest": ingested - start,
            "members": refresh.seconds,
            "publishing": refresh.publishing_seconds,
            "refresh": ended - ingested,
            "whole": ended - start,
            "touched": report.touched,
            "segments changed": len(refresh.deltas),
            "in full": refresh.evaluated_in_full,
        }
        print(f"batch {number}", {name: round(value, 3) for name, value in taken.items()}, flush=True)
        found += [taken] if number else []
        if by_hand is not None and number in checked:
            seconds, expected = by_hand.members(milliseconds(batch.as_of))
            print(f"batch {number}: segment by segment in {seconds:.1f} s", flush=True)
            hands.append(seconds)
            differing += compared(f"batch {number}", setting.published(), expected)
    if by_hand is None:
        some = setting.segments[::_EVERY]
        differing += compared("in full, at the end", setting.published(some), setting.in_full(batch.as_of, some))
        beside = f"{len(some)} segments equal what they are in full after the last."
    else:
        by_hand.close()
        beside = (
            f"Segment by segment, after {len(hands)} of the batches, takes"
            f" {', '.join(f'{seconds:.1f}' for seconds in hands)} s; its tables held the batch before."
        )
    setting.close()
    targets = _targets(found, hands, arguments)
    text = (
        f"Each batch has about {len(batch.operations):,} records and touches about {arguments.touched:,} contacts."
        f" Seconds; `members` is finding who enters and leaves, `publishing` keeping it, `whole` from the batch's"
        f" arrival to its being visible. {beside}"
    )
    columns = ["ingest", "members", "publishing", "refresh", "whole"]
    summary = [
        [name, *(f"{percentile([taken[name] for taken in found], share):.3f}" for share in (0.5, 0.95, 1.0))]
        for name in columns
    ]
    data = {"batches": found, "segment_by_segment": hands, "batch_rows": batch.counts()}
    body = [text, table(["seconds", "median", "p95", "most"], summary)]
    return write_page("batch", setting, arguments, facts, targets, body, differing, data)


def _targets(found: Sequence[dict[str, float]], hands: Sequence[float], arguments: argparse.Namespace) -> list[Target]:
    refreshes, members, wholes = ([taken[name] for taken in found] for name in ("refresh", "members", "whole"))
    targets = []
    if arguments.contacts == 1_000_000:
        targets = [
            Target("refresh (members), p95, seconds", percentile(members, 0.95), REFRESH_LIMIT),
            Target("ingest, refresh and publication, p95, seconds", percentile(wholes, 0.95), WHOLE_LIMIT),
        ]
    if hands:
        faster = statistics.median(hands) / statistics.median(refreshes)
        targets.append(Target("segment by segment ÷ refresh with publication", faster, TIMES_FASTER, at_least=True))
    if arguments.grown_from:
        before = json.loads(arguments.grown_from.read_text())["batches"]
        for name in ("members", "refresh", "whole"):
            smaller = statistics.median(taken[name] for taken in before)
            growth = statistics.median(taken[name] for taken in found) / smaller
            targets.append(Target(f"{name}: times that of the smaller world, median", growth, GROWTH_LIMIT))
    return targets
