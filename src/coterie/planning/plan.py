"""Definition + catalog + moment → leaves with absolute bounds, and the expression over them.

The plan is a tree of nodes, one per block, group and condition, each with the set it stands for alone; the total is
what the fold of the steps, the pins and the scope make of them (semantics, rules 1, 7 to 14, 23, 26, 28).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import assert_never
from zoneinfo import ZoneInfo

from coterie.catalog.model import CONTACT, Catalog
from coterie.definition.nodes import (
    AllOf,
    AnyOf,
    AttributeCondition,
    Block,
    Combine,
    Definition,
    DynamicSegment,
    Everyone,
    Group,
    InteractionBlock,
    Node,
    Not,
    ProfileBlock,
    RelationCondition,
    Scope,
    Segment,
    SegmentBlock,
    StaticSegment,
    Step,
)
from coterie.planning.clock import Clock
from coterie.planning.expressions import Difference, Expression, Intersection, LeafSet, SegmentSet, Union
from coterie.planning.leaves import ContactLeaf, KeysLeaf, Leaf, ScopeLeaf
from coterie.planning.memory import PlanMemory
from coterie.planning.predicates import Predicates
from coterie.planning.records import ContactCondition, condition_set
from coterie.values.times import find_zone

__all__ = ["Plan", "PlannedNode", "PlannedStep", "Question", "leaf_sets_of", "leaves_of", "make_plan", "plan_members"]

_EVERYBODY = ScopeLeaf()


@dataclass(frozen=True, slots=True)
class PlannedNode:
    """A block, group or condition: where it stands, and the contacts for whom it alone is true (before the scope).

    A block inside parentheses knows the result of the fold up to it besides.
    """

    path: str
    subject: Block | Node
    expression: Expression
    children: tuple[PlannedNode, ...] = ()
    so_far: Expression | None = None


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step: its block alone, and the result of the fold up to here."""

    combine: Combine | None
    node: PlannedNode
    so_far: Expression


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be computed for one question.

    `segments` are those referred to, in dependency order: each may use those before it. `total` is the answer.
    """

    scope: ScopeLeaf
    steps: tuple[PlannedStep, ...]
    total: Expression
    segments: Mapping[str, Expression]

    def leaves(self) -> tuple[Leaf, ...]:
        """Every distinct leaf that `total` and the steps need, in order of appearance."""
        roots = [*self.segments.values(), self.total]
        for step in self.steps:
            roots.append(step.so_far)
            roots.extend(node.expression for node in _nodes(step.node))
        return tuple(dict.fromkeys(leaf for root in roots for leaf in leaves_of(root)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A typed definition or segment, the moment it is asked at, and the typed segments it may refer to.

    `as_of` is in milliseconds since 1970 UTC. `zone` is the organization's; `asked_zone`, where given, wins over the
    definition's own.
    """

    subject: Definition | Segment
    as_of: int
    zone: ZoneInfo
    asked_zone: ZoneInfo | None = None
    segments: Mapping[str, Segment] = field(default_factory=dict)


def make_plan(question: Question, catalog: Catalog, *, fused: bool) -> Plan:
    """Plan a question whose definition has been checked.

    `fused` puts the conditions of a profile block on the contact's own attributes into one leaf, which is faster when
    only the total is asked for; otherwise every condition is a leaf of its own.
    """
    planner = _Planner(question, catalog, fused)
    return planner.plan()


def plan_members(
    segment: Segment, as_of: int, zone: ZoneInfo, catalog: Catalog, memory: PlanMemory | None = None
) -> Expression:
    """The members of a checked segment at a moment, every condition a leaf of its own.

    Segments that it refers to are named, not planned. `zone` is the organization's. With a `memory`, turned to that
    very moment, conditions come with slots.
    """
    planner = _Planner(Question(subject=segment, as_of=as_of, zone=zone), catalog, False, memory)
    return planner.members(segment)


def leaves_of(expression: Expression) -> Iterator[Leaf]:
    """The leaves of an expression, in order of appearance, repeats included; not those of segments referred to."""
    return (leaf_set.leaf for leaf_set in leaf_sets_of(expression))


def leaf_sets_of(expression: Expression) -> Iterator[LeafSet]:
    """The sets of leaves in an expression, in order of appearance, repeats included."""
    found: list[LeafSet] = []
    _gather(expression, found)
    return iter(found)


