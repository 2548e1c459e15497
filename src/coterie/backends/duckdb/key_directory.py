"""Keys and ordinals of records from memory: no statement per question, and no waiting for one that is running."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from threading import Lock

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from coterie.backends.duckdb.failing import failed
from coterie.backends.duckdb.message_runs import sorted_places
from coterie.backends.duckdb.naming import quoted
from coterie.errors import StoreError
from coterie.records.arrays import one_array

__all__ = ["KeyDirectories", "KeyDirectory"]

_AT_ONCE = 100_000
_FEW = 10_000
_MANY = 200_000
_PAYS_FROM = 3
"""From so many questions on a directory is filled: one question alone is answered sooner by a statement."""


@dataclass(frozen=True, slots=True)
class _Settled:
    """The keys by ordinal, and their hashes in order with the ordinal of each: Python's own, in this process alone."""

    keys: pa.Array
    hashes: NDArray[np.uint64]
    ordinals: NDArray[np.uint32]

    @classmethod
    def of(cls, keys: pa.Array) -> _Settled:
        hashes, ordinals = _hashed(keys)
        return cls(keys, hashes, ordinals)

    def __len__(self) -> int:
        return len(self.hashes)

    def with_keys(self, more: pa.Array) -> _Settled:
        hashes, ordinals = _hashed(more)
        places = self.hashes.searchsorted(hashes)
        return _Settled(
            _joined([self.keys, more]),
            np.insert(self.hashes, places, hashes),
            np.insert(self.ordinals, places, ordinals + np.uint32(len(self))),
        )

    def ordinal(self, key: str) -> int | None:
        wanted = _hash(key)
        place = int(self.hashes.searchsorted(wanted))
        while place < len(self) and self.hashes[place] == wanted:
            ordinal = int(self.ordinals[place])
            if self.keys[ordinal].as_py() == key:
                return ordinal
            place += 1
        return None

    def ordinals_of(self, keys: Sequence[str]) -> NDArray[np.int64]:
        """The ordinal of each key; −1 of those that are not there."""
        found = np.full(len(keys), -1, np.int64)
        if not len(self):
            return found
        wanted = _hashes(keys)
        order = np.argsort(wanted)  # neighbours in the order are neighbours in memory
        places = np.empty(len(keys), np.int64)
        places[order] = self.hashes.searchsorted(wanted[order])
        places = np.minimum(places, len(self) - 1)
        like = np.flatnonzero(self.hashes[places] == wanted)
        candidates = self.ordinals[places[like]]
        for row, ordinal, key in zip(like.tolist(), candidates.tolist(), self.keys_of(candidates), strict=True):
            if key != keys[row]:  # another key of the same hash
                other = self.ordinal(keys[row])
                found[row] = -1 if other is None else other
            else:
                found[row] = ordinal
        return found

    def keys_of(self, ordinals: NDArray[np.uint32]) -> list[str]:
        keys: list[str] = self.keys.take(pa.array(ordinals)).to_pylist()
        return keys


@dataclass(frozen=True, slots=True)
class _Held:
    """What readers see: what has settled in arrays; what came since in a dict and, by ordinal, a list, which grow."""

    settled: _Settled
    recent: dict[str, int]
    recent_keys: list[str]

    @property
    def size(self) -> int:
        return len(self.settled) + len(self.recent_keys)


class KeyDirectory:
    """The keys of one entity's table. Any thread may read; one at a time lets it catch up with what was committed.

    It is filled at the first question, or when it is prepared, by one query through a connection of its own. Raises
    StoreError where it fails.
    """

    def __init__(self, table: str, connect: Callable[[], duckdb.DuckDBPyConnection]) -> None:
        self._table = table
        self._connect = connect
        self._held: _Held | None = None
        self._filling = Lock()
        self._asked = 0

    def pays(self) -> bool:
        """Whether to ask here: it is filled, or has been asked about so often that it shall be."""
        self._asked += 1
        return self._held is not None or self._asked >= _PAYS_FROM

    def prepare(self) -> None:
        """Fill it, unless it is."""
        self._filled()

    @property
    def size(self) -> int:
        """How many ordinals are known here."""
        return self._filled().size

    def ordinal(self, key: str) -> int | None:
        """The ordinal of a key, or None where the store has none for it."""
        held = self._filled()
        ordinal = held.recent.get(key)
        return held.settled.ordinal(key) if ordinal is None else ordinal

    def ordinals(self, keys: Sequence[str]) -> NDArray[np.int64]:
        """The ordinals of keys; −1 where the store has none."""
        held = self._filled()
        found = held.settled.ordinals_of(keys)
        if held.recent:
            for row in np.flatnonzero(found < 0).tolist():
                found[row] = held.recent.get(keys[row], -1)
        return found

    def keys(self, ordinals: NDArray[np.uint32]) -> list[str]:
        """The keys of ordinals, all of which are in use."""
        held = self._filled()
        settled = len(held.settled)
        if not len(ordinals) or int(ordinals.max()) < settled:
            return held.settled.keys_of(ordinals)
        old = iter(held.settled.keys_of(ordinals[ordinals < settled]))
        return [next(old) if n < settled else held.recent_keys[n - settled] for n in ordinals.tolist()]

    def catch_up(self, size: int) -> None:
        """Learn the keys that have been committed since, as the table has `size`; nothing where it is not filled.

        One that is being filled may not see yet what has just been committed: it is waited for.
        """
        with self._filling:
            held = self._held
            if held is not None and held.size < size:
                self._held = _grown(held, self._fetched(held.size))

    def empty(self) -> None:
        """Forget all keys; the next question asks the store again."""
        with self._filling:
            self._held = None

    def _filled(self) -> _Held:
        held = self._held
        if held is None:
            with self._filling:
                held = self._held
                if held is None:
                    held = self._held = _Held(_Settled.of(self._fetched(0)), {}, [])
        return held

    def _fetched(self, first: int) -> pa.Array:
        try:
            with closing(self._connect()) as connection:
                return keys_from(connection, self._table, first)
        except duckdb.Error as error:
            raise failed("read", error) from error


