"""Manage segment members: find candidates by a query or in a file, look at them, then add or remove some or all."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from coterie import DefinitionError, Membership, QuestionError
from coterie_web.accounts.models import User
from coterie_web.accounts.requests import user_of
from coterie_web.catalogs.contact_table import table_of, view_of
from coterie_web.catalogs.engine import engine
from coterie_web.segments.designer.actions import edit
from coterie_web.segments.heading import heading
from coterie_web.segments.membership.by_hand import by_hand, contacts_with, marks_of, removed_from
from coterie_web.segments.membership.choosing import add_members, demand_open, remove_members
from coterie_web.segments.membership.csv_export import quoted
from coterie_web.segments.membership.finding import find_by_query, find_in_file
from coterie_web.segments.membership.found import Found, Purpose, found_by
from coterie_web.segments.membership.hand_pages import in_words
from coterie_web.segments.membership.uploads import read_contact_file
from coterie_web.segments.membership.zones import zone_of
from coterie_web.segments.models import Segment
from coterie_web.segments.queries import readable_segment, visible_contacts
from coterie_web.ui.clock import now
from coterie_web.ui.refusals import NotNow
from coterie_web.ui.requests import HtmxRequest

__all__ = ["found", "not_found", "query", "upload"]

_ROOM = "segments/membership"


@dataclass(frozen=True, slots=True)
class Note:
    """What is said of a candidate; one that `is_closed` cannot be ticked."""

    words: str
    is_closed: bool

    def __str__(self) -> str:
        return self.words


@require_POST
def query(request: HtmxRequest, segment_id: uuid.UUID) -> HttpResponse:
    """Take over what the designer shows, ask it, and lead on to who was found."""
    user = user_of(request)
    segment = readable_segment(user, segment_id)
    demand_open(segment, user)
    purpose = _purpose(request.GET.get("for", ""))
    designer = f"{reverse('segments:definition', args=[segment.id])}?for={purpose.value}&counts=now"
    try:
        revision = request.POST.get("revision", "")
        edited = edit(segment, request.POST, revision, None, acting_user=user, now=now())
        if edited.is_stale:
            messages.error(request, "The query was changed elsewhere meanwhile. Look at it, then find again.")
            return _to(request, designer)
        found = find_by_query(edited.segment, purpose, user=user, now=now())
    except NotNow as refusal:
        messages.error(request, str(refusal))
        return _to(request, designer)
    except (DefinitionError, QuestionError) as error:
        said = error.problems[0]
        messages.error(request, f"Complete the query first. {said.message} {said.hint}".strip())
        return _to(request, designer)
    return _to(request, reverse("segments:found", args=[segment.id, found.token]))


def _to(request: HtmxRequest, address: str) -> HttpResponse:
    """Go on to another page: the form is sent by htmx, or by the browser."""
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)


@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HtmxRequest, segment_id: uuid.UUID) -> HttpResponse:
    """Take a file that names contacts; what is found in it is shown before anybody is added."""
    user = user_of(request)
    segment = readable_segment(user, segment_id)
    demand_open(segment, user)
    problem, sent = "", request.FILES.get("file")
    if request.method == "POST":
        try:
            if sent is None:
                problem = "Choose a file first."
            else:
                file = read_contact_file(sent.name or "", sent, engine().catalog.contact)
                return redirect("segments:found", segment.id, find_in_file(segment, file, user=user, now=now()).token)
        except NotNow as refusal:
            problem = str(refusal)
    context = {"problem": problem, "contact": engine().catalog.contact}
    return render(request, f"{_ROOM}/upload.html", {**heading(segment, user, tab="members"), **context})


@require_http_methods(["GET", "HEAD", "POST"])
def found(request: HtmxRequest, segment_id: uuid.UUID, token: str) -> HttpResponse:
    """The candidates, of whom some or all are added or removed."""
    user = user_of(request)
    segment = readable_segment(user, segment_id)
    demand_open(segment, user)
    kept = found_by(user, segment, token)
    if kept is None:
        return _not_kept(request, segment)
    if request.method == "POST":
        is_all = request.POST.get("do") == "all"
        _do(request, segment, kept, user, None if is_all else request.POST.getlist("contact"))
        return redirect("segments:members", segment.id) if is_all else redirect(request.get_full_path())
    view = view_of(request.GET, engine().catalog)
    context = {
        **heading(segment, user, tab="members"),
        **_counts(segment, kept, user),
        "found": kept,
        "purpose": kept.purpose,
        "table": table_of(kept.members, view, marks=_notes(segment, kept, user)),
        "zone": zone_of(segment),
    }
    template = "_found.html" if request.htmx.target == "members" else "found.html"
    return render(request, f"{_ROOM}/{template}", context)


@require_safe
def not_found(request: HtmxRequest, segment_id: uuid.UUID, token: str) -> HttpResponseBase:
    """What of a file named nobody, as a file."""
    user = user_of(request)
    segment = readable_segment(user, segment_id)
    demand_open(segment, user)
    kept = found_by(user, segment, token)
    if kept is None or kept.report is None:
        return _not_kept(request, segment)
    lines = (f"{quoted(text)}\r\n".encode() for text in (kept.report.column, *kept.report.not_found))
    headers = {"Content-Disposition": 'attachment; filename="not-found.csv"'}
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)


def _not_kept(request: HtmxRequest, segment: Segment) -> HttpResponse:
    messages.info(request, "What was found is not kept any more. Find it again.")
    return redirect("segments:members", segment.id)


def _do(request: HtmxRequest, segment: Segment, kept: Found, user: User, ticked: list[str] | None) -> None:
    """Add or remove all, or those who are ticked; nobody who was not found. Says what was done, or why not."""
    try:
        match kept.purpose:
            case Purpose.ADD:
                chosen = _all_to_add(segment, kept) if ticked is None else contacts_with(ticked) & kept.members
                result = add_members(segment, chosen, how=kept.how, acting_user=user, now=now())
                messages.success(request, in_words(result.added, result.already, result.refused))
            case Purpose.REMOVE:
                chosen = kept.members if ticked is None else contacts_with(ticked) & kept.members
                gone = remove_members(segment, chosen, how=kept.how, acting_user=user, now=now())
                messages.success(request, f"{gone:,} removed. No query adds them again; by hand you may.")
    except NotNow as refusal:
        messages.error(request, str(refusal))


def _all_to_add(segment: Segment, kept: Found) -> Membership:
    """All but those who were removed by hand: only who is named or ticked comes back (rule 27)."""
    return kept.members - removed_from(segment)


def _counts(segment: Segment, kept: Found, user: User) -> dict[str, int]:
    """How many candidates there are, how many of them `all` means, who are members already, or were removed."""
    members = by_hand(segment, visible_contacts(user)).members
    if kept.purpose is Purpose.REMOVE:
        left = len(kept.members & members)
        return {"candidates": left, "all_of_them": left, "already": 0, "removed": 0}
    new = kept.members - members
    removed = len(new & removed_from(segment))
    already = len(kept.members) - len(new)
    return {"candidates": len(new), "all_of_them": len(new) - removed, "already": already, "removed": removed}


def _notes(segment: Segment, kept: Found, user: User) -> Callable[[Collection[str]], Mapping[str, object]]:
    """What is said of the candidates of a page."""
    members = by_hand(segment, visible_contacts(user)).members

    def said(keys: Collection[str]) -> dict[str, object]:
        if kept.purpose is Purpose.REMOVE:
            return {key: Note("removed", is_closed=True) for key in keys if key not in members}
        removed = {key for key, mark in marks_of(segment, keys).items() if not mark.is_added}
        notes: dict[str, object] = {key: Note("removed before", is_closed=False) for key in removed}
        return notes | {key: Note("already a member", is_closed=True) for key in keys if key in members}

    return said


def _purpose(text: str) -> Purpose:
    return Purpose(text) if text in set(Purpose) else Purpose.ADD