def _gather(expression: Expression, found: list[LeafSet]) -> None:
    match expression:
        case LeafSet():
            found.append(expression)
        case SegmentSet():
            return
        case Union() | Intersection():
            for part in expression.parts:
                _gather(part, found)
        case Difference():
            _gather(expression.kept, found)
            _gather(expression.removed, found)
        case _:
            assert_never(expression)


def _nodes(node: PlannedNode) -> Iterator[PlannedNode]:
    yield node
    for child in node.children:
        yield from _nodes(child)


class _Planner:
    """Plans the segments that a question needs, each once, those referred to first."""

    def __init__(self, question: Question, catalog: Catalog, fused: bool, memory: PlanMemory | None = None) -> None:
        self._question = question
        self._memory = memory
        self._catalog = catalog
        self._fused = fused
        self._segments: dict[str, Expression] = {}

    def plan(self) -> Plan:
        subject = self._question.subject
        zone = self._question.asked_zone or self._zone_of(subject)
        scope = self._scope_of(subject)
        for key in _references(subject):
            self._plan_segment(key)
        steps = self._steps(subject, zone, scope)
        return Plan(scope, steps, self._total(subject, steps, scope), dict(self._segments))

    def _plan_segment(self, key: str) -> None:
        if key in self._segments:
            return
        segment = self._question.segments[key]
        for inner in _references(segment):
            self._plan_segment(inner)
        self._segments[key] = self.members(segment)

    def members(self, segment: Segment) -> Expression:
        """The members of a segment, those that it refers to only named."""
        scope = self._scope_of(segment)
        return self._total(segment, self._steps(segment, self._zone_of(segment), scope), scope)

    def _zone_of(self, subject: Definition | Segment) -> ZoneInfo:
        name = None if isinstance(subject, Definition) else subject.time_zone
        zone = self._question.zone if name is None else find_zone(name)
        assert zone is not None, "the definition has been checked"
        return zone

    def _scope_of(self, subject: Definition | Segment) -> ScopeLeaf:
        if isinstance(subject, Definition) or self._catalog.contact.business_unit is None:
            return _EVERYBODY
        return ScopeLeaf(subject.business_unit if subject.scope is Scope.BUSINESS_UNIT else None)

    def _steps(self, subject: Definition | Segment, zone: ZoneInfo, scope: ScopeLeaf) -> tuple[PlannedStep, ...]:
        match subject:
            case StaticSegment():
                return ()
            case Definition(steps=steps):
                path = "blocks"
            case DynamicSegment(definition=definition):
                steps, path = definition.steps, "definition.blocks"
            case _:
                assert_never(subject)
        memory = self._memory
        clock = memory.clock(zone) if memory else Clock(self._question.as_of, zone, self._catalog.organization)
        return _Blocks(clock, scope, self._catalog, self._fused, memory).steps(steps, path)

    def _total(self, subject: Definition | Segment, steps: tuple[PlannedStep, ...], scope: ScopeLeaf) -> Expression:
        """Scope over keeping out over keeping in over the definition (rule 26)."""
        match subject:
            case Definition():
                members = steps[-1].so_far
            case StaticSegment(members=keys):
                members = _keys(keys)
            case DynamicSegment(pinned=pinned):
                members = steps[-1].so_far
                if pinned.keep_in:
                    members = Union((members, _keys(pinned.keep_in)))
                if pinned.keep_out:
                    members = Difference(members, _keys(pinned.keep_out))
            case _:
                assert_never(subject)
        return Intersection((members, LeafSet(scope)))


def _keys(keys: tuple[str, ...]) -> LeafSet:
    return LeafSet(KeysLeaf(tuple(sorted(set(keys)))))


def _references(subject: Definition | Segment) -> Iterator[str]:
    """The keys of the segments that a definition refers to, in order."""
    match subject:
        case StaticSegment():
            return
        case Definition(steps=steps):
            yield from _block_references(steps)
        case DynamicSegment(definition=definition):
            yield from _block_references(definition.steps)
        case _:
            assert_never(subject)


