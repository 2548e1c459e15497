"""The engine beside the shapes of other products: all follow the same batches, and every membership is compared."""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Mapping, Sequence

from bench.batches import Batches
from bench.data import AS_OF
from bench.live.moments import milliseconds
from bench.live_segments import draw_segments, some_of
from bench.machine import describe_machine
from bench.peers import Peer
from bench.peers.clickhouse_store import ClickhouseStore
from bench.peers.dittofeed import Dittofeed
from bench.peers.mautic import Mautic
from bench.peers.posthog import Posthog
from bench.refreshing.pages import write_page
from bench.refreshing.setting import Setting, compared, open_setting
from bench.results_files import table

__all__ = ["PEERS", "run"]

PEERS = ("mautic", "posthog", "dittofeed")


def run(arguments: argparse.Namespace) -> int:
    """The same segments for all; a subset of them, and the engine's with it, where `--some` says so."""
    facts = describe_machine()
    drawn = draw_segments(arguments.segments, conditions=arguments.conditions, seed=arguments.seed)
    segments = some_of(drawn, arguments.some, seed=arguments.seed)
    setting = open_setting(arguments, "refresh", segments=segments)
    store = ClickhouseStore(setting.world.folder / "peers.clickhouse")
    peers = [peer for name, peer in _peers(setting, store).items() if name not in arguments.without]
    opened: list[Peer] = []
    built: dict[str, float] = {}
    start = time.perf_counter()
    setting.engine.refresh(setting.files, as_of=AS_OF)
    built["engine"] = time.perf_counter() - start
    differing: list[str] = []
    try:
        for open_peer in peers:
            peer = open_peer()
            opened.append(peer)
            built[peer.name] = peer.build(milliseconds(AS_OF))
            print(f"{peer.name} {peer.version}: built in {built[peer.name]:.1f} s", flush=True)
            differing += compared(f"{peer.name}, built", peer.members(), dict(setting.published()))
        batches = Batches(setting.world, touched=arguments.touched, seed=arguments.seed)
        found = [_follow(setting, opened, next(batches), differing) for _ in range(arguments.batches)]
    finally:
        for peer in opened:
            peer.close()
        store.close()
    setting.close()
    body = _body(found, built, opened, len(segments), len(drawn))
    data = {"built": built, "batches": found, "versions": {peer.name: peer.version for peer in opened}}
    return write_page("peers", setting, arguments, facts, [], body, differing, data)


def _peers(setting: Setting, store: ClickhouseStore) -> Mapping[str, Callable[[], Peer]]:
    world, segments = setting.world, setting.segments
    return {
        "mautic": lambda: Mautic(world, segments, world.folder / "peers.postgres"),
        "posthog": lambda: Posthog(world, segments, store),
        "dittofeed": lambda: Dittofeed(world, segments, store),
    }


def _follow(
    setting: Setting, peers: Sequence[Peer], batch: object, differing: list[str]
) -> dict[str, dict[str, float]]:
    """Everybody follows one batch, one after the other."""
    start = time.perf_counter()
    setting.engine.ingest(batch.operations)
    ingested = time.perf_counter()
    setting.engine.refresh(as_of=batch.as_of)
    found = {"engine": {"apply": ingested - start, "refresh": time.perf_counter() - ingested}}
    expected = dict(setting.published())
    as_of = milliseconds(batch.as_of)
    for peer in peers:
        applied = peer.apply(batch.changes)
        found[peer.name] = {"apply": applied, "refresh": sum(peer.refresh(as_of))}
        differing += compared(f"{peer.name}, batch {batch.number}", peer.members(), expected)
    print(f"batch {batch.number}", found, flush=True)
    return found


def _body(
    found: Sequence[Mapping[str, Mapping[str, float]]],
    built: Mapping[str, float],
    peers: Sequence[Peer],
    count: int,
    of: int,
) -> list[str]:
    def median(name: str, part: str) -> float:
        return statistics.median(batch[name][part] for batch in found)

    shapes = {"engine": "leaf values patched, bitmaps", **{peer.name: peer.shape for peer in peers}}
    rows = []
    for name, shape in shapes.items():
        apply, refresh = median(name, "apply"), median(name, "refresh")
        rows.append(
            [
                name,
                shape,
                f"{built[name]:.1f}",
                f"{apply:.2f}",
                f"{refresh:.2f}",
                f"{refresh / median('engine', 'refresh'):.1f}",
                f"{refresh * of / count:.0f}" if name != "engine" and count < of else "",
            ]
        )
    part = f" {count} of the {of} segments, drawn evenly, with all that they refer to." if count < of else ""
    what = (
        f"Median seconds of {len(found)} batches until all memberships are current.{part} `apply` makes the tables"
        " hold the batch: the engine's archives it and finds repeats, the others' do neither. `refresh` is until every"
        " membership can be read, the engine's publication on disk included. Every membership of everybody was compared"
        " with the engine's after every batch. A peer is the shape of a product on a schema of ours, not the product."
    )
    head = ["", "shape", "built", "apply", "refresh", "÷ engine", f"EXTRAPOLATED to {of} segments, seconds"]
    return [what, table(head, rows)]
