"""Making a case small while something stays true of it: fewer rows, fewer values, a shorter definition."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from coterie.testing.cases import Case, Row, Tables

__all__ = ["reduced", "shrink"]


def shrink(case: Case, still: Callable[[Case], bool], *, most_tries: int = 2000) -> Case:
    """A smaller case of which `still` is true, found greedily; `case` itself where none is. `still` never raises."""
    tries = 0
    smaller = True
    while smaller:
        smaller = False
        for candidate in _smaller(case):
            tries += 1
            if tries > most_tries:
                return case
            if still(candidate):
                case, smaller = candidate, True
                break
    return case


def _smaller(case: Case) -> Iterator[Case]:
    """Cases with one thing less, the largest savings first."""
    for tables in _fewer_rows(case.tables):
        yield replace(case, tables=tables)
    for segments in _parts_less(case.segments):
        yield replace(case, segments={key: file for key, file in segments.items() if isinstance(file, Mapping)})
    for definition in _parts_less(case.definition):
        yield replace(case, definition=definition)
    if case.zone is not None:
        yield replace(case, zone=None)
    for tables in _fewer_values(case.tables):
        yield replace(case, tables=tables)


# --- data ------------------------------------------------------------------------------------------------------------


def _fewer_rows(tables: Tables) -> Iterator[Tables]:
    for name in tables:
        yield {other: rows for other, rows in tables.items() if other != name}
    for name, rows in tables.items():
        half = len(rows) // 2
        if half > 1:
            yield {**tables, name: rows[:half]}
            yield {**tables, name: rows[half:]}
    for name, rows in tables.items():
        for index in range(len(rows)):
            yield {**tables, name: rows[:index] + rows[index + 1 :]}


def _fewer_values(tables: Tables) -> Iterator[Tables]:
    for name, rows in tables.items():
        for column in dict.fromkeys(column for row in rows for column in row):
            yield {**tables, name: tuple(_without(row, column) for row in rows)}
    for name, rows in tables.items():
        for index, row in enumerate(rows):
            for column in [column for column, value in row.items() if value is not None]:
                cleared: Row = {**row, column: None}
                yield {**tables, name: (*rows[:index], cleared, *rows[index + 1 :])}


def _without(row: Row, column: str) -> Row:
    return {key: value for key, value in row.items() if key != column}


# --- definitions -----------------------------------------------------------------------------------------------------


def _parts_less(whole: Mapping[str, object]) -> Iterator[dict[str, object]]:
    for part in reduced(whole):
        if isinstance(part, dict):
            yield part


def reduced(node: object) -> Iterator[object]:
    """`node` with one element of a list less, one key less, or a part in the place of the whole; valid or not."""
    if isinstance(node, Mapping):
        yield from _parts_of(node)
        for key in node:
            yield {other: value for other, value in node.items() if other != key}
        for key, value in node.items():
            for smaller in reduced(value):
                yield {**node, key: smaller}
    elif isinstance(node, list):
        for index in range(len(node)):
            yield _first_without_combine(node[:index] + node[index + 1 :])
        for index, value in enumerate(node):
            for smaller in reduced(value):
                yield [*node[:index], smaller, *node[index + 1 :]]


def _parts_of(node: Mapping[str, object]) -> Iterator[object]:
    for value in node.values():
        yield from (part for part in (value if isinstance(value, list) else [value]) if isinstance(part, Mapping))


def _first_without_combine(items: list[object]) -> list[object]:
    match items:
        case [{"combine": _, "block": block}, *rest]:
            return [{"block": block}, *rest]
        case _:
            return items
