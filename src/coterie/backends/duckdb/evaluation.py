"""Leaves run over tables: sets of ordinals."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from enum import Enum, auto

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyroaring import BitMap

from coterie.backends.duckdb.measuring import owners_satisfying
from coterie.backends.duckdb.naming import quoted, value_column
from coterie.backends.duckdb.printing import Printer, Records
from coterie.backends.duckdb.scanning import RowQuestion, interaction_rows, related_rows
from coterie.backends.duckdb.source import Source
from coterie.backends.duckdb.statements import Statement
from coterie.backends.duckdb.stored_timelines import StoredTimelines
from coterie.backends.duckdb.vocabularies import Coded, Codes, Joined, Vocabularies, attributes_in
from coterie.catalog.model import CONTACT
from coterie.membership import from_bits, from_flags, from_ordinals
from coterie.planning.leaves import (
    ContactLeaf,
    InteractionLeaf,
    KeysLeaf,
    Leaf,
    Predicate,
    Related,
    RelatedLeaf,
    ScopeLeaf,
)

__all__ = ["Evaluation", "Extent"]

_ALONE = 16
"""So many conditions on the contact are faster asked one by one: each then reads its own column and few ordinals."""

_PACKED = 64
"""Conditions on the contact that one scan answers: more make planning dominate."""

_SHARED = 4
"""From so many leaves on one interaction on, reading its rows once for all is faster than asking each for its own."""


_EVERYBODY: Mapping[Leaf, BitMap] = {}


class Extent(Enum):
    """How much a source holds: the whole store, or an excerpt, as of one contact's records.

    In the whole store, reading rows costs most; in an excerpt, planning statements does. The excerpt of some thousand
    contacts is asked by `FewRows`, which leaves to an evaluation scopes and lists of keys alone.
    """

    WHOLE = auto()
    EXCERPT = auto()


class Evaluation:
    """Runs leaves over a source: every call reads what the source holds.

    What conditions say of single values is kept in `words`, which never grows old.
    """

    def __init__(self, source: Source, extent: Extent, words: Vocabularies | None = None) -> None:
        self._source = source
        self._extent = extent
        self._words = Vocabularies() if words is None else words

    def evaluate(self, leaves: Collection[Leaf], *, among: Mapping[Leaf, BitMap] = _EVERYBODY) -> dict[Leaf, BitMap]:
        """The contacts of each leaf, as ordinals. Leaves that read the same table share its scan.

        Of a leaf that `among` names, those of its contacts alone.
        """
        found: dict[Leaf, BitMap] = {}
        found.update(self._own(tuple(leaf for leaf in leaves if isinstance(leaf, ContactLeaf))))
        found.update(self._related(tuple(leaf for leaf in leaves if isinstance(leaf, RelatedLeaf))))
        found.update(self._interactions((leaf for leaf in leaves if isinstance(leaf, InteractionLeaf)), among))
        for leaf in leaves:
            if isinstance(leaf, ScopeLeaf):
                found[leaf] = self._scope(leaf.business_unit)
            elif isinstance(leaf, KeysLeaf):
                found[leaf] = self._keys(leaf.keys)
        return {leaf: members & among[leaf] if leaf in among else members for leaf, members in found.items()}

    def _printer(self) -> Printer:
        return Printer(self._source, self.related_set)

    # --- what is measured on rows

    def _related(self, leaves: Sequence[RelatedLeaf]) -> Iterator[tuple[Leaf, BitMap]]:
        return ((leaf, self._measured(related_rows(leaf.related, CONTACT, self._printer()))) for leaf in leaves)

    def _interactions(
        self, leaves: Iterable[InteractionLeaf], among: Mapping[Leaf, BitMap]
    ) -> Iterator[tuple[Leaf, BitMap]]:
        by_name: dict[str, list[InteractionLeaf]] = {}
        for leaf in leaves:
            by_name.setdefault(leaf.interaction, []).append(leaf)
        for alike in by_name.values():
            if self._extent is Extent.WHOLE and len(alike) >= _SHARED:
                yield from self._timelines(alike[0].interaction).sets(alike, among).items()
            else:
                for leaf in alike:
                    yield leaf, self._measured(interaction_rows(leaf, self._printer()))

    def _measured(self, question: RowQuestion) -> BitMap:
        size = self._source.entity_size(CONTACT)
        rows = question.rows(question.statement.answer(self._source), self._source)
        owners, flags = owners_satisfying(question.having, rows, size)
        return from_flags(flags) if owners is None else from_ordinals(owners[flags], size)

    def related_set(self, related: Related, entity: str) -> pa.Table:
        """The records of `entity` that satisfy a clause, as a table of ordinals to be joined."""
        question = related_rows(related, entity, self._printer())
        rows = question.rows(question.statement.answer(self._source), self._source)
        owners, flags = owners_satisfying(related.having, rows, self._source.entity_size(entity))
        ordinals = np.flatnonzero(flags) if owners is None else owners[flags]
        return pa.table({"ordinal": pa.array(ordinals.astype(np.uint32))})

    # --- the contact's own attributes

    def _own(self, leaves: Sequence[ContactLeaf]) -> Iterator[tuple[Leaf, BitMap]]:
        if not leaves:
            return
        records = Records.of_entity(self._source, CONTACT, "t0")
        match self._extent:
            case Extent.WHOLE if len(leaves) > _ALONE:
                yield from self._own_of_all(leaves, records)
            case Extent.EXCERPT if len(leaves) > 1:
                yield from self._packed(leaves, records)
            case _:
                for leaf in leaves:
                    yield leaf, self._ordinals(self._chosen(leaf, records).answer(self._source))

    def _own_of_all(self, leaves: Sequence[ContactLeaf], records: Records) -> Iterator[tuple[Leaf, BitMap]]:
        """Leaves that test attributes with few values by the codes of these; a column of flags for each other."""
        predicates = [leaf.predicate for leaf in leaves]

        def rows_of(joined: Joined) -> pa.Table:
            columns = ", ".join(filter(None, ["t0.ordinal", joined.columns]))
            return self._source.query(f"SELECT {columns} FROM {records.origin} {joined.joins}", (), joined.tables)

        table, joined = self._words.read(records, attributes_in(predicates), self._source, rows_of)
        coded = self._words.coded(joined, predicates, self._printer)
        by_ordinal = np.argsort(table.column("ordinal").to_numpy())
        assert len(by_ordinal) == self._source.entity_size(CONTACT), "a row for each ordinal"
        codes = {name: table.column(f"code_{name}").to_numpy()[by_ordinal] for name in joined.vocabularies}
        yield from self._by_code(leaves, coded, codes)
        others = [leaf for leaf in leaves if leaf.predicate not in coded]
        for start in range(0, len(others), _PACKED):
            yield from self._packed(others[start : start + _PACKED], records)

    def _by_code(
        self, leaves: Sequence[ContactLeaf], coded: Mapping[Predicate, Coded], codes: Mapping[str, Codes]
    ) -> Iterator[tuple[Leaf, BitMap]]:
        """Leaves as tables of which combinations of codes satisfy them; row i is ordinal i."""
        combined: dict[tuple[str, ...], Codes] = {}
        for leaf in leaves:
            each = coded.get(leaf.predicate)
            if each is not None:
                if each.attributes not in combined:
                    combined[each.attributes] = each.combined(codes)
                yield leaf, from_flags(each.satisfying[combined[each.attributes]])

    def _timelines(self, interaction: str) -> StoredTimelines:
        records = Records.of_interaction(self._source, interaction, "t0")
        return StoredTimelines(self._source, records, self._printer, self._words)

    def _chosen(self, leaf: ContactLeaf, records: Records) -> Statement:
        printer = self._printer()
        return self._of_contacts(printer.condition(leaf.predicate, records), records, printer)

    def _of_contacts(self, condition: str, records: Records, printer: Printer) -> Statement:
        return Statement("t0.ordinal", records.origin, condition, printer.parameters, printer.tables)

    def _ordinals(self, table: pa.Table) -> BitMap:
        return from_ordinals(table.column(0).to_numpy(), self._source.entity_size(CONTACT))

    def _packed(self, leaves: Sequence[ContactLeaf], records: Records) -> Iterator[tuple[Leaf, BitMap]]:
        return zip(leaves, self._flagged(leaves, records), strict=True)

    def _flagged(self, leaves: Sequence[ContactLeaf], records: Records) -> list[BitMap]:
        """One scan for several leaves: a column of flags for each."""
        printer = self._printer()
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
        printer = self._printer()
        column = self._source.catalog.contact.business_unit
        assert column is not None, "a scope of a unit needs units"
        condition = f"t0.{quoted(value_column(column))} = {printer.bound(unit)}"
        return self._ordinals(self._of_contacts(condition, records, printer).answer(self._source))

    def _keys(self, keys: Sequence[str]) -> BitMap:
        records = Records.of_entity(self._source, CONTACT, "t0")
        printer = self._printer()
        if not keys:
            return BitMap()
        given = printer.table(pa.table({"v": pa.array(keys, pa.string())}))
        condition = f"t0.key IN (SELECT v FROM {given})"
        return self._ordinals(self._of_contacts(condition, records, printer).answer(self._source))


def _bits(column: pa.BooleanArray) -> NDArray[np.uint8]:
    """The bits of a column without missing values, cut off after its last."""
    assert column.offset == 0
    length = len(column)
    bits = np.frombuffer(column.buffers()[1], dtype=np.uint8)[: -(-length // 8)].copy()
    if length % 8:
        bits[-1] &= (1 << length % 8) - 1
    return bits
