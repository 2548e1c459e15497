"""What is known of some contacts: as rows of a list, or as Arrow for an export."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

import pyarrow as pa

from coterie.backends.duckdb.arrays import Ordinals
from coterie.backends.duckdb.naming import entity_table, quoted, value_column
from coterie.backends.duckdb.shown_columns import ShownColumns, ordinal_table
from coterie.backends.duckdb.source import Source
from coterie.catalog.model import CONTACT, Attribute, AttributeType, Contact
from coterie.planning.browsing import ContactRow, display_name
from coterie.records.arrays import one_array
from coterie.values.numbers import PLACES, WHOLE_DIGITS
from coterie.values.text import list_elements

__all__ = ["contact_batch", "contact_rows"]

_TABLE = entity_table(CONTACT)

_DIGITS = WHOLE_DIGITS + PLACES


def contact_rows(ordinals: Sequence[int], columns: Sequence[str], source: Source) -> list[ContactRow]:
    """The contacts with these ordinals, in their order, with the values of some attributes."""
    contact = source.catalog.contact
    named = [*contact.name_columns, *([contact.email] if contact.email else [])]
    shown = ShownColumns(_TABLE, [contact.attributes[name] for name in dict.fromkeys([*named, *columns])])
    found = source.query(
        f"SELECT {', '.join(['ordinal', 'key', *shown.listed])} FROM {quoted(_TABLE)} "
        "WHERE ordinal IN (SELECT v FROM chosen)",
        (),
        {"chosen": ordinal_table(ordinals)},
    )
    keys, values = found.column("key").to_pylist(), shown.values(found, source)
    places = {ordinal: place for place, ordinal in enumerate(found.column("ordinal").to_pylist())}
    return [_row(contact, keys[places[o]], values[places[o]], columns) for o in ordinals]


def _row(contact: Contact, key: str, values: dict[str, object], columns: Sequence[str]) -> ContactRow:
    email = values[contact.email] if contact.email else None
    assert email is None or isinstance(email, str)
    return ContactRow(
        contact_id=key,
        name=display_name(contact, key, values),
        email=email,
        values={name: values[name] for name in columns},
    )


# --- exports ---------------------------------------------------------------------------------------------------------


def contact_batch(ordinals: Ordinals, columns: Sequence[str], source: Source) -> pa.RecordBatch:
    """The known ones of these contacts (given in order of their ordinals): key and attributes, exactly typed.

    The types are the same whatever the values are; no contact makes an empty batch of them.
    """
    contact = source.catalog.contact
    first, last = (int(ordinals[0]), int(ordinals[-1])) if len(ordinals) else (1, 0)
    listed = ", ".join(["key", *(quoted(value_column(name)) for name in columns)])
    found = source.query(
        f"SELECT {listed} FROM {quoted(_TABLE)} WHERE ordinal BETWEEN ? AND ? AND known "
        "AND ordinal IN (SELECT v FROM chosen) ORDER BY ordinal",
        [first, last],
        {"chosen": ordinal_table(ordinals)},
    )
    typed = [_typed(found.column(value_column(name)), contact.attributes[name], source) for name in columns]
    return pa.RecordBatch.from_arrays([_text(found.column("key")), *typed], names=[contact.key, *columns])


def _text(column: pa.ChunkedArray) -> pa.Array:
    return one_array(column).cast(pa.string())


def _typed(column: pa.ChunkedArray, attribute: Attribute, source: Source) -> pa.Array:
    """A stored column in Arrow's type for the attribute's."""
    stored = one_array(column)
    match attribute.type:
        case AttributeType.TEXT | AttributeType.CHOICE:
            return _text(column)
        case AttributeType.BOOLEAN | AttributeType.DATE:
            return stored
        case AttributeType.DATETIME:
            return stored.cast(pa.timestamp("ms", "UTC"))
        case AttributeType.NUMBER:
            return _decimals(stored, source.number_scale(_TABLE, value_column(attribute.name)))
        case AttributeType.MULTI_CHOICE:
            lists = [None if kept is None else list_elements(kept) for kept in stored.to_pylist()]
            return pa.array(lists, pa.list_(pa.string()))
        case _:
            assert_never(attribute.type)


def _decimals(integers: pa.Array, scale: int) -> pa.Array:
    """Integers multiplied by 10^scale as the decimals that they stand for: the same digits, read with a point."""
    whole = integers.cast(pa.decimal128(_DIGITS, 0))
    read = pa.Array.from_buffers(pa.decimal128(_DIGITS, scale), len(whole), whole.buffers(), offset=whole.offset)
    return read.cast(pa.decimal128(_DIGITS, PLACES))
