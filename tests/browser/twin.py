"""The same shop in this process: what an engine of its own counts, to be compared with what pages say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import coterie
from coterie import Engine, NodeCount
from coterie.cli.demo.shop import Shop
from coterie_web.demo.shop import SEED, catalog_text, segment_files

__all__ = ["Twin"]


class Twin:
    """An engine with the data that the server was filled with, and the demo's segments to refer to."""

    def __init__(self, *, contacts: int, interactions: int, as_of: datetime) -> None:
        self.as_of = as_of
        self.segments = {str(file["segment"]): file for file in segment_files()}
        self._engine: Engine = coterie.open(":memory:", catalog=catalog_text())
        shop = Shop(contacts=contacts, interactions=interactions, seed=SEED, as_of=as_of)
        for name, made in shop.tables().items():
            self._engine.load(name, made())

    def close(self) -> None:
        self._engine.close()

    def ingest(self, records: list[Mapping[str, object]]) -> None:
        """What is sent to the server."""
        self._engine.ingest(records)

    def members(self, definition: Mapping[str, Any]) -> set[str]:
        return set(self._engine.members(definition, as_of=self.as_of, segments=self.segments))

    def numbers(self, definition: Mapping[str, Any]) -> list[int]:
        """All counts in the order of the designer: of each step its block, what is in it, and who is left so far."""
        breakdown = self._engine.breakdown(definition, as_of=self.as_of, segments=self.segments)
        return [number for step in breakdown.steps for number in (*_counts(step.node), step.so_far)]


def _counts(node: NodeCount) -> Iterator[int]:
    """Of the part and what is in it. The outermost group of a block is the block's own, and is not counted twice."""
    yield node.count
    for child in node.children:
        if child.path == f"{node.path}.where" and child.children:
            yield from (number for inner in child.children for number in _counts(inner))
        else:
            yield from _counts(child)
