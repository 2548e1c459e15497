"""A process killed by `kill -9` at every kind of commit point, and at random, leaves a store that is whole and current.

A small share of `script/campaign-crash`. A failure prints the seed, the point, and what was lost or made twice.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from coterie.testing.crash_campaign import random_kill, shown
from coterie.testing.crash_damage import DAMAGES, suffer
from coterie.testing.crash_history import draw_script
from coterie.testing.crash_points import Kill
from coterie.testing.crash_rounds import Broken, Life

pytestmark = pytest.mark.long

SEED = 20_261_135

POINTS = (
    "fsync archive/#.parquet.unfinished",
    "replace archive/#.parquet",
    "fsync archive/",
    "COMMIT",
    "CHECKPOINT",
    "fsync messages/#.run.part",
    "rename messages/#.run",
    "fsync messages/",
    "unlink messages/#.run",
    "write segments/#@#.publication.tmp",
    "fsync segments/#@#.publication.tmp",
    "rename segments/#@#.publication",
    "fsync segments/",
    "rename segments/#@#.base",
    "unlink segments/#@#.publication",
)
"""What a process does that outlasts it."""


DAMAGED = ("store deleted", "store truncated", "log truncated", "a run truncated", "snapshots deleted")
"""Of the ways to damage a store; the campaign goes through all."""


def life(folder: Path, seed: int, refreshes: int) -> Life:
    folder.mkdir()
    return Life(draw_script(seed, refreshes, operations=8, segments=2), folder, Random(seed))


def survive(one: Life, kill: Kill | float, opening: Kill | None = None, *, checks: bool = False) -> bool:
    """Whether the process was killed in a call; fails where the store is not as it should be after it."""
    before = one.next
    try:
        done = one.round(kill, opening=opening, checks=checks)
    except Broken as broken:
        pytest.fail(f"{one.folder.name}, call {before} or later, killed {shown(kill)}, opening {opening}: {broken}")
    return done.killed and done.call is not None


def test_every_commit_point_may_be_the_last(tmp_path: Path) -> None:
    missed = list(POINTS)
    for seed in range(SEED, SEED + 3):
        one = life(tmp_path / f"seed-{seed}", seed, 25)
        while not one.ended and missed:
            name = missed.pop(0)
            after = POINTS.index(name) % 2 == 1
            if not survive(one, Kill(number=1, name=name, after=after), checks=len(missed) in {4, 9}):
                missed.append(name)
    assert not missed


def test_any_moment_may_be_the_last(tmp_path: Path) -> None:
    one = life(tmp_path / f"seed-{SEED}", SEED, 10)
    for number in range(3):
        survive(one, random_kill(one.rng), Kill(number=1 + number) if number == 1 else None)


def test_a_damaged_store_comes_back(tmp_path: Path) -> None:
    one = life(tmp_path / f"seed-{SEED}", SEED, 1)
    one.round(None)
    assert {name: suffer(one, DAMAGES[name]) for name in DAMAGED} == {
        name: "rebuilt" if name == "store truncated" else "by itself" for name in DAMAGED
    }
