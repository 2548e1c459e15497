"""The posted form of the designer, read into the tree that it was made of. Every input is named by its part's id.

`a1.attribute` is the attribute of the part `a1`, `a1.value` its value. What a form does not name stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Protocol, assert_never

from coterie.catalog.model import CONTACT, Catalog
from coterie_web.segments.designer.asked import target_of
from coterie_web.segments.designer.fitting import fitted_behavior, fitted_condition, fitted_related
from coterie_web.segments.designer.tree import (
    Behavior,
    Block,
    Comparison,
    Condition,
    Everyone,
    Group,
    GroupKind,
    Held,
    Node,
    Parentheses,
    Profile,
    Reference,
    Related,
    Step,
    Tree,
    held,
)
from coterie_web.segments.designer.values import INPUTS, form_of

__all__ = ["KEEP_IN", "KEEP_OUT", "Fields", "read_form"]

KEEP_IN, KEEP_OUT = "pinned.keep_in", "pinned.keep_out"

_WINDOW_PARTS = ("count", "unit", "from", "to", "period")


class Fields(Protocol):
    """What was posted: several values under one name."""

    def getlist(self, key: str, default: list[str] | None = None) -> list[str]: ...

    def __contains__(self, key: object) -> bool: ...


def read_form(tree: Tree, fields: Fields, catalog: Catalog) -> Tree:
    """The tree with what the form says, adapted where something else has been chosen."""
    reader = _Reader(fields, catalog)
    return Tree(
        steps=reader.steps(tree.steps),
        keep_in=reader.keys(KEEP_IN, tree.keep_in),
        keep_out=reader.keys(KEEP_OUT, tree.keep_out),
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    fields: Fields
    catalog: Catalog

    def one(self, part_id: str, name: str, default: str) -> str:
        given = self.fields.getlist(f"{part_id}.{name}")
        return _as_typed(given[-1]) if given else default

    def many(self, part_id: str, name: str) -> tuple[str, ...]:
        return tuple(_as_typed(text) for text in self.fields.getlist(f"{part_id}.{name}"))

    def keys(self, name: str, default: tuple[str, ...]) -> tuple[str, ...]:
        if name not in self.fields:
            return default
        return tuple(dict.fromkeys(filter(None, (_as_typed(text).strip() for text in self.fields.getlist(name)))))

    # --- steps and blocks

    def steps(self, steps: tuple[Step, ...]) -> tuple[Step, ...]:
        return tuple(
            Step(block=self._block(step.block), combine=self.one(step.block.id, "combine", step.combine))
            for step in steps
        )

    def _block(self, block: Block) -> Block:
        match block:
            case Profile(where=where):
                return replace(block, where=self._group(where, CONTACT))
            case Behavior():
                return self._behavior(block)
            case Reference():
                return replace(block, segment=self.one(block.id, "segment", block.segment))
            case Parentheses(steps=steps):
                return replace(block, steps=self.steps(steps))
            case Everyone():
                return block
            case _:
                assert_never(block)

    def _behavior(self, block: Behavior) -> Behavior:
        now = replace(
            block,
            interaction=self.one(block.id, "interaction", block.interaction),
            measure=self.one(block.id, "measure", block.measure),
            of=self.one(block.id, "of", block.of),
            comparison=self._comparison(block.id, block.comparison),
            window=self.one(block.id, "window", block.window),
            span=self._span(block) if f"{block.id}.window" in self.fields else block.span,
            where=None if block.where is None else self._group(block.where, block.interaction),
        )
        return fitted_behavior(block, now, self.catalog) if now.interaction else now

    def _span(self, block: Behavior) -> Held:
        return held(**{part: self.many(block.id, f"window_{part}") for part in _WINDOW_PARTS})

    # --- nodes

    def _group(self, group: Group, owner: str) -> Group:
        kind = GroupKind(self._known_kind(self.one(group.id, "kind", group.kind.value), group.kind))
        return replace(group, kind=kind, nodes=tuple(self._node(node, owner) for node in group.nodes))

    def _known_kind(self, kind: str, default: GroupKind) -> str:
        return kind if kind in {each.value for each in GroupKind} else default.value

    def _node(self, node: Node, owner: str) -> Node:
        match node:
            case Group():
                return self._group(node, owner)
            case Condition():
                return self._condition(node, owner)
            case Related():
                return self._related(node, owner)
            case _:
                assert_never(node)

    def _condition(self, condition: Condition, owner: str) -> Condition:
        if f"{condition.id}.attribute" not in self.fields:
            return condition
        now = replace(
            condition,
            attribute=self.one(condition.id, "attribute", condition.attribute),
            comparison=self._comparison(condition.id, condition.comparison),
            match_case=f"{condition.id}.match_case" in self.fields,
        )
        return fitted_condition(condition, now, owner, self.catalog)

    def _related(self, related: Related, owner: str) -> Related:
        target = target_of(related.relation, owner, self.catalog)
        now = replace(
            related,
            relation=self.one(related.id, "relation", related.relation),
            quantifier=self.one(related.id, "quantifier", related.quantifier),
            of=self.one(related.id, "of", related.of),
            comparison=self._comparison(related.id, related.comparison),
            where=None if related.where is None else self._group(related.where, target),
        )
        return fitted_related(related, now, owner, self.catalog)

    def _comparison(self, part_id: str, comparison: Comparison) -> Comparison:
        if f"{part_id}.operator" not in self.fields:
            return comparison
        names = INPUTS[form_of(comparison.operator)]
        inputs = {name: self.many(part_id, name) for name in names}
        lines = f"{part_id}.lines"
        if lines in self.fields:
            inputs["values"] = _lines(self.fields.getlist(lines))
        return Comparison(operator=self.one(part_id, "operator", comparison.operator), held=held(**inputs))


def _as_typed(text: str) -> str:
    """Browsers send line breaks as two characters. NUL is none that anybody types, and not every database keeps it."""
    return text.replace("\r\n", "\n").replace("\0", "")


def _lines(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(line for text in texts for line in _as_typed(text).split("\n") if line.strip())
