"""Contacts kept in and out by hand: nobody names, or drops, whom they do not see."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from coterie import DefinitionError, Membership, Problem
from coterie_web.segments.membership.by_hand import contacts_with
from coterie_web.segments.queries import visible_part

__all__ = ["merged_pins", "strangers_in", "with_unseen"]

Pins = Mapping[str, Sequence[str]]
"""Keys of contacts: those kept in, and those kept out."""


def merged_pins(given: Pins, former: Pins, visible: Membership | None) -> dict[str, list[str]]:
    """The pins that a person gives in the place of others.

    Who sees everything may name a contact before it is known. Whom somebody else names they must see: DefinitionError
    (`unknown_contact`) says the same of a contact out of sight as of one that is not there.
    """
    if visible is not None and (problems := list(_problems(given, former, visible))):
        raise DefinitionError(*problems)
    sides = dict.fromkeys((*given, *former))
    merged = {side: with_unseen(given.get(side, ()), former.get(side, ()), visible) for side in sides}
    return {side: list(keys) for side, keys in merged.items() if keys}


def with_unseen(given: Sequence[str], former: Sequence[str], visible: Membership | None) -> tuple[str, ...]:
    """`given`, and those of the former keys that the person does not see: nobody drops what they do not know.

    In the order that was, so that buttons find whom they name.
    """
    if visible is None:
        return tuple(dict.fromkeys(given))
    kept = [key for key in former if key in given or key not in visible]
    return tuple(dict.fromkeys((*kept, *given)))


def strangers_in(given: Sequence[str], former: Sequence[str], visible: Membership | None) -> list[str]:
    """Those of the keys that are of no contact whom the person sees.

    Who sees everything may go on to name one who was there before: it may be no known contact any more, or not yet.
    """
    asked = [key for key in given if visible is not None or key not in former]
    known = visible_part(contacts_with(asked), visible) if asked else ()
    return [key for key in asked if key not in known]


def _problems(given: Pins, former: Pins, visible: Membership) -> Iterator[Problem]:
    for side, keys in given.items():
        for key in strangers_in(keys, former.get(side, ()), visible):
            yield Problem(
                code="unknown_contact",
                path=f"pinned.{side}[{keys.index(key)}]",
                message=f"No contact with the key {key!r} is known.",
                hint="Keys are compared exactly: 00001 is not 1.",
            )
