"""The tables that a catalog asks for, and how those that are there grow to meet it. Nothing is ever dropped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import assert_never

import duckdb

from coterie.backends.duckdb.naming import (
    attribute_columns,
    entity_table,
    interaction_table,
    key_column,
    quoted,
    reference_column,
)
from coterie.catalog import Attribute, AttributeType, Catalog
from coterie.errors import CatalogError, Problem

__all__ = [
    "BOOKKEEPING",
    "COLUMNS",
    "KEPT_ASIDE",
    "METADATA",
    "PhysicalColumn",
    "create_bookkeeping",
    "grow",
    "number_scales",
    "set_number_scale",
    "tables_of",
]

METADATA = "coterie_store"
"""Name and value of what the store knows about itself: versions and counters."""

KEPT_ASIDE = "coterie_kept_aside"
"""Values and records that a load could not use, as received."""

COLUMNS = "coterie_columns"
"""The attribute types of columns, and the scale of numbers."""


_LINKS = "coterie_links"
"""The entity whose records each key column refers to: the ordinals beside the keys are those of that entity alone."""

BOOKKEEPING = frozenset({METADATA, COLUMNS, _LINKS})
"""The tables that hold nothing that was loaded."""


@dataclass(frozen=True, slots=True)
class PhysicalColumn:
    """A column of a table. `type` is set for the columns that hold an attribute's own values."""

    name: str
    sql_type: str
    type: AttributeType | None = None
    compression: str | None = None

    @property
    def described(self) -> str:
        """As a statement that makes it says it."""
        compression = f" USING COMPRESSION {self.compression}" if self.compression else ""
        return f"{quoted(self.name)} {self.sql_type}{compression}"


def tables_of(catalog: Catalog) -> dict[str, tuple[PhysicalColumn, ...]]:
    """The tables that `catalog` asks for, with their columns in order."""
    entities = {entity_table(name): tuple(_entity_columns(catalog, name)) for name in catalog.entities}
    interactions = {
        interaction_table(name): tuple(_interaction_columns(interaction.attributes.values()))
        for name, interaction in catalog.interactions.items()
    }
    return entities | interactions


def _entity_columns(catalog: Catalog, entity: str) -> Iterator[PhysicalColumn]:
    yield PhysicalColumn("ordinal", "UINTEGER")
    yield PhysicalColumn("key", "VARCHAR")
    yield PhysicalColumn("known", "BOOLEAN")
    for column in catalog.key_columns(entity):
        # Only written and compared. What DuckDB would choose takes ten times as long to update in place.
        yield PhysicalColumn(key_column(column), "VARCHAR", compression="zstd")
        yield PhysicalColumn(reference_column(column), "UINTEGER")
    for attribute in catalog.entities[entity].attributes.values():
        yield from _attribute_columns(attribute)
    yield PhysicalColumn("clocks", "VARCHAR")


def _interaction_columns(attributes: Iterable[Attribute]) -> Iterator[PhysicalColumn]:
    yield PhysicalColumn("contact", "UINTEGER")
    yield PhysicalColumn("occurred_at", "BIGINT")
    yield PhysicalColumn("message_id", "VARCHAR")
    yield PhysicalColumn("message_hash", "UBIGINT")
    for attribute in attributes:
        yield from _attribute_columns(attribute)


def _attribute_columns(attribute: Attribute) -> Iterator[PhysicalColumn]:
    sql_type = _sql_type(attribute.type)
    own, *folded = attribute_columns(attribute)
    yield PhysicalColumn(own, sql_type, attribute.type)
    yield from (PhysicalColumn(column, sql_type) for column in folded)


def _sql_type(type_: AttributeType) -> str:
    match type_:
        case AttributeType.TEXT | AttributeType.CHOICE | AttributeType.MULTI_CHOICE:
            return "VARCHAR"
        case AttributeType.NUMBER | AttributeType.DATETIME:
            return "BIGINT"
        case AttributeType.BOOLEAN:
            return "BOOLEAN"
        case AttributeType.DATE:
            return "DATE"
        case _:
            assert_never(type_)


