"""Sets of leaves, brought up to date: stale ones alone are evaluated, of whom it concerns, and each fails alone."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any, NoReturn

import pytest
from pyroaring import BitMap
from refresh_shop import (
    ANN,
    BOB,
    CATALOG,
    CLEO,
    Watched,
    any_of,
    bought,
    has,
    leaf,
    opened,
    profile,
    purchases,
    touched_by,
    upsert,
)

from coterie.errors import Problem, StoreError
from coterie.planning.backend import DateColumn
from coterie.planning.leaves import Leaf, ScopeLeaf
from coterie.refresh.leaf_sets import LeafSets, Moved
from coterie.refresh.touched import Touched

IN_PARIS = leaf(profile(has("city", "is", "Paris")))
GROWN_UP = leaf(profile(has("age", "at_least", 18)))
WARM = leaf(profile(any_of("leads", has("score", "at_least", 50))))
BUYER = leaf(purchases(7))
ALL = (IN_PARIS, GROWN_UP, WARM, BUYER)
POOL = ThreadPoolExecutor(2)
NEXT_DAY = "2026-11-24T12:00+00:00"


class Kept:
    """Leaf sets over a watched backend. A tenth of its contacts may be looked at alone: there are many strangers."""

    def __init__(self) -> None:
        self.backend = Watched(opened())
        strangers = [{"id": f"stranger-{number}"} for number in range(100)]
        self.backend.load("contact", strangers)
        self.backend.load("purchase", [{"message_id": "m", "id": "ann", "occurred_at": "2026-11-17T10:00Z"}])
        self.sets = LeafSets(self.backend, CATALOG)
        self.move(*ALL, touched=None)
        self.backend.asked.clear()

    def move(self, *leaves: Leaf, touched: Touched | None, bases: Mapping[Leaf, Leaf] | None = None) -> Moved:
        moved = self.sets.move(leaves, bases or {}, touched, pool=POOL)
        self.sets.keep(moved, [each for each in leaves if each not in moved.failed])
        return moved

    def after(self, *operations: Mapping[str, object]) -> Touched:
        return touched_by(self.backend, *operations)

    def asked(self) -> dict[Leaf, BitMap | None]:
        """What has been evaluated, and within whom."""
        return {each: within for leaves, within in self.backend.asked for each in leaves}


@pytest.fixture
def kept() -> Iterator[Kept]:
    held = Kept()
    yield held
    held.backend.close()


def test_what_is_new_is_evaluated_in_full() -> None:
    backend = Watched(opened())
    moved = LeafSets(backend, CATALOG).move([IN_PARIS], {}, None, pool=POOL)
    assert moved.full == {IN_PARIS: BitMap([ANN, CLEO])}
    assert [within for _, within in backend.asked] == [None]
    assert IN_PARIS not in moved.patches
    backend.close()


def test_only_leaves_that_read_what_changed_are_evaluated_and_of_those_touched_alone(kept: Kept) -> None:
    moved = kept.move(*ALL, touched=kept.after(upsert("contact", id="bob", city="Paris")))
    assert kept.asked() == {IN_PARIS: BitMap([BOB])}
    assert moved.patches[IN_PARIS].changed == BitMap([BOB])
    assert moved.set_of(IN_PARIS) == BitMap([ANN, BOB, CLEO])
    assert not moved.full


def test_nothing_is_evaluated_where_nothing_that_is_read_changed(kept: Kept) -> None:
    moved = kept.move(*ALL, touched=kept.after(upsert("account", account_id="acme", size=3)))
    assert kept.asked() == {}
    assert all(not moved.patches[each].changed for each in ALL)


def test_those_who_leave_are_told_too(kept: Kept) -> None:
    moved = kept.move(*ALL, touched=kept.after(upsert("contact", id="ann", city="Lyon")))
    assert moved.patches[IN_PARIS].changed == BitMap([ANN])
    assert moved.set_of(IN_PARIS) == BitMap([CLEO])
    assert moved.among(IN_PARIS, BitMap([ANN, CLEO])) == BitMap([CLEO])


def test_leaves_that_read_the_same_are_asked_together(kept: Kept) -> None:
    kept.move(*ALL, touched=kept.after(upsert("contact", id="bob", city="Paris", age=40)))
    assert [(set(leaves), within) for leaves, within in kept.backend.asked] == [({IN_PARIS, GROWN_UP}, BitMap([BOB]))]


def test_a_late_interaction_outside_of_every_window_is_not_looked_at(kept: Kept) -> None:
    kept.move(*ALL, touched=kept.after(bought("bob", "2026-01-01T10:00Z")))
    assert kept.asked() == {}


def test_time_looks_only_at_contacts_with_a_row_in_a_strip(kept: Kept) -> None:
    tomorrow = leaf(purchases(7), "2026-11-25T12:00+00:00")
    moved = kept.move(tomorrow, touched=kept.after(), bases={tomorrow: BUYER})
    assert kept.asked() == {tomorrow: BitMap([ANN])}
    assert moved.patches[tomorrow].changed == BitMap([ANN])


def test_time_that_passes_over_nobody_evaluates_nothing(kept: Kept) -> None:
    tomorrow = leaf(purchases(7), NEXT_DAY)
    moved = kept.move(tomorrow, touched=kept.after(), bases={tomorrow: BUYER})
    assert kept.asked() == {}
    assert moved.set_of(tomorrow) == BitMap([ANN])


def test_data_and_time_are_looked_at_together(kept: Kept) -> None:
    later = leaf(purchases(7), "2026-11-25T12:00+00:00")
    kept.move(later, touched=kept.after(bought("cleo", "2026-11-23T10:00Z")), bases={later: BUYER})
    assert kept.asked() == {later: BitMap([ANN, CLEO])}


def test_bounds_that_do_not_tell_everything_are_evaluated_in_full(kept: Kept) -> None:
    block = profile(has("born", "anniversary", {"in_next": {"count": 3, "unit": "days"}}))
    now, tomorrow = leaf(block), leaf(block, NEXT_DAY)
    kept.move(now, touched=kept.after())
    kept.backend.asked.clear()
    moved = kept.move(tomorrow, touched=kept.after(), bases={tomorrow: now})
    assert kept.asked() == {tomorrow: None}
    assert tomorrow in moved.patches  # still it is known who entered and left


def test_when_anybody_may_be_touched_all_is_evaluated_in_full_and_compared(kept: Kept) -> None:
    kept.after(upsert("contact", id="bob", city="Paris"))
    moved = kept.move(*ALL, touched=None)
    assert kept.asked() == dict.fromkeys(ALL)
    assert moved.patches[IN_PARIS].changed == BitMap([BOB])
    assert set(moved.full) == set(ALL)


def test_many_contacts_are_not_looked_at_alone(kept: Kept) -> None:
    many = [upsert("contact", id=f"stranger-{number}", city="Paris") for number in range(50)]
    moved = kept.move(*ALL, touched=kept.after(*many))
    assert kept.asked() == {IN_PARIS: None}
    assert len(moved.patches[IN_PARIS].changed) == 50


def test_sets_made_from_patches_do_not_count_as_evaluated_in_full(kept: Kept) -> None:
    moved = kept.move(*ALL, touched=kept.after(upsert("contact", id="bob", city="Paris")))
    assert [len(moved.set_of(each)) for each in ALL] == [3, 0, 1, 1]
    assert moved.full == {}


def test_a_leaf_that_fails_fails_alone_and_is_not_kept(kept: Kept) -> None:
    kept.backend.failing = {WARM}
    moved = kept.move(*ALL, touched=None)
    assert set(moved.failed) == {WARM}
    assert moved.failed[WARM].code == "segment_failed"
    assert "RuntimeError: out of luck" in moved.failed[WARM].message
    assert WARM not in kept.sets
    assert all(each in kept.sets for each in ALL if each is not WARM)


def test_an_error_of_the_store_is_told_as_it_is(kept: Kept) -> None:
    said = Problem(code="store_failed", path="", message="No room.", hint="Make some.")
    kept.backend.failing, kept.backend.error = {WARM}, StoreError(said)
    assert kept.move(*ALL, touched=None).failed == {WARM: said}


def test_a_closed_store_fails_the_whole_refresh(kept: Kept) -> None:
    closed = Problem(code="store_closed", path="", message="It is closed.", hint="")
    kept.backend.failing, kept.backend.error = {WARM}, StoreError(closed)
    with pytest.raises(StoreError, match="closed"):
        kept.move(*ALL, touched=None)


def test_nothing_runs_on_behind_a_refresh_that_failed(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    began, done = Event(), Event()
    evaluate = kept.backend.evaluate

    def slow_or_failing(leaves: Collection[Leaf], **who: Any) -> Mapping[Leaf, BitMap]:
        if WARM in leaves:
            assert began.wait(10)
            raise StoreError(Problem(code="store_closed", path="", message="It is closed.", hint=""))
        began.set()
        time.sleep(0.2)
        found = evaluate(leaves, **who)
        done.set()
        return found

    monkeypatch.setattr(kept.backend, "evaluate", slow_or_failing)
    with pytest.raises(StoreError, match="closed"):
        kept.sets.move([WARM, IN_PARIS], {}, None, pool=POOL)
    assert done.is_set()


def test_what_was_not_begun_when_a_refresh_failed_is_left(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = list[Leaf]()

    def failing(leaves: Collection[Leaf], **_: Any) -> NoReturn:
        asked.extend(leaves)
        time.sleep(0.2)
        raise StoreError(Problem(code="store_closed", path="", message="It is closed.", hint=""))

    monkeypatch.setattr(kept.backend, "evaluate", failing)
    with ThreadPoolExecutor(1) as pool, pytest.raises(StoreError, match="closed"):
        kept.sets.move([WARM, IN_PARIS, BUYER], {}, None, pool=pool)
    assert len(asked) <= 2, "one, and what began while that was told"


def test_what_is_not_needed_any_more_is_dropped(kept: Kept) -> None:
    kept.move(IN_PARIS, touched=kept.after())
    assert IN_PARIS in kept.sets
    assert BUYER not in kept.sets


def test_what_is_not_kept_has_changed_nothing(kept: Kept) -> None:
    touched = kept.after(upsert("contact", id="bob", city="Paris"))
    first = kept.sets.move(ALL, {}, touched, pool=POOL)
    second = kept.sets.move(ALL, {}, touched, pool=POOL)
    assert first.set_of(IN_PARIS) == second.set_of(IN_PARIS) == BitMap([ANN, BOB, CLEO])
    assert first.former[IN_PARIS] == BitMap([ANN, CLEO])


def test_two_leaves_that_come_of_one_change_each_for_itself(kept: Kept) -> None:
    later = leaf(purchases(7), "2026-11-25T12:00+00:00")
    for order in ((BUYER, later), (later, BUYER)):
        moved = kept.move(*order, touched=kept.after(), bases={later: BUYER})
        assert (moved.set_of(BUYER), moved.set_of(later)) == (BitMap([ANN]), BitMap())
    moved = kept.move(BUYER, later, touched=kept.after(bought("cleo", "2026-11-23T10:00Z")))
    assert (moved.set_of(BUYER), moved.set_of(later)) == (BitMap([ANN, CLEO]), BitMap([CLEO]))


def test_of_two_leaves_that_become_one_each_is_told_how_it_changed(kept: Kept) -> None:
    before, later = leaf(purchases(3), "2026-11-25T12:00+00:00"), leaf(purchases(7), "2026-11-25T12:00+00:00")
    kept.move(BUYER, before, touched=kept.after())
    moved = kept.sets.move([later], {later: BUYER}, kept.after(bought("cleo", "2026-11-23T10:00Z")), pool=POOL)
    assert moved.set_of(later) == BitMap([CLEO])
    assert moved.since(BUYER, later) == BitMap([ANN, CLEO])
    assert moved.since(before, later) == BitMap([CLEO])
    assert moved.since(IN_PARIS, later) is None, "its former set is not kept"
    assert moved.since(None, later) is None


def test_how_a_leaf_changed_that_failed_is_not_known(kept: Kept) -> None:
    kept.backend.failing = {WARM}
    assert kept.sets.move(ALL, {}, None, pool=POOL).since(WARM, WARM) is None


def test_what_the_backend_answered_stays_as_it_was(kept: Kept) -> None:
    """
    It may be the backend's own set, of everybody known say.
    """
    answered = kept.move(ScopeLeaf(), touched=None).full[ScopeLeaf()]
    before = answered.copy()
    moved = kept.move(ScopeLeaf(), touched=kept.after(upsert("contact", id="dora")))
    assert len(moved.set_of(ScopeLeaf())) == len(before) + 1
    assert answered == before


def test_sets_that_were_changed_by_half_are_evaluated_again(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    moved = kept.sets.move(ALL, {}, kept.after(upsert("contact", id="bob", city="Paris", age=40)), pool=POOL)
    kept.backend.asked.clear()
    monkeypatch.setattr(moved, "patches", {IN_PARIS: moved.patches[IN_PARIS]})
    with pytest.raises(KeyError):
        kept.sets.keep(moved, ALL)
    kept.move(*ALL, touched=kept.after())
    assert kept.asked() == dict.fromkeys(ALL)


def test_everything_forgotten_is_evaluated_again(kept: Kept) -> None:
    kept.sets.clear()
    moved = kept.move(IN_PARIS, touched=kept.after())
    assert kept.asked() == {IN_PARIS: None}
    assert IN_PARIS not in moved.patches


def test_whom_the_bounds_of_several_windows_passed_is_asked_together(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    hours = (6 * 24 + 3, 14 * 24, 30 * 24)
    windows = [leaf(purchases(count, "hours")) for count in hours]
    later = [leaf(purchases(count, "hours"), NEXT_DAY) for count in hours]
    kept.move(*windows, touched=None)
    asked: list[int] = []
    holding = kept.backend.holding

    def noted(column: DateColumn, spans: Sequence[tuple[int, int]]) -> Sequence[BitMap]:
        asked.append(len(spans))
        found: Sequence[BitMap] = holding(column, spans)
        return found

    monkeypatch.setattr(kept.backend, "holding", noted, raising=False)
    bases = dict(zip(later, windows, strict=True))
    moved = kept.move(*later, touched=kept.after(), bases=bases)
    assert [list(moved.set_of(each)) for each in later] == [[], [ANN], [ANN]]
    assert len(asked) == 1
