"""Messages that came before: found once a load has been appended, by hash and then by the exact id.

Rows that the running transaction has appended carry row ids from `_APPENDED` on, in order: so the rows of this load are
told from older ones, and each by its place in the source. Work goes by parts of the hashes, to bound the memory.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from decimal import Context, Decimal

import numpy as np

from coterie.backends.duckdb.naming import entity_table, quoted, value_column
from coterie.backends.duckdb.writing import Writing
from coterie.catalog import CONTACT
from coterie.errors import Problem, StoreError
from coterie.records.arrays import true_rows
from coterie.records.raw import RawBatch
from coterie.records.report import EXAMPLES

__all__ = ["Accepted", "drop_duplicates", "number_like_records"]

_APPENDED = 36_028_797_018_960_000
_ROWS_PER_PART = 16_000_000
_EXACT = Context(prec=60)
_CONTENT = ("contact", "occurred_at", "a_")
_MADE = "^content:[0-9a-f]{32}$"
_IS_MADE = "regexp_matches(message_id, '^content:[0-9a-f]{32}(-[0-9]+)?$')"
"""Ids made of a record's content: the same content by name, even where the catalog has grown since."""


@dataclass(slots=True)
class Accepted:
    """Which line of the source each accepted record stood on, by its place among the accepted ones."""

    count: int = 0
    _starts: list[int] = field(default_factory=list)
    _lines: list[int | np.ndarray] = field(default_factory=list)

    def add(self, batch: RawBatch, usable: np.ndarray) -> None:
        self._starts.append(self.count)
        if usable.all():
            self._lines.append(batch.lines)
        else:
            rows = true_rows(usable)
            self._lines.append(batch.lines + rows if isinstance(batch.lines, int) else batch.lines[rows])
        self.count += int(usable.sum())

    def line(self, place: int) -> int:
        batch = int(np.searchsorted(self._starts, place, side="right")) - 1
        lines, offset = self._lines[batch], place - self._starts[batch]
        return lines + offset if isinstance(lines, int) else int(lines[offset])


def number_like_records(writing: Writing, table: str) -> None:
    """Give the second, third … of like records of this load, whose ids were made of their content, ids of their own."""
    name = quoted(table)
    parts = _parts(writing, name)
    for part in range(parts):
        writing.run(
            f"CREATE OR REPLACE TEMP TABLE like_records AS SELECT id, message_id || '-' || place AS message_id FROM ("
            f"SELECT rowid AS id, message_id, row_number() OVER (PARTITION BY message_id ORDER BY rowid) AS place "
            f"FROM {name} WHERE rowid >= {_APPENDED} AND message_hash IN ({_repeated_hashes(name, parts, part)}) "
            f"AND regexp_matches(message_id, '{_MADE}')) WHERE place > 1"
        )
        if writing.figure("SELECT count(*) FROM like_records"):
            writing.run(
                f"UPDATE {name} AS t SET message_id = l.message_id, message_hash = hash(l.message_id) "
                f"FROM like_records l WHERE t.rowid = l.id"
            )
    writing.run("DROP TABLE like_records")


def drop_duplicates(writing: Writing, table: str, accepted: Accepted) -> int:
    """Take out the records of this load whose message was accepted before; report and count them."""
    if not accepted.count:
        return 0
    name = quoted(table)
    _check_appended(writing, name, accepted.count)
    parts = _parts(writing, name)
    writing.run("CREATE TEMP TABLE duplicates (id BIGINT, message_id VARCHAR, conflict BOOLEAN)")
    for part in range(parts):
        _find(writing, table, parts, part)
    repeated = writing.figure("SELECT count(*) FROM duplicates")
    if repeated:
        _report(writing, accepted)
        _keep_conflicts(writing, table, accepted)
    # A load of nothing but duplicates is undone whole, unless what it keeps aside is committed.
    if repeated and (repeated < accepted.count or writing.keeping or not writing.alone):
        writing.run(f"DELETE FROM {name} WHERE rowid IN (SELECT id FROM duplicates)")
    writing.run("DROP TABLE duplicates")
    return repeated


def _check_appended(writing: Writing, name: str, expected: int) -> None:
    found = writing.figure(
        f"SELECT count(*) FROM {name} WHERE rowid BETWEEN {_APPENDED} AND {_APPENDED + expected - 1}"
    )
    if found != expected:
        raise StoreError(
            Problem(
                code="store_failed",
                path=writing.report.name,
                message=f"Of {expected:,} appended rows {found:,} were found again.",
                hint="Nothing was loaded. Please report this with the version of duckdb.",
            )
        )


