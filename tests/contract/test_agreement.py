"""DuckDB and the naive judge give the same answers to 2,000 random questions; `script/campaign` asks more."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from coterie.testing.agreement import Tally, compare, judged, shrunk
from coterie.testing.campaign import QUESTIONS
from coterie.testing.cases import read_case_file, write_case
from coterie.testing.scenarios import scenario
from coterie.testing.shrinking import shrink
from coterie.testing.strategies import scenarios

SEED = 20_261_123
CHUNKS, WORLDS = 20, 5


@pytest.mark.long
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_engines_agree(chunk):
    """Members and all counts, of 100 questions about five worlds; a failure prints the seed and a small case."""
    tally = Tally()
    first = SEED + chunk * WORLDS
    for seed in range(first, first + WORLDS):
        for difference in compare(scenario(seed, QUESTIONS), tally):
            pytest.fail(f"seed {seed}: {difference}\n\n{write_case(shrunk(difference).case)}")

    assert tally.asked == WORLDS * QUESTIONS


@pytest.mark.long
def test_at_least_half_of_the_answers_tell_something():
    """Neither nobody nor everybody: an agreement about empty sets would prove little."""
    tally = Tally()
    for seed in range(SEED, SEED + CHUNKS * WORLDS):
        tally += judged(scenario(seed, QUESTIONS))

    assert tally.asked == 2000
    assert tally.share >= 0.5


@settings(max_examples=10, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(scenarios(questions=2))
def test_engines_agree_on_what_hypothesis_finds(drawn):
    """The strategies of `coterie.testing` make valid questions, and both engines answer them alike."""
    assert list(compare(drawn, Tally())) == []


def test_a_seed_makes_the_same_scenario_again():
    """A printed seed is all that is needed to see a difference again."""
    assert scenario(SEED) == scenario(SEED)
    assert scenario(SEED) != scenario(SEED + 1)


def test_a_random_case_survives_being_written_and_read(tmp_path):
    """What a campaign prints may be pasted into a case file: nothing of the world or the question is lost."""
    for case in scenario(SEED).cases():
        path = tmp_path / "pasted.case"
        path.write_text(write_case(case), encoding="utf-8")

        pasted = read_case_file(path)[0]

        assert pasted.definition == case.definition
        assert pasted.segments == case.segments
        assert pasted.catalog == case.catalog
        assert pasted.tables == {name: rows for name, rows in case.tables.items() if rows}
        assert (pasted.as_of, pasted.zone) == (case.as_of, case.zone)


def test_a_difference_is_made_small():
    """Shrinking keeps what is to be shown, and leaves out whatever it does not need."""
    case = next(case for case in scenario(SEED + 1).cases() if '"visit"' in write_case(case))

    def asks_about_visits(smaller):
        return "visit" in smaller.tables and len(smaller.tables["visit"]) > 1 and "blocks" in str(smaller.definition)

    small = shrink(case, asks_about_visits)

    assert list(small.tables) == ["visit"]
    assert len(small.tables["visit"]) == 2
    assert not small.segments
    assert len(str(small.definition)) < 40
