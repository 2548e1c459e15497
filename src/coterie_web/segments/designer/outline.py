"""The tree of a draft as templates show it: rows of inputs, groups of rows, blocks, steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, TypeAlias, assert_never

from coterie.catalog.model import CONTACT, AttributeType, Catalog
from coterie.definition.phrases import label_of, noun_of, plural, related
from coterie_web.segments.designer.asked import (
    attributes_of,
    behavior_compared,
    condition_compared,
    quantifier_compared,
    target_of,
)
from coterie_web.segments.designer.comparing import Asking, comparison_inputs, window_inputs
from coterie_web.segments.designer.fitting import measurable
from coterie_web.segments.designer.inputs import Check, Input, Select, Word, choices_of
from coterie_web.segments.designer.tree import (
    Behavior,
    Condition,
    Everyone,
    Group,
    Node,
    Parentheses,
    Part,
    Profile,
    Reference,
    Related,
    Step,
    Tree,
)
from coterie_web.segments.designer.words import GROUPS, JOINTS, MEASURES, QUANTIFIERS, RELATED_GROUPS

__all__ = ["BlockShown", "GroupShown", "RowShown", "StepShown", "outline", "shown_words"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowShown:
    """A condition: its inputs in the order of a sentence. Only those that stand for contacts have a count."""

    id: str
    name: str
    inputs: tuple[Input, ...]
    has_count: bool
    kind: ClassVar[str] = "row"


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupShown:
    """Conditions that combine, or related records. `head` says how; `adds` is where more are added."""

    id: str
    name: str
    head: tuple[Input, ...]
    nodes: tuple[RowShown | GroupShown, ...]
    adds: str
    has_count: bool
    has_relations: bool
    is_related: bool = False
    kind: ClassVar[str] = "group"


NodeShown: TypeAlias = RowShown | GroupShown


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockShown:
    """A block. `kind` says which; `inputs` stand in its header or its one row, `where` below."""

    id: str
    kind: str
    name: str
    icon: str
    inputs: tuple[Input, ...] = ()
    where: GroupShown | None = None
    steps: tuple[StepShown, ...] = ()
    adds: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepShown:
    """A block and how it joins: `joints` are the ways, each in words, with its icon, and whether it is chosen.

    The first step has none.
    """

    block: BlockShown
    number: int
    joints: tuple[tuple[str, str, str, bool], ...] = ()


def outline(tree: Tree, catalog: Catalog, segments: Mapping[str, str]) -> tuple[StepShown, ...]:
    """The steps of a tree. `segments` are those that may be referred to: names by key."""
    return _Outline(catalog, choices_of({"": "Choose a segment", **segments})).steps(tree.steps)


@dataclass(frozen=True, slots=True)
class _Outline:
    catalog: Catalog
    segments: tuple[tuple[str, str], ...]

    # --- steps and blocks

    def steps(self, steps: tuple[Step, ...]) -> tuple[StepShown, ...]:
        return tuple(
            StepShown(
                block=self._block(step, number),
                number=number,
                joints=tuple(
                    (combine, words, combine.replace("_", "-"), combine == step.combine)
                    for combine, words in JOINTS.items()
                )
                if number > 1
                else (),
            )
            for number, step in enumerate(steps, 1)
        )

    def _block(self, step: Step, number: int) -> BlockShown:
        block = step.block
        match block:
            case Profile(where=where):
                shown = self._group(where, CONTACT, f"the profile block {number}", is_counted=True)
                return BlockShown(id=block.id, kind="profile", name="Profile", icon="profile", where=shown)
            case Behavior():
                return self._behavior(block)
            case Reference(segment=key):
                chosen = Select(name=f"{block.id}.segment", label="Segment", choices=self.segments, chosen=key)
                return BlockShown(id=block.id, kind="segment", name="Segment", icon="segment", inputs=(chosen,))
            case Everyone():
                return BlockShown(id=block.id, kind="everyone", name="Everyone in scope", icon="people")
            case Parentheses(steps=steps):
                inner = self.steps(steps)
                return BlockShown(
                    id=block.id, kind="group", name="Parentheses", icon="parentheses", steps=inner, adds=block.id
                )
            case _:
                assert_never(block)

    def _behavior(self, block: Behavior) -> BlockShown:
        where = None
        if block.where is not None:
            where = self._group(
                block.where, block.interaction, "what counts", is_counted=False, lead="Only those where"
            )
        return BlockShown(
            id=block.id,
            kind="interaction",
            name="Behavior",
            icon="behavior",
            inputs=tuple(self.deed(block)),
            where=where,
            adds=block.id if block.interaction else "",
        )

    def deed(self, block: Behavior) -> Iterator[Input]:
        """What contacts did, how often or how much, and when: in the order of a sentence."""
        called = {name: label_of(name, self.catalog.interactions) for name in self.catalog.interactions}
        choices = called if block.interaction else {"": "Choose what they did", **called}
        yield Select(
            name=f"{block.id}.interaction", label="Interaction", choices=choices_of(choices), chosen=block.interaction
        )
        if not block.interaction:
            return
        measure = Select(
            name=f"{block.id}.measure", label="Measure", choices=choices_of(MEASURES), chosen=block.measure
        )
        deed = called.get(block.interaction, block.interaction)
        asking = Asking(part_id=block.id, asked=behavior_compared(block), is_amount=True, about=deed)
        of = tuple(self._of(block.id, block.measure, block.of, block.interaction))
        compared = tuple(comparison_inputs(asking, block.comparison))
        if block.measure in ("count", "days", "distinct"):
            yield from (*compared, measure, *of)
        else:
            yield from (measure, *of, *compared)
        yield from window_inputs(block)

    def _of(self, part_id: str, kind: str, chosen: str, owner: str) -> Iterator[Input]:
        """The attribute that a measure or an aggregate is of, where it is of one."""
        if kind in ("count", "days", "first_at", "last_at", "any", "none", "all"):
            return
        known = measurable(kind, attributes_of(owner, self.catalog))
        labels = {name: label_of(name, known) for name in known} or {"": "no attribute that fits"}
        yield Select(name=f"{part_id}.of", label="Of which attribute", choices=choices_of(labels), chosen=chosen)

    # --- nodes

    def _group(
        self, group: Group, owner: str, name: str, *, is_counted: bool, lead: str = "", is_inner: bool = False
    ) -> GroupShown:
        words = RELATED_GROUPS if lead else GROUPS
        kind = Select(
            name=f"{group.id}.kind", label="How these combine", choices=choices_of(words), chosen=group.kind.value
        )
        head: tuple[Input, ...] = (Word(text=lead), kind) if lead else (kind,)
        return GroupShown(
            id=group.id,
            name=name,
            head=head,
            nodes=tuple(self._node(node, owner, is_counted=is_counted) for node in group.nodes),
            adds=group.id,
            has_count=is_counted and is_inner,
            has_relations=self._has_relations(owner),
        )

    def _has_relations(self, owner: str) -> bool:
        return bool(self.catalog.relations_from(owner)) if owner in self.catalog.entities else False

    def _node(self, node: Node, owner: str, *, is_counted: bool) -> NodeShown:
        match node:
            case Condition():
                return self.condition(node, owner, is_counted=is_counted)
            case Group():
                return self._group(node, owner, "this group", is_counted=is_counted, is_inner=True)
            case Related():
                return self.related(node, owner, is_counted=is_counted)
            case _:
                assert_never(node)

    def condition(self, node: Condition, owner: str, *, is_counted: bool) -> RowShown:
        known = attributes_of(owner, self.catalog)
        labels = {name: label_of(name, known) for name in known}
        choices = labels if node.attribute else {"": "Choose an attribute", **labels}
        chosen = Select(
            name=f"{node.id}.attribute", label="Attribute", choices=choices_of(choices), chosen=node.attribute
        )
        inputs: list[Input] = [chosen]
        name = "a condition"
        if node.attribute:
            asked = condition_compared(node, known)
            label = labels.get(node.attribute, node.attribute)
            asking = Asking(part_id=node.id, asked=asked, about=label, suggests=True)
            inputs += comparison_inputs(asking, node.comparison)
            name = f"{label} {asking.operator_words(node.comparison.operator)}"
            if asked is not None and asked.type is AttributeType.TEXT and node.comparison.held:
                inputs.append(self._match_case(node))
        return RowShown(id=node.id, name=name, inputs=tuple(inputs), has_count=is_counted)

    def _match_case(self, node: Condition) -> Check:
        return Check(name=f"{node.id}.match_case", label="Match case", sign="Aa", is_on=node.match_case)

    def related(self, node: Related, owner: str, *, is_counted: bool) -> GroupShown:
        relations = self.catalog.relations_from(owner) if owner in self.catalog.entities else {}
        labels = {name: self._records(name, owner) for name in relations}
        choices = labels if node.relation else {"": "Choose related records", **labels}
        relation = Select(
            name=f"{node.id}.relation", label="Related records", choices=choices_of(choices), chosen=node.relation
        )
        head: list[Input] = [relation]
        target = target_of(node.relation, owner, self.catalog)
        if node.relation:
            head += self._quantity(node, target)
        rows: tuple[NodeShown, ...] = ()
        if node.where is not None:
            inner = self._group(node.where, target, "these records", is_counted=False, lead="where")
            head += inner.head
            rows = inner.nodes
        return GroupShown(
            id=node.id,
            name=labels.get(node.relation, "related records"),
            head=tuple(head),
            nodes=rows,
            adds=(node.where.id if node.where is not None else node.id) if node.relation else "",
            has_count=is_counted,
            has_relations=self._has_relations(target),
            is_related=True,
        )

    def _records(self, relation: str, owner: str) -> str:
        label = self.catalog.relations[relation].label
        words = label or plural(related(relation, owner, self.catalog)[1])
        return words[:1].upper() + words[1:]

    def _quantity(self, node: Related, target: str) -> Iterator[Input]:
        noun = plural(noun_of(target, self.catalog)) if target else "records"
        yield Select(
            name=f"{node.id}.quantifier",
            label=f"How many {noun}",
            choices=choices_of(QUANTIFIERS),
            chosen=node.quantifier,
        )
        asked = quantifier_compared(node)
        if asked is None:
            return
        yield from self._of(node.id, node.quantifier, node.of, target)
        asking = Asking(part_id=node.id, asked=asked, is_amount=True, about=noun)
        yield from comparison_inputs(asking, node.comparison)


def shown_words(part: Part, owner: str, catalog: Catalog) -> tuple[str, ...]:
    """What the inputs of one part hold, in words, without those of the parts in it."""
    shown = _Outline(catalog, ())
    match part:
        case Condition():
            inputs = shown.condition(part, owner, is_counted=False).inputs
        case Behavior():
            inputs = tuple(shown.deed(part))
        case Related():
            inputs = shown.related(replace(part, where=None), owner, is_counted=False).head
        case Reference(segment=key):
            return ("Segment", "is", key)
        case _:
            return ()
    return tuple(filter(None, (each.text if isinstance(each, Word) else each.shown for each in inputs)))
