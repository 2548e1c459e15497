"""What every measurement starts from: a world, its live segments, an engine that holds both, and answers compared."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from pyroaring import BitMap

import coterie
from bench.contestants import load_world
from bench.data import CATALOG, World, generate
from bench.live_segments import LiveSegment, draw_segments, parsed

__all__ = ["Setting", "compared", "open_setting"]


class Setting:
    """An engine over a world, with its live segments. Contacts are told apart by the numbers in their keys."""

    def __init__(self, world: World, segments: Sequence[LiveSegment], store: Path) -> None:
        self.world = world
        self.segments = segments
        self.files: Mapping[str, object] = parsed(segments)
        self.store = store
        self.engine = coterie.open(store, catalog=CATALOG)
        self._numbers = np.full(0, -1, dtype=np.int64)

    def close(self) -> None:
        self.engine.close()

    def start_over(self) -> None:
        """As if no segment had ever been live: the store is opened anew, and what was published is deleted."""
        self.engine.close()
        shutil.rmtree(self.store.with_name(f"{self.store.name}.segments"), ignore_errors=True)
        self.engine = coterie.open(self.store, catalog=CATALOG)

    def numbers_of(self, ordinals: BitMap) -> BitMap:
        """The numbers in the keys of these contacts: `c0000017` is 17."""
        if ordinals and ordinals.max() >= len(self._numbers):
            self._learn()
        return BitMap(self._numbers[np.array(ordinals.to_array(), dtype=np.int64)].astype(np.uint32))

    def _learn(self) -> None:
        """The numbers of contacts that became known since: once for all of them."""
        everyone = self.engine.members(
            {"blocks": [{"block": {"kind": "everyone"}}]}, as_of=datetime(2026, 1, 1, tzinfo=UTC)
        )
        ordinals = np.array(everyone.ordinals.to_array(), dtype=np.int64)
        numbers = np.full(int(ordinals.max()) + 1, -1, dtype=np.int64)
        numbers[ordinals] = np.fromiter((int(key[1:]) for key in everyone), dtype=np.int64, count=len(ordinals))
        self._numbers = numbers

    def in_full(self, as_of: datetime, only: Iterable[LiveSegment] | None = None) -> Iterator[tuple[str, BitMap]]:
        """The members of every segment, each evaluated in full, by number."""
        for segment in only or self.segments:
            members = self.engine.members(self.files[segment.key], as_of=as_of, segments=self._referred(segment))
            yield segment.key, self.numbers_of(members.ordinals)

    def published(self, only: Iterable[LiveSegment] | None = None) -> Iterator[tuple[str, BitMap]]:
        """The members of every segment as they are published, by number."""
        published = self.engine.published
        for segment in only or self.segments:
            yield segment.key, self.numbers_of(published[segment.key].members.ordinals)

    def _referred(self, segment: LiveSegment) -> dict[str, object]:
        by_key = {other.key: other for other in self.segments}
        found: dict[str, object] = {}
        ahead = list(segment.references())
        while ahead:
            key = ahead.pop()
            if key not in found:
                found[key] = self.files[key]
                ahead += by_key[key].references()
        return found


def open_setting(arguments: argparse.Namespace, name: str, *, segments: Sequence[LiveSegment] | None = None) -> Setting:
    """The world of so many contacts, loaded into an engine of its own, made afresh."""
    world = generate(arguments.contacts, seed=arguments.seed, cache=arguments.cache)
    store = world.folder / f"{name}.duckdb"
    for beside in store.parent.glob(f"{store.name}*"):
        shutil.rmtree(beside) if beside.is_dir() else beside.unlink()
    drawn = segments or draw_segments(arguments.segments, conditions=arguments.conditions, seed=arguments.seed)
    setting = Setting(world, drawn, store)
    load_world(setting.engine, world)
    return setting


def compared(
    what: str, answers: Iterable[tuple[str, BitMap]], expected: Mapping[str, BitMap] | Iterable[tuple[str, BitMap]]
) -> list[str]:
    """Every answer that differs, named. Answers of segments that `expected` lacks are differences too."""
    wanted = dict(expected)
    differing = []
    for key, members in answers:
        other = wanted.get(key)
        if other is None:
            differing.append(f"{what}: {key} is not expected at all")
        elif members != other:
            more, fewer = members - other, other - members
            example = next(iter(more or fewer))
            differing.append(
                f"{what}: {key} has {len(members):,} members where {len(other):,} are expected:"
                f" {len(more):,} too many, {len(fewer):,} missing, such as contact {example}"
            )
    return differing