def _parts(writing: Writing, name: str) -> int:
    return 1 + writing.figure(f"SELECT count(*) FROM {name} WHERE rowid >= {_APPENDED}") // _ROWS_PER_PART


def _of_part(parts: int, part: int) -> str:
    return f"message_hash % {parts} = {part}" if parts > 1 else "true"


def _repeated_hashes(name: str, parts: int, part: int) -> str:
    return (
        f"SELECT message_hash FROM {name} WHERE rowid >= {_APPENDED} AND {_of_part(parts, part)} "
        "GROUP BY message_hash HAVING count(*) > 1"
    )


def _find(writing: Writing, table: str, parts: int, part: int) -> None:
    """Add the duplicates of one part of the hashes."""
    name, of_part = quoted(table), _of_part(parts, part)
    writing.run(
        f"CREATE OR REPLACE TEMP TABLE suspects AS {_repeated_hashes(name, parts, part)} UNION "
        f"SELECT message_hash FROM {name} WHERE rowid < {_APPENDED} AND {of_part} AND message_hash IN "
        f"(SELECT message_hash FROM {name} WHERE rowid >= {_APPENDED} AND {of_part})"
    )
    if writing.figure("SELECT count(*) FROM suspects"):
        packed = f"row({', '.join(quoted(c) for c in _columns(writing, table) if c.startswith(_CONTENT))})"
        writing.run(
            f"INSERT INTO duplicates SELECT id, message_id, content IS DISTINCT FROM first AND NOT {_IS_MADE} FROM ("
            f"SELECT id, message_id, content, row_number() OVER same AS place, first_value(content) OVER same AS first "
            f"FROM (SELECT rowid AS id, message_id, {packed} AS content FROM {name} "
            f"WHERE {of_part} AND message_hash IN (FROM suspects)) "
            f"WINDOW same AS (PARTITION BY message_id ORDER BY id)) WHERE place > 1"
        )
    writing.run("DROP TABLE suspects")


def _columns(writing: Writing, table: str) -> list[str]:
    rows = writing.run("SELECT column_name FROM duckdb_columns() WHERE table_name = ? AND NOT internal", [table])
    return [str(column) for (column,) in rows]


def _report(writing: Writing, accepted: Accepted) -> None:
    for code, condition in (("duplicate", "NOT conflict"), ("duplicate_conflict", "conflict")):
        found = writing.figure(f"SELECT count(*) FROM duplicates WHERE {condition}")
        first = writing.run(f"SELECT id, message_id FROM duplicates WHERE {condition} ORDER BY id LIMIT {EXAMPLES}")
        examples = [(accepted.line(_place(id_)), str(message_id)) for id_, message_id in first]
        writing.report.count(code, "message_id", found, examples)


def _place(row_id: object) -> int:
    assert isinstance(row_id, int)
    return row_id - _APPENDED


def _keep_conflicts(writing: Writing, table: str, accepted: Accepted) -> None:
    """Keep aside the records that reuse the id of another one: what they say is not known otherwise."""
    attributes = writing.catalog.interactions[writing.report.name].attributes
    shown = [f"t.{quoted(value_column(name))}::VARCHAR" for name in attributes]
    columns = ["t.rowid", "t.message_id", "c.key", "make_timestamp_ms(t.occurred_at)::VARCHAR", *shown]
    rows = writing.run(
        f"SELECT {', '.join(columns)} "
        f"FROM {quoted(table)} t JOIN duplicates d ON d.id = t.rowid "
        f"JOIN {quoted(entity_table(CONTACT))} c ON c.ordinal = t.contact WHERE d.conflict ORDER BY t.rowid"
    )
    if not rows:
        return
    scales = [writing.scales.get((table, value_column(name))) for name in attributes]
    names = ["message_id", writing.catalog.contact.key, "occurred_at", *attributes]
    records = []
    for row in rows:
        cells = [_unscaled(cell, scale) for cell, scale in zip(row[4:], scales, strict=True)]
        records.append(json.dumps(dict(zip(names, [*row[1:4], *cells], strict=True))))
    lines = [accepted.line(_place(row[0])) for row in rows]
    writing.keep_aside("message_id", "duplicate_conflict", lines, [str(row[1]) for row in rows], records)


def _unscaled(cell: object, scale: int | None) -> object:
    """A number as it was given; every other cell as it is."""
    return cell if cell is None or not scale else format(Decimal(str(cell)).scaleb(-scale, _EXACT), "f")
