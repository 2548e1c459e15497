"""How a refresh shares the machine with others."""

from __future__ import annotations

from dataclasses import dataclass

from coterie.values.pauses import Pause, go_on

__all__ = ["FULL_SPEED", "Pace"]


@dataclass(frozen=True, slots=True)
class Pace:
    """In how many threads conditions are evaluated, and what is called between any two pieces of the work.

    A `pause` that returns later lets others go before: questions are answered meanwhile, but whoever changes, plans or
    refreshes waits. Several threads may call it at the same time.
    """

    threads: int = 2
    pause: Pause = go_on


FULL_SPEED = Pace()
