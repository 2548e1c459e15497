"""Places in a definition as plain data, named as problems name them: `blocks[1].block.where.all[0].value`.

Pure: a tree is never changed, a changed one is made.
"""

from __future__ import annotations

import re
from typing import TypeAlias

__all__ = ["Path", "Tree", "path_of", "put", "taken_out", "value_at", "written"]

Tree: TypeAlias = "dict[str, Tree] | list[Tree] | str | int | float | bool | None"
Path: TypeAlias = tuple[str | int, ...]

_PART = re.compile(r"\.?(?:(?P<key>[^.\[\]]+)|\[(?P<index>\d{1,6})\])")


def path_of(text: str) -> Path:
    """The keys and indexes of a written path. Raises ValueError."""
    parts: list[str | int] = []
    end = 0
    while end < len(text):
        found = _PART.match(text, end)
        if found is None:
            raise ValueError(f"{text!r} names no place")
        parts.append(found["key"] if found["index"] is None else int(found["index"]))
        end = found.end()
    return tuple(parts)


def written(path: Path) -> str:
    """A path as problems name it."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")


def value_at(tree: Tree, path: Path) -> Tree:
    """What stands there; None where there is no such place."""
    for part in path:
        match tree, part:
            case dict(), str() if part in tree:
                tree = tree[part]
            case list(), int() if part < len(tree):
                tree = tree[part]
            case _:
                return None
    return tree


def put(tree: Tree, path: Path, value: Tree) -> Tree:
    """The tree with that value there. Raises LookupError where there is no such place."""
    if not path:
        return value
    first, rest = path[0], path[1:]
    match tree, first:
        case dict(), str():
            return {**tree, first: put(tree[first] if rest else None, rest, value)}
        case list(), int():
            return [put(each, rest, value) if place == first else each for place, each in enumerate(tree)]
        case _:
            raise LookupError(written(path))


def taken_out(tree: Tree, path: Path) -> Tree:
    """The tree without what asks something at that place: a condition, or a window. What is empty then goes too.

    A first step has nothing to be combined with.
    """
    if path[-1] == "window":
        return _without(tree, path)
    holder = path
    while not (isinstance(holder[-1], int) and isinstance(value_at(tree, holder), dict)):
        holder = holder[:-1]
    tree = _without(tree, holder)
    while value_at(tree, holder[:-1]) == [] and len(holder) > 1:
        holder = _asking(tree, holder[:-1])
        tree = _without(tree, holder)
    return _first_uncombined(tree)


def _asking(tree: Tree, emptied: Path) -> Path:
    """What asks nothing any more once the list there is empty: the `where` of an interaction, or all that holds it."""
    asks = emptied[:-1]  # the node {all: []}
    holder = value_at(tree, asks[:-1])
    if asks and asks[-1] == "where" and isinstance(holder, dict) and holder.get("kind") != "profile":
        return asks
    while not isinstance(asks[-1], int):
        asks = asks[:-1]
    return asks


def _without(tree: Tree, path: Path) -> Tree:
    holder, last = value_at(tree, path[:-1]), path[-1]
    match holder:
        case dict():
            return put(tree, path[:-1], {key: value for key, value in holder.items() if key != last})
        case list():
            return put(tree, path[:-1], [value for place, value in enumerate(holder) if place != last])
        case _:
            return tree


def _first_uncombined(tree: Tree) -> Tree:
    first = value_at(tree, ("blocks", 0))
    if not isinstance(first, dict) or "combine" not in first:
        return tree
    return _without(tree, ("blocks", 0, "combine"))
