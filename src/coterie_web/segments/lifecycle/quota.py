"""Whether one more segment may go live: a pure decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Quota", "over_quota"]

_NEARLY_FULL = 0.9
_SUGGESTED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """How many segments are live, and how many may be."""

    live: int
    most: int

    @property
    def free(self) -> int:
        """How many more may go live; none where the limit was lowered below what is live."""
        return max(self.most - self.live, 0)

    @property
    def percent(self) -> float:
        """How full it is, for the meter."""
        return 100.0 if self.live >= self.most else round(100 * self.live / self.most, 1)

    @property
    def is_nearly_full(self) -> bool:
        """Whether people had better think of what to stop."""
        return self.live >= self.most * _NEARLY_FULL


def over_quota(quota: Quota, *, unused: Sequence[str]) -> str | None:
    """Why one more may not go live, and what to stop instead; None: it may.

    `unused` are names of live segments that no other refers to, those first that may best be stopped.
    """
    if quota.free:
        return None
    full = f"All {quota.most:,} places for live segments are taken."
    if not unused:
        return f"{full} Stop a live segment first, or ask an administrator for a larger quota."
    return f"{full} Stop one that no other segment uses: {', '.join(unused[:_SUGGESTED])}."
