"""Set algebra over leaves: what a plan asks to be computed."""

from __future__ import annotations

from dataclasses import dataclass

from coterie.planning.leaves import Leaf

__all__ = ["Difference", "Expression", "Intersection", "LeafSet", "SegmentSet", "Union"]


@dataclass(frozen=True, slots=True)
class LeafSet:
    leaf: Leaf


@dataclass(frozen=True, slots=True)
class SegmentSet:
    """The members of the segment of that key, as planned in the same plan."""

    key: str


@dataclass(frozen=True, slots=True)
class Union:
    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Intersection:
    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    kept: Expression
    removed: Expression


Expression = LeafSet | SegmentSet | Union | Intersection | Difference
