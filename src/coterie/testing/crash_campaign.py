"""`python -m coterie.testing.crash_campaign [ROUNDS] [SEED]`: a store is killed again and again, beside the judge."""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from coterie.testing.crash_damage import DAMAGES, suffer
from coterie.testing.crash_history import Script, draw_script
from coterie.testing.crash_points import Kill
from coterie.testing.crash_rounds import Broken, Life, Round

__all__ = ["main"]

_CHECKED = 5
"""Every so many rounds store and archive are compared."""

_SHORT, _LONG = 2, 30
"""Refreshes of the script of which each point is gone through, and of those that random points are drawn from."""

_FEW, _MANY = 8, 60
"""Operations of a batch, at least, likewise."""


@dataclass(slots=True)
class _Tally:
    """What was done, and what was found broken."""

    rounds: int = 0
    killed: int = 0
    slowest: float = 0.0
    within: Counter[str] = field(default_factory=Counter[str])
    returned: Counter[str] = field(default_factory=Counter[str])
    broken: list[str] = field(default_factory=list[str])

    def count(self, done: Round) -> None:
        self.rounds += 1
        self.killed += done.killed
        self.slowest = max(self.slowest, done.seconds)
        if done.killed:
            self.within[type(done.call).__name__ if done.call is not None else "close"] += 1

    def say(self, broken: str) -> None:
        self.broken.append(broken)
        _print(f"BROKEN: {broken}")


def main(arguments: list[str]) -> int:
    """So many rounds from that seed on: each point of a short script once, the rest at random. 1 where any breaks."""
    defaults = ("200", "1")
    rounds, seed = (int(text) for text in (*arguments, *defaults[len(arguments) :]))
    _print(f"{rounds} rounds from seed {seed} on")
    tally = _Tally()
    with TemporaryDirectory() as place:
        _each_point(Path(place), seed, rounds // 2, tally)
        _at_random(Path(place), seed, rounds - tally.rounds, tally)
    _print(
        f"{tally.rounds} rounds, {tally.killed} killed ({_told(tally.within)}), "
        f"slowest opening {tally.slowest:.2f} s, {len(tally.broken)} broken"
    )
    _print(f"damaged stores that came back: {_told(tally.returned)}")
    return 1 if tally.broken else 0


def _each_point(place: Path, seed: int, most: int, tally: _Tally) -> None:
    """A new store for each point of a short script, killed just before it. Where there are too many, at every k-th."""
    script = draw_script(seed, _SHORT, operations=_FEW)
    with _life(place, "points", script, seed) as life:
        points = life.round(None).points
        _damages(life, tally, DAMAGES)
    step = max(1, -(-len(points) // max(most, 1)))
    _print(f"{len(points)} points of {len(script.calls)} calls, one in {step}")
    for number in range(1, len(points) + 1, step):
        with _life(place, f"point-{number}", script, seed) as life:
            _attempt(life, tally, Kill(number=number), None)


def _at_random(place: Path, seed: int, rounds: int, tally: _Tally) -> None:
    """Stores with long scripts under load, killed at random until the script is done; then damaged in every way."""
    until = tally.rounds + rounds
    for number in count():
        if tally.rounds >= until:
            return
        script = draw_script(seed + number, _LONG, operations=_MANY)
        with _life(place, f"load-{number}", script, seed + number) as life:
            while not life.ended and tally.rounds < until:
                opening = Kill(number=life.rng.randrange(1, 12)) if life.rng.random() < 0.25 else None
                if not _attempt(life, tally, random_kill(life.rng), opening):
                    break
            else:
                if life.ended:
                    _damages(life, tally, life.rng.sample(list(DAMAGES), 2))


def random_kill(rng: Random) -> Kill | float:
    """After some seconds of work; at some point; or in the midst of a commit or a folding in of the log."""
    match rng.randrange(4):
        case 0 | 1:
            return rng.choice((0.05, 0.3, 1.5)) * rng.random()
        case 2:
            return Kill(number=rng.randrange(1, 120), after=rng.random() < 0.5)
        case _:
            name = rng.choice(("COMMIT", "COMMIT", "CHECKPOINT"))
            most = 8 if name == "COMMIT" else 2
            return Kill(number=rng.randrange(1, most + 1), name=name, amid=rng.choice((0.001, 0.006)) * rng.random())


def _attempt(life: Life, tally: _Tally, kill: Kill | float, opening: Kill | None) -> bool:
    """One round; whether all was as it should be."""
    try:
        done = life.round(kill, opening=opening, checks=tally.rounds % _CHECKED == 0)
    except Broken as broken:
        tally.rounds += 1
        tally.say(f"{life.folder.name}, call {life.next}, killed {shown(kill)}, opening {opening}: {broken}")
        return False
    tally.count(done)
    if tally.rounds % 20 == 0:
        _print(f"  {tally.rounds} rounds, slowest opening {tally.slowest:.2f} s, {len(tally.broken)} broken")
    return True


def _damages(life: Life, tally: _Tally, names: Iterable[str]) -> None:
    for name in names:
        try:
            tally.returned[suffer(life, DAMAGES[name])] += 1
        except Broken as broken:
            tally.say(f"{life.folder.name}, {name}: {broken}")
            return


def shown(kill: Kill | float | None) -> str:
    """When a process is killed."""
    return f"after {kill * 1000:.1f} ms" if isinstance(kill, float) else str(kill)


@contextmanager
def _life(place: Path, name: str, script: Script, seed: int) -> Iterator[Life]:
    folder = place / f"{name}-of-seed-{seed}"
    folder.mkdir()
    yield Life(script, folder, Random(seed))  # noqa: S311 - reproducible, not secret
    shutil.rmtree(folder)


def _told(counts: Counter[str]) -> str:
    return ", ".join(f"{number} {what}" for what, number in sorted(counts.items())) or "none"


def _print(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - reports to a terminal


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
