"""One question put to the naive judge, and answers in a form in which two engines can be compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Protocol

from coterie.backends.reference import Breakdown, ReferenceEngine
from coterie.catalog import parse_catalog
from coterie.catalog.model import Catalog
from coterie.definition import parse, typed
from coterie.definition.nodes import Definition, DynamicSegment, Segment, StaticSegment

__all__ = ["Judge", "step_counts"]

Subject = str | Mapping[str, object]


class Judge:
    """The reference engine behind the door of the library: definitions and catalogs as text or mappings, checked first.

    Slow on purpose: every contact and every row is looked at for every question.
    """

    def __init__(self, catalog: Mapping[str, object] | Catalog, time_zone: str | None = None) -> None:
        self.catalog = catalog if isinstance(catalog, Catalog) else parse_catalog(catalog)
        self._engine = ReferenceEngine(self.catalog, time_zone=time_zone)

    def load(self, name: str, rows: Iterable[Mapping[str, object]]) -> None:
        """Take records of an entity or interactions, as `Engine.load` takes dicts."""
        self._engine.load(name, rows)

    def members(
        self,
        definition: Subject,
        *,
        as_of: datetime,
        time_zone: str | None = None,
        segments: Mapping[str, Subject] | None = None,
    ) -> list[str]:
        """The keys of all members, in the order in which contacts were first seen. Errors as `Engine.members` has."""
        others = self._segments(segments)
        asked = typed(parse(definition), self.catalog, others)
        return self._engine.members(asked, as_of=as_of, time_zone=time_zone, segments=self._typed(others))

    def breakdown(
        self,
        definition: Subject,
        *,
        as_of: datetime,
        time_zone: str | None = None,
        segments: Mapping[str, Subject] | None = None,
    ) -> Breakdown:
        """The number of members, and of the contacts for whom each step, block and condition is true."""
        others = self._segments(segments)
        asked = typed(parse(definition), self.catalog, others)
        return self._engine.breakdown(asked, as_of=as_of, time_zone=time_zone, segments=self._typed(others))

    def _segments(self, segments: Mapping[str, Subject] | None) -> dict[str, Segment]:
        parsed: dict[str, Segment] = {}
        for key, source in (segments or {}).items():
            segment = parse(source)
            assert not isinstance(segment, Definition), f"{key!r} is a segment file"
            parsed[key] = segment
        return parsed

    def _typed(self, segments: Mapping[str, Segment]) -> dict[str, Segment]:
        result: dict[str, Segment] = {}
        for key, segment in segments.items():
            # Each kind on its own: what goes in is what comes out.
            match segment:
                case DynamicSegment():
                    result[key] = typed(segment, self.catalog, segments)
                case StaticSegment():
                    result[key] = typed(segment, self.catalog, segments)
        return result


# --- comparing breakdowns --------------------------------------------------------------------------------------------


class NodeLike(Protocol):
    @property
    def path(self) -> str: ...
    @property
    def count(self) -> int: ...
    @property
    def children(self) -> tuple[NodeLike, ...]: ...


class StepLike(Protocol):
    @property
    def alone(self) -> int: ...
    @property
    def so_far(self) -> int: ...
    @property
    def node(self) -> NodeLike: ...


class BreakdownLike(Protocol):
    @property
    def in_scope(self) -> int: ...
    @property
    def total(self) -> int: ...
    @property
    def steps(self) -> tuple[StepLike, ...]: ...


def step_counts(breakdown: BreakdownLike) -> dict[str, object]:
    """The numbers of a breakdown: `in_scope`, `total`, and by path `{alone, so_far}` of a step, a count of others."""
    counts: dict[str, object] = {"in_scope": breakdown.in_scope, "total": breakdown.total}
    for step in breakdown.steps:
        counts[step.node.path.removesuffix(".block")] = {"alone": step.alone, "so_far": step.so_far}
        counts.update(_node_counts(step.node))
    return counts


def _node_counts(node: NodeLike) -> Iterator[tuple[str, object]]:
    yield node.path, node.count
    for child in node.children:
        yield from _node_counts(child)
