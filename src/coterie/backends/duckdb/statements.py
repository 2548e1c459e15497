"""Questions of one table, run alone or, where they are alike, together.

Many conditions differ in their constants only. On few rows a statement costs what planning it does, so statements of
one text are run as one: their bound values stand in a table that is joined by the very condition they share.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np
import pyarrow as pa

from coterie.backends.duckdb.source import Source

__all__ = ["Statement", "answers", "bound_column"]

_UNLIKE = ("SELECT", "regexp_matches(", "list_has_")
"""What does not get faster by a join: queries within the condition, patterns (compiled anew for each row), lists."""

_MOST = 4096
"""Statements run as one."""


@dataclass(frozen=True, slots=True)
class Statement:
    """`SELECT columns FROM origin WHERE condition`, with a bound value for each `?` and the tables that it names."""

    columns: str
    origin: str
    condition: str
    parameters: Sequence[object] = ()
    tables: Mapping[str, pa.Table] = field(default_factory=dict)

    def answer(self, source: Source) -> pa.Table:
        text = f"SELECT {self.columns} FROM {self.origin} WHERE {self.condition}"
        return source.query(text, self.parameters, self.tables)

    @property
    def _is_alone(self) -> bool:
        return bool(self.tables) or not self.parameters or any(word in self.condition for word in _UNLIKE)


def answers(statements: Sequence[Statement], source: Source) -> list[pa.Table]:
    """The answers in the order of the statements; those that are alike are run together."""
    found: dict[int, pa.Table] = {}
    for places in _alike(statements):
        group = [statements[place] for place in places]
        found.update(zip(places, _together(group, source), strict=True))
    return [found[place] for place in range(len(statements))]


def _alike(statements: Sequence[Statement]) -> Iterator[list[int]]:
    """The places of statements that can be run together."""
    groups: dict[tuple[str, str, str], list[int]] = {}
    for place, statement in enumerate(statements):
        if statement._is_alone:  # noqa: SLF001 - of this module's own class
            yield [place]
        else:
            groups.setdefault((statement.columns, statement.origin, statement.condition), []).append(place)
    for places in groups.values():
        for start in range(0, len(places), _MOST):
            yield places[start : start + _MOST]


def _together(group: Sequence[Statement], source: Source) -> Iterable[pa.Table]:
    first = group[0]
    if len(group) == 1:
        return [first.answer(source)]
    columns = zip(*(statement.parameters for statement in group), strict=True)
    constants = {f"p{index}": bound_column(values) for index, values in enumerate(columns)}
    given = pa.table({"place": np.arange(len(group), dtype=np.uint16), **constants})
    pieces = first.condition.split("?")
    condition = pieces[0] + "".join(f"v.p{index}{piece}" for index, piece in enumerate(pieces[1:]))
    text = f"SELECT v.place, {first.columns} FROM {first.origin} JOIN bound_values AS v ON ({condition})"
    return _parted(source.query(text, (), {"bound_values": given}), len(group))


def _parted(table: pa.Table, count: int) -> Iterator[pa.Table]:
    """A table cut by its column `place`."""
    places = table.column("place").to_numpy()
    order = np.argsort(places, kind="stable")
    ends = np.searchsorted(places[order], np.arange(count + 1))
    ordered = table.drop_columns("place").take(pa.array(order))
    for start, end in itertools.pairwise(ends):
        yield ordered.slice(start, end - start)


def bound_column(values: Sequence[object]) -> pa.Array:
    """Constants as a column; whole numbers beyond 64 bits as decimals, which DuckDB compares exactly."""
    if isinstance(values[0], int) and not isinstance(values[0], bool):
        wide = any(abs(value) >= 1 << 63 for value in values if isinstance(value, int))
        return pa.array([Decimal(str(value)) for value in values], pa.decimal128(38, 0)) if wide else pa.array(values)
    return pa.array(values)
