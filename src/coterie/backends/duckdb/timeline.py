"""The interactions of one kind in order of time, read once for many leaves.

Whatever the leaves compare with constants is asked of DuckDB, for all rows at once; a window then is a range of places,
and each leaf only measures the rows it chooses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyroaring import BitMap

from coterie.backends.duckdb.measuring import owners_satisfying
from coterie.backends.duckdb.naming import quoted
from coterie.backends.duckdb.printing import Printer, Records
from coterie.backends.duckdb.scanning import Rows, measured_column, measured_values
from coterie.backends.duckdb.source import Source
from coterie.backends.duckdb.statements import Statement, answers
from coterie.catalog.model import CONTACT
from coterie.membership import from_flags, from_ordinals
from coterie.planning.clock import Between
from coterie.planning.leaves import CountDistinct, InteractionLeaf, Predicate

__all__ = ["timeline_sets"]

_FLAGS = 48
"""Conditions on a row that one scan answers: more make planning dominate."""

_ROWS = 24_000_000
"""Rows held at once; a longer table is read by ranges of contacts."""

_CHUNK = 1 << 16
"""Ranges of contacts begin at multiples of this, where a bitmap has a seam."""

Places = NDArray[np.int64]
Integers = NDArray[np.int64] | NDArray[np.object_]


def timeline_sets(
    leaves: Sequence[InteractionLeaf], source: Source, printer: Callable[[], Printer], *, few: bool
) -> dict[InteractionLeaf, BitMap]:
    """The contacts of leaves that read one interaction. `few`: the source holds few rows, numbered in order of time."""
    size = source.entity_size(CONTACT)
    found = {leaf: BitMap() for leaf in leaves}
    for first, last in _ranges(leaves[0].interaction, source, size):
        contacts = None if last - first == size else (first, last)
        timeline = _Timeline.read(leaves, source, printer, few=few, contacts=contacts)
        for leaf, members in timeline.sets(leaves, last - first):
            found[leaf] |= members.shift(first) if first else members
    return found


def _ranges(interaction: str, source: Source, size: int) -> Iterator[tuple[int, int]]:
    """Ranges of contact ordinals with few enough rows each, on average."""
    records = Records.of_interaction(source, interaction, "t0")
    rows = source.query(f"SELECT count(*) FROM {records.origin}").column(0)[0].as_py()
    parts = -(-rows // _ROWS) or 1
    length = -(-size // parts // _CHUNK) * _CHUNK if parts > 1 else size
    for first in range(0, size, max(length, 1)):
        yield first, min(first + length, size)


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The rows for which one predicate is true, in order of time."""

    contacts: NDArray[np.uint32]
    times: NDArray[np.int64]
    places: Places | None

    def window(self, window: Between[int]) -> slice:
        """The rows that occurred in the window."""
        start = 0 if window.start is None else int(np.searchsorted(self.times, window.start))
        end = len(self.times) if window.end is None else int(np.searchsorted(self.times, window.end))
        return slice(start, max(start, end))


@dataclass
class _Timeline:
    """Rows by place: columns as read, and per predicate the places for which it is true."""

    source: Source
    records: Records
    contacts: NDArray[np.uint32]
    times: NDArray[np.int64]
    columns: Mapping[str, pa.ChunkedArray]
    chosen: Mapping[Predicate, Places]
    order: Places | None
    _measured: dict[tuple[str, bool], tuple[Integers, int]] = field(default_factory=dict)

    @classmethod
    def read(
        cls,
        leaves: Sequence[InteractionLeaf],
        source: Source,
        printer: Callable[[], Printer],
        *,
        few: bool,
        contacts: tuple[int, int] | None,
    ) -> _Timeline:
        records = Records.of_interaction(source, leaves[0].interaction, "t0")
        span: Between[int] = Between() if few else _span(leaves)
        reading = _Reading(source, records, printer, span, contacts)
        measured = dict.fromkeys(name for leaf in leaves if (name := measured_column(leaf.having, records)) is not None)
        wheres = tuple(dict.fromkeys(leaf.where for leaf in leaves if leaf.where is not None))
        table, flags = reading.rows([name for name in measured if name != "occurred_at"], () if few else wheres)
        owners = table.column("contact").to_numpy() - np.uint32(0 if contacts is None else contacts[0])
        times = table.column("occurred_at").to_numpy()
        order = None
        if len(times) and not bool((times[1:] >= times[:-1]).all()):
            order = np.argsort(times, kind="stable")
            owners, times = owners[order], times[order]
        chosen = reading.few_chosen(wheres) if few else _places(wheres, flags, order)
        columns = {name: table.column(name) for name in table.column_names}
        return cls(source, records, owners, times, columns, chosen, order)

    def sets(self, leaves: Iterable[InteractionLeaf], size: int) -> Iterator[tuple[InteractionLeaf, BitMap]]:
        """The contacts of each leaf, counted from the first of the range. Leaves of one predicate come together."""
        by_predicate: dict[Predicate | None, list[InteractionLeaf]] = {}
        for leaf in leaves:
            by_predicate.setdefault(leaf.where, []).append(leaf)
        for where, alike in by_predicate.items():
            chosen = self._chosen(where)
            for leaf in alike:
                yield leaf, self._set(leaf, chosen, size)

    def _chosen(self, where: Predicate | None) -> _Chosen:
        if where is None:
            return _Chosen(self.contacts, self.times, None)
        places = self.chosen[where]
        return _Chosen(self.contacts[places], self.times[places], places)

    def _set(self, leaf: InteractionLeaf, chosen: _Chosen, size: int) -> BitMap:
        rows = chosen.window(leaf.window)
        values, scale = self._values(leaf, chosen, rows)
        owners, flags = owners_satisfying(leaf.having, Rows(chosen.contacts[rows], values, scale), size)
        return from_flags(flags) if owners is None else from_ordinals(owners[flags], size)

    def _values(self, leaf: InteractionLeaf, chosen: _Chosen, rows: slice) -> tuple[Integers | None, int]:
        name = measured_column(leaf.having, self.records)
        if name is None:
            return None, 0
        if name == "occurred_at":
            return chosen.times[rows], 0
        values, scale = self._measured_column(leaf, name)
        return (values[rows] if chosen.places is None else values[chosen.places[rows]]), scale

    def _measured_column(self, leaf: InteractionLeaf, name: str) -> tuple[Integers, int]:
        kind = (name, isinstance(leaf.having, CountDistinct))
        if kind not in self._measured:
            values, scale = measured_values(leaf.having, self.columns[name], self.records, self.source)
            self._measured[kind] = (values if self.order is None else values[self.order], scale)
        return self._measured[kind]


