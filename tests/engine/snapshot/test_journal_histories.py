"""Random histories of publications: the journal answers as a naive one does, whatever happens between."""

from __future__ import annotations

import tempfile
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from journal_history import History, assert_same

from coterie.snapshot import Journal, journal, reading, staggering


@pytest.fixture(autouse=True, params=["as it is", "roots and full ones often, files in windows"])
def often(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param != "as it is":
        monkeypatch.setattr(journal, "_ROOT_EVERY", 3)
        monkeypatch.setattr(journal, "_READ_AT_ONCE", 2)
        monkeypatch.setattr(staggering, "MOST_DELTAS", 3)
        monkeypatch.setattr(reading, "_SMALL", 64)
        monkeypatch.setattr(reading, "_PIECE", 48)


@given(seed=st.integers(0, 2**32))
@settings(max_examples=20, deadline=None)
def test_a_journal_in_memory_remembers_what_was_published(seed: int) -> None:
    random, history, kept = Random(seed), History(), Journal.open(None)
    for _ in range(random.randrange(14)):
        history.step(random, kept)
    assert_same(kept, history)


@given(seed=st.integers(0, 2**32))
@settings(max_examples=12, deadline=None)
def test_a_journal_in_a_folder_remembers_over_reopening_and_retention(seed: int) -> None:
    random, history = Random(seed), History()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "segments"
        kept = Journal.open(folder)
        for _ in range(random.randrange(2, 12)):
            history.step(random, kept)
            if random.random() < 0.2:
                moment = history.moments[random.randrange(len(history.moments))].as_of + random.choice((-1, 0, 1))
                before = len(history.moments)
                history.retain(moment)
                assert kept.retain(moment) == before - len(history.moments)
                assert kept.retain(moment) == 0
            assert_same(kept, history)
            reopened = Journal.open(folder)
            assert_same(reopened, history)
            reopened.check()
            kept = random.choice((kept, reopened))
