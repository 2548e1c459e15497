"""The interactions of one kind in order of time, read once for many leaves.

Whatever the leaves compare with constants is asked of DuckDB, for all rows at once; a window then is a range of places,
and each leaf only measures the rows it chooses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyroaring import BitMap

from coterie.backends.duckdb.measuring import owners_satisfying
from coterie.backends.duckdb.naming import quoted
from coterie.backends.duckdb.printing import Printer, Records
from coterie.backends.duckdb.row_flags import RowFlags
from coterie.backends.duckdb.scanning import MeasuredColumns, Rows, measured_column
from coterie.backends.duckdb.source import Source
from coterie.backends.duckdb.statements import Statement
from coterie.backends.duckdb.vocabularies import Coded, Codes, Vocabularies, attributes_in
from coterie.catalog.model import CONTACT
from coterie.membership import from_flags, from_ordinals
from coterie.planning.clock import Between
from coterie.planning.leaves import CountDistinct, Having, InteractionLeaf, Leaf, Predicate

__all__ = ["Timelines", "timeline_sets"]

_ROWS = 24_000_000
"""Rows held at once; a longer table is read by ranges of contacts."""

_CHUNK = 1 << 16
"""Ranges of contacts begin at multiples of this, where a bitmap has a seam."""

Places = NDArray[np.int64]


@dataclass(frozen=True)
class Timelines:
    """How the rows of one interaction are read: out of the store, or those given, which are in order of time.

    What leaves ask of given rows has been asked about.
    """

    source: Source
    records: Records
    printer: Callable[[], Printer]
    words: Vocabularies
    given: RowFlags | None = None


def timeline_sets(
    leaves: Sequence[InteractionLeaf], timelines: Timelines, among: Mapping[Leaf, BitMap]
) -> dict[InteractionLeaf, BitMap]:
    """The contacts of leaves that read one interaction.

    Of a leaf that `among` names, only rows of its contacts are measured.
    """
    size = timelines.source.entity_size(CONTACT)
    found = {leaf: BitMap() for leaf in leaves}
    for first, last in _ranges(timelines, size):
        timeline = _Timeline.read(leaves, timelines, None if last - first == size else (first, last))
        for leaf, members in timeline.sets(leaves, among, first, last):
            found[leaf] |= members.shift(first) if first else members
    return found


def _ranges(timelines: Timelines, size: int) -> Iterator[tuple[int, int]]:
    """Ranges of contact ordinals with few enough rows each, on average."""
    if timelines.given is not None:
        yield 0, size
        return
    rows = timelines.source.query(f"SELECT count(*) FROM {timelines.records.origin}").column(0)[0].as_py()
    parts = -(-rows // _ROWS) or 1
    length = -(-size // parts // _CHUNK) * _CHUNK if parts > 1 else size
    for first in range(0, size, max(length, 1)):
        yield first, min(first + length, size)


class _Chosen(Protocol):
    """The rows for which one predicate is true."""

    def within(self, first: int, last: int) -> Places:
        """Their places from `first` to before `last`, in order."""
        ...


@dataclass(frozen=True, slots=True)
class _Listed:
    """Rows by their places, in order."""

    places: Places

    def within(self, first: int, last: int) -> Places:
        start, end = np.searchsorted(self.places, (first, last))
        return self.places[start:end]


@dataclass(frozen=True, slots=True)
class _Flagged:
    """Rows by a flag for each."""

    flags: NDArray[np.bool_]

    def within(self, first: int, last: int) -> Places:
        return np.flatnonzero(self.flags[first:last]) + first


@dataclass(frozen=True, slots=True)
class _ByCode:
    """Rows whose combination of values satisfies the predicate: `combined` numbers that of each row."""

    combined: Codes
    satisfying: NDArray[np.bool_]

    def within(self, first: int, last: int) -> Places:
        return np.flatnonzero(self.satisfying[self.combined[first:last]]) + first


@dataclass
class _Timeline:
    """Rows by place, which is their place in the order of time: what is measured, and what each predicate chooses."""

    contacts: NDArray[np.uint32]
    times: NDArray[np.int64]
    measured: MeasuredColumns
    chosen: Mapping[Predicate, _Chosen]

    @classmethod
    def read(
        cls, leaves: Sequence[InteractionLeaf], timelines: Timelines, contacts: tuple[int, int] | None
    ) -> _Timeline:
        records = timelines.records
        wheres = tuple(dict.fromkeys(leaf.where for leaf in leaves if leaf.where is not None))
        if timelines.given is not None:
            table = timelines.given.table
            return cls(
                table.column("contact").to_numpy(),
                table.column("occurred_at").to_numpy(),
                MeasuredColumns(table, records, timelines.source),
                {where: _Flagged(timelines.given.of(where)) for where in wheres},
            )
        reading = _Reading(timelines, _span(leaves), contacts)
        measures = tuple(dict.fromkeys(leaf.having for leaf in leaves))
        table, codes, coded, flags = reading.rows(measures, wheres)
        times = table.column("occurred_at").to_numpy()
        is_sorted = not len(times) or bool((times[1:] >= times[:-1]).all())
        order = None if is_sorted else np.argsort(times, kind="stable")

        def in_order(column: NDArray[Any]) -> NDArray[Any]:
            return column if order is None else column[order]

        chosen: dict[Predicate, _Chosen] = {
            where: _Listed(np.flatnonzero(in_order(each))) for where, each in flags.items()
        }
        codes = {name: in_order(each) for name, each in codes.items()}
        combined = {each.attributes: each for each in coded.values()}
        numbers = {names: each.combined(codes) for names, each in combined.items()}
        chosen.update((where, _ByCode(numbers[each.attributes], each.satisfying)) for where, each in coded.items())
        owners = in_order(table.column("contact").to_numpy()) - np.uint32(0 if contacts is None else contacts[0])
        counted = {having.attribute for having in measures if isinstance(having, CountDistinct)}
        same = {
            name: timelines.words.distinct(records, name, codes[name], timelines.source)
            for name in counted & codes.keys()
        }
        columns = MeasuredColumns(table, records, timelines.source, order, same)
        return cls(owners, in_order(times), columns, chosen)

    def sets(
        self, leaves: Iterable[InteractionLeaf], among: Mapping[Leaf, BitMap], first: int, last: int
    ) -> Iterator[tuple[InteractionLeaf, BitMap]]:
        """The contacts of each leaf, of those from `first` to before `last`, which the timeline was read for."""
        size = last - first
        for leaf in leaves:
            rows = self._rows(leaf)
            if leaf in among:
                rows = self._of_contacts(rows, among[leaf], first, last)
            values, scale = self.measured.of(leaf.having)
            chosen = Rows(self.contacts[rows], None if values is None else values[rows], scale)
            owners, flags = owners_satisfying(leaf.having, chosen, size)
            yield leaf, from_flags(flags) if owners is None else from_ordinals(owners[flags], size)

    def _of_contacts(self, rows: Places | slice, contacts: BitMap, first: int, last: int) -> Places:
        """Those of the rows that are of these contacts."""
        ordinals = np.array(contacts.to_array(), dtype=np.int64)
        flags = np.zeros(last - first, dtype=np.bool_)
        flags[ordinals[(ordinals >= first) & (ordinals < last)] - first] = True
        chosen = flags[self.contacts[rows]]
        return rows[chosen] if not isinstance(rows, slice) else np.flatnonzero(chosen) + int(rows.start)

    def _rows(self, leaf: InteractionLeaf) -> Places | slice:
        """The places of the rows in the leaf's window for which its `where` is true."""
        start, end = leaf.window.start, leaf.window.end
        first = 0 if start is None else int(np.searchsorted(self.times, start))
        last = len(self.times) if end is None else int(np.searchsorted(self.times, end))
        last = max(first, last)
        return slice(first, last) if leaf.where is None else self.chosen[leaf.where].within(first, last)


