"""The Members tab, and who entered and left."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from coterie import Cause, Membership
from coterie_web.accounts.requests import user_of
from coterie_web.catalogs.contact_table import columns_of, table_of, view_of
from coterie_web.catalogs.engine import engine
from coterie_web.segments.heading import heading
from coterie_web.segments.membership.asked import asked_for
from coterie_web.segments.membership.changes import Direction, change, changes, in_a_day
from coterie_web.segments.membership.facts import facts_of
from coterie_web.segments.membership.hand_pages import draft_members
from coterie_web.segments.membership.snapshots import newest
from coterie_web.segments.membership.zones import zone_of
from coterie_web.segments.models import Segment
from coterie_web.segments.queries import readable_segment, visible_contacts
from coterie_web.ui.clock import now
from coterie_web.ui.requests import HtmxRequest

__all__ = ["changed", "day", "log", "members"]

_RECENT = 8
_LOG_PAGE = 50
_ROOM = "segments/membership"
_FRAGMENTS: Mapping[str, str] = {"members": "_members.html", "facts": "_news.html"}
"""What is asked for by the id of what it takes the place of."""


@require_safe
def members(request: HtmxRequest, segment_id: uuid.UUID) -> HttpResponse:
    """The members of the newest snapshot, or of the one that is asked for."""
    user = user_of(request)
    segment = readable_segment(user, segment_id)
    visible, zone = visible_contacts(user), zone_of(segment)
    if segment.type == Segment.Type.STATIC and segment.is_editable and request.GET.get("show") != "published":
        return draft_members(request, segment, user, visible)
    asked = asked_for(segment, request.GET, visible, zone=zone)
    if asked.newest is None or asked.shown is None:
        context = {**heading(segment, user, tab="members"), "asked": asked, "zone": zone}
        return render(request, f"{_ROOM}/nobody_yet.html", context)
    target = request.htmx.target
    context = {**_around(request, segment, _FRAGMENTS), "asked": asked, "zone": zone}
    if target != "members":
        context["facts"] = facts_of(segment, asked.newest, visible, zone=zone, now=now())
        context["recent"] = changes(segment, visible, limit=_RECENT)
    if target != "facts":
        view = view_of(request.GET, engine().catalog)
        context["table"] = table_of(asked.shown.members, view, marks=_since(segment))
        context["columns"] = columns_of(engine().catalog)
    return render(request, f"{_ROOM}/{_FRAGMENTS.get(target or '', 'members.html')}", context)


def _around(request: HtmxRequest, segment: Segment, fragments: Collection[str]) -> dict[str, object]:
    """What stands around: nothing where a fragment is asked for, the heading on a whole page."""
    if request.htmx.target in fragments:
        return {"segment": segment}
    return heading(segment, user_of(request), tab="members")


@require_safe
def log(request: HtmxRequest, segment_id: uuid.UUID) -> HttpResponse:
    """Everything that is kept of who entered and left, page by page."""
    user = user_of(request)
    segment = readable_segment(user, segment_id)
    before = request.GET.get("before", "")
    page = changes(segment, visible_contacts(user), before=int(before) if _is_number(before) else None, limit=_LOG_PAGE)
    context = {"page": page, "zone": zone_of(segment), "is_first": not before}
    return render(request, f"{_ROOM}/log.html", {**heading(segment, user, tab="members"), **context})


@require_safe
def changed(
    request: HtmxRequest, segment_id: uuid.UUID, publication: int, cause: Cause, direction: Direction
) -> HttpResponse:
    """The people behind one line of the log."""
    user = user_of(request)
    segment = readable_segment(user, segment_id)
    found = change(segment, publication, direction, cause, visible_contacts(user))
    if found is None:
        messages.info(request, "That change is not kept any more.")
        return redirect("segments:changes", segment.id)
    title = f"{found.count:,} {direction.value}"
    return _people(request, segment, found.members, {"title": title, "at": found.at, "why": found.why})


@require_safe
def day(request: HtmxRequest, segment_id: uuid.UUID, direction: Direction) -> HttpResponse:
    """The people who entered or left within the day before the newest snapshot, and stayed so."""
    user = user_of(request)
    segment = readable_segment(user, segment_id)
    visible = visible_contacts(user)
    shown = newest(segment, visible)
    found = None if shown is None else in_a_day(segment, shown, visible)
    if found is None:
        messages.info(request, "Nothing is kept of the day before.")
        return redirect("segments:members", segment.id)
    people = found.entered if direction is Direction.ENTERED else found.left
    context = {"title": f"{len(people):,} {direction.value}", "at": found.since, "why": "Within 24 hours since"}
    return _people(request, segment, people, context)


def _people(request: HtmxRequest, segment: Segment, people: Membership, context: Mapping[str, object]) -> HttpResponse:
    table = table_of(people, view_of(request.GET, engine().catalog))
    shown = {**_around(request, segment, {"members"}), **context, "table": table, "zone": zone_of(segment)}
    template = "_people.html" if request.htmx.target == "members" else "people.html"
    return render(request, f"{_ROOM}/{template}", shown)


@dataclass(frozen=True, slots=True)
class Since:
    """When a member entered, or, where that is long ago, a moment before which they did."""

    moment: datetime
    is_before: bool = False


def _since(segment: Segment) -> Callable[[Collection[str]], Mapping[str, Since]]:
    """Since when each contact of a page is in, as far as that is known; of a segment that is not live, of nobody."""

    def since(keys: Collection[str]) -> Mapping[str, Since]:
        published = engine().published.get(segment.key)
        if published is None:
            return {}
        entered = engine().entered(segment.key, keys)
        at_least = {} if entered.before is None else dict.fromkeys(keys, Since(entered.before, is_before=True))
        known = at_least | {key: Since(moment) for key, moment in entered.at.items()}
        return {key: moment for key, moment in known.items() if key in published.members}

    return since


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 15
