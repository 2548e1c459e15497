"""Exact counts for every part of a draft that can be counted, in one question.

A draft that is incomplete is not evaluated; its complete parts are, each alone. They are asked about together, as the
blocks of one definition, so that all are of one data version and moment.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import takewhile
from threading import Lock
from typing import TypedDict

from coterie import Cancellation, Membership, NodeCount
from coterie_web.catalogs.engine import engine
from coterie_web.segments.designer.checked import Checked
from coterie_web.segments.designer.tree import Block, Everyone, Group, Node, Parentheses, Profile, Step, Tree
from coterie_web.segments.designer.written import Places, written
from coterie_web.segments.files import SegmentFile

__all__ = ["Counts", "Turns", "alone", "countable_steps", "counted"]


_EVERYBODY = (Step(block=Everyone(id="")),)
"""What is asked about where nothing can be counted yet, to know how many are in scope."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many: in all, per part, and per block when it is combined with what is before it. Lacking: not known."""

    as_of: datetime
    milliseconds: int
    in_scope: int
    total: int | None
    parts: Mapping[str, int]
    so_far: Mapping[str, int]


class _Asked(TypedDict):
    """What is the same of every question."""

    as_of: datetime
    segments: Mapping[str, SegmentFile]
    within: Membership | None
    cancellation: Cancellation | None


def counted(
    tree: Tree, check: Checked, *, as_of: datetime, within: Membership | None, cancellation: Cancellation | None
) -> Counts | None:
    """Count what can be counted of a draft; None where its scope itself is not known. Raises QuestionCancelled."""
    if check.general:
        return None
    began = time.perf_counter()
    asked = _Asked(as_of=as_of, segments=check.segments, within=within, cancellation=cancellation)
    found, steps = _Found(), countable_steps(tree, check)
    question = written(steps or _EVERYBODY, engine().catalog)
    answer = engine().breakdown({**check.file, "definition": question.definition}, **asked)
    if steps:
        for step, counted_step in zip(_whole(tree, check), answer.steps, strict=False):
            found.so_far[step.block.id] = counted_step.so_far
        for counted_step in answer.steps:
            found.take(counted_step.node, question.places)
    return Counts(
        as_of=as_of,
        milliseconds=round(1000 * (time.perf_counter() - began)),
        in_scope=answer.in_scope,
        total=answer.total if steps and check.is_complete else None,
        parts=found.parts,
        so_far=found.so_far,
    )


def countable_steps(tree: Tree, check: Checked) -> tuple[Step, ...]:
    """The first steps that are complete as they are; behind them every complete part of the others."""
    whole = _whole(tree, check)
    rest = [part for step in tree.steps[len(whole) :] for part in _complete(step.block, check)]
    return (*whole, *(Step(block=block, combine="or") for block in rest))


def _whole(tree: Tree, check: Checked) -> tuple[Step, ...]:
    return tuple(takewhile(lambda step: step.block.id not in check.blocked, tree.steps))


def _complete(part: Block | Node, check: Checked) -> Iterator[Block]:
    """The largest complete parts of one, each as a block."""
    if part.id not in check.blocked:
        yield part if isinstance(part, Block) else alone(part)
        return
    match part:
        case Profile(where=where):
            yield from _complete(where, check)
        case Group(nodes=nodes):
            for node in nodes:
                yield from _complete(node, check)
        case Parentheses(steps=steps):
            for step in steps:
                yield from _complete(step.block, check)
        case _:
            return


@dataclass(slots=True)
class _Found:
    """What an answer says of the parts of a draft."""

    parts: dict[str, int] = field(default_factory=dict)
    so_far: dict[str, int] = field(default_factory=dict)

    def take(self, node: NodeCount, places: Places) -> None:
        """Note the counts of a node, and of all below it."""
        for part_id in places.at(node.path.removeprefix("definition.")):
            self.parts[part_id] = node.count
            if node.so_far is not None:
                self.so_far[part_id] = node.so_far
        for child in node.children:
            self.take(child, places)


def alone(node: Node) -> Profile:
    """A node of a profile block as a block of its own."""
    return Profile(id="", where=Group(id="", nodes=(node,), bare=True))


class Turns:
    """One count at a time of one person's draft: who asks again gives the former up."""

    def __init__(self) -> None:
        self._running: dict[object, Cancellation] = {}
        self._changing = Lock()

    def take(self, whose: object) -> Cancellation:
        """Begin a count; the one that runs for the same draft is cancelled."""
        mine = Cancellation()
        with self._changing:
            former = self._running.get(whose)
            self._running[whose] = mine
        if former is not None:
            former.cancel()
        return mine

    def end(self, whose: object, mine: Cancellation) -> None:
        """A count is over, unless another has taken its turn."""
        with self._changing:
            if self._running.get(whose) is mine:
                del self._running[whose]
