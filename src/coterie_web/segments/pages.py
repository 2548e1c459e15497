"""The list of segments, and a segment's pages."""

from __future__ import annotations

import uuid
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from coterie_web.accounts.models import User
from coterie_web.segments.queries import readable_segment, visible_segments

__all__ = ["definition", "home", "segments"]


def _user(request: HttpRequest) -> User:
    return cast("User", request.user)


@require_safe
def home(_: HttpRequest) -> HttpResponse:
    return redirect("segments:list")


@require_safe
def segments(request: HttpRequest) -> HttpResponse:
    return render(request, "segments/list.html", {"segments": visible_segments(_user(request))})


@require_safe
def definition(request: HttpRequest, segment_id: uuid.UUID) -> HttpResponse:
    return render(request, "segments/definition.html", {"segment": readable_segment(_user(request), segment_id)})
