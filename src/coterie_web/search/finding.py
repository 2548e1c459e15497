"""What a person finds, within what they see."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import NoReverseMatch, reverse

from coterie_web.accounts.models import User
from coterie_web.accounts.permissions import may_keep_units, may_read_history
from coterie_web.accounts.queries import visible_people, visible_units
from coterie_web.catalogs.engine import engine
from coterie_web.segments.queries import visible_contacts, visible_segments

__all__ = ["Hit", "Results", "find"]

_SHORTEST_FOR_CONTACTS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One thing that was found: what it is called, what it is, and where."""

    name: str
    what: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """What was found of one kind; `more` leads to all of it, where there is more."""

    title: str
    icon: str
    hits: tuple[Hit, ...]
    more: str = ""


def find(user: User, query: str, *, limit: int) -> list[Results]:
    """What has the text in its name, key or address, at most so many of each kind; kinds with nothing are left out."""
    if not query:
        return []
    kinds = (
        _segments(user, query, limit),
        _contacts(user, query, limit),
        _people(user, query, limit),
        _pages(user, query, limit),
    )
    return [results for results in kinds if results.hits]


def _segments(user: User, query: str, limit: int) -> Results:
    named = Q(name__icontains=query) | Q(key__icontains=query) | Q(description__icontains=query)
    found = list(visible_segments(user).filter(named)[: limit + 1])
    hits = tuple(
        Hit(
            name=segment.name,
            what=f"{segment.get_type_display()}, {segment.status_words}",
            address=segment.get_absolute_url(),
        )
        for segment in found[:limit]
    )
    more = f"{reverse('segments:list')}?{urlencode({'q': query})}" if len(found) > limit else ""
    return Results(title="Segments", icon="segment", hits=hits, more=more)


def _contacts(user: User, query: str, limit: int) -> Results:
    """Nothing is looked for that nearly every contact has."""
    title, icon = "Contacts", "profile"
    if len(query) < _SHORTEST_FOR_CONTACTS:
        return Results(title=title, icon=icon, hits=())
    page = engine().contacts(visible_contacts(user), search=query, limit=limit)
    hits = tuple(
        Hit(
            name=row.name,
            what=row.email or f"contact {row.contact_id}",
            address=reverse("contacts:contact", args=[row.contact_id]),
        )
        for row in page.contacts
    )
    more = f"{reverse('contacts:list')}?{urlencode({'q': query})}" if page.next else ""
    return Results(title=title, icon=icon, hits=hits, more=more)


def _people(user: User, query: str, limit: int) -> Results:
    found = visible_people(user).filter(Q(name__icontains=query) | Q(email__icontains=query))[:limit]
    hits = tuple(
        Hit(
            name=person.name,
            what=f"{person.get_role_display()}, {person.unit_words}",
            address=person.get_absolute_url(),
        )
        for person in found
    )
    return Results(title="People", icon="person-check", hits=hits)


def _pages(user: User, query: str, limit: int) -> Results:
    """Pages by name, and units, which have one each."""
    pages = [
        ("Segments", "segments:list"),
        ("Contacts", "contacts:list"),
        ("Data", "data:overview"),
        ("Preferences", "accounts:preferences"),
        ("Change the password", "accounts:password"),
        ("API tokens", "accounts:tokens"),
        ("People", "accounts:people"),
        ("Business units", "accounts:units"),
        ("Organization", "catalogs:organization"),
    ]
    if may_read_history(user):
        pages.append(("History", "accounts:history"))
    if may_keep_units(user):
        pages += [("Invite somebody", "accounts:invite"), ("Add a unit", "accounts:new-unit")]
    named = [(name, _address(view)) for name, view in pages if query.lower() in name.lower()]
    hits = [Hit(name=name, what="Page", address=address) for name, address in named if address]
    units = visible_units(user).filter(Q(name__icontains=query) | Q(key__icontains=query))[:limit]
    hits += [Hit(name=unit.name, what="Business unit", address=unit.get_absolute_url()) for unit in units]
    return Results(title="Pages", icon="list", hits=tuple(hits[:limit]))


def _address(view: str) -> str:
    """Where a page is; empty while there is none."""
    try:
        return reverse(view)
    except NoReverseMatch:
        return ""
