"""From text, bytes or a caller's mapping to one plain tree, with the line of each path where there was text."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Never

from coterie.definition.paths import Finding, Path, problems_of, shown
from coterie.errors import DefinitionError, Problem
from coterie.values.documents import DEPTH, Document, DocumentError, Tree, read_document
from coterie.values.pauses import Pause, go_on
from coterie.values.text import is_storable

__all__ = ["JSON_LIMIT", "VALUES_LIMIT", "YAML_LIMIT", "Reading", "read"]

JSON_LIMIT = 8 * 1024 * 1024
"""Bytes of JSON that are read."""

YAML_LIMIT = 1024 * 1024
"""Bytes of YAML that are read: reading it takes twenty times as long as JSON."""

VALUES_LIMIT = 2_000_000
"""Values that a caller's mapping may hold: more than any text can."""

_LONGEST_WHOLE_NUMBER = 1000
"""Bits of a whole number that are looked at: three hundred digits, ten times what any number may have."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The tree of a definition; the line of each path, if it was text; and what in it can be no part of any."""

    tree: Tree
    lines: Mapping[str, int] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


def read(source: object, pause: Pause = go_on) -> Reading:
    """Read `source`: text, bytes of UTF-8, or a mapping. Raises DefinitionError where that gives no tree:
    `syntax_error`, `limit_exceeded`, or `invalid_value` for anything else."""
    match source:
        case str() | bytes():
            document = _read_text(source, pause)
            return Reading(document.tree, document.lines)
        case Mapping():
            return _read_mapping(source)
        case _:
            message = f"A definition is text or a mapping, not {type(source).__name__}."
            raise DefinitionError(Problem(code="invalid_value", path="", message=message))


def _read_text(text: str | bytes, pause: Pause) -> Document:
    try:
        return read_document(text, yaml_limit=YAML_LIMIT, json_limit=JSON_LIMIT, pause=pause)
    except DocumentError as error:
        raise DefinitionError(*(_with_way_out(problem, len(text)) for problem in error.problems)) from None


def _with_way_out(problem: Problem, size: int) -> Problem:
    if problem.code == "limit_exceeded" and not problem.hint and YAML_LIMIT < size <= JSON_LIMIT:
        return replace(problem, hint=f"Written as JSON, it may have {JSON_LIMIT:,} bytes.")
    return problem


# --- mappings --------------------------------------------------------------------------------------------------------


def _read_mapping(source: Mapping[str, object]) -> Reading:
    """Copy `source` with a stack instead of recursion: it may be nested without end, or hold itself."""
    top: dict[str, Tree] = {}
    findings: list[Finding] = []
    waiting: list[tuple[object, Tree, Path]] = [(source, top, ())]
    values = 0
    while waiting:
        given, copy, path = waiting.pop()
        for key, value in _items(given):
            values += 1
            if values > VALUES_LIMIT:
                _refuse((), f"This holds more than {VALUES_LIMIT:,} values.")
            if isinstance(copy, dict) and not isinstance(key, str):
                findings.append(Finding("invalid_value", path, f"A key is text, not {shown(key)}."))
                continue
            here = (*path, key)
            child = _plain(value, here, findings)
            if isinstance(child, dict | list):
                if len(here) >= DEPTH:
                    _refuse(here, f"This is nested deeper than {DEPTH} levels.")
                waiting.append((value, child, here))
            _put(copy, key, child)
    return Reading(top, {}, tuple(findings))


def _items(container: object) -> list[tuple[str | int, object]]:
    if isinstance(container, Mapping):
        return [(str(key) if isinstance(key, str) else key, value) for key, value in container.items()]
    assert isinstance(container, list | tuple)
    return list(enumerate(container))


def _put(container: Tree, key: str | int, value: Tree) -> None:
    if isinstance(container, list):
        container.append(value)
    else:
        assert isinstance(container, dict)
        assert isinstance(key, str)
        container[key] = value


def _plain(value: object, path: Path, findings: list[Finding]) -> Tree:
    """`value` as a tree holds it. A container comes out empty; what no definition can hold is reported, and null."""
    match value:
        case str():
            if is_storable(value) and "\0" not in value:
                return str(value)
            reason = "This text holds a NUL or half of a surrogate pair, which is no character."
        case datetime():
            reason = f"{value} is an instant, not a day."
        case None | bool() | date():
            return value
        case int() if value.bit_length() <= _LONGEST_WHOLE_NUMBER:
            return int(value)
        case float() if math.isfinite(value):
            return Decimal(repr(float(value)))
        case Decimal() if value.is_finite():
            return value
        case int() | float() | Decimal():
            reason = "This is no number that can be compared."
        case Mapping():
            return {}
        case list() | tuple():
            return []
        case _:
            reason = f"A value is text, a number, true or false, or a day, not {type(value).__name__}."
    findings.append(Finding("invalid_value", path, reason))
    return None


def _refuse(path: Path, message: str) -> Never:
    raise DefinitionError(*problems_of([Finding("limit_exceeded", path, message)], {}))
