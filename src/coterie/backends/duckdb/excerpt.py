"""The records of one contact, copied out: small, so that it can be asked about many moments."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence, Set
from datetime import date
from typing import assert_never

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from pyroaring import BitMap

from coterie.backends.duckdb.copied import CopiedRecords
from coterie.backends.duckdb.evaluation import Evaluation, Extent
from coterie.backends.duckdb.naming import (
    entity_table,
    interaction_table,
    quoted,
    value_column,
)
from coterie.backends.duckdb.printing import Printer, Records
from coterie.backends.duckdb.python_values import python_value
from coterie.backends.duckdb.reaching import link_of
from coterie.backends.duckdb.source import Source
from coterie.catalog.model import CONTACT, Attribute, AttributeType, Relation
from coterie.planning.backend import DateColumn, Evidence
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
from coterie.planning.reading import attributes_of, clauses

__all__ = ["DuckDBExcerpt", "excerpt_of"]


def excerpt_of(
    source: Source, connection: duckdb.DuckDBPyConnection, contact: int, leaves: Collection[Leaf]
) -> DuckDBExcerpt:
    """Copy what `leaves` may read of the contact with that ordinal, to `connection`, which the excerpt closes."""
    ways = _Ways(source)
    for leaf in leaves:
        if isinstance(leaf, RelatedLeaf):
            ways.follow(leaf.related, frozenset({contact}))
    ordinals = {**ways.ordinals, CONTACT: {contact, *ways.ordinals.get(CONTACT, ())}}
    tables = {
        entity_table(entity): _rows_of(source, entity_table(entity), "ordinal", chosen)
        for entity, chosen in ordinals.items()
    }
    for interaction in dict.fromkeys(leaf.interaction for leaf in leaves if isinstance(leaf, InteractionLeaf)):
        table = interaction_table(interaction)
        tables[table] = _rows_of(source, table, "contact", {contact})
    return DuckDBExcerpt(source, connection, contact, tables)


class _Ways:
    """Follows relations, each from the same records once, and gathers the ordinals of what they reach by entity."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._reached: dict[tuple[str, frozenset[int]], frozenset[int]] = {}
        self.ordinals: dict[str, set[int]] = {}

    def follow(self, related: Related, here: frozenset[int]) -> None:
        """Gather what a clause, and those nested in it, reach from `here`."""
        relation = self._source.catalog.relations[related.relation]
        if (relation.name, here) not in self._reached:
            self._reached[relation.name, here] = _reached(relation, here, self._source)
        reached = self._reached[relation.name, here]
        self.ordinals.setdefault(relation.target, set()).update(reached)
        for inner in clauses(related.where):
            self.follow(inner, reached)


def _reached(relation: Relation, here: frozenset[int], source: Source) -> frozenset[int]:
    table, start, end = link_of(relation)
    found = _rows_of(source, table, start, here, (end,)).column(0)
    return frozenset(found.drop_null().to_pylist())


def _rows_of(
    source: Source, table: str, column: str, ordinals: Set[int], columns: Sequence[str] | None = None
) -> pa.Table:
    """The rows of a table that have one of these ordinals in a column; all their columns, or those named."""
    listed = "*" if columns is None else ", ".join(map(quoted, columns))
    statement = f"SELECT {listed} FROM {quoted(table)} WHERE {quoted(column)}"
    if len(ordinals) == 1:  # a plain comparison lets DuckDB pass over whole row groups
        return source.query(f"{statement} = ?", [next(iter(ordinals))])
    return source.query(f"{statement} IN (SELECT v FROM chosen)", (), {"chosen": _ordinal_table(ordinals)})


def _ordinal_table(ordinals: Set[int]) -> pa.Table:
    return pa.table({"v": _ordinal_array(ordinals)})


def _ordinal_array(ordinals: Set[int]) -> pa.Array:
    return pa.array(sorted(ordinals), pa.uint32())


