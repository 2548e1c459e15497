"""The list of segments."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from coterie_web.accounts.requests import user_of
from coterie_web.segments.queries import visible_segments

__all__ = ["home", "segments"]


@require_safe
def home(_: HttpRequest) -> HttpResponse:
    return redirect("segments:list")


@require_safe
def segments(request: HttpRequest) -> HttpResponse:
    return render(request, "segments/list.html", {"segments": visible_segments(user_of(request))})
