"""The page on which one asks of a contact why it is in or out."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from coterie import ContactRow, DefinitionError, QuestionError
from coterie_web.accounts.models import User
from coterie_web.accounts.requests import user_of
from coterie_web.catalogs.engine import engine
from coterie_web.segments.designer.checked import keys_in
from coterie_web.segments.designer.draft import draft_of
from coterie_web.segments.designer.explaining.story import Setting, Story, story_of, value_words
from coterie_web.segments.designer.moments import when_words
from coterie_web.segments.designer.reading import tree_of
from coterie_web.segments.designer.tree import Tree
from coterie_web.segments.designer.view import zone_of
from coterie_web.segments.designer.words import place_words
from coterie_web.segments.files import SegmentFile, draft_file, live_file
from coterie_web.segments.membership.by_hand import contacts_with
from coterie_web.segments.models import LIVE_STATUSES, Segment
from coterie_web.segments.queries import readable_segment, visible_contacts, visible_part, visible_segments
from coterie_web.segments.references import needed_files
from coterie_web.ui.clock import now

__all__ = ["check"]

_CANDIDATES = 20
_LONGEST = 200
_FACTS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """What is known of what was asked: a story, contacts to choose from, or why there is neither."""

    story: Story | None = None
    candidates: tuple[ContactRow, ...] = ()
    refusal: str = ""


@require_safe
def check(request: HttpRequest, segment_id: uuid.UUID) -> HttpResponse:
    """Why a contact is in or out, in the live version or the draft, now or at another moment."""
    user = user_of(request)
    segment = readable_segment(user, segment_id)
    zone, typed = zone_of(segment), request.GET.get("contact", "").strip()[:_LONGEST]
    moment = _moment(request.GET.get("at", ""), zone) or now()
    version = _version(segment, request.GET.get("version", ""))
    contact, candidates = _contact(typed, user)
    answer = _answer(segment, version, contact, candidates, typed, moment, user)
    published = engine().published.get(segment.key)
    entered = None
    if contact is not None and published is not None and contact.contact_id in published.members:
        entered = engine().entered_at(segment.key, [contact.contact_id]).get(contact.contact_id)
    context = {
        "segment": segment, "typed": typed, "contact": contact, "answer": answer, "version": version,
        "versions": _versions(segment), "at": request.GET.get("at", ""), "as_of": moment, "zone": zone,
        "place": place_words(zone), "entered": entered,
        "facts": [] if contact is None else _facts(contact, zone, moment),
        "changes": when_words(answer.story.changes_at, zone, moment)
        if answer.story is not None and answer.story.changes_at is not None else "",
    }  # fmt: skip
    return render(request, "segments/designer/check.html", context)


def _facts(contact: ContactRow, zone: str, moment: datetime) -> list[tuple[str, str]]:
    """The first attributes of a contact that have a value, in words."""
    card = engine().catalog.contact
    said = {card.key, card.email, *card.name_columns}
    values = engine().profile(contact.contact_id).values
    known = [each for each in values if each.name not in said and each.value not in (None, ())]
    return [(each.label, value_words(each.value, zone, moment)) for each in known[:_FACTS]]


def _moment(text: str, zone: str) -> datetime | None:
    """A local moment as the browser's input gives it: `2026-11-23T14:03`."""
    try:
        local = datetime.fromisoformat(text)
    except ValueError:
        return None
    return local.replace(tzinfo=ZoneInfo(zone)) if local.tzinfo is None else local


def _versions(segment: Segment) -> tuple[tuple[str, str], ...]:
    draft = ("draft", "Draft" if segment.live_version is None else "Draft, not published")
    if segment.live_version is None or segment.status not in LIVE_STATUSES:
        return (draft,)
    live = ("live", f"Live version {segment.live_version.number}")
    return (live, draft) if segment.status == Segment.Status.EDITING else (live,)


def _version(segment: Segment, asked: str) -> str:
    possible = [version for version, _ in _versions(segment)]
    if asked in possible:
        return asked
    return possible[-1]


def _contact(typed: str, user: User) -> tuple[ContactRow | None, tuple[ContactRow, ...]]:
    """The one contact that was meant, of those the person may see; else those that it could be."""
    if not typed:
        return None, ()
    visible = visible_contacts(user)
    keyed = visible_part(contacts_with([typed]), visible)
    if keyed:
        return engine().contacts(keyed, limit=1).contacts[0], ()
    rows = engine().contacts(visible, search=typed, limit=_CANDIDATES).contacts
    exact = [row for row in rows if typed.casefold() in (row.name.casefold(), (row.email or "").casefold())]
    found = exact if len(exact) == 1 else rows
    return (found[0], ()) if len(found) == 1 else (None, tuple(found))


def _answer(
    segment: Segment,
    version: str,
    contact: ContactRow | None,
    candidates: tuple[ContactRow, ...],
    typed: str,
    moment: datetime,
    user: User,
) -> _Answer:
    if contact is None:
        refusal = f"No contact is known whose key, name or e-mail is “{typed}”." if typed and not candidates else ""
        return _Answer(candidates=candidates, refusal=refusal)
    file, tree = _asked_about(segment, version)
    segments = needed_files(user, keys_in(tree), of=segment)
    try:
        explanation = engine().explain(
            file, contact.contact_id, as_of=moment, segments=segments, within=visible_contacts(user)
        )
    except DefinitionError:
        return _Answer(refusal="The draft is not complete yet: there is nothing to check anybody against.")
    except QuestionError as error:
        return _Answer(refusal=str(error.problems[0].message))
    seen = {key: (name, str(each)) for key, name, each in visible_segments(user).values_list("key", "name", "id")}
    setting = Setting(tree=tree, catalog=engine().catalog, segments=seen, zone=zone_of(segment), as_of=moment)
    return _Answer(story=story_of(explanation, setting))


def _asked_about(segment: Segment, version: str) -> tuple[SegmentFile, Tree]:
    """The file of a version, and its tree."""
    if version == "draft":
        return draft_file(segment), draft_of(segment).tree
    file = live_file(segment)
    definition = file.get("definition")
    return file, tree_of(definition if isinstance(definition, dict) else None)
