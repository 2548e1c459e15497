"""What may be asked about, for programs that build definitions."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Router, Schema

from coterie import Catalog
from coterie.catalog import AttributeType, Entity, Interaction, RelationKind
from coterie_web.catalogs.engine import engine
from coterie_web.rest.asking import READING

__all__ = ["router"]

router = Router(tags=["catalog"], auth=READING)


class AttributeOut(Schema):
    """An attribute. `choices` are the listed ones; empty where none are listed."""

    name: str
    type: AttributeType
    choices: list[str]
    label: str | None
    description: str | None


class EntityOut(Schema):
    """A kind of record; the contact is one."""

    name: str
    key: str
    label: str | None
    description: str | None
    attributes: list[AttributeOut]


class ContactKindOut(EntityOut):
    """The contact: the columns of its name, its e-mail address and its business unit, where there are such."""

    name_columns: list[str]
    email: str | None
    business_unit: str | None


class RelationOut(Schema):
    """A way from one entity to another, over the key column `column`."""

    name: str
    source: str
    target: str
    kind: RelationKind
    column: str
    label: str | None
    description: str | None


class InteractionOut(Schema):
    """A kind of thing that contacts do."""

    name: str
    label: str | None
    description: str | None
    attributes: list[AttributeOut]


class OrganizationOut(Schema):
    """What dates are read by. `first_weekday` counts from Monday = 0."""

    time_zone: str
    first_weekday: int
    fiscal_start_month: int


class CatalogOut(Schema):
    """The catalog, and the version of the data at hand."""

    data_version: int
    organization: OrganizationOut
    contact: ContactKindOut
    entities: list[EntityOut]
    relations: list[RelationOut]
    interactions: list[InteractionOut]


@router.get("/catalog", response=CatalogOut, operation_id="getCatalog", summary="The catalog")
def catalog(request: HttpRequest) -> dict[str, object]:
    """Entities, relations and interactions, with their attributes: what definitions may ask about."""
    known: Catalog = engine().catalog
    return {
        "data_version": engine().data_version,
        "organization": known.organization,
        "contact": _described(known.contact),
        "entities": [_described(each) for name, each in known.entities.items() if name != known.contact.name],
        "relations": list(known.relations.values()),
        "interactions": [_described(each) for each in known.interactions.values()],
    }


def _described(kind: Entity | Interaction) -> dict[str, object]:
    """Its fields, with the attributes in their order."""
    described = {name: getattr(kind, name) for name in kind.__dataclass_fields__}
    return {**described, "attributes": list(kind.attributes.values())}
