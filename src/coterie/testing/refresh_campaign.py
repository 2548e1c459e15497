"""`python -m coterie.testing.refresh_campaign [SEQUENCES] [STEPS] [SEED]`: long histories, engine beside judge."""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

from coterie.testing.currency import play
from coterie.testing.history_shrinking import shortened
from coterie.testing.mutations import history

__all__ = ["main"]

_SHARE = 0.1
"""Of the segments, those that are asked in full too, and whose next evaluation is looked at, at each refresh."""


def main(arguments: list[str]) -> int:
    """Play so many histories of so many changes from that seed on, in two processes. 1 where anything differs."""
    defaults = ("2000", "200", "1")
    sequences, steps, seed = (int(text) for text in (*arguments, *defaults[len(arguments) :]))
    print(f"{sequences} sequences of {steps} steps from seed {seed} on", flush=True)  # noqa: T201 - reports to a terminal
    refreshes, reports = 0, list[str]()
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as processes:
        seeds = range(seed, seed + sequences)
        for number, (refreshed, report) in enumerate(processes.map(partial(run_one, steps=steps), seeds), 1):
            refreshes += refreshed
            if report is not None:
                reports.append(report)
                print(report, flush=True)  # noqa: T201
            if number % 50 == 0 or report is not None:
                print(f"  {number} sequences, {refreshes} refreshes, {len(reports)} differ", flush=True)  # noqa: T201
    print(f"{sequences} sequences, {refreshes} refreshes, {len(reports)} differ")  # noqa: T201
    return 1 if reports else 0


def run_one(seed: int, steps: int) -> tuple[int, str | None]:
    """Play the history of one seed: how often it was refreshed, and a report of the first difference, made short."""
    drawn = history(seed, steps)
    refreshed = drawn.refreshes
    difference = play(drawn, share=_SHARE)
    return refreshed, None if difference is None else str(shortened(difference))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
