"""Who entered and left each segment, and why: algebra on those contacts alone of whom some condition changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Protocol, assert_never

from pyroaring import BitMap

from coterie.errors import Problem
from coterie.planning.expressions import Difference, Expression, Intersection, LeafSet, SegmentSet, Union
from coterie.planning.leaves import Leaf
from coterie.planning.memory import Slot, Slotted
from coterie.refresh.leaf_sets import Moved
from coterie.refresh.live import LiveSegment
from coterie.refresh.plans import SegmentPlan
from coterie.snapshot import Cause, Change

__all__ = ["Deltas"]

_NOBODY = BitMap()
_FAILED = "segment_failed"


class Former(Protocol):
    """A segment as it was published."""

    @property
    def version(self) -> int: ...
    @property
    def data_version(self) -> int: ...
    @property
    def as_of(self) -> int: ...
    @property
    def members(self) -> BitMap: ...


@dataclass(kw_only=True)
class Deltas:
    """The deltas of one refresh, added segment by segment, each after those that it refers to.

    `data_version` and `as_of` are those of the refresh. `standing` is what is published, `kept` are the segments that
    the refresh before evaluated, of which only data and time have changed since; those of them that have the very same
    plan are `comparable`. `changed` is who is in one alone of the sets of what stood in a slot then and of what stands
    there now, where that is anybody; None where it is not known. `by_data` are the contacts that the data have touched
    since then, None where that may be anybody. `held` are those of the segments with problems that only refer to one
    that has.
    """

    data_version: int
    as_of: int
    standing: Mapping[str, Former]
    kept: Collection[str]
    comparable: Collection[str]
    changed: Mapping[Slot, BitMap | None]
    moved: Moved
    by_data: BitMap | None
    members: dict[str, BitMap] = field(default_factory=dict)
    changes: dict[str, tuple[Change, ...]] = field(default_factory=dict)
    problems: dict[str, tuple[Problem, ...]] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)
    _changed: dict[str, BitMap] = field(default_factory=dict)
    _by_definition: dict[str, BitMap] = field(default_factory=dict)

    def add(self, live: LiveSegment, plan: SegmentPlan | None) -> None:
        """Work out the members of a segment and how they differ; or why it cannot be evaluated."""
        problems = live.problems or self._failing(live, plan)
        if problems or plan is None:
            self.problems[live.key] = problems
            if all(problem.code == _FAILED for problem in live.problems) and self._held_by(live):
                self.held.add(live.key)
            return
        standing = self.standing.get(live.key)
        former = _NOBODY if standing is None else standing.members
        contacts = self._concerned(live, plan)
        if contacts is None:
            changed = self._whole(plan.expression) ^ former
        elif contacts:
            changed = self._among(plan.expression, contacts) ^ (former & contacts)
        else:
            changed = _NOBODY
        self._changed[live.key] = changed
        self.members[live.key] = former ^ changed if changed else former
        self.changes[live.key] = tuple(self._by_cause(live, former, changed)) if changed else ()

    def _failing(self, live: LiveSegment, plan: SegmentPlan | None) -> tuple[Problem, ...]:
        if self.problems and (held_by := self._held_by(live)):
            return tuple(map(_held, held_by))
        failed = self.moved.failed
        if not failed or plan is None:
            return ()
        return tuple(failed[leaf] for leaf in dict.fromkeys(slot.leaf for slot in plan.slots) if leaf in failed)

    def _held_by(self, live: LiveSegment) -> list[str]:
        return [key for key in live.refers_to if key in self.problems]

    def _concerned(self, live: LiveSegment, plan: SegmentPlan) -> BitMap | None:
        """The contacts of whom a leaf, or a segment referred to, answers otherwise than before; None: maybe anybody."""
        if live.key not in self.comparable:
            return None
        found = [self._changed[key] for key in live.refers_to]
        for slot in plan.slots:
            if slot in self.changed:
                in_slot = self.changed[slot]
                if in_slot is None:
                    return None
                found.append(in_slot)
        return _union([contacts for contacts in found if contacts])

    # --- algebra

    def _among(self, expression: Expression, contacts: BitMap) -> BitMap:
        """An expression of these contacts alone."""
        match expression:
            case LeafSet():
                return self.moved.among(_leaf_of(expression), contacts)
            case SegmentSet(key=key):
                return self.members[key] & contacts
            case Union(parts=parts):
                return _union([self._among(part, contacts) for part in parts])
            case Intersection(parts=parts):
                for part in parts:
                    contacts = self._among(part, contacts)
                    if not contacts:
                        break
                return contacts
            case Difference(kept=kept, removed=removed):
                found = self._among(kept, contacts)
                return found - self._among(removed, found) if found else found
            case _:
                assert_never(expression)

    def _whole(self, expression: Expression) -> BitMap:
        match expression:
            case LeafSet():
                return self.moved.set_of(_leaf_of(expression))
            case SegmentSet(key=key):
                return self.members[key]
            case Union(parts=parts):
                return BitMap.union(*map(self._whole, parts))
            case Intersection(parts=parts):
                return reduce(lambda left, right: left & right, map(self._whole, parts))
            case Difference(kept=kept, removed=removed):
                return self._whole(kept) - self._whole(removed)
            case _:
                assert_never(expression)

    # --- causes

    def _by_cause(self, live: LiveSegment, former: BitMap, changed: BitMap) -> Iterable[Change]:
        """The delta parted by cause: an edit first, here or in a segment referred to, then data, then time."""
        standing = self.standing.get(live.key)
        if standing is None or standing.version != live.version:
            by_definition = changed
        else:
            edited = (self._by_definition.get(key) for key in live.refers_to)
            by_definition = _union([contacts for contacts in edited if contacts]) & changed
        self._by_definition[live.key] = by_definition
        rest = changed - by_definition if by_definition else changed
        by_data = rest if standing is None else self._by_data(live, standing, rest)
        by_time = rest - by_data if by_data else rest
        for cause, contacts in ((Cause.DEFINITION, by_definition), (Cause.DATA, by_data), (Cause.TIME, by_time)):
            if contacts:
                left = contacts & former
                yield Change(cause=cause, entered=contacts - left if left else contacts, left=left)

    def _by_data(self, live: LiveSegment, standing: Former, changed: BitMap) -> BitMap:
        """Those of the changed for whom the data have changed: all where nobody knows of whom, or time stood still."""
        if standing.data_version == self.data_version:
            return _NOBODY
        if standing.as_of == self.as_of or self.by_data is None or live.key not in self.kept:
            return changed
        return changed & self.by_data


def _leaf_of(leaf_set: LeafSet) -> Leaf:
    """The leaf that stands there now."""
    return leaf_set.slot.leaf if isinstance(leaf_set, Slotted) else leaf_set.leaf


def _union(sets: list[BitMap]) -> BitMap:
    """Whoever is in any of the sets; where there is but one, that very one."""
    match sets:
        case []:
            return _NOBODY
        case [only]:
            return only
        case [one, other]:
            return one | other
        case _:
            return BitMap.union(*sets)


def _held(key: str) -> Problem:
    return Problem(
        code=_FAILED,
        path="definition",
        message=f"The segment {key!r}, which this one refers to, cannot be evaluated.",
        hint="Mend that one; until then this one keeps its last members.",
    )
