"""Whole records by their ordinals, and those that relations lead to."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pyarrow as pa
from pyroaring import BitMap

from coterie.backends.duckdb.naming import entity_table, quoted, reference_column
from coterie.backends.duckdb.shown_columns import ShownColumns, ordinal_table
from coterie.backends.duckdb.source import Source
from coterie.catalog.model import Relation
from coterie.planning.browsing import StoredRecord

__all__ = ["records_led_to", "records_with"]


def records_with(entity: str, ordinals: Collection[int], source: Source) -> Mapping[int, StoredRecord]:
    """Those of the records that are known, by ordinal, with all their attributes."""
    if not ordinals:
        return {}
    shown = ShownColumns(entity_table(entity), list(source.catalog.entities[entity].attributes.values()))
    links = {column: reference_column(column) for column in source.catalog.key_columns(entity)}
    found = _rows(shown.table, ["ordinal", "key", *map(quoted, links.values()), *shown.listed], ordinals, source)
    led = [found.column(link).to_pylist() for link in links.values()]
    records = zip(
        found.column("ordinal").to_pylist(), found.column("key").to_pylist(), shown.values(found, source), strict=True
    )
    return {
        ordinal: StoredRecord(
            key=key,
            values=values,
            leads_to={column: there[row] for column, there in zip(links, led, strict=True) if there[row] is not None},
        )
        for row, (ordinal, key, values) in enumerate(records)
    }


def _rows(table: str, columns: Collection[str], ordinals: Collection[int], source: Source) -> pa.Table:
    statement = f"SELECT {', '.join(columns)} FROM {quoted(table)} WHERE known AND ordinal"
    if len(ordinals) == 1:  # a plain comparison lets DuckDB pass over whole row groups
        return source.query(f"{statement} = ?", list(ordinals))
    return source.query(f"{statement} IN (SELECT v FROM chosen)", (), {"chosen": ordinal_table(sorted(ordinals))})


def records_led_to(relation: Relation, ordinal: int, source: Source) -> BitMap:
    """The known records that a relation from one to many leads to."""
    link = quoted(reference_column(relation.column))
    statement = f"SELECT ordinal FROM {quoted(entity_table(relation.target))} WHERE known AND {link} = ?"
    return BitMap(source.query(statement, [ordinal]).column(0).to_pylist())
