"""A world with questions about it, whole, from one integer: what campaigns and the agreement test run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from random import Random

from coterie.testing.cases import Case
from coterie.testing.definitions import Question, draw_question
from coterie.testing.pools import draw_pools, moment
from coterie.testing.worlds import World, draw_world

__all__ = ["Scenario", "draw_scenario", "scenario"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A small world, the instant it is asked about, and questions. `seed` makes the same one again."""

    seed: int | None
    as_of: datetime
    world: World
    questions: tuple[Question, ...]

    def cases(self) -> Iterator[Case]:
        """The questions as cases of a case file, without answers."""
        for number, question in enumerate(self.questions):
            yield Case(
                file="random.case",
                line=0,
                name=f"seed {self.seed}, question {number}",
                as_of=self.as_of,
                zone=question.zone,
                catalog=self.world.catalog,
                tables=self.world.tables,
                definition=question.definition,
                segments=question.segments,
            )


def scenario(seed: int, questions: int = 10) -> Scenario:
    """The scenario of that seed: the same on every machine and in every process."""
    return draw_scenario(Random(seed), questions, seed=seed)  # noqa: S311 - reproducible, not secret


def draw_scenario(rng: Random, questions: int, *, seed: int | None = None) -> Scenario:
    """A scenario out of any source of randomness, for instance one that shrinks."""
    pools = draw_pools(rng)
    world = draw_world(rng, pools)
    asked = tuple(draw_question(rng, pools) for _ in range(questions))
    return Scenario(seed=seed, as_of=moment(pools.as_of), world=world, questions=asked)
