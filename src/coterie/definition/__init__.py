"""The definition language: read, check against a catalog, write back."""

from coterie.definition.nodes import Definition, DynamicSegment, Segment, StaticSegment
from coterie.definition.parsing import Parsed, parse
from coterie.definition.shape_schema import json_schema
from coterie.definition.validation import check, typed, validate
from coterie.definition.wording import describe, describe_block, describe_node
from coterie.definition.writing import to_mapping, write

__all__ = [
    "Definition",
    "DynamicSegment",
    "Parsed",
    "Segment",
    "StaticSegment",
    "check",
    "describe",
    "describe_block",
    "describe_node",
    "json_schema",
    "parse",
    "to_mapping",
    "typed",
    "validate",
    "write",
]
