"""Segments that a definition refers to: all there, and none referring back to itself (rules 24, 25)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import assert_never

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
from coterie.errors import DefinitionError, Problem

__all__ = ["check_references"]


def check_references(asked: Definition | Segment, segments: Mapping[str, Segment]) -> None:
    """Follow every reference. DefinitionError `unknown_segment` or `segment_cycle`, whatever the data says."""
    way = () if isinstance(asked, Definition) else (asked.key,)
    follow(asked, segments, way)


def follow(asked: Definition | Segment, segments: Mapping[str, Segment], way: tuple[str, ...]) -> None:
    for key in referred_by(asked):
        if key in way:
            raise refused("segment_cycle", f"The segment refers to itself: {' → '.join([*way, key])}.")
        if key not in segments:
            raise refused("unknown_segment", f"There is no segment {key!r}.")
        follow(segments[key], segments, (*way, key))


def referred_by(asked: Definition | Segment) -> Iterator[str]:
    match asked:
        case Definition(steps=steps):
            yield from referred_by_steps(steps)
        case DynamicSegment(definition=definition):
            yield from referred_by_steps(definition.steps)
        case StaticSegment():
            return
        case _:
            assert_never(asked)


def referred_by_steps(steps: Sequence[Step]) -> Iterator[str]:
    for step in steps:
        match step.block:
            case SegmentBlock(segment=key):
                yield key
            case Group(steps=inner):
                yield from referred_by_steps(inner)
            case ProfileBlock() | InteractionBlock() | Everyone():
                pass
            case _:
                assert_never(step.block)


def refused(code: str, message: str) -> DefinitionError:
    return DefinitionError(Problem(code=code, path="", message=message))
