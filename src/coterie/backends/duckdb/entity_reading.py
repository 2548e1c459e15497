"""Reading records of an entity: which physical columns each of their columns fills, and with what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from coterie.backends.duckdb.naming import entity_table, folded_column, key_column, value_column
from coterie.backends.duckdb.writing import Writing
from coterie.catalog import AttributeType, Contact, Entity
from coterie.records.arrays import as_flags, true_rows
from coterie.records.columns import TypedColumn, typed_column, typed_keys
from coterie.records.raw import RawBatch

__all__ = ["EntityReading", "Field"]


@dataclass(frozen=True, slots=True)
class Field:
    """A column of the records: the physical columns it fills, its own first, and their types."""

    column: str
    physical: tuple[str, ...]
    types: tuple[str, ...]

    @property
    def is_reference(self) -> bool:
        """Whether it holds keys of other records, to stand beside their ordinals."""
        return self.physical[0] == key_column(self.column)


class EntityReading:
    """Batches of records of one entity, read for the table that holds them.

    `references` are its key columns with the entities they refer to, `fields` the columns of its records by name; one
    may serve as a key and as an attribute.
    """

    def __init__(self, writing: Writing, entity: Entity) -> None:
        self.writing = writing
        self.entity = entity
        self.table = entity_table(entity.name)
        self.references: Mapping[str, str] = writing.catalog.key_columns(entity.name)
        self.fields = self._fields()
        self._keys = _columns_read_as_keys(entity, self.references)

    def _fields(self) -> dict[str, list[Field]]:
        types = self.writing.layouts.types(self.table)
        fields: dict[str, list[Field]] = {}
        for column in self.references:
            fields.setdefault(column, []).append(Field(column, (key_column(column),), ("VARCHAR",)))
        for name in self.entity.attributes:
            physical = tuple(column for column in (value_column(name), folded_column(name)) if column in types)
            fields.setdefault(name, []).append(Field(name, physical, tuple(types[column] for column in physical)))
        return fields

    @property
    def all_fields(self) -> list[Field]:
        return [field for fields in self.fields.values() for field in fields]

    def note_columns(self, batch: RawBatch) -> None:
        """Report the columns of `batch` that the catalog does not know."""
        self.writing.note_columns(batch, list(dict.fromkeys([self.entity.key, *self.fields])))

    def keys(self, batch: RawBatch) -> tuple[pa.Array, np.ndarray]:
        """The keys of the records, and which of them have one. The others are refused."""
        raw = batch.columns.get(self.entity.key)
        keys = typed_keys(raw).values if raw is not None else pa.nulls(batch.rows, pa.string())
        usable = as_flags(keys.is_valid())
        self.writing.refuse(batch, self.entity.key, "missing_key", true_rows(~usable))
        return keys, usable

    def columns(self, batch: RawBatch, field: Field, *, also: tuple[str, ...] = ()) -> dict[str, pa.Array]:
        """The physical columns that `field` fills. One of numbers may be widened first, in the tables `also` too."""
        typed = self._typed(batch, field)
        own = field.physical[0]
        values = typed.values
        if typed.numbers is not None:
            values = self.writing.fitted(self.table, own, typed.numbers, also=also)
        columns = {own: values}
        if len(field.physical) > 1:
            assert typed.folded is not None
            columns[field.physical[1]] = typed.folded
        return columns

    def _typed(self, batch: RawBatch, field: Field) -> TypedColumn:
        raw = batch.columns[field.column]
        if field.column in self._keys:
            typed = typed_keys(raw)
        else:
            typed = typed_column(raw, self.entity.attributes[field.column], self.writing.clock)
        # A key that is an attribute too is read once for each; it is reported once, and its own key not here.
        if field.column != self.entity.key and field is self.fields[field.column][-1]:
            self.writing.note_cells(batch, field.column, typed)
        return typed


def _columns_read_as_keys(entity: Entity, references: Mapping[str, str]) -> frozenset[str]:
    """Columns whose whole numbers are their digits: keys, and the contact's unit, which is compared as one (rule 28).

    A key column that the catalog lists as something else than text is an attribute of that type as well.
    """
    unit = entity.business_unit if isinstance(entity, Contact) else None
    keys = {entity.key, *references, *([unit] if unit else [])}
    other = {name for name, attribute in entity.attributes.items() if attribute.type is not AttributeType.TEXT}
    return frozenset(keys - other)
