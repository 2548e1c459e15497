"""Live segments brought to a moment: stale leaves, algebra on who may have changed, deltas with their causes.

A refresh is worked out beside what is published and taken over only once it has been published: an `Outcome` that is
dropped has changed nothing (semantics, rules 23, 29 to 31).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from pyroaring import BitMap

from coterie.catalog.model import Catalog
from coterie.errors import Problem
from coterie.planning.backend import Backend
from coterie.planning.leaves import Leaf
from coterie.planning.memory import Slot
from coterie.refresh.alarms import Alarms
from coterie.refresh.deltas import Deltas
from coterie.refresh.leaf_sets import LeafSets, Moved
from coterie.refresh.live import LiveSegment, in_order
from coterie.refresh.pace import FULL_SPEED, Pace
from coterie.refresh.plans import Plans, SegmentPlan
from coterie.refresh.touched import Touched
from coterie.snapshot import Change

__all__ = ["Outcome", "Refresher", "Standing"]


@dataclass(frozen=True, slots=True)
class Standing:
    """A segment as it was last evaluated: its members, of which version of its definition, of which data, and when."""

    version: int
    members: BitMap
    data_version: int
    as_of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a refresh found, not yet published.

    `members` and `changes` are by key, of the segments that could be evaluated; of those whose members stay as they
    are, the bitmap is the former one and there are no changes. `problems` say why others could not; `held` are those
    that only refer to such a one. `next_evaluation` is the next instant (milliseconds) at which time alone can change
    an answer, None where there is none. `seconds` is what the conditions of each took, shared ones included. `stands`
    is which leaf stands in each slot of the segments that could be evaluated.
    """

    as_of: int
    data_version: int
    members: Mapping[str, BitMap]
    changes: Mapping[str, tuple[Change, ...]]
    problems: Mapping[str, tuple[Problem, ...]]
    held: frozenset[str]
    seconds: Mapping[str, float]
    next_evaluation: Mapping[str, int | None]
    evaluated_in_full: int
    moved: Moved = field(repr=False)
    plans: Mapping[str, SegmentPlan] = field(repr=False)
    stands: Mapping[Slot, Leaf] = field(repr=False)


