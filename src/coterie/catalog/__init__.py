"""The catalog: what may be asked about, read from a file and kept as typed, immutable objects.

`coterie.catalog.infer` proposes one from data files; it is imported by itself, for it brings pyarrow along.
"""

from coterie.catalog.model import (
    CONTACT,
    Attribute,
    AttributeType,
    Catalog,
    Contact,
    Entity,
    Interaction,
    Organization,
    Relation,
    RelationKind,
)
from coterie.catalog.parsing import parse_catalog
from coterie.catalog.standard import STANDARD_GROUPS, standard_interactions, standard_phrases

__all__ = [
    "CONTACT",
    "STANDARD_GROUPS",
    "Attribute",
    "AttributeType",
    "Catalog",
    "Contact",
    "Entity",
    "Interaction",
    "Organization",
    "Relation",
    "RelationKind",
    "parse_catalog",
    "standard_interactions",
    "standard_phrases",
]
