"""Many ask at once while batches arrive and segments are refreshed: every answer is that of one version of the data."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from threading import Event
from unittest.mock import patch

import pytest

import coterie
from coterie.refresh.costs import Costs
from coterie.testing.answers import Judge, step_counts
from coterie.testing.definitions import Author, draw_question
from coterie.testing.operations import Sender
from coterie.testing.pools import draw_pools, moment
from coterie.testing.steps import Ingest
from coterie.testing.worlds import draw_world

SEED = 20_261_127
ASKERS, QUESTIONS, BATCHES = 4, 12, 25
MOST = 25
"""Questions of one asker."""

MOMENTS = (0, 0, 1, 1_000, 60_000, 59_999, -1_000, 86_400_000)
"""Milliseconds from the world's own moment."""


@dataclass(frozen=True)
class Answer:
    """What was asked, when, what was answered, and the versions of the data before it was asked and afterwards."""

    question: object
    as_of: object
    members: bool
    said: object
    before: int
    after: int


def asked(engine, question, as_of, members):
    """The members or all counts of a question, as engine and judge both tell them."""
    more = {"as_of": as_of, "time_zone": question.zone, "segments": question.segments}
    if members:
        return sorted(engine.members(question.definition, **more))
    return step_counts(engine.breakdown(question.definition, **more))


class World:
    """A small world in an engine, and all that happens to it."""

    def __init__(self, seed):
        self.rng = Random(seed)
        self.pools = draw_pools(self.rng)
        self.world = draw_world(self.rng, self.pools)
        sender = Sender(self.rng, self.pools.as_of)
        self.batches = [sender.batch(self.pools) for _ in range(BATCHES)]
        self.questions = [draw_question(self.rng, self.pools) for _ in range(QUESTIONS)]
        author = Author.of(self.rng, self.pools)
        self.files = {key: author.segment(key, []) for key in ("one", "two", "three")}
        self.engine = coterie.open(":memory:", catalog=self.world.catalog, threads=1)
        for name, rows in self.world.tables.items():
            self.engine.load(name, rows)
        self.versions = [self.engine.data_version]
        self.is_done = Event()

    def send(self):
        """All batches, one after the other; the data version that each led to."""
        try:
            for batch in self.batches:
                apply(self.engine, batch)
                self.versions.append(self.engine.data_version)
                time.sleep(0.02)  # others have their turn
        finally:
            self.is_done.set()

    def refresh(self):
        self.engine.refresh(self.files, as_of=moment(self.pools.as_of))
        while not self.is_done.is_set():
            self.engine.refresh(as_of=moment(self.pools.as_of + self.versions[-1]))

    def ask(self, seed):
        """Questions, at most until the last batch has been sent."""
        rng = Random(seed)
        answers = []
        while not self.is_done.is_set() and len(answers) < MOST:
            question, shift, members = rng.choice(self.questions), rng.choice(MOMENTS), rng.random() < 0.3
            as_of = moment(self.pools.as_of) + timedelta(milliseconds=shift)
            before = self.engine.data_version
            said = asked(self.engine, question, as_of, members)
            answers.append(Answer(question, as_of, members, said, before, self.engine.data_version))
        return answers

    def judged(self) -> Iterator[tuple[int, Judge]]:
        """The judge, after each batch, with the version that the engine called it."""
        judge = Judge(self.world.catalog)
        for name, rows in self.world.tables.items():
            judge.load(name, rows)
        yield self.versions[0], judge
        for version, batch in zip(self.versions[1:], self.batches, strict=True):
            apply(judge._engine, batch)
            yield version, judge


def apply(engine, batch):
    if isinstance(batch, Ingest):
        engine.ingest(batch.operations)
    else:
        engine.load(batch.name, batch.rows)


@pytest.fixture(autouse=True)
def hasty():
    """Threads give way to one another all the time."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(0.0005)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(SEED, SEED + 4))
def test_every_answer_is_that_of_one_version(seed):
    """
    In half of the worlds whatever can be patched is, in the others nothing: so small a world would have too few cases.
    """
    world = World(seed)
    with patch.object(Costs, "prefer_within", lambda *_: seed % 2 == 0), world.engine:
        with ThreadPoolExecutor(ASKERS + 2) as pool:
            working = [pool.submit(world.send), pool.submit(world.refresh)]
            asking = [pool.submit(world.ask, seed + 1000 * number) for number in range(ASKERS)]
            for work in working:
                work.result()
            answers = [answer for each in asking for answer in each.result()]
        world.engine.refresh(as_of=moment(world.pools.as_of))
        published = {key: each.members for key, each in world.engine.published.items()}
        for key, members in published.items():
            assert members == world.engine.members(world.files[key], as_of=moment(world.pools.as_of)), key
    unexplained = set(range(len(answers)))
    for version, judge in world.judged():
        for number in sorted(unexplained):
            answer = answers[number]
            is_of_it = answer.before <= version <= answer.after
            if is_of_it and asked(judge, answer.question, answer.as_of, answer.members) == answer.said:
                unexplained.discard(number)
    assert len(answers) > ASKERS
    assert not [answers[number] for number in sorted(unexplained)], f"seed {seed}"


@pytest.mark.long
@pytest.mark.parametrize("seed", range(SEED, SEED + 5))
def test_what_is_kept_of_conditions_answers_as_if_it_were_asked_anew(seed):
    """
    One asks, at moments close together and far apart, while the data change: each answer beside the judge's.
    """
    world = World(seed)
    rng = Random(seed)
    with patch.object(Costs, "prefer_within", lambda *_: rng.random() < 0.8), world.engine:
        judge = Judge(world.world.catalog)
        for name, rows in world.world.tables.items():
            judge.load(name, rows)
        for batch in world.batches:
            apply(world.engine, batch)
            apply(judge._engine, batch)
            for question in rng.sample(world.questions, 4):
                as_of = moment(world.pools.as_of) + timedelta(milliseconds=rng.choice(MOMENTS))
                for members in (True, False):
                    found = asked(world.engine, question, as_of, members)
                    assert found == asked(judge, question, as_of, members), f"seed {seed}, {question}, {as_of}"
