"""What evaluating took, so that the cheaper way is chosen: leaves in full, or within the touched contacts."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

__all__ = ["Costs"]

_SHARE = 1 / 20
"""While nothing has been measured, up to this share of the contacts is looked at alone."""

_WEIGHT = 0.3
"""Of the latest measurement, in the average."""

_BASE = 2_000
"""Contacts whose records take as long to read as finding them does."""


@dataclass(slots=True)
class Costs:
    """Seconds by kind of leaf: per leaf in full, and per contact within (and `_BASE` contacts more for the scan)."""

    _full: dict[Hashable, float] = field(default_factory=dict)
    _within: dict[Hashable, float] = field(default_factory=dict)

    def measured_in_full(self, kind: Hashable, leaves: int, seconds: float) -> None:
        _average(self._full, kind, seconds / leaves)

    def measured_within(self, kind: Hashable, contacts: int, seconds: float) -> None:
        _average(self._within, kind, seconds / (contacts + _BASE))

    def prefer_within(self, kind: Hashable, leaves: int, contacts: int, known: int) -> bool:
        """Whether so many contacts, of all those `known`, are better looked at alone for so many leaves."""
        full, within = self._full.get(kind), self._within.get(kind)
        if full is None or within is None:
            return contacts <= known * _SHARE
        return within * (contacts + _BASE) <= full * leaves


def _average(averages: dict[Hashable, float], kind: Hashable, latest: float) -> None:
    former = averages.get(kind, latest)
    averages[kind] = former + _WEIGHT * (latest - former)
