"""How other products keep segments current, on the same data: the shape of each, on a good schema, in our words.

They are not those products: no queue, no web application, no migration stands between the data and the answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from pyroaring import BitMap

from bench.batches import Change

__all__ = ["Peer"]


class Peer(Protocol):
    """One shape. It holds the same world and the same segments, and follows the same batches."""

    name: str
    shape: str
    version: str

    def build(self, as_of: int) -> float:
        """Make every membership for the first time; the seconds it took."""
        ...

    def apply(self, changes: Iterable[Change]) -> float:
        """Make the tables hold the batch too; the seconds it took."""
        ...

    def refresh(self, as_of: int) -> Sequence[float]:
        """Make every membership current; the seconds of each step, which a product may well do one by one."""
        ...

    def members(self) -> Iterator[tuple[str, BitMap]]:
        """The members of every segment, read from where the product keeps them."""
        ...

    def close(self) -> None: ...
