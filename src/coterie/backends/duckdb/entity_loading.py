"""Loading records of an entity: staged as they come, then merged by key in place, so that row i keeps ordinal i."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from coterie.backends.duckdb.entity_reading import EntityReading, Field
from coterie.backends.duckdb.naming import entity_table, key_column, quoted, reference_column
from coterie.backends.duckdb.ordinals import add_unknown, put_in_order
from coterie.backends.duckdb.writing import Writing
from coterie.catalog import Entity
from coterie.records.raw import RawBatch
from coterie.records.report import ImportReport

__all__ = ["load_entity"]

_STAGED = "staged_records"
_MERGED = "merged_records"


def load_entity(writing: Writing, batches: Iterable[RawBatch]) -> ImportReport:
    """Merge records by key: a column that a record has replaces, empty clears, one it lacks stays.

    Of several records with one key in a load, the last that has a column wins.
    """
    entity = writing.catalog.entities[writing.report.name]
    loading = _EntityLoad(writing, entity)
    loading.create_staging()
    for batch in batches:
        loading.stage(batch)
    added, updated = loading.merge()
    writing.changed = added + updated > 0
    writing.store_kept()
    return writing.report.finish(added=added, updated=updated)


class _EntityLoad:
    def __init__(self, writing: Writing, entity: Entity) -> None:
        self.writing = writing
        self.entity = entity
        self.table = entity_table(entity.name)
        self.reading = EntityReading(writing, entity)
        self.present: set[str] = set()
        self.staged = 0

    # --- staging ----------------------------------------------------------------------------------------------------

    def create_staging(self) -> None:
        columns = ["seq BIGINT", "key VARCHAR"]
        for field in self.reading.all_fields:
            columns += [f"{quoted(name)} {type_}" for name, type_ in zip(field.physical, field.types, strict=True)]
            columns.append(f"{quoted(_flag(field))} BOOLEAN")
        self.writing.run(f"CREATE TEMP TABLE {_STAGED} ({', '.join(columns)})")

    def stage(self, batch: RawBatch) -> None:
        self.reading.note_columns(batch)
        keys, usable = self.reading.keys(batch)
        columns = {"seq": pa.array(np.arange(self.staged, self.staged + batch.rows)), "key": keys}
        self.staged += batch.rows
        for column, fields in self.reading.fields.items():
            if column in batch.columns:
                for field in fields:
                    columns |= self._staged_columns(batch, field)
        table = pa.table(columns).filter(pa.array(usable)) if not usable.all() else pa.table(columns)
        names = ", ".join(map(quoted, columns))
        self.writing.run_over(table, f"INSERT INTO {_STAGED} ({names}) SELECT {names} FROM batch")

    def _staged_columns(self, batch: RawBatch, field: Field) -> dict[str, pa.Array]:
        columns = self.reading.columns(batch, field, also=(_STAGED,))
        present = batch.columns[field.column].present
        columns[_flag(field)] = pa.array(np.ones(batch.rows, bool) if present is None else present)
        self.present.add(field.physical[0])
        return columns

    # --- merging ----------------------------------------------------------------------------------------------------

    def merge(self) -> tuple[int, int]:
        """Merge what was staged; return how many records were added and how many were updated."""
        staged = self._one_record_per_key()
        self._add_unknown_references(staged)
        self._match(staged)
        added, updated = self._counts()
        if added or updated:
            self._insert_new()
            self._update_known()
            self._link_to_itself()
            put_in_order(self.writing, self.table)
        for name in {_STAGED, staged, _MERGED}:
            self.writing.run(f"DROP TABLE {name}")
        return added, updated

    def _one_record_per_key(self) -> str:
        """The name of a table with one record per key: what was staged, or what its repeated keys come to."""
        repeated = self.writing.figure(f"SELECT count(*) - count(DISTINCT key) FROM {_STAGED}")
        if not repeated:
            return _STAGED
        columns = ["min(seq) AS seq", "key"]
        for field in self.used_fields:
            flag = quoted(_flag(field))
            columns += [f"last({quoted(c)} ORDER BY seq) FILTER ({flag}) AS {quoted(c)}" for c in field.physical]
            columns.append(f"bool_or({flag}) AS {flag}")
        self.writing.run(f"CREATE TEMP TABLE single_records AS SELECT {', '.join(columns)} FROM {_STAGED} GROUP BY key")
        return "single_records"

    @property
    def used_fields(self) -> list[Field]:
        """The fields that some record of this load has."""
        return [field for field in self.reading.all_fields if field.physical[0] in self.present]

    @property
    def used_references(self) -> list[tuple[str, str]]:
        """Key columns that some record has, each with the entity it refers to."""
        references = self.reading.references.items()
        return [(column, target) for column, target in references if key_column(column) in self.present]

    def _add_unknown_references(self, staged: str) -> None:
        for column, target in self.used_references:
            if target != self.entity.name:
                add_unknown(
                    self.writing, entity_table(target), f"SELECT {quoted(key_column(column))} AS key, seq FROM {staged}"
                )

    def _match(self, staged: str) -> None:
        """The records with the ordinals of their own keys, where known, and of those that they refer to."""
        columns, joins = ["s.*", "e.ordinal", "e.known"], [f"LEFT JOIN {quoted(self.table)} e ON e.key = s.key"]
        for position, (column, target) in enumerate(self.used_references):
            if target == self.entity.name:
                columns.append(f"NULL::UINTEGER AS {quoted(reference_column(column))}")
                continue
            columns.append(f"t{position}.ordinal AS {quoted(reference_column(column))}")
            linked, table = quoted(key_column(column)), quoted(entity_table(target))
            joins.append(f"LEFT JOIN {table} t{position} ON t{position}.key = s.{linked}")
        self.writing.run(
            f"CREATE TEMP TABLE {_MERGED} AS SELECT {', '.join(columns)} FROM {staged} s {' '.join(joins)}"
        )

    def _changes(self) -> str:
        """The condition on e (as stored) and m (merged) under which a record changes something."""
        differences = [
            f"m.{quoted(_flag(field))} AND e.{quoted(field.physical[0])} IS DISTINCT FROM m.{quoted(field.physical[0])}"
            for field in self.used_fields
        ]
        return " OR ".join(["NOT e.known", *differences])

    def _counts(self) -> tuple[int, int]:
        new = self.writing.figure(f"SELECT count(*) FROM {_MERGED} WHERE known IS NOT TRUE")
        updated = self.writing.figure(
            f"SELECT count(*) FROM {_MERGED} m JOIN {quoted(self.table)} e ON e.ordinal = m.ordinal "
            f"WHERE e.known AND ({self._changes()})"
        )
        return new, updated

    def _insert_new(self) -> None:
        filled = [*(column for field in self.used_fields for column in field.physical), *self._reference_columns()]
        names = "".join(f", {quoted(column)}" for column in filled)
        size = self.writing.figure(f"SELECT count(*) FROM {quoted(self.table)}")
        self.writing.run(
            f"INSERT INTO {quoted(self.table)} (ordinal, key, known{names}) "
            f"SELECT {size} + row_number() OVER (ORDER BY seq) - 1, key, true{names} "
            f"FROM {_MERGED} WHERE ordinal IS NULL ORDER BY seq"
        )

    def _reference_columns(self) -> list[str]:
        return [reference_column(column) for column, _ in self.used_references]

    def _update_known(self) -> None:
        """Update in place: without lists and indexes, DuckDB moves no row."""
        settings = ["known = true"]
        for field in self.used_fields:
            settings += [_setting(column, _flag(field)) for column in field.physical]
        for column, _ in self.used_references:
            settings.append(_setting(reference_column(column), f"p_{key_column(column)}"))
        self.writing.run(
            f"UPDATE {quoted(self.table)} AS e SET {', '.join(settings)} FROM {_MERGED} m "
            f"WHERE e.ordinal = m.ordinal AND ({self._changes()})"
        )

    def _link_to_itself(self) -> None:
        """The ordinals of records of this entity that records of it refer to."""
        for column, target in self.used_references:
            if target != self.entity.name:
                continue
            key, reference = quoted(key_column(column)), quoted(reference_column(column))
            add_unknown(self.writing, self.table, f"SELECT {key} AS key, ordinal AS seq FROM {quoted(self.table)}")
            self.writing.run(
                f"UPDATE {quoted(self.table)} AS e SET {reference} = t.ordinal FROM {quoted(self.table)} t "
                f"WHERE e.{key} = t.key AND e.{reference} IS DISTINCT FROM t.ordinal"
            )


def _flag(field: Field) -> str:
    """The staged column that tells whether a record has this field."""
    return f"p_{field.physical[0]}"


def _setting(column: str, flag: str) -> str:
    return f"{quoted(column)} = CASE WHEN m.{quoted(flag)} THEN m.{quoted(column)} ELSE e.{quoted(column)} END"
