"""A breakdown: how many contacts in scope each step, block and condition finds alone (rule 36)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import assert_never

from coterie.backends.reference.judging import Judge
from coterie.backends.reference.world import Record
from coterie.catalog.model import CONTACT
from coterie.definition.nodes import (
    AllOf,
    AnyOf,
    AttributeCondition,
    Block,
    Combine,
    Everyone,
    Group,
    InteractionBlock,
    Node,
    Not,
    ProfileBlock,
    RelationCondition,
    SegmentBlock,
    Step,
)

__all__ = ["Breakdown", "NodeCount", "StepCount", "count_steps"]


@dataclass(frozen=True, kw_only=True)
class NodeCount:
    """How many contacts in scope satisfy the block or node at `path` alone."""

    path: str
    count: int
    children: tuple[NodeCount, ...] = ()


@dataclass(frozen=True, kw_only=True)
class StepCount:
    combine: Combine | None
    alone: int
    so_far: int
    node: NodeCount


@dataclass(frozen=True, kw_only=True)
class Breakdown:
    """`total` members, pins included. `steps` tell of the definition alone; a static segment has none."""

    in_scope: int
    total: int
    steps: tuple[StepCount, ...]

    def counts(self) -> dict[str, int]:
        """Path → count, of all nodes at all depths."""
        found: dict[str, int] = {}
        waiting = [step.node for step in self.steps]
        while waiting:
            node = waiting.pop()
            found[node.path] = node.count
            waiting.extend(node.children)
        return found


def count_steps(judge: Judge, steps: Sequence[Step], scope: list[Record], prefix: str) -> tuple[StepCount, ...]:
    """The steps of a definition whose paths begin with `prefix` (empty, or `definition.`)."""
    return tuple(
        count_step(judge, steps[: number + 1], scope, f"{prefix}blocks[{number}].block") for number in range(len(steps))
    )


def count_step(judge: Judge, until: Sequence[Step], scope: list[Record], path: str) -> StepCount:
    """The last of the steps `until` here, and what they find together."""
    node = count_block(judge, until[-1].block, scope, path)
    so_far = how_many(scope, lambda contact: judge.steps_hold(until, contact))
    return StepCount(combine=until[-1].combine, alone=node.count, so_far=so_far, node=node)


def count_block(judge: Judge, block: Block, scope: list[Record], path: str) -> NodeCount:
    match block:
        case ProfileBlock(where=where):
            children = [count_node(judge, where, scope, f"{path}.where")]
        case Group(steps=steps):
            children = [
                count_block(judge, step.block, scope, f"{path}.blocks[{number}].block")
                for number, step in enumerate(steps)
            ]
        case InteractionBlock() | SegmentBlock() | Everyone():
            children = []
        case _:
            assert_never(block)
    count = how_many(scope, lambda contact: judge.block_holds(block, contact))
    return NodeCount(path=path, count=count, children=tuple(children))


def count_node(judge: Judge, node: Node, scope: list[Record], path: str) -> NodeCount:
    match node:
        case AllOf(nodes=nodes):
            inner = [(f"{path}.all[{number}]", each) for number, each in enumerate(nodes)]
        case AnyOf(nodes=nodes):
            inner = [(f"{path}.any[{number}]", each) for number, each in enumerate(nodes)]
        case Not(node=negated):
            inner = [(f"{path}.not", negated)]
        case AttributeCondition() | RelationCondition():
            inner = []
        case _:
            assert_never(node)
    count = how_many(scope, lambda contact: judge.node_holds(node, contact, CONTACT))
    children = tuple(count_node(judge, each, scope, place) for place, each in inner)
    return NodeCount(path=path, count=count, children=children)


def how_many(scope: list[Record], satisfies: Callable[[Record], bool]) -> int:
    return sum(1 for contact in scope if satisfies(contact))
