"""The records of one contact, copied out: small, so that it can be asked about many moments."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import assert_never

import duckdb
import pyarrow as pa
from pyroaring import BitMap

from coterie.backends.duckdb.evaluation import Evaluation
from coterie.backends.duckdb.naming import (
    entity_table,
    interaction_table,
    quoted,
    reference_column,
    value_column,
)
from coterie.backends.duckdb.printing import Printer, Records
from coterie.backends.duckdb.querying import query
from coterie.backends.duckdb.source import Source
from coterie.catalog.model import CONTACT, Attribute, AttributeType, Catalog, Relation, RelationKind
from coterie.planning.backend import DateColumn, Evidence
from coterie.planning.leaves import (
    All,
    Any,
    AttributeTest,
    ContactLeaf,
    InteractionLeaf,
    KeysLeaf,
    Leaf,
    Negation,
    Predicate,
    Related,
    RelatedLeaf,
    ScopeLeaf,
)
from coterie.values.text import list_elements

__all__ = ["DuckDBExcerpt", "excerpt_of"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def excerpt_of(source: Source, contact: int, leaves: Collection[Leaf]) -> DuckDBExcerpt:
    """Copy what `leaves` may read of the contact with that ordinal."""
    ordinals: dict[str, set[int]] = {CONTACT: {contact}}
    for leaf in leaves:
        if isinstance(leaf, RelatedLeaf):
            _follow(leaf.related, {contact}, source, ordinals)
    tables = {
        entity_table(entity): _rows_of(source, entity_table(entity), "ordinal", ordinals.get(entity, set()))
        for entity in source.catalog.entities
    }
    for interaction in dict.fromkeys(leaf.interaction for leaf in leaves if isinstance(leaf, InteractionLeaf)):
        table = interaction_table(interaction)
        tables[table] = _rows_of(source, table, "contact", {contact})
    return DuckDBExcerpt(source, contact, tables)


def _follow(related: Related, here: set[int], source: Source, ordinals: dict[str, set[int]]) -> None:
    """Gather the ordinals of the records that a clause reaches from `here`."""
    relation = source.catalog.relations[related.relation]
    reached = _reached(relation, here, source)
    ordinals.setdefault(relation.target, set()).update(reached)
    for inner in _clauses(related.where):
        _follow(inner, reached, source, ordinals)


def _clauses(predicate: Predicate | None) -> Iterator[Related]:
    match predicate:
        case None | AttributeTest():
            return
        case All(predicates=predicates) | Any(predicates=predicates):
            for inner in predicates:
                yield from _clauses(inner)
        case Negation(predicate=inner):
            yield from _clauses(inner)
        case Related():
            yield predicate
        case _:
            assert_never(predicate)


def _reached(relation: Relation, here: set[int], source: Source) -> set[int]:
    link = quoted(reference_column(relation.column))
    if relation.kind is RelationKind.MANY_TO_ONE:
        table, start, end = entity_table(relation.source), "ordinal", link
    else:
        table, start, end = entity_table(relation.target), link, "ordinal"
    statement = f"SELECT DISTINCT {end} AS reached FROM {quoted(table)} WHERE {start} IN (SELECT v FROM here)"
    found = source.query(f"{statement} AND {end} IS NOT NULL", (), {"here": _ordinal_table(here)})
    return set(found.column(0).to_pylist())


def _ordinal_table(ordinals: set[int]) -> pa.Table:
    return pa.table({"v": pa.array(sorted(ordinals), pa.uint32())})


def _rows_of(source: Source, table: str, column: str, ordinals: set[int]) -> pa.Table:
    if len(ordinals) == 1:  # a plain comparison lets DuckDB pass over whole row groups
        statement = f"SELECT * FROM {quoted(table)} WHERE {quoted(column)} = ?"
        return source.query(statement, [next(iter(ordinals))])
    statement = f"SELECT * FROM {quoted(table)} WHERE {quoted(column)} IN (SELECT v FROM chosen)"
    return source.query(statement, (), {"chosen": _ordinal_table(ordinals)})


class DuckDBExcerpt:
    """A small store in memory, laid out as the whole one, with the records of one contact."""

    def __init__(self, whole: Source, contact: int, tables: Mapping[str, pa.Table]) -> None:
        self._whole = whole
        self._contact = contact
        self._tables = tables
        self._connection = duckdb.connect(":memory:", config={"threads": 1})
        self._connection.execute("SET TimeZone = 'UTC'")
        for name, table in tables.items():
            self._connection.register(name, table)
        known = self.query(f"SELECT ordinal FROM {quoted(entity_table(CONTACT))} WHERE known").column(0)
        self._known = BitMap(known.to_pylist())
        self._evaluation = Evaluation(self)

    # --- the excerpt as a source

    @property
    def catalog(self) -> Catalog:
        return self._whole.catalog

    @property
    def data_version(self) -> int:
        return self._whole.data_version

    def query(
        self, statement: str, parameters: Sequence[object] = (), tables: Mapping[str, pa.Table] | None = None
    ) -> pa.Table:
        return query(self._connection, statement, parameters, tables)

    def number_scale(self, table: str, column: str) -> int:
        return self._whole.number_scale(table, column)

    def entity_size(self, entity: str) -> int:
        return self._whole.entity_size(entity)

    def known_contacts(self) -> BitMap:
        return self._known

    # --- the excerpt's duty

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
            return self._values(table, name, "contact", {self._contact})
        assert column.attribute is not None
        entity, ordinals = CONTACT, {self._contact}
        for name in column.relations:
            relation = self.catalog.relations[name]
            ordinals = _reached(relation, ordinals, self)
            entity = relation.target
        return self._values(entity_table(entity), value_column(column.attribute), "ordinal", ordinals)

    def _values(self, table: str, column: str, key: str, ordinals: set[int]) -> Sequence[date] | Sequence[int]:
        statement = (
            f"SELECT DISTINCT {quoted(column)} FROM {quoted(table)} "
            f"WHERE {quoted(key)} IN (SELECT v FROM chosen) AND {quoted(column)} IS NOT NULL"
        )
        found: list[date] | list[int] = (
            self.query(statement, (), {"chosen": _ordinal_table(ordinals)}).column(0).to_pylist()
        )
        return found

    # --- evidence

    def evidence(self, leaf: Leaf, *, limit: int) -> Evidence:
        """What a leaf looks at: the contact's own values, or the records or interactions that it chooses."""
        match leaf:
            case ContactLeaf(predicate=predicate):
                return self._own_values(predicate)
            case RelatedLeaf(related=related):
                return self._related_records(related, limit)
            case InteractionLeaf():
                return self._interactions(leaf, limit)
            case ScopeLeaf() | KeysLeaf():
                return []
            case _:
                assert_never(leaf)

    def _own_values(self, predicate: Predicate) -> Evidence:
        names = dict.fromkeys(_attributes_of(predicate))
        attributes = [self.catalog.contact.attributes[name] for name in names]
        records = Records.of_entity(self, CONTACT, "t0")
        return self._shown(
            records, attributes, [], Printer(self, self._evaluation.related_set), f"ordinal = {self._contact}"
        )

    def _related_records(self, related: Related, limit: int) -> Evidence:
        relation = self.catalog.relations[related.relation]
        target = Records.of_entity(self, relation.target, "t0")
        printer = Printer(self, self._evaluation.related_set, _aliases=1)
        reached = printer.table(_ordinal_table(_reached(relation, {self._contact}, self)))
        chosen = printer.chosen(related.where, target, "t0.ordinal")
        key = self.catalog.entities[relation.target].key
        attributes = [a for a in target.attributes.values() if a.name != key]
        condition = f"t0.ordinal IN (SELECT v FROM {reached}) AND {chosen}"
        return self._shown(
            target, attributes, [("key", key)], printer, f"{condition} ORDER BY t0.ordinal LIMIT {limit}"
        )

    def _interactions(self, leaf: InteractionLeaf, limit: int) -> Evidence:
        records = Records.of_interaction(self, leaf.interaction, "t0")
        printer = Printer(self, self._evaluation.related_set, _aliases=1)
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
        """Rows under the catalog's names, with Python's values."""
        columns = [physical for physical, _ in fixed] + [value_column(a.name) for a in attributes]
        listed = ", ".join(records.column(column) for column in columns)
        found = self.query(
            f"SELECT {listed} FROM {records.origin} WHERE {condition}", printer.parameters, printer.tables
        )
        names = [name for _, name in fixed] + [a.name for a in attributes]
        kinds = [AttributeType.DATETIME if name == "occurred_at" else None for _, name in fixed]
        kinds += [a.type for a in attributes]
        scales = [self._scale(records.table, column, kind) for column, kind in zip(columns, kinds, strict=True)]
        rows = zip(*(column.to_pylist() for column in found.columns), strict=True)
        return [
            {
                name: _python_value(value, kind, scale)
                for name, value, kind, scale in zip(names, row, kinds, scales, strict=True)
            }
            for row in rows
        ]

    def _scale(self, table: str, column: str, kind: AttributeType | None) -> int:
        return self.number_scale(table, column) if kind is AttributeType.NUMBER else 0


def _attributes_of(predicate: Predicate) -> Iterator[str]:
    match predicate:
        case AttributeTest(attribute=attribute):
            yield attribute
        case All(predicates=predicates) | Any(predicates=predicates):
            for inner in predicates:
                yield from _attributes_of(inner)
        case Negation(predicate=inner):
            yield from _attributes_of(inner)
        case Related():
            return
        case _:
            assert_never(predicate)


def _python_value(value: object, kind: AttributeType | None, scale: int) -> object:
    """Numbers as Decimal, datetimes aware in UTC, lists as lists; all else as it is."""
    if value is None:
        return None
    if kind is AttributeType.NUMBER:
        sign, digits, exponent = Decimal(str(value)).as_tuple()
        assert isinstance(exponent, int)
        return Decimal((sign, digits, exponent - scale))
    if kind is AttributeType.MULTI_CHOICE:
        return list_elements(str(value))
    if kind is AttributeType.DATETIME:
        assert isinstance(value, int)
        return _EPOCH + timedelta(milliseconds=value)
    return value
