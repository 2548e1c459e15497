"""Which of the declared segments can be used, which fail, and which are held because they refer to a failing one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from coterie.catalog.model import Catalog
from coterie.definition import check, parse, typed
from coterie.definition.nodes import Definition, DynamicSegment, Segment, StaticSegment
from coterie.definition.references import references
from coterie.errors import DefinitionError

__all__ = ["Standing", "standing_of"]

Files = Mapping[str, Mapping[str, object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The segments that can be evaluated, typed; the keys of those that have a problem; and of those that wait."""

    usable: Mapping[str, Segment]
    failed: frozenset[str]
    held: frozenset[str]


def standing_of(files: Files, catalog: Catalog) -> Standing:
    """Fail closed (rules 24, 25, 31): a problem of its own fails a segment, one of what it refers to holds it."""
    parsed = {key: segment for key, file in files.items() if (segment := _parsed(file)) is not None}
    leads_to = {key: {target for _, target in references(segment)} for key, segment in parsed.items()}
    stand_ins = {key: StaticSegment(key=key, name=key, members=()) for key in files}
    reached = {key: _reached(key, leads_to) for key in parsed}
    # A reference that leads into a circle is refused where it stands (rule 25), not only on the circle.
    circular = {key for key, others in reached.items() if any(each in reached.get(each, ()) for each in {key, *others})}
    failed = {key for key in files if key not in parsed or key in circular or check(parsed[key], catalog, stand_ins)}
    held = {key for key in parsed if key not in failed and reached[key] & failed}
    usable = {key: segment for key, segment in parsed.items() if key not in failed and key not in held}
    return Standing(
        usable={key: _typed(segment, catalog, usable) for key, segment in usable.items()},
        failed=frozenset(failed),
        held=frozenset(held),
    )


def _parsed(file: Mapping[str, object]) -> Segment | None:
    return _parsed_text(json.dumps(file))


@lru_cache(maxsize=4096)
def _parsed_text(text: str) -> Segment | None:
    try:
        segment = parse(json.loads(text))
    except DefinitionError:
        return None
    return None if isinstance(segment, Definition) else segment


def _reached(key: str, leads_to: Mapping[str, set[str]]) -> set[str]:
    """All that `key` refers to, directly or not; itself only where it is on a circle."""
    reached: set[str] = set()
    ahead = set(leads_to.get(key, ()))
    while ahead:
        reached |= ahead
        ahead = {target for one in ahead for target in leads_to.get(one, ())} - reached
    return reached


def _typed(segment: Segment, catalog: Catalog, segments: Mapping[str, Segment]) -> Segment:
    match segment:
        case DynamicSegment():
            return typed(segment, catalog, segments)
        case StaticSegment():
            return typed(segment, catalog, segments)
