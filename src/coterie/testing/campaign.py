"""`python -m coterie.testing.campaign [HOW_MANY] [SEED]`: many random questions, to DuckDB and to the judge."""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from coterie.testing.agreement import Tally, compare, shrunk
from coterie.testing.cases import write_case
from coterie.testing.scenarios import scenario

__all__ = ["QUESTIONS", "main"]

QUESTIONS = 20
"""Questions asked of one small world."""

_TELLING = 0.5


def main(arguments: list[str]) -> int:
    """Ask so many questions from that seed on, in two processes. 1 where answers differ, or too few tell anything."""
    how_many, seed = (int(text) for text in (*arguments, *("50000", "1")[len(arguments) :]))
    print(f"{how_many} questions from seed {seed} on")  # noqa: T201 - a campaign reports to the terminal
    seeds = range(seed, seed + -(-how_many // QUESTIONS))
    tally, reports = Tally(), list[str]()
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as processes:
        for number, (counted, differing) in enumerate(processes.map(run_one, seeds, chunksize=20), 1):
            tally += counted
            reports += differing
            if number % 500 == 0 or differing:
                print(f"  {tally.asked} asked, {len(reports)} differ")  # noqa: T201
    print("\n".join(reports))  # noqa: T201
    print(f"{tally.asked} asked, {len(reports)} differ; {tally.share:.1%} neither nobody nor everybody")  # noqa: T201
    return 1 if reports or tally.share < _TELLING else 0


def run_one(seed: int) -> tuple[Tally, list[str]]:
    """The world of one seed: what was asked, and a report of the first question that is answered differently."""
    tally = Tally()
    differences = list(compare(scenario(seed, QUESTIONS), tally))
    reports = [str(difference) for difference in differences]
    if differences:
        reports[0] += f"\n\n{write_case(shrunk(differences[0]).case)}"
    return tally, reports


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
