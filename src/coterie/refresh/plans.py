"""What live segments are made of: each planned once in a version, with the places where its leaves stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from coterie.catalog.model import Catalog
from coterie.definition.nodes import Segment
from coterie.planning.expressions import Expression
from coterie.planning.memory import Place, PlanMemory
from coterie.planning.plan import leaf_sets_of, plan_members
from coterie.refresh.live import LiveSegment
from coterie.refresh.pace import FULL_SPEED, Pace

__all__ = ["Plans", "SegmentPlan"]


@dataclass(slots=True, eq=False)
class SegmentPlan:
    """The members of a segment in a version, as an expression over leaves that stand at `places` (each once, in order).

    As long as it is the very same, the segment asks what it asked, but of other moments.
    """

    key: str
    version: int
    expression: Expression
    places: tuple[Place, ...]
    _segment: Segment = field(repr=False)

    def is_of(self, segment: Segment) -> bool:
        """Whether it is the plan of that segment still. It is not where time made another expression of a condition."""
        if self._segment is not segment:
            if self._segment != segment:
                return False
            self._segment = segment
        return not any(place.is_left for place in self.places)


class Plans:
    """Plans of the segments that were asked for since `keep`. `zone` is the organization's. Not for several threads."""

    def __init__(self, catalog: Catalog, zone: ZoneInfo) -> None:
        self._catalog = catalog
        self._zone = zone
        self._memory = PlanMemory(catalog)
        self._plans: dict[tuple[str, int], SegmentPlan] = {}

    def at(self, as_of: int, segments: Iterable[LiveSegment], pace: Pace = FULL_SPEED) -> dict[str, SegmentPlan]:
        """The plans of segments by key; at their places stand the leaves of that moment, until another is asked for."""
        self._memory.turn_to(as_of)
        found: dict[str, SegmentPlan] = {}
        for live in segments:
            plan = self._plans.get((live.key, live.version))
            if plan is None or not plan.is_of(live.segment):
                pace.pause()
                plan = self._plans[live.key, live.version] = self._planned(live, as_of)
            found[live.key] = plan
        return found

    def keep(self, plans: Mapping[str, SegmentPlan]) -> None:
        """Forget all others."""
        kept = {(plan.key, plan.version): plan for plan in plans.values()}
        if kept != self._plans:
            self._plans = kept
            self._memory.keep({place for plan in plans.values() for place in plan.places})

    def _planned(self, live: LiveSegment, as_of: int) -> SegmentPlan:
        expression = plan_members(live.segment, as_of, self._zone, self._catalog, self._memory)
        places = dict.fromkeys(map(self._memory.place_of, leaf_sets_of(expression)))
        return SegmentPlan(live.key, live.version, expression, tuple(places), live.segment)
