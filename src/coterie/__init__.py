"""Coterie: who, exactly, right now, and why.

    engine = coterie.open("shop.duckdb", catalog="catalog.yaml")
    engine.load("contact", "customers.csv")
    engine.count(definition, as_of=datetime.now(UTC))

Architecture and language are described in `docs/`.
"""

from coterie.catalog import Catalog, parse_catalog
from coterie.definition import Definition, DynamicSegment, StaticSegment, parse
from coterie.engine import (
    Breakdown,
    Engine,
    Explanation,
    NodeCount,
    NodeReason,
    Reason,
    StepCount,
    StepReason,
)
from coterie.engine import open_engine as open  # noqa: A004 - `coterie.open` is the library's door
from coterie.errors import (
    CatalogError,
    CoterieError,
    DefinitionError,
    Problem,
    QuestionError,
    ReadError,
    StoreError,
)
from coterie.membership import Membership
from coterie.records import ImportReport

__all__ = [
    "Breakdown",
    "Catalog",
    "CatalogError",
    "CoterieError",
    "Definition",
    "DefinitionError",
    "DynamicSegment",
    "Engine",
    "Explanation",
    "ImportReport",
    "Membership",
    "NodeCount",
    "NodeReason",
    "Problem",
    "QuestionError",
    "ReadError",
    "Reason",
    "StaticSegment",
    "StepCount",
    "StepReason",
    "StoreError",
    "open",
    "parse",
    "parse_catalog",
]
