"""The Definition tab, and the fragments that it asks for."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.middleware import HtmxDetails

from coterie_web.accounts.models import User
from coterie_web.accounts.requests import user_of
from coterie_web.segments.designer.actions import Edited, edit, is_editable, redo, undo
from coterie_web.segments.designer.draft import draft_of
from coterie_web.segments.designer.merging import layout
from coterie_web.segments.designer.operations import operation
from coterie_web.segments.designer.view import PATIENCE, Page, numbers_of, page_of, without_numbers
from coterie_web.segments.heading import heading
from coterie_web.segments.lifecycle import NotNow
from coterie_web.segments.models import Segment
from coterie_web.segments.queries import readable_segment
from coterie_web.ui.clock import now

__all__ = ["counts", "definition"]


@require_http_methods(["GET", "HEAD", "POST"])
def definition(request: HttpRequest, segment_id: uuid.UUID) -> HttpResponse:
    """The designer; what is posted to it is taken over into the draft."""
    user = user_of(request)
    segment = readable_segment(user, segment_id)
    if request.method == "POST":
        return _posted(request, segment, user)
    is_query = segment.type == Segment.Type.STATIC
    context = heading(segment, user, tab="members" if is_query else "definition")
    if is_query and not is_editable(user, segment):
        return render(request, "segments/designer/static.html", context)
    moment = now()
    page = page_of(segment, draft_of(segment), user, as_of=moment)
    if (problem := request.GET.get("problem")) is not None:
        return redirect(f"{reverse('segments:definition', args=[segment.id])}{_place_of(page, problem)}")
    patience = None if request.GET.get("counts") == "now" else PATIENCE
    numbers = numbers_of(page, user, as_of=moment, patience=patience) or without_numbers(page)
    return render(request, "segments/designer/definition.html", {**context, "page": page, "numbers": numbers})


def _place_of(page: Page, path: str) -> str:
    """Where on the page a problem is, by its path in the definition or the segment's file."""
    place = page.check.written.places.innermost(path.removeprefix("definition."))
    return "#designer" if place is None else f"#node-{place[0]}"


def _posted(request: HttpRequest, segment: Segment, user: User) -> HttpResponse:
    word = request.POST.get("do", "")
    try:
        edited = _edited(request, segment, user, word)
    except NotNow as refusal:
        return render(request, "segments/designer/refused.html", {"segment": segment, "refusal": refusal}, status=409)
    if not _is_htmx(request):
        for key in edited.refused:
            messages.error(request, f"No contact with the key “{key}” is known: nobody was pinned.")
        return redirect(f"{reverse('segments:definition', args=[segment.id])}?counts=now{_anchor(edited, word)}")
    moment, is_whole = now(), _is_other_page(edited, word)
    page = page_of(edited.segment, edited.after, user, as_of=moment)
    numbers = numbers_of(page, user, as_of=moment, patience=PATIENCE) or without_numbers(page)
    context = {"page": page, "numbers": numbers, "edited": edited, "is_whole": is_whole}
    answer = render(request, "segments/designer/edited.html", context)
    if not is_whole:
        answer["HX-Reswap"] = "none"
    return answer


def _edited(request: HttpRequest, segment: Segment, user: User, word: str) -> Edited:
    if word in ("undo", "redo"):
        return (undo if word == "undo" else redo)(segment, acting_user=user, now=now())
    what = operation(word, tuple(request.POST.getlist("tick")))
    revision = request.POST.get("revision", "")
    return edit(segment, request.POST, revision, what, acting_user=user, now=now())


def _is_other_page(edited: Edited, word: str) -> bool:
    """Whether more than what is said about inputs differs from the page that was posted."""
    if edited.refused:
        return True
    return word != "" or edited.is_stale or layout(edited.before.tree) != layout(edited.after.tree)


def _anchor(edited: Edited, word: str) -> str:
    """Where on the page to go on: at the part that something was done to."""
    part_id = word.partition(":")[2].partition(":")[0]
    return f"#node-{part_id}" if edited.after.tree.find(part_id) else "#designer"


def _is_htmx(request: HttpRequest) -> bool:
    details: Any = getattr(request, "htmx", None)
    return isinstance(details, HtmxDetails) and bool(details)


@require_safe
def counts(request: HttpRequest, segment_id: uuid.UUID) -> HttpResponse:
    """The numbers of a draft, each to be put where it belongs; nothing where the draft is another by now."""
    user, moment = user_of(request), now()
    segment = readable_segment(user, segment_id)
    page = page_of(segment, draft_of(segment), user, as_of=moment)
    numbers = None
    if request.GET.get("revision") == page.draft.revision:
        numbers = numbers_of(page, user, as_of=moment)
    if numbers is None or _has_moved_on(page):
        return HttpResponse(status=204)
    return render(request, "segments/designer/numbers.html", {"page": page, "numbers": numbers})


def _has_moved_on(page: Page) -> bool:
    """Whether the draft was changed while it was counted."""
    counted = page.segment
    now_there = Segment.objects.filter(id=counted.id).values_list("draft_number", "definition", "pinned")
    return now_there.first() != (counted.draft_number, counted.definition, counted.pinned)
