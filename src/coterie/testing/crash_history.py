"""What a client does between crashes: loads files, sends batches, refreshes live segments, drops old publications."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import TypeAlias

from coterie.catalog import parse_catalog
from coterie.testing.mutations import history
from coterie.testing.operations import Sender
from coterie.testing.pools import Pools, draw_pools, moved_pools
from coterie.testing.standing import standing_of
from coterie.testing.steps import Declare, Ingest, Load, Refresh, Reopen

__all__ = ["Call", "Retain", "Script", "Segments", "draw_script"]

Segments = Mapping[str, Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Retain:
    """Drop what was published before an instant."""

    before: int


Call: TypeAlias = Ingest | Load | Refresh | Retain


@dataclass(frozen=True, slots=True)
class Script:
    """Calls, each with the segments that shall be live by then. No clock is set back, no segment fails."""

    catalog: Mapping[str, object]
    calls: tuple[tuple[Call, Segments], ...]


def draw_script(seed: int, refreshes: int, *, operations: int = 1, segments: int = 8) -> Script:
    """The script of that seed; its batches have at least so many operations, and at most so many segments are live."""
    drawn = history(seed, refreshes)
    rng = Random(f"{seed} more")  # noqa: S311 - reproducible, not secret
    pools = draw_pools(Random(seed))  # noqa: S311 - what the history is made of
    sender, catalog = Sender(rng, pools.as_of), parse_catalog(drawn.catalog)
    calls: list[tuple[Call, Segments]] = []
    live: Segments = {}
    refreshed: list[int] = []
    for step in drawn.steps:
        match step:
            case Ingest():
                pools = moved_pools(pools, refreshed[-1])
                calls.append((_enlarged(step, sender, pools, operations), live))
            case Load():
                calls.append((step, live))
            case Declare(files=files):
                few = {key: files[key] for key in sorted(files)[:segments]}
                usable = standing_of(few, catalog).usable
                live = {key: file for key, file in few.items() if key in usable}
            case Refresh(as_of=as_of):
                refreshed.append(max([as_of, *refreshed[-1:]]))
                calls.append((Refresh(refreshed[-1]), live))
                if len(refreshed) % 5 == 0:
                    calls.append((Retain(refreshed[-3]), live))
            case Reopen():
                pass
    return Script(drawn.catalog, tuple(calls))


def _enlarged(batch: Ingest, sender: Sender, pools: Pools, least: int) -> Ingest:
    operations = list(batch.operations)
    while len(operations) < least:
        more = sender.batch(pools)
        if isinstance(more, Ingest):
            operations += more.operations
    return Ingest(tuple(operations))
