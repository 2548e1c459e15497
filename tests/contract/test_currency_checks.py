"""The checks of `coterie.testing.currency` find what they are there to find: an engine spoiled in any way is caught."""

from __future__ import annotations

from datetime import timedelta

import pytest
from stand_in import Delta, StandIn, opener

from coterie.testing.currency import play
from coterie.testing.history_shrinking import shortened
from coterie.testing.mutations import history
from coterie.testing.steps import Declare, History, Ingest, Load, Refresh, Reopen, script_of

SEEDS = range(1, 10)


def first_difference(kind):
    differences = (play(history(seed, 25), open_=opener(kind), share=0.3) for seed in SEEDS)
    return next((difference for difference in differences if difference is not None), None)


def test_nothing_is_found_where_nothing_is_wrong():
    assert [play(history(seed, 25), open_=opener(StandIn), share=0.2) for seed in SEEDS] == [None] * len(SEEDS)


class ForgetsDeletions(StandIn):
    def ingest(self, records):
        received = super().ingest([record for record in records if record.get("type") != "delete"])
        received.read = len(records)
        return received


class StandsStill(StandIn):
    def membership(self, key, usable, as_of):
        self.first = getattr(self, "first", as_of)
        return super().membership(key, usable, self.first)


class SeesNothingAhead(StandIn):
    def next_evaluation(self, as_of):
        return None if as_of.year < 9999 else as_of


class IsLate(StandIn):
    def next_evaluation(self, as_of):
        return as_of + timedelta(days=30)


class TellsNoDeltas(StandIn):
    def delta(self, before, now):
        nobody = now.members - now.members
        return Delta(nobody, nobody if before is None else before.members - before.members)


class LosesTrack(StandIn):
    def segments_of(self, contact_id):
        return super().segments_of(contact_id)[1:]


class ForgetsOnClosing(StandIn):
    def close(self):
        self.published = {}


class EmptiesFailing(StandIn):
    def refresh(self, segments=None, *, as_of):
        refreshed = super().refresh(segments, as_of=as_of)
        for each in self.published.values():
            each.members = each.members - each.members if each.problems else each.members
        return refreshed


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        (ForgetsDeletions, "members"),
        (StandsStill, "members"),
        (SeesNothingAhead, "next evaluation"),
        (IsLate, "next evaluation"),
        (TellsNoDeltas, "entered"),
        (LosesTrack, "segments_of"),
        (ForgetsOnClosing, "published after a restart"),
        (EmptiesFailing, "members"),
    ],
)
def test_a_spoiled_engine_is_found_out(kind, what):
    difference = first_difference(kind)

    assert difference is not None
    assert difference.what.startswith(what)


def test_a_difference_is_made_short_and_is_printed_ready_to_run():
    small = shortened(first_difference(TellsNoDeltas), open_=opener(TellsNoDeltas), most_tries=300)

    assert [type(step) for step in small.history.steps] == [Load, Declare, Refresh]
    assert len(small.history.steps[0].rows) == 1
    assert len(small.history.steps[1].files) == 1
    assert "print(play(History(" in str(small)


def test_a_printed_history_is_the_same_again():
    """Nothing of it is lost on the way through the terminal."""
    for seed in SEEDS:
        before = history(seed)
        script = script_of(before).replace("print(play(", "again = ((")
        namespace = {}
        exec(script, namespace)  # noqa: S102 - what was just printed

        assert namespace["again"] == before


def test_a_seed_makes_the_same_history_again():
    assert history(7) == history(7)
    assert history(7) != history(8)


def test_histories_have_steps_of_every_kind():
    """Batches and files, edits, restarts, the clock standing still, moved, moved to the next change, and set back."""
    steps = [step for seed in range(1, 40) for step in history(seed).steps]
    refreshes = [step for step in steps if isinstance(step, Refresh)]

    assert {type(step) for step in steps} == {Load, Ingest, Declare, Refresh, Reopen}
    assert {step.sooner.shift for step in refreshes if step.sooner} == {-1, 0, 1}
    assert any(step.back for step in refreshes)
    kinds = {operation.get("type") for step in steps if isinstance(step, Ingest) for operation in step.operations}
    assert {"upsert", "delete", "interaction"} <= kinds
    assert isinstance(history(1), History)