def create_bookkeeping(connection: duckdb.DuckDBPyConnection) -> None:
    """The tables that the store keeps for itself."""
    connection.execute(f"CREATE TABLE IF NOT EXISTS {METADATA} (name VARCHAR NOT NULL, value BIGINT NOT NULL)")
    connection.execute(
        f"CREATE TABLE IF NOT EXISTS {COLUMNS} "
        "(table_name VARCHAR NOT NULL, column_name VARCHAR NOT NULL, type VARCHAR NOT NULL, scale INTEGER NOT NULL)"
    )
    connection.execute(
        f"CREATE TABLE IF NOT EXISTS {_LINKS} "
        "(entity VARCHAR NOT NULL, column_name VARCHAR NOT NULL, leads_to VARCHAR NOT NULL)"
    )
    connection.execute(
        f"CREATE TABLE IF NOT EXISTS {KEPT_ASIDE} (load BIGINT NOT NULL, name VARCHAR NOT NULL, "
        "source VARCHAR NOT NULL, line BIGINT, column_name VARCHAR NOT NULL, code VARCHAR NOT NULL, "
        "value VARCHAR, record VARCHAR)"
    )


def grow(connection: duckdb.DuckDBPyConnection, catalog: Catalog) -> None:
    """Create the missing tables and columns of `catalog`. Raises CatalogError where the store holds something else."""
    present = _present_columns(connection)
    types = _column_types(connection)
    wanted = tables_of(catalog)
    problems = [*_changed_types(wanted, types), *_changed_links(connection, catalog)]
    if problems:
        raise CatalogError(*problems)
    for table, columns in wanted.items():
        known = present.get(table)
        if known is None:
            described = ", ".join(column.described for column in columns)
            connection.execute(f"CREATE TABLE {quoted(table)} ({described})")
            known = frozenset()
        else:
            for column in columns:
                if column.name not in known:
                    connection.execute(f"ALTER TABLE {quoted(table)} ADD COLUMN {column.described}")
        for column in columns:
            if column.type is not None and (table, column.name) not in types:
                connection.execute(
                    f"INSERT INTO {COLUMNS} VALUES (?, ?, ?, 0)", [table, column.name, column.type.value]
                )


def _present_columns(connection: duckdb.DuckDBPyConnection) -> dict[str, frozenset[str]]:
    rows = connection.execute(
        "SELECT table_name, list(column_name) FROM duckdb_columns() "
        "WHERE database_name = current_database() AND schema_name = 'main' GROUP BY table_name"
    ).fetchall()
    return {table: frozenset(columns) for table, columns in rows}


def _column_types(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], AttributeType]:
    rows = connection.execute(f"SELECT table_name, column_name, type FROM {COLUMNS}").fetchall()
    return {(table, column): AttributeType(type_) for table, column, type_ in rows}


_INTERCHANGEABLE = {AttributeType.TEXT, AttributeType.CHOICE}


def _changed_types(
    wanted: dict[str, tuple[PhysicalColumn, ...]], types: dict[tuple[str, str], AttributeType]
) -> list[Problem]:
    return [
        Problem(
            code="invalid_catalog",
            path=f"{table}.{column.name}",
            message=f"The store holds it as {held}, the catalog says {column.type}.",
            hint="Give the attribute its former type or a new name, or load the files into a new store.",
        )
        for table, columns in wanted.items()
        for column in columns
        if column.type is not None
        and (held := types.get((table, column.name), column.type)) is not column.type
        and {held, column.type} != _INTERCHANGEABLE
    ]


def _changed_links(connection: duckdb.DuckDBPyConnection, catalog: Catalog) -> list[Problem]:
    """Note where key columns lead that are new; a problem for each that led to another entity before."""
    rows = connection.execute(f"SELECT entity, column_name, leads_to FROM {_LINKS}").fetchall()
    held = {(entity, column): leads_to for entity, column, leads_to in rows}
    problems = []
    for entity in catalog.entities:
        for column, leads_to in catalog.key_columns(entity).items():
            known = held.get((entity, column))
            if known is None:
                connection.execute(f"INSERT INTO {_LINKS} VALUES (?, ?, ?)", [entity, column, leads_to])
            elif known != leads_to:
                problems.append(
                    Problem(
                        code="invalid_catalog",
                        path=f"{entity_table(entity)}.{key_column(column)}",
                        message=f"The store holds keys of {known!r} in it, the catalog says of {leads_to!r}.",
                        hint="Let the relation use a column of its own, or load the files into a new store.",
                    )
                )
    return problems


def number_scales(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], int]:
    """The scale of every column of numbers, by table and column."""
    rows = connection.execute(
        f"SELECT table_name, column_name, scale FROM {COLUMNS} WHERE type = ?", [AttributeType.NUMBER.value]
    ).fetchall()
    return {(table, column): scale for table, column, scale in rows}


def set_number_scale(connection: duckdb.DuckDBPyConnection, table: str, column: str, scale: int) -> None:
    connection.execute(
        f"UPDATE {COLUMNS} SET scale = ? WHERE table_name = ? AND column_name = ?", [scale, table, column]
    )
