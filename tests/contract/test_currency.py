"""Incremental equals full equals the judge after each of 50 changes in 100 histories; a campaign has more."""

from __future__ import annotations

import pytest

from coterie.testing.currency import play
from coterie.testing.history_shrinking import shortened
from coterie.testing.mutations import history

SEED = 20_261_127
CHUNKS, HISTORIES, STEPS = 20, 5, 50
SHARE = 0.05


@pytest.mark.long
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_what_is_published_is_current(chunk, tmp_path):
    """A failure prints the seed, what differs, and a short history that shows it, ready to be run."""
    first = SEED + chunk * HISTORIES
    for seed in range(first, first + HISTORIES):
        difference = play(history(seed, STEPS), share=SHARE, folder=tmp_path)
        if difference is not None:
            pytest.fail(f"seed {seed}: {shortened(difference, most_tries=40)}")
