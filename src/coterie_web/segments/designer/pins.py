"""Contacts kept in and out by hand, by name as far as the person may see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from coterie import Membership
from coterie_web.accounts.models import User
from coterie_web.catalogs.engine import engine
from coterie_web.segments.designer.form import KEEP_IN, KEEP_OUT
from coterie_web.segments.designer.inputs import Token, Tokens
from coterie_web.segments.designer.tree import Tree
from coterie_web.segments.membership.by_hand import contacts_with
from coterie_web.segments.queries import visible_contacts, visible_part

__all__ = ["pinned_inputs", "with_unseen"]

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


def with_unseen(base: Tree, typed: Tree, user: User) -> Tree:
    """`typed` with those whom `base` keeps in and out and the person does not see: their inputs do not name these."""
    visible = visible_contacts(user)
    if visible is None:
        return typed
    return replace(
        typed,
        keep_in=_with_unseen(base.keep_in, typed.keep_in, visible),
        keep_out=_with_unseen(base.keep_out, typed.keep_out, visible),
    )


def _with_unseen(before: tuple[str, ...], typed: tuple[str, ...], visible: Membership) -> tuple[str, ...]:
    """In the order that was, so that buttons find whom they name."""
    kept = tuple(key for key in before if key in typed or key not in visible)
    return (*kept, *(key for key in typed if key not in kept))


def _names(keys: tuple[str, ...], visible: Membership | None) -> Mapping[str, str]:
    """What known contacts are called; nothing of those that are not known, or not to be seen."""
    if not keys:
        return {}
    rows = engine().contacts(visible_part(contacts_with(keys), visible), limit=_MOST_NAMED).contacts
    return {
        row.contact_id: f"{row.name} ({row.contact_id})" if row.name != row.contact_id else row.name for row in rows
    }
