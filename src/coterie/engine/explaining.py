"""Why one contact is in or out: the same plan, run over an excerpt of that contact's records."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from pyroaring import BitMap

from coterie.catalog.model import Catalog
from coterie.definition.nodes import Definition, DynamicSegment, Segment, StaticSegment, Step
from coterie.engine.algebra import Algebra
from coterie.engine.answers import Explanation, NodeReason, Reason, StepReason
from coterie.engine.wording import wording_of
from coterie.membership import Membership
from coterie.planning.backend import Backend, DateColumn, Excerpt, LeafRunner
from coterie.planning.cancellation import Cancellation
from coterie.planning.clock import Between, Clock
from coterie.planning.expressions import LeafSet
from coterie.planning.horizon import Moving, candidates, moving_conditions
from coterie.planning.leaves import InteractionLeaf, Leaf, ScopeLeaf
from coterie.planning.plan import Plan, PlannedNode, Question, leaves_of, make_plan
from coterie.values.text import normalize
from coterie.values.times import find_zone

__all__ = ["explained"]

_EVIDENCE = 10
"""Rows shown per condition."""


def explained(
    question: Question,
    contact_id: str,
    ordinal: int,
    catalog: Catalog,
    backend: Backend,
    cancellation: Cancellation | None = None,
    *,
    within: Membership | None = None,
) -> Explanation:
    """Explain the answer to a checked question for the known contact with that key and ordinal.

    Of other contacts to whom this one is related, the rows of those `within` are shown.
    """
    plan = make_plan(question, catalog, fused=False)
    excerpt = backend.excerpt(ordinal, plan.leaves(), cancellation)
    try:
        runner = _Remembering(excerpt, cancellation)
        return _Explaining(question, contact_id, ordinal, catalog, excerpt, runner, within).explanation(plan)
    finally:
        excerpt.close()


class _Explaining:
    """One explanation in the making."""

    def __init__(
        self,
        question: Question,
        contact_id: str,
        ordinal: int,
        catalog: Catalog,
        excerpt: Excerpt,
        runner: LeafRunner,
        within: Membership | None,
    ) -> None:
        self._question = question
        self._contact_id = contact_id
        self._ordinal = ordinal
        self._catalog = catalog
        self._excerpt = excerpt
        self._runner = runner
        self._within = within

    def explanation(self, plan: Plan) -> Explanation:
        """Of the plan for the moment asked about, in which every condition is a leaf of its own."""
        algebra = Algebra(plan, self._runner.evaluate(plan.leaves()))
        member = self._ordinal in algebra.set_of(plan.total)
        in_scope = self._ordinal in algebra.set_of(LeafSet(plan.scope))
        steps = tuple(
            StepReason(
                combine=step.combine,
                alone=self._ordinal in algebra.in_scope(step.node.expression),
                so_far=self._ordinal in algebra.in_scope(step.so_far),
                node=self._reason_of(step.node, algebra),
            )
            for step in plan.steps
        )
        return Explanation(
            contact_id=self._contact_id,
            member=member,
            reason=self._decided_by(in_scope),
            changes_at=self._changes_at(member, plan.segments),
            steps=steps,
        )

    def _reason_of(self, node: PlannedNode, algebra: Algebra) -> NodeReason:
        return NodeReason(
            path=node.path,
            wording=wording_of(node.subject, self._catalog),
            matches=self._ordinal in algebra.in_scope(node.expression),
            evidence=() if node.children else tuple(self._evidence(node)),
            children=tuple(self._reason_of(child, algebra) for child in node.children),
        )

    def _evidence(self, node: PlannedNode) -> Iterator[Mapping[str, object]]:
        """The rows that the leaves of a condition look at, each once."""
        shown: list[Mapping[str, object]] = []
        within = None if self._within is None else self._within.ordinals
        for leaf in dict.fromkeys(leaves_of(node.expression)):
            if isinstance(leaf, ScopeLeaf):
                continue
            for row in self._excerpt.evidence(leaf, limit=_EVIDENCE, within=within):
                if row not in shown and len(shown) < _EVIDENCE:
                    shown.append(row)
                    yield row

    def _decided_by(self, in_scope: bool) -> Reason:
        if not in_scope:
            return Reason.OUT_OF_SCOPE
        key = normalize(self._contact_id)
        match self._question.subject:
            case StaticSegment():
                return Reason.CHOSEN
            case DynamicSegment(pinned=pinned) if key in pinned.keep_out:
                return Reason.KEPT_OUT
            case DynamicSegment(pinned=pinned) if key in pinned.keep_in:
                return Reason.KEPT_IN
            case _:
                return Reason.DEFINITION

    # --- the next change

    def _changes_at(self, member: bool, referred: Iterable[str]) -> datetime | None:
        """The next instant at which the answer differs though no data changes."""
        now = Clock(self._question.as_of, self._question.zone, self._catalog.organization)
        dates: dict[DateColumn, Sequence[date] | Sequence[int]] = {}
        conditions: list[tuple[Moving, Sequence[date] | Sequence[int]]] = []
        for moving in self._moving(referred):
            if moving.column not in dates:
                dates[moving.column] = self._excerpt.dates(moving.column)
            conditions.append((moving, dates[moving.column]))
        for instant in candidates(conditions, now):
            if self._is_member(instant) != member:
                return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=instant)
        return None

    def _is_member(self, as_of: int) -> bool:
        plan = make_plan(replace(self._question, as_of=as_of), self._catalog, fused=True)
        algebra = Algebra(plan, self._runner.evaluate(plan.leaves()))
        return self._ordinal in algebra.set_of(plan.total)

    def _moving(self, referred: Iterable[str]) -> Iterator[Moving]:
        """The conditions on dates of the definition and of all segments that it refers to."""
        asked = self._question.asked_zone
        for subject in (self._question.subject, *(self._question.segments[key] for key in referred)):
            zone = asked if asked is not None and subject is self._question.subject else self._zone_of(subject)
            yield from moving_conditions(_steps_of(subject), zone, self._catalog)

    def _zone_of(self, subject: Definition | Segment) -> ZoneInfo:
        name = None if isinstance(subject, Definition) else subject.time_zone
        zone = self._question.zone if name is None else find_zone(name)
        assert zone is not None, "the definition has been checked"
        return zone


def _steps_of(subject: Definition | Segment) -> tuple[Step, ...]:
    match subject:
        case Definition(steps=steps):
            return steps
        case DynamicSegment(definition=definition):
            return definition.steps
        case StaticSegment():
            return ()


class _Remembering:
    """Runs leaves over an excerpt, each once: the moments asked about differ, most leaves do not."""

    def __init__(self, excerpt: Excerpt, cancellation: Cancellation | None) -> None:
        self._excerpt = excerpt
        self._cancellation = cancellation
        self._known: dict[Leaf, BitMap] = {}
        self._occurred: dict[str, list[int]] = {}

    def evaluate(self, leaves: Collection[Leaf]) -> dict[Leaf, BitMap]:
        if self._cancellation is not None:
            self._cancellation.check()
        named = {leaf: self._name(leaf) for leaf in leaves}
        asked = {name: leaf for leaf, name in named.items() if name not in self._known}
        answers = self._excerpt.evaluate(list(asked.values()))
        self._known.update((name, answers[leaf]) for name, leaf in asked.items())
        return {leaf: self._known[name] for leaf, name in named.items()}

    def _name(self, leaf: Leaf) -> Leaf:
        """Equal for leaves that choose the same interactions: the window as places in the order of their times."""
        if not isinstance(leaf, InteractionLeaf):
            return leaf
        times = self._occurred.get(leaf.interaction)
        if times is None:
            found = self._excerpt.dates(DateColumn(interaction=leaf.interaction))
            times = self._occurred[leaf.interaction] = sorted(time for time in found if isinstance(time, int))
        start, end = leaf.window.start, leaf.window.end
        return replace(
            leaf,
            window=Between(
                0 if start is None else bisect_left(times, start),
                len(times) if end is None else bisect_left(times, end),
            ),
        )
