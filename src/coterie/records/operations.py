"""What `ingest` takes, read at the edge: operations that can be applied, and those that cannot, each with a code."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeGuard
from zoneinfo import ZoneInfo

from coterie.catalog import Catalog
from coterie.errors import Problem, ReadError
from coterie.records.scalars import instant_of, is_missing, key_of

__all__ = ["Delete", "Occurred", "Operation", "Record", "Unusable", "Upsert", "listed", "read_operations", "spelled"]

Record = Mapping[object, object]
"""One record as received: its columns by name, whatever they hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upsert:
    """Merge a record of an entity by its key. `position` is its number in the batch, from 1."""

    position: int
    entity: str
    key: str
    record: Record
    changed_at: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete:
    """The record with that key is no longer known."""

    position: int
    entity: str
    key: str
    changed_at: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurred:
    """A contact did something. `made_id` is its `message_id` where it comes without one."""

    position: int
    interaction: str
    record: Record
    made_id: str | None = None


Operation = Upsert | Delete | Occurred


@dataclass(frozen=True, slots=True, kw_only=True)
class Unusable:
    """What cannot be applied: why (`code`), the key of the operation that is to blame, and all of it as text.

    `name` is the entity or interaction it was meant for, empty where it names none that there is.
    """

    position: int
    name: str
    code: str
    column: str
    value: str
    received: str


def listed(records: object) -> list[Record]:
    """The mappings of a batch. Raises ReadError (`unreadable_file`) where it holds anything else."""
    if isinstance(records, (str, bytes, Mapping)) or not isinstance(records, Iterable):
        raise _unreadable(f"Cannot take in {type(records).__name__}.")
    given = list(records)
    for position, record in enumerate(given, 1):
        if not isinstance(record, Mapping):
            raise _unreadable(f"Cannot take in record {position}: {type(record).__name__} is not a mapping.")
    return given


def read_operations(records: object, catalog: Catalog, zone: ZoneInfo) -> list[Operation | Unusable]:
    """Every operation of a batch, in order. Times without an offset are read in `zone`. ReadError as of `listed`."""
    reading = _Reading(catalog, zone)
    return [reading.operation(position, given) for position, given in enumerate(listed(records), 1)]


def _unreadable(message: str) -> ReadError:
    hint = "Pass mappings such as {type: upsert, entity: contact, record: {...}}; nothing was applied."
    return ReadError(Problem(code="unreadable_file", path="records", message=message, hint=hint))


_KEYS: Mapping[str, tuple[Sequence[str], Sequence[str]]] = {
    "upsert": (("type", "entity", "record"), ("changed_at",)),
    "delete": (("type", "entity", "key"), ("changed_at",)),
    "interaction": (("type", "interaction", "record"), ("made_id",)),
}
"""By kind of operation: the keys that it must have, and those that it may have."""


@dataclass(frozen=True, slots=True)
class _Reading:
    catalog: Catalog
    zone: ZoneInfo

    def operation(self, position: int, given: Record) -> Operation | Unusable:
        try:
            return self._usable(position, given)
        except _RefusedError as refused:
            return Unusable(
                position=position,
                name=refused.name,
                code=refused.code,
                column=refused.column,
                value=spelled(refused.value),
                received=json.dumps(_plain(given), default=spelled, ensure_ascii=True),
            )

    def _usable(self, position: int, given: Record) -> Operation:
        kind = given.get("type")
        if not isinstance(kind, str) or kind not in _KEYS:
            raise _RefusedError("unknown_kind", "type", kind)
        target = "interaction" if kind == "interaction" else "entity"
        name = self._checked(given, kind, target)
        if kind == "interaction":
            record = _record(given, name)
            return Occurred(position=position, interaction=name, record=record, made_id=_made_id(given, name))
        if kind == "delete":
            key = _key(given["key"], "key", name)
            return Delete(position=position, entity=name, key=key, changed_at=self._changed_at(given, name))
        record, column = _record(given, name), self.catalog.entities[name].key
        key = _key(record.get(column), column, name)
        changed_at = self._changed_at(given, name)
        return Upsert(position=position, entity=name, key=key, record=record, changed_at=changed_at)

    def _checked(self, given: Record, kind: str, target: str) -> str:
        """The entity or interaction that an operation of the right shape is meant for."""
        required, optional = _KEYS[kind]
        known = self.catalog.interactions if kind == "interaction" else self.catalog.entities
        meant = given.get(target)
        name = meant if isinstance(meant, str) and meant in known else ""
        for key in given:
            if key not in required and key not in optional:
                raise _RefusedError("unknown_key", str(key), given[key], name)
        for key in required:
            if key not in given:
                raise _RefusedError("invalid_value", key, None, name)
        if not name:
            raise _RefusedError("unknown_entity" if isinstance(meant, str) else "invalid_value", target, meant)
        return name

    def _changed_at(self, given: Record, name: str) -> int | None:
        """When the change was made; None where the operation does not say."""
        if "changed_at" not in given:
            return None
        instant = instant_of(given["changed_at"], self.zone)
        if not isinstance(instant, int):
            raise _RefusedError("invalid_time", "changed_at", given["changed_at"], name)
        return instant


class _RefusedError(Exception):
    """An operation that cannot be used; caught where it is read."""

    def __init__(self, code: str, column: str, value: object, name: str = "") -> None:
        self.code, self.column, self.value, self.name = code, column, value, name
        super().__init__(code)


def _record(given: Record, name: str) -> Record:
    record = given.get("record")
    if not _is_record(record):
        raise _RefusedError("invalid_value", "record", record, name)
    return record


def _made_id(given: Record, name: str) -> str | None:
    if "made_id" not in given:
        return None
    made_id = key_of(given["made_id"])
    if not isinstance(made_id, str):
        raise _RefusedError("invalid_value", "made_id", given["made_id"], name)
    return made_id


def _is_record(value: object) -> TypeGuard[Record]:
    return isinstance(value, Mapping)


def _key(value: object, column: str, name: str) -> str:
    key = None if is_missing(value) else key_of(value)
    if not isinstance(key, str):
        raise _RefusedError("missing_key", column, value, name)
    return key


def spelled(value: object) -> str:
    """A cell as text that can be stored, whatever it is: the same in every process, though sets have no order."""
    if isinstance(value, (set, frozenset)):
        value = f"{{{', '.join(sorted(map(repr, value)))}}}"
    if not isinstance(value, str):
        value = "" if value is None else str(value)
    return value.encode("utf-8", "backslashreplace").decode("utf-8")


def _plain(value: object) -> object:
    """Mappings with text for keys, all the way down: JSON has no others."""
    match value:
        case Mapping():
            return {spelled(key): _plain(cell) for key, cell in value.items()}
        case list() | tuple():
            return [_plain(cell) for cell in value]
        case _:
            return value
