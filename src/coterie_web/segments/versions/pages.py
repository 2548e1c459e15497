"""The versions of a segment, the difference between two of them, and loading one again."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from coterie_web.accounts.requests import user_of
from coterie_web.catalogs.engine import engine
from coterie_web.segments.comparing import lines_between, words_between
from coterie_web.segments.heading import heading
from coterie_web.segments.lifecycle import roll_back
from coterie_web.segments.queries import readable_segment, visible_contacts
from coterie_web.segments.versions.sides import DRAFT, sides_of
from coterie_web.ui.clock import now
from coterie_web.ui.refusals import NotNow

__all__ = ["load", "versions"]


@require_safe
def versions(request: HttpRequest, segment_id: uuid.UUID) -> HttpResponse:
    """All versions, and what differs between two of them: the last two, unless others are asked for."""
    user = user_of(request)
    segment = readable_segment(user, segment_id)
    published = list(segment.versions.all())
    sides = sides_of(segment, published, visible_contacts(user))
    before, after = sides.asked(request.GET.get("from", ""), request.GET.get("to", ""))
    context = {
        **heading(segment, user, tab="general"),
        "versions": published,
        "zone": segment.time_zone or engine().catalog.organization.time_zone,
        "sides": sides,
        "before": before,
        "after": after,
        "is_draft": after.name == DRAFT,
        "lines": lines_between(before.text, after.text),
        "words": list(words_between(before.wording, after.wording)),
    }
    return render(request, "segments/versions/versions.html", context)


@require_POST
def load(request: HttpRequest, segment_id: uuid.UUID, number: int) -> HttpResponse:
    """Load a version into the draft, or into an edit of what is live."""
    user = user_of(request)
    segment = readable_segment(user, segment_id)
    try:
        roll_back(segment, number, acting_user=user, now=now())
    except NotNow as refusal:
        messages.error(request, str(refusal))
        return redirect("segments:versions", segment_id)
    messages.success(request, f"This is what version {number} said. It is not served before you publish it.")
    return redirect(segment)
