"""The physical names of the insights store: which table and column holds what.

Catalog names are matched exactly, DuckDB's are not: `City` and `city` are two attributes, so capitals are marked.
Columns of an entity's table: `ordinal` (UINTEGER, row i holds ordinal i), `key`, `known`, per attribute and key column
those below, and `clocks` (VARCHAR: when they were changed, see `clocks`). Columns of an interaction's table: `contact`
(ordinal), `occurred_at`, `message_id`, `message_hash`, and per attribute those below.

| attribute type | `value_column` | `folded_column` |
|---|---|---|
| text, choice | VARCHAR, trimmed NFC | VARCHAR, folded |
| multi_choice | VARCHAR, its elements trimmed NFC, between separators (`values.text`) | VARCHAR, likewise, folded |
| number | BIGINT or HUGEINT: the number × 10^scale, the scale kept in the store's metadata | – |
| boolean · date | BOOLEAN · DATE | – |
| datetime | BIGINT, milliseconds since 1970 UTC | – |
"""

from __future__ import annotations

from coterie.catalog.model import Attribute, AttributeType

__all__ = [
    "attribute_columns",
    "entity_table",
    "folded_column",
    "interaction_table",
    "key_column",
    "quoted",
    "reference_column",
    "value_column",
]


_WITH_FOLDED = {AttributeType.TEXT, AttributeType.CHOICE, AttributeType.MULTI_CHOICE}


def _marked(name: str) -> str:
    return "".join(c if c == c.lower() else f"^{c.lower()}" for c in name)


def entity_table(name: str) -> str:
    return f"entity_{_marked(name)}"


def interaction_table(name: str) -> str:
    return f"interaction_{_marked(name)}"


def value_column(attribute: str) -> str:
    return f"a_{_marked(attribute)}"


def folded_column(attribute: str) -> str:
    """The column of folded text beside a text or choice attribute's own."""
    return f"f_{_marked(attribute)}"


def attribute_columns(attribute: Attribute) -> tuple[str, ...]:
    """The columns of an attribute, its own first."""
    own = value_column(attribute.name)
    return (own, folded_column(attribute.name)) if attribute.type in _WITH_FOLDED else (own,)


def key_column(column: str) -> str:
    """The key, as text, of the record that a relation's key column refers to."""
    return f"k_{_marked(column)}"


def reference_column(column: str) -> str:
    """The ordinal (UINTEGER) of the record that a relation's key column refers to, whether it is known yet or not."""
    return f"r_{_marked(column)}"


def quoted(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'
