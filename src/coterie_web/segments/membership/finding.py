"""Finding contacts to add or remove: by a query asked once, or by the keys or e-mail addresses in a file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from coterie import Membership
from coterie_web.accounts.models import User
from coterie_web.catalogs.engine import engine
from coterie_web.segments.membership.by_hand import by_hand, clean_keys, contacts_with, in_scope
from coterie_web.segments.membership.found import FileReport, Found, Purpose, keep_found
from coterie_web.segments.membership.uploads import ContactFile, Naming
from coterie_web.segments.models import Segment
from coterie_web.segments.queries import visible_contacts, visible_part
from coterie_web.segments.references import needed_files, referred_keys

__all__ = ["find_by_query", "find_in_file"]

_EVERYONE = {"blocks": [{"block": {"kind": "everyone"}}]}


def find_by_query(segment: Segment, purpose: Purpose, *, user: User, now: datetime) -> Found:
    """Who meets the query of the draft now, of those who may be added or removed.

    Raises DefinitionError and QuestionError.
    """
    query = segment.definition or {"blocks": []}
    files = needed_files(user, referred_keys({"definition": query}))
    met = engine().members(query, as_of=now, time_zone=segment.time_zone or None, segments=files)
    found = Found(
        segment_id=segment.id,
        user_id=user.id,
        purpose=purpose,
        members=_possible(segment, met, purpose, visible_contacts(user)),
        at=now,
        wording=engine().describe(query),
    )
    keep_found(found)
    return found


def find_in_file(segment: Segment, file: ContactFile, *, user: User, now: datetime) -> Found:
    """The contacts that a file names, of those who may be added. Whoever else it names is not found."""
    visible = visible_contacts(user)
    match file.naming:
        case Naming.KEY:
            keys, shared = set(clean_keys(file.named)), 0
            members = _possible(segment, contacts_with(keys), Purpose.ADD, visible)
            known = set(members)
            missing = [text for text in file.named if not known.issuperset(clean_keys([text]) or [""])]
        case Naming.EMAIL:
            by_address = _contacts_by_address(file.named, _possible(segment, _everybody(now), Purpose.ADD, visible))
            members = contacts_with([key for keys in by_address.values() for key in keys])
            missing = [text for text in file.named if _address(text) not in by_address]
            shared = sum(len(keys) > 1 for keys in by_address.values())
    report = FileReport(
        name=file.name,
        column=file.column,
        rows=file.rows,
        repeats=file.repeats,
        blank=file.blank,
        shared=shared,
        not_found=tuple(missing),
    )
    found = Found(segment_id=segment.id, user_id=user.id, purpose=Purpose.ADD, members=members, at=now, report=report)
    keep_found(found)
    return found


def _possible(segment: Segment, met: Membership, purpose: Purpose, visible: Membership | None) -> Membership:
    """Those whom the person may add, or take out."""
    match purpose:
        case Purpose.ADD:
            return visible_part(visible_part(met, in_scope(segment)), visible)
        case Purpose.REMOVE:
            return met & by_hand(segment, visible).members


def _everybody(now: datetime) -> Membership:
    return engine().members(_EVERYONE, as_of=now)


def _contacts_by_address(named: Collection[str], among: Membership) -> dict[str, list[str]]:
    """The keys of those contacts whose e-mail addresses are named, by address: all are read once, in batches."""
    contact = engine().catalog.contact
    assert contact.email is not None, "a file names contacts by e-mail only where they have one"
    wanted = {_address(text) for text in named}
    found: defaultdict[str, list[str]] = defaultdict(list)
    for batch in engine().contact_batches(among, columns=[contact.email], batch_size=50_000):
        keys, addresses = batch.column(contact.key).to_pylist(), batch.column(contact.email).to_pylist()
        for key, address in zip(keys, addresses, strict=True):
            if address is not None and _address(address) in wanted:
                found[_address(address)].append(key)
    return dict(found)


def _address(text: str) -> str:
    """An e-mail address as it is compared: whatever its case."""
    return text.strip().casefold()