@dataclass(frozen=True)
class _Reading:
    """Scans of one interaction's table, restricted to a span of time and a range of contacts."""

    source: Source
    records: Records
    printer: Callable[[], Printer]
    span: Between[int]
    contacts: tuple[int, int] | None

    def rows(self, measured: Sequence[str], wheres: Sequence[Predicate]) -> tuple[pa.Table, list[NDArray[np.bool_]]]:
        """Contact, time and the measured columns of every row; and which rows each predicate is true for."""
        columns = ["contact", "occurred_at", *measured]
        named = ", ".join(f"{self.records.column(name)} AS {quoted(name)}" for name in columns)
        table, flags = self._scan(named, wheres[:_FLAGS])
        for start in range(_FLAGS, len(wheres), _FLAGS):
            flags += self._scan("", wheres[start : start + _FLAGS])[1]
        return table, flags

    def _scan(self, named: str, wheres: Sequence[Predicate]) -> tuple[pa.Table, list[NDArray[np.bool_]]]:
        printer = self.printer()
        flags = [
            f"({printer.condition(where, self.records)}) IS TRUE AS flag_{index}" for index, where in enumerate(wheres)
        ]
        selected = ", ".join(filter(None, [named, *flags]))
        statement = Statement(selected, self.records.origin, self._within(printer), printer.parameters, printer.tables)
        table = statement.answer(self.source)
        return table, [table.column(f"flag_{index}").to_numpy() for index in range(len(wheres))]

    def _within(self, printer: Printer) -> str:
        parts = [printer.window(self.records.column("occurred_at"), self.span)]
        if self.contacts is not None:
            contact = self.records.column("contact")
            first, last = map(printer.bound, self.contacts)
            parts.append(f"{contact} >= {first} AND {contact} < {last}")
        return " AND ".join(parts)

    def few_chosen(self, wheres: Sequence[Predicate]) -> dict[Predicate, Places]:
        """The places for which each predicate is true, where rows are numbered in order of time."""
        statements = []
        for where in wheres:
            printer = self.printer()
            condition = printer.condition(where, self.records)
            row = self.records.column("row")
            statements.append(Statement(row, self.records.origin, condition, printer.parameters, printer.tables))
        found = answers(statements, self.source)
        return {where: np.sort(table.column(0).to_numpy()) for where, table in zip(wheres, found, strict=True)}


def _span(leaves: Iterable[InteractionLeaf]) -> Between[int]:
    """The time from the first to the last instant of any window."""
    starts = [leaf.window.start for leaf in leaves]
    ends = [leaf.window.end for leaf in leaves]
    return Between(
        None if None in starts else min(start for start in starts if start is not None),
        None if None in ends else max(end for end in ends if end is not None),
    )


def _places(
    wheres: Sequence[Predicate], flags: Sequence[NDArray[np.bool_]], order: Places | None
) -> dict[Predicate, Places]:
    return {
        where: np.flatnonzero(chosen if order is None else chosen[order])
        for where, chosen in zip(wheres, flags, strict=True)
    }
