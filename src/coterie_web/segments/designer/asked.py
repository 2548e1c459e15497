"""What a condition, measure or quantifier is compared with: its type, and the operators it can have."""

from __future__ import annotations

from collections.abc import Mapping

from coterie.catalog.model import Attribute, Catalog
from coterie.definition.nodes import Aggregate
from coterie.definition.typed_values import (
    Compared,
    aggregate_compared,
    attribute_compared,
    count_compared,
    moment_compared,
)
from coterie_web.segments.designer.tree import Behavior, Condition, Related

__all__ = ["attributes_of", "behavior_compared", "condition_compared", "quantifier_compared", "target_of"]


def attributes_of(owner: str, catalog: Catalog) -> Mapping[str, Attribute]:
    """The attributes of an entity or interaction; none of one that is not there."""
    known = catalog.entities.get(owner) or catalog.interactions.get(owner)
    return known.attributes if known else {}


def target_of(relation: str, owner: str, catalog: Catalog) -> str:
    """The entity that a relation from `owner` leads to; blank where there is no such relation."""
    known = catalog.relations.get(relation)
    return known.target if known is not None and known.source == owner else ""


def condition_compared(condition: Condition, attributes: Mapping[str, Attribute]) -> Compared | None:
    """None where the attribute is not there, or not chosen yet."""
    attribute = attributes.get(condition.attribute)
    return None if attribute is None else attribute_compared(attribute)


def behavior_compared(behavior: Behavior) -> Compared:
    """What the measure of an interaction is compared with."""
    match behavior.measure:
        case "first_at" | "last_at":
            return moment_compared("When it was")
        case "sum" | "average" | "minimum" | "maximum" as aggregate:
            return aggregate_compared(Aggregate(aggregate), behavior.of)
        case _:
            return count_compared("How often")


def quantifier_compared(related: Related) -> Compared | None:
    """None where a quantifier compares nothing."""
    match related.quantifier:
        case "count":
            return count_compared("The number of records")
        case "sum" | "average" | "minimum" | "maximum" as aggregate:
            return aggregate_compared(Aggregate(aggregate), related.of)
        case _:
            return None
