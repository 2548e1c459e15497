"""The keys that a batch names, of every entity, and the ordinals of their records: each key is looked up once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from coterie.backends.duckdb.naming import entity_table
from coterie.backends.duckdb.ordinals import find_ordinals, table_size
from coterie.backends.duckdb.writing import Writing

__all__ = ["BatchKeys"]


@dataclass(slots=True)
class _Keys:
    """Keys of one entity: where each is named first (operation, place in it), and those that are only asked for."""

    named: dict[str, tuple[int, int]] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    ordinals: dict[str, int] = field(default_factory=dict)
    first_new: int = 0
    new: Sequence[str] = ()


class BatchKeys:
    """Keys by entity. New ones are allotted ordinals in the order in which the batch names them."""

    def __init__(self) -> None:
        self._keys: dict[str, _Keys] = {}

    def name(self, entity: str, keys: Iterable[str | None], positions: Iterable[int], place: int) -> None:
        """The operations at `positions` name `keys` of `entity`, as the `place`-th that each of them names."""
        named = self._keys.setdefault(entity, _Keys()).named
        for key, position in zip(keys, positions, strict=True):
            if key is not None and (position, place) < named.get(key, (position + 1, 0)):
                named[key] = (position, place)

    def ask(self, entity: str, key: str) -> None:
        """Find the ordinal of `key`, but allot none to it."""
        self._keys.setdefault(entity, _Keys()).asked.add(key)

    def resolve(self, writing: Writing) -> None:
        """Find the ordinals of all keys; the new ones are still to be inserted, by `new`."""
        for entity, keys in self._keys.items():
            table = entity_table(entity)
            distinct = list(dict.fromkeys([*keys.named, *sorted(keys.asked)]))
            found = find_ordinals(writing, table, pa.array(distinct, pa.string())).tolist()
            keys.ordinals = {key: ordinal for key, ordinal in zip(distinct, found, strict=True) if ordinal >= 0}
            unknown = [key for key in keys.named if key not in keys.ordinals]
            if unknown:
                keys.new = sorted(unknown, key=keys.named.__getitem__)
                keys.first_new = table_size(writing, table)
                keys.ordinals.update(zip(keys.new, range(keys.first_new, keys.first_new + len(unknown)), strict=True))

    def entities(self) -> Sequence[str]:
        """The entities of which a key was named or asked for."""
        return list(self._keys)

    def ordinals(self, entity: str) -> Mapping[str, int]:
        """The ordinals of the keys of `entity`."""
        return self._keys[entity].ordinals if entity in self._keys else {}

    def new(self, entity: str) -> tuple[int, Sequence[str]]:
        """The keys of `entity` that have no row yet, and the ordinal of the first of them; the others follow."""
        keys = self._keys.get(entity)
        return (keys.first_new, keys.new) if keys is not None else (0, ())
