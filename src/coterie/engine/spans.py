"""The bounds of what moves with time, for people to read: "since Sat 24 Oct 00:00"."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import assert_never
from zoneinfo import ZoneInfo

from coterie.catalog.model import CONTACT, Attribute, AttributeType, Catalog
from coterie.definition.nodes import (
    AllOf,
    AnyOf,
    AttributeCondition,
    BeforeLastWindow,
    Definition,
    DynamicSegment,
    Everyone,
    FirstAtMeasure,
    Group,
    InteractionBlock,
    LastAtMeasure,
    LastWindow,
    Node,
    Not,
    PeriodWindow,
    ProfileBlock,
    RelationCondition,
    SegmentBlock,
    StaticSegment,
    Step,
)
from coterie.engine.answers import Span
from coterie.engine.view import moment_of, moment_or_none
from coterie.planning.clock import Between, Clock
from coterie.planning.conditions import attribute_condition, instant_condition
from coterie.planning.horizon import first_passing, is_relative
from coterie.planning.leaves import DateIn, DayParts, InstantIn, Test, YearlyDays
from coterie.planning.plan import Question
from coterie.values.times import LAST_INSTANT, find_zone, midnight

__all__ = ["spans_of"]

_RECURRING_DAYS = 366
"""Days ahead of which one at least turns a test of days that recur."""

_Compared = Between[date] | Between[int] | DayParts | YearlyDays | None


def spans_of(question: Question, catalog: Catalog) -> Iterator[Span]:
    """The spans of a checked question's definition; not those of segments that it refers to."""
    subject = question.subject
    named = None if isinstance(subject, Definition) else subject.time_zone
    zone = question.asked_zone or (find_zone(named) if named else None) or question.zone
    walk = _Walk(question.as_of, zone, catalog)
    match subject:
        case Definition(steps=steps):
            yield from walk.steps(steps, "blocks")
        case DynamicSegment(definition=definition):
            yield from walk.steps(definition.steps, "definition.blocks")
        case StaticSegment():
            return
        case _:
            assert_never(subject)


@dataclass(frozen=True, slots=True)
class _Walk:
    """Goes through a definition at one moment in one zone."""

    as_of: int
    zone: ZoneInfo
    catalog: Catalog

    def steps(self, steps: tuple[Step, ...], path: str) -> Iterator[Span]:
        for index, step in enumerate(steps):
            here = f"{path}[{index}].block"
            match step.block:
                case ProfileBlock(where=where):
                    yield from self._node(where, CONTACT, f"{here}.where")
                case InteractionBlock():
                    yield from self._interaction(step.block, here)
                case Group(steps=inner):
                    yield from self.steps(inner, f"{here}.blocks")
                case SegmentBlock() | Everyone():
                    pass
                case _:
                    assert_never(step.block)

    def _interaction(self, block: InteractionBlock, path: str) -> Iterator[Span]:
        if isinstance(block.window, LastWindow | BeforeLastWindow | PeriodWindow):
            yield self._span(f"{path}.window", lambda clock: clock.whole_window(block.window))
        if isinstance(block.measure, FirstAtMeasure | LastAtMeasure) and is_relative(block.value):
            yield self._span(path, lambda clock: _bounds(instant_condition(block.operator, block.value, clock).test))
        if block.where is not None:
            yield from self._node(block.where, block.interaction, f"{path}.where")

    def _node(self, node: Node, owner: str, path: str) -> Iterator[Span]:
        match node:
            case AttributeCondition():
                attribute = self._attributes(owner)[node.attribute]
                if attribute.type in (AttributeType.DATE, AttributeType.DATETIME) and is_relative(node.value):
                    yield self._span(path, lambda clock: _bounds(attribute_condition(node, attribute, clock).test))
            case AllOf(nodes=nodes):
                yield from self._nodes(nodes, owner, f"{path}.all")
            case AnyOf(nodes=nodes):
                yield from self._nodes(nodes, owner, f"{path}.any")
            case Not(node=inner):
                yield from self._node(inner, owner, f"{path}.not")
            case RelationCondition(relation=relation, where=where):
                if where is not None:
                    yield from self._node(where, self.catalog.relations[relation].target, f"{path}.where")
            case _:
                assert_never(node)

    def _nodes(self, nodes: tuple[Node, ...], owner: str, path: str) -> Iterator[Span]:
        for index, node in enumerate(nodes):
            yield from self._node(node, owner, f"{path}[{index}]")

    def _attributes(self, owner: str) -> dict[str, Attribute]:
        known = self.catalog.entities.get(owner) or self.catalog.interactions[owner]
        return dict(known.attributes)

    def _span(self, path: str, compared_at: Callable[[Clock], _Compared]) -> Span:
        def at(instant: int) -> _Compared:
            return compared_at(Clock(min(instant, LAST_INSTANT), self.zone, self.catalog.organization))

        def compared(instant: int) -> _Compared:
            return _without_now(at(instant), at(instant + 1), instant + 1)

        now = compared(self.as_of)
        start, end = (now.start, now.end) if isinstance(now, Between) else (None, None)
        return Span(
            path=path,
            start=_shown(start),
            end=_shown(end),
            moves_at=moment_or_none(self._moves_at(now, compared)),
        )

    def _moves_at(self, now: _Compared, compared: Callable[[int], _Compared]) -> int | None:
        """The next instant at which it is another; None where it moves all the time, or never."""
        soon, after = compared(self.as_of + 1), compared(self.as_of + 2)
        if now != soon != after:
            return None
        today = Clock(self.as_of, self.zone, self.catalog.organization).today.toordinal()
        ahead = (midnight(date.fromordinal(today + days), self.zone) for days in range(1, _RECURRING_DAYS + 1))
        if not isinstance(now, Between):
            return next((instant for instant in ahead if compared(instant) != now), None)
        if compared(LAST_INSTANT) == now:
            return None
        turn = next(ahead)
        if compared(turn) != now == compared(turn - 1):  # most do
            return turn
        return first_passing(lambda instant: compared(instant) != now, self.as_of)


def _without_now(compared: _Compared, soon: _Compared, now: int) -> _Compared:
    """`compared` without a bound that is the present moment: `now`, and a millisecond later, in `soon`, the next."""
    if not isinstance(compared, Between) or not isinstance(soon, Between):
        return compared
    if (compared.start, soon.start) == (now, now + 1):
        compared = replace(compared, start=None)
    if (compared.end, soon.end) == (now, now + 1):
        compared = replace(compared, end=None)
    return compared


def _bounds(test: Test) -> _Compared:
    match test:
        case DateIn(days=days):
            return days
        case InstantIn(instants=instants):
            return instants
        case DayParts() | YearlyDays():
            return test
        case _:
            return None


def _shown(bound: date | int | None) -> date | datetime | None:
    return moment_of(bound) if isinstance(bound, int) else bound