class DuckDBExcerpt(CopiedRecords):
    """A small store in memory, laid out as the whole one, with the records of one contact."""

    def __init__(
        self, whole: Source, connection: duckdb.DuckDBPyConnection, contact: int, tables: Mapping[str, pa.Table]
    ) -> None:
        super().__init__(whole, connection, tables)
        self._contact = contact
        self._tables = tables
        # Where there is one row, a statement costs what planning it does: all conditions go into one.
        self._evaluation = Evaluation(self, Extent.EXCERPT)

    def evaluate(self, leaves: Collection[Leaf]) -> dict[Leaf, BitMap]:
        return self._evaluation.evaluate(leaves)

    def close(self) -> None:
        self._connection.close()

    def dates(self, column: DateColumn) -> Sequence[date] | Sequence[int]:
        """The different values of a date or datetime column, of records that the contact is related to."""
        if column.interaction is not None:
            table = interaction_table(column.interaction)
            if table not in self._tables:  # no leaf reads it, so its time changes nothing
                return []
            name = "occurred_at" if column.attribute is None else value_column(column.attribute)
            return _different(self._tables[table].column(name))
        assert column.attribute is not None
        entity, ordinals = CONTACT, frozenset({self._contact})
        for name in column.relations:
            relation = self.catalog.relations[name]
            if entity_table(relation.target) not in self._tables:  # likewise
                return []
            ordinals = self._reached(relation, ordinals)
            entity = relation.target
        records = self._among(entity_table(entity), "ordinal", ordinals)
        return _different(records.column(value_column(column.attribute)))

    # Looked up without statements: there are few rows, and a statement takes longer than all of them.

    def _reached(self, relation: Relation, here: frozenset[int]) -> frozenset[int]:
        table, start, end = link_of(relation)
        return frozenset(self._among(table, start, here).column(end).drop_null().to_pylist())

    def _among(self, table: str, column: str, ordinals: Set[int]) -> pa.Table:
        rows = self._tables[table]
        return rows.filter(pc.is_in(rows.column(column), value_set=_ordinal_array(ordinals)))

    # --- evidence

    def evidence(self, leaf: Leaf, *, limit: int, within: BitMap | None = None) -> Evidence:
        """What a leaf looks at: the contact's own values, or the records or interactions that it chooses."""
        match leaf:
            case ContactLeaf(predicate=predicate):
                return self._own_values(predicate)
            case RelatedLeaf(related=related):
                return self._related_records(related, limit, within)
            case InteractionLeaf():
                return self._interactions(leaf, limit)
            case ScopeLeaf() | KeysLeaf():
                return []
            case _:
                assert_never(leaf)

    def _own_values(self, predicate: Predicate) -> Evidence:
        names = dict.fromkeys(attributes_of(predicate))
        attributes = [self.catalog.contact.attributes[name] for name in names]
        own = self._among(entity_table(CONTACT), "ordinal", {self._contact})
        return self._python_rows(own, entity_table(CONTACT), attributes, [])

    def _related_records(self, related: Related, limit: int, within: BitMap | None) -> Evidence:
        relation = self.catalog.relations[related.relation]
        led_to = self._reached(relation, frozenset({self._contact}))
        if relation.target == CONTACT and within is not None:
            led_to = frozenset(ordinal for ordinal in led_to if ordinal in within)
        target = Records.of_entity(self, relation.target, "t0")
        printer = Printer(self, self._evaluation.related_set)
        reached = printer.table(_ordinal_table(led_to))
        chosen = printer.chosen(related.where, target, "t0.ordinal")
        key = self.catalog.entities[relation.target].key
        attributes = [a for a in target.attributes.values() if a.name != key]
        condition = f"t0.ordinal IN (SELECT v FROM {reached}) AND {chosen}"
        return self._shown(
            target, attributes, [("key", key)], printer, f"{condition} ORDER BY t0.ordinal LIMIT {limit}"
        )

    def _interactions(self, leaf: InteractionLeaf, limit: int) -> Evidence:
        records = Records.of_interaction(self, leaf.interaction, "t0")
        printer = Printer(self, self._evaluation.related_set)
        parts = [f"t0.contact = {self._contact}", printer.window("t0.occurred_at", leaf.window)]
        if leaf.where is not None:
            parts.append(printer.condition(leaf.where, records))
        condition = f"{' AND '.join(parts)} ORDER BY t0.occurred_at DESC, t0.message_id LIMIT {limit}"
        fixed = [("message_id", "message_id"), ("occurred_at", "occurred_at")]
        return self._shown(records, list(records.attributes.values()), fixed, printer, condition)

    def _shown(
        self,
        records: Records,
        attributes: Sequence[Attribute],
        fixed: Sequence[tuple[str, str]],
        printer: Printer,
        condition: str,
    ) -> Evidence:
        columns = [physical for physical, _ in fixed] + [value_column(a.name) for a in attributes]
        listed = ", ".join(records.column(column) for column in columns)
        found = self.query(
            f"SELECT {listed} FROM {records.origin} WHERE {condition}", printer.parameters, printer.tables
        )
        return self._python_rows(found, records.table, attributes, fixed)

    def _python_rows(
        self, found: pa.Table, table: str, attributes: Sequence[Attribute], fixed: Sequence[tuple[str, str]]
    ) -> Evidence:
        """Rows under the catalog's names, with Python's values."""
        columns = [physical for physical, _ in fixed] + [value_column(a.name) for a in attributes]
        names = [name for _, name in fixed] + [a.name for a in attributes]
        kinds = [AttributeType.DATETIME if name == "occurred_at" else None for _, name in fixed]
        kinds += [a.type for a in attributes]
        scales = [self._scale(table, column, kind) for column, kind in zip(columns, kinds, strict=True)]
        rows = zip(*(column.to_pylist() for column in found.select(columns).columns), strict=True)
        return [
            {
                name: python_value(value, kind, scale)
                for name, value, kind, scale in zip(names, row, kinds, scales, strict=True)
            }
            for row in rows
        ]

    def _scale(self, table: str, column: str, kind: AttributeType | None) -> int:
        return self.number_scale(table, column) if kind is AttributeType.NUMBER else 0


def _different(column: pa.ChunkedArray) -> list[date] | list[int]:
    different: list[date] | list[int] = column.unique().drop_null().to_pylist()
    return different
