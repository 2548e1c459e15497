"""From what was written to the typed tree: segment files and bare definitions, judged by their shape alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias, TypedDict

from coterie.definition.blocks import parse_segment_key, parse_steps
from coterie.definition.grammar import (
    DYNAMIC_KEYS,
    EXTERNAL,
    FILE_KEYS,
    PINNED,
    SEGMENT_TYPES,
    STATIC_KEYS,
    VERSION,
    Keys,
)
from coterie.definition.nodes import Definition, DynamicSegment, External, Pinned, Scope, Segment, StaticSegment
from coterie.definition.paths import in_document_order, problems_of, shown
from coterie.definition.places import Findings, Place, TooManyProblems
from coterie.definition.reading import Reading, read
from coterie.errors import DefinitionError
from coterie.values.pauses import Pause, go_on
from coterie.values.text import normalize
from coterie.values.times import find_zone, zone_names

__all__ = ["Parsed", "Shape", "parse", "parse_shape"]

Parsed: TypeAlias = Definition | DynamicSegment | StaticSegment

_BARE = Keys(("blocks",))


@dataclass(frozen=True, slots=True)
class Shape:
    """What was read, and what is wrong with its shape. With findings, `parsed` holds stand-ins where those are."""

    parsed: Parsed
    reading: Reading
    findings: Findings


def parse(source: str | bytes | Mapping[str, object], *, pause: Pause = go_on) -> Parsed:
    """Read a segment file, or a definition alone (`{blocks: [...]}`), from YAML 1.2 or JSON text, or from a mapping.

    The shape is checked, not the names in it: see `check`. Raises DefinitionError with all problems, in the order of
    the document, each with its line where `source` is text. `pause` is called again and again: what it raises breaks
    the reading off.
    """
    shape = parse_shape(source, pause)
    findings = in_document_order(shape.findings.all(), shape.reading.tree) + shape.findings.last_words()
    if findings:
        raise DefinitionError(*problems_of(findings, shape.reading.lines))
    return shape.parsed


def parse_shape(source: str | bytes | Mapping[str, object], pause: Pause = go_on) -> Shape:
    """Read `source` as `parse` does, but return what is wrong. Raises DefinitionError where there is no tree."""
    reading = read(source, pause)
    findings = Findings(reading.findings, pause)
    try:
        parsed = _parse_top(Place(reading.tree, (), findings))
    except TooManyProblems:
        parsed = Definition(steps=())
    return Shape(parsed, reading, findings)


def _parse_top(place: Place) -> Parsed:
    if place.value is None:
        place.report("empty", "There is nothing here.", "A definition alone is written blocks: [...].")
        return Definition(steps=())
    if not place.is_mapping("A definition or segment file"):
        return Definition(steps=())
    assert isinstance(place.value, dict)
    if any(key in FILE_KEYS for key in place.value):
        return _parse_file(place)
    return _parse_definition(place, "A definition")


def _parse_definition(place: Place, what: str) -> Definition:
    if not place.is_mapping(what):
        return Definition(steps=())
    place.check_keys(_BARE, what)
    return Definition(steps=parse_steps(place.at("blocks"), 0) if place.has("blocks") else ())


# --- segment files ---------------------------------------------------------------------------------------------------


class _Common(TypedDict):
    """What dynamic and static segments both say."""

    key: str
    name: str
    time_zone: str | None
    scope: Scope
    business_unit: str | None
    description: str | None
    tags: tuple[str, ...]
    owner: str | None


def _parse_file(place: Place) -> Segment:
    if place.has("coterie") and not _is_known_version(place.at("coterie")):
        # What another version means by its keys is not ours to judge.
        return StaticSegment(key="", name="", members=())
    is_static = _is_static(place)
    _report_strays(place, is_static=is_static)
    place.check_keys(STATIC_KEYS if is_static else DYNAMIC_KEYS, f"A {'static' if is_static else 'dynamic'} segment")
    common = _parse_common(place)
    if is_static:
        members = _parse_contacts(place, "members")
        external = _parse_external(place.at("external")) if place.has("external") else None
        return StaticSegment(**common, members=members, external=external)
    has_definition = place.has("definition")
    definition = _parse_definition(place.at("definition"), "The definition") if has_definition else Definition(steps=())
    pinned = _parse_pinned(place.at("pinned")) if place.has("pinned") else Pinned()
    return DynamicSegment(**common, definition=definition, pinned=pinned)


def _report_strays(place: Place, *, is_static: bool) -> None:
    """Report keys that would be right in the other type of segment, or inside the definition."""
    own, other = (STATIC_KEYS, DYNAMIC_KEYS) if is_static else (DYNAMIC_KEYS, STATIC_KEYS)
    this, that = ("static", "dynamic") if is_static else ("dynamic", "static")
    for key in other.every:
        if key not in own.every and place.has(key):
            place.at(key).report("unknown_key", f"A {this} segment has no key {key!r}.", f"A {that} one has.")
    if place.has("blocks"):
        message = "A segment file has no key 'blocks' at its top."
        place.at("blocks").report("unknown_key", message, "It stands under 'definition'.")


def _is_known_version(place: Place) -> bool:
    if place.value == VERSION and not isinstance(place.value, bool):
        return True
    message = f"The version {shown(place.value)} of the format is not known."
    place.report("unsupported_version", message, f"Write coterie: {VERSION}.")
    return False


def _is_static(place: Place) -> bool:
    """Whether the segment is static: as it says, else by what it holds."""
    if place.has("type"):
        word = place.at("type").word(SEGMENT_TYPES, "invalid_value", "type of segment")
        if word is not None:
            return word == "static"
    return place.has("members") and not place.has("definition")


def _parse_common(place: Place) -> _Common:
    return _Common(
        key=(parse_segment_key(place.at("segment")) if place.has("segment") else None) or "",
        name=_parse_text(place, "name") or "",
        time_zone=_parse_zone(place.at("time_zone")) if place.has("time_zone") else None,
        scope=_parse_scope(place.at("scope")) if place.has("scope") else Scope.ORGANIZATION,
        business_unit=_parse_unit(place),
        description=_parse_text(place, "description", may_be_blank=True),
        tags=_parse_tags(place),
        owner=_parse_text(place, "owner"),
    )


def _parse_text(place: Place, key: str, *, may_be_blank: bool = False) -> str | None:
    return place.at(key).text(f"'{key}'", may_be_blank=may_be_blank) if place.has(key) else None


def _parse_unit(place: Place) -> str | None:
    """The unit of the segment's owner, trimmed as a key is: units are compared as keys (rule 28)."""
    unit = _parse_text(place, "business_unit")
    return None if unit is None else normalize(unit)


