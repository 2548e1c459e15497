"""A contact's profile and related records, as they are shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from coterie import AttributeValue, Membership, Profile, RelatedRecord
from coterie.catalog.model import CONTACT
from coterie_web.catalogs.engine import engine

__all__ = ["ShownProfile", "ShownRecord", "ShownRelation", "shown_profile"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRecord:
    """A related record: what it is called, its other values, and what it belongs to. `contact` leads to its page."""

    title: str
    values: tuple[AttributeValue, ...]
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


def shown_profile(profile: Profile, visible: Membership | None) -> ShownProfile:
    """A profile for somebody who sees these contacts: of related ones, only those are told of."""
    contact = engine().catalog.contact
    told = {contact.key, contact.email, *contact.name_columns}
    return ShownProfile(
        values=tuple(value for value in profile.values if value.name not in told),
        relations=tuple(_relations(profile, visible)),
    )


def _relations(profile: Profile, visible: Membership | None) -> Iterator[ShownRelation]:
    for related in profile.related:
        records, total = related.records, related.total
        if related.entity == CONTACT and visible is not None:
            records = tuple(record for record in records if record.key in visible)
            total = len(records)  # how many more there are outside is not told
        yield ShownRelation(
            label=related.label, records=tuple(_record(record, related.entity) for record in records), total=total
        )


def _record(record: RelatedRecord, entity: str) -> ShownRecord:
    if entity == CONTACT:
        return ShownRecord(title=record.key, values=(), contact=record.key)
    title = _title(record)
    told = tuple(value for value in record.values if value.value is not None and value.value != title)
    owners = tuple((each.label, _title(each.records[0])) for each in record.related if each.records)
    return ShownRecord(title=title, values=told, belongs_to=owners)


def _title(record: RelatedRecord) -> str:
    """What a record is called: by its name or title, where it has one, else by its key."""
    for value in record.values:
        if value.name in ("name", "title") and isinstance(value.value, str):
            return value.value
    return record.key
