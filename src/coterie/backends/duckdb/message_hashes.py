"""The two hashes of an accepted message, as SQL over an interaction's table: of its id, and of all that it says."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from coterie.backends.duckdb.naming import quoted
from coterie.backends.duckdb.schema import COLUMNS

__all__ = ["IS_MADE", "MESSAGE_HASH", "content_hash", "content_scales"]

MESSAGE_HASH = "hash(message_id)"
"""What the column `message_hash` holds."""

IS_MADE = "regexp_matches(message_id, '^content:[0-9a-f]{32}(-[0-9]+)?$')"
"""Ids made of a record's content: the same content by name, even where the catalog has grown since."""

_ID_AGAIN = "hash(reverse(message_id))"  # shares nothing with the hash of the id read forwards


def content_scales(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, int | None]:
    """The columns of an interaction's attributes, those of former catalogs too; with their scale, if of numbers."""
    rows = connection.execute(
        f"SELECT column_name, CASE WHEN type = 'number' THEN scale END FROM {COLUMNS} WHERE table_name = ?", [table]
    ).fetchall()
    return dict(rows)


def content_hash(scales: Mapping[str, int | None]) -> str:
    """A hash of the id (anew), contact, time and the attributes that a message has, by name.

    It is the same in whatever order the catalog lists attributes, whichever it gains, and however far the column of a
    number has been widened. Of an id that was made of the content it is a hash of the id alone: that is the content.
    """
    said = f"hash(hash({_ID_AGAIN}, contact, occurred_at))"
    for column, scale in scales.items():
        said = f"xor({said}, {_term(column, scale)})"
    return f"CASE WHEN {IS_MADE} THEN {_ID_AGAIN} ELSE {said} END"


def _term(column: str, scale: int | None) -> str:
    """What one attribute adds; nothing where it is null.

    `hash(a, b)` is linear in the hash of b: hashed once more, or values could change places under XOR.
    """
    value, name = quoted(column), "'" + column.replace("'", "''") + "'"
    if scale is None:
        return f"CASE WHEN {value} IS NULL THEN 0::UBIGINT ELSE hash(hash({name}, {value})) END"
    cases = [f"WHEN {value} IS NULL THEN 0::UBIGINT"]
    for places in range(scale):  # without the zeros at the end
        factor = 10 ** (scale - places)
        cases.append(f"WHEN {value} % {factor} = 0 THEN {_hash_of_number(name, f'({value} // {factor})', places)}")
    cases.append(f"ELSE {_hash_of_number(name, value, scale)}")
    return f"CASE {' '.join(cases)} END"


def _hash_of_number(name: str, digits: str, places: int) -> str:
    """DuckDB XORs the hashes of the halves of a HUGEINT (−1 is like 0): so what is no BIGINT is hashed as text."""
    long = f"CASE WHEN {digits} NOT BETWEEN {-(2**63)} AND {2**63 - 1} THEN {digits}::VARCHAR END"
    return f"hash(hash({name}, TRY_CAST({digits} AS BIGINT), {long}, {places}::INTEGER))"
