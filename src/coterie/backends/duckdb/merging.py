"""The operations of a batch on one entity: read, folded over what is stored, and written back in place.

Values stay in Arrow. Each distinct value of a column is given a code, so that the fold compares numbers; what comes out
of it says for each record which cell holds, and those are taken together and written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyroaring import BitMap

from coterie.backends.duckdb.batch_keys import BatchKeys
from coterie.backends.duckdb.clocks import Clocks
from coterie.backends.duckdb.entity_reading import EntityReading, Field
from coterie.backends.duckdb.folding import CLEARED, Cells, Effect, Fold
from coterie.backends.duckdb.naming import key_column, quoted, reference_column
from coterie.backends.duckdb.writing import Writing
from coterie.catalog import CONTACT, Entity
from coterie.planning.backend import EntityChanges
from coterie.records.arrays import as_flags, one_array
from coterie.records.mappings import batch_of_mappings
from coterie.records.operations import Delete, Upsert

__all__ = ["EntityMerge"]


@dataclass(slots=True)
class _Column:
    """A column of the records: its fields, and all that was read of it, physical column by physical column."""

    name: str
    fields: Sequence[Field]
    read: dict[str, pa.Array] = field(default_factory=dict)
    present: list[bool] | None = None
    cells: dict[str, pa.Array] = field(default_factory=dict)

    @property
    def physical(self) -> list[str]:
        """The physical columns, those of references among them."""
        names = [name for field in self.fields for name in field.physical]
        if any(field.is_reference for field in self.fields):
            names.append(reference_column(self.name))
        return names

    @property
    def own(self) -> list[str]:
        """The physical columns that hold the values themselves: where they are equal, so are the others."""
        return [field.physical[0] for field in self.fields]


class EntityMerge:
    """The upserts and deletions of one entity in a batch: `name_keys`, then `fold`, then `write`."""

    def __init__(self, writing: Writing, entity: Entity, operations: Sequence[Upsert | Delete]) -> None:
        self.writing = writing
        self.entity = entity
        self.reading = EntityReading(writing, entity)
        self.operations = operations
        self.effects: dict[Effect, int] = dict.fromkeys(Effect, 0)
        self.changes: EntityChanges | None = None
        self._columns: list[_Column] = []
        self._read()

    # --- reading ------------------------------------------------------------------------------------------------------

    def _read(self) -> None:
        upserts = [operation for operation in self.operations if isinstance(operation, Upsert)]
        lines = np.fromiter((upsert.position for upsert in upserts), np.int64, len(upserts))
        batch = batch_of_mappings([upsert.record for upsert in upserts], lines)
        self.reading.note_columns(batch)
        self._keys = [upsert.key for upsert in upserts]
        self._positions = lines.tolist()
        deletes = len(upserts) < len(self.operations)
        for name, fields in self.reading.fields.items():
            column = _Column(name, fields)
            if name in batch.columns:
                for each in fields:
                    column.read |= self.reading.columns(batch, each)
                present = batch.columns[name].present
                column.present = None if present is None else present.tolist()
            elif deletes:  # which clear every column
                column.present = [False] * len(upserts)
            else:
                continue
            self._columns.append(column)

    def name_keys(self, keys: BatchKeys) -> None:
        """Name the keys of the records and of those that they refer to."""
        keys.name(self.entity.name, self._keys, self._positions, 0)
        for operation in self.operations:
            if isinstance(operation, Delete):
                if operation.changed_at is None:
                    keys.ask(self.entity.name, operation.key)
                else:
                    keys.name(self.entity.name, [operation.key], [operation.position], 0)
        for place, (column, target) in enumerate(self._references(), 1):
            keys.name(target, column.read[key_column(column.name)].to_pylist(), self._positions, place)

    def _references(self) -> Iterator[tuple[_Column, str]]:
        """The columns read that hold keys of other records, with the entity of those."""
        for column in self._columns:
            if column.read and column.name in self.reading.references:
                yield column, self.reading.references[column.name]

    # --- folding ------------------------------------------------------------------------------------------------------

    def fold(self, keys: BatchKeys) -> None:
        """Apply the operations, in order, to the records as they are stored."""
        self._size, self._new = keys.new(self.entity.name)
        self._link(keys)
        ordinals = keys.ordinals(self.entity.name)
        own = [operation.key for operation in self.operations]
        touched = sorted({ordinals[key] for key in own if key in ordinals})
        self._ordinals = np.array(touched, np.int64)
        self._stored = int(np.searchsorted(self._ordinals, self._size)) if self._new else len(touched)
        places = {ordinal: record for record, ordinal in enumerate(touched)}
        self._place = {key: places[ordinals[key]] for key in own if key in ordinals}
        self._before = self._fetch()
        self._fold = self._started()
        row = -1
        for operation, key in zip(self.operations, own, strict=True):
            row += isinstance(operation, Upsert)
            record = self._place.get(key)
            if record is None:
                self.effects[Effect.REPEATED] += 1
            elif isinstance(operation, Upsert):
                self.effects[self._fold.upsert(record, row, operation.changed_at)] += 1
            else:
                self.effects[self._fold.delete(record, operation.changed_at)] += 1

    def _link(self, keys: BatchKeys) -> None:
        """Add to the columns of keys the ordinals of the records that they refer to."""
        for column, target in self._references():
            ordinals = keys.ordinals(target)
            linked = [ordinals.get(key) for key in column.read[key_column(column.name)].to_pylist()]
            column.read[reference_column(column.name)] = pa.array(linked, pa.uint32())

    def _fetch(self) -> pa.Table:
        """The stored rows of the records touched, in their order, with nothing in those that are new.

        Columns that no upsert has are fetched for the records that a deletion clears, and left empty in the others.
        """
        used = [name for column in self._columns if column.read for name in column.physical]
        rare = [name for column in self._columns if not column.read for name in column.physical]
        everywhere = np.arange(self._stored)
        table = self._rows(["known", "clocks", *used], everywhere)
        if rare:
            for name, values in zip(rare, self._rows(rare, self._deleted()).columns, strict=True):
                table = table.append_column(name, values)
        return table

    def _rows(self, names: Sequence[str], records: np.ndarray) -> pa.Table:
        """The stored columns of some of the records; all others have nothing in them."""
        batch = pa.table(
            {"ordinal": pa.array(self._ordinals[records], pa.uint32()), "record": pa.array(records, pa.int64())}
        )
        listed = ", ".join(f"e.{quoted(name)}" for name in names)
        found = self.writing.table_over(
            batch,
            f"SELECT b.record, {listed} FROM {quoted(self.reading.table)} e JOIN batch b ON e.ordinal = b.ordinal",
        )
        rows = np.full(len(self._ordinals), -1, np.int64)
        rows[found.column("record").to_numpy()] = np.arange(len(found))
        return found.drop_columns("record").combine_chunks().take(pa.array(rows, mask=rows < 0))

    def _deleted(self) -> np.ndarray:
        """The stored records that a deletion is meant for."""
        deleted = {self._place[o.key] for o in self.operations if isinstance(o, Delete) and o.key in self._place}
        return np.array(sorted(record for record in deleted if record < self._stored), np.int64)

    def _started(self) -> Fold:
        records = len(self._ordinals)
        cells = []
        for column in self._columns:
            for name in column.physical:
                stored = one_array(self._before.column(name))
                read = column.read.get(name)
                rows = pa.nulls(len(self._keys), stored.type) if read is None else read.cast(stored.type)
                column.cells[name] = pa.concat_arrays([stored, rows])
            codes = _codes([column.cells[name] for name in column.own])
            cells.append(Cells(column.name, codes, column.present, list(range(records))))
        known = [known is True for known in self._before.column("known").to_pylist()]
        return Fold(cells, known, [Clocks.read(text) for text in self._before.column("clocks").to_pylist()])

    # --- writing ------------------------------------------------------------------------------------------------------

    def write(self) -> None:
        """Write what differs: changed records in place, new ones behind them; say what has changed."""
        fold = self._fold
        after = {
            "known": pa.array(fold.known, pa.bool_()),
            "clocks": pa.array([clocks.written() for clocks in fold.clocks], pa.string()),
        }
        differing = {name: _differing(one_array(self._before.column(name)), values) for name, values in after.items()}
        for column, cells in zip(self._columns, fold.columns, strict=True):
            differs = np.fromiter(map(cells.differs, range(len(self._ordinals))), bool, len(self._ordinals))
            cell = np.array(cells.cell, np.int64)
            for name in column.physical:
                after[name] = column.cells[name].take(pa.array(cell, mask=cell == CLEARED))
                differing[name] = differs
        self._update(after, {name: differs[: self._stored] for name, differs in differing.items()})
        self._insert(after)
        self._say(differing)

    def _update(self, after: dict[str, pa.Array], differing: dict[str, np.ndarray]) -> None:
        """Update in place: without lists and indexes, DuckDB moves no row.

        Each column costs by the blocks touched, so those in which few of the records differ are written apart. So are
        those that no upsert has: they were fetched for deleted records alone, and are written in these alone.
        """
        figures = {name: np.count_nonzero(differs) for name, differs in differing.items()}
        most = max(figures.values())
        unread = {name for column in self._columns if not column.read for name in column.physical}
        often = [name for name, count in figures.items() if count * 4 >= most > 0 and name not in unread]
        seldom = [name for name, count in figures.items() if count * 4 < most and count and name not in unread]
        cleared = [name for name, count in figures.items() if count and name in unread]
        for names in filter(None, (often, seldom, cleared)):
            self.writing.noted = True
            rows = np.flatnonzero(np.logical_or.reduce([differing[name] for name in names]))
            batch = pa.table(
                {"ordinal": pa.array(self._ordinals[rows], pa.uint32())}
                | {name: after[name].take(pa.array(rows)) for name in names}
            )
            settings = ", ".join(f"{quoted(name)} = b.{quoted(name)}" for name in names)
            self.writing.run_over(
                batch,
                f"UPDATE {quoted(self.reading.table)} AS e SET {settings} FROM batch b WHERE e.ordinal = b.ordinal",
            )

    def _insert(self, after: dict[str, pa.Array]) -> None:
        """Append the new keys: as the fold left them, or only named."""
        if not self._new:
            return
        rows = np.full(len(self._new), -1, np.int64)
        rows[self._ordinals[self._stored :] - self._size] = np.arange(self._stored, len(self._ordinals))
        chosen = pa.array(rows, mask=rows < 0)
        columns = {name: values.take(chosen) for name, values in after.items()}
        insert_keys(self.writing, self.reading.table, self._size, self._new, columns)
        # A dated deletion of a key that was never seen has to be remembered.
        self.writing.noted |= self._stored < len(self._ordinals)

    def _say(self, differing: dict[str, np.ndarray]) -> None:
        """Keep what has changed: which records, in which columns, and whom they referred to before."""
        known = differing["known"]
        by_column = {column.name: differing[column.own[0]] for column in self._columns}
        records = BitMap(self._ordinals[np.logical_or.reduce([known, *by_column.values()])].tolist())
        self.writing.changed = bool(records)
        if self.entity.name == CONTACT:
            records |= BitMap(range(self._size, self._size + len(self._new)))
        if not records:
            return
        came_or_went = bool(known.any()) or (self.entity.name == CONTACT and bool(self._new))
        self.changes = EntityChanges(
            records=records,
            columns=None if came_or_went else frozenset(name for name, rows in by_column.items() if rows.any()),
            former={
                column.name: former
                for column in self._columns
                if column.name in self.reading.references and (former := self._former(column, differing[column.own[0]]))
            },
        )

    def _former(self, column: _Column, differs: np.ndarray) -> BitMap:
        stored = one_array(self._before.column(reference_column(column.name)))
        return BitMap(stored.filter(pa.array(differs)).drop_null().to_pylist())


def insert_keys(
    writing: Writing, table: str, first: int, keys: Sequence[str], columns: dict[str, pa.Array] | None = None
) -> None:
    """Append rows for new keys, `first` being the ordinal of the first; not known but for what `columns` say."""
    batch = pa.table(
        {
            "ordinal": pa.array(np.arange(first, first + len(keys)), pa.uint32()),
            "key": pa.array(keys, pa.string()),
            **(columns or {"known": pa.array([False] * len(keys))}),
        }
    )
    names = ", ".join(map(quoted, batch.column_names))
    shown = names.replace('"known"', "coalesce(known, false)")
    writing.run_over(batch, f"INSERT INTO {quoted(table)} ({names}) SELECT {shown} FROM batch")


def _codes(columns: Sequence[pa.Array]) -> list[int]:
    """A number for each row, the same for rows that hold the same in all `columns`; -1, and at the end, for nothing."""
    codes = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        encoded = column.dictionary_encode()
        own = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64) + 1
        codes = codes * (len(encoded.dictionary) + 1) + own
    return [*(codes - 1).tolist(), CLEARED]


def _differing(before: pa.Array, after: pa.Array) -> np.ndarray:
    """Where two columns differ; null is a value here, and not known is like null."""
    if pa.types.is_boolean(after.type):
        return np.asarray(as_flags(before) != as_flags(after), bool)
    same = pc.or_(pc.fill_null(pc.equal(before, after), False), pc.and_(before.is_null(), after.is_null()))
    return np.asarray(~as_flags(same), bool)
