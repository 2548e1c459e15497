"""The words beside a count or a reason."""

from __future__ import annotations

from coterie.catalog.model import CONTACT, Catalog
from coterie.definition import describe_block, describe_node
from coterie.definition.nodes import (
    AllOf,
    AnyOf,
    AttributeCondition,
    Block,
    Everyone,
    Group,
    InteractionBlock,
    Node,
    Not,
    ProfileBlock,
    RelationCondition,
    SegmentBlock,
)

__all__ = ["wording_of"]


def wording_of(subject: Block | Node, catalog: Catalog) -> str:
    """What a block, group or condition says, in plain English."""
    match subject:
        case AttributeCondition() | RelationCondition() | AllOf() | AnyOf() | Not():
            return describe_node(subject, catalog, entity=CONTACT)
        case ProfileBlock() | InteractionBlock() | SegmentBlock() | Everyone() | Group():
            return describe_block(subject, catalog)
