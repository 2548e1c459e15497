"""Messages that came before: found once a load has been appended, by their hashes in the index of messages.

Rows that the running transaction has appended carry row ids from `FIRST_APPENDED` on, in order: so the rows of this
load are told from older ones, and each by its place in the source. Work goes by parts, to bound the memory.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Context, Decimal

import numpy as np
import pyarrow as pa
from pyroaring import BitMap

from coterie.backends.duckdb.message_hashes import IS_MADE, content_hash
from coterie.backends.duckdb.message_runs import in_order, sorted_places
from coterie.backends.duckdb.naming import entity_table, quoted, value_column
from coterie.backends.duckdb.writing import FIRST_APPENDED, Writing
from coterie.catalog import CONTACT
from coterie.errors import Problem, StoreError
from coterie.records.arrays import true_rows
from coterie.records.raw import RawBatch
from coterie.records.report import EXAMPLES

__all__ = ["Accepted", "drop_duplicates", "number_like_records"]

_ROWS_PER_PART = 16_000_000
_ROWS_AT_ONCE = 4_000_000
_EXACT = Context(prec=60)
_CONTENT = ("contact", "occurred_at", "a_")
_MADE = "^content:[0-9a-f]{32}$"


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

    def lines(self) -> list[int]:
        """The lines of all accepted records, in order."""
        ends = [*self._starts[1:], self.count]
        return [
            line
            for lines, start, end in zip(self._lines, self._starts, ends, strict=True)
            for line in (range(lines, lines + end - start) if isinstance(lines, int) else lines.tolist())
        ]

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
            f"FROM {name} WHERE rowid >= {FIRST_APPENDED} AND message_hash IN ({_repeated_hashes(name, parts, part)}) "
            f"AND regexp_matches(message_id, '{_MADE}')) WHERE place > 1"
        )
        if writing.figure("SELECT count(*) FROM like_records"):
            writing.run(
                f"UPDATE {name} AS t SET message_id = l.message_id, message_hash = hash(l.message_id) "
                f"FROM like_records l WHERE t.rowid = l.id"
            )
    writing.run("DROP TABLE like_records")


def drop_duplicates(writing: Writing, table: str, accepted: Accepted) -> BitMap:
    """Take out the records of this load whose message was accepted before, and report them: their places in the load.

    Those that stay are noted in the index of messages. A message is another one where its hash is, the same one where
    the hash of its content agrees as well; where that differs, the exact ids in the store are compared.
    """
    if not accepted.count:
        return BitMap()
    search = _Search(writing, table)
    for start in range(0, accepted.count, _ROWS_AT_ONCE):
        search.look_up(start, min(start + _ROWS_AT_ONCE, accepted.count))
    search.decide_exactly()
    repeated = search.alike | search.conflicts
    if repeated:
        _report(writing, table, accepted, {"duplicate": search.alike, "duplicate_conflict": search.conflicts})
        if search.conflicts:
            _keep_conflicts(writing, table, accepted, search.conflicts)
        for rows in _row_ids(repeated):
            writing.run_over(rows, f"DELETE FROM {quoted(table)} WHERE rowid IN (SELECT id FROM batch)")
    return repeated


class _Search:
    """The search for the duplicates among the rows that a load has appended to a table, by their places in the load.

    `alike` say what was said before, `conflicts` use the id of another message.
    """

    def __init__(self, writing: Writing, table: str) -> None:
        self.writing = writing
        self.table = table
        scales = writing.layouts.contents(table)
        now = {column: writing.scales.get((table, column), scale) for column, scale in scales.items()}
        self.content = content_hash(now, writing.layouts.types(table))
        self.alike, self.conflicts = BitMap(), BitMap()
        self._open: list[np.ndarray] = []

    def look_up(self, start: int, end: int) -> None:
        """Decide the rows that were appended in these places, as far as their hashes do."""
        hashes, contents = self._hashes(start, end)
        order = sorted_places(hashes)
        entries = np.stack([hashes[order], contents[order]], axis=1)
        found, same = self.writing.messages.find(self.table, entries)
        first = np.ones(len(entries), bool)
        first[1:] = entries[1:, 0] != entries[:-1, 0]
        new = first & ~found
        self.writing.messages.add(self.table, entries[new])
        if new.all():
            return
        leader = np.maximum.accumulate(np.where(first, np.arange(len(entries)), 0))
        repeated = same | (~found & ~first & (entries[:, 1] == entries[leader, 1]))
        self.alike |= BitMap((start + order[repeated]).tolist())
        undecided = ~new & ~repeated
        self._open.append(
            np.column_stack([(FIRST_APPENDED + start + order[undecided]).astype(np.uint64), entries[undecided]])
        )

    def _hashes(self, start: int, end: int) -> tuple[np.ndarray, np.ndarray]:
        found = self.writing.connection.execute(
            f"SELECT rowid AS id, message_hash, {self.content} AS content_hash FROM {quoted(self.table)} "
            f"WHERE rowid BETWEEN {FIRST_APPENDED + start} AND {FIRST_APPENDED + end - 1}"
        ).fetchnumpy()
        ids, hashes, contents = (np.asarray(found[name]) for name in ("id", "message_hash", "content_hash"))
        if len(ids) != end - start:
            raise _lost(self.writing, end - start, len(ids))
        if (ids[1:] < ids[:-1]).any():
            order = np.argsort(ids)
            hashes, contents = hashes[order], contents[order]
        return hashes, contents

    def decide_exactly(self) -> None:
        """Compare the ids, and the contents, of rows whose message hash is known with another content."""
        undecided = np.concatenate([np.empty((0, 3), np.uint64), *self._open])
        if not len(undecided):
            return
        writing, name = self.writing, quoted(self.table)
        ids = undecided[:, 0].astype(np.int64)
        columns = [column for column in writing.layouts.types(self.table) if column.startswith(_CONTENT)]
        repeated = writing.run_over(
            pa.table({"id": ids, "message_hash": undecided[:, 1]}),
            f"SELECT id, content IS DISTINCT FROM first AND NOT {IS_MADE} AS conflict FROM ("
            f"SELECT id, message_id, content, row_number() OVER same AS place, first_value(content) OVER same AS first "
            f"FROM (SELECT rowid AS id, message_id, row({', '.join(map(quoted, columns))}) AS content FROM {name} "
            f"WHERE message_hash IN (SELECT message_hash FROM batch)) "
            f"WINDOW same AS (PARTITION BY message_id ORDER BY id)) "
            f"WHERE place > 1 AND id IN (SELECT id FROM batch)",
        ).fetchnumpy()
        found, conflict = np.asarray(repeated["id"]), np.asarray(repeated["conflict"], bool)
        self.alike |= BitMap((found[~conflict] - FIRST_APPENDED).tolist())
        self.conflicts |= BitMap((found[conflict] - FIRST_APPENDED).tolist())
        writing.messages.add(self.table, in_order(undecided[~np.isin(ids, found), 1:]))


def _lost(writing: Writing, expected: int, found: int) -> StoreError:
    return StoreError(
        Problem(
            code="store_failed",
            path=writing.report.name,
            message=f"Of {expected:,} appended rows {found:,} were found again.",
            hint="Nothing was loaded. Please report this with the version of duckdb.",
        )
    )


def _parts(writing: Writing, name: str) -> int:
    return 1 + writing.figure(f"SELECT count(*) FROM {name} WHERE rowid >= {FIRST_APPENDED}") // _ROWS_PER_PART


def _repeated_hashes(name: str, parts: int, part: int) -> str:
    of_part = f"message_hash % {parts} = {part}" if parts > 1 else "true"
    return (
        f"SELECT message_hash FROM {name} WHERE rowid >= {FIRST_APPENDED} AND {of_part} "
        "GROUP BY message_hash HAVING count(*) > 1"
    )


def _report(writing: Writing, table: str, accepted: Accepted, found: Mapping[str, BitMap]) -> None:
    """Report the duplicates by code, the first of each with its id."""
    first = BitMap.union(*(BitMap(places[:EXAMPLES]) for places in found.values()))
    ids: dict[int, str] = {}
    for rows in _row_ids(first):
        shown = f"SELECT rowid, message_id FROM {quoted(table)} WHERE rowid IN (SELECT id FROM batch)"
        ids |= {_place(id_): str(message_id) for id_, message_id in writing.run_over(rows, shown).fetchall()}
    for code, places in found.items():
        examples = [(accepted.line(place), ids[place]) for place in places[:EXAMPLES]]
        writing.report.count(code, "message_id", len(places), examples)


def _row_ids(places: BitMap) -> Iterator[pa.Table]:
    """The ids of the rows at these places, part by part."""
    ids = FIRST_APPENDED + np.asarray(places.to_array(), np.int64)
    for start in range(0, len(ids), _ROWS_AT_ONCE):
        yield pa.table({"id": ids[start : start + _ROWS_AT_ONCE]})


def _place(row_id: object) -> int:
    assert isinstance(row_id, int)
    return row_id - FIRST_APPENDED


def _keep_conflicts(writing: Writing, table: str, accepted: Accepted, conflicts: BitMap) -> None:
    """Keep aside the records that reuse the id of another one: what they say is not known otherwise."""
    attributes = writing.catalog.interactions[writing.report.name].attributes
    cells = [f"t.{quoted(value_column(name))}::VARCHAR" for name in attributes]
    columns = ["t.rowid", "t.message_id", "c.key", "make_timestamp_ms(t.occurred_at)::VARCHAR", *cells]
    shown = (
        f"SELECT {', '.join(columns)} FROM {quoted(table)} t JOIN batch d ON d.id = t.rowid "
        f"JOIN {quoted(entity_table(CONTACT))} c ON c.ordinal = t.contact ORDER BY t.rowid"
    )
    rows = [row for part in _row_ids(conflicts) for row in writing.run_over(part, shown).fetchall()]
    scales = [writing.scales.get((table, value_column(name))) for name in attributes]
    names = ["message_id", writing.catalog.contact.key, "occurred_at", *attributes]
    records = []
    for row in rows:
        values = [_unscaled(cell, scale) for cell, scale in zip(row[4:], scales, strict=True)]
        records.append(json.dumps(dict(zip(names, [*row[1:4], *values], strict=True))))
    lines = [accepted.line(_place(row[0])) for row in rows]
    writing.keep_aside("message_id", "duplicate_conflict", lines, [str(row[1]) for row in rows], records)


def _unscaled(cell: object, scale: int | None) -> object:
    """A number as it was given; every other cell as it is."""
    return cell if cell is None or not scale else format(Decimal(str(cell)).scaleb(-scale, _EXACT), "f")
