"""A catalog as plain data again, from which `parse_catalog` makes an equal one."""

from __future__ import annotations

from collections.abc import Mapping

from coterie.catalog.model import CONTACT, Attribute, Catalog, Entity, Interaction, Organization, Relation, RelationKind
from coterie.catalog.parsing import VERSION, WEEKDAYS

__all__ = ["catalog_as_data"]


def catalog_as_data(catalog: Catalog) -> dict[str, object]:
    """What JSON can hold of `catalog`: all of it."""
    contact = catalog.contact
    roles = {"name": list(contact.name_columns), "email": contact.email, "business_unit": contact.business_unit}
    entities = {name: _entity(entity) for name, entity in catalog.entities.items() if name != CONTACT}
    sections = {
        "entities": entities,
        "relations": {name: _relation(relation) for name, relation in catalog.relations.items()},
        "interactions": {name: _interaction(each) for name, each in catalog.interactions.items()},
    }
    return {
        "coterie": VERSION,
        "organization": _organization(catalog.organization),
        "contact": {**_entity(contact), **_given(roles)},
        **_given(sections),
    }


def _organization(organization: Organization) -> dict[str, object]:
    return {
        "time_zone": organization.time_zone,
        "first_weekday": WEEKDAYS[organization.first_weekday],
        "fiscal_start_month": organization.fiscal_start_month,
    }


def _entity(entity: Entity) -> dict[str, object]:
    return {"key": entity.key, **_described(entity), **_given({"attributes": _attributes(entity.attributes)})}


def _interaction(interaction: Interaction) -> dict[str, object]:
    return {**_described(interaction), "attributes": _attributes(interaction.attributes)}


def _attributes(attributes: Mapping[str, Attribute]) -> dict[str, object]:
    return {
        name: {"type": str(each.type), **_given({"choices": list(each.choices)}), **_described(each)}
        for name, each in attributes.items()
    }


def _relation(relation: Relation) -> dict[str, object]:
    kind = "many_to_one" if relation.kind is RelationKind.MANY_TO_ONE else "one_to_many"
    return {"from": relation.source, "to": relation.target, kind: relation.column, **_described(relation)}


def _described(thing: Attribute | Entity | Relation | Interaction) -> dict[str, object]:
    return _given({"label": thing.label, "description": thing.description})


def _given(values: Mapping[str, object]) -> dict[str, object]:
    """What is there of `values`."""
    return {name: value for name, value in values.items() if value}
