"""The two hashes of an accepted message, as SQL over an interaction's table: of its id, and of all that it says."""

from __future__ import annotations

from collections.abc import Mapping

from coterie.backends.duckdb.naming import quoted

__all__ = ["IS_MADE", "MESSAGE_HASH", "content_hash"]

MESSAGE_HASH = "hash(message_id)"
"""What the column `message_hash` holds."""

IS_MADE = "regexp_matches(message_id, '^content:[0-9a-f]{32}(-[0-9]+)?$')"
"""Ids made of a record's content: the same content by name, even where the catalog has grown since."""

_ID_AGAIN = "hash(reverse(message_id))"  # shares nothing with the hash of the id read forwards


def content_hash(scales: Mapping[str, int | None], types: Mapping[str, str]) -> str:
    """A hash of the id (anew), contact, time and the attributes that a message has, by name; `types` are DuckDB's.

    It is the same in whatever order the catalog lists attributes, whichever it gains, and however far the column of a
    number has been widened. Of an id that was made of the content it is a hash of the id alone: that is the content.
    """
    said = f"hash(hash({_ID_AGAIN}, contact, occurred_at))"
    for column, scale in scales.items():
        said = f"xor({said}, {_term(column, scale, is_huge=types[column] == 'HUGEINT')})"
    return f"CASE WHEN {IS_MADE} THEN {_ID_AGAIN} ELSE {said} END"


def _term(column: str, scale: int | None, *, is_huge: bool) -> str:
    """What one attribute adds; nothing where it is null.

    `hash(a, b)` is linear in the hash of b: hashed once more, or values could change places under XOR.
    """
    value, name = quoted(column), "'" + column.replace("'", "''") + "'"
    if scale is None:
        return f"CASE WHEN {value} IS NULL THEN 0::UBIGINT ELSE hash(hash({name}, {value})) END"
    hashed = _hash_of_huge if is_huge else _hash_of_number
    cases = [f"WHEN {value} IS NULL THEN 0::UBIGINT"]
    for places in range(scale):  # without the zeros at the end
        factor = 10 ** (scale - places)
        cases.append(f"WHEN {value} % {factor} = 0 THEN {hashed(name, f'({value} // {factor})', places)}")
    cases.append(f"ELSE {hashed(name, value, scale)}")
    return f"CASE {' '.join(cases)} END"


def _hash_of_number(name: str, digits: str, places: int) -> str:
    return f"hash(hash({name}, {digits}::BIGINT, NULL::VARCHAR, {places}::INTEGER))"


def _hash_of_huge(name: str, digits: str, places: int) -> str:
    """The same of what a BIGINT holds. DuckDB XORs the halves of a HUGEINT (−1 is like 0): hash any other as text."""
    long = f"CASE WHEN {digits} NOT BETWEEN {-(2**63)} AND {2**63 - 1} THEN {digits}::VARCHAR END"
    return f"hash(hash({name}, TRY_CAST({digits} AS BIGINT), {long}, {places}::INTEGER))"
