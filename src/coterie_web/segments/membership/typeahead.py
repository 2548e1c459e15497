"""Looking for contacts by what one remembers of them, and picking several."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from coterie import ContactRow, Membership
from coterie_web.catalogs.engine import engine
from coterie_web.segments.membership.by_hand import contacts_with
from coterie_web.segments.queries import visible_part

__all__ = ["Candidate", "Typeahead", "typeahead"]

_SHOWN = 10
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Candidate:
    """A contact who may be picked, unless they are a member already."""

    contact: ContactRow
    is_member: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Typeahead:
    """What was typed, who was picked before, and who matches. `total` is how many match."""

    text: str
    picked: tuple[ContactRow, ...]
    found: tuple[Candidate, ...]
    total: int


def typeahead(text: str, picked: Collection[str], *, among: Membership | None, members: Membership) -> Typeahead:
    """The first contacts, by name, who match what is typed. Whom one may not pick is not told of."""
    text = text.strip()[:_LONGEST]
    chosen = visible_part(contacts_with(picked), among) if picked else None
    rows = () if not chosen else engine().contacts(chosen, sort="name", limit=len(chosen)).contacts
    if not text:
        return Typeahead(text="", picked=rows, found=(), total=0)
    page = engine().contacts(among, search=text, sort="name", limit=_SHOWN + len(rows))
    known = {row.contact_id for row in rows}
    found = [row for row in page.contacts if row.contact_id not in known][:_SHOWN]
    return Typeahead(
        text=text,
        picked=rows,
        found=tuple(Candidate(row, row.contact_id in members) for row in found),
        total=page.total,
    )
