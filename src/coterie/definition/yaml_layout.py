"""How YAML is laid out: what is short on one line, all else in blocks, and text in quotes where it must be."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from coterie.values.documents import Tree

__all__ = ["write_yaml"]

_WIDTH = 130
"""Characters of a line at which flow style ends."""

_FLOW_LEVELS = 3
"""Levels of nesting that one line may hold."""

_ALWAYS_IN_BLOCKS = frozenset(("blocks", "block", "definition"))
"""Keys whose mapping is never written on one line: the outline of a definition stays visible."""


def write_yaml(tree: dict[str, Tree]) -> str:
    """`tree` as a YAML document: the same text for the same tree, which any reader of YAML 1.1 or 1.2 reads alike."""
    return "\n".join(_mapping_lines(tree, 0)) + "\n"


def _mapping_lines(mapping: dict[str, Tree], indent: int) -> Iterator[str]:
    for key, value in mapping.items():
        name = _text(key, in_flow=False)
        start = f"{name}:"
        flow = _flow_if_short(value, indent + len(start) + 1)
        if flow is not None:
            yield f"{' ' * indent}{start} {flow}"
        else:
            yield f"{' ' * indent}{start}"
            yield from _block_lines(value, indent + 2)


def _block_lines(value: Tree, indent: int) -> Iterator[str]:
    if isinstance(value, dict):
        yield from _mapping_lines(value, indent)
    elif isinstance(value, list):
        for element in value:
            yield from _element_lines(element, indent)


def _element_lines(element: Tree, indent: int) -> Iterator[str]:
    flow = _flow_if_short(element, indent + 2)
    if flow is not None:
        yield f"{' ' * indent}- {flow}"
        return
    # The first line of what is inside stands beside the dash.
    lines = _block_lines(element, indent + 2)
    yield f"{' ' * indent}- {next(lines)[indent + 2 :]}"
    yield from lines


# --- flow style ------------------------------------------------------------------------------------------------------


def _flow_if_short(value: Tree, column: int) -> str | None:
    """`value` on one line, if it is a scalar or short and simple enough for that."""
    if not isinstance(value, dict | list) or not value:
        return _scalar(value, in_flow=False)
    if not _is_simple(value, _FLOW_LEVELS):
        return None
    flow = _flow(value)
    return flow if column + len(flow) <= _WIDTH else None


def _is_simple(value: Tree, levels: int) -> bool:
    """Whether `value` reads well on one line: few levels, no block inside, no list of several mappings."""
    match value:
        case dict():
            inside = list(value.values())
            if not _ALWAYS_IN_BLOCKS.isdisjoint(value):
                return False
        case list():
            inside = value
            if len(value) > 1 and any(isinstance(element, dict) for element in value):
                return False
        case _:
            return True
    return levels > 0 and all(_is_simple(one, levels - 1) for one in inside)


def _flow(value: Tree) -> str:
    match value:
        case dict():
            pairs = (f"{_text(key, in_flow=True)}: {_flow(child)}" for key, child in value.items())
            return f"{{{', '.join(pairs)}}}"
        case list():
            return f"[{', '.join(map(_flow, value))}]"
        case _:
            return _scalar(value, in_flow=True)


# --- scalars ---------------------------------------------------------------------------------------------------------


def _scalar(value: Tree, *, in_flow: bool) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case Decimal():
            return _number(value)
        case date():
            return value.isoformat()
        case str():
            return _text(value, in_flow=in_flow)
        case dict():
            return "{}"
        case list():
            return "[]"


_LONGEST_WRITTEN_OUT = 40


def _number(number: Decimal) -> str:
    if not number:
        return "0"
    digits = str(number) if abs(number.adjusted()) > _LONGEST_WRITTEN_OUT else format(number, "f")
    return digits.rstrip("0").rstrip(".") if "." in digits and "E" not in digits else digits


_PLAIN = re.compile(r"[^\W\d_](?:[\w .@/()'+-]*[\w.@/()'+-])?")
_PLAIN_OUTSIDE_FLOW = re.compile(r"[^\W\d_](?:[\w .,@/()'+-]*[\w.@/()'+-])?")
_OTHER_MEANINGS = frozenset(("null", "true", "false", "yes", "no", "on", "off", "y", "n"))
"""Words that some version of YAML reads as something else than text, in any case."""


def _text(text: str, *, in_flow: bool) -> str:
    """`text` plain where every reader takes it as just that, else in double quotes as in JSON."""
    plain = _PLAIN if in_flow else _PLAIN_OUTSIDE_FLOW
    if plain.fullmatch(text) and text.lower() not in _OTHER_MEANINGS:
        return text
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", json.dumps(text, ensure_ascii=False))


_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
"""What JSON writes as it is and YAML does not read so."""
