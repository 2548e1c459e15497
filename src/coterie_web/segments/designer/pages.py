"""The pages and fragments of the designer."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from coterie_web.accounts.requests import user_of
from coterie_web.segments.heading import heading
from coterie_web.segments.queries import readable_segment

__all__ = ["definition"]


@require_safe
def definition(request: HttpRequest, segment_id: uuid.UUID) -> HttpResponse:
    user = user_of(request)
    segment = readable_segment(user, segment_id)
    return render(request, "segments/segment.html", heading(segment, user, tab="definition"))
