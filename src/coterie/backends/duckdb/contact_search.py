"""Contacts found by what somebody types: the beginning of a key, a part of a name or an e-mail address."""

from __future__ import annotations

from pyroaring import BitMap

from coterie.backends.duckdb.naming import entity_table, folded_column, quoted
from coterie.backends.duckdb.source import Source
from coterie.catalog.model import CONTACT, Contact
from coterie.membership import from_ordinals
from coterie.values.text import fold, is_storable

__all__ = ["contacts_matching", "folded_name"]


def contacts_matching(text: str, source: Source) -> BitMap:
    """The known contacts whose key begins with the text, or whose name or e-mail holds it; case is ignored.

    Everybody for blank text.
    """
    if not is_storable(text):
        return BitMap()
    sought = fold(text)
    if not sought:
        return source.known_contacts()
    conditions = _conditions(source.catalog.contact, sought)
    statement = f"SELECT ordinal FROM {quoted(entity_table(CONTACT))} WHERE known AND ({' OR '.join(conditions)})"
    found = source.query(statement, [sought] * len(conditions))
    return from_ordinals(found.column(0).to_numpy(), source.entity_size(CONTACT))


def _conditions(contact: Contact, sought: str) -> list[str]:
    """Conditions with one bound value each."""
    key, email = folded_column(contact.key), contact.email
    # A name's parts need to be joined only where the text may reach from one into the next.
    is_in_one_part = " " not in sought or len(contact.name_columns) <= 1
    names = [quoted(folded_column(name)) for name in contact.name_columns]
    held = [*(names if is_in_one_part else [folded_name(contact)]), *([quoted(folded_column(email))] if email else [])]
    return [f"starts_with({quoted(key)}, ?)", *(f"contains({column}, ?)" for column in dict.fromkeys(held))]


def folded_name(contact: Contact) -> str:
    """The display name as it is compared, of a catalog that has name columns; NULL where all of them are missing."""
    names = [quoted(folded_column(name)) for name in contact.name_columns]
    return names[0] if len(names) == 1 else f"nullif(concat_ws(' ', {', '.join(names)}), '')"
