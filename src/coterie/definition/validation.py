"""The questions one asks of a definition and a catalog: what is wrong with it, and what does it say in exact types?"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeVar

from coterie.catalog.model import Catalog
from coterie.definition.checking import type_against
from coterie.definition.nodes import Definition, DynamicSegment, Segment, StaticSegment
from coterie.definition.parsing import Parsed, parse_shape
from coterie.definition.paths import in_document_order, problems_of, shown
from coterie.definition.places import Findings, TooManyProblems
from coterie.definition.references import Web
from coterie.errors import DefinitionError, Problem
from coterie.values.pauses import Pause, go_on

__all__ = ["check", "typed", "validate"]

_NO_SEGMENTS: Mapping[str, Segment] = MappingProxyType({})

_P = TypeVar("_P", Definition, DynamicSegment, StaticSegment, Parsed)


def check(
    parsed: Parsed, catalog: Catalog, segments: Mapping[str, Segment] = _NO_SEGMENTS, *, owner_unit_known: bool = False
) -> list[Problem]:
    """Everything wrong with `parsed` that `catalog` and `segments` show, in the order in which `write` would write it.

    `segments` are those that may be referred to, by their keys; each counts as live. `owner_unit_known` says that an
    application knows the business unit of a segment's owner, so that files need not name it.
    """
    findings = Findings()
    _type(parsed, catalog, segments, findings, owner_unit_known=owner_unit_known)
    return problems_of(findings.all() + findings.last_words(), {})


def typed(
    parsed: _P, catalog: Catalog, segments: Mapping[str, Segment] = _NO_SEGMENTS, *, owner_unit_known: bool = False
) -> _P:
    """`parsed` with every constant in the type of what it is compared with.

    A number is a Decimal of at most 10 places, text and choices are trimmed NFC text, days are dates; regular
    expressions stay as written. Raises DefinitionError with all that `check` finds.
    """
    findings = Findings()
    result = _type(parsed, catalog, segments, findings, owner_unit_known=owner_unit_known)
    problems = problems_of(findings.all() + findings.last_words(), {})
    if problems:
        raise DefinitionError(*problems)
    assert isinstance(result, type(parsed))
    return result


def validate(
    source: str | bytes | Mapping[str, object],
    catalog: Catalog,
    segments: Mapping[str, Segment] = _NO_SEGMENTS,
    *,
    owner_unit_known: bool = False,
    pause: Pause = go_on,
) -> list[Problem]:
    """Everything wrong with `source`, its shape and its names at once, in the order of the document, with lines.

    What cannot be read is passed over, and what stands around it is checked nevertheless. Never raises a
    DefinitionError: text that is no document at all is a problem like others. `pause` is as `parse` has it.
    """
    try:
        shape = parse_shape(source, pause)
    except DefinitionError as error:
        return list(error.problems)
    findings = shape.findings
    _type(shape.parsed, catalog, segments, findings, owner_unit_known=owner_unit_known)
    ordered = in_document_order(findings.all(), shape.reading.tree) + findings.last_words()
    return problems_of(ordered, shape.reading.lines)


def _type(
    parsed: Parsed, catalog: Catalog, segments: Mapping[str, Segment], findings: Findings, *, owner_unit_known: bool
) -> Parsed:
    try:
        return _type_all(parsed, catalog, segments, findings, owner_unit_known=owner_unit_known)
    except TooManyProblems:
        return parsed


def _type_all(
    parsed: Parsed, catalog: Catalog, segments: Mapping[str, Segment], findings: Findings, *, owner_unit_known: bool
) -> Parsed:
    web = Web(None if isinstance(parsed, Definition) else parsed.key, catalog, segments, owner_unit_known)
    result = type_against(parsed, catalog, findings, web.check, owner_unit_known=owner_unit_known)
    for key, segment in segments.items():
        if segment.key != key:
            message = f"The segment given as {shown(key)} says of itself that it is {shown(segment.key)}."
            findings.add("invalid_value", ("segments", key), message, "Give every segment under its own key.")
    return result
