"""Which way is cheaper: a share of the contacts at first, what was measured as soon as both ways were."""

from __future__ import annotations

from coterie.refresh.costs import Costs


def test_before_anything_is_measured_a_twentieth_is_looked_at_alone() -> None:
    costs = Costs()
    assert costs.prefer_within("purchase", 10, 50, 1_000)
    assert not costs.prefer_within("purchase", 10, 51, 1_000)


def test_one_way_measured_alone_decides_nothing() -> None:
    costs = Costs()
    costs.measured_within("purchase", 1_000, 100.0)
    assert costs.prefer_within("purchase", 1, 50, 1_000)
    costs = Costs()
    costs.measured_in_full("purchase", 1, 0.0)
    assert costs.prefer_within("purchase", 1, 50, 1_000)


def test_what_was_measured_decides_by_leaves_and_by_contacts() -> None:
    costs = Costs()
    costs.measured_in_full("purchase", 10, 1.0)  # 0.1 s a leaf
    costs.measured_within("purchase", 3_000, 0.5)  # 0.1 ms a contact, and as much for finding 2,000
    assert costs.prefer_within("purchase", 10, 8_000, 8_000)
    assert not costs.prefer_within("purchase", 10, 8_001, 1_000_000)
    assert costs.prefer_within("purchase", 3, 1_000, 1_000)
    assert not costs.prefer_within("purchase", 2, 1_000, 1_000_000)


def test_kinds_are_measured_each_for_itself() -> None:
    costs = Costs()
    costs.measured_in_full("purchase", 1, 0.0)
    costs.measured_within("purchase", 1, 1.0)
    assert not costs.prefer_within("purchase", 1, 1, 1_000)
    assert costs.prefer_within("visit", 1, 1, 1_000)


def test_a_single_slow_measurement_does_not_turn_the_scales() -> None:
    costs = Costs()
    for seconds in (1.0, 1.0, 3.0):
        costs.measured_within("purchase", 0, seconds)
    costs.measured_in_full("purchase", 1, 1.7)
    assert costs.prefer_within("purchase", 1, 0, 1_000)  # 1.6, not 3.0
    costs.measured_within("purchase", 0, 3.0)
    assert not costs.prefer_within("purchase", 1, 0, 1_000)
