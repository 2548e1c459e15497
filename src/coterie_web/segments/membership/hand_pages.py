"""The Members tab of a static draft: members added and removed by hand."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Mapping

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from coterie import Membership
from coterie_web.accounts.models import User
from coterie_web.accounts.requests import user_of
from coterie_web.catalogs.contact_table import columns_of, table_of, view_of
from coterie_web.catalogs.engine import engine
from coterie_web.segments.heading import heading
from coterie_web.segments.membership.by_hand import by_hand, in_scope, marks_of
from coterie_web.segments.membership.choosing import How, add_members, demand_open, is_open, remove_members
from coterie_web.segments.membership.typeahead import Typeahead, typeahead
from coterie_web.segments.membership.zones import zone_of
from coterie_web.segments.models import HandMark, Segment
from coterie_web.segments.queries import readable_segment, visible_contacts, visible_part
from coterie_web.ui.clock import now
from coterie_web.ui.refusals import NotNow
from coterie_web.ui.requests import HtmxRequest
from coterie_web.ui.template_words import moment

__all__ = ["add", "draft_members", "remove"]

_ROOM = "segments/membership"
_MOST_NAMED = 200


def draft_members(request: HtmxRequest, segment: Segment, user: User, visible: Membership | None) -> HttpResponse:
    """Whom people chose, with what may be done to them."""
    zone, chosen = zone_of(segment), by_hand(segment, visible)
    context = {
        **heading(segment, user, tab="members"),
        "chosen": chosen,
        "zone": zone,
        "table": table_of(chosen.members, view_of(request.GET, engine().catalog), marks=_added(segment, zone)),
        "columns": columns_of(engine().catalog),
        "is_open": is_open(segment, user),
    }
    template = "_draft_members.html" if request.htmx.target == "members" else "draft_members.html"
    return render(request, f"{_ROOM}/{template}", context)


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HtmxRequest, segment_id: uuid.UUID) -> HttpResponse:
    """Look for contacts by name, tick several, add them."""
    user = user_of(request)
    segment = readable_segment(user, segment_id)
    demand_open(segment, user)
    sent = request.POST if request.method == "POST" else request.GET
    picked = sent.getlist("contact")[:_MOST_NAMED]
    if request.method == "POST" and sent.get("do") == "add":
        try:
            result = add_members(segment, picked, how=How.BY_HAND, acting_user=user, now=now())
        except NotNow as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, in_words(result.added, result.already, result.refused))
        return redirect("segments:members", segment.id)
    context = {**heading(segment, user, tab="members"), "asked": _typeahead(segment, user, sent.get("q", ""), picked)}
    template = "_candidates.html" if request.htmx.target == "candidates" else "add.html"
    return render(request, f"{_ROOM}/{template}", context)


@require_POST
def remove(request: HtmxRequest, segment_id: uuid.UUID) -> HttpResponse:
    """Remove those who are ticked."""
    user = user_of(request)
    segment = readable_segment(user, segment_id)
    try:
        gone = remove_members(segment, request.POST.getlist("contact"), how=How.BY_HAND, acting_user=user, now=now())
    except NotNow as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{gone:,} removed. No query adds them again; by hand you may.")
    return redirect("segments:members", segment.id)


def in_words(added: int, already: int, refused: int) -> str:
    """What adding did, as people are told."""
    parts = [f"{added:,} added."]
    if already:
        parts.append(f"{already:,} had been members already.")
    if refused:
        parts.append(f"{refused:,} refused: no contacts in the segment's scope.")
    return " ".join(parts)


def _typeahead(segment: Segment, user: User, text: str, picked: list[str]) -> Typeahead:
    visible = visible_contacts(user)
    possible = _both(in_scope(segment), visible)
    return typeahead(text, picked, among=possible, members=by_hand(segment, visible).members)


def _both(one: Membership | None, other: Membership | None) -> Membership | None:
    return other if one is None else visible_part(one, other)


def _added(segment: Segment, zone: str) -> Callable[[Collection[str]], Mapping[str, object]]:
    """When and how each member of a page was added: `Fri 20 Nov 14:03, by query`."""

    def said(keys: Collection[str]) -> dict[str, object]:
        marks = marks_of(segment, keys)
        return {key: _in_words(mark, zone) for key, mark in marks.items() if mark.is_added}

    return said


def _in_words(mark: HandMark, zone: str) -> str:
    return f"{moment(mark.at, zone)}, {mark.get_how_display()}"