def _grown(held: _Held, keys: pa.Array) -> _Held:
    """With more keys: where readers see them, as long as they are few; else in new arrays."""
    size, settled = held.size, len(held.settled)
    if size - settled + len(keys) > min(max(_FEW, settled // 8), _MANY):
        recent = pa.array(held.recent_keys, keys.type)
        return _Held(held.settled.with_keys(_joined([recent, keys])), {}, [])
    added = keys.to_pylist()
    held.recent_keys.extend(added)  # first, so that whoever finds an ordinal finds its key
    held.recent.update(zip(added, range(size, size + len(added)), strict=True))
    return held


class KeyDirectories:
    """The directories of all entities' tables, and the keys that the running transaction has added to them."""

    def __init__(self, connect: Callable[[], duckdb.DuckDBPyConnection]) -> None:
        self._connect = connect
        self._held: dict[str, KeyDirectory] = {}
        self._pending: dict[str, tuple[int, dict[str, int]]] = {}
        self._making = Lock()

    def of(self, table: str) -> KeyDirectory:
        """The directory of an entity's table."""
        held = self._held.get(table)
        if held is None:
            with self._making:
                held = self._held.setdefault(table, KeyDirectory(table, self._connect))
        return held

    def find(self, connection: duckdb.DuckDBPyConnection, table: str, keys: Sequence[str]) -> NDArray[np.int64]:
        """The ordinals of keys as the running transaction on `connection` sees them; −1 where there is none."""
        directory = self.of(table)
        first, pending = self._pending.setdefault(table, (directory.size, {}))
        ((rows,),) = connection.execute(f"SELECT count(*) FROM {quoted(table)}").fetchall()
        known = first + len(pending)
        if rows > known:
            added = keys_from(connection, table, known).to_pylist()
            pending.update(zip(added, range(known, known + len(added)), strict=True))
        found = directory.ordinals(keys)
        if pending:
            for row in np.flatnonzero(found < 0).tolist():
                found[row] = pending.get(keys[row], -1)
        return found

    def committed(self) -> None:
        """A transaction has been committed: let readers see what it added."""
        self._pending = {}
        try:
            for table, size in self._sizes(list(self._held)).items():
                self._held[table].catch_up(size)
        except StoreError:  # what was committed is committed: the next question asks again
            self.empty()

    def _sizes(self, tables: Sequence[str]) -> dict[str, int]:
        """How many rows tables have, by one statement."""
        if not tables:
            return {}
        counts = (f"SELECT {place}, count(*) FROM {quoted(table)}" for place, table in enumerate(tables))
        try:
            with closing(self._connect()) as connection:
                rows = connection.execute(" UNION ALL ".join(counts)).fetchall()
        except duckdb.Error as error:
            raise failed("read", error) from error
        return {tables[place]: size for place, size in rows}

    def rolled_back(self) -> None:
        """Forget what the transaction added."""
        self._pending = {}

    def empty(self) -> None:
        """Let go of all keys: the next question asks the store, and of a closed one fails as any other does."""
        for directory in list(self._held.values()):
            directory.empty()


def keys_from(connection: duckdb.DuckDBPyConnection, table: str, first: int) -> pa.Array:
    """The keys of a table with ordinals from `first` on, in the order of these."""
    later = f" WHERE ordinal >= {first}" if first else ""
    found = connection.sql(f"SELECT key, ordinal FROM {quoted(table)}{later}").to_arrow_table()
    ordinals = found.column("ordinal").to_numpy()
    keys = _joined(found.column("key").chunks)
    if (ordinals != np.arange(first, first + len(ordinals))).any():
        keys = keys.take(pa.array(np.argsort(ordinals)))
    return keys


def _joined(arrays: Sequence[pa.Array]) -> pa.Array:
    """One array of texts, whose offsets are as short as their length allows."""
    kind = pa.string() if sum(array.nbytes for array in arrays) < 1 << 31 else pa.large_string()
    return one_array(pa.chunked_array([array.cast(kind) for array in arrays], type=kind))


def _hashed(keys: pa.Array) -> tuple[NDArray[np.uint64], NDArray[np.uint32]]:
    """The hashes of keys in order, with the place of each."""
    hashes = np.empty(len(keys), np.uint64)
    for start, part in _parts(keys):
        hashes[start : start + len(part)] = _hashes(part.to_pylist())
    places = sorted_places(hashes)
    return hashes[places], places.astype(np.uint32)


def _parts(keys: pa.Array) -> Iterator[tuple[int, pa.Array]]:
    for start in range(0, len(keys), _AT_ONCE):
        yield start, keys.slice(start, _AT_ONCE)


def _hashes(keys: Sequence[str]) -> NDArray[np.uint64]:
    return np.fromiter(map(hash, keys), np.int64, len(keys)).view(np.uint64)


def _hash(key: str) -> np.uint64:
    return np.uint64(hash(key) & 0xFFFF_FFFF_FFFF_FFFF)