def _block_references(steps: tuple[Step, ...]) -> Iterator[str]:
    for step in steps:
        if isinstance(step.block, SegmentBlock):
            yield step.block.segment
        elif isinstance(step.block, Group):
            yield from _block_references(step.block.steps)


@dataclass(frozen=True)
class _Blocks:
    """Plans blocks and profile nodes at one moment, in one zone and scope."""

    clock: Clock
    scope: ScopeLeaf
    catalog: Catalog
    fused: bool
    memory: PlanMemory | None

    def steps(self, steps: tuple[Step, ...], path: str) -> tuple[PlannedStep, ...]:
        planned: list[PlannedStep] = []
        for index, step in enumerate(steps):
            node = self.block(step.block, f"{path}[{index}].block")
            so_far = _combined(planned[-1].so_far, step.combine, node.expression) if planned else node.expression
            planned.append(PlannedStep(step.combine, node, so_far))
        return tuple(planned)

    def block(self, block: Block, path: str) -> PlannedNode:
        match block:
            case Everyone():
                return PlannedNode(path, block, LeafSet(self.scope))
            case SegmentBlock(segment=key):
                return PlannedNode(path, block, SegmentSet(key))
            case Group(steps=steps):
                inner = self.steps(steps, f"{path}.blocks")
                return PlannedNode(
                    path, block, inner[-1].so_far, tuple(replace(step.node, so_far=step.so_far) for step in inner)
                )
            case InteractionBlock():
                return PlannedNode(path, block, self._planned(block))
            case ProfileBlock(where=where):
                child = self.node(where, f"{path}.where")
                return PlannedNode(path, block, child.expression, (child,))
            case _:
                assert_never(block)

    def node(self, node: Node, path: str) -> PlannedNode:
        """A node of a profile block, as a set of contacts."""
        if self.fused and _is_on_contact(node):
            return PlannedNode(path, node, LeafSet(ContactLeaf(self._predicates.of(node, CONTACT))))
        match node:
            case AttributeCondition() | RelationCondition():
                return PlannedNode(path, node, self._planned(node))
            case Not(node=inner):
                child = self.node(inner, f"{path}.not")
                return PlannedNode(path, node, Difference(LeafSet(self.scope), child.expression), (child,))
            case AllOf(nodes=nodes):
                children = self._children(node, nodes, f"{path}.all")
                return PlannedNode(path, node, Intersection(tuple(c.expression for c in children)), children)
            case AnyOf(nodes=nodes):
                children = self._children(node, nodes, f"{path}.any")
                return PlannedNode(path, node, Union(tuple(c.expression for c in children)), children)
            case _:
                assert_never(node)

    def _children(self, group: AllOf | AnyOf, nodes: tuple[Node, ...], path: str) -> tuple[PlannedNode, ...]:
        if not self.fused:
            return tuple(self.node(node, f"{path}[{index}]") for index, node in enumerate(nodes))
        own = tuple(node for node in nodes if _is_on_contact(node))
        rest = tuple(node for node in nodes if not _is_on_contact(node))
        fused = (type(group)(nodes=own), *rest) if own else rest
        return tuple(self.node(node, path) for node in fused)

    @property
    def _predicates(self) -> Predicates:
        return Predicates(self.clock, self.catalog)

    def _planned(self, condition: ContactCondition) -> Expression:
        if self.memory is None:
            return condition_set(condition, self.clock, self.scope, self.catalog)
        return self.memory.expression(condition, self.clock.zone, self.scope)


def _is_on_contact(node: Node) -> bool:
    """Whether a node reads nothing but the contact's own attributes."""
    match node:
        case AttributeCondition():
            return True
        case RelationCondition():
            return False
        case Not(node=inner):
            return _is_on_contact(inner)
        case AllOf(nodes=nodes) | AnyOf(nodes=nodes):
            return all(_is_on_contact(inner) for inner in nodes)
        case _:
            assert_never(node)


def _combined(so_far: Expression, combine: Combine | None, block: Expression) -> Expression:
    """One step of the fold: union, intersection or difference of the result so far and this block."""
    match combine:
        case Combine.OR:
            return Union((so_far, block))
        case Combine.AND_ALSO:
            return Intersection((so_far, block))
        case Combine.BUT_NOT:
            return Difference(so_far, block)
        case None:
            raise AssertionError("only the first step has no combine")
        case _:
            assert_never(combine)
