"""The definition language: read, check against a catalog, write back."""

from coterie.definition.nodes import Definition, DynamicSegment, Segment, StaticSegment
from coterie.definition.parsing import Parsed, parse
from coterie.definition.validation import check, typed, validate

__all__ = [
    "Definition",
    "DynamicSegment",
    "Parsed",
    "Segment",
    "StaticSegment",
    "check",
    "parse",
    "typed",
    "validate",
]
