"""The clock of a measurement: it showed the world's `AS_OF` when the measurement began, and goes as the machine's does.

`python -m bench.serving.world_clock serve FOLDER …` is `coterie serve FOLDER …` by this clock.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime

from bench.data import AS_OF
from coterie_web.ui.clock import set_clock

__all__ = ["BEGAN", "WorldClock"]

BEGAN = "BENCH_BEGAN"
"""The variable that says when the measurement began, by the machine's clock: an ISO 8601 instant."""


class WorldClock:
    """Tells the time of a world to whoever asks the application's clock."""

    def __init__(self, began: datetime) -> None:
        self._behind = began - AS_OF

    def now(self) -> datetime:
        return datetime.now(UTC) - self._behind


# Not below the guard: the process that serves imports this module as its parent's main one, and has to get it too.
if BEGAN in os.environ:
    set_clock(WorldClock(datetime.fromisoformat(os.environ[BEGAN])))

if __name__ == "__main__":
    from coterie.cli import main

    main()
