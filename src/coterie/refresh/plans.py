"""What live segments are made of: each planned once in a version, with the slots in which its leaves stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from coterie.catalog.model import Catalog
from coterie.definition.nodes import Segment
from coterie.planning.expressions import Expression
from coterie.planning.memory import PlanMemory, Slot
from coterie.planning.plan import leaf_sets_of, plan_members
from coterie.refresh.live import LiveSegment
from coterie.refresh.pace import FULL_SPEED, Pace

__all__ = ["Plans", "SegmentPlan"]


@dataclass(slots=True, eq=False)
class SegmentPlan:
    """The members of a segment in a version, as an expression over leaves that stand in `slots` (each once, in order).

    As long as it is the very same, the segment asks what it asked, but of other moments.
    """

    key: str
    version: int
    expression: Expression
    slots: tuple[Slot, ...]
    _segment: Segment = field(repr=False)

    def is_of(self, segment: Segment) -> bool:
        """Whether it is the plan of that segment still. It is not where time made another expression of a condition."""
        if self._segment is not segment:
            if self._segment != segment:
                return False
            self._segment = segment
        return not any(slot.is_left for slot in self.slots)


class Plans:
    """Plans of the segments that were asked for since `keep`. `zone` is the organization's. Not for several threads."""

    def __init__(self, catalog: Catalog, zone: ZoneInfo) -> None:
        self._catalog = catalog
        self._zone = zone
        self._memory = PlanMemory(catalog)
        self._plans: dict[tuple[str, int], SegmentPlan] = {}
        self._has_made_any = False
        """Whether any was made since `keep`, perhaps in place of another."""

    def at(self, as_of: int, segments: Iterable[LiveSegment], pace: Pace = FULL_SPEED) -> dict[str, SegmentPlan]:
        """The plans of segments by key; in their slots stand the leaves of that moment, until another is asked for."""
        self._memory.turn_to(as_of)
        found: dict[str, SegmentPlan] = {}
        for live in segments:
            plan = self._plans.get((live.key, live.version))
            if plan is None or not plan.is_of(live.segment):
                pace.pause()
                self._has_made_any = True
                plan = self._plans[live.key, live.version] = self._planned(live, as_of)
            found[live.key] = plan
        return found

    def keep(self, plans: Mapping[str, SegmentPlan]) -> None:
        """Forget all others."""
        kept = {(plan.key, plan.version): plan for plan in plans.values()}
        if self._has_made_any or kept != self._plans:
            self._plans, self._has_made_any = kept, False
            self._memory.keep({slot for plan in plans.values() for slot in plan.slots})

    def _planned(self, live: LiveSegment, as_of: int) -> SegmentPlan:
        expression = plan_members(live.segment, as_of, self._zone, self._catalog, self._memory)
        slots = dict.fromkeys(map(self._memory.slot_of, leaf_sets_of(expression)))
        return SegmentPlan(live.key, live.version, expression, tuple(slots), live.segment)
