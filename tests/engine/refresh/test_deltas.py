"""Who entered and left, and why: algebra on those concerned, causes in their order, failures that hold up others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pyroaring import BitMap
from refresh_shop import checked, instant, leaf, purchases, segment

from coterie.errors import Problem
from coterie.planning.expressions import Difference, Expression, Intersection, LeafSet, SegmentSet, Union
from coterie.planning.memory import Slot, Slotted
from coterie.planning.plan import leaves_of
from coterie.refresh.deltas import Deltas
from coterie.refresh.leaf_sets import Moved, Patch
from coterie.refresh.live import LiveSegment
from coterie.refresh.plans import SegmentPlan
from coterie.refresh.refresher import Standing
from coterie.snapshot import Cause, Change

A, B = leaf(purchases(7)), leaf(purchases(3))
OF_A = LeafSet(A)
SLOTS = {A: Slot(A), B: Slot(B)}
NOW, BEFORE = instant("2026-11-23T12:00+00:00"), instant("2026-11-22T12:00+00:00")
PROBLEM = Problem(code="unknown_attribute", path="blocks", message="No such thing.", hint="")


def patch(entered: Iterable[int] = (), left: Iterable[int] = (), base: Any = A) -> Patch:
    return Patch(base, BitMap(entered) | BitMap(left))


def one(key: str, *refers_to: str, version: int = 1, problems: tuple[Problem, ...] = ()) -> LiveSegment:
    return LiveSegment(
        key=key, version=version, segment=checked(segment(key, purchases())), refers_to=refers_to, problems=problems
    )


@dataclass
class Case:
    """One refresh of segments `s` (of leaf A) and others, over data version 2; a day after the one before."""

    deltas: Deltas

    def add(self, live: LiveSegment, expression: Expression | None = OF_A) -> tuple[Change, ...] | None:
        self.deltas.add(live, None if expression is None else plan(live, expression))
        return self.deltas.changes.get(live.key)


def plan(live: LiveSegment, expression: Expression) -> SegmentPlan:
    slots = tuple(SLOTS[leaf] for leaf in dict.fromkeys(leaves_of(expression)))
    return SegmentPlan(live.key, live.version, expression, slots, live.segment)


def _changed(moved: Moved) -> dict[Slot, BitMap | None]:
    """By slot who changed there, of every leaf that was moved from the one that its patch is based on."""
    found = dict[Slot, BitMap | None]()
    for each in {**moved.patches, **moved.full}:
        changed = moved.since(moved.patches[each].base if each in moved.patches else each, each)
        if changed is None or changed:
            found[SLOTS[each]] = changed
    return found


def case(
    moved: Moved,
    standing: Mapping[str, Iterable[int]],
    *,
    kept: Iterable[str] | None = None,
    by_data: Iterable[int] | None = (),
    data_version: int = 2,
    as_of: int = NOW,
) -> Case:
    return Case(
        Deltas(
            data_version=data_version,
            as_of=as_of,
            standing={key: Standing(1, BitMap(members), 1, BEFORE) for key, members in standing.items()},
            kept=frozenset(standing if kept is None else kept),
            comparable=frozenset(standing if kept is None else kept),
            changed=_changed(moved),
            moved=moved,
            by_data=None if by_data is None else BitMap(by_data),
        )
    )


def change(cause: Cause, entered: Iterable[int] = (), left: Iterable[int] = ()) -> Change:
    return Change(cause=cause, entered=BitMap(entered), left=BitMap(left))


def moved(former: Mapping[Any, Iterable[int]], **patches: Patch) -> Moved:
    found = Moved({leaf: BitMap(members) for leaf, members in former.items()})
    found.patches = {{"a": A, "b": B}[name]: each for name, each in patches.items()}
    return found


# --- members ---------------------------------------------------------------------------------------------------------


def test_a_new_segment_is_worked_out_whole_and_all_enter_by_definition() -> None:
    found = case(moved({A: [1, 2]}, a=patch([3])), {})
    assert found.add(one("s")) == (change(Cause.DEFINITION, [1, 2, 3]),)
    assert found.deltas.members["s"] == BitMap([1, 2, 3])


def test_only_contacts_of_whom_a_leaf_changed_are_looked_at() -> None:
    """
    Contact 9 stands where no leaf has it: nobody looks, for nothing about it has changed.
    """
    found = case(moved({A: [1, 2]}, a=patch([3], [1])), {"s": [1, 2, 9]})
    assert found.add(one("s")) == (change(Cause.TIME, [3], [1]),)
    assert found.deltas.members["s"] == BitMap([2, 3, 9])


def test_a_segment_whose_leaf_nobody_knew_is_worked_out_whole() -> None:
    fresh = Moved({})
    fresh.full[A] = BitMap([1, 2])
    assert case(fresh, {"s": [1, 9]}).add(one("s")) == (change(Cause.TIME, [2], [9]),)


def test_unchanged_members_are_the_same_bitmap() -> None:
    found = case(moved({A: [1, 2]}, a=patch()), {"s": [1, 2]})
    assert found.add(one("s")) == ()
    assert found.deltas.members["s"] is found.deltas.standing["s"].members


def test_the_algebra_is_that_of_the_expression() -> None:
    sets = moved({A: [1, 2, 3], B: [2, 3, 4]}, a=patch([5], [1]), b=patch([5], [4], B))
    both = (LeafSet(A), LeafSet(B))
    expected = {
        Union(both): {2, 3, 5},
        Intersection(both): {2, 3, 5},
        Difference(LeafSet(A), LeafSet(B)): set(),
    }
    former = {Union(both): [1, 2, 3, 4], Intersection(both): [2, 3], Difference(LeafSet(A), LeafSet(B)): [1]}
    for expression, members in expected.items():
        for kept in ({"s"}, set()):
            found = case(sets, {"s": former[expression]}, kept=kept)
            found.add(one("s"), expression)
            assert found.deltas.members["s"] == BitMap(members), (expression, kept)


def test_in_a_slot_stands_another_leaf_than_at_first() -> None:
    slot = Slot(B)
    placed = Slotted(A, slot)
    live = one("s")
    for kept in ((), ("s",)):
        found = case(moved({A: [1], B: [2]}, b=patch([3], [2], B)), {"s": [2]}, kept=kept).deltas
        found.changed = {slot: BitMap([2, 3])}
        found.add(live, SegmentPlan("s", 1, placed, (slot,), live.segment))
        assert found.members["s"] == BitMap([3])


def test_who_changes_in_a_segment_changes_in_those_that_refer_to_it() -> None:
    found = case(moved({A: [1]}, a=patch([2], [1])), {"s": [1], "t": [1]})
    found.add(one("s"))
    assert found.add(one("t", "s"), SegmentSet("s")) == (change(Cause.TIME, [2], [1]),)


# --- causes ----------------------------------------------------------------------------------------------------------


def test_whom_the_data_touched_changes_by_data_the_others_by_time() -> None:
    found = case(moved({A: [1, 2]}, a=patch([3, 4], [1, 2])), {"s": [1, 2]}, by_data=[1, 3, 7])
    assert found.add(one("s")) == (change(Cause.DATA, [3], [1]), change(Cause.TIME, [4], [2]))


def test_where_the_data_are_the_same_it_was_time() -> None:
    found = case(moved({A: []}, a=patch([3])), {"s": []}, by_data=[3], data_version=1)
    assert found.add(one("s")) == (change(Cause.TIME, [3]),)


def test_where_time_stood_still_or_anybody_is_touched_it_was_the_data() -> None:
    for more in ({"as_of": BEFORE}, {"by_data": None}):
        found = case(moved({A: []}, a=patch([3])), {"s": []}, **more)  # type: ignore[arg-type]
        assert found.add(one("s")) == (change(Cause.DATA, [3]),)


def test_what_changed_while_a_segment_could_not_be_evaluated_is_put_down_to_the_data() -> None:
    """
    Whom they touched meanwhile is not known any more; that they are other data is.
    """
    found = case(moved({A: []}, a=patch([3])), {"s": []}, kept=(), by_data=[])
    assert found.add(one("s")) == (change(Cause.DATA, [3]),)


def test_an_edit_changes_by_definition_whatever_else_happened() -> None:
    found = case(moved({A: [1]}, a=patch([3])), {"s": [1]}, kept=(), by_data=[3])
    assert found.add(one("s", version=2)) == (change(Cause.DEFINITION, [3]),)


def test_an_edit_of_a_segment_referred_to_is_told_apart_from_the_rest() -> None:
    sets = moved({A: [1], B: []}, a=patch([3]), b=patch([4], base=B))
    found = case(sets, {"s": [1], "t": [1]}, kept={"t"}, by_data=[4])
    found.add(one("s", version=2))
    both = Union((SegmentSet("s"), LeafSet(B)))
    assert found.add(one("t", "s"), both) == (change(Cause.DEFINITION, [3]), change(Cause.DATA, [4]))


def test_an_edit_is_handed_on_through_segments_in_between() -> None:
    found = case(moved({A: [1]}, a=patch([3])), {"s": [1], "t": [1], "u": [1]}, kept={"t", "u"})
    found.add(one("s", version=2))
    found.add(one("t", "s"), SegmentSet("s"))
    assert found.add(one("u", "t"), SegmentSet("t")) == (change(Cause.DEFINITION, [3]),)


# --- failures --------------------------------------------------------------------------------------------------------


def test_a_failed_leaf_fails_its_segment_and_holds_those_that_refer_to_it() -> None:
    sets = moved({B: [1]}, b=patch(base=B))
    sets.failed[A] = PROBLEM
    found = case(sets, {"s": [1], "t": [1], "u": [1], "v": [1]})
    assert found.add(one("s")) is None
    assert found.add(one("t", "s"), SegmentSet("s")) is None
    assert found.add(one("u", "t"), SegmentSet("t")) is None
    assert found.add(one("v"), LeafSet(B)) == ()
    assert found.deltas.problems["s"] == (PROBLEM,)
    assert [problem.code for problem in found.deltas.problems["u"]] == ["segment_failed"]
    assert "'t'" in found.deltas.problems["u"][0].message
    assert found.deltas.held == {"t", "u"}
    assert set(found.deltas.members) == {"v"}


def test_one_with_problems_of_its_own_fails_itself_whatever_it_refers_to() -> None:
    failed = Problem(code="segment_failed", path="blocks", message="", hint="")
    found = case(moved({}), {})
    found.add(one("s", problems=(PROBLEM,)), None)
    found.add(one("t", "s", problems=(failed,)), None)
    found.add(one("u", "s", problems=(failed, PROBLEM)), None)
    assert found.deltas.held == {"t"}
    assert found.deltas.problems["u"] == (failed, PROBLEM)
