"""Relations followed, one hop at a time: from records to those that they lead to, and back again."""

from __future__ import annotations

import pyarrow as pa

from coterie.backends.duckdb.arrays import Ordinals
from coterie.backends.duckdb.naming import entity_table, quoted, reference_column
from coterie.backends.duckdb.source import Source
from coterie.catalog.model import Relation, RelationKind

__all__ = ["link_of", "owners_of", "reached_from"]


def link_of(relation: Relation) -> tuple[str, str, str]:
    """The table that holds a relation, and its columns of where one stands and of what is reached from there."""
    link = reference_column(relation.column)
    if relation.kind is RelationKind.MANY_TO_ONE:
        return entity_table(relation.source), "ordinal", link
    return entity_table(relation.target), link, "ordinal"


def reached_from(here: Ordinals, relation: Relation, source: Source) -> Ordinals:
    """The ordinals of what the relation leads to from records with these ordinals; sorted, each once."""
    table, start, end = link_of(relation)
    return _other_end(table, start, end, here, source)


def owners_of(there: Ordinals, relation: Relation, source: Source) -> Ordinals:
    """The ordinals of the records from which the relation leads to records with these ordinals; sorted, each once."""
    table, start, end = link_of(relation)
    return _other_end(table, end, start, there, source)


def _other_end(table: str, given: str, wanted: str, ordinals: Ordinals, source: Source) -> Ordinals:
    if not len(ordinals):
        return ordinals
    found = source.query(
        f"SELECT DISTINCT {quoted(wanted)} AS ordinal FROM {quoted(table)} "
        f"WHERE {quoted(given)} IN (SELECT v FROM chosen) AND {quoted(wanted)} IS NOT NULL ORDER BY 1",
        (),
        {"chosen": pa.table({"v": ordinals})},
    )
    answer: Ordinals = found.column(0).to_numpy()
    return answer
