"""How a segment grew over thirty days: a small picture, and the same in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from coterie import Published, QuestionError, SegmentSize
from coterie_web.catalogs.engine import engine

__all__ = ["Growth", "growth_of"]

_DAYS = timedelta(days=30)
_WIDTH, _HEIGHT, _EDGE = 72, 20, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """The size of a segment over thirty days, as a line in a box of 72 by 20, and in words."""

    points: tuple[tuple[float, float], ...]
    words: str

    @property
    def line(self) -> str:
        """The points as SVG wants them."""
        return " ".join(f"{x:g},{y:g}" for x, y in self.points)

    @property
    def end(self) -> tuple[float, float]:
        """Where the line ends: now."""
        return self.points[-1]


def growth_of(published: Published, zone: str) -> Growth | None:
    """How the segment came to the size that is published; None where it had but one."""
    try:
        sizes = engine().daily_sizes(published.key, since=published.as_of - _DAYS, time_zone=zone)
    except QuestionError:
        return None
    if len(sizes) < 2:
        return None
    return Growth(points=tuple(_points(sizes)), words=_in_words(sizes, ZoneInfo(zone)))


def _points(sizes: Sequence[SegmentSize]) -> list[tuple[float, float]]:
    start, length = sizes[0].moment, (sizes[-1].moment - sizes[0].moment).total_seconds()
    low, high = min(size.count for size in sizes), max(size.count for size in sizes)
    across, up = _WIDTH - 2 * _EDGE, _HEIGHT - 2 * _EDGE
    return [
        (
            round(_EDGE + across * (size.moment - start).total_seconds() / length, 1),
            round(_HEIGHT - _EDGE - up * ((size.count - low) / (high - low) if high > low else 0.5), 1),
        )
        for size in sizes
    ]


def _in_words(sizes: Sequence[SegmentSize], zone: ZoneInfo) -> str:
    counts, since = [size.count for size in sizes], sizes[0].moment.astimezone(zone)
    return (
        f"From {counts[0]:,} on {since.day} {since:%b} to {counts[-1]:,}; "
        f"at least {min(counts):,}, at most {max(counts):,}."
    )
