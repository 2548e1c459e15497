"""The Related tab."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from coterie_web.accounts.requests import user_of
from coterie_web.catalogs.engine import engine
from coterie_web.segments.heading import heading
from coterie_web.segments.queries import readable_segment
from coterie_web.segments.related.links import links_from, links_to
from coterie_web.segments.related.past import history_of
from coterie_web.segments.related.templates import began_from, templates_of

__all__ = ["related"]


@require_safe
def related(request: HttpRequest, segment_id: uuid.UUID) -> HttpResponse:
    """Segments in both directions, templates, and the history."""
    user = user_of(request)
    segment = readable_segment(user, segment_id)
    context = {
        **heading(segment, user, tab="related"),
        "uses": links_from(segment, user),
        "users": links_to(segment, user),
        "began_from": began_from(segment, user),
        "templates": templates_of(segment, user),
        "history": history_of(segment, before=request.GET.get("before", "")),
        "zone": segment.time_zone or engine().catalog.organization.time_zone,
    }
    return render(request, "segments/related/related.html", context)