class Refresher:
    """Keeps what a refresh needs of the one before: leaf sets, plans, and who was a member.

    `zone` is the organization's. Not for several threads at once.
    """

    def __init__(self, backend: Backend, catalog: Catalog, zone: ZoneInfo) -> None:
        self._backend = backend
        self._catalog = catalog
        self._leaf_sets = LeafSets(backend, catalog)
        self._alarms = Alarms(backend, catalog)
        self._plans = Plans(catalog, zone)
        self._standing: dict[str, Standing] = {}
        self._former_plans: Mapping[str, SegmentPlan] = {}
        self._stood: Mapping[Slot, Leaf] = {}
        self._evaluated: int | None = None

    def restore(self, standing: Mapping[str, Standing], data_version: int) -> None:
        """Go on from what was published: the next refresh evaluates in full, and finds who entered and left since."""
        self._standing = dict(standing)
        self._former_plans = {}
        self._stood = {}
        self._evaluated = data_version
        self._leaf_sets.clear()

    def refresh(self, segments: Mapping[str, LiveSegment], as_of: int, pace: Pace = FULL_SPEED) -> Outcome:
        """What the segments come to at that moment (milliseconds since 1970 UTC) on the data as they are."""
        data_version = self._backend.data_version
        changes = None if self._evaluated is None else self._backend.changes(self._evaluated)
        touched = None if changes is None else Touched(changes, self._backend, self._catalog)
        order = in_order(segments)
        usable = [segments[key] for key in order if not segments[key].problems]
        pace.pause()
        plans = self._plans.at(as_of, usable, pace)
        pace.pause()
        stands = {slot: slot.leaf for plan in plans.values() for slot in plan.slots}
        conditions = [moving for live in usable for moving in live.conditions]
        with ThreadPoolExecutor(pace.threads) as pool:
            alarms = pool.submit(self._alarms.keep, conditions, as_of, changes)
            needed = dict.fromkeys(stands.values())
            moved = self._leaf_sets.move(needed, self._bases(stands), touched, pool=pool, pace=pace)
            kept = self._kept(segments)
            deltas = Deltas(
                data_version=data_version,
                as_of=as_of,
                standing=self._standing,
                kept=kept,
                comparable={key for key in kept if plans.get(key) is self._former_plans[key]},
                changed=self._changed(stands, moved),
                moved=moved,
                by_data=None if touched is None or (changes is not None and changes.whole) else touched.everybody,
            )
            for key in order:
                pace.pause()
                deltas.add(segments[key], plans.get(key))
            alarms.result()
        return Outcome(
            as_of=as_of,
            data_version=data_version,
            members=deltas.members,
            changes=deltas.changes,
            problems=deltas.problems,
            held=frozenset(deltas.held),
            seconds={key: _seconds(plan, moved) for key, plan in plans.items()},
            next_evaluation=self._next_evaluations(order, segments, deltas.problems),
            evaluated_in_full=len(moved.full),
            moved=moved,
            plans=plans,
            stands={slot: stands[slot] for key in deltas.members for slot in plans[key].slots},
        )

    def look_ahead(
        self, segments: Mapping[str, LiveSegment], failing: Mapping[str, object], as_of: int
    ) -> dict[str, int | None]:
        """When, after that moment, time can next change each of the segments that do not fail, on the data as are."""
        self._alarms.keep((moving for live in segments.values() for moving in live.conditions), as_of, None)
        return self._next_evaluations(in_order(segments), segments, failing)

    def take_over(self, outcome: Outcome) -> None:
        """Let the outcome, now published, be what the next refresh begins with."""
        self._leaf_sets.keep(outcome.moved, dict.fromkeys(outcome.stands.values()))
        self._plans.keep(outcome.plans)
        self._former_plans = {key: outcome.plans[key] for key in outcome.members}
        self._stood = outcome.stands
        for key, members in outcome.members.items():
            self._standing[key] = Standing(outcome.plans[key].version, members, outcome.data_version, outcome.as_of)
        self._evaluated = outcome.data_version

    def _kept(self, segments: Mapping[str, LiveSegment]) -> set[str]:
        """The segments that were evaluated by the last refresh, in the version that they have now."""
        return {
            key
            for key, live in segments.items()
            if key in self._former_plans and self._former_plans[key].version == live.version
        }

    def _bases(self, stands: Mapping[Slot, Leaf]) -> dict[Leaf, Leaf]:
        """By leaf that is new somewhere, one with a set that stood there before."""
        return {
            leaf: former
            for slot, leaf in stands.items()
            if (former := self._stood.get(slot)) is not None and former is not leaf and former in self._leaf_sets
        }

    def _changed(self, stands: Mapping[Slot, Leaf], moved: Moved) -> dict[Slot, BitMap | None]:
        """Who is in one alone of the sets of what stood in a slot and of what stands there, where that is anybody.

        None where it is not known.
        """
        found = {slot: moved.since(self._stood.get(slot), leaf) for slot, leaf in stands.items()}
        return {slot: contacts for slot, contacts in found.items() if contacts is None or contacts}

    def _next_evaluations(
        self, order: Iterable[str], segments: Mapping[str, LiveSegment], problems: Mapping[str, object]
    ) -> dict[str, int | None]:
        """When time can next change each segment, itself or through one that it refers to."""
        found: dict[str, int | None] = {}
        for key in order:
            live = segments[key]
            if key in problems:
                continue
            own = self._alarms.next(moving.name for moving in live.conditions)
            instants = [own, *(found.get(inner) for inner in live.refers_to)]
            found[key] = min((instant for instant in instants if instant is not None), default=None)
        return found


def _seconds(plan: SegmentPlan, moved: Moved) -> float:
    """What the leaves of a segment took."""
    return sum(moved.seconds.get(leaf, 0.0) for leaf in {slot.leaf for slot in plan.slots})
