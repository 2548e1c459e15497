"""Keeps Python's cycle collector from pausing a process that runs for long."""

from __future__ import annotations

import gc

__all__ = ["calm_collector", "release_heap", "settle_heap"]

_THRESHOLDS = (20_000, 20, 50)
"""Objects made until the youngest are looked through; and how many times, until those are that outlived that.

Python's own 700, 10, 10 had all that a thousand live segments consist of looked through once a second, 0.2 s each time,
and nobody is answered meanwhile.
"""


def calm_collector() -> None:
    """Look for cycles less often, from now on."""
    gc.set_threshold(*_THRESHOLDS)


def settle_heap() -> None:
    """Look through all once more; what is left is not looked through again until this is called next."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def release_heap() -> None:
    """Let all be looked through again, so that a process that ends takes everything down."""
    gc.unfreeze()
