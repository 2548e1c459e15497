"""The tree of a draft as JSON, for a step of the draft's history: what inputs hold, with the ids of all parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, assert_never, cast

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

__all__ = ["from_json", "to_json"]

Json = dict[str, Any]


def to_json(tree: Tree) -> Json:
    """The tree as plain data."""
    return {
        "steps": [_step(step) for step in tree.steps],
        "keep_in": list(tree.keep_in),
        "keep_out": list(tree.keep_out),
    }


def from_json(value: Json) -> Tree:
    """The tree that `to_json` wrote."""
    return Tree(
        steps=tuple(map(_read_step, value["steps"])), keep_in=tuple(value["keep_in"]), keep_out=tuple(value["keep_out"])
    )


# --- writing ---------------------------------------------------------------------------------------------------------


def _step(step: Step) -> Json:
    return {"combine": step.combine, "block": _part(step.block)}


def _part(part: Block | Node) -> Json:
    said: Json = {"is": type(part).__name__.lower(), "id": part.id}
    match part:
        case Profile(where=where):
            return {**said, "where": _part(where)}
        case Parentheses(steps=steps):
            return {**said, "steps": [_step(step) for step in steps]}
        case Group():
            return {**said, "kind": part.kind.value, "bare": part.bare, "nodes": [_part(node) for node in part.nodes]}
        case Behavior() | Related() | Condition() | Reference() | Everyone():
            return said | _plain(part)
        case _:
            assert_never(part)


def _plain(part: Behavior | Related | Condition | Reference | Everyone) -> Json:
    """The fields of a part one by one, those left out that are as they begin."""
    return {
        field.name: _field(value)
        for field in fields(part)
        if field.name != "id" and (value := getattr(part, field.name)) != field.default
    }


def _field(value: object) -> object:
    match value:
        case Comparison():
            return {"operator": value.operator, "held": _held(value.held)}
        case Group():
            return _part(value)
        case Mapping():
            return _held(value)
        case _:
            return value


def _held(inputs: Mapping[str, tuple[str, ...]]) -> Json:
    return {part: list(texts) for part, texts in inputs.items()}


# --- reading ---------------------------------------------------------------------------------------------------------

_PLAIN = {
    "behavior": Behavior,
    "related": Related,
    "condition": Condition,
    "reference": Reference,
    "everyone": Everyone,
}


def _read_step(value: Json) -> Step:
    return Step(block=cast("Block", _read_part(value["block"])), combine=value["combine"])


def _read_part(value: Json) -> Block | Node:
    match value["is"]:
        case "profile":
            return Profile(id=value["id"], where=_read_group(value["where"]))
        case "parentheses":
            return Parentheses(id=value["id"], steps=tuple(map(_read_step, value["steps"])))
        case "group":
            return _read_group(value)
        case name:
            given = {key: _read_field(key, each) for key, each in value.items() if key != "is"}
            return cast("Block | Node", _PLAIN[name](**given))


def _read_group(value: Json) -> Group:
    nodes = tuple(cast("Node", _read_part(node)) for node in value["nodes"])
    return Group(id=value["id"], kind=GroupKind(value["kind"]), bare=value["bare"], nodes=nodes)


def _read_field(name: str, value: Any) -> Any:
    match name:
        case "comparison":
            return Comparison(operator=value["operator"], held=_read_held(value["held"]))
        case "where":
            return _read_group(value)
        case "span":
            return _read_held(value)
        case _:
            return value


def _read_held(value: Json) -> dict[str, tuple[str, ...]]:
    return {part: tuple(texts) for part, texts in value.items()}
