"""Contacts kept in and out by hand, by name as far as the person may see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from coterie import Membership
from coterie_web.accounts.models import User
from coterie_web.catalogs.engine import engine
from coterie_web.segments.designer.form import KEEP_IN, KEEP_OUT, Fields
from coterie_web.segments.designer.inputs import Token, Tokens
from coterie_web.segments.designer.tree import Tree
from coterie_web.segments.membership.by_hand import contacts_with
from coterie_web.segments.membership.pinning import strangers_in, with_unseen
from coterie_web.segments.queries import visible_contacts, visible_part

__all__ = ["pinned_by", "pinned_inputs"]

_MOST_NAMED = 200


def pinned_inputs(tree: Tree, user: User) -> tuple[Tokens, ...]:
    """The inputs of who is kept in, and of who is kept out, of those whom the person sees."""
    visible = visible_contacts(user)
    names = _names((*tree.keep_in, *tree.keep_out), visible)
    sides = ((KEEP_IN, "Always in", tree.keep_in), (KEEP_OUT, "Always out", tree.keep_out))
    return tuple(
        Tokens(
            name=name,
            label=label,
            tokens=tuple(
                Token(text=key, shown=names.get(key, key), place=place)
                for place, key in enumerate(keys)
                if visible is None or key in visible
            ),
        )
        for name, label, keys in sides
    )


def pinned_by(base: Tree, typed: Tree, fields: Fields, user: User) -> tuple[Tree, tuple[str, ...]]:
    """`typed` with those whom `base` pins and the person does not see, as the inputs do not name these.

    And without those whom the inputs name and the person does not know, who are told besides: a key may be mistyped.
    """
    visible = visible_contacts(user)
    refused: list[str] = []

    def pinned(name: str, given: tuple[str, ...], former: tuple[str, ...]) -> tuple[str, ...]:
        if name not in fields:
            return former
        strangers = strangers_in(given, former, visible)
        refused.extend(strangers)
        return with_unseen([key for key in given if key not in strangers], former, visible)

    keep_in = pinned(KEEP_IN, typed.keep_in, base.keep_in)
    keep_out = pinned(KEEP_OUT, typed.keep_out, base.keep_out)
    return replace(typed, keep_in=keep_in, keep_out=keep_out), tuple(refused)


def _names(keys: tuple[str, ...], visible: Membership | None) -> Mapping[str, str]:
    """What known contacts are called; nothing of those that are not known, or not to be seen."""
    if not keys:
        return {}
    rows = engine().contacts(visible_part(contacts_with(keys), visible), limit=_MOST_NAMED).contacts
    return {
        row.contact_id: f"{row.name} ({row.contact_id})" if row.name != row.contact_id else row.name for row in rows
    }
