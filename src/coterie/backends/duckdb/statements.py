"""Questions of one table, run alone or, where they are alike, together.

Many conditions differ in their constants only. On few rows a statement costs what planning it does, so statements of
one text are run as one: their bound values stand in a table that is joined by the very condition they share.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np
import pyarrow as pa

from coterie.backends.duckdb.source import Source

__all__ = ["GIVEN", "OneOf", "Statement", "answers", "bound_column"]

_UNLIKE = ("SELECT", "regexp_matches(", "list_has_")
"""What does not get faster by a join: queries within the condition, patterns (compiled anew for each row), lists."""

GIVEN = "given_"
"""How the tables of a statement's own values are named; others are shared by all that are run together."""

_MOST = 4096
"""Statements run as one."""


@dataclass(frozen=True, slots=True)
class OneOf:
    """Different values of which one has to be equal, bound where a single value may stand."""

    values: Sequence[object] | pa.Array


@dataclass(frozen=True, slots=True)
class Statement:
    """`SELECT columns FROM origin WHERE condition`, with a bound value for each `?` and the tables that it names.

    The bound value may be `OneOf` several where it is the only one.
    """

    columns: str
    origin: str
    condition: str
    parameters: Sequence[object] = ()
    tables: Mapping[str, pa.Table] = field(default_factory=dict)

    def answer(self, source: Source) -> pa.Table:
        if any(isinstance(value, OneOf) for value in self.parameters):
            return next(iter(_joined([self], source)))
        text = f"SELECT {self.columns} FROM {self.origin} WHERE {self.condition}"
        return source.query(text, self.parameters, self.tables)

    @property
    def is_alone(self) -> bool:
        """Whether nothing is gained by running it together with others."""
        own = any(name.startswith(GIVEN) for name in self.tables)
        return own or not self.parameters or any(word in self.condition for word in _UNLIKE)


def answers(statements: Sequence[Statement], source: Source) -> list[pa.Table]:
    """The answers in the order of the statements; those that are alike are run together."""
    found: dict[int, pa.Table] = {}
    for places in _alike(statements):
        group = [statements[place] for place in places]
        answered = [group[0].answer(source)] if len(group) == 1 else _joined(group, source)
        found.update(zip(places, answered, strict=True))
    return [found[place] for place in range(len(statements))]


def _alike(statements: Sequence[Statement]) -> Iterator[list[int]]:
    """The places of statements that can be run together."""
    groups: dict[tuple[str, str, str], list[int]] = {}
    for place, statement in enumerate(statements):
        if statement.is_alone:
            yield [place]
        else:
            groups.setdefault((statement.columns, statement.origin, statement.condition), []).append(place)
    for places in groups.values():
        for start in range(0, len(places), _MOST):
            yield places[start : start + _MOST]


def _joined(group: Sequence[Statement], source: Source) -> Iterator[pa.Table]:
    """The answers of statements of one text: their bound values joined as a table, a row for each choice of values."""
    first = group[0]
    pieces = first.condition.split("?")
    condition = pieces[0] + "".join(f"v.p{index}{piece}" for index, piece in enumerate(pieces[1:]))
    text = f"SELECT v.place, {first.columns} FROM {first.origin} JOIN bound_values AS v ON ({condition})"
    return _parted(source.query(text, (), {**first.tables, "bound_values": _choices(group)}), len(group))


def _choices(group: Sequence[Statement]) -> pa.Table:
    """The place of each statement with its bound values: a row for each of those of which it takes one."""
    listed = [[_several(value) for value in statement.parameters] for statement in group]
    counts = [len(values[0]) for values in listed]
    columns = {"place": pa.array(np.repeat(np.arange(len(group), dtype=np.uint16), counts))}
    for index in range(len(listed[0])):
        columns[f"p{index}"] = _column([values[index] for values in listed])
    return pa.table(columns)


def _several(value: object) -> Sequence[object] | pa.Array:
    return value.values if isinstance(value, OneOf) else (value,)


def _column(parts: Sequence[Sequence[object] | pa.Array]) -> pa.Array:
    """All their values, one part after the other."""
    if isinstance(parts[0], pa.Array):
        return pa.concat_arrays(parts)
    return bound_column(list(itertools.chain.from_iterable(parts)))


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