def _parse_zone(place: Place) -> str | None:
    name = place.text("The time zone")
    if name is None:
        return None
    if find_zone(name) is not None:
        return name
    message = f"There is no time zone {shown(name)}."
    place.findings.add("unknown_time_zone", place.path, message, close_to=(name, sorted(zone_names())))
    return None


def _parse_scope(place: Place) -> Scope:
    word = place.word(tuple(Scope), "invalid_value", "scope")
    return Scope.ORGANIZATION if word is None else Scope(word)


def _parse_tags(place: Place) -> tuple[str, ...]:
    return _parse_texts(place, "tags", "A tag") if place.has("tags") else ()


def _parse_contacts(place: Place, key: str) -> tuple[str, ...]:
    """The keys of contacts, trimmed as those of records are: they are compared exactly."""
    return tuple(map(normalize, _parse_texts(place, key, "The key of a contact"))) if place.has(key) else ()


def _parse_texts(place: Place, key: str, what: str) -> tuple[str, ...]:
    # The members of a segment are no constants of a condition: only the size of the text limits them.
    elements = place.at(key).elements(f"'{key}'", may_be_empty=True, most=None)
    texts = (element.text(what) for element in elements or ())
    return tuple(text for text in texts if text is not None)


def _parse_pinned(place: Place) -> Pinned:
    if not place.is_mapping("'pinned'"):
        return Pinned()
    place.check_keys(PINNED, "'pinned'")
    return Pinned(keep_in=_parse_contacts(place, "keep_in"), keep_out=_parse_contacts(place, "keep_out"))


def _parse_external(place: Place) -> External | None:
    if not place.is_mapping("'external'"):
        return None
    place.check_keys(EXTERNAL, "'external'")
    source, url = _parse_text(place, "source"), _parse_text(place, "url")
    return None if source is None or url is None else External(source=source, url=url)
