"""A contact with all its attributes and the records around it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from pyroaring import BitMap

from coterie.catalog.model import CONTACT, Catalog, Relation, RelationKind
from coterie.definition.phrases import label_of, spoken
from coterie.planning.backend import Backend
from coterie.planning.browsing import (
    AttributeValue,
    Profile,
    RelatedRecord,
    RelatedRecords,
    StoredRecord,
    display_name,
)

__all__ = ["profile_of"]

_SHOWN = 20
"""Records shown per relation."""

_NOWHERE = -1
"""Where a record leads whose key column is missing."""

_Led: TypeAlias = tuple[Relation, Mapping[int, StoredRecord]]
"""A relation from many to one, and what it leads to by ordinal."""


def profile_of(contact: int, catalog: Catalog, backend: Backend, within: BitMap | None = None) -> Profile:
    """The known contact with that ordinal; of other contacts to whom it is related, those `within`."""
    return _Profiling(catalog, backend, within).profile(contact)


class _Profiling:
    """One profile in the making."""

    def __init__(self, catalog: Catalog, backend: Backend, within: BitMap | None) -> None:
        self._catalog = catalog
        self._backend = backend
        self._within = within

    def profile(self, contact: int) -> Profile:
        record, described = self._backend.records(CONTACT, [contact])[contact], self._catalog.contact
        email = record.values[described.email] if described.email else None
        assert email is None or isinstance(email, str)
        leading = self._catalog.relations_from(CONTACT).values()
        return Profile(
            contact_id=record.key,
            name=display_name(described, record.key, record.values),
            email=email,
            values=self._values(CONTACT, record),
            related=tuple(self._related(relation, contact, record) for relation in leading),
        )

    def _related(self, relation: Relation, contact: int, record: StoredRecord) -> RelatedRecords:
        """What a relation of the contact leads to, and what those records belong to."""
        if relation.kind is RelationKind.MANY_TO_ONE:
            found = self._led_to(relation, [record])
            records = [found[ordinal] for ordinal in self._told(relation, BitMap(found))]
            total = len(records)
        else:
            led_to = self._told(relation, self._backend.led_to(relation.name, contact))
            ordinals = led_to.to_array()[-_SHOWN:]
            found = self._backend.records(relation.target, ordinals)
            records, total = [found[ordinal] for ordinal in reversed(ordinals)], len(led_to)
        owners = [(owner, self._led_to(owner, records)) for owner in self._owners(relation.target)]
        shown = (self._record(relation.target, each, owners) for each in records)
        return _related_records(relation, total, shown)

    def _told(self, relation: Relation, led_to: BitMap) -> BitMap:
        """Those of the records that a relation leads to which are told of."""
        return led_to if relation.target != CONTACT or self._within is None else led_to & self._within

    def _owners(self, entity: str) -> list[Relation]:
        """The relations that say what a record belongs to, but for whose it is: that is known."""
        leading = self._catalog.relations_from(entity).values()
        return [each for each in leading if each.kind is RelationKind.MANY_TO_ONE and each.target != CONTACT]

    def _led_to(self, relation: Relation, records: Sequence[StoredRecord]) -> Mapping[int, StoredRecord]:
        """The known records that a relation from many to one leads to."""
        ordinals = {record.leads_to[relation.column] for record in records if relation.column in record.leads_to}
        return self._backend.records(relation.target, ordinals)

    def _record(self, entity: str, record: StoredRecord, owners: Sequence[_Led]) -> RelatedRecord:
        related: list[RelatedRecords] = []
        for relation, found in owners:
            owner = found.get(record.leads_to.get(relation.column, _NOWHERE))
            if owner is not None:
                related.append(_related_records(relation, 1, [self._record(relation.target, owner, ())]))
        values = () if entity == CONTACT else self._values(entity, record)
        return RelatedRecord(key=record.key, values=values, related=tuple(related))

    def _values(self, entity: str, record: StoredRecord) -> tuple[AttributeValue, ...]:
        attributes = self._catalog.entities[entity].attributes
        return tuple(
            AttributeValue(
                name=name, label=label_of(name, attributes), type=attributes[name].type, value=record.values[name]
            )
            for name in attributes
        )


def _related_records(relation: Relation, total: int, records: Iterable[RelatedRecord]) -> RelatedRecords:
    return RelatedRecords(
        relation=relation.name,
        label=relation.label or spoken(relation.name),
        entity=relation.target,
        total=total,
        records=tuple(records),
    )
