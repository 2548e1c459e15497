"""The commands of a segment, the page of its problems, and the review of an edit before it is published."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coterie import Problem
from coterie_web.accounts.requests import user_of
from coterie_web.catalogs.contact_table import table_of, view_of
from coterie_web.catalogs.engine import engine
from coterie_web.segments.exporting import definitions_file
from coterie_web.segments.heading import heading
from coterie_web.segments.lifecycle import check, delete, discard, edit, go_live, publish, stop
from coterie_web.segments.lifecycle.dry_run import dry_run_of, moment_of, movers_of
from coterie_web.segments.membership.changes import Direction
from coterie_web.segments.membership.zones import zone_of
from coterie_web.segments.models import Segment
from coterie_web.segments.queries import readable_segment, visible_contacts
from coterie_web.segments.references import draft_users_of
from coterie_web.segments.sight import warnings_of
from coterie_web.segments.starting.creating import duplicate
from coterie_web.ui.clock import now
from coterie_web.ui.refusals import NotNow
from coterie_web.ui.requests import HtmxRequest

__all__ = [
    "copy",
    "head",
    "movers",
    "press_discard",
    "press_edit",
    "press_go_live",
    "press_publish",
    "press_stop",
    "problems",
]


@require_safe
def head(request: HttpRequest, segment_id: uuid.UUID) -> HttpResponse:
    """The head alone, which asks for itself while the segment is going live."""
    user = user_of(request)
    segment = readable_segment(user, segment_id)
    return render(request, "segments/head.html", heading(segment, user, tab=request.GET.get("tab", "definition")))


@require_POST
def press_go_live(request: HttpRequest, segment_id: uuid.UUID) -> HttpResponse:
    user = user_of(request)
    return _pressed(
        request, segment_id, lambda segment: go_live(segment, acting_user=user, now=now()), told_with=warnings_of
    )


@require_POST
def press_edit(request: HttpRequest, segment_id: uuid.UUID) -> HttpResponse:
    return _pressed(request, segment_id, lambda segment: edit(segment, acting_user=user_of(request), now=now()))


@require_POST
def press_discard(request: HttpRequest, segment_id: uuid.UUID) -> HttpResponse:
    return _pressed(request, segment_id, lambda segment: discard(segment, acting_user=user_of(request), now=now()))


@require_POST
def press_stop(request: HttpRequest, segment_id: uuid.UUID) -> HttpResponse:
    return _pressed(request, segment_id, lambda segment: stop(segment, acting_user=user_of(request), now=now()))


@require_POST
def press_publish(request: HttpRequest, segment_id: uuid.UUID) -> HttpResponse:
    """Publish what was reviewed: the form says of which moment it is."""
    note = request.POST.get("note", "").strip()[:500]
    reviewed = moment_of(request.POST.get("reviewed", ""))
    user = user_of(request)
    return _pressed(
        request,
        segment_id,
        lambda segment: publish(segment, acting_user=user, now=now(), note=note, reviewed=reviewed),
        told_with=warnings_of,
    )


def _pressed(
    request: HttpRequest,
    segment_id: uuid.UUID,
    deed: Callable[[Segment], list[Problem] | None],
    *,
    told_with: Callable[..., list[Problem]] | None = None,
) -> HttpResponse:
    """Do it, and show the segment; where it is refused, with the reason, where it has problems, with these."""
    user = user_of(request)
    segment = readable_segment(user, segment_id)
    try:
        problems = deed(segment)
    except NotNow as refusal:
        messages.error(request, str(refusal))
        return redirect(segment)
    if problems:
        return redirect("segments:problems", segment_id)
    for warning in told_with(segment, user=user) if told_with else ():
        messages.warning(request, f"{warning.message} {warning.hint}")
    return redirect(segment)


@require_safe
def problems(request: HttpRequest, segment_id: uuid.UUID) -> HttpResponse:
    """What keeps the draft from going live, each with the way to its row."""
    user = user_of(request)
    segment = readable_segment(user, segment_id)
    found = check(segment, acting_user=user) if segment.is_editable else []
    context = {**heading(segment, user, tab="definition"), "problems": found}
    context["warnings"] = warnings_of(segment, user=user) if segment.is_editable else []
    return render(request, "segments/lifecycle/problems.html", context)


@require_safe
def dry_run(request: HttpRequest, segment_id: uuid.UUID) -> HttpResponse:
    """Who would enter and who would leave, before an edit is published."""
    user = user_of(request)
    segment = readable_segment(user, segment_id)
    if elsewhere := _not_reviewed(request, segment):
        return elsewhere
    context = {**heading(segment, user, tab="definition"), "run": dry_run_of(segment, user, now=now())}
    return render(request, "segments/lifecycle/dry_run.html", context)


@require_safe
def movers(request: HtmxRequest, segment_id: uuid.UUID, direction: Direction) -> HttpResponse:
    """All who would enter, or leave, page by page, each with the way to why. Each page is found anew."""
    user, moment = user_of(request), now()
    segment = readable_segment(user, segment_id)
    if elsewhere := _not_reviewed(request, segment):
        return elsewhere
    people = movers_of(segment, direction, user, now=moment)
    verb = "enter" if direction is Direction.ENTERED else "leave"
    context = {
        **heading(segment, user, tab="definition"),
        "title": f"{len(people):,} would {verb}",
        "verb": verb,
        "table": table_of(people, view_of(request.GET, engine().catalog)),
        "moment": moment,
        "zone": zone_of(segment),
    }
    template = "_movers.html" if request.htmx.target == "members" else "movers.html"
    return render(request, f"segments/lifecycle/{template}", context)


def _not_reviewed(request: HttpRequest, segment: Segment) -> HttpResponse | None:
    """Where to go instead, where there is no edit to review, or it has problems."""
    if segment.status != Segment.Status.EDITING:
        messages.error(request, f"{segment.name} is {segment.status_words.lower()}: there is no edit to review.")
        return redirect(segment)
    has_problems = bool(check(segment, acting_user=user_of(request)))
    return redirect("segments:problems", segment.id) if has_problems else None


@require_POST
def copy(request: HttpRequest, segment_id: uuid.UUID) -> HttpResponse:
    """A draft of one's own that says the same."""
    user = user_of(request)
    made = duplicate(readable_segment(user, segment_id), acting_user=user, now=now())
    messages.success(request, f"This is a copy. It is called {made.name} until you call it otherwise.")
    return redirect("segments:general", made.id)


@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest, segment_id: uuid.UUID) -> HttpResponse:
    """Ask, with the drafts that name it; then delete."""
    user = user_of(request)
    segment = readable_segment(user, segment_id)
    if request.method == "POST" and "sure" in request.POST:
        try:
            delete(segment, acting_user=user, now=now(), warned="warned" in request.POST)
        except NotNow as refusal:
            messages.error(request, str(refusal))
            return redirect(segment)
        messages.success(request, f"{segment.name} was deleted.")
        return redirect("segments:list")
    context = {**heading(segment, user, tab="general"), "users": draft_users_of(segment.key, user=user)}
    return render(request, "segments/lifecycle/delete.html", context)


@require_safe
def export(request: HttpRequest, segment_id: uuid.UUID) -> HttpResponse:
    """The definition as a file: what is served, or else the draft."""
    user = user_of(request)
    return definitions_file([readable_segment(user, segment_id)], visible_contacts(user))
