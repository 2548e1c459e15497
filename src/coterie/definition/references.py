"""Segments in segments: what a definition refers to, and why it may not (semantics, rules 24 and 25)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import assert_never

from coterie.catalog.model import Catalog
from coterie.definition.checking import type_against
from coterie.definition.grammar import MAXIMUM_REFERENCE_DEPTH, MAXIMUM_REFERENCED
from coterie.definition.nodes import (
    Definition,
    DynamicSegment,
    Everyone,
    Group,
    InteractionBlock,
    ProfileBlock,
    Segment,
    SegmentBlock,
    StaticSegment,
    Step,
)
from coterie.definition.parsing import Parsed
from coterie.definition.paths import Path, problems_of, shown
from coterie.definition.places import Findings
from coterie.errors import Problem

__all__ = ["Web", "references"]


def references(parsed: Parsed) -> list[tuple[Path, str]]:
    """The segments that `parsed` refers to itself, in order, each with the path of its key."""
    match parsed:
        case Definition(steps=steps):
            return list(_references(steps, ("blocks",)))
        case DynamicSegment(definition=definition):
            return list(_references(definition.steps, ("definition", "blocks")))
        case StaticSegment():
            return []
        case _:
            assert_never(parsed)


def _references(steps: tuple[Step, ...], path: Path) -> Iterator[tuple[Path, str]]:
    for index, step in enumerate(steps):
        place = (*path, index, "block")
        match step.block:
            case SegmentBlock(segment=key):
                yield (*place, "segment"), key
            case Group(steps=inside):
                yield from _references(inside, (*place, "blocks"))
            case ProfileBlock() | InteractionBlock() | Everyone():
                pass
            case block:
                assert_never(block)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fault:
    code: str
    message: str
    hint: str = ""


def report_unknown(key: str, path: Path, segments: Mapping[str, Segment], findings: Findings) -> None:
    """Report at `path` that there is no segment `key`."""
    message = f"There is no segment {shown(key)}."
    findings.add("unknown_segment", path, message, close_to=(key, tuple(segments)))


class Web:
    """The segments that refer to one another, seen from one of them (`own`, where it has a key)."""

    def __init__(
        self, own: str | None, catalog: Catalog, segments: Mapping[str, Segment], owner_unit_known: bool
    ) -> None:
        self._own = own
        self._catalog = catalog
        self._segments = segments
        self._owner_unit_known = owner_unit_known
        self._referenced: set[str] = set()
        self._own_faults: dict[str, Problem | None] = {}
        self._in_no_circle: set[str] = set()

    def check(self, key: str, path: Path, findings: Findings) -> None:
        """Report at `path` why the segment `key` cannot be referred to, if so."""
        if key != self._own and key not in self._segments:
            report_unknown(key, path, self._segments, findings)
            return
        fault = self._too_many(key) or self._cycle(key) or self._too_deep(key) or self._failing(key)
        if fault is not None:
            findings.add(fault.code, path, fault.message, fault.hint)

    def _targets(self, key: str) -> list[str]:
        """The segments that `key` refers to, once each. Those of `own` are being checked: they lead to a cycle."""
        segment = self._segments.get(key)
        return [] if segment is None else list(dict.fromkeys(target for _, target in references(segment)))

    def _reached(self, key: str) -> list[str]:
        """`key` and what it refers to, directly or not, each after one that refers to it; never many over the limit."""
        reached = [key]
        for one in reached:
            if one != self._own:
                reached += [target for target in self._targets(one) if target not in reached]
            if len(reached) > MAXIMUM_REFERENCED:
                break
        return reached

    def _too_many(self, key: str) -> _Fault | None:
        referenced = self._referenced.union(self._reached(key))
        if len(referenced) <= MAXIMUM_REFERENCED:
            self._referenced = referenced
            return None
        return _Fault(
            code="limit_exceeded",
            message=f"With {shown(key)}, more than {MAXIMUM_REFERENCED} segments are referred to in all.",
            hint="Refer to fewer, or make a static segment of some.",
        )

    def _cycle(self, key: str) -> _Fault | None:
        circle = self._circle(key, () if self._own is None else (self._own,))
        if circle is None:
            return None
        message = f"The segments refer to one another in a circle: {' → '.join(circle)}."
        return _Fault(code="segment_cycle", message=message, hint="Take one of these references out.")

    def _circle(self, key: str, way: tuple[str, ...]) -> tuple[str, ...] | None:
        """The first circle met on from `key`, to which `way` leads. No deeper than segments may be referred to."""
        if key in way:
            return (*way[way.index(key) :], key)
        if key in self._in_no_circle:
            return None
        for target in self._targets(key):
            circle = self._circle(target, (*way, key))
            if circle is not None:
                return circle
        self._in_no_circle.add(key)
        return None

    def _too_deep(self, key: str) -> _Fault | None:
        level = [key]
        for _ in range(MAXIMUM_REFERENCE_DEPTH):
            level = list(dict.fromkeys(target for one in level for target in self._targets(one)))
        if not level:
            return None
        return _Fault(
            code="limit_exceeded",
            message=f"From {shown(key)}, references go deeper than {MAXIMUM_REFERENCE_DEPTH} segments.",
            hint="Write out the definition of one on the way.",
        )

    def _failing(self, key: str) -> _Fault | None:
        for one in self._reached(key):
            problem = self._own_fault(one)
            if problem is not None:
                by_way = "" if one == key else f", to which {shown(key)} leads,"
                message = f"The segment {shown(one)}{by_way} has a problem: {problem}"
                return _Fault(code="segment_failed", message=message)
        return None

    def _own_fault(self, key: str) -> Problem | None:
        """The first problem of the segment `key` itself: names, constants, references to what is not there."""
        if key not in self._own_faults:
            self._own_faults[key] = self._find_own_fault(self._segments[key])
        return self._own_faults[key]

    def _find_own_fault(self, segment: Segment) -> Problem | None:
        findings = Findings()
        type_against(segment, self._catalog, findings, self._check_existence, owner_unit_known=self._owner_unit_known)
        return next(iter(problems_of(findings.all(), {})), None)

    def _check_existence(self, key: str, path: Path, findings: Findings) -> None:
        if key not in self._segments:
            report_unknown(key, path, self._segments, findings)
