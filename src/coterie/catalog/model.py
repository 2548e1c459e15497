"""The catalog as typed, immutable objects: what may be asked about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

__all__ = [
    "CONTACT",
    "Attribute",
    "AttributeType",
    "Catalog",
    "Contact",
    "Entity",
    "Interaction",
    "Organization",
    "Relation",
    "RelationKind",
]

CONTACT = "contact"
"""The name under which the contact is addressed among the entities: in relations and in `load`."""


class AttributeType(StrEnum):
    TEXT = "text"
    CHOICE = "choice"
    MULTI_CHOICE = "multi_choice"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """A typed attribute. `choices` are the listed ones of a (multi-)choice; empty means that none are listed."""

    name: str
    type: AttributeType
    choices: tuple[str, ...] = ()
    label: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """Settings that dates are read by. `first_weekday` counts from Monday = 0, `fiscal_start_month` from 1."""

    time_zone: str = "UTC"
    first_weekday: int = 0
    fiscal_start_month: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A kind of record with a key. `attributes` are those that conditions may name."""

    name: str
    key: str
    attributes: Mapping[str, Attribute] = field(default_factory=lambda: MappingProxyType({}))
    label: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact(Entity):
    """The contact. Its key, name columns, e-mail and unit are text attributes even where the catalog lists none."""

    name_columns: tuple[str, ...] = ()
    email: str | None = None
    business_unit: str | None = None


class RelationKind(StrEnum):
    MANY_TO_ONE = "many_to_one"
    ONE_TO_MANY = "one_to_many"


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A way from one entity to another.

    `column` is the key column that links the two: a column of `source` (many to one), or of `target` (one to many).
    """

    name: str
    source: str
    target: str
    kind: RelationKind
    column: str
    label: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """A kind of thing that contacts do. Its records carry `message_id`, the contact's key and `occurred_at` besides."""

    name: str
    attributes: Mapping[str, Attribute] = field(default_factory=lambda: MappingProxyType({}))
    label: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """What may be asked about. `entities` holds the contact too, under `CONTACT`."""

    organization: Organization
    contact: Contact
    entities: Mapping[str, Entity]
    relations: Mapping[str, Relation]
    interactions: Mapping[str, Interaction]

    def relations_from(self, entity: str) -> Mapping[str, Relation]:
        """The relations that start at `entity`, by name."""
        return {name: relation for name, relation in self.relations.items() if relation.source == entity}

    def key_columns(self, entity: str) -> Mapping[str, str]:
        """The columns of `entity` that hold keys of other records: column → entity whose key it is.

        One column may serve several relations, all to the same entity (checked when the catalog is read).
        """
        columns: dict[str, str] = {}
        for relation in self.relations.values():
            if relation.kind is RelationKind.MANY_TO_ONE and relation.source == entity:
                columns[relation.column] = relation.target
            if relation.kind is RelationKind.ONE_TO_MANY and relation.target == entity:
                columns[relation.column] = relation.source
        return columns
