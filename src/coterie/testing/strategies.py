"""Hypothesis strategies: small worlds and valid questions about them, which shrink. Needs hypothesis.

from hypothesis import given
from coterie.testing.strategies import scenarios

@given(scenarios(questions=1))
def test_something(scenario): ...
"""

from __future__ import annotations

from hypothesis import strategies as st

from coterie.testing.definitions import Question, draw_question
from coterie.testing.mutations import draw_history
from coterie.testing.pools import draw_pools
from coterie.testing.scenarios import Scenario, draw_scenario
from coterie.testing.steps import History
from coterie.testing.worlds import World, draw_world

__all__ = ["histories", "questions", "scenarios", "worlds"]


def scenarios(*, questions: int = 1) -> st.SearchStrategy[Scenario]:
    """A small world, the instant asked about, and so many valid questions about it."""
    return st.randoms(use_true_random=False).map(lambda rng: draw_scenario(rng, questions))


def worlds() -> st.SearchStrategy[World]:
    """A catalog with every type, relations both ways and of two hops, and 0 to 12 contacts with their records."""
    return st.randoms(use_true_random=False).map(lambda rng: draw_world(rng, draw_pools(rng)))


def questions() -> st.SearchStrategy[Question]:
    """A valid definition or segment file in the whole language, with the segments that it refers to."""
    return st.randoms(use_true_random=False).map(lambda rng: draw_question(rng, draw_pools(rng)))


def histories(*, refreshes: int = 5) -> st.SearchStrategy[History]:
    """A small world with live segments, and changes of data, segments and the clock with so many refreshes."""
    return st.randoms(use_true_random=False).map(lambda rng: draw_history(rng, refreshes))
