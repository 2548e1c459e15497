"""What people decide about themselves."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from coterie_web.accounts.forms import PreferencesForm
from coterie_web.accounts.pages.frame import in_settings
from coterie_web.accounts.people import prefer
from coterie_web.accounts.requests import user_of
from coterie_web.ui.clock import now
from coterie_web.ui.theme import COOKIE, THEMES, keep_theme
from coterie_web.ui.zones import zones

__all__ = ["preferences", "theme"]


@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    as_kept = {"name": user.name, "time_zone": user.time_zone}
    form = PreferencesForm(request.POST if request.method == "POST" else None, initial=as_kept)
    if not form.is_valid():
        context = {"form": form, "zones": zones(), "themes": THEMES}
        context |= in_settings(user, tab="you")
        return render(request, "accounts/preferences.html", context, status=422 if form.is_bound else 200)
    prefer(user, name=form.cleaned_data["name"], time_zone=form.cleaned_data["time_zone"], now=now())
    messages.success(request, "Saved.")
    return redirect("accounts:preferences")


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Light, dark, or as the system has it: in this browser alone."""
    response = redirect("accounts:preferences")
    keep_theme(response, request.POST.get(COOKIE, ""), is_secure=request.is_secure())
    return response
