"""What a condition, measure or quantifier is compared with: its type, and the operators it can have."""

from __future__ import annotations

from collections.abc import Mapping

from coterie.catalog.model import CONTACT, Attribute, Catalog
from coterie.definition.nodes import Aggregate
from coterie.definition.typed_values import (
    Compared,
    aggregate_compared,
    attribute_compared,
    count_compared,
    moment_compared,
)
from coterie_web.segments.designer.tree import Behavior, Condition, Group, Profile, Related, Tree, parts_of

__all__ = ["attributes_of", "behavior_compared", "condition_compared", "owners_of", "quantifier_compared", "target_of"]


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


def owners_of(tree: Tree, catalog: Catalog) -> Mapping[str, str]:
    """The entity or interaction that each condition of a tree speaks of, by the condition's id."""
    owners: dict[str, str] = {}

    def walk(group: Group, owner: str) -> None:
        for node in group.nodes:
            owners[node.id] = owner
            match node:
                case Group():
                    walk(node, owner)
                case Related(relation=relation, where=Group() as where):
                    walk(where, target_of(relation, owner, catalog))
                case _:
                    pass

    for part in parts_of(tree.steps):
        match part:
            case Profile(where=where):
                walk(where, CONTACT)
            case Behavior(interaction=interaction, where=Group() as where):
                walk(where, interaction)
            case _:
                pass
    return owners
