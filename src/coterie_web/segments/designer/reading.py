"""From a definition, complete or not, to the tree in which it is edited."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import TypeVar

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
    Tree,
)
from coterie_web.segments.designer.values import held_of, span_of

__all__ = ["numbered_ids", "tree_of"]

Ids = Callable[[], str]

_Read = TypeVar("_Read")


def numbered_ids() -> Ids:
    """Ids that are the same each time the same definition is read: `n1`, `n2`, …"""
    numbers = count(1)
    return lambda: f"n{next(numbers)}"


def tree_of(
    definition: Mapping[str, object] | None, pinned: Mapping[str, object] | None = None, *, ids: Ids | None = None
) -> Tree:
    """The tree of a definition. What is missing is blank in it; what the language does not have is not taken over."""
    reader = _Reader(ids or numbered_ids())
    return Tree(
        steps=reader.steps((definition or {}).get("blocks")),
        keep_in=_texts((pinned or {}).get("keep_in")),
        keep_out=_texts((pinned or {}).get("keep_out")),
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    new_id: Ids

    def steps(self, value: object) -> tuple[Step, ...]:
        steps = (self._step(_mapping(each), is_first=index == 0) for index, each in enumerate(_elements(value)))
        return tuple(step for step in steps if step is not None)

    def _step(self, value: Mapping[str, object], *, is_first: bool) -> Step | None:
        block = self._block(_mapping(value.get("block")))
        combine = "" if is_first else _text(value.get("combine")) or "and_also"
        return None if block is None else Step(block=block, combine=combine)

    def _block(self, value: Mapping[str, object]) -> Block | None:
        block_id = self.new_id()
        match value.get("kind"):
            case "profile":
                where = self._group(_mapping(value.get("where")))
                return Profile(id=block_id, where=where)
            case "interaction":
                return self._behavior(block_id, value)
            case "segment":
                return Reference(id=block_id, segment=_text(value.get("segment")))
            case "everyone":
                return Everyone(id=block_id)
            case "group":
                return Parentheses(id=block_id, steps=self.steps(value.get("blocks")))
            case _:
                return None

    def _behavior(self, block_id: str, value: Mapping[str, object]) -> Behavior:
        measure, window = _mapping(value.get("measure")), _mapping(value.get("window"))
        return Behavior(
            id=block_id,
            interaction=_text(value.get("interaction")),
            measure=_text(measure.get("kind")) or "count",
            of=_text(measure.get("attribute")),
            comparison=_comparison(value),
            window=_text(window.get("kind")),
            span=span_of(window),
            where=self._where(value),
        )

    def _where(self, value: Mapping[str, object]) -> Group | None:
        return self._group(_mapping(value["where"])) if "where" in value else None

    def _group(self, value: Mapping[str, object]) -> Group:
        """A node as a group: one that is none is a group of one, written without brackets."""
        node = self._node(value)
        if isinstance(node, Group):
            return node
        return Group(id=self.new_id(), nodes=(node,), bare=True)

    def _node(self, value: Mapping[str, object]) -> Node:
        node_id = self.new_id()
        match value:
            case {"all": nodes}:
                return Group(id=node_id, kind=GroupKind.ALL, nodes=self._nodes(nodes))
            case {"any": nodes}:
                return Group(id=node_id, kind=GroupKind.ANY, nodes=self._nodes(nodes))
            case {"not": {"all": nodes}}:
                return Group(id=node_id, kind=GroupKind.NOT_ALL, nodes=self._nodes(nodes))
            case {"not": {"any": nodes}}:
                return Group(id=node_id, kind=GroupKind.NONE, nodes=self._nodes(nodes))
            case {"not": inner}:
                return Group(id=node_id, kind=GroupKind.NONE, nodes=(self._node(_mapping(inner)),), bare=True)
            case {"relation": relation}:
                return self._related(node_id, _text(relation), value)
            case _:
                return Condition(
                    id=node_id,
                    attribute=_text(value.get("attribute")),
                    comparison=_comparison(value),
                    match_case=value.get("match_case") is True,
                )

    def _nodes(self, value: object) -> tuple[Node, ...]:
        return tuple(self._node(_mapping(each)) for each in _elements(value))

    def _related(self, node_id: str, relation: str, value: Mapping[str, object]) -> Related:
        quantifier = _mapping(value.get("quantifier"))
        return Related(
            id=node_id,
            relation=relation,
            quantifier=_text(quantifier.get("kind")) or "any",
            of=_text(quantifier.get("attribute")),
            comparison=_comparison(quantifier),
            where=self._where(value),
        )


def _comparison(value: Mapping[str, object]) -> Comparison:
    operator = _text(value.get("operator"))
    return Comparison(operator=operator, held=held_of(operator, value.get("value")))


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _elements(value: object) -> Iterator[object]:
    return iter(value if isinstance(value, list | tuple) else ())


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: object) -> tuple[str, ...]:
    return tuple(each for each in _elements(value) if isinstance(each, str))
