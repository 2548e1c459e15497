"""From the tree of a draft to its definition, as the language writes it, and where each part stands in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias, assert_never

from coterie.catalog.model import CONTACT, AttributeType, Catalog
from coterie.definition.grammar import MEASURES, QUANTIFIERS
from coterie.definition.writing import JsonValue
from coterie_web.segments.designer.asked import (
    attributes_of,
    behavior_compared,
    condition_compared,
    quantifier_compared,
    target_of,
)
from coterie_web.segments.designer.tree import (
    Behavior,
    Block,
    Comparison,
    Condition,
    Everyone,
    Group,
    GroupKind,
    Node,
    Parentheses,
    Profile,
    Reference,
    Related,
    Step,
)
from coterie_web.segments.designer.values import value_of, window_of

__all__ = ["Places", "Written", "written"]

_Mapping: TypeAlias = dict[str, JsonValue]


@dataclass(slots=True)
class Places:
    """Which part stands at which path: `blocks[1].block.where.all[0]` → its id."""

    _ids: dict[str, list[str]] = field(default_factory=dict)

    def put(self, path: str, part_id: str) -> None:
        self._ids.setdefault(path, []).append(part_id)

    def at(self, path: str) -> tuple[str, ...]:
        """The parts that stand exactly there: a group of one that is written without brackets, and that one."""
        return tuple(self._ids.get(path, ()))

    def innermost(self, path: str) -> tuple[str, str] | None:
        """The part that a path leads into, and the rest of the way: `("a1", "operator")`."""
        here = path
        while here:
            if here in self._ids:
                return self._ids[here][-1], path[len(here) :].lstrip(".")
            here = here[: max(here.rfind("."), here.rfind("["), 0)]
        return None


@dataclass(frozen=True, slots=True)
class Written:
    """A definition, and where each part stands in it."""

    definition: _Mapping
    places: Places


def written(steps: tuple[Step, ...], catalog: Catalog) -> Written:
    """The definition of some steps. What is not given yet is left out, so that it is found missing."""
    writer = _Writer(catalog, Places())
    return Written({"blocks": writer.steps(steps, "blocks")}, writer.places)


@dataclass(frozen=True, slots=True)
class _Writer:
    catalog: Catalog
    places: Places

    def steps(self, steps: tuple[Step, ...], path: str) -> JsonValue:
        return [self._step(step, f"{path}[{index}]", is_first=index == 0) for index, step in enumerate(steps)]

    def _step(self, step: Step, path: str, *, is_first: bool) -> JsonValue:
        self.places.put(path, step.block.id)
        block = self._block(step.block, f"{path}.block")
        return {"block": block} if is_first else {"combine": step.combine or "and_also", "block": block}

    def _block(self, block: Block, path: str) -> JsonValue:
        self.places.put(path, block.id)
        match block:
            case Profile(where=where):
                return {"kind": "profile", "where": self.node(where, CONTACT, f"{path}.where")}
            case Behavior():
                return self._behavior(block, path)
            case Reference(segment=key):
                return {"kind": "segment", **_given(segment=key)}
            case Everyone():
                return {"kind": "everyone"}
            case Parentheses(steps=steps):
                return {"kind": "group", "blocks": self.steps(steps, f"{path}.blocks")}
            case _:
                assert_never(block)

    def _behavior(self, block: Behavior, path: str) -> JsonValue:
        said: _Mapping = {"kind": "interaction", **_given(interaction=block.interaction)}
        if block.where is not None:
            said["where"] = self.node(block.where, block.interaction, f"{path}.where")
        if block.window:
            said["window"] = window_of(block.window, block.span)
        if block.measure != "count":
            of = _given(attribute=block.of) if _needs_attribute(MEASURES, block.measure) else {}
            said["measure"] = {"kind": block.measure, **of}
        asked = behavior_compared(block)
        return {**said, **_comparison(block.comparison, asked.type)}

    def node(self, node: Node, owner: str, path: str) -> JsonValue:
        """A node that speaks of an entity or interaction."""
        self.places.put(path, node.id)
        match node:
            case Condition():
                return self._condition(node, owner)
            case Related():
                return self._related(node, owner, path)
            case Group():
                return self._group(node, owner, path)
            case _:
                assert_never(node)

    def _condition(self, node: Condition, owner: str) -> JsonValue:
        if not node.attribute:
            return {}
        asked = condition_compared(node, attributes_of(owner, self.catalog))
        case: _Mapping = {"match_case": True} if node.match_case else {}
        return {"attribute": node.attribute, **_comparison(node.comparison, asked.type if asked else None), **case}

    def _related(self, node: Related, owner: str, path: str) -> JsonValue:
        if not node.relation:
            return {}
        target = target_of(node.relation, owner, self.catalog)
        quantifier: _Mapping = {"kind": node.quantifier}
        asked = quantifier_compared(node)
        if asked is not None:
            of = _given(attribute=node.of) if _needs_attribute(QUANTIFIERS, node.quantifier) else {}
            quantifier |= {**of, **_comparison(node.comparison, asked.type)}
        said: _Mapping = {"relation": node.relation, "quantifier": quantifier}
        if node.where is not None:
            said["where"] = self.node(node.where, target, f"{path}.where")
        return said

    def _group(self, group: Group, owner: str, path: str) -> JsonValue:
        is_negative = group.kind in (GroupKind.NONE, GroupKind.NOT_ALL)
        inside = f"{path}.not" if is_negative else path
        if group.bare and len(group.nodes) == 1:
            said = self.node(group.nodes[0], owner, inside)
        else:
            key = "all" if group.kind in (GroupKind.ALL, GroupKind.NOT_ALL) else "any"
            nodes: list[JsonValue] = [
                self.node(node, owner, f"{inside}.{key}[{index}]") for index, node in enumerate(group.nodes)
            ]
            said = {key: nodes}
        return {"not": said} if is_negative else said


def _given(**keys: str) -> _Mapping:
    return {key: value for key, value in keys.items() if value}


def _comparison(comparison: Comparison, type_: AttributeType | None) -> _Mapping:
    value = value_of(comparison.operator, comparison.held, type_)
    return {**_given(operator=comparison.operator), **({} if value is None else {"value": value})}


def _needs_attribute(kinds: Mapping[str, object], kind: str) -> bool:
    keys = kinds.get(kind)
    return "attribute" in getattr(keys, "required", ())
