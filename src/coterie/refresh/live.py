"""The segments that shall be live, and the order in which they are evaluated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from coterie.catalog.model import Catalog
from coterie.definition.nodes import DynamicSegment, Segment, StaticSegment
from coterie.definition.references import references
from coterie.errors import Problem
from coterie.planning.horizon import Moving, moving_conditions
from coterie.values.times import find_zone

__all__ = ["LiveSegment", "in_order"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveSegment:
    """A segment that shall be live: its file with typed constants, or why it cannot be used.

    `version` is raised with every change of its definition; `conditions` are those on dates, which time moves;
    `refers_to` the segments that it names itself.
    """

    key: str
    version: int
    segment: Segment
    refers_to: tuple[str, ...]
    conditions: tuple[Moving, ...] = ()
    problems: tuple[Problem, ...] = ()

    @classmethod
    def of(
        cls, segment: Segment, version: int, zone: ZoneInfo, catalog: Catalog, problems: tuple[Problem, ...] = ()
    ) -> LiveSegment:
        """`segment` has typed constants, unless there are problems. `zone` is the organization's."""
        return cls(
            key=segment.key,
            version=version,
            segment=segment,
            refers_to=tuple(dict.fromkeys(key for _, key in references(segment))),
            conditions=() if problems else tuple(_conditions(segment, zone, catalog)),
            problems=problems,
        )


def _conditions(segment: Segment, zone: ZoneInfo, catalog: Catalog) -> Iterator[Moving]:
    match segment:
        case StaticSegment():
            return
        case DynamicSegment(definition=definition):
            own = zone if segment.time_zone is None else find_zone(segment.time_zone)
            assert own is not None, "the definition has been checked"
            yield from moving_conditions(definition.steps, own, catalog)


def in_order(segments: Mapping[str, LiveSegment]) -> list[str]:
    """The keys, each after those that it refers to; what is missing or goes in circles is a problem of its own."""
    ordered: dict[str, None] = {}
    begun: set[str] = set()

    def place(key: str) -> None:
        if key in begun:
            return
        begun.add(key)
        for inner in segments[key].refers_to:
            if inner in segments:
                place(inner)
        ordered[key] = None

    for key in segments:
        place(key)
    return list(ordered)
