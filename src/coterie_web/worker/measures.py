"""What the worker counts for whoever watches the server: how long refreshes take, and what was applied."""

from __future__ import annotations

from prometheus_client import Counter, Histogram

from coterie import Refresh

__all__ = ["note_failure", "note_refresh"]

_refresh_seconds = Histogram(
    "coterie_refresh_seconds",
    "What bringing all live segments to a moment took, publishing included.",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)
_changed = Counter("coterie_changed_segments_total", "Segments that somebody entered or left with a refresh.")
_failures = Counter("coterie_worker_failures_total", "Steps of the worker that failed, and were tried again.")


def note_refresh(refresh: Refresh) -> None:
    """A refresh was made."""
    _refresh_seconds.observe(refresh.seconds + refresh.publishing_seconds)
    _changed.inc(len(refresh.deltas))


def note_failure() -> None:
    """A step failed."""
    _failures.inc()
