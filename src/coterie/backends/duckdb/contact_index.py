"""Where the interactions of each contact lie in their tables: those of one contact are read without reading all.

Kept in memory for large tables, four bytes a row: the rows in the order of their contacts, and where those of each
contact begin. New interactions come behind all others; never does one change, nor go (decision 028).
"""

from __future__ import annotations

from collections.abc import Callable
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


class ContactIndex:
    """The rows of contacts in the tables of interactions, on the data as they are. Any thread may ask."""

    def __init__(self, source: Source, changes: Callable[[int], Changes | None], *, pays: int = _PAYS) -> None:
        self._tables = {name: _Table(name, source, changes, pays) for name in source.catalog.interactions}

    def prepare(self) -> None:
        """Know the rows of all large tables, so that nobody who asks has to wait for that."""
        for table in self._tables.values():
            table.prepare()

    def of(self, interaction: str, contact: int) -> Rows | None:
        """The rows of a contact, in order; None where they are not known without reading the table."""
        return self._tables[interaction].of(contact)


class _Table:
    """The rows of one table by contact, and those that came since they were put in order."""

    def __init__(self, interaction: str, source: Source, changes: Callable[[int], Changes | None], pays: int) -> None:
        self._interaction = interaction
        self._source = source
        self._changes = changes
        self._pays = pays
        self._lock = RLock()
        self._forget()

    def _forget(self) -> None:
        self._version: int | None = None
        self._rows: NDArray[np.uint32] = np.empty(0, np.uint32)
        self._starts: NDArray[np.int64] = np.zeros(1, np.int64)
        self._newcomers: Ordinals = np.empty(0, np.uint32)

    def prepare(self) -> None:
        with self._lock:
            if not self._is_current():
                self._read()

    def of(self, contact: int) -> Rows | None:
        with self._lock:
            if not self._is_current():
                return None
            starts, rows, newcomers = self._starts, self._rows, self._newcomers
        settled = rows[starts[contact] : starts[contact + 1]] if contact < len(starts) - 1 else rows[:0]
        return np.concatenate([settled.astype(np.int64), len(rows) + np.flatnonzero(newcomers == contact)])

    # --- with the lock held

    def _is_current(self) -> bool:
        """Whether the rows are known of the data as they are; what came since is read."""
        version = self._source.data_version
        if self._version is None or self._version == version:
            return self._version is not None
        changes = self._changes(self._version)
        if changes is None or self._interaction in changes.whole:
            self._forget()
            return False
        if self._interaction in changes.interactions and not self._read_new():
            self._forget()
            return False
        self._version = version
        return True

    def _read(self) -> None:
        """Read of whom every row is."""
        version, table = self._source.data_version, quoted(interaction_table(self._interaction))
        count: int = self._source.query(f"SELECT count(*) FROM {table}").column(0)[0].as_py()
        if not self._pays <= count <= _MOST_ROWS:
            return
        found = self._contacts(0)
        if found is not None:
            self._put_in_order(found)
            self._version = version

    def _read_new(self) -> bool:
        """Read of whom the rows are that came since. False where it is not certain which ones those are."""
        found = self._contacts(len(self._rows) + len(self._newcomers))
        if found is None:
            return False
        self._newcomers = np.concatenate([self._newcomers, found])
        if len(self._newcomers) * _NEW > len(self._rows):
            contacts = np.empty(len(self._rows), np.uint32)
            contacts[self._rows] = np.repeat(np.arange(len(self._starts) - 1, dtype=np.uint32), np.diff(self._starts))
            self._put_in_order(np.concatenate([contacts, self._newcomers]))
        return True

    def _contacts(self, first: int) -> Ordinals | None:
        """Of whom each row is from the first one named on; None where rows are missing: they may get other places."""
        table = quoted(interaction_table(self._interaction))
        found = self._source.query(f"SELECT rowid, contact FROM {table} WHERE rowid >= ? ORDER BY rowid", [first])
        rows = found.column("rowid").to_numpy()
        if len(rows) and (rows[0] != first or rows[-1] != first + len(rows) - 1):
            return None
        contacts: Ordinals = found.column("contact").to_numpy()
        return contacts

    def _put_in_order(self, contacts: Ordinals) -> None:
        """Sort rows by contact, within that as they lie. Both in one number, which is sorted much faster than pairs."""
        both = contacts.astype(np.uint64) << np.uint64(32)
        both |= np.arange(len(contacts), dtype=np.uint64)
        both.sort()
        self._rows = both.astype(np.uint32)
        self._starts = np.concatenate([[0], np.cumsum(np.bincount(contacts))])
        self._newcomers = np.empty(0, np.uint32)