@dataclass(frozen=True)
class _Reading:
    """A scan of the store's rows of one interaction, restricted to a span of time and a range of contacts."""

    timelines: Timelines
    span: Between[int]
    contacts: tuple[int, int] | None

    def rows(
        self, measures: Sequence[Having], wheres: Sequence[Predicate]
    ) -> tuple[pa.Table, dict[str, Codes], dict[Predicate, Coded], dict[Predicate, NDArray[np.bool_]]]:
        """Every row with what is measured; its codes; what predicates say of these; flags of all other predicates.

        Of what is counted by its distinct values, the codes are enough.

        All in one statement: rows that are joined come in any order, which the next one would not repeat.
        """
        records, words, source = self.timelines.records, self.timelines.words, self.timelines.source
        distinct = {having.attribute for having in measures if isinstance(having, CountDistinct)}
        names, codes, joins, tables = words.joined(records, sorted({*attributes_in(wheres), *distinct}), source)
        coded = words.coded(records, wheres, source, self.timelines.printer)
        is_coded = {having for having in measures if isinstance(having, CountDistinct) and having.attribute in names}
        measured = (measured_column(having, records) for having in measures if having not in is_coded)
        columns = dict.fromkeys(filter(None, ["contact", "occurred_at", *measured]))
        named = ", ".join(f"{records.column(name)} AS {quoted(name)}" for name in columns)
        printer = self.timelines.printer()
        others = [where for where in wheres if where not in coded]
        flags = [f"({printer.condition(where, records)}) IS TRUE AS flag_{place}" for place, where in enumerate(others)]
        selected = ", ".join(filter(None, [named, codes, *flags]))
        within = self._within(printer)
        given = {**printer.tables, **tables}
        table = Statement(selected, f"{records.origin} {joins}", within, printer.parameters, given).answer(source)
        return (
            table,
            {name: table.column(f"code_{name}").to_numpy() for name in names},
            coded,
            {where: table.column(f"flag_{place}").to_numpy() for place, where in enumerate(others)},
        )

    def _within(self, printer: Printer) -> str:
        records = self.timelines.records
        parts = [printer.window(records.column("occurred_at"), self.span)]
        if self.contacts is not None:
            contact = records.column("contact")
            first, last = map(printer.bound, self.contacts)
            parts.append(f"{contact} >= {first} AND {contact} < {last}")
        return " AND ".join(parts)


def _span(leaves: Iterable[InteractionLeaf]) -> Between[int]:
    """The time from the first to the last instant of any window."""
    starts = [leaf.window.start for leaf in leaves]
    ends = [leaf.window.end for leaf in leaves]
    return Between(
        None if None in starts else min(start for start in starts if start is not None),
        None if None in ends else max(end for end in ends if end is not None),
    )
