"""Operations applied one after another: upserts and deletions with their times, interactions once each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from coterie.backends.reference.reading import read_datetime, read_key
from coterie.backends.reference.world import Record, World, put
from coterie.catalog.model import Entity
from coterie.errors import Problem, ReadError

__all__ = ["Ingested", "Ingesting"]

KEYS = {
    "upsert": ({"type", "entity", "record"}, {"changed_at"}),
    "delete": ({"type", "entity", "key"}, {"changed_at"}),
    "interaction": ({"type", "interaction", "record"}, set[str]()),
}
"""By kind of operation: the keys that it must have, and those that it may have."""


@dataclass(kw_only=True)
class Ingested:
    """How many operations came, how many were refused (by code), and how many interactions came without an id."""

    read: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    made_ids: int = 0


class RefusedOperation(Exception):  # noqa: N818 - no failure: the operation is counted, the rest goes on
    def __init__(self, code: str) -> None:
        self.code = code


class Ingesting:
    """Applies operations to `world`, and remembers the times of those that have one, for later ones depend on them.

    By entity and key: the newest dated deletion; and of a record that is known, the newest dated upsert, and by column
    the newest change of it. What a deletion takes is forgotten with its times.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.deleted_at: dict[tuple[str, str], datetime] = {}
        self.upserted_at: dict[tuple[str, str], datetime] = {}
        self.clocks: dict[tuple[str, str], dict[str, datetime]] = {}

    def ingest(self, operations: Iterable[object]) -> Ingested:
        """Apply all operations in order; refused ones change nothing. ReadError where one is not a mapping at all."""
        batch = list(operations)
        for number, operation in enumerate(batch):
            if not isinstance(operation, Mapping):
                message = f"Operation {number} is no mapping."
                raise ReadError(Problem(code="unreadable_file", path=f"[{number}]", message=message))
        result = Ingested(read=len(batch))
        self.world.forget_groupings()
        for operation in batch:
            assert isinstance(operation, Mapping)
            try:
                self.apply(operation, result)
            except RefusedOperation as refused:
                result.refused[refused.code] += 1
        return result

    def apply(self, operation: Mapping[str, object], result: Ingested) -> None:
        kind = operation.get("type")
        if not isinstance(kind, str) or kind not in KEYS:
            raise RefusedOperation("unknown_kind")
        required, optional = KEYS[kind]
        if set(operation) - required - optional:
            raise RefusedOperation("unknown_key")
        if required - set(operation):
            raise RefusedOperation("invalid_value")
        if kind == "interaction":
            self.interaction(operation, result)
        elif kind == "upsert":
            self.upsert(operation)
        else:
            self.delete(operation)

    # --- records of entities ---

    def upsert(self, operation: Mapping[str, object]) -> None:
        entity = self.world.catalog.entities[self.named(operation["entity"], self.world.catalog.entities)]
        row = a_record(operation["record"])
        key = a_key(row.get(entity.key))
        name = (entity.name, key)
        changed_at = self.time_of(operation)
        if changed_at is not None and name in self.deleted_at and changed_at < self.deleted_at[name]:
            return  # older than the deletion
        record = self.world.records[entity.name].setdefault(key, Record(key=key))
        self.world.see(entity.name, key)
        if changed_at is None:
            self.world.merge(entity, record, row)
            return
        self.upserted_at[name] = max(self.upserted_at.get(name, changed_at), changed_at)
        clocks = self.clocks.setdefault(name, {})
        applied: dict[str, object] = {entity.key: row[entity.key]}
        for column, value in row.items():
            if column != entity.key and changed_at >= clocks.get(column, changed_at):
                clocks[column] = changed_at
                applied[column] = value
        self.world.merge(entity, record, applied)

    def delete(self, operation: Mapping[str, object]) -> None:
        entity = self.world.catalog.entities[self.named(operation["entity"], self.world.catalog.entities)]
        name = (entity.name, a_key(operation["key"]))
        records = self.world.records[entity.name]
        deleted_at = self.time_of(operation)
        if deleted_at is not None:
            self.deleted_at[name] = max(self.deleted_at.get(name, deleted_at), deleted_at)
            if name in self.upserted_at and self.upserted_at[name] > deleted_at:
                self.clear(entity, records[name[1]], deleted_at)
                return
        records.pop(name[1], None)
        self.upserted_at.pop(name, None)
        self.clocks.pop(name, None)

    def clear(self, entity: Entity, record: Record, deleted_at: datetime) -> None:
        """Empty the columns to which no newer change was applied, and forget when they were changed."""
        clocks = self.clocks[entity.name, record.key]
        for column in {*record.values, *record.keys, *clocks} - {entity.key}:
            if clocks.get(column, deleted_at) <= deleted_at:
                put(record.values, column, None)
                put(record.keys, column, None)
                clocks.pop(column, None)

    # --- interactions ---

    def interaction(self, operation: Mapping[str, object], result: Ingested) -> None:
        name = self.named(operation["interaction"], self.world.catalog.interactions)
        row = a_record(operation["record"])
        a_key(row.get(self.world.catalog.contact.key))
        if read_datetime(row.get("occurred_at"), self.world.zone) is None:
            raise RefusedOperation("invalid_time")
        message_id: object = read_key(row.get("message_id"))
        if message_id is None:
            result.made_ids += 1
            message_id = object()  # like no other
        self.world.accept(self.world.catalog.interactions[name], row, message_id)

    # --- parts of an operation ---

    def named(self, name: object, known: Mapping[str, object]) -> str:
        if not isinstance(name, str):
            raise RefusedOperation("invalid_value")
        if name not in known:
            raise RefusedOperation("unknown_entity")
        return name

    def time_of(self, operation: Mapping[str, object]) -> datetime | None:
        """The `changed_at` of an operation; None where it has none."""
        if "changed_at" not in operation:
            return None
        moment = read_datetime(operation["changed_at"], self.world.zone)
        if moment is None:
            raise RefusedOperation("invalid_time")
        return moment


def a_record(value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise RefusedOperation("invalid_value")
    return value


def a_key(value: object) -> str:
    key = read_key(value)
    if key is None:
        raise RefusedOperation("missing_key")
    return key
