"""Leaves run over tables: sets of ordinals."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyroaring import BitMap

from coterie.backends.duckdb.measuring import owners_satisfying
from coterie.backends.duckdb.naming import quoted, value_column
from coterie.backends.duckdb.printing import Printer, Records
from coterie.backends.duckdb.scanning import Rows, interaction_rows, related_rows
from coterie.backends.duckdb.source import Source
from coterie.catalog.model import CONTACT
from coterie.membership import from_bits, from_flags, from_ordinals
from coterie.planning.leaves import (
    ContactLeaf,
    Having,
    InteractionLeaf,
    KeysLeaf,
    Leaf,
    Related,
    RelatedLeaf,
    ScopeLeaf,
)

__all__ = ["Evaluation"]

_ALONE = 16
"""So many conditions on the contact are faster asked one by one: each then reads its own column and few ordinals."""

_PACKED = 64
"""Conditions on the contact that one scan answers: more make planning dominate."""


class Evaluation:
    """Runs leaves over a source. Without state of its own: every call reads what the source holds.

    Up to `alone` conditions on the contact are asked one by one.
    """

    def __init__(self, source: Source, *, alone: int = _ALONE) -> None:
        self._source = source
        self._ask_alone = alone

    def evaluate(self, leaves: Collection[Leaf]) -> dict[Leaf, BitMap]:
        """The contacts of each leaf, as ordinals. Leaves on the contact's own attributes share a scan."""
        own = [leaf for leaf in leaves if isinstance(leaf, ContactLeaf)]
        found: dict[Leaf, BitMap] = {}
        for start in range(0, len(own), _PACKED):
            found.update(self._contacts(own[start : start + _PACKED]))
        for leaf in leaves:
            if not isinstance(leaf, ContactLeaf):
                found[leaf] = self._evaluate(leaf)
        return found

    def _evaluate(self, leaf: RelatedLeaf | InteractionLeaf | ScopeLeaf | KeysLeaf) -> BitMap:
        match leaf:
            case RelatedLeaf(related=related):
                return self._measured(related.having, related_rows(related, CONTACT, self._source, self.related_set))
            case InteractionLeaf(having=having):
                return self._measured(having, interaction_rows(leaf, self._source, self.related_set))
            case ScopeLeaf(business_unit=unit):
                return self._scope(unit)
            case KeysLeaf(keys=keys):
                return self._keys(keys)

    def _measured(self, having: Having, rows: Rows) -> BitMap:
        size = self._source.entity_size(CONTACT)
        owners, flags = owners_satisfying(having, rows, size)
        return from_flags(flags) if owners is None else from_ordinals(owners[flags], size)

    def related_set(self, related: Related, entity: str) -> pa.Table:
        """The records of `entity` that satisfy a clause, as a table of ordinals to be joined."""
        rows = related_rows(related, entity, self._source, self.related_set)
        owners, flags = owners_satisfying(related.having, rows, self._source.entity_size(entity))
        ordinals = np.flatnonzero(flags) if owners is None else owners[flags]
        return pa.table({"ordinal": pa.array(ordinals.astype(np.uint32))})

    # --- the contact's own attributes

    def _contacts(self, leaves: Sequence[ContactLeaf]) -> dict[Leaf, BitMap]:
        records = Records.of_entity(self._source, CONTACT, "t0")
        if len(leaves) <= self._ask_alone:
            return {leaf: self._alone(leaf, records) for leaf in leaves}
        return dict(zip(leaves, self._packed(leaves, records), strict=True))

    def _alone(self, leaf: ContactLeaf, records: Records) -> BitMap:
        printer = Printer(self._source, self.related_set, _aliases=1)
        return self._chosen(printer.condition(leaf.predicate, records), records, printer)

    def _chosen(self, condition: str, records: Records, printer: Printer) -> BitMap:
        statement = f"SELECT t0.ordinal FROM {records.origin} WHERE {condition}"
        table = self._source.query(statement, printer.parameters, printer.tables)
        return from_ordinals(table.column(0).to_numpy(), self._source.entity_size(CONTACT))

    def _packed(self, leaves: Sequence[ContactLeaf], records: Records) -> list[BitMap]:
        """One scan for several leaves: a column of flags for each."""
        printer = Printer(self._source, self.related_set, _aliases=1)
        columns = [f"({printer.condition(leaf.predicate, records)}) IS TRUE" for leaf in leaves]
        named = ", ".join(f"{column} AS c{index}" for index, column in enumerate(columns))
        statement = f"SELECT t0.ordinal, {named} FROM {records.origin}"
        table = self._source.query(statement, printer.parameters, printer.tables)
        ordinals: NDArray[np.uint32] = table.column(0).to_numpy()
        size = self._source.entity_size(CONTACT)
        flags = [table.column(index + 1).combine_chunks() for index in range(len(leaves))]
        # Row i is ordinal i where nothing has moved it: then Arrow's bits are the bitmap's.
        if len(ordinals) == size and bool(np.array_equal(ordinals, np.arange(size, dtype=np.uint32))):
            return [from_bits(_bits(column)) for column in flags]
        return [from_ordinals(ordinals[column.to_numpy(zero_copy_only=False)], size) for column in flags]

    # --- scopes and keys

    def _scope(self, unit: str | None) -> BitMap:
        if unit is None:
            return self._source.known_contacts()
        records = Records.of_entity(self._source, CONTACT, "t0")
        printer = Printer(self._source, self.related_set)
        column = self._source.catalog.contact.business_unit
        assert column is not None, "a scope of a unit needs units"
        return self._chosen(f"t0.{quoted(value_column(column))} = {printer.bound(unit)}", records, printer)

    def _keys(self, keys: Sequence[str]) -> BitMap:
        records = Records.of_entity(self._source, CONTACT, "t0")
        printer = Printer(self._source, self.related_set)
        if not keys:
            return BitMap()
        given = printer.table(pa.table({"v": pa.array(keys, pa.string())}))
        return self._chosen(f"t0.key IN (SELECT v FROM {given})", records, printer)


def _bits(column: pa.BooleanArray) -> NDArray[np.uint8]:
    """The bits of a column without missing values, cut off after its last."""
    assert column.offset == 0
    length = len(column)
    bits = np.frombuffer(column.buffers()[1], dtype=np.uint8)[: -(-length // 8)].copy()
    if length % 8:
        bits[-1] &= (1 << length % 8) - 1
    return bits
