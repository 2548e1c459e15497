"""A contact's profile and related records, as they are shown."""

from __future__ import annotations

from dataclasses import dataclass

from coterie import AttributeValue, Profile, RelatedRecord, RelatedRecords
from coterie.catalog.model import CONTACT
from coterie.definition.phrases import label_of, spoken
from coterie_web.catalogs.engine import engine

__all__ = ["ShownProfile", "ShownRecord", "ShownRelation", "shown_profile"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRecord:
    """A related record: what it is called, its key where it is called otherwise, its values, and what it belongs to.

    `contact` leads to its page.
    """

    title: str
    values: tuple[AttributeValue, ...]
    key: str = ""
    key_label: str = ""
    belongs_to: tuple[tuple[str, str], ...] = ()
    contact: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRelation:
    """The records that a relation leads to. `more` is how many there are besides."""

    label: str
    records: tuple[ShownRecord, ...]
    total: int

    @property
    def more(self) -> int:
        return self.total - len(self.records)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownProfile:
    """What is told beside name, e-mail and key."""

    values: tuple[AttributeValue, ...]
    relations: tuple[ShownRelation, ...]


def shown_profile(profile: Profile) -> ShownProfile:
    """A profile in the order in which it is read."""
    contact = engine().catalog.contact
    told = {contact.key, contact.email, *contact.name_columns}
    return ShownProfile(
        values=tuple(value for value in profile.values if value.name not in told),
        relations=tuple(map(_relation, profile.related)),
    )


def _relation(related: RelatedRecords) -> ShownRelation:
    records = tuple(_record(record, related.entity) for record in related.records)
    return ShownRelation(label=related.label, records=records, total=related.total)


def _record(record: RelatedRecord, entity: str) -> ShownRecord:
    if entity == CONTACT:
        return ShownRecord(title=record.key, values=(), contact=record.key)
    owners = tuple((_owner_label(each), _title(each.records[0])) for each in record.related if each.records)
    title = _title(record)
    if title == record.key and owners:
        title = owners[0][1]  # a registration is best told by the event it is for
    told = tuple(value for value in record.values if value.value not in (None, title))
    key = engine().catalog.entities[entity].key
    return ShownRecord(
        title=title,
        key=("" if title == record.key else record.key),
        key_label=spoken(key),
        values=told,
        belongs_to=owners,
    )


def _title(record: RelatedRecord) -> str:
    """What a record is called: by its name or title, where it has one, else by its key."""
    for value in record.values:
        if value.name in ("name", "title") and isinstance(value.value, str):
            return value.value
    return record.key


def _owner_label(related: RelatedRecords) -> str:
    """What is said of what a record belongs to: the label of the relation, or what kind of record that is."""
    catalog = engine().catalog
    return catalog.relations[related.relation].label or label_of(related.entity, catalog.entities)
