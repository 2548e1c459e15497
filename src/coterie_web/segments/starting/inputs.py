"""What people type into a parameter, found from where it stands in the definition and from the catalog."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from coterie import Catalog
from coterie.catalog.model import CONTACT, Attribute, AttributeType
from coterie.definition.nodes import Period, Unit
from coterie.definition.phrases import label_of
from coterie_web.segments.starting.places import Path, Tree, value_at

__all__ = ["UNITS", "Input", "Kind", "askable", "input_at"]

UNITS: Mapping[str, str] = {unit.value: unit.value.replace("_", " ") for unit in Unit}
_PERIODS = tuple(period.value for period in Period)
_RANGES = frozenset({"between", "not_between"})


class Kind(StrEnum):
    """How a value is typed."""

    TEXT = "text"
    TEXTS = "texts"
    NUMBER = "number"
    NUMBERS = "numbers"
    DATE = "date"
    CHOICE = "choice"
    CHOICES = "choices"
    BOOLEAN = "boolean"
    DURATION = "duration"
    PERIOD = "period"
    SEGMENT = "segment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """How a value is typed, what it belongs to in words, and, for text, of which attribute values may be offered."""

    kind: Kind
    about: str
    entity: str = ""
    attribute: str = ""
    choices: tuple[str, ...] = ()


def input_at(definition: Tree, path: Path, catalog: Catalog) -> Input | None:
    """The input for the value at a place; None where there is nothing to fill in."""
    value, last = value_at(definition, path), path[-1] if path else ""
    holder = value_at(definition, path[:-1])
    about, entity = _surroundings(definition, path, catalog)
    match value:
        case {"count": _, "unit": _}:
            return Input(kind=Kind.DURATION, about=about)
        case str() if last == "segment":
            return Input(kind=Kind.SEGMENT, about="Segment")
        case str() if value in _PERIODS and last in {"value", "period", "in_period"} and _is_of_dates(holder):
            return Input(kind=Kind.PERIOD, about=about)
        case int() | float() | str() | list() if last == "value" and isinstance(holder, dict):
            name = holder.get("attribute")
            if isinstance(name, str) and "operator" in holder and "relation" not in holder and "kind" not in holder:
                return _of_attribute(name, entity, holder, about, catalog)
            return Input(kind=Kind.NUMBER, about=about)
        case _:
            return None


def _is_of_dates(holder: Tree) -> bool:
    return isinstance(holder, dict) and holder.get("operator", "in_period") in {"in_period", "not_in_period"}


def _of_attribute(name: str, entity: str, condition: Mapping[str, Tree], about: str, catalog: Catalog) -> Input | None:
    attribute = _attributes(entity, catalog).get(name)
    if attribute is None:
        return Input(kind=Kind.TEXT, about=about)  # the catalog lacks it: the template says so
    value = condition.get("value")
    is_many = isinstance(value, list) and condition.get("operator") not in _RANGES
    kind = _kind(attribute, is_many=is_many, is_range=isinstance(value, list) and not is_many)
    return Input(kind=kind, about=about, entity=entity, attribute=name, choices=attribute.choices)


def _kind(attribute: Attribute, *, is_many: bool, is_range: bool) -> Kind:
    match attribute.type:
        case AttributeType.NUMBER:
            return Kind.NUMBERS if is_many or is_range else Kind.NUMBER
        case AttributeType.BOOLEAN:
            return Kind.BOOLEAN
        case AttributeType.DATE | AttributeType.DATETIME:
            return Kind.DATE
        case _ if attribute.choices:
            return Kind.CHOICES if is_many else Kind.CHOICE
        case _:
            return Kind.TEXTS if is_many else Kind.TEXT


def _attributes(entity: str, catalog: Catalog) -> Mapping[str, Attribute]:
    if entity in catalog.interactions:
        return catalog.interactions[entity].attributes
    return catalog.entities[entity].attributes if entity in catalog.entities else {}


def _surroundings(definition: Tree, path: Path, catalog: Catalog) -> tuple[str, str]:
    """In words, what a place belongs to: the contact, a related record or an interaction; and its entity's name."""
    words, entity = "Contact", CONTACT
    for length in range(1, len(path)):
        match value_at(definition, path[:length]):
            case {"kind": "interaction", "interaction": str(name)}:
                words, entity = f"Interaction: {label_of(name, catalog.interactions)}", name
            case {"relation": str(name)} if name in catalog.relations:
                entity = catalog.relations[name].target
                words = f"Related record: {label_of(entity, catalog.entities)}"
    return words, entity


def askable(definition: Tree, catalog: Catalog) -> Iterator[tuple[Path, Input]]:
    """Every place of a definition that may be made a parameter, in order."""
    for path in _places(definition, ()):
        found = input_at(definition, path, catalog)
        if found is not None:
            yield path, found


def _places(tree: Tree, path: Path) -> Iterator[Path]:
    """Every value that could be typed; of a duration the whole, not its parts."""
    match tree:
        case {"count": _, "unit": _}:
            yield path
        case dict():
            for key, value in tree.items():
                if key in {"value", "segment"} and not isinstance(value, dict):
                    yield (*path, key)
                yield from _places(value, (*path, key))
        case list() if not path or path[-1] != "value":
            for place, value in enumerate(tree):
                yield from _places(value, (*path, place))
