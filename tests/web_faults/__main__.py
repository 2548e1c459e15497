"""`python -m web_faults [ROUNDS] [SEED]`: so many rounds, and what was found."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from web_faults.rounds import Life

__all__ = ["main"]


def main(arguments: list[str]) -> int:
    """So many rounds from that seed on. 1 where any breaks."""
    rounds, seed = (int(text) for text in (*arguments, *("50", "1")[len(arguments) :]))
    _say(f"{rounds} rounds from seed {seed} on")
    killed, broken = Counter[str](), 0
    with TemporaryDirectory() as place:
        life = Life(Path(place), seed)
        try:
            for number in range(1, rounds + 1):
                killed[life.round()] += 1
                _say(f"round {number}: {life.acknowledged:,} records, none lost, none twice; {life.commanded:,} deeds")
        except AssertionError as error:
            broken = 1
            _say(f"BROKEN in round {sum(killed.values()) + 1}: {error}")
        finally:
            life.end()
    told = ", ".join(f"{number} × {what}" for what, number in killed.most_common())
    _say(f"killed: {told}; slowest start {life.slowest:.1f} s; {broken} broken")
    return broken


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
