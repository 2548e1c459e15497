"""Where the interactions of each contact lie in their tables: those of one contact are read without reading all.

Kept in memory for large tables: the rows in the order of their contacts, and where those of each contact begin, four
bytes for each. New interactions come behind all others; never does one change, nor go (decision 028).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import RLock
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from coterie.backends.duckdb.arrays import Ordinals
from coterie.backends.duckdb.naming import interaction_table, quoted
from coterie.backends.duckdb.source import Source
from coterie.planning.backend import Changes

__all__ = ["ContactIndex"]

Rows: TypeAlias = NDArray[np.int64]
"""Rows of a table by their `rowid`, of that type: DuckDB reads them a quarter sooner than with numbers of another."""

_PAYS = 200_000
"""In a table of fewer rows nothing is gained."""

_MOST_ROWS = 1 << 26
"""Of a larger table too much memory would be taken: 256 MiB for good, five times as much while it is made."""

_NEW = 16
"""As soon as more than one row in so many is new, the new ones are put in order with the others."""

_PATIENCE = 0.02
"""Seconds to wait for another who asks; where it takes longer, rows are put in order, and the table is read sooner."""


class ContactIndex:
    """The rows of contacts in the tables of interactions, on the data as they are. Any thread may ask."""

    def __init__(self, source: Source, changes: Callable[[int], Changes | None], *, pays: int = _PAYS) -> None:
        self._tables = {name: _Table(name, source, changes, pays) for name in source.catalog.interactions}

    def prepare(self) -> None:
        """Know the rows of all large tables. Who asks meanwhile does not wait for that."""
        for table in self._tables.values():
            table.prepare()

    def of(self, interaction: str, contact: int) -> Rows | None:
        """The rows of a contact, in order; None where they are not known without reading the table."""
        return self._tables[interaction].of(contact)


@dataclass(frozen=True, slots=True)
class _Known:
    """Of which version of the data it is known what lies where: `rows` by contact, from the `starts` of each on.

    `newcomers` are the contacts of the rows behind those, as they lie.
    """

    version: int
    rows: NDArray[np.uint32]
    starts: NDArray[np.uint32]
    newcomers: Ordinals

    @property
    def size(self) -> int:
        """How many rows the table has."""
        return len(self.rows) + len(self.newcomers)

    def of(self, contact: int) -> Rows:
        settled = self.rows[:0]
        if contact < len(self.starts) - 1:
            settled = self.rows[self.starts[contact] : self.starts[contact + 1]]
        return np.concatenate([settled.astype(np.int64), len(self.rows) + np.flatnonzero(self.newcomers == contact)])

    def in_order(self) -> _Known:
        """The same with the newcomers among the others."""
        contacts = np.empty(len(self.rows), np.uint32)
        contacts[self.rows] = np.repeat(np.arange(len(self.starts) - 1, dtype=np.uint32), np.diff(self.starts))
        return _in_order(self.version, np.concatenate([contacts, self.newcomers]))


@dataclass(frozen=True, slots=True)
class _Useless:
    """Of that version of the data, the table is small; or too large, or lacks rows, which `stays` so until a load."""

    version: int
    stays: bool


class _Table:
    """The rows of one table. What is known is replaced as a whole: nobody sees half of it, nor is it left behind."""

    def __init__(self, interaction: str, source: Source, changes: Callable[[int], Changes | None], pays: int) -> None:
        self._interaction = interaction
        self._source = source
        self._changes = changes
        self._pays = pays
        self._lock = RLock()
        self._state: _Known | _Useless | None = None

    def prepare(self) -> None:
        with self._lock:
            state = self._current()
            if state is None:
                self._state = self._read()
            elif isinstance(state, _Known) and len(state.newcomers) * _NEW > len(state.rows):
                self._state = state.in_order()

    def of(self, contact: int) -> Rows | None:
        if not self._lock.acquire(timeout=_PATIENCE):
            return None
        try:
            state = self._current()
        finally:
            self._lock.release()
        return state.of(contact) if isinstance(state, _Known) else None

    # --- with the lock held

    def _current(self) -> _Known | _Useless | None:
        """What is known of the data as they are: what came since is read. None where all is to be read."""
        state, version = self._state, self._source.data_version
        if state is not None and state.version != version:
            self._state = self._followed(state, version)
        return self._state

    def _followed(self, state: _Known | _Useless, version: int) -> _Known | _Useless | None:
        changes = self._changes(state.version)
        if changes is None or self._interaction in changes.whole:
            return None
        if self._interaction not in changes.interactions:
            return replace(state, version=version)
        if isinstance(state, _Useless):
            return replace(state, version=version) if state.stays else None
        found = self._contacts(state.size)
        if found is None or state.size + len(found) > _MOST_ROWS:
            return _Useless(version, stays=True)
        return replace(state, version=version, newcomers=np.concatenate([state.newcomers, found]))

    def _read(self) -> _Known | _Useless:
        """Read of whom every row is."""
        version, table = self._source.data_version, quoted(interaction_table(self._interaction))
        count: int = self._source.query(f"SELECT count(*) FROM {table}").column(0)[0].as_py()
        if not self._pays <= count <= _MOST_ROWS:
            return _Useless(version, stays=count > _MOST_ROWS)
        found = self._contacts(0)
        return _Useless(version, stays=True) if found is None else _in_order(version, found)

    def _contacts(self, first: int) -> Ordinals | None:
        """Of whom each row is from the first one named on; None where rows are missing: they may get other places."""
        table = quoted(interaction_table(self._interaction))
        found = self._source.query(f"SELECT rowid, contact FROM {table} WHERE rowid >= ? ORDER BY rowid", [first])
        rows = found.column("rowid").to_numpy()
        if len(rows) and (rows[0] != first or rows[-1] != first + len(rows) - 1):
            return None
        contacts: Ordinals = found.column("contact").to_numpy()
        return contacts


def _in_order(version: int, contacts: Ordinals) -> _Known:
    """Rows sorted by contact, within that as they lie. Both in one number, which is sorted much faster than pairs."""
    both = contacts.astype(np.uint64) << np.uint64(32)
    both |= np.arange(len(contacts), dtype=np.uint64)
    both.sort()
    starts = np.concatenate([[0], np.cumsum(np.bincount(contacts))]).astype(np.uint32)
    return _Known(version, both.astype(np.uint32), starts, np.empty(0, np.uint32))
