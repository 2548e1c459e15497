"""The data at hand: plain objects in plain dictionaries (rules 2, 3, 11 to 13)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from coterie.backends.reference.reading import Known, read, read_datetime, read_key
from coterie.catalog.model import CONTACT, Attribute, AttributeType, Catalog, Entity, Interaction, RelationKind

__all__ = ["Happening", "Record", "World"]

Stored = TypeVar("Stored")


@dataclass(kw_only=True)
class Record:
    """A record of an entity: its attributes, and the keys it holds (of other records, and of a contact's unit)."""

    key: str
    values: dict[str, Known] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Happening:
    """An interaction of a contact, at an instant."""

    contact: str
    at: datetime
    values: Mapping[str, Known]


class World:
    """All that was loaded. `zone` is the organization's, for datetimes without an offset."""

    def __init__(self, catalog: Catalog, zone: ZoneInfo) -> None:
        self.catalog = catalog
        self.zone = zone
        self.records: dict[str, dict[str, Record]] = {name: {} for name in catalog.entities}
        self.happenings: dict[str, dict[object, Happening]] = {name: {} for name in catalog.interactions}
        self.seen_contacts: dict[str, None] = {}
        self._holders: dict[tuple[str, str], dict[str, list[Record]]] = {}
        self._by_contact: dict[str, dict[str, list[Happening]]] = {}

    # --- asking ---

    def contacts(self) -> list[Record]:
        """The known contacts, in the order in which their keys were first seen anywhere."""
        known = self.records[CONTACT]
        return [known[key] for key in self.seen_contacts if key in known]

    def related(self, record: Record, relation_name: str) -> list[Record]:
        """The known records that `relation_name` leads to from `record`."""
        relation = self.catalog.relations[relation_name]
        if relation.kind is RelationKind.MANY_TO_ONE:
            target = self.records[relation.target].get(record.keys.get(relation.column, ""))
            return [] if target is None else [target]
        return self.holders(relation.target, relation.column).get(record.key, [])

    def holders(self, entity: str, column: str) -> dict[str, list[Record]]:
        """The records of `entity` by the key they hold in `column`."""
        if (entity, column) not in self._holders:
            by_key: dict[str, list[Record]] = {}
            for record in self.records[entity].values():
                if column in record.keys:
                    by_key.setdefault(record.keys[column], []).append(record)
            self._holders[entity, column] = by_key
        return self._holders[entity, column]

    def done_by(self, contact: str, interaction: str) -> list[Happening]:
        """Every interaction of that type by `contact`, those to come included."""
        if interaction not in self._by_contact:
            by_contact: dict[str, list[Happening]] = {}
            for happening in self.happenings[interaction].values():
                by_contact.setdefault(happening.contact, []).append(happening)
            self._by_contact[interaction] = by_contact
        return self._by_contact[interaction].get(contact, [])

    # --- loading ---

    def load_records(self, name: str, rows: Iterable[Mapping[str, object]]) -> None:
        """Merge rows by key: a column that is there replaces, or clears where it is missing or ill-typed."""
        self.forget_groupings()
        entity = self.catalog.entities[name]
        for row in rows:
            key = read_key(row.get(entity.key))
            if key is None:
                continue
            self.see(name, key)
            record = self.records[name].setdefault(key, Record(key=key))
            self.merge(entity, record, row)

    def merge(self, entity: Entity, record: Record, row: Mapping[str, object]) -> None:
        """Put the columns of `row` into `record`: each replaces, or clears."""
        referred = self.catalog.key_columns(entity.name)
        key_columns = self._key_columns(entity)
        for column in key_columns:
            if column in row:
                put(record.keys, column, read_key(row[column]))
            if column in referred and column in record.keys:
                self.see(referred[column], record.keys[column])
        for name, attribute in entity.attributes.items():
            if name in row:
                put(record.values, name, self._value(attribute, row[name], is_key=name in key_columns))

    def _key_columns(self, entity: Entity) -> list[str]:
        unit = [self.catalog.contact.business_unit] if entity.name == CONTACT else []
        return [entity.key, *self.catalog.key_columns(entity.name), *(column for column in unit if column)]

    def _value(self, attribute: Attribute, raw: object, *, is_key: bool) -> Known | None:
        """The value of an attribute; a key that may be asked about as text is what it is as a key."""
        if is_key and attribute.type is AttributeType.TEXT:
            return read_key(raw)
        return read(attribute.type, raw, self.zone)

    def see(self, entity: str, key: str) -> None:
        """Remember that a key of `entity` was named: contacts are listed in the order in which they first were."""
        if entity == CONTACT:
            self.seen_contacts.setdefault(key)

    def load_happenings(self, interaction: Interaction, rows: Iterable[Mapping[str, object]]) -> None:
        """Take each row once, the first of a `message_id`; none without key or valid `occurred_at`."""
        self.forget_groupings()
        alike: Counter[object] = Counter()
        for row in rows:
            happening = self._happening(interaction, row)
            if happening is None:
                continue
            # A repeated message names its contact all the same.
            self.see(CONTACT, happening.contact)
            message_id: object = read_key(row.get("message_id"))
            if message_id is None:
                content = (happening.contact, happening.at, frozenset(happening.values.items()))
                message_id = (content, alike[content])
                alike[content] += 1
            self.happenings[interaction.name].setdefault(message_id, happening)

    def accept(self, interaction: Interaction, row: Mapping[str, object], message_id: object) -> None:
        """Take a row that has key and valid `occurred_at`, unless its `message_id` came before."""
        happening = self._happening(interaction, row)
        assert happening is not None
        self.see(CONTACT, happening.contact)
        self.happenings[interaction.name].setdefault(message_id, happening)

    def forget_groupings(self) -> None:
        """Something changes: records are to be grouped anew when next asked about."""
        self._holders.clear()
        self._by_contact.clear()

    def _happening(self, interaction: Interaction, row: Mapping[str, object]) -> Happening | None:
        contact = read_key(row.get(self.catalog.contact.key))
        at = read_datetime(row.get("occurred_at"), self.zone)
        if contact is None or at is None:
            return None
        values: dict[str, Known] = {}
        for name, attribute in interaction.attributes.items():
            put(values, name, read(attribute.type, row.get(name), self.zone))
        return Happening(contact=contact, at=at, values=values)


def put(values: dict[str, Stored], name: str, value: Stored | None) -> None:
    """Replace, or clear where there is no value."""
    if value is None:
        values.pop(name, None)
    else:
        values[name] = value
